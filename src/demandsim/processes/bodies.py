"""Bodies: who comes gets the body of a donor from the run-in lives; who is renewed gets what passes anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from demandsim import luck
from demandsim.agents.citizens import Setting
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import read_rules
from demandsim.processes.capability import CapabilityRules, give_capability
from demandsim.processes.donors import Bodies, Lives, Movers
from demandsim.processes.few import positions, within
from demandsim.processes.kept_lives import lives_of
from demandsim.processes.lives import FIRST, SPAN

if TYPE_CHECKING:
    from demandsim.model import DemandModel


_YOUNG_TO = np.int16(FIRST * 12 - 6)
_CARE_HOME = np.uint8(Setting.CARE_HOME)
_DONOR = np.uint32(Purpose.DONOR)


def _nearer_birthday(age_months: NDArray[np.int16]) -> NDArray[np.int64]:
    """Years from 30 to the birthday that is nearer: donors at the last birthday would leave frailty too young."""
    return within((age_months.astype(np.int64) + 6) // 12 - FIRST, 0, SPAN - 1)


def _among(first: NDArray[np.int64], last: NDArray[np.int64], chance: NDArray[np.float32]) -> NDArray[np.int64]:
    """One of the places from first to before last, by chance."""
    place: NDArray[np.int64] = first + np.minimum((chance * (last - first)).astype(np.int64), last - first - 1)
    return place


def _cells(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sex, fifth and birthday of people as one number, as donors outside care homes are sorted."""
    citizens = model.citizens
    fifth = citizens.female[rows].astype(np.int64) * 5 + citizens.quintile[rows]
    return fifth * SPAN + _nearer_birthday(citizens.age_months[rows])


def _about(keys: NDArray[np.int32], cells: NDArray[np.int64], chance: NDArray[np.float32]) -> NDArray[np.int64]:
    """A donor of the same sex, fifth and about the same age for each person: the window widens until it holds one.

    Args:
        keys: Sorted ``(sex * 5 + quintile) * 71 + years from 30`` of the donors.
        cells: The same of each person.
        chance: A uniform draw for each.

    Returns:
        Place among the donors, -1 where none of that sex and fifth exists.
    """
    year = cells % SPAN
    begin = cells - year
    found = np.full(cells.size, -1, dtype=np.int64)
    for width in (2, 5, 10, 20, 40, SPAN):
        open_ = positions(found < 0)
        if not open_.size:
            break
        low = begin[open_] + np.maximum(year[open_] - width, 0)
        high = begin[open_] + np.minimum(year[open_] + width, SPAN - 1)
        first = np.searchsorted(keys, low.astype(np.int32))
        last = np.searchsorted(keys, high.astype(np.int32), side="right")
        some = last > first
        found[open_[some]] = _among(first[some], last[some], chance[open_[some]])
    return found


def _put(model: DemandModel, rows: NDArray[np.int64], bodies: Bodies, donors: NDArray[np.int64], passing: bool) -> None:
    """Copy donors' bodies; only what passes (recent loss, scar, illness) if ``passing``."""
    for name in ("recent_loss", "scar", "illness") if passing else Bodies._fields:
        getattr(model.citizens, name)[rows] = getattr(bodies, name)[donors]


@kernel
def _give(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    setting: NDArray[np.uint8],
    donors_in_homes: bool,
    start: NDArray[np.int64],
    donors: Bodies,
    bodies: Bodies,
    young: NDArray[np.int64],
    own: NDArray[np.float64],
    residents: NDArray[np.int64],
) -> tuple[int, int]:
    """Copy bodies of donors outside care homes, each of the same sex, fifth and nearer birthday; the young are fit.

    Returns:
        How many are young, and the draw of their own that each still waits for; how many are residents of care homes,
        who need a donor there.
    """
    found, passed = 0, 0
    for i in rows:
        chance, rank, _, _ = uniform4(seed, uid[i], month, _DONOR)
        if age_months[i] < _YOUNG_TO:
            bodies.deficits[i], bodies.dementia[i] = 0, 0
            bodies.recent_loss[i] = bodies.scar[i] = bodies.illness[i] = f4(0.0)
            young[found], own[found] = i, min(max(np.float64(rank), 1e-7), 1 - 1e-7)
            found += 1
        elif donors_in_homes and setting[i] == _CARE_HOME:
            residents[passed] = i
            passed += 1
        else:
            year = (int(age_months[i]) + 6) // 12 - FIRST
            cell = (int(female[i]) * 5 + int(quintile[i])) * SPAN + min(max(year, 0), SPAN - 1)
            some = start[cell + 1] - start[cell]
            donor = start[cell] + min(np.int64(np.float64(chance) * some), some - 1)
            bodies.deficits[i] = donors.deficits[donor]
            bodies.dementia[i] = donors.dementia[donor]
            bodies.function_luck[i] = donors.function_luck[donor]
            bodies.recent_loss[i] = donors.recent_loss[donor]
            bodies.scar[i] = donors.scar[donor]
            bodies.illness[i] = donors.illness[donor]
    return found, passed


@kernel
def _spare_movers(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    fewer: np.float32,
    deficits: NDArray[np.uint8],
) -> None:
    """Who moves has some deficits fewer than others: so many on average."""
    for i in rows:
        _, _, drawn, _ = uniform4(seed, uid[i], month, _DONOR)
        left = np.int64(deficits[i]) - np.int64(np.floor(fewer + drawn))
        deficits[i] = np.uint8(left if left > 0 else 0)


def give_body(
    model: DemandModel, rows: NDArray[np.int64], *, healthy_mover: bool = False, capability: bool = True
) -> None:
    """Give people the body of a donor of their sex, fifth and nearer birthday, and capability that goes with it.

    Residents of care homes get a donor in a care home. Under 30 everybody is fit, with a lasting difference of their
    own. The choice is keyed on the person and the month.

    Args:
        model: The place; people must have age, sex, fifth and setting.
        rows: Who.
        healthy_mover: They moved in: `mig.healthy_mover` deficits fewer than the donor.
        capability: Give capability too; who is welcomed next (`model.welcome`) gets it there.
    """
    citizens, seed, month = model.citizens, model.luck_seed, model.month_word
    lives = lives_of(model.profile, model.numbers)
    (young, residents), own = np.empty((2, rows.size), dtype=np.int64), np.empty(rows.size)
    found, passed = _give(
        seed,
        month,
        rows,
        citizens.uid,
        citizens.age_months,
        citizens.female,
        citizens.quintile,
        citizens.setting,
        lives.in_home_key.size > 0,
        lives.at_home_start,
        lives.at_home,
        Bodies(
            citizens.deficits,
            citizens.dementia,
            citizens.function_luck,
            citizens.recent_loss,
            citizens.scar,
            citizens.illness,
        ),
        young,
        own,
        residents,
    )
    citizens.function_luck[young[:found]] = ndtri(own[:found])
    if passed:
        resident = residents[:passed]
        chance = luck.draw(seed, citizens.uid[resident], model.month, Purpose.DONOR)
        donors = _about(lives.in_home_key, _cells(model, resident), chance)
        _put(model, resident[donors >= 0], lives.in_home, donors[donors >= 0], False)
    if healthy_mover:
        _spare_movers(seed, month, rows, citizens.uid, f4(model.numbers["mig.healthy_mover"]), citizens.deficits)
    if capability:
        give_capability(model, rows, read_rules(CapabilityRules, model.numbers))


def renew_body(model: DemandModel, rows: NDArray[np.int64], residents: NDArray[np.bool_]) -> None:
    """Give people who are renewed in the run-in a body for another such life.

    What only grows with age (deficits, dementia) and what is theirs for life stays, since ages stand still and nothing
    would bring it back. Residents of care homes get these of somebody who is just moving to a home instead. Recent
    loss, scar and illness come from a donor outside care homes of the same sex, fifth and birthday with as many
    deficits (the nearest above or below where there is none).

    Args:
        model: The place.
        rows: Who.
        residents: Which of them lived in a care home.
    """
    citizens = model.citizens
    lives = lives_of(model.profile, model.numbers)
    grown = citizens.age_months[rows] >= _YOUNG_TO
    for name in ("recent_loss", "scar", "illness"):
        getattr(citizens, name)[rows[~grown]] = 0
    rows, residents = rows[grown], residents[grown]
    chance = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.DONOR)
    cells = _cells(model, rows)
    movers = _about(lives.moving_key, cells, chance[:, 1])
    changed = residents & (movers >= 0)
    for name in Movers._fields:
        getattr(citizens, name)[rows[changed]] = getattr(lives.moving, name)[movers[changed]]
    donors = _donors_alike(lives, cells, citizens.deficits[rows], chance[:, 0])
    _put(model, rows, lives.at_home, donors, True)


def _donors_alike(
    lives: Lives, cells: NDArray[np.int64], deficits: NDArray[np.uint8], chance: NDArray[np.float32]
) -> NDArray[np.int64]:
    """A donor outside care homes with as many deficits, or the nearest, for each person."""
    key = (cells * 64 + deficits).astype(np.int32)
    first = np.searchsorted(lives.at_home_key, key)
    last = np.searchsorted(lives.at_home_key, key, side="right")
    none = first == last
    end = lives.at_home_start[cells + 1]
    first = np.where(none, np.minimum(first, end - 1), first)
    return _among(first, np.where(none, first + 1, last), chance)

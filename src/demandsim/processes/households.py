"""Households: moving between homes, and a home for children who have no grown-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demandsim import luck
from demandsim.agents.cells import EDGES
from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.agents.kin import with_links
from demandsim.compiled import kernel, rule
from demandsim.luck import Purpose
from demandsim.processes.family import ADULT, dependants
from demandsim.processes.few import positions

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_GUARDIAN_FROM, _USUAL_AGE, _GUARDIAN_TO = 25 * 12, 40 * 12, 60 * 12
_MAY_BE_PARENT = 14 * 12
_AT_HOME = np.uint8(Setting.HOME)


@kernel
def _drop_repeats(ordered: NDArray[np.int64]) -> int:
    """Move the different values of an ordered list to its front; how many."""
    found = 1
    for k in range(1, ordered.size):
        ordered[found] = ordered[k]
        found += int(ordered[k] != ordered[found - 1])
    return found


def distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """The different values of a short list, rising: quicker than NumPy's ``unique`` for some thousands."""
    if values.size < 2:
        return values
    ordered = np.sort(values)
    return ordered[: _drop_repeats(ordered)]


def first_new_number(citizens: Citizens) -> int:
    """The first household number that nobody has, nor any above it."""
    return int(citizens.household.max(initial=0)) + 1


@rule
def cell_of(age_months: np.int16, female: np.bool_, quintile: np.uint8) -> np.uint16:
    """The reporting cell of one person, as `cell_codes` numbers them."""
    band = np.searchsorted(EDGES, np.int64(age_months), side="right")
    return np.uint16((band * 2 + int(female)) * 5 + np.int64(quintile))


@kernel
def _write_cells(
    rows: NDArray[np.int64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    cell: NDArray[np.uint16],
) -> None:
    for i in rows:
        cell[i] = cell_of(age_months[i], female[i], quintile[i])


def refresh_cells(citizens: Citizens, rows: NDArray[np.int64]) -> None:
    """Set the reporting cell of some people from their age, sex and deprivation fifth."""
    _write_cells(rows, citizens.age_months, citizens.female, citizens.quintile, citizens.cell)


@kernel
def _join_home(
    movers: NDArray[np.int64],
    hosts: NDArray[np.int64],
    household: NDArray[np.int32],
    neighbourhood: NDArray[np.int32],
    quintile: NDArray[np.uint8],
    owner: NDArray[np.bool_],
    cell: NDArray[np.uint16],
) -> None:
    """Write the hosts' home to the movers; all hosts are read first, as one may move at the same time.

    Of the reporting cell the deprivation fifth is the last part: it alone changes.
    """
    homes, places = household[hosts], neighbourhood[hosts]
    fifths, owners = quintile[hosts], owner[hosts]
    for k in range(movers.size):
        i = movers[k]
        cell[i] = np.uint16(np.int64(cell[i]) + np.int64(fifths[k]) - np.int64(quintile[i]))
        household[i], neighbourhood[i] = homes[k], places[k]
        quintile[i], owner[i] = fifths[k], owners[k]


def join_home(citizens: Citizens, movers: NDArray[np.int64], hosts: NDArray[np.int64]) -> None:
    """Let people move into the homes of others: household, neighbourhood, deprivation fifth and tenure follow."""
    if not movers.size:
        return
    _join_home(
        movers,
        hosts,
        citizens.household,
        citizens.neighbourhood,
        citizens.quintile,
        citizens.owner,
        citizens.cell,
    )


@kernel
def rent_anew(
    founders: NDArray[np.int64], first_number: int, household: NDArray[np.int32], owner: NDArray[np.bool_]
) -> None:
    """Write new rented homes: household numbers from the first one up."""
    for k in range(founders.size):
        household[founders[k]] = first_number + k
        owner[founders[k]] = False


def _taken_along(model: DemandModel, movers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Children under 18 who live with people, babies of such children among them, and with whom each moves."""
    child, parent = dependants(model, movers)
    baby, young = dependants(model, distinct(child[model.citizens.age_months[child] >= _MAY_BE_PARENT]))
    if not baby.size:
        return child, parent
    order = np.argsort(child, kind="stable")
    moves_with = parent[order[np.searchsorted(child, young, sorter=order)]]
    return np.concatenate([child, baby]), np.concatenate([parent, moves_with])


def found_home(model: DemandModel, founders: NDArray[np.int64]) -> None:
    """Let people set up a rented home, each in the neighbourhood where they are, taking their young children along."""
    if not founders.size:
        return
    citizens = model.citizens
    child, parent = _taken_along(model, founders)
    rent_anew(founders, first_new_number(citizens), citizens.household, citizens.owner)
    join_home(citizens, child, parent)


def follow(model: DemandModel, movers: NDArray[np.int64], hosts: NDArray[np.int64]) -> None:
    """Let people move in with others, taking along the children under 18 who live with them."""
    if not movers.size:
        return
    citizens = model.citizens
    child, parent = _taken_along(model, movers)
    join_home(citizens, movers, hosts)
    join_home(citizens, child, parent)


@kernel
def _women_near(
    wanted: NDArray[np.bool_],
    neighbourhood: NDArray[np.int32],
    alive: NDArray[np.bool_],
    female: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    rows: NDArray[np.int32],
) -> int:
    """Women at home of an age to take in a child, in the neighbourhoods wanted; how many."""
    found = 0
    for i in range(alive.size):
        if (
            wanted[neighbourhood[i]]
            and alive[i]
            and female[i]
            and age_months[i] >= _GUARDIAN_FROM
            and age_months[i] < _GUARDIAN_TO
            and setting[i] == _AT_HOME
        ):
            rows[found] = i
            found += 1
    return found


def _women(citizens: Citizens, wanted: NDArray[np.bool_]) -> NDArray[np.int64]:
    rows = np.empty(citizens.size, dtype=np.int32)
    found = _women_near(
        wanted,
        citizens.neighbourhood,
        citizens.alive,
        citizens.female,
        citizens.setting,
        citizens.age_months,
        rows,
    )
    return rows[:found].astype(np.int64)


def parent_at_home(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each of some people the parent who lives at home in the place, their mother if both do; `NOBODY` if none."""
    found = np.full(rows.size, NOBODY, dtype=np.int64)
    for parent in (citizens.father[rows], citizens.mother[rows]):
        there = (parent >= 0) & (citizens.setting[parent] == _AT_HOME) & (citizens.household[parent] >= 0)
        found[there] = parent[there]
    return found


def leave_home(model: DemandModel, rows: NDArray[np.int64], setting: ArrayLike) -> None:
    """Let people move to places that are no homes of their own, such as care homes.

    Children under 18 who live with them are brought to another grown-up.

    Args:
        model: The model.
        rows: Who moves, none twice.
        setting: Where to, one `Setting` for all or for each.
    """
    if not rows.size:
        return
    citizens = model.citizens
    child, _ = dependants(model, rows)
    citizens.household[rows] = NOBODY
    citizens.setting[rows] = setting
    rehouse(model, distinct(child))


def _families(citizens: Citizens, children: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A common name for those who share a home: the lowest number among them; without a home, their own."""
    homes, uid = citizens.household[children], citizens.uid[children]
    together = (homes[:, None] == homes) & (homes != NOBODY) | np.eye(children.size, dtype=np.bool_)
    return np.where(together, uid, np.iinfo(np.uint64).max).min(axis=1)


def rehouse(model: DemandModel, children: NDArray[np.int64]) -> None:
    """Bring children who lost a grown-up of their home to another: a parent at home, or who else keeps them.

    If no parent has a home in the place, an adult of the household keeps them, or else a woman of the neighbourhood
    takes them in: see `take_in`. Either stands in as a parent from then on.
    """
    if not children.size:
        return
    citizens = model.citizens
    parent = parent_at_home(citizens, children)
    join_home(citizens, children[parent >= 0], parent[parent >= 0])
    orphans = children[parent < 0]
    keeper = np.array([_keeper(citizens, child) for child in orphans], dtype=np.int64)
    _stand_in(model, orphans[keeper >= 0], keeper[keeper >= 0])
    take_in(model, orphans[keeper < 0])


def _keeper(citizens: Citizens, child: np.int64) -> int:
    """The adult of a child's household who keeps them, the one nearest to 40 years; `NOBODY` if there is none."""
    home = citizens.household[child]
    adults = positions((citizens.household == home) & (citizens.age_months >= ADULT) & (citizens.setting == _AT_HOME))
    if home == NOBODY or not adults.size:
        return NOBODY
    away = np.abs(citizens.age_months[adults].astype(np.int64) - _USUAL_AGE)
    return int(adults[np.lexsort((citizens.uid[adults], away))[0]])


def _stand_in(model: DemandModel, children: NDArray[np.int64], guardians: NDArray[np.int64]) -> None:
    """Let grown-ups stand in as parents: who moves on, leaves or dies from then on takes or leaves these as their own.

    They take the place of the mother or father who is missing; that of their own sex, if neither or both are.
    """
    if not children.size:
        return
    citizens = model.citizens
    motherless, fatherless = citizens.mother[children] == NOBODY, citizens.father[children] == NOBODY
    as_mother = np.where(motherless == fatherless, citizens.female[guardians], motherless)
    citizens.mother[children[as_mother]] = guardians[as_mother]
    citizens.father[children[~as_mother]] = guardians[~as_mother]
    model.children = with_links(model.children, guardians, children)


def take_in(model: DemandModel, orphans: NDArray[np.int64]) -> None:
    """Give children with no grown-up a home with a woman of 25 to 59 of the neighbourhood, who stands in as a parent.

    It is one of the place, if there is none in the neighbourhood; chosen by luck keyed on both, whatever the order of
    storage. Children of one home stay together.
    """
    if not orphans.size:
        return
    citizens = model.citizens
    families = _families(citizens, orphans)
    wanted = np.zeros(int(citizens.neighbourhood.max()) + 1, dtype=np.bool_)
    wanted[citizens.neighbourhood[orphans]] = True
    women = _women(citizens, wanted)
    anywhere = women[:0]
    for orphan, family in zip(orphans, families, strict=True):
        choice = women[citizens.neighbourhood[women] == citizens.neighbourhood[orphan]]
        if not choice.size:
            anywhere = anywhere if anywhere.size else _women(citizens, np.ones_like(wanted))
            choice = anywhere
        if choice.size:
            shared = np.uint64(model.luck_seed) ^ family
            drawn = luck.draw(shared, citizens.uid[choice], 0, Purpose.ARRIVAL_HOME)
            host = choice[np.lexsort((citizens.uid[choice], drawn))[:1]]
            join_home(citizens, np.array([orphan]), host)
            _stand_in(model, np.array([orphan]), host)

"""Households: moving between homes, and a home for children who have no grown-up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.cells import EDGES
from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.compiled import kernel, rule
from demandsim.luck import Purpose
from demandsim.processes.family import ADULT, dependants
from demandsim.processes.few import positions

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_GUARDIAN_FROM, _GUARDIAN_TO = 25 * 12, 60 * 12
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


def found_home(model: DemandModel, founders: NDArray[np.int64]) -> None:
    """Let people set up a rented home, each in the neighbourhood where they are, taking their young children along."""
    if not founders.size:
        return
    citizens = model.citizens
    child, parent = dependants(model, founders)
    rent_anew(founders, first_new_number(citizens), citizens.household, citizens.owner)
    join_home(citizens, child, parent)


def follow(model: DemandModel, movers: NDArray[np.int64], hosts: NDArray[np.int64]) -> None:
    """Let people move in with others, taking along the children under 18 who live with them."""
    if not movers.size:
        return
    citizens = model.citizens
    child, parent = dependants(model, movers)
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


def find_guardians(model: DemandModel, orphans: NDArray[np.int64]) -> None:
    """Give children who have no parent in the place a home with a grown-up.

    Another adult of the household keeps them; otherwise a woman of 25 to 59 of the neighbourhood (of the place, if
    there is none) takes them in, chosen by luck keyed on both, whatever the order of storage.
    """
    citizens = model.citizens
    kept = np.zeros(orphans.size, dtype=np.bool_)
    for k, home in enumerate(citizens.household[orphans]):
        mates = positions(citizens.household == home) if home != NOBODY else orphans[:0]
        kept[k] = np.any(citizens.age_months[mates] >= ADULT)
    take_in(model, orphans[~kept])


def take_in(model: DemandModel, orphans: NDArray[np.int64]) -> None:
    """Give children with no grown-up at home one: see `find_guardians`."""
    citizens = model.citizens
    if not orphans.size:
        return
    wanted = np.zeros(int(citizens.neighbourhood.max()) + 1, dtype=np.bool_)
    wanted[citizens.neighbourhood[orphans]] = True
    women = _women(citizens, wanted)
    anywhere = women[:0]
    for orphan in orphans:
        choice = women[citizens.neighbourhood[women] == citizens.neighbourhood[orphan]]
        if not choice.size:
            anywhere = anywhere if anywhere.size else _women(citizens, np.ones_like(wanted))
            choice = anywhere
        if choice.size:
            shared = np.uint64(model.luck_seed) ^ citizens.uid[orphan]
            drawn = luck.draw(shared, citizens.uid[choice], 0, Purpose.ARRIVAL_HOME)
            host = choice[np.lexsort((citizens.uid[choice], drawn))[:1]]
            join_home(citizens, np.array([orphan]), host)

"""Migration: households move away, and a flow of people that no scenario changes moves in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.compiled import kernel, rule
from demandsim.luck import Purpose
from demandsim.processes.arrivals import Arrivals, arrivals
from demandsim.processes.base import Process, read_rules
from demandsim.processes.bodies import give_body
from demandsim.processes.curves import YEARS, monthly, stretched
from demandsim.processes.departure import depart
from demandsim.processes.family import ADULT, Kin, People, child_at, child_places, is_dependant, kin_of, people_of
from demandsim.processes.households import distinct, new_numbers, refresh_cells, take_in
from demandsim.processes.inflow import TENURE_AGES, Flow, MigrationRules, fixed_flow
from demandsim.processes.kin_nearby import (
    come_back,
    forward_children,
    forward_parents,
    join_child,
    near_kin_luck,
    without_parent,
)
from demandsim.processes.life_luck import MOVING, candidates, drawn_for

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_STAYS_FROM = 85
_ALL_CHILDREN = 255
_WHOLE = 1 << 30
_GROWN, _STAYS = np.int16(ADULT), np.int16(_STAYS_FROM * _YEAR)
_AT_HOME, _COMMUNAL = np.uint8(Setting.HOME), np.uint8(Setting.OTHER_COMMUNAL)


@rule
def _may_move(age_months: np.int16, setting: np.uint8) -> bool:
    """Whether a person is under 85 and lives at home, or in a communal home other than for care."""
    return bool((age_months < _STAYS) & ((setting == _AT_HOME) | (setting == _COMMUNAL)))


@rule
def _add_dependants(
    start: NDArray[np.int32],
    listed: NDArray[np.int32],
    born: NDArray[np.int64],
    marked: NDArray[np.bool_],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    parent: np.int64,
    family: NDArray[np.int64],
    size: int,
) -> int:
    """Add the children under 18 who live with a parent to a family, unless they are in it; how many it has then."""
    for place in range(child_places(start, born, marked, parent)):
        child = child_at(start, listed, born, alive, age_months, mother, father, parent, place)
        if is_dependant(age_months, household, child, parent):
            known = False
            for k in range(size):
                known |= family[k] == child
            family[size] = child
            size += int(not known)
    return size


@kernel
def _list_speakers(rows: NDArray[np.int64], people: People, speakers: NDArray[np.int64]) -> int:
    """Fill in who draws for a family that may move, of a couple the one with the lower uid; how many.

    No branch waits for memory.
    """
    uid, age_months, setting, partner = people.uid, people.age_months, people.setting, people.partner
    found = 0
    for i in rows:
        other = np.int64(partner[i])
        alone = other < 0
        first = alone | ((uid[i] < uid[other]) & _may_move(age_months[other], setting[other]))
        speakers[found] = i
        found += int(first & (age_months[i] >= _GROWN) & _may_move(age_months[i], setting[i]))
    return found


@kernel
def _list_leaving(
    speakers: NDArray[np.int64],
    drawn: NDArray[np.float32],
    kin: Kin,
    people: People,
    out: NDArray[np.int64],
    leaving: NDArray[np.int64],
) -> int:
    """Fill in the members of the families that go; how many.

    The chance of a family is the mean of its members' by year of age: whole numbers, so that the sum does not hang
    on their order.
    """
    start, listed, born, marked = kin
    alive, age_months, household = people.alive, people.age_months, people.household
    partner, mother, father = people.partner, people.mother, people.father
    found = 0
    for j in range(speakers.size):
        i = speakers[j]
        other = np.int64(partner[i])
        family = leaving[found:]
        family[0] = i
        size = _add_dependants(start, listed, born, marked, alive, age_months, household, mother, father, i, family, 1)
        if other >= 0:
            family[size] = other
            size = _add_dependants(
                start, listed, born, marked, alive, age_months, household, mother, father, other, family, size + 1
            )
        total = 0
        for k in range(size):
            total += out[np.int64(age_months[family[k]]) // _YEAR]
        if np.float64(drawn[j]) < total / size / _WHOLE:
            found += size
    return found


@kernel
def _leave_parents(people: People, leaving: NDArray[np.int64], children_away: NDArray[np.uint8]) -> None:
    """Parents who stay have a grown child more outside the place; ``leaving`` is rising."""
    age_months, mother, father = people.age_months, people.mother, people.father
    for i in leaving:
        if age_months[i] >= _GROWN:
            for parent in (np.int64(mother[i]), np.int64(father[i])):
                if parent >= 0 and children_away[parent] < _ALL_CHILDREN:
                    place = np.searchsorted(leaving, parent)
                    if place == leaving.size or leaving[place] != parent:
                        children_away[parent] += np.uint8(1)


class Migration(Process):
    """Families move out by the place's rates at their ages; arrivals come in a fixed flow.

    A single adult, or a couple, moves with the children under 18 who live with them, as one. The rate of a family is
    the mean of its members' rates, so that the expected number of people who leave is that of the rates. People of 85
    and over, and of care homes, stay. Arrivals are a number of people by age and sex that is set by the base month;
    who they are depends on the month and their number in the flow alone. The years to mid-2024 were exceptional: after
    the first year the flow falls to what long-term international moves make it. Some come back to where a parent lives,
    as many as leave a parent behind at their age while both flows last: so having children near neither dwindles
    nor grows by migration alone.
    """

    name: ClassVar[str] = "migration"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "birth_luck",
        "moving_luck",
        "age_months",
        "female",
        "setting",
        "partner",
        "mother",
        "father",
        "household",
        "neighbourhood",
        "quintile",
        "income_band",
        "owner",
        "children_away",
        "group",
        "volunteer",
        "ties.alive",
        "ties.a",
        "ties.b",
        "groups.members",
        "groups.volunteers",
    )
    # Rows are opened and freed, so every column may change; listed are those of people who stay.
    writes: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "female",
        "neighbourhood",
        "quintile",
        "household",
        "setting",
        "cell",
        "partner",
        "mother",
        "father",
        "children_away",
        "income_band",
        "owner",
        "ties.alive",
        "groups.members",
        "groups.volunteers",
    )

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(MigrationRules, numbers)
        self._out: NDArray[np.int64] = np.zeros(YEARS, dtype=np.int64)
        self._flow: Flow | None = None
        self._parent_chance = 0.0
        self._child_chance = 0.0

    def start(self, model: DemandModel) -> None:
        """Fix the rates of moving out and the flow of arrivals from the place's rates and its people."""
        out = stretched(model.profile.out_rate)
        out[_STAYS_FROM:] = 0.0
        # whole numbers, so that a family's sum does not hang on the order of its members
        self._out = np.rint(monthly(out) * _WHOLE).astype(np.int64)
        self._flow = fixed_flow(model, self._rules)
        # enough parents and children come forward for those who come to be near them: four to one
        share = np.diff(self._flow.cells, prepend=0.0) * self._flow.monthly
        back, near = (float(share @ np.repeat(link, 2)) for link in (self._flow.linked, self._flow.near_child))
        citizens = model.citizens
        away, orphaned = np.flatnonzero(citizens.children_away), np.flatnonzero(without_parent(citizens))
        self._parent_chance = min(1.0, (4.0 * back + 20.0) / max(away.size, 1))
        self._child_chance = min(1.0, (4.0 * near + 20.0) / max(orphaned.size, 1))

    def step(self, model: DemandModel) -> None:
        """Let families leave, then others arrive. Nobody moves in the run-in."""
        if model.settling:
            return
        self._leave(model)
        self._arrive(model)

    def _leave(self, model: DemandModel) -> None:
        citizens = model.citizens
        rows = candidates(model, MOVING, float(self._out.max()) / _WHOLE)
        people, speakers = people_of(citizens), np.empty_like(rows)
        speakers = speakers[: _list_speakers(rows, people, speakers)]
        drawn = drawn_for(model, MOVING, speakers)
        likely = drawn < self._most_likely(citizens, speakers)
        # nobody is in more than two families: each parent's
        leaving = np.empty(2 * citizens.size + 2, dtype=np.int64)
        found = _list_leaving(speakers[likely], drawn[likely], kin_of(model), people, self._out, leaving)
        leaving = distinct(leaving[:found])
        model.ledger.people("departures", citizens.cell[leaving])
        _leave_parents(people, leaving, citizens.children_away)
        depart(model, leaving, death=False)

    def _most_likely(self, citizens: Citizens, speakers: NDArray[np.int64]) -> NDArray[np.float64]:
        """No less than the chance of each family, before its children are known: the most likely of its members'."""
        year, partner = citizens.age_months[speakers] // _YEAR, citizens.partner[speakers]
        partners = np.where(partner != NOBODY, citizens.age_months[partner], 0) // _YEAR
        most = np.maximum(self._out[year], self._out[partners])
        return np.asarray(np.maximum(most, self._out[: ADULT // _YEAR].max()) / _WHOLE)

    def _arrive(self, model: DemandModel) -> None:
        flow, rules = self._flow, self._rules
        if flow is None:
            raise RuntimeError("the flow of arrivals is fixed by start(), before the first month")
        group = arrivals(model.luck_seed, model.month, flow, rules)
        if not group.uid.size:
            return
        citizens = model.citizens
        parents = forward_parents(model, self._parent_chance)
        children = forward_children(model, self._child_chance)
        rows = citizens.admit(group.uid)
        _settle_in(model, flow, group, rows)
        drawn = near_kin_luck(model, group)
        come_back(model, flow, rules, group, rows, parents, drawn)
        join_child(model, flow, rules, group, rows, children, drawn)
        take_in(model, rows[(group.age_months < ADULT) & (group.mother < 0) & (group.father < 0)])
        give_body(model, rows, healthy_mover=True, capability=False)
        model.welcome(rows)
        model.ledger.people("arrivals", citizens.cell[rows])


@kernel
def _write_who(
    rows: NDArray[np.int64],
    age_months: NDArray[np.int64],
    female: NDArray[np.bool_],
    partner: NDArray[np.int64],
    mother: NDArray[np.int64],
    father: NDArray[np.int64],
    grown_children: NDArray[np.float64],
    drawn: NDArray[np.float32],
    people: People,
    children_away: NDArray[np.uint8],
) -> None:
    """Write age, sex and kin of arrivals, who know each other by their places in the month's group."""
    for k in range(rows.size):
        i = rows[k]
        people.age_months[i], people.female[i] = age_months[k], female[k]
        people.partner[i] = rows[partner[k]] if partner[k] >= 0 else NOBODY
        people.mother[i] = rows[mother[k]] if mother[k] >= 0 else NOBODY
        people.father[i] = rows[father[k]] if father[k] >= 0 else NOBODY
        grown = np.floor(grown_children[int(female[k]), age_months[k] // _YEAR] + np.float64(drawn[k, 3]))
        children_away[i] = np.uint8(min(grown, np.float64(_ALL_CHILDREN)))


@kernel
def _write_home(
    rows: NDArray[np.int64],
    age_months: NDArray[np.int64],
    head: NDArray[np.int64],
    communal: NDArray[np.bool_],
    drawn: NDArray[np.float32],
    places: NDArray[np.float64],
    quintile_of: NDArray[np.uint8],
    owners: NDArray[np.float64],
    incomes: NDArray[np.float64],
    first_number: int,
    people: People,
    neighbourhood: NDArray[np.int32],
    quintile: NDArray[np.uint8],
    owner: NDArray[np.bool_],
    income_band: NDArray[np.uint8],
) -> None:
    """Write where arrivals live and what they own and earn: what goes with the home is by the draw of its head."""
    number = np.zeros(rows.size, dtype=np.int64)
    for k in range(rows.size):
        number[head[k]] = 1
    for k in range(rows.size):
        heads_before = number[k - 1] if k > 0 else first_number - 1
        number[k] += heads_before
    for k in range(rows.size):
        i, first = rows[k], head[k]
        where = min(int(np.searchsorted(places, np.float64(drawn[first, 0]), side="right")), places.size - 1)
        fifth = quintile_of[where]
        neighbourhood[i], quintile[i] = where, fifth
        band = np.searchsorted(TENURE_AGES, age_months[first] // _YEAR, side="right")
        owner[i] = np.float64(drawn[first, 1]) < owners[fifth, band] and not communal[k]
        people.setting[i] = _COMMUNAL if communal[k] else _AT_HOME
        people.household[i] = NOBODY if communal[k] else number[first]
        income = 0
        for each in range(incomes.shape[1] - 1):
            income += int(np.float64(drawn[k, 2]) >= incomes[fifth, each])
        income_band[i] = income


def _settle_in(model: DemandModel, flow: Flow, group: Arrivals, rows: NDArray[np.int64]) -> None:
    """Write who the arrivals are and where they live."""
    citizens, people = model.citizens, people_of(model.citizens)
    drawn = luck.draw4(model.luck_seed, group.uid, 0, Purpose.ARRIVAL_HOME)
    kin = (group.partner, group.mother, group.father)
    _write_who(rows, group.age_months, group.female, *kin, flow.children, drawn, people, citizens.children_away)
    _write_home(
        rows,
        group.age_months,
        group.head,
        group.communal,
        drawn,
        flow.places,
        flow.quintile,
        flow.owners,
        flow.incomes,
        int(new_numbers(citizens, 1)[0]),
        people,
        citizens.neighbourhood,
        citizens.quintile,
        citizens.owner,
        citizens.income_band,
    )
    refresh_cells(citizens, rows)

"""Migration: households move away, and a flow of people that no scenario changes moves in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Setting
from demandsim.compiled import kernel, rule
from demandsim.luck import Purpose, uniform4
from demandsim.processes.arrivals import Arrivals, arrivals
from demandsim.processes.base import Process, read_rules
from demandsim.processes.bodies import give_body
from demandsim.processes.curves import YEARS, monthly, stretched
from demandsim.processes.departure import depart
from demandsim.processes.family import ADULT, child_at, child_places, is_dependant
from demandsim.processes.households import cell_of, distinct, first_new_number, take_in
from demandsim.processes.inflow import TENURE_AGES, Flow, MigrationRules, fixed_flow
from demandsim.processes.kin_nearby import (
    come_back,
    forward_children,
    forward_parents,
    join_child,
    without_parent,
)
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.life_luck import MOVING, candidates, life_draws

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_STAYS_FROM = 85
_ALL_CHILDREN = 255
_WHOLE = 1 << 30
_GROWN, _STAYS = np.int16(ADULT), np.int16(_STAYS_FROM * _YEAR)
_AT_HOME, _COMMUNAL = np.uint8(Setting.HOME), np.uint8(Setting.OTHER_COMMUNAL)
_HOME_LUCK = np.uint32(Purpose.ARRIVAL_HOME)


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


@rule
def _most_likely(out: NDArray[np.int64], one: np.int16, other: np.int16) -> np.int64:
    """The greater rate of two ages."""
    return max(out[np.int64(one) // _YEAR], out[np.int64(other) // _YEAR])


@kernel
def _list_speakers(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    partner: NDArray[np.int32],
    out: NDArray[np.int64],
    most_of_children: np.int64,
    speakers: NDArray[np.int64],
    drawn: NDArray[np.float64],
) -> int:
    """Fill in who draws for a family that may go, of a couple the one with the lower uid, and their draw; how many.

    Before its children are known, the chance of a family is no more than that of the most likely of its members. No
    branch waits for memory.
    """
    grown = 0
    for i in rows:
        other = np.int64(partner[i])
        first = (other < 0) | ((uid[i] < uid[other]) & _may_move(age_months[other], setting[other]))
        speakers[grown] = i
        grown += int(first & (age_months[i] >= _GROWN) & _may_move(age_months[i], setting[i]))
    found = 0
    luck = life_draws(seed, uid, month, speakers[:grown], MOVING)
    for k in range(grown):
        i = speakers[k]
        other = np.int64(partner[i]) if partner[i] >= 0 else i
        most = max(_most_likely(out, age_months[i], age_months[other]), most_of_children)
        speakers[found], drawn[found] = i, np.float64(luck[k])
        found += int(drawn[found] < most / _WHOLE)
    return found


@kernel
def _list_leaving(
    speakers: NDArray[np.int64],
    drawn: NDArray[np.float64],
    start: NDArray[np.int32],
    listed: NDArray[np.int32],
    born: NDArray[np.int64],
    marked: NDArray[np.bool_],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    household: NDArray[np.int32],
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    out: NDArray[np.int64],
    leaving: NDArray[np.int64],
) -> int:
    """Fill in the members of the families that go, how many; a child of two families that do stands twice.

    The chance of a family is the mean of its members' by year of age: whole numbers, so that the sum does not hang
    on their order.
    """
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
        if drawn[j] < total / size / _WHOLE:
            found += size
    return found


@kernel
def _leave_parents(
    leaving: NDArray[np.int64],
    age_months: NDArray[np.int16],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    children_away: NDArray[np.uint8],
) -> None:
    """Parents who stay have a grown child more outside the place; ``leaving`` is rising."""
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
        self._most, self._most_of_children = 0.0, np.int64(0)
        self._flow: Flow | None = None
        self._parent_chance = 0.0
        self._child_chance = 0.0

    def start(self, model: DemandModel) -> None:
        """Fix the rates of moving out and the flow of arrivals from the place's rates and its people."""
        out = stretched(model.profile.out_rate)
        out[_STAYS_FROM:] = 0.0
        # whole numbers, so that a family's sum does not hang on the order of its members
        self._out = np.rint(monthly(out) * _WHOLE).astype(np.int64)
        self._most, self._most_of_children = float(self._out.max()) / _WHOLE, self._out[: ADULT // _YEAR].max()
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
        citizens, index = model.citizens, model.children
        rows = candidates(model, MOVING, self._most)
        speakers, drawn = np.empty(rows.size, dtype=np.int64), np.empty(rows.size)
        families = _list_speakers(
            model.luck_seed,
            model.month_word,
            rows,
            citizens.uid,
            citizens.age_months,
            citizens.setting,
            citizens.partner,
            self._out,
            self._most_of_children,
            speakers,
            drawn,
        )
        leaving = np.empty(2 * families + index.links, dtype=np.int64)
        found = _list_leaving(
            speakers[:families],
            drawn,
            index.start,
            index.child,
            index.born,
            index.marked,
            citizens.alive,
            citizens.age_months,
            citizens.household,
            citizens.partner,
            citizens.mother,
            citizens.father,
            self._out,
            leaving,
        )
        leaving = distinct(leaving[:found])
        model.ledger.people("departures", citizens.cell[leaving])
        _leave_parents(leaving, citizens.age_months, citizens.mother, citizens.father, citizens.children_away)
        depart(model, leaving, death=False)

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
        alone = _settle_in(model, flow, group, rows)
        come_back(model, flow, rules, group, rows, parents)
        join_child(model, flow, rules, group, rows, children)
        take_in(model, alone)
        give_body(model, rows, healthy_mover=True, capability=False)
        model.welcome(rows)
        model.ledger.people("arrivals", citizens.cell[rows])


@kernel
def _write_who(
    seed: np.uint64,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_of: NDArray[np.int64],
    female_of: NDArray[np.bool_],
    partner_of: NDArray[np.int64],
    mother_of: NDArray[np.int64],
    father_of: NDArray[np.int64],
    grown_children: NDArray[np.float64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    children_away: NDArray[np.uint8],
    alone: NDArray[np.int64],
) -> int:
    """Write age, sex and kin of arrivals, who know each other by their places in the month's group.

    Fill in those under 18 who come without a parent; how many.
    """
    found = 0
    for k in range(rows.size):
        i = rows[k]
        age_months[i], female[i] = age_of[k], female_of[k]
        partner[i] = rows[partner_of[k]] if partner_of[k] >= 0 else NOBODY
        mother[i] = rows[mother_of[k]] if mother_of[k] >= 0 else NOBODY
        father[i] = rows[father_of[k]] if father_of[k] >= 0 else NOBODY
        _, _, _, drawn = uniform4(seed, uid[k], FOR_LIFE, _HOME_LUCK)
        grown = np.floor(grown_children[int(female_of[k]), age_of[k] // _YEAR] + np.float64(drawn))
        children_away[i] = np.uint8(min(grown, np.float64(_ALL_CHILDREN)))
        alone[found] = i
        found += int(age_of[k] < ADULT and mother_of[k] < 0 and father_of[k] < 0)
    return found


@kernel
def _write_home(
    seed: np.uint64,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_of: NDArray[np.int64],
    head: NDArray[np.int64],
    communal: NDArray[np.bool_],
    places: NDArray[np.float64],
    quintile_of: NDArray[np.uint8],
    owners: NDArray[np.float64],
    incomes: NDArray[np.float64],
    first_number: int,
    female: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
    neighbourhood: NDArray[np.int32],
    quintile: NDArray[np.uint8],
    owner: NDArray[np.bool_],
    income_band: NDArray[np.uint8],
    cell: NDArray[np.uint16],
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
        place, tenure, _, _ = uniform4(seed, uid[first], FOR_LIFE, _HOME_LUCK)
        _, _, earning, _ = uniform4(seed, uid[k], FOR_LIFE, _HOME_LUCK)
        where = min(int(np.searchsorted(places, np.float64(place), side="right")), places.size - 1)
        fifth = quintile_of[where]
        neighbourhood[i], quintile[i] = where, fifth
        band = np.searchsorted(TENURE_AGES, age_of[first] // _YEAR, side="right")
        owner[i] = np.float64(tenure) < owners[fifth, band] and not communal[k]
        setting[i] = _COMMUNAL if communal[k] else _AT_HOME
        household[i] = NOBODY if communal[k] else number[first]
        income = 0
        for each in range(incomes.shape[1] - 1):
            income += int(np.float64(earning) >= incomes[fifth, each])
        income_band[i] = income
        cell[i] = cell_of(np.int16(age_of[k]), female[i], fifth)


def _settle_in(model: DemandModel, flow: Flow, group: Arrivals, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Write who the arrivals are and where they live; return those under 18 who come without a parent."""
    citizens, alone = model.citizens, np.empty(rows.size, dtype=np.int64)
    found = _write_who(
        model.luck_seed,
        rows,
        group.uid,
        group.age_months,
        group.female,
        group.partner,
        group.mother,
        group.father,
        flow.children,
        citizens.age_months,
        citizens.female,
        citizens.partner,
        citizens.mother,
        citizens.father,
        citizens.children_away,
        alone,
    )
    _write_home(
        model.luck_seed,
        rows,
        group.uid,
        group.age_months,
        group.head,
        group.communal,
        flow.places,
        flow.quintile,
        flow.owners,
        flow.incomes,
        first_new_number(citizens),
        citizens.female,
        citizens.setting,
        citizens.household,
        citizens.neighbourhood,
        citizens.quintile,
        citizens.owner,
        citizens.income_band,
        citizens.cell,
    )
    return alone[:found]

"""Long-term support of working age: learning disability, physical disability, mental ill-health.

About half of what a council spends on adult social care goes to people who were of working age when their support
began. It does not come from frailty: types are drawn, people with a learning disability enter at 18, and the number
in each type holds steady by its own flows. What changes is what practice and money change: where people live when
their parents can no longer care, whether a Shared Lives host is found, and how far packages are cut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import NOBODY, Setting, SupportType
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel
from demandsim.ledger import CHARGES
from demandsim.luck import Purpose, draw, draw4, uniform
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.care_home import leave_support_at_home
from demandsim.processes.exact import whole
from demandsim.processes.family import dependants, is_with_parent, lives_with_parent
from demandsim.processes.few import positions
from demandsim.processes.home_fees import WEEKS
from demandsim.processes.hosts import SharedLives, free_places
from demandsim.processes.households import follow, leave_home, parent_at_home
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.shortlist import rows_with
from demandsim.processes.support_onset import TYPES, SupportOnset, by_type
from demandsim.processes.support_weeks import week_costs, week_prices

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_ADULT_MONTHS, _OLDER_MONTHS, _PAST_STUDY_MONTHS = 18 * 12, 65 * 12, 30 * 12
_TYPE, _ARRANGEMENT = np.uint32(Purpose.SUPPORT_TYPE), np.uint32(Purpose.WORKING_AGE_ARRANGEMENT)
_COMMUNAL = np.uint8(Setting.OTHER_COMMUNAL)
_HOME, _CARE_HOME = np.uint8(Setting.HOME), np.uint8(Setting.CARE_HOME)
_SUPPORTED, _SHARED = np.uint8(Setting.SUPPORTED_LIVING), np.uint8(Setting.SHARED_LIVES)


@dataclass(frozen=True)
class Rules:
    """Parameters of working-age support, each a row of the evidence register."""

    learning_level: float = evidence("wa.learning_level")
    physical_level: float = evidence("wa.physical_level")
    mental_level: float = evidence("wa.mental_level")
    level_spread: float = evidence("wa.level_spread")
    learning_residential: float = evidence("wa.learning_residential")
    physical_residential: float = evidence("wa.physical_residential")
    mental_residential: float = evidence("wa.mental_residential")
    learning_supported: float = evidence("wa.learning_supported")
    physical_supported: float = evidence("wa.physical_supported")
    mental_supported: float = evidence("wa.mental_supported")
    learning_shared: float = evidence("wa.learning_shared")
    communal_share: float = evidence("wa.communal_share")
    placement_residential: float = evidence("wa.placement_residential")
    learning_plan: float = evidence("wa.learning_plan")
    physical_plan: float = evidence("wa.physical_plan")
    mental_plan: float = evidence("wa.mental_plan")
    hour_price: float = evidence("wa.hour_price")
    learning_other_week: float = evidence("wa.learning_other_week")
    physical_other_week: float = evidence("wa.physical_other_week")
    mental_other_week: float = evidence("wa.mental_other_week")
    learning_residential_week: float = evidence("wa.learning_residential_week")
    physical_residential_week: float = evidence("wa.physical_residential_week")
    mental_residential_week: float = evidence("wa.mental_residential_week")
    learning_supported_week: float = evidence("wa.learning_supported_week")
    physical_supported_week: float = evidence("wa.physical_supported_week")
    mental_supported_week: float = evidence("wa.mental_supported_week")
    shared_lives_week: float = evidence("wa.shared_lives_week")
    cost_level: float = evidence("wa.cost_level")
    contribution_share: float = evidence("wa.contribution_share")


@kernel
def _list_likely(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    age_months: NDArray[np.int16],
    support_type: NDArray[np.uint8],
    setting: NDArray[np.uint8],
    communal_share: np.float32,
    limit: float,
    adults: NDArray[np.int64],
    luck: NDArray[np.float64],
    resident: NDArray[np.bool_],
) -> int:
    """Fill in adults without support who live in a home because of it, or whose draw is below a limit; how many.

    In homes are working-age residents, and some in other communal homes: the place counts communal residents below 65
    together; beyond student age a share of them is in such homes.
    """
    found = 0
    for i in rows:
        age = age_months[i]
        if age < _ADULT_MONTHS or support_type[i] > 0:
            continue
        in_home = setting[i] == _CARE_HOME
        if setting[i] == _COMMUNAL and age >= _PAST_STUDY_MONTHS:
            in_home = uniform(seed, uid[i], FOR_LIFE, _ARRANGEMENT) < communal_share
        adults[found], luck[found] = i, np.float64(uniform(seed, uid[i], FOR_LIFE, _TYPE))
        resident[found] = in_home and age < _OLDER_MONTHS
        found += int(resident[found] or luck[found] < limit)
    return found


@kernel
def _list_cared_for(
    rows: NDArray[np.int64],
    family_support: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    crisis: NDArray[np.uint8],
    cared: NDArray[np.int64],
) -> tuple[int, int]:
    """List who of some people lives at home on the support of their parents.

    Returns:
        How many they are, and how many of them live with no parent or are in a crisis: mostly nobody.
    """
    found = to_look_at = 0
    for i in rows:
        if family_support[i] and setting[i] == _HOME:
            cared[found] = i
            found += 1
            to_look_at += int(crisis[i] > 0 or not is_with_parent(household, mother, father, i))
    return found, to_look_at


@kernel
def _give_hours(
    rows: NDArray[np.int64],
    plan_share: NDArray[np.float64],
    trim: float,
    setting: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    hands_on: NDArray[np.float32],
    kin_hours: NDArray[np.float32],
    neighbour_hours: NDArray[np.float32],
    cell: NDArray[np.uint16],
    plan_hours: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    withheld: NDArray[np.float64],
) -> None:
    """Plan and give hours of support at home; tally by cell the hours of the month that a trim withholds."""
    for i in rows:
        plan_hours[i] = paid_hours[i] = f4(0.0)
        if setting[i] == _HOME:
            gap = max(hands_on[i] - kin_hours[i] - neighbour_hours[i], f4(0.0))
            plan = plan_share[support_type[i]] * np.float64(gap)
            plan_hours[i], paid_hours[i] = f4(plan), f4(plan * (1.0 - trim))
            withheld[cell[i]] += plan * trim * WEEKS


class WorkingAge(Process):
    """Who has long-term support of the working-age kind, where they live, and what it costs.

    Everybody keeps one lasting draw that says which support type, if any, they have at their age; a person with a
    learning disability has it from 18 on. Onset of the other types balances recovery, deaths and ageing, so that the
    share with support at each age stays what it was. Support goes on after 65 and stays here.

    In the run-in nobody's type changes, since nobody ages.
    """

    name: ClassVar[str] = "working_age"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "quintile",
        "household",
        "setting",
        "partner",
        "mother",
        "father",
        "crisis",
        "broken_down",
        "hands_on",
        "kin_hours",
        "neighbour_hours",
        "limitation",
        "support_type",
        "support_level",
        "family_support",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "support_type",
        "support_level",
        "family_support",
        "setting",
        "household",
        "neighbourhood",
        "quintile",
        "owner",
        "cell",
        "mother",
        "father",
        "council_funded",
        "plan_hours",
        "paid_hours",
        "arrangement",
        "arrangement_month",
        "worker",
        "relationship",
        "waiting",
        "waiting_since",
        "urgent",
        "review_due",
        "concern",
        "asked_in_vain",
        "kin_hours",
        "neighbour_hours",
        "unmet_hours",
        "unmet",
        "gap_fill",
        "reablement",
        "reablement_hours",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.onset = SupportOnset(numbers)
        rules = self.rules = read_rules(Rules, numbers)
        self._level = by_type(rules.learning_level, rules.physical_level, rules.mental_level)
        self._residential = by_type(rules.learning_residential, rules.physical_residential, rules.mental_residential)
        self._supported = by_type(rules.learning_supported, rules.physical_supported, rules.mental_supported)
        self._shared = by_type(rules.learning_shared, 0.0, 0.0)
        self._plan = by_type(rules.learning_plan, rules.physical_plan, rules.mental_plan)
        self._weeks = week_prices(rules)
        self._open = False

    # who has support

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Say who has long-term support, by one lasting draw a person; for children that waits until they are 18.

        Who arrives later has support only of a kind that is lived at home: the council that placed a person stays
        responsible for them, so people in supported living neither come nor go.
        """
        citizens = model.citizens
        adults, resident = np.empty(rows.size, dtype=np.int64), np.empty(rows.size, dtype=np.bool_)
        luck = np.empty(rows.size)
        found = _list_likely(
            model.luck_seed,
            citizens.uid,
            rows,
            citizens.age_months,
            citizens.support_type,
            citizens.setting,
            f4(self.rules.communal_share),
            # Nobody at home has a greater chance than this: the many beyond it are not looked at.
            self.onset.most_common if self._open else 1.0,
            adults,
            luck,
            resident,
        )
        if not found:
            return
        adults, luck, resident = adults[:found], luck[:found], resident[:found]
        share = self.onset.how_common(model, adults, by_family=not self._open)
        share *= np.where(citizens.setting[adults] == _HOME, 1.0 - self._residential[:, None], 0.0)
        usual = self._residential * self.onset.shares
        share[:, resident] = (usual / usual.sum())[:, None]
        kind = np.zeros(adults.size, dtype=np.int64)
        reached = np.zeros(adults.size)
        for each in TYPES:
            kind[(luck >= reached) & (luck < reached + share[each])] = each
            reached += share[each]
        citizens.setting[adults[resident]] = _CARE_HOME
        where = self._begin(model, adults[kind > 0], kind[kind > 0])
        if self._open:
            self._end(model, adults[kind > 0][where != _HOME])

    def _begin(
        self, model: DemandModel, rows: NDArray[np.int64], kind: NDArray[np.int64], *, settled: bool = True
    ) -> NDArray[np.uint8]:
        """Begin support: its level and where the person lives with it.

        Args:
            model: The model.
            rows: Who.
            kind: Their support types.
            settled: They have had it for long: who is in a home is known from the place.

        Returns:
            Where each lives with it, or would if they had not just arrived: they stay in the home they came to.
        """
        if not rows.size:
            return np.empty(0, dtype=np.uint8)
        citizens = model.citizens
        four = draw4(model.luck_seed, citizens.uid[rows], 0, Purpose.SUPPORT_LEVEL)
        bell = (four.sum(axis=1) - f4(2)) * f4(3.0**0.5)
        citizens.support_type[rows] = kind
        level = self._level[kind] + self.rules.level_spread * bell.astype(np.float64)
        citizens.support_level[rows] = np.maximum(level, 0.0)
        citizens.council_funded[rows] = True
        where = self._where_to_live(model, rows, kind, bell, settled)
        if not (settled and self._open):
            moves = where != citizens.setting[rows]
            leave_home(model, rows[moves], where[moves])
        return where

    def _where_to_live(
        self,
        model: DemandModel,
        rows: NDArray[np.int64],
        kind: NDArray[np.int64],
        bell: NDArray[np.float32],
        settled: bool,
    ) -> NDArray[np.uint8]:
        """Where people live when support begins: with their family as long as it cares, else by type and level.

        Whom a host would suit lives in supported living while no host is free. Who brings up children at home has
        support there.
        """
        citizens = model.citizens
        at_home = citizens.setting[rows] == _HOME
        family = at_home & (kind == SupportType.LEARNING) & lives_with_parent(citizens, rows)
        citizens.family_support[rows] = family
        brings_up = np.isin(rows, dependants(model, rows)[1])
        apart = at_home & ~family & ~brings_up & (citizens.partner[rows] == NOBODY)
        # More need, more often a place with support: the draw is tilted by the level.
        luck = draw(model.luck_seed, citizens.uid[rows], 0, Purpose.WORKING_AGE_ARRANGEMENT) - f4(0.1) * bell
        supported, shared = self._supported[kind], self._shared[kind]
        where = citizens.setting[rows]
        where[apart & (not settled) & (luck >= f4(1) - self._residential[kind])] = _CARE_HOME
        where[apart & (luck < supported + shared)] = _SUPPORTED
        hosted = positions(apart & (luck >= supported) & (luck < supported + shared))
        if not settled:
            turn = np.lexsort((citizens.uid[rows[hosted]], luck[hosted]))
            hosted = hosted[turn[: free_places(model)]]
        where[hosted] = _SHARED
        return where

    # the month

    def start(self, model: DemandModel) -> None:
        """Count the hosts there are: as many as people in Shared Lives."""
        model.services["working_age"] = Service(model, name="working_age", funder="council", unit="people")
        self._open = True
        model.services["shared_lives"] = SharedLives(model, float(np.count_nonzero(model.citizens.setting == _SHARED)))

    def step(self, model: DemandModel) -> None:
        """Begin and end support, move who lost their family, give support and book it."""
        rows = self._supported_rows(model)
        if not model.settling:
            rows = self._begin_and_end(model, rows)
        model.citizens.council_funded[rows] = True  # also after a renewal in the run-in
        self._lose_family(model, rows)
        self._give(model, rows)
        self._book(model, rows)

    def _supported_rows(self, model: DemandModel) -> NDArray[np.int64]:
        return rows_with(model.citizens.support_type)

    def _begin_and_end(self, model: DemandModel, with_support: NDArray[np.int64]) -> NDArray[np.int64]:
        """Onset of long-term support, and recovery from physical disability and mental ill-health.

        Args:
            model: The model.
            with_support: Who has support.

        Returns:
            Who has it now.
        """
        ends = self.onset.ends(model, with_support)
        began, kind = self.onset.begins(model)
        self._begin(model, began, kind, settled=False)
        self._end(model, with_support[ends])
        return np.concatenate([with_support[~ends], began])

    def _end(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Support ends: the person lives at home without it."""
        if not rows.size:
            return
        citizens = model.citizens
        citizens.support_type[rows] = SupportType.NONE
        citizens.support_level[rows] = 0
        citizens.family_support[rows] = False
        citizens.council_funded[rows] = False
        citizens.plan_hours[rows] = 0
        citizens.paid_hours[rows] = 0
        moved = np.sort(rows[citizens.household[rows] == NOBODY])
        citizens.setting[rows] = _HOME
        citizens.household[moved] = int(citizens.household.max(initial=NOBODY)) + 1 + np.arange(moved.size)

    def _lose_family(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """When parents die, leave or break down, the person moves: to a host if there is one, or a supported home."""
        citizens = model.citizens
        cared = np.empty(rows.size, dtype=np.int64)
        found, to_look_at = _list_cared_for(
            rows,
            citizens.family_support,
            citizens.setting,
            citizens.household,
            citizens.mother,
            citizens.father,
            citizens.crisis,
            cared,
        )
        if not to_look_at:
            return
        cared = cared[:found]
        _stay_with_parent(model, cared)
        lost = cared[~lives_with_parent(citizens, cared) | (citizens.crisis[cared] > 0)]
        if lost.size == 0:
            return
        four = draw4(model.luck_seed, citizens.uid[lost], model.month, Purpose.FAMILY_LOST)
        order = np.lexsort((citizens.uid[lost], four[:, 0]))
        lost, four = lost[order], four[order]
        wants = four[:, 1] < f4(model.practice.menu_share)
        hosted = wants & (np.cumsum(wants) <= free_places(model))
        placed = (
            ~hosted
            & (citizens.limitation[lost] >= f4(model.practice.placement_bands))
            & (four[:, 2] < f4(self.rules.placement_residential))
        )
        citizens.family_support[lost] = False
        leave_home(model, lost, np.select([hosted, placed], [_SHARED, _CARE_HOME], _SUPPORTED))
        leave_support_at_home(model, lost)

    def _give(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Support at home fills the gap that family leaves, less what is trimmed; elsewhere it is part of the place."""
        citizens, withheld = model.citizens, np.zeros(CELLS)
        _give_hours(
            rows,
            self._plan,
            float(model.council.working_age_trim),
            citizens.setting,
            citizens.support_type,
            citizens.hands_on,
            citizens.kin_hours,
            citizens.neighbour_hours,
            citizens.cell,
            citizens.plan_hours,
            citizens.paid_hours,
            withheld,
        )
        model.ledger.tally("withheld_hours", withheld)
        service = model.services["working_age"]
        service.capacity = service.used = float(rows.size)

    def _book(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        rules = self.rules
        month = whole(week_costs(rules, self._weeks, model, rows)) * WEEKS
        model.ledger.cost("working_age", "council", month * (1.0 - rules.contribution_share))
        model.ledger.cost("working_age", "citizen", month * rules.contribution_share)
        model.ledger.total(CHARGES, month * rules.contribution_share)


def _stay_with_parent(model: DemandModel, rows: NDArray[np.int64]) -> None:
    """People whose support rests on their parents do not leave home as others do: they live where a parent lives."""
    citizens = model.citizens
    left = rows[~lives_with_parent(citizens, rows) & (citizens.partner[rows] == NOBODY)]
    if not left.size:
        return
    parent = parent_at_home(citizens, left)
    follow(model, left[parent >= 0], parent[parent >= 0])

"""Care homes: who moves in, who finds no place, and who comes home again.

People move in when they can no longer manage, mostly in a crisis: a hospital admission or the loss of a carer. The
practice says below which limitation no placement is proposed; such a person stays at home, with unmet need if no
other help is found. What a home costs whom is told in `home_fees`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NEVER, NOBODY, Concern, Setting
from demandsim.agents.services import Service
from demandsim.compiled import f4
from demandsim.luck import Purpose, draw
from demandsim.processes.at_home import missed_share
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.brokerage import BrokerRules
from demandsim.processes.front_door import end_support
from demandsim.processes.hazards import people_with
from demandsim.processes.home_fees import HomeFees
from demandsim.processes.home_moves import asking, how_likely, may_ask, may_move, residents_of, returning
from demandsim.processes.hospital import place_factor
from demandsim.processes.hosts import HostRules, find_hosts
from demandsim.processes.households import leave_home
from demandsim.processes.missed_help import MissedInRunIn
from demandsim.processes.panel import Panel
from demandsim.processes.quantiles import by_luck, geometric_luck
from demandsim.processes.renewal import RENEWED, renew_mover

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_HOME, _CARE_HOME = np.uint8(Setting.HOME), np.uint8(Setting.CARE_HOME)
_OLDER = np.int16(65 * 12)


@dataclass(frozen=True)
class Rules:
    """Parameters of care homes, each a row of the evidence register."""

    entry_base: float = evidence("home.entry_base")
    crisis_weight: float = evidence("home.crisis_weight")
    unmet: float = evidence("home.unmet")
    moderate: float = evidence("need.threshold_moderate")
    very_high: float = evidence("need.threshold_very_high")
    return_rate: float = evidence("home.return_rate")
    capability_loss: float = evidence("cap.home_loss")
    occupancy: float = evidence("care_home.occupancy")
    earlier_stay: float = evidence("care_home.earlier_stay_months")


class CareHomes(Service):
    """The places of all care homes for older people.

    Attributes:
        base_places: Places of month 0.
        open_share: Share of them whose homes are open.
    """

    def __init__(self, model: DemandModel) -> None:
        super().__init__(model, name="care_homes", funder="council", unit="places")
        self.base_places = math.inf
        self.open_share = 1.0


def _homes(model: DemandModel) -> CareHomes:
    return cast(CareHomes, model.services["care_homes"])


class CareHome(Process):
    """Move people into care homes and out of them, and book what the homes cost whom.

    Capacity is places: the settled number of residents over the usual occupancy, following need, less those of homes
    that have closed. Whoever finds no place stays at home.
    Residents whose support is of the working-age kind belong to `WorkingAge`, which pays for them.
    """

    name: ClassVar[str] = "care_home"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "cell",
        "quintile",
        "setting",
        "household",
        "partner",
        "mother",
        "father",
        "support_type",
        "limitation",
        "band",
        "hands_on",
        "dementia",
        "recent_loss",
        "admitted",
        "fell_ill",
        "setback",
        "crisis",
        "unmet_hours",
        "unmet",
        "broken_down",
        "income_band",
        "owner",
        "savings",
        "council_funded",
        "capability",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "setting",
        "household",
        "neighbourhood",
        "quintile",
        "cell",
        "mother",
        "father",
        "arrangement",
        "arrangement_month",
        "plan_hours",
        "council_funded",
        "worker",
        "relationship",
        "waiting",
        "waiting_since",
        "urgent",
        "review_due",
        "together",
        "concern",
        "asked_in_vain",
        "kin_hours",
        "relieved_hours",
        "neighbour_hours",
        "paid_hours",
        "unmet_hours",
        "unmet",
        "gap_fill",
        "reablement",
        "reablement_hours",
        "capability",
        "savings",
        "owner",
        "function_luck",
        "scar",
        "illness",
        *RENEWED,
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.fees = HomeFees(numbers)
        self.host_rules = read_rules(HostRules, numbers)
        self.broker = read_rules(BrokerRules, numbers)
        self._panel = Panel(self.rules.very_high)
        self._place = 1.0
        self._missed = MissedInRunIn()
        self._first = np.zeros(0, dtype=np.int64)
        self._savings = np.zeros(0, dtype=np.float32)
        self._owner = np.zeros(0, dtype=np.bool_)

    def start(self, model: DemandModel) -> None:
        """Open the homes and settle who pays for the people who live there already."""
        self._place = place_factor(model.numbers, "place.carehome_factor", model.profile.code)
        model.services["care_homes"] = CareHomes(model)
        rows = residents_of(model.citizens)
        citizens = model.citizens
        self._first, self._savings, self._owner = rows, citizens.savings[rows], citizens.owner[rows]
        citizens.arrangement_month[rows] = model.month
        self.fees.fund(model, rows, self._had_partner(model, rows))
        # Residents of month 0 have lived and paid there for some time: the money of some has run out already.
        luck = draw(model.luck_seed, citizens.uid[rows], 1, Purpose.HOME_FUNDER)
        months = by_luck(geometric_luck(self.rules.earlier_stay), luck)
        self.fees.spend_down(model, rows, months)

    @staticmethod
    def _partner_stays(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Who of some people has a partner who lives at home."""
        partner = citizens.partner[rows]
        stays: NDArray[np.bool_] = (partner >= 0) & (citizens.setting[partner] == _HOME)
        return stays

    @staticmethod
    def _had_partner(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which residents of the start left a partner in their home: as many as have one at their sex and age now.

        The place knows of no partners of residents.
        """
        citizens = model.citizens
        group = citizens.female.astype(np.int64) * 32 + citizens.age_months // 60
        here = np.flatnonzero(citizens.alive & (citizens.setting == _HOME))
        people = np.bincount(group[here], minlength=64)
        coupled = np.bincount(group[here], weights=citizens.partner[here] != NOBODY, minlength=64)
        share = coupled / np.maximum(people, 1)
        had: NDArray[np.bool_] = draw(model.luck_seed, citizens.uid[rows], 2, Purpose.HOME_FUNDER) < share[group[rows]]
        return had

    def settled(self, model: DemandModel) -> None:
        """Freeze places at what the run-in filled, at the usual occupancy."""
        _homes(model).base_places = residents_of(model.citizens).size / self.rules.occupancy

    def step(self, model: DemandModel) -> None:
        """Send home who mends, take fees, move in who asks, book the month."""
        residents = residents_of(model.citizens)
        if model.settling:
            self._renew(model, residents)
        else:
            residents = self._return_home(model, residents)
        self.fees.spend_down(model, residents, np.ones(residents.size, dtype=np.float32))
        moved = self._admit(model, residents.size)
        residents = np.concatenate([residents, moved]) if moved.size else residents
        self.fees.book(model, residents)
        # This step is the last in a month to ask about a crisis at home: one month of it is over.
        crisis = model.citizens.crisis
        crisis -= (crisis > 0).view(np.uint8)

    def _renew(self, model: DemandModel, residents: NDArray[np.int64]) -> None:
        """Receive the residents whom the run-in has renewed this month, with what the first ones owned on moving in.

        Without it whoever came would have spent their means on a home already.
        """
        citizens = model.citizens
        rows = residents[citizens.arrangement_month[residents] == NEVER]
        place = np.searchsorted(self._first, rows)
        citizens.savings[rows], citizens.owner[rows] = self._savings[place], self._owner[place]
        self._receive(model, rows, self._had_partner(model, rows))

    # moving in

    def _admit(self, model: DemandModel, residents: int) -> NDArray[np.int64]:
        """Move in those who ask, as far as there are places: crises first, then by limitation and a keyed draw.

        In the run-in nobody moves: residents are those of the tables, and who would move makes way for another.

        Returns:
            Who moved in.
        """
        citizens, homes = model.citizens, model.services["care_homes"]
        rows, crisis = self._who_asks(model)
        if model.settling:
            # What a forecast of moves made before the first month can rest on.
            model.ledger.people("care_home_moves_due", citizens.cell[rows])
            renew_mover(model, rows)
            homes.capacity = homes.used = float(residents)
            return rows[:0]
        rows, crisis = self._live_with_hosts(model, rows, crisis)
        wanted = rows.size
        if model.council.placement_cut > 0.0:
            refused = self._refused(model, rows)
            rows, crisis = rows[~refused], crisis[~refused]
        places = self._places(model)
        free = min(rows.size, max(0, math.floor(places) - residents))
        if free < rows.size:
            limitation = (citizens.limitation[rows] * f4(1000)).astype(np.int64)
            luck = draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.HOME_TURN)
            order = np.lexsort((citizens.uid[rows], luck, -limitation, ~crisis))
            rows = np.sort(rows[order[:free]])
        homes.waiting = wanted - rows.size
        homes.capacity = places
        homes.used = min(float(residents + rows.size), homes.capacity)
        self._move_in(model, rows)
        return rows

    def _live_with_hosts(
        self, model: DemandModel, rows: NDArray[np.int64], crisis: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Let some who ask live with a Shared Lives host instead, where one is free; who still asks for a home."""
        found = find_hosts(model, self.host_rules, self.broker, rows)
        hosted = rows[found]
        if hosted.size:
            leave_home(model, hosted, Setting.SHARED_LIVES)
            leave_support_at_home(model, hosted)
            self.fees.fund_with_host(model, hosted)
        return rows[~found], crisis[~found]

    @staticmethod
    def _places(model: DemandModel) -> float:
        """Places open this month: they follow need, less those of homes that have closed."""
        homes = _homes(model)
        return homes.base_places * model.need_index * homes.open_share

    def _refused(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whom the council's panel refuses of those who ask for a place and would not pay for it themselves."""
        stays = self._partner_stays(model.citizens, rows)
        return self._panel.refused(model, rows, self.fees.council_would_pay(model, rows, stays))

    def _who_asks(self, model: DemandModel) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Rows whose move to a home is proposed and comes up this month, and which of them are in a crisis."""
        rules, citizens = self.rules, model.citizens
        least = f4(max(rules.moderate, model.practice.placement_bands))
        if model.settling:
            self._centre(model, least)
        numbers = (
            f4(rules.moderate),
            f4(rules.entry_base * self._place),
            f4(rules.crisis_weight),
            f4(rules.unmet),
            f4(self._missed.mean),
        )
        rows = np.empty(citizens.size + 1, dtype=np.int64)
        may = may_ask(
            model.luck_seed,
            model.month_word,
            citizens.limitation,
            least,
            *numbers,
            citizens.uid,
            citizens.setting,
            citizens.support_type,
            citizens.age_months,
            rows,
        )
        rows, crisis = rows[:may], np.empty(may, dtype=np.bool_)
        asks = asking(
            model.luck_seed,
            model.month_word,
            rows,
            people_with(citizens.household, rows),
            citizens.uid,
            citizens.limitation,
            citizens.dementia,
            citizens.admitted,
            citizens.crisis,
            citizens.hands_on,
            citizens.unmet_hours,
            citizens.unmet,
            *numbers,
            crisis,
        )
        return rows[:asks].copy(), crisis[:asks]  # the room for everybody is given back

    def _centre(self, model: DemandModel, least: np.float32) -> None:
        """Note what help those miss who might move, by how likely each is to: in the base it decides who goes alone."""
        rules, citizens = self.rules, model.citizens
        rows = may_move(citizens, least)
        likely = np.empty(rows.size)
        how_likely(
            rows,
            people_with(citizens.household, rows),
            citizens.limitation,
            citizens.dementia,
            citizens.admitted,
            citizens.crisis,
            f4(rules.moderate),
            f4(rules.crisis_weight),
            likely,
        )
        self._missed.note(likely, np.arange(rows.size), missed_share(citizens, rows))

    def _move_in(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Give people a place: the home meets their need, and what they had at home ends. The partner stays theirs."""
        citizens = model.citizens
        if rows.size:
            stays = self._partner_stays(citizens, rows)
            leave_home(model, rows, _CARE_HOME)
            leave_support_at_home(model, rows)
            self._receive(model, rows, stays)
        older = rows[citizens.age_months[rows] >= _OLDER]
        paid_by_council = rows[citizens.council_funded[rows]]
        model.ledger.people("care_home_admissions", citizens.cell[rows])
        model.ledger.people("care_home_admissions_council", citizens.cell[paid_by_council])
        model.ledger.total("care_home_admissions_65", older.size)

    def _receive(self, model: DemandModel, rows: NDArray[np.int64], partner_stays: NDArray[np.bool_]) -> None:
        """Settle who pays for people who have just moved in, and what the move costs them of their agency."""
        citizens = model.citizens
        self.fees.fund(model, rows, partner_stays)
        citizens.arrangement_month[rows] = model.month
        citizens.capability[rows] = np.maximum(citizens.capability[rows] - f4(self.rules.capability_loss), f4(0))

    # moving out

    def _return_home(self, model: DemandModel, residents: NDArray[np.int64]) -> NDArray[np.int64]:
        """Send home the few whose recent loss is mending: to their partner, or to a new household.

        Returns:
            The residents who stay.
        """
        citizens, rows = model.citizens, residents
        returns = np.empty(rows.size, dtype=np.bool_)
        mending = returning(
            model.luck_seed,
            model.month_word,
            rows,
            citizens.uid,
            citizens.recent_loss,
            citizens.dementia,
            citizens.admitted,
            citizens.fell_ill,
            citizens.setback,
            f4(self.rules.return_rate),
            returns,
        )
        if not mending:
            return residents
        rows = residents[returns]
        rows = rows[np.argsort(citizens.uid[rows])]
        partner = citizens.partner[rows]
        joins = (partner >= 0) & (citizens.setting[partner] == _HOME)
        fresh = int(citizens.household.max(initial=NOBODY)) + np.cumsum(~joins)
        citizens.household[rows] = np.where(joins, citizens.household[partner], fresh)
        citizens.setting[rows] = _HOME
        citizens.arrangement_month[rows] = NEVER
        citizens.council_funded[rows] = False
        citizens.unmet_hours[rows] = citizens.hands_on[rows]  # who helps them is settled from next month on
        return residents[~returns]


def leave_support_at_home(model: DemandModel, rows: NDArray[np.int64]) -> None:
    """End what people had at home, once they live elsewhere: arrangement, queue place, concern, help from kin."""
    if not rows.size:
        return
    citizens = model.citizens
    end_support(citizens, rows)
    citizens.concern[rows] = Concern.NONE
    citizens.asked_in_vain[rows] = False
    citizens.unmet[rows] = False
    for hours in (
        citizens.kin_hours,
        citizens.relieved_hours,
        citizens.neighbour_hours,
        citizens.paid_hours,
        citizens.unmet_hours,
        citizens.gap_fill,
        citizens.reablement_hours,
    ):
        hours[rows] = 0
    citizens.reablement[rows] = 0

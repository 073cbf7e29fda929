"""Social outcomes contract, or social impact bond: an investor pays for prevention first and is paid by outcomes later.

The money buys more of services that are there, at their real price: reablement, coordinators, carers' breaks, rapid
support. Each contract year the outcomes are counted against a forecast made before the first month: emergency
admissions at 65 and over, paid for by the NHS, and moves to a care home at that age, paid for by the council. A rate
card says what one fewer is worth; all payments together have a cap. Nobody can see what would have happened without
the contract. Whatever else makes outcomes better or worse than forecast, luck among it, is paid for or missed as
well: the attribution problem of such contracts is not assumed away. If nothing is reached the investor has lost the
money.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, cast

from demandsim.agents.services import Service
from demandsim.processes.area_posts import coordinators_in_post
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.prevention import break_hours, connectors, older, rapid_support

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_PER = 100_000.0
_OLDER_CELL = 20
"""First reporting cell of people aged 65 and over."""
_LEAST_PREVENTION = 0.01


@dataclass(frozen=True)
class Rules:
    """Parameters of the contract, each a row of the evidence register."""

    reablement_share: float = evidence("bond.reablement_share")
    connector_share: float = evidence("bond.connector_share")
    break_share: float = evidence("bond.break_share")
    contract_cost: float = evidence("bond.contract_cost")
    rate_admission: float = evidence("bond.rate_admission")
    rate_care_home: float = evidence("bond.rate_care_home")
    cap: float = evidence("bond.cap")
    reablement_cost: float = evidence("door.reablement_cost")
    connector_cost: float = evidence("cost.lac_fte_year")
    break_cost: float = evidence("cost.carer_break_hour")
    rapid_cost: float = evidence("hospital.rapid_support_cost")

    def parts(self, pounds: float) -> tuple[float, float, float, float]:
        """A month's money for reablement, coordinators, breaks and rapid support."""
        first = (pounds * self.reablement_share, pounds * self.connector_share, pounds * self.break_share)
        return *first, max(pounds - sum(first), 0.0)


class Bond(Service):
    """The contract. Capacity is what the investor is ready to pay this month, used what was spent of it.

    Attributes:
        month_pounds: Pounds a month that the investor puts in while the contract runs; 0 before it.
        months: Months that it runs.
        gone: Months that it has run.
        own_places: Reablement starts that the council's own money pays for this month.
        own_breaks: Hours of breaks likewise.
        own_coordinators: Area coordinators per 100,000 people likewise.
        own_rapid: Episodes of rapid support likewise.
        put_in: Pounds the investor has spent so far.
        paid: Pounds paid for outcomes so far.
    """

    def __init__(self, model: DemandModel) -> None:
        super().__init__(model, name="outcomes_bond", funder="investor", unit="GBP a month")
        self.month_pounds = 0.0
        self.months = 0
        self.gone = 0
        self.own_places = self.own_breaks = self.own_coordinators = self.own_rapid = 0.0
        self.put_in = 0.0
        self.paid = 0.0

    @property
    def runs(self) -> bool:
        """Whether the contract is in its term."""
        return self.gone < self.months


def _bond(model: DemandModel) -> Bond:
    return cast(Bond, model.services["outcomes_bond"])


class BondCapacity(Process):
    """Open the contract when its terms begin, and add what the investor pays for to this month's services."""

    name: ClassVar[str] = "bond_capacity"
    reads: ClassVar[tuple[str, ...]] = ("alive",)
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)

    def start(self, model: DemandModel) -> None:
        """There is no contract yet."""
        model.services["outcomes_bond"] = Bond(model)

    def step(self, model: DemandModel) -> None:
        """Raise the capacity of four services by what a month's money buys of each at its price."""
        bond, terms = _bond(model), model.terms
        if bond.months == 0 and terms.bond_percent > 0 and terms.bond_years > 0:
            bond.months = round(_YEAR * terms.bond_years)
            bond.month_pounds = terms.bond_percent / 100 * model.council.budget / _YEAR
        bond.capacity = bond.month_pounds if bond.runs else 0.0
        if not bond.runs:
            return
        rules, practice = self._rules, model.practice
        old, people = older(model), len(model.citizens) / _PER
        # What the council cuts of prevention is cut of its own part alone.
        kept = max(model.council.prevention_share, _LEAST_PREVENTION)
        rapid_kept = kept * model.nhs_share
        reablement, coordinators, breaks, rapid = rules.parts(bond.month_pounds)
        bond.own_places = practice.reablement_places / _YEAR * old
        bond.own_breaks, bond.own_rapid = break_hours(model) / _YEAR * old, rapid_support(model) / _YEAR * old
        bond.own_coordinators = connectors(model)
        model.practice = replace(
            practice,
            reablement_places=practice.reablement_places + _YEAR * reablement / rules.reablement_cost / old,
            connectors=practice.connectors + _YEAR * coordinators / rules.connector_cost / people / kept,
            carer_break_hours=practice.carer_break_hours + _YEAR * breaks / rules.break_cost / old / kept,
            rapid_support_places=practice.rapid_support_places + _YEAR * rapid / rules.rapid_cost / old / rapid_kept,
        )


class BondSettlement(Process):
    """Move what the investor pays for to the investor's account, count outcomes and pay for them once a year."""

    name: ClassVar[str] = "bond_settlement"
    reads: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)
        self._recent: list[tuple[float, float]] = []
        self._base = (0.0, 0.0)
        self._fewer = [0.0, 0.0]

    def settled(self, model: DemandModel) -> None:
        """Freeze the forecast: admissions and moves a month on the settled base; later months follow need."""
        months = max(len(self._recent), 1)
        self._base = (sum(a for a, _ in self._recent) / months, sum(h for _, h in self._recent) / months)

    def step(self, model: DemandModel) -> None:
        """Book the month, and the outcomes of a contract year that ends."""
        ledger = model.ledger
        admissions = ledger.counted("emergency_admissions", _OLDER_CELL)
        # In the run-in nobody moves for good; who would have moved is what a forecast can rest on.
        moves = "care_home_moves_due" if model.settling else "care_home_admissions"
        homes = ledger.counted(moves, _OLDER_CELL)
        if model.settling:
            self._recent = [*self._recent[-(_YEAR - 1) :], (admissions, homes)]
            return
        bond = _bond(model)
        bond.used = 0.0
        if not bond.runs:
            return
        self._move_costs(model, bond)
        bond.gone += 1
        self._fewer[0] += self._base[0] * model.need_index - admissions
        self._fewer[1] += self._base[1] * model.need_index - homes
        if bond.gone % _YEAR == 0 or not bond.runs:
            self._pay(model, bond)
            self._fewer = [0.0, 0.0]

    def _move_costs(self, model: DemandModel, bond: Bond) -> None:
        """What was used beyond the council's own capacity is the investor's; measuring it all is the council's."""
        rules, ledger, services = self._rules, model.ledger, model.services
        people = len(model.citizens) / _PER
        beyond = (
            (services["reablement"].used - bond.own_places) * rules.reablement_cost,
            (coordinators_in_post(model) - bond.own_coordinators) * people * rules.connector_cost / _YEAR,
            (services["carers_service"].used - bond.own_breaks) * rules.break_cost,
            (services["rapid_support"].used - bond.own_rapid) * rules.rapid_cost,
        )
        booked = ("reablement", "community", "carers", "community")
        for service, cost, most in zip(booked, beyond, rules.parts(bond.month_pounds), strict=True):
            pounds = min(max(cost, 0.0), most)
            ledger.cost(service, "council", -pounds)
            ledger.cost(service, "investor", pounds)
            bond.used += pounds
        bond.put_in += bond.used
        ledger.cost("contract_management", "council", rules.contract_cost * bond.used)

    def _pay(self, model: DemandModel, bond: Bond) -> None:
        """Pay for outcomes better than forecast, by the rate card up to the cap; worse ones cost nobody anything."""
        rules, ledger = self._rules, model.ledger
        nhs = max(self._fewer[0], 0.0) * rules.rate_admission
        council = max(self._fewer[1], 0.0) * rules.rate_care_home
        if nhs + council == 0.0:
            return
        share = min(1.0, max(rules.cap * bond.put_in - bond.paid, 0.0) / (nhs + council))
        for payer, pounds in (("nhs", share * nhs), ("council", share * council)):
            ledger.cost("outcomes_bond", payer, pounds)
            ledger.cost("outcomes_bond", "investor", -pounds)
            bond.paid += pounds

"""Payment by results: part of the price of home care and reablement hangs on a hard outcome of each client.

A client's outcome is looked at once: after home care of a year whether they live at home in a need band no worse than
at its start, half a year after reablement whether they live at home without long-term support from the council. The
tariff is the price over the usual success rate, so that with the usual outcomes providers get what they gave, and a
premium for the risk. What follows is theirs to choose. They learn which kinds of client succeed, expect pay by it,
and hold back from those whose expected pay is below cost; they may work *with* people more; they may record what did
not happen. Nobody assumes who is passed over.

The council's accounts set aside at once what it expects to pay and are put right when the outcome is known, as accounts
of what is owed must be. Providers are a payer of their own: below zero they gain.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Arrangement, Band, Setting
from demandsim.agents.services import Service
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.few import within
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

HOME_CARE, REABLEMENT = 0, 1
"""The two kinds of contract."""

_KINDS = 2
_CLASSES = 2 * (int(Band.VERY_HIGH) + 1)
_BAND_NAMES = ("none", "low", "moderate", "high", "very high")

type Rows = NDArray[np.int64]
type Mask = NDArray[np.bool_]
type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """Parameters of payment by results, each a row of the evidence register."""

    home_care_months: float = evidence("results.home_care_months")
    reablement_months: float = evidence("results.reablement_months")
    usual_home_care: float = evidence("results.usual_home_care")
    usual_reablement: float = evidence("results.usual_reablement")
    selectivity: float = evidence("results.selectivity")
    least_chance: float = evidence("results.least_chance")
    last_resort: float = evidence("results.last_resort_months")
    prior_clients: float = evidence("results.prior_clients")
    gaming: float = evidence("results.gaming_share")
    effort: float = evidence("results.effort")
    contract_cost: float = evidence("results.contract_cost")
    premium: float = evidence("results.risk_premium")
    episode_months: float = evidence("door.reablement_months")


class ResultsContracts(Service):
    """Contracts paid by results. Capacity and use are clients under contract; who waits was passed over this month.

    Attributes:
        prospects: Success that providers expect of each kind of client against that of all, by kind of contract,
            shape (2, 10).
        rules: Parameters that providers' choices rest on.
        passed: People passed over so far this month.
    """

    def __init__(self, model: DemandModel, rules: Rules) -> None:
        super().__init__(model, name="results_contracts", funder="council", unit="clients")
        self.prospects: Floats = np.ones((_KINDS, _CLASSES))
        self.rules = rules
        self.passed = 0


def kind_of_client(citizens: Citizens, rows: Rows) -> Rows:
    """What a provider sees of a client before it chooses: need band and dementia, as one number."""
    return 2 * citizens.band[rows].astype(np.int64) + (citizens.dementia[rows] > 0)


def contracts_in_force(model: DemandModel) -> ResultsContracts | None:
    """The contracts, while any part of the price is paid by results."""
    held = model.services.get("results_contracts") if model.terms.results_share > 0.0 else None
    return cast(ResultsContracts, held) if held is not None else None


def taken_on(model: DemandModel, rows: Rows, kind: int, waited: Rows | None = None) -> Mask:
    """Whom providers are ready to take this month; the others are passed over, and counted.

    Expected pay against expected cost is 1 + share paid by results * (success of such clients / success of all - 1).
    Below 1 the chance to be taken falls with the expected loss. After some months the council buys outside the
    contract.

    Args:
        model: The model.
        rows: People who could be taken.
        kind: `HOME_CARE` or `REABLEMENT`.
        waited: Months each has waited; left out, nobody has.

    Returns:
        Who would be taken if there is room: everybody while nothing is paid by results.
    """
    service, citizens = contracts_in_force(model), model.citizens
    if service is None or rows.size == 0:
        return np.ones(rows.size, dtype=np.bool_)
    rules = service.rules
    gain = model.terms.results_share * (service.prospects[kind, kind_of_client(citizens, rows)] - 1.0)
    chance = within(1.0 + rules.selectivity * np.minimum(gain, 0.0), rules.least_chance, 1.0)
    lot = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.RESULTS_CHOICE)[:, kind]
    taken: Mask = lot < chance
    if waited is not None:
        taken |= waited >= rules.last_resort
    passed = rows[~taken]
    service.passed += int(passed.size)
    model.ledger.people("passed_over", citizens.cell[passed])
    for band, number in enumerate(np.bincount(citizens.band[passed], minlength=len(_BAND_NAMES))):
        model.ledger.total(f"passed_over_{_BAND_NAMES[band]}", float(number))
    return taken


def enabling_goal(model: DemandModel) -> float:
    """Share of visits in which time is spent with the person: the practice's, and what results make providers add."""
    goal, contracts = model.practice.goal_share, contracts_in_force(model)
    return goal if contracts is None else min(1.0, goal + contracts.rules.effort * model.terms.results_share)


@dataclass(frozen=True)
class Clients:
    """Clients whose outcome is still to be looked at, one entry a contract.

    Attributes:
        row: Row of the citizen.
        uid: Identity, since a row may be used again.
        kind: Kind of contract.
        sort: Kind of client when the contract began.
        band: Need band then.
        due: Month in which the outcome is looked at.
        at_stake: Pounds so far that hang on it.
    """

    row: Rows
    uid: NDArray[np.uint64]
    kind: Rows
    sort: Rows
    band: NDArray[np.uint8]
    due: Rows
    at_stake: Floats

    def some(self, which: Mask) -> Clients:
        """Some of them."""
        return Clients(*(getattr(self, f.name)[which] for f in fields(self)))

    def and_more(self, more: Clients) -> Clients:
        """These, then more."""
        return Clients(*(np.concatenate([getattr(self, f.name), getattr(more, f.name)]) for f in fields(self)))


def no_clients() -> Clients:
    """Nobody under contract."""
    none = np.empty(0, dtype=np.int64)
    return Clients(none, none.astype(np.uint64), none, none, none.astype(np.uint8), none, none.astype(np.float64))


class OutcomeContracts(Process):
    """Follow clients to their outcome, learn from it, and pay by it.

    Outcomes are followed in every month, whoever pays by them: providers know their clients before the first contract.
    """

    name: ClassVar[str] = "outcome_contracts"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "cell",
        "setting",
        "band",
        "dementia",
        "support_type",
        "reablement",
        "arrangement",
        "council_funded",
        "plan_hours",
    )
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)
        self._clients = no_clients()
        self._in_force = False
        self._served = np.zeros((_KINDS, _CLASSES))
        self._succeeded = np.zeros((_KINDS, _CLASSES))

    def start(self, model: DemandModel) -> None:
        """Open the book of contracts."""
        model.services["results_contracts"] = ResultsContracts(model, self._rules)

    def step(self, model: DemandModel) -> None:
        """Look at the outcomes that are due, take new clients into the book, put part of the price at stake."""
        service = self._service(model)
        if model.terms.results_share > 0.0 and not self._in_force:
            self._clients = no_clients()  # the first contracts look at people as they are when these begin
        self._in_force = model.terms.results_share > 0.0
        due = self._clients.due <= model.month
        if due.any():
            self._judge(model, self._clients.some(due))
            self._clients = self._clients.some(~due)
        new = self._begin(model)
        if new.row.size:
            self._clients = self._clients.and_more(new)
        self._put_at_stake(model, new)
        self._learn(service)
        service.capacity = service.used = float(self._clients.row.size)
        service.waiting, service.passed = service.passed, 0

    # outcomes

    def _judge(self, model: DemandModel, clients: Clients) -> None:
        """See whose outcome was reached, what is recorded, and what that means for the price."""
        citizens, rules = model.citizens, self._rules
        row = clients.row
        here = citizens.alive[row] & (citizens.uid[row] == clients.uid)
        at_home = here & (citizens.setting[row] == Setting.HOME)
        no_worse = at_home & (citizens.band[row] <= clients.band)
        without = at_home & ~citizens.council_funded[row]
        reached = np.where(clients.kind == HOME_CARE, no_worse, without)
        np.add.at(self._served, (clients.kind, clients.sort), 1.0)
        np.add.at(self._succeeded, (clients.kind[reached], clients.sort[reached]), 1.0)
        staked = clients.at_stake > 0.0
        if not staked.any():
            return
        lot = luck.draw(model.luck_seed, clients.uid, model.month, Purpose.RESULTS_RECORD)
        recorded = staked & (reached | (here & (lot < rules.gaming)))
        usual = np.where(clients.kind == HOME_CARE, rules.usual_home_care, rules.usual_reablement)
        owed = clients.at_stake * (1.0 + rules.premium) * (recorded / usual - 1.0)
        self._pay(model, float(owed.sum()))
        model.ledger.people("outcomes_paid", citizens.cell[row[recorded & here]])

    def _learn(self, service: ResultsContracts) -> None:
        """What providers expect of each kind of client against all: small groups are drawn towards all."""
        for kind in range(_KINDS):
            served, reached = self._served[kind], self._succeeded[kind]
            if reached.sum() > 0:
                usual, prior = reached.sum() / served.sum(), self._rules.prior_clients
                service.prospects[kind] = (reached + prior * usual) / (served + prior) / usual

    # clients

    def _begin(self, model: DemandModel) -> Clients:
        """New clients: council home care without an open contract, and reablement begun this month."""
        citizens, rules, clients = model.citizens, self._rules, self._clients
        served = rows_with(citizens.arrangement)
        served = served[citizens.council_funded[served] & (citizens.arrangement[served] == Arrangement.HOME_CARE)]
        served = served[citizens.support_type[served] == 0]
        known = np.zeros(citizens.size, dtype=np.bool_)
        known[clients.row[(clients.kind == HOME_CARE) & (citizens.uid[clients.row] == clients.uid)]] = True
        served = served[~known[served]]
        begun = rows_with(citizens.reablement)
        begun = begun[citizens.reablement[begun] == int(rules.episode_months)]
        row = np.concatenate([served, begun])
        kind = np.repeat([HOME_CARE, REABLEMENT], [served.size, begun.size])
        months = np.where(kind == HOME_CARE, int(rules.home_care_months), int(rules.reablement_months))
        return Clients(
            row,
            citizens.uid[row],
            kind,
            kind_of_client(citizens, row),
            citizens.band[row],
            model.month + months,
            np.zeros(row.size),
        )

    def _put_at_stake(self, model: DemandModel, new: Clients) -> None:
        """Part of this month's price hangs on the outcome: of home care by hours planned, of reablement by episode."""
        share = model.terms.results_share
        if share == 0.0:
            return
        citizens, clients = model.citizens, self._clients
        row = clients.row
        current = (clients.kind == HOME_CARE) & citizens.alive[row] & (citizens.uid[row] == clients.uid)
        current &= citizens.council_funded[row] & (citizens.arrangement[row] == Arrangement.HOME_CARE)
        hours = np.where(current, citizens.plan_hours[row].astype(np.float64), 0.0)
        episode = np.zeros(row.size)
        episode[row.size - new.row.size :] = new.kind == REABLEMENT
        for weight, service in ((hours, "home_care"), (episode, "reablement")):
            whole = float(weight.sum())
            if whole > 0.0:
                clients.at_stake[:] += share * model.ledger.spent("council", service) * weight / whole
                self._charge_for_contract(model, share * model.ledger.spent("council", service))

    # money

    def _charge_for_contract(self, model: DemandModel, pounds: float) -> None:
        """The commissioner pays for procuring and measuring, and sets aside the premium for risk."""
        model.ledger.cost("contract_management", "council", self._rules.contract_cost * pounds)
        self._pay(model, self._rules.premium * pounds)

    @staticmethod
    def _pay(model: DemandModel, pounds: float) -> None:
        """From the council to providers, or back where outcomes failed."""
        model.ledger.cost("results", "council", pounds)
        model.ledger.cost("results", "provider", -pounds)

    @staticmethod
    def _service(model: DemandModel) -> ResultsContracts:
        return cast(ResultsContracts, model.services["results_contracts"])

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

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Arrangement, Band, Setting, SupportType
from demandsim.agents.services import Service
from demandsim.compiled import kernel
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

_HOME, _HOME_CARE = np.uint8(Setting.HOME), np.uint8(Arrangement.HOME_CARE)
_NO_SUPPORT = np.uint8(SupportType.NONE)
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


class Clients(NamedTuple):
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
        return Clients._make([column[which] for column in self])

    def and_more(self, more: Clients) -> Clients:
        """These, then more."""
        mine: tuple[NDArray[Any], ...] = self
        others: tuple[NDArray[Any], ...] = more
        return Clients._make([np.concatenate(pair) for pair in zip(mine, others, strict=True)])


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
        _learn(self._served, self._succeeded, self._rules.prior_clients, service.prospects)
        service.capacity = service.used = float(self._clients.row.size)
        service.waiting, service.passed = service.passed, 0

    # outcomes

    def _judge(self, model: DemandModel, clients: Clients) -> None:
        """See whose outcome was reached, what is recorded, and what that means for the price."""
        citizens, rules = model.citizens, self._rules
        here, reached = np.empty((2, clients.row.size), dtype=np.bool_)
        _see_outcomes(
            clients.row,
            clients.uid,
            clients.kind,
            clients.sort,
            clients.band,
            citizens.alive,
            citizens.uid,
            citizens.setting,
            citizens.band,
            citizens.council_funded,
            self._served,
            self._succeeded,
            here,
            reached,
        )
        staked = clients.at_stake > 0.0
        if not staked.any():
            return
        lot = luck.draw(model.luck_seed, clients.uid, model.month, Purpose.RESULTS_RECORD)
        recorded = staked & (reached | (here & (lot < rules.gaming)))
        usual = np.where(clients.kind == HOME_CARE, rules.usual_home_care, rules.usual_reablement)
        owed = clients.at_stake * (1.0 + rules.premium) * (recorded / usual - 1.0)
        self._pay(model, float(owed.sum()))
        model.ledger.people("outcomes_paid", citizens.cell[clients.row[recorded & here]])

    # clients

    def _begin(self, model: DemandModel) -> Clients:
        """New clients: council home care without an open contract, and reablement begun this month."""
        citizens, rules, clients = model.citizens, self._rules, self._clients
        supported, reabled = rows_with(citizens.arrangement), rows_with(citizens.reablement)
        row, kind = np.empty((2, supported.size + reabled.size), dtype=np.int64)
        number = _list_new(
            supported,
            reabled,
            clients.row,
            clients.uid,
            clients.kind,
            citizens.uid,
            citizens.arrangement,
            citizens.council_funded,
            citizens.support_type,
            citizens.reablement,
            int(rules.episode_months),
            row,
            kind,
        )
        if number == 0:
            return no_clients()
        row, kind = row[:number], kind[:number]
        months = np.where(kind == HOME_CARE, int(rules.home_care_months), int(rules.reablement_months))
        return Clients(
            row,
            citizens.uid[row],
            kind,
            kind_of_client(citizens, row),
            citizens.band[row],
            model.month + months,
            np.zeros(number),
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


@kernel
def _see_outcomes(
    row: Rows,
    client: NDArray[np.uint64],
    kind: Rows,
    sort: Rows,
    band_then: NDArray[np.uint8],
    alive: Mask,
    uid: NDArray[np.uint64],
    setting: NDArray[np.uint8],
    band: NDArray[np.uint8],
    council_funded: Mask,
    served: Floats,
    succeeded: Floats,
    here: Mask,
    reached: Mask,
) -> None:
    """See who of some clients is there still and reached the outcome of their contract, and count both by kind.

    Args:
        row: Row of each client.
        client: Their identity, since a row may be used again.
        kind: Kind of contract.
        sort: Kind of client.
        band_then: Need band at the start.
        alive: Which rows are in use.
        uid: Everybody's identity.
        setting: Where everybody lives.
        band: Everybody's need band.
        council_funded: Whom the council pays for.
        served: Clients so far, by kind of contract and of client; they are added.
        succeeded: Outcomes reached so far.
        here: Filled with who is there still.
        reached: Filled with who reached the outcome.
    """
    for k in range(row.size):
        i = row[k]
        here[k] = alive[i] & (uid[i] == client[k])
        wanted = band[i] <= band_then[k] if kind[k] == HOME_CARE else not council_funded[i]
        reached[k] = here[k] and setting[i] == _HOME and wanted
        served[kind[k], sort[k]] += 1.0
        succeeded[kind[k], sort[k]] += 1.0 if reached[k] else 0.0


@kernel
def _learn(served: Floats, succeeded: Floats, prior: float, prospects: Floats) -> None:
    """What providers expect of each kind of client against all: small groups are drawn towards all."""
    for kind in range(served.shape[0]):
        reached = succeeded[kind].sum()
        if reached > 0:
            usual = reached / served[kind].sum()
            for sort in range(served.shape[1]):
                expected = (succeeded[kind, sort] + prior * usual) / (served[kind, sort] + prior)
                prospects[kind, sort] = expected / usual


@kernel
def _list_new(
    supported: Rows,
    reabled: Rows,
    client_row: Rows,
    client: NDArray[np.uint64],
    client_kind: Rows,
    uid: NDArray[np.uint64],
    arrangement: NDArray[np.uint8],
    council_funded: Mask,
    support_type: NDArray[np.uint8],
    reablement: NDArray[np.uint8],
    episode: int,
    row: Rows,
    kind: Rows,
) -> int:
    """List whose contract begins: council home care without an open one, then reablement begun this month.

    Args:
        supported: Everybody with an arrangement at home.
        reabled: Everybody with reablement.
        client_row: Row of each client under contract.
        client: Their identity, since a row may be used again.
        client_kind: Kind of their contract.
        uid: Everybody's identity.
        arrangement: How support reaches everybody.
        council_funded: Whom the council pays for.
        support_type: Working-age support of everybody.
        reablement: Months of reablement that everybody has left.
        episode: Months that it lasts.
        row: Filled with rows.
        kind: Filled with kinds of contract.

    Returns:
        How many.
    """
    under_contract = np.zeros(uid.size, dtype=np.bool_)
    for k in range(client_row.size):
        i = client_row[k]
        if client_kind[k] == HOME_CARE and uid[i] == client[k]:
            under_contract[i] = True
    number = 0
    for i in supported:
        by_council = council_funded[i] and arrangement[i] == _HOME_CARE and support_type[i] == _NO_SUPPORT
        if by_council and not under_contract[i]:
            row[number], kind[number] = i, HOME_CARE
            number += 1
    for i in reabled:
        if reablement[i] == episode:
            row[number], kind[number] = i, REABLEMENT
            number += 1
    return number

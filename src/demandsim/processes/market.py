"""The home-care market: who works for which provider, whose contract ends, who gives up, and who owns what.

A handful of providers sells the hours of home care. Where the fee stays below what an hour costs, a provider lives on
its reserves and then gives up: its clients go back to the queue, part of its workers leave the sector, and its hours
are missing until others have grown. Contracts end and are tendered anew. What the council commissions differently
(an alliance, longer contracts, another owner) costs before it can give.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.providers import (
    IN_HOUSE,
    MUTUAL,
    NEVER_JOINED,
    OWNERS,
    PRIVATE,
    THIRD_SECTOR,
    Provider,
    owners_by_size,
    providers_named,
)
from demandsim.compiled import kernel
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.few import positions
from demandsim.processes.handover import back_to_queue, clients_of, lose_worker
from demandsim.processes.home_care import WEEKS, home_care, of_all_hours
from demandsim.processes.provider_books import BookRules, bidding, cost_against_base, exit_chance, keep_books

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

type Rows = NDArray[np.int64]

_PER = 100_000.0
_YEAR = 12
_MARK = 1 << 59
_NAMES = tuple(f"home_care_{number:02d}" for number in range(1, 10_000))
_FEWEST = 3
_NUMBERS = 256
"""Numbers that an employer may have: one byte, 0 for none."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How providers begin, are paid, change and give up."""

    providers: float = evidence("market.home_care_providers")
    sizes: float = evidence("market.home_care_sizes")
    third_sector: float = evidence("market.third_sector_base")
    in_house: float = evidence("market.in_house_base")
    margin: float = evidence("market.home_care_margin")
    charity_margin: float = evidence("market.charity_margin")
    spread: float = evidence("market.margin_spread")
    leavers: float = evidence("wf.exit_leavers")
    trust_kept: float = evidence("rel.kept_on_leaving")
    entry: float = evidence("market.entry")
    hand_back: float = evidence("market.hand_back")
    tender_cost: float = evidence("market.tender_cost")
    long_tender: float = evidence("market.long_tender")
    tender_change: float = evidence("market.tender_change")
    handover: float = evidence("market.handover_share")
    price_hold: float = evidence("market.price_hold")
    contract_cost: float = evidence("money.contract_cost")
    alliance_cover: float = evidence("market.alliance_cover")
    setup_hours: float = evidence("market.alliance_setup_hours")
    setup_months: float = evidence("market.alliance_setup_months")
    alliance_price_months: float = evidence("market.alliance_price_months")
    manager_hour: float = evidence("market.manager_hour")
    price_2022_23: float = evidence("price.deflator_2022_23_to_2023_24")
    transfer_cost: float = evidence("market.transfer_cost")
    mutual_say: float = evidence("market.mutual_autonomy")
    meeting_hours: float = evidence("market.mutual_meeting_hours")


@kernel
def _by_employer(
    employer: NDArray[np.uint8],
    alive: NDArray[np.bool_],
    weight: NDArray[np.float32],
    load_hours: NDArray[np.float32],
    supply_hours: NDArray[np.float32],
    found: NDArray[np.float64],
) -> None:
    """Add up, by employer, hours of visits, hours that could be given, and workers."""
    for i in range(employer.size):
        e = employer[i]
        found[0, e] += np.float64(load_hours[i])
        found[1, e] += np.float64(supply_hours[i])
        if alive[i]:
            found[2, e] += np.float64(weight[i])


class Market(Process):
    """Move the providers of home care through a month, after their workers.

    A client's provider is the employer of their named worker. In the run-in providers exist and nothing happens to
    them. Under today's practice and fees every provider earns its usual margin, and nothing happens afterwards.
    """

    name: ClassVar[str] = "market"
    reads: ClassVar[tuple[str, ...]] = (
        "uid",
        "cell",
        "setting",
        "support_type",
        "workers.alive",
        "workers.uid",
        "workers.weight",
        "workers.load_hours",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "worker",
        "relationship",
        "arrangement",
        "waiting",
        "waiting_since",
        "urgent",
        "review_due",
        "workers.alive",
        "workers.uid",
        "workers.weight",
        "workers.tenure",
        "workers.skill",
        "workers.trained",
        "workers.strain",
        "workers.sick_share",
        "workers.supply_hours",
        "workers.load_hours",
        "workers.employer",
        "workers.own_pay",
        "workers.own_say",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.books = read_rules(BookRules, numbers)
        self._cost_ratio: dict[float, float] = {}

    def start(self, model: DemandModel) -> None:
        """Open the providers: fewer and larger ones first, the smallest the council's own team and charities."""
        rules = self.rules
        number = max(_FEWEST, round(rules.providers * model.base_people / model.scale / _PER))
        sizes = rules.sizes ** np.arange(number)
        shares = sizes / sizes.sum()
        owners = owners_by_size(shares, rules.in_house, rules.third_sector)
        for k in range(number):
            name, share = _NAMES[k], float(shares[k])
            provider = Provider(model, name=name, unit="h/week", number=k + 1, owner=owners[k], share=share)
            model.services[provider.name] = provider
            self._set_up(model, provider)

    def _set_up(self, model: DemandModel, provider: Provider) -> None:
        """Give a provider its usual margin, reserves and first contract; contracts end here and there over time."""
        rules, base_years = self.rules, model.base_practice.contract_years
        lots = luck.draw4(model.luck_seed, _keys([provider]), 0, Purpose.PROVIDER_START)[0].astype(np.float64)
        usual = {IN_HOUSE: 0.0, THIRD_SECTOR: rules.charity_margin}.get(provider.owner, rules.margin)
        spread = 0.0 if provider.owner == IN_HOUSE else rules.spread * (lots[:3].sum() - 1.5) * 2.0
        provider.usual_margin = max(0.0, usual + float(spread))
        provider.reserves = self.books.most_reserves(provider.owner)
        provider.contract_years = base_years
        provider.contract_end = max(0, model.month) + int(lots[3] * _YEAR * base_years)
        provider.today_end = provider.contract_end

    def step(self, model: DemandModel) -> None:
        """Find employers for new workers; then books, contracts, owners, and who gives up or begins."""
        open_now = trading(model)
        self._cost_ratio.clear()
        self._employ(model, open_now)
        if not model.settling:
            month_value = model.ledger.spent("council", "home_care")
            self._bring_fees(model, open_now)
            for provider in open_now:
                self._enter_books(model, provider, month_value)
            self._ally(model, open_now, month_value)
            for provider in open_now:
                if model.month >= min(provider.contract_end, provider.today_end):
                    self._end_contract(model, provider, _YEAR * month_value)
            self._give_up(model, open_now)
            self._begin(model)
            open_now = trading(model)
            self._employ(model, open_now)
            self._treat_owners(model, open_now)
        self._report(model, open_now)

    # workers

    def _employ(self, model: DemandModel, providers: list[Provider]) -> None:
        """Workers without an employer find one by luck, more often a larger one."""
        workers = model.workers
        rows = positions(workers.alive & (workers.employer == 0))
        if rows.size == 0:
            return
        weight = np.array([p.size for p in providers])
        upto = np.cumsum(weight) / weight.sum()
        lot = luck.draw(model.luck_seed, workers.uid[rows], model.month, Purpose.EMPLOYER)
        place = np.minimum(np.searchsorted(upto, lot, side="right"), len(providers) - 1)
        workers.employer[rows] = np.array([p.number for p in providers], dtype=np.uint8)[place]

    def _treat_owners(self, model: DemandModel, providers: list[Provider]) -> None:
        """Workers who own their provider share its surplus and its decisions, and spend paid time on them."""
        workers, rules = model.workers, self.rules
        mutuals = [p for p in providers if p.owner == MUTUAL]
        workers.own_pay[:] = 0.0
        workers.own_say[:] = 0.0
        for provider in mutuals:
            rows = _workers_of(model, provider)
            workers.own_pay[rows] = provider.surplus_pay
            workers.own_say[rows] = rules.mutual_say
            meeting = workers.weight[rows] * np.float32(rules.meeting_hours / WEEKS)
            workers.supply_hours[rows] = np.maximum(workers.supply_hours[rows] - meeting, np.float32(0))
        if mutuals:
            _add_up_supply(model)

    # books

    def _hold_months(self, provider: Provider, today: float) -> float:
        """Months over which a cut of fees comes through: none under contracts as long as today's or shorter."""
        further = provider.contract_years - today
        months = self.rules.price_hold * _YEAR * further if further > 0 else 0.0
        allied = provider.allied_from != NEVER_JOINED
        return max(months, self.rules.alliance_price_months) if allied else months

    def _bring_fees(self, model: DemandModel, providers: list[Provider]) -> None:
        """A cut of fees comes through at once under today's contracts, later under longer ones and in an alliance."""
        cut, today, holding = model.council.fee_cut, model.base_practice.contract_years, False
        for provider in providers:
            months = self._hold_months(provider, today)
            more = cut - provider.fee_cut
            provider.fee_cut = cut if more <= 0 or months < 1 else provider.fee_cut + more / months
            holding |= months >= 1
        home_care(model).fee_cut_reached = sum([p.share * p.fee_cut for p in providers]) if holding else math.inf

    def _enter_books(self, model: DemandModel, provider: Provider, month_value: float) -> None:
        """Set what an hour earns and costs; the council makes good what its own team is short of."""
        price, base_price = model.practice.home_care_price, model.base_practice.home_care_price
        allied, cut = self._works_allied(model, provider), of_all_hours(model, provider.fee_cut, 0.0)
        income = price * (1.0 - cut)
        extra = bidding(self.books, provider.contract_years, model.base_practice.contract_years, allied)
        if cut not in self._cost_ratio:  # most providers share one
            self._cost_ratio[cut] = cost_against_base(self.books, model, cut)
        cost = base_price * ((1.0 - provider.usual_margin) * self._cost_ratio[cut] + extra)
        keep_books(self.books, provider, income, cost)
        if provider.owner == IN_HOUSE and provider.margin < 0:
            model.ledger.cost("home_care", "council", provider.share * month_value * provider.loss)

    # contracts

    def _works_allied(self, model: DemandModel, provider: Provider) -> bool:
        """Whether the provider is in the alliance and its setting up is done."""
        since = model.month - provider.allied_from
        return provider.allied_from != NEVER_JOINED and since >= self.rules.setup_months

    def _ally(self, model: DemandModel, providers: list[Provider], month_value: float) -> None:
        """Providers join the alliance up to the share that the practice asks for; setting it up takes managers' time.

        Once it works, part of the overhead of hourly contracts is saved, and absences are covered between providers.
        """
        rules, wanted = self.rules, model.practice.alliance_share
        joined = sum([p.share for p in providers if p.allied_from != NEVER_JOINED])
        cost = 0.0
        for provider in providers:
            if wanted > 0 and provider.allied_from == NEVER_JOINED and joined + provider.share / 2 <= wanted:
                provider.allied_from = model.month
                joined += provider.share
            if provider.allied_from == NEVER_JOINED:
                continue
            if self._works_allied(model, provider):
                cost -= rules.contract_cost * self.books.alliance_saves * provider.share * month_value
            else:
                hours = rules.setup_hours / rules.setup_months * model.scale
                cost += hours * rules.manager_hour * rules.price_2022_23
        covered = sum([p.share for p in providers if self._works_allied(model, p)])
        home_care(model).absence_cover = rules.alliance_cover * covered
        _book(model, "commissioning", cost)

    def _end_contract(self, model: DemandModel, provider: Provider, year_value: float) -> None:
        """Tender contracts that end, and count it against a tender where today's contract would have ended.

        What today's tenders cost and undo is part of the base year. So only tenders beyond them hand clients over.
        """
        rules, years, today = self.rules, model.practice.contract_years, model.base_practice.contract_years
        tender = 0.0 if provider.owner == IN_HOUSE else rules.tender_cost * provider.share * year_value
        cost = 0.0
        if model.month >= provider.today_end:
            provider.today_end = model.month + round(_YEAR * today)
            provider.tenders_as_today += 1
            cost -= tender
        if model.month >= provider.contract_end:
            provider.contract_years = years
            provider.contract_end = model.month + round(_YEAR * years)
            self._hand_over_ownership(model, provider, year_value)
            if not self._works_allied(model, provider) and provider.owner != IN_HOUSE:
                cost += tender * (1.0 + rules.long_tender * max(0.0, years / today - 1.0))
                self._bid(model, provider)
        _book(model, "commissioning", cost)

    def _bid(self, model: DemandModel, provider: Provider) -> None:
        """A provider at a loss may hand its contract back; another may win a tender beyond those of today."""
        rules = self.rules
        lots = luck.draw4(model.luck_seed, _keys([provider]), model.month, Purpose.CONTRACT_END)[0]
        beyond = provider.tenders_as_today == 0
        provider.tenders_as_today = max(0, provider.tenders_as_today - 1)
        walks = rules.hand_back * min(1.0, provider.loss / self.books.loss_full)
        if lots[0] < walks and len(trading(model)) > 1:
            self._close(model, provider)
        elif beyond and lots[1] < rules.tender_change:
            mine = np.zeros(model.workers.size, dtype=np.bool_)
            mine[_workers_of(model, provider)] = True
            rows = clients_of(model, mine)
            lot = luck.draw(model.luck_seed, model.citizens.uid[rows], model.month, Purpose.CONTRACT_HANDOVER)
            lose_worker(model, rows[lot < rules.handover], rules.trust_kept)

    def _hand_over_ownership(self, model: DemandModel, provider: Provider, year_value: float) -> None:
        """Hand a private provider's hours to a charity or a mutual, as far as the terms ask: same service, new owner.

        A charity brings its reserves; a mutual begins with none.
        """
        terms = model.terms
        if provider.owner != PRIVATE:
            return
        for owner, wanted in ((THIRD_SECTOR, terms.third_sector_share), (MUTUAL, terms.mutual_share)):
            held = sum([p.share for p in trading(model) if p.handed_over and p.owner == owner])
            if held + provider.share / 2 <= wanted:
                provider.owner, provider.handed_over = owner, True
                provider.reserves = self.books.charity_reserves if owner == THIRD_SECTOR else 0.0
                _book(model, "provider_transfer", self.rules.transfer_cost * provider.share * year_value)
                return

    # leaving and beginning

    def _give_up(self, model: DemandModel, providers: list[Provider]) -> None:
        """Providers whose reserves are gone give up by luck; the last one is kept going, as the law asks."""
        for provider in providers:
            if provider.margin >= 0 or not provider.trading or provider.owner == IN_HOUSE:
                continue
            chance = exit_chance(self.books, provider)
            if chance == 0.0 or len(trading(model)) == 1:
                continue
            if luck.draw(model.luck_seed, _keys([provider]), model.month, Purpose.PROVIDER_EXIT)[0] < chance:
                self._close(model, provider)

    def _close(self, model: DemandModel, provider: Provider) -> None:
        """A provider stops: its clients wait again, some of its workers leave the sector, the others look around."""
        workers = model.workers
        rows = _workers_of(model, provider)
        mine = np.zeros(workers.size, dtype=np.bool_)
        mine[rows] = True
        back_to_queue(model, clients_of(model, mine), self.rules.trust_kept)
        lot = luck.draw(model.luck_seed, workers.uid[rows], model.month, Purpose.PROVIDER_EXIT)
        gone = rows[lot < self.rules.leavers]
        workers.employer[rows] = 0
        workers.load_hours[rows] = 0.0
        model.ledger.total("leavers", float(workers.weight[gone].sum(dtype=np.float64)))
        workers.release(gone)
        _add_up_supply(model)
        provider.trading, provider.share = False, 0.0
        provider.capacity = provider.used = 0.0
        provider.allied_from, provider.surplus_pay = NEVER_JOINED, 0.0
        model.ledger.total("provider_exits", 1.0)

    def _begin(self, model: DemandModel) -> None:
        """Somebody new may take a closed provider's place where the usual fee covers the usual cost."""
        rules, price = self.rules, model.practice.home_care_price
        for provider in [p for p in home_care_providers(model) if not p.trading]:
            cut = of_all_hours(model, model.council.fee_cut, 0.0)
            ratio = cost_against_base(self.books, model, cut)
            usual = model.base_practice.home_care_price * (1.0 - rules.margin) * ratio
            lot = luck.draw(model.luck_seed, _keys([provider]), model.month, Purpose.PROVIDER_EXIT)[0]
            if usual <= price * (1.0 - cut) and lot < rules.entry:
                provider.succeed(PRIVATE, len(home_care_providers(model)))
                provider.fee_cut = model.council.fee_cut
                self._set_up(model, provider)

    def _report(self, model: DemandModel, providers: list[Provider]) -> None:
        """Show what each provider's workers gave and can give, and its share of them."""
        workers = model.workers
        found = np.zeros((3, _NUMBERS))
        _by_employer(workers.employer, workers.alive, workers.weight, workers.load_hours, workers.supply_hours, found)
        used, supply, weight = found.tolist()
        staff = 0.0
        for p in providers:
            staff += weight[p.number]
        for p in providers:
            p.used = used[p.number]
            p.capacity = max(p.used, supply[p.number])
            if staff > 0:
                p.share = weight[p.number] / staff
        for owner in OWNERS:
            model.ledger.total(f"home_care_owner_{owner}", sum([p.used for p in providers if p.owner == owner]))


def home_care_providers(model: DemandModel) -> list[Provider]:
    """Every provider of home care, closed ones too, in the order of their numbers."""
    return providers_named(model, _NAMES)


def trading(model: DemandModel) -> list[Provider]:
    """Providers of home care that are open."""
    return [p for p in home_care_providers(model) if p.trading]


def _workers_of(model: DemandModel, provider: Provider) -> Rows:
    rows: Rows = positions(model.workers.alive & (model.workers.employer == provider.number))
    return rows


def _add_up_supply(model: DemandModel) -> None:
    """Say anew what hours there are: the workers' own and those that agencies have been booked for."""
    service = home_care(model)
    service.supply = float(model.workers.supply_hours.sum(dtype=np.float64)) + service.agency


def _keys(providers: list[Provider]) -> NDArray[np.uint64]:
    """Keys of luck for providers: apart from those of people, groups and communities."""
    return np.array([_MARK + p.identity for p in providers], dtype=np.uint64)


def _book(model: DemandModel, service: str, pounds: float) -> None:
    """Book the council's cost (below zero: a saving against today's); nothing where nothing changed."""
    if pounds != 0.0:
        model.ledger.cost(service, "council", pounds)

"""Money: the council's budget of the year, its forecast, and the answers it gives to overspend.

A council must balance. Each quarter it looks at what the year will cost; where that is over budget it goes down its
`demandsim.processes.ladder`; where there is room again it takes the last answer back. Reserves carry what is left;
when they are gone and the year still ends over budget, a section 114 notice is recorded. Nobody makes the shortfall
good: it is borrowed, and repaid out of the budgets of later years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.finance import NO_DEAL, Finance
from demandsim.processes.ladder import Ladder

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_QUARTER, _YEAR = 3, 12
_PREVENTION = ("carers", "community")
"""Services whose cost is the line of prevention: groups, connectors, rapid support, carers' breaks and advice."""


@dataclass(frozen=True)
class Rules:
    """Parameters of the council's money, each a row of the evidence register."""

    margin: float = evidence("money.margin")
    gap_notice: float = evidence("money.gap_section_114")
    repay_years: float = evidence("money.deficit_repay_years")
    visit_floor: float = evidence("visit.shortest")
    rises_refused: float = evidence("council.reviews_refuse")
    childrens: float = evidence("council.childrens_to_adults")
    adults_of_rest: float = evidence("council.adults_of_rest")


@dataclass(frozen=True)
class Loan:
    """What a year was short of, repaid in equal parts over the years after it, without interest in real terms.

    Attributes:
        year: Model year that was short.
        amount: Pounds.
        years: Over how many years it is repaid.
    """

    year: int
    amount: float
    years: int

    def due(self, year: int) -> float:
        """Pounds to repay in a year."""
        return self.amount / self.years if self.year < year <= self.year + self.years else 0.0

    def left(self, year: int) -> float:
        """Pounds still owed at the end of a year."""
        return self.amount * max(0, self.years - (year - self.year)) / self.years


def forecast(spent: float, months: int, recent: list[float]) -> float:
    """What the year will cost: what is spent, and the rest at the pace of the last three months.

    Args:
        spent: In the year so far.
        months: Months of the year that are over.
        recent: Spend of the last months, latest last.
    """
    last = recent[-_QUARTER:]
    return spent + (_YEAR - months) * sum(last) / len(last)


class Money(Process):
    """Keep the council's books, and answer overspend.

    The base budget is the mean month of the run-in's last year and a margin against noise. It follows the scenario's
    path in real terms and grows with need, people or neither; prevention has a path of its own within it, and what
    children's services take more is missing. Spending is counted in whole pence, so that what the council decides
    cannot hang on the order of a sum.

    The cost of double running in the years of adoption is paid from reserves: it is in the balance and not in the
    forecast. In the run-in the council only keeps books.
    """

    name: ClassVar[str] = "money"
    reads: ClassVar[tuple[str, ...]] = ("alive",)
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.ladder = Ladder(numbers)
        self.finance = Finance(numbers)
        self._recent: list[int] = []
        self._recent_working_age: list[int] = []
        self._recent_prevention: list[int] = []
        self._base_month = 0.0
        self._base_prevention = 0.0
        self._spent = 0
        self._balance = 0.0
        self._put_in = 0.0
        self._loans: list[Loan] = []
        self._investments: list[Loan] = []

    def settled(self, model: DemandModel) -> None:
        """Freeze the base budget (the mean month of the run-in's last year and a margin) and older people's share."""
        last = self._recent[-_YEAR:]
        self._base_month = (1.0 + self.rules.margin) * sum(last) / max(len(last), 1) / 100
        self._base_prevention = sum(self._recent_prevention) / max(len(last), 1) / 100
        model.council.budget = _YEAR * self._base_month
        if sum(last) > 0:
            model.council.older_share = 1.0 - sum(self._recent_working_age) / sum(last)

    def step(self, model: DemandModel) -> None:
        """Add the month to the books; each quarter answer overspend; close the year in its last month."""
        ledger = model.ledger
        pence = round(ledger.spent("council") * 100)
        self._recent = _with(self._recent, pence)
        self._recent_working_age = _with(self._recent_working_age, round(ledger.spent("council", "working_age") * 100))
        if model.settling:
            prevention = round(ledger.spent("council", *_PREVENTION) * 100)
            self._recent_prevention = _with(self._recent_prevention, prevention)
            return
        months = model.month % _YEAR + 1
        if months == 1:
            self._open_year(model)
        self._spent += pence
        model.council.spent = self._spent / 100
        self._settle_month(model, pence / 100)
        if months % _QUARTER == 0:
            self.ladder.answer(self._gap(model, months), model.policy.responses, self._bounds(model))
        if months == _YEAR:
            self._close_year(model)
        self.ladder.pass_month()
        self._apply(model)
        self.finance.invest(model, self._base_month)

    # the year

    def _open_year(self, model: DemandModel) -> None:
        """The budget of a new financial year."""
        council, policy = model.council, model.policy.budget
        year = model.month // _YEAR
        if model.month == 0:
            council.reserves = policy.reserves_percent / 100 * _YEAR * self._base_month
        people = np.count_nonzero(model.citizens.alive) / model.base_people
        growth = policy.growth_index(model.need_index, people)
        adults = _YEAR * self._base_month * policy.factor(year) * growth
        prevention = _YEAR * self._base_prevention * (policy.prevention_factor(year) - 1.0) * growth
        council.budget = max(adults + prevention - self._taken_by_children(model, year), 0.0)
        council.repayment = sum(loan.due(year) for loan in (*self._loans, *self._investments))
        council.spent = 0.0
        self._spent, self._balance, self._put_in = 0, 0.0, 0.0
        self.ladder.open_year()
        council.income_rise = self.ladder.felt["income"]
        self.finance.open_year(model, self._base_month)

    def _taken_by_children(self, model: DemandModel, year: int) -> float:
        """What the growth of children's services leaves adult care short of in a year, pounds: the total is given."""
        grown = model.policy.budget.childrens_factor(year) - 1.0
        return _YEAR * self._base_month * self.rules.childrens * self.rules.adults_of_rest * grown

    def _settle_month(self, model: DemandModel, spent: float) -> None:
        """Book the month's income, what a deal, double running and old debt cost; post the balance."""
        council, ledger = model.council, model.ledger
        income, repaid = council.income_rise * council.budget / _YEAR, council.repayment / _YEAR
        forgone, put_in = council.tax_forgone / _YEAR, council.invested
        double = model.policy.adoption.double_running(model.month) * council.older_share * self._base_month
        ledger.cost("local_tax", "citizen", income - forgone)
        ledger.cost("local_tax", "council", forgone - income)
        ledger.cost("double_running", "council", double)
        ledger.cost("debt", "council", repaid)
        self._book_investment(model)
        balance = council.budget / _YEAR + income - spent - double - repaid - forgone + put_in
        self._balance += balance
        self._put_in += put_in
        ledger.total("council_balance", balance)

    def _book_investment(self, model: DemandModel) -> None:
        """What central government lends for investment this month, less what of it is paid back."""
        year, ledger = model.month // _YEAR, model.ledger
        lent, back = model.council.invested, sum(loan.due(year) for loan in self._investments) / _YEAR
        if lent or back:
            ledger.cost("invest_to_save", "central", lent - back)
            ledger.cost("invest_to_save", "council", -lent)

    def _close_year(self, model: DemandModel) -> None:
        """Reserves take what is left or what is missing; beyond them it is borrowed, and notice given."""
        council = model.council
        after = council.reserves + self._balance
        over = -self._balance > self.rules.gap_notice * council.budget
        notice = after <= 0 and over
        council.section_114 = bool(council.section_114 or notice)
        council.reserves = max(after, 0.0)
        year = model.month // _YEAR
        if after < 0:
            self._loans.append(Loan(year, -after, int(self.rules.repay_years)))
        if self._put_in > 0:
            self._investments.append(Loan(year, self._put_in, int(self.rules.repay_years)))
        council.debt = sum(loan.left(year) for loan in (*self._loans, *self._investments))
        model.ledger.total("reserves", council.reserves)
        model.ledger.total("council_debt", council.debt)
        model.ledger.total("section_114", float(notice))

    # answers to overspend

    def _gap(self, model: DemandModel, months: int) -> float:
        """Forecast over what there is, less 1: what steps already taken will still bring is counted as there."""
        council, ladder = model.council, self.ladder
        recent = [pence / 100 for pence in self._recent]
        to_come = ladder.size("working_age") - ladder.felt["working_age"]
        working_age = _YEAR / _QUARTER * sum(self._recent_working_age[-_QUARTER:]) / 100
        there = council.budget * (1.0 + ladder.size("income")) - council.repayment - council.tax_forgone
        there += self._put_in + (_YEAR - months) * council.invested
        return (forecast(self._spent / 100, months, recent) - to_come * working_age) / max(there, 1.0) - 1.0

    def _bounds(self, model: DemandModel) -> dict[str, float]:
        """Bounds that lie closer than a rung's own: the shortest visit, a ring-fence, council tax that stays frozen."""
        bounds = {"visits": max(0.0, model.practice.visit_minutes - self.rules.visit_floor)}
        if model.policy.budget.ring_fence_prevention:
            bounds["prevention"] = 0.0
        if model.council.deal_year != NO_DEAL and self.finance.frozen(model):
            bounds["income"] = 0.0
        return bounds

    def _apply(self, model: DemandModel) -> None:
        """Set the council's answers as far as they are felt; they bind from next month."""
        council, felt = model.council, self.ladder.felt
        line = model.policy.budget.prevention_factor((model.month + 1) // _YEAR)
        council.prevention_share = line * (1.0 - felt["prevention"])
        council.extra_reviews = felt["reviews"]
        council.rises_refused = min(felt["reviews"] * self.rules.rises_refused, 1.0)
        council.threshold_shift = felt["threshold"]
        council.placement_cut = felt["placements"]
        council.trim = felt["trim"]
        council.visit_cut = felt["visits"]
        council.fee_cut = felt["fees"]
        council.posts_cut = felt["posts"]
        council.working_age_trim = felt["working_age"]


def _with(months: list[int], pence: int) -> list[int]:
    """The last twelve months, this one among them."""
    return [*months[-(_YEAR - 1) :], pence]

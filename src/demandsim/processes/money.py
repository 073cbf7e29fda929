"""Money: the council's budget of the year, its forecast, and the answers it gives to overspend.

A council must balance. Each quarter it looks at what the year will cost; where that is over budget it goes down a
list of answers in the order the scenario gives, each with a step, a limit for the year and a bound; where there is
room again it takes the last answer back. Reserves carry what is left; when they are gone and the year still ends
over budget, a section 114 notice is recorded. Nobody makes the shortfall good: it is borrowed, and repaid out of the
budgets of later years.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from demandsim.processes.base import Process, evidence, read_rules

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_QUARTER, _YEAR = 3, 12


@dataclass(frozen=True)
class Rules:
    """Parameters of the council's money, each a row of the evidence register."""

    margin: float = evidence("money.margin")
    gap_one: float = evidence("money.gap_one_step")
    gap_two: float = evidence("money.gap_two_steps")
    gap_three: float = evidence("money.gap_three_steps")
    gap_ease: float = evidence("money.gap_ease")
    gap_notice: float = evidence("money.gap_section_114")
    repay_years: float = evidence("money.deficit_repay_years")
    visit_floor: float = evidence("visit.shortest")
    prevention_step: float = evidence("money.prevention_step")
    prevention_year: float = evidence("money.prevention_year")
    prevention_bound: float = evidence("money.prevention_bound")
    threshold_step: float = evidence("money.threshold_step")
    threshold_year: float = evidence("money.threshold_year")
    threshold_bound: float = evidence("money.threshold_bound")
    trim_step: float = evidence("money.trim_step")
    trim_year: float = evidence("money.trim_year")
    trim_bound: float = evidence("money.trim_bound")
    visits_step: float = evidence("money.visits_step")
    visits_year: float = evidence("money.visits_year")
    fees_step: float = evidence("money.fees_step")
    fees_year: float = evidence("money.fees_year")
    fees_bound: float = evidence("money.fees_bound")
    working_age_step: float = evidence("money.working_age_step")
    working_age_year: float = evidence("money.working_age_year")
    working_age_bound: float = evidence("money.working_age_bound")
    income_step: float = evidence("money.income_step")
    income_year: float = evidence("money.income_year")
    income_bound: float = evidence("money.income_bound")


@dataclass(frozen=True)
class Rung:
    """One answer to overspend.

    Attributes:
        step: How far one step goes.
        most_a_year: How far it may go within a financial year.
        bound: How far it may go at all.
    """

    step: float
    most_a_year: float
    bound: float

    def size(self, steps: int) -> float:
        """How far so many steps go: never beyond the bound."""
        return min(self.bound, steps * self.step)

    def open(self, steps: int, steps_this_year: int, bound: float) -> bool:
        """Whether another step may be taken.

        Args:
            steps: Taken so far.
            steps_this_year: Of these, taken in this financial year.
            bound: The bound, which may lie closer than the rung's own.
        """
        tiny = 1e-9
        within_year = (steps_this_year + 1) * self.step <= self.most_a_year + tiny
        return within_year and steps * self.step < bound - tiny


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


def steps_asked(gap: float, rules: Rules) -> int:
    """Steps that a forecast overspend asks for in a quarter: 0 to 3.

    Args:
        gap: Forecast over budget, less 1.
        rules: Where one, two and three steps begin.
    """
    return sum(gap > limit for limit in (rules.gap_one, rules.gap_two, rules.gap_three))


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
    path in real terms and grows with need, people or neither. Spending is counted in whole pence, so that what the
    council decides cannot hang on the order of a sum.

    The cost of double running in the years of adoption is paid from reserves: it is in the balance and not in the
    forecast. In the run-in the council only keeps books.
    """

    name: ClassVar[str] = "money"
    reads: ClassVar[tuple[str, ...]] = ("alive",)
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        rules = self.rules = read_rules(Rules, numbers)
        no_bound = 1e9
        self.rungs: dict[str, Rung] = {
            "prevention": Rung(rules.prevention_step, rules.prevention_year, rules.prevention_bound),
            "threshold": Rung(rules.threshold_step, rules.threshold_year, rules.threshold_bound),
            "trim": Rung(rules.trim_step, rules.trim_year, rules.trim_bound),
            "visits": Rung(rules.visits_step, rules.visits_year, no_bound),
            "fees": Rung(rules.fees_step, rules.fees_year, rules.fees_bound),
            "working_age": Rung(rules.working_age_step, rules.working_age_year, rules.working_age_bound),
            "income": Rung(rules.income_step, rules.income_year, rules.income_bound),
        }
        self._steps = dict.fromkeys(self.rungs, 0)
        self._steps_this_year = dict.fromkeys(self.rungs, 0)
        self._taken: list[str] = []
        self._recent: list[int] = []
        self._recent_working_age: list[int] = []
        self._base_month = 0.0
        self._spent = 0
        self._balance = 0.0
        self._loans: list[Loan] = []

    def settled(self, model: DemandModel) -> None:
        """Freeze the base budget (the mean month of the run-in's last year and a margin) and older people's share."""
        last = self._recent[-_YEAR:]
        self._base_month = (1.0 + self.rules.margin) * sum(last) / max(len(last), 1) / 100
        model.council.budget = _YEAR * self._base_month
        if sum(last) > 0:
            model.council.older_share = 1.0 - sum(self._recent_working_age) / sum(last)

    def step(self, model: DemandModel) -> None:
        """Add the month to the books; each quarter answer overspend; close the year in its last month."""
        pence = round(model.ledger.spent("council") * 100)
        self._recent = [*self._recent[-(_YEAR - 1) :], pence]
        if model.settling:
            working_age = round(model.ledger.spent("council", "working_age") * 100)
            self._recent_working_age = [*self._recent_working_age[-(_YEAR - 1) :], working_age]
            return
        months = model.month % _YEAR + 1
        if months == 1:
            self._open_year(model)
        council = model.council
        self._spent += pence
        council.spent = self._spent / 100
        self._settle_month(model, pence / 100)
        if months % _QUARTER == 0:
            self._answer(model, months)
        if months == _YEAR:
            self._close_year(model)

    # the year

    def _open_year(self, model: DemandModel) -> None:
        """The budget of a new financial year."""
        council, policy = model.council, model.policy.budget
        year = model.month // _YEAR
        if model.month == 0:
            council.reserves = policy.reserves_percent / 100 * _YEAR * self._base_month
        people = np.count_nonzero(model.citizens.alive) / model.base_people
        growth = policy.growth_index(model.need_index, people)
        council.budget = _YEAR * self._base_month * policy.factor(year) * growth
        council.repayment = sum(loan.due(year) for loan in self._loans)
        council.spent = 0.0
        self._spent, self._balance = 0, 0.0
        self._steps_this_year = dict.fromkeys(self.rungs, 0)

    def _settle_month(self, model: DemandModel, spent: float) -> None:
        """Book what more tax and charges bring in, what double running and old debt cost; post the month's balance."""
        council, ledger = model.council, model.ledger
        income, repaid = council.income_rise * council.budget / _YEAR, council.repayment / _YEAR
        double = model.policy.adoption.double_running(model.month) * council.older_share * self._base_month
        ledger.cost("local_tax", "citizen", income)
        ledger.cost("local_tax", "council", -income)
        ledger.cost("double_running", "council", double)
        ledger.cost("debt", "council", repaid)
        balance = council.budget / _YEAR + income - spent - double - repaid
        self._balance += balance
        ledger.total("council_balance", balance)

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
        council.debt = sum(loan.left(year) for loan in self._loans)
        model.ledger.total("reserves", council.reserves)
        model.ledger.total("council_debt", council.debt)
        model.ledger.total("section_114", float(notice))

    # answers to overspend

    def _answer(self, model: DemandModel, months: int) -> None:
        """Go down the list as far as the forecast asks, or take the last answer back."""
        council = model.council
        budget = max(council.budget * (1.0 + council.income_rise) - council.repayment, 1.0)
        gap = forecast(self._spent / 100, months, [pence / 100 for pence in self._recent]) / budget - 1.0
        for _ in range(steps_asked(gap, self.rules)):
            rung = next((name for name in model.policy.responses if self._may(model, name)), None)
            if rung is None:
                break
            self._steps[rung] += 1
            self._steps_this_year[rung] += 1
            self._taken.append(rung)
        if gap < -self.rules.gap_ease and self._taken:
            self._steps[self._taken.pop()] -= 1
        self._apply(model)

    def _may(self, model: DemandModel, name: str) -> bool:
        """Whether a rung has a step left: within its year, its bound and the ring-fence."""
        if name == "prevention" and model.policy.budget.ring_fence_prevention:
            return False
        rung = self.rungs[name]
        bound = rung.bound
        if name == "visits":
            bound = max(0.0, model.practice.visit_minutes - self.rules.visit_floor)
        return rung.open(self._steps[name], self._steps_this_year[name], bound)

    def _apply(self, model: DemandModel) -> None:
        """Set the council's answers from the steps taken."""
        council = model.council
        size = {name: rung.size(self._steps[name]) for name, rung in self.rungs.items()}
        council.prevention_share = 1.0 - size["prevention"]
        council.threshold_shift = size["threshold"]
        council.trim = size["trim"]
        council.visit_cut = size["visits"]
        council.fee_cut = size["fees"]
        council.working_age_trim = size["working_age"]
        council.income_rise = size["income"]

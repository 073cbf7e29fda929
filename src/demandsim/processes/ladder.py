"""The ladder: the answers that a council gives to overspend, each with its step, its reach and its delay.

A rung is a decision that councils take: cut what is not statutory, review packages, raise the threshold, let a panel
refuse placements, trim packages, shorten visits, hold fees down, leave posts empty, renegotiate working-age packages,
raise council tax and charges. What a step saves is nowhere assumed: it follows from what the other processes then do.
Some answers bite at once, some only as posts fall empty, packages come up for renegotiation or a new tax year begins.
"""

from __future__ import annotations

from dataclasses import dataclass

from demandsim.processes.base import Numbers, evidence, read_rules

NO_BOUND = 1e9
_TINY = 1e-9
_SETTLED = 1e-6
"""What is left of a change that comes by and by, below which it is over."""


@dataclass(frozen=True)
class Rules:
    """How far, how fast and from what gap on each answer is given; each a row of the evidence register."""

    gap_one: float = evidence("money.gap_one_step")
    gap_two: float = evidence("money.gap_two_steps")
    gap_three: float = evidence("money.gap_three_steps")
    gap_more: float = evidence("council.gap_each_more_step")
    gap_ease: float = evidence("money.gap_ease")
    prevention_step: float = evidence("money.prevention_step")
    prevention_year: float = evidence("money.prevention_year")
    prevention_bound: float = evidence("money.prevention_bound")
    reviews_step: float = evidence("council.reviews_step")
    reviews_year: float = evidence("council.reviews_year")
    reviews_bound: float = evidence("council.reviews_bound")
    threshold_step: float = evidence("money.threshold_step")
    threshold_year: float = evidence("money.threshold_year")
    threshold_bound: float = evidence("money.threshold_bound")
    placements_step: float = evidence("council.placements_step")
    placements_year: float = evidence("council.placements_year")
    placements_bound: float = evidence("council.placements_bound")
    trim_step: float = evidence("money.trim_step")
    trim_year: float = evidence("money.trim_year")
    trim_bound: float = evidence("money.trim_bound")
    visits_step: float = evidence("money.visits_step")
    visits_year: float = evidence("money.visits_year")
    fees_step: float = evidence("money.fees_step")
    fees_year: float = evidence("money.fees_year")
    fees_bound: float = evidence("money.fees_bound")
    posts_step: float = evidence("council.posts_step")
    posts_year: float = evidence("council.posts_year")
    posts_bound: float = evidence("council.posts_bound")
    posts_months: float = evidence("council.posts_months")
    working_age_step: float = evidence("money.working_age_step")
    working_age_year: float = evidence("money.working_age_year")
    working_age_bound: float = evidence("money.working_age_bound")
    working_age_months: float = evidence("council.working_age_months")
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
        months: Mean months until a step is felt, each month taking an equal share of what is still to come; 0: at
            once.
        yearly: Is felt only from the next financial year on.
    """

    step: float
    most_a_year: float
    bound: float
    months: float = 0.0
    yearly: bool = False

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
        within_year = (steps_this_year + 1) * self.step <= self.most_a_year + _TINY
        return within_year and steps * self.step < bound - _TINY

    def moved(self, felt: float, aim: float) -> float:
        """How far it is felt a month later.

        Args:
            felt: How far it is felt now.
            aim: How far the steps taken go.
        """
        if self.months <= 1.0 or abs(aim - felt) < _SETTLED:
            return aim
        return felt + (aim - felt) / self.months


def rungs(rules: Rules) -> dict[str, Rung]:
    """Every rung by its name in a scenario file."""
    r = rules
    return {
        "prevention": Rung(r.prevention_step, r.prevention_year, r.prevention_bound),
        "reviews": Rung(r.reviews_step, r.reviews_year, r.reviews_bound),
        "threshold": Rung(r.threshold_step, r.threshold_year, r.threshold_bound),
        "placements": Rung(r.placements_step, r.placements_year, r.placements_bound),
        "trim": Rung(r.trim_step, r.trim_year, r.trim_bound),
        "visits": Rung(r.visits_step, r.visits_year, NO_BOUND),
        "fees": Rung(r.fees_step, r.fees_year, r.fees_bound),
        "posts": Rung(r.posts_step, r.posts_year, r.posts_bound, months=r.posts_months),
        "working_age": Rung(r.working_age_step, r.working_age_year, r.working_age_bound, months=r.working_age_months),
        "income": Rung(r.income_step, r.income_year, r.income_bound, yearly=True),
    }


def steps_asked(gap: float, rules: Rules) -> int:
    """Steps that a forecast overspend asks for in a quarter: three where it is large, and more the larger it is.

    Args:
        gap: Forecast over budget, less 1.
        rules: Where one, two and three steps begin, and what each further step takes.
    """
    asked = sum(gap > limit for limit in (rules.gap_one, rules.gap_two, rules.gap_three))
    if asked < 3 or rules.gap_more <= 0.0:
        return asked
    return asked + int((gap - rules.gap_three) / rules.gap_more + _TINY)


class Ladder:
    """The steps taken on every rung, and how far each is felt by now.

    Attributes:
        rules: Its parameters.
        rungs: Every rung by name.
        felt: How far each rung is felt this month, in its own unit.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.rungs = rungs(self.rules)
        self.felt = dict.fromkeys(self.rungs, 0.0)
        self._steps = dict.fromkeys(self.rungs, 0)
        self._steps_this_year = dict.fromkeys(self.rungs, 0)
        self._taken: list[str] = []

    def size(self, name: str) -> float:
        """How far the steps taken on a rung go, felt yet or not."""
        return self.rungs[name].size(self._steps[name])

    def open_year(self) -> None:
        """A new financial year: limits begin anew, and what waits for it is felt."""
        self._steps_this_year = dict.fromkeys(self.rungs, 0)
        for name, rung in self.rungs.items():
            if rung.yearly:
                self.felt[name] = self.size(name)

    def pass_month(self) -> None:
        """Let what comes by and by come a month nearer."""
        for name, rung in self.rungs.items():
            felt, steps = self.felt[name], self._steps[name]
            if not rung.yearly and (steps or felt):  # most rungs are never stepped on
                self.felt[name] = rung.moved(felt, rung.size(steps))

    def answer(self, gap: float, order: tuple[str, ...], bounds: dict[str, float]) -> None:
        """Go down the list as far as a forecast asks, or take the last step back.

        Args:
            gap: Forecast over budget, less 1, what is still to come of earlier steps taken off.
            order: Rungs in the order of the scenario; others are never used.
            bounds: Bounds that lie closer than the rungs' own now, by name; 0 shuts a rung.
        """
        for _ in range(steps_asked(gap, self.rules)):
            name = next((rung for rung in order if self._may(rung, bounds)), None)
            if name is None:
                break
            self._steps[name] += 1
            self._steps_this_year[name] += 1
            self._taken.append(name)
        if gap < -self.rules.gap_ease and self._taken:
            self._steps[self._taken.pop()] -= 1

    def _may(self, name: str, bounds: dict[str, float]) -> bool:
        """Whether a rung has a step left: within its year and its bound."""
        rung = self.rungs[name]
        bound = min(rung.bound, bounds.get(name, NO_BOUND))
        return rung.open(self._steps[name], self._steps_this_year[name], bound)

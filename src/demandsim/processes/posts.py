"""Posts: who gives what is bought of a service beside home care, and how long it takes to find them.

Leavers are replaced all the time, with the lag that hiring has; the empty posts that this makes are those of the base
year, and what a service is bought to give is given with them. Buying more opens posts on top. They are filled as those
of home care are: a share of the empty ones a month, who begin some months later. Until then less is given than was
bought, and what is not given is not paid. Buying less frees staff at once: the council's money stops with the month, as
every answer to overspend counts on, and nobody is kept on without work.

Staff are counted in the unit in which a service is bought, for the need of a month: posts that follow need alone are
planned for and filled ahead, as in the base year. Those whose work is home care's come from it in part (`workforce`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from demandsim.processes.at_work import leaving, thin_staffing
from demandsim.processes.base import evidence, read_rules

if TYPE_CHECKING:
    from demandsim.processes.base import Numbers

_YEAR = 12.0


@dataclass(frozen=True, slots=True)
class _Hiring:
    """How posts are filled: home care's numbers."""

    fill_rate: float = evidence("wf.fill_rate")
    months: float = evidence("wf.hire_months")


@dataclass(frozen=True, slots=True)
class _Leaving:
    """How often workers of home care leave at the usual strain and the usual vacancy, and council staff."""

    base: float = evidence("wf.leave_base")
    calm: float = evidence("wf.leave_calm")
    strained: float = evidence("wf.leave_strain")
    strain: float = evidence("wf.start_strain")
    feedback: float = evidence("wf.burnout_vacancy_feedback")
    vacancy: float = evidence("wf.start_vacancy")
    vacancy_normal: float = evidence("wf.vacancy_normal")
    council: float = evidence("learn.team_turnover")

    @property
    def care(self) -> float:
        """Share of home-care workers who leave in a year."""
        thin = thin_staffing(self.feedback, self.vacancy, self.vacancy_normal)
        return leaving(self.base, self.calm, self.strained, self.strain, thin)


@dataclass
class Posts:
    """Staff of one service.

    Attributes:
        leaving: Share of staff who leave in a month.
        fill_rate: Share of the posts that are neither filled nor about to be for which somebody is hired in a month.
        months: Months from the decision to the first day.
        filled: What staff in post can give, in the unit in which the service is bought.
        on_their_way: What those can give who have been hired and begin in the next month, the one after, and so on.
        growth: By how much ``filled`` rose this month; below zero where a cut freed staff.
        vacancy: Share of posts that stand empty, those of the base year among them.
    """

    leaving: float
    fill_rate: float
    months: int
    filled: float = 0.0
    on_their_way: list[float] = field(default_factory=list)
    growth: float = 0.0
    vacancy: float = 0.0

    def open(self, bought: float) -> float:
        """Let a month of leaving, beginning and hiring pass.

        A service is staffed for what is bought of it when it first opens.

        Args:
            bought: What is bought this month, for the need of a month.

        Returns:
            Share of it that staff can give, 0 to 1; 1 to the last bit while nothing changes.
        """
        replaced = self.leaving * bought
        if not self.on_their_way:
            self.filled, self.on_their_way = bought, [replaced] * self.months
        before = self.filled
        self.filled = min(before + (self.on_their_way.pop(0) - self.leaving * before), bought)
        self.growth = self.filled - before
        # Beyond those who replace the usual leavers: what is missing, less whom earlier months have hired for it.
        coming = sum(self.on_their_way) - (self.months - 1) * replaced
        self.on_their_way.append(replaced + self.fill_rate * max(bought - self.filled - coming, 0.0))
        # At the base year's staff posts outnumber people by those who are being replaced.
        posts = bought * (1.0 + self.leaving * (self.months - 1 + 1.0 / max(self.fill_rate, 1e-9)))
        self.vacancy = 1.0 - self.filled / posts if posts > 0.0 else 0.0
        return self.filled / bought if bought > 0.0 else 1.0


def care_staff(numbers: Numbers) -> Posts:
    """Staff whose work is that of home-care workers, and who leave as often."""
    return _posts(numbers, read_rules(_Leaving, numbers).care)


def council_staff(numbers: Numbers) -> Posts:
    """Staff of the council: social workers, coordinators, catalysts."""
    return _posts(numbers, read_rules(_Leaving, numbers).council)


def _posts(numbers: Numbers, leaving_year: float) -> Posts:
    hiring = read_rules(_Hiring, numbers)
    return Posts(leaving=leaving_year / _YEAR, fill_rate=hiring.fill_rate, months=max(1, int(hiring.months)))

"""Posts: who gives what is bought of a service beside home care, and how long it takes to find them.

Leavers are replaced all the time, with the lag that hiring has; the empty posts that this makes are those of the base
year, and what a service is bought to give is given with them. Buying more opens posts on top. They are filled as those
of home care are: a share of the empty ones a month, who begin some months later. Until then less is given than was
bought, and what is not given is not paid. Buying less frees staff at once: the council's money stops with the month, as
every answer to overspend counts on, and nobody is kept on without work.

Newcomers of care services give less at first, as in home care. Those who replace the usual leavers are as many in the
base year, so that it is only whom growth brings that count.

Staff are counted in the unit in which a service is bought, for the need of a month: posts that follow need alone are
planned for and filled ahead, as in the base year. Those whose work is home care's come from it in part (`workforce`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from demandsim.compiled import plain
from demandsim.processes.at_work import hours_when_new, leaving, thin_staffing
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
        return plain(leaving)(self.base, self.calm, self.strained, self.strain, thin)


@dataclass(frozen=True, slots=True)
class _Newcomers:
    """For how long newcomers of home care give less, and what share of the hours of others."""

    months: float = evidence("wf.new_worker_months_to_full")
    share: float = evidence("wf.new_worker_share")


@dataclass
class Posts:
    """Staff of one service.

    Attributes:
        leaving: Share of staff who leave in a month.
        fill_rate: Share of the posts that are neither filled nor about to be for which somebody is hired in a month.
        months: Months from the decision to the first day.
        new_months: Months for which newcomers give less.
        new_share: What they give then, as a share of what others do.
        filled: What staff in post can give once they know the work, in the unit in which the service is bought.
        on_their_way: What those can give who have been hired and begin in the next month, the one after, and so on.
        growth: By how much ``filled`` rose this month; below zero where a cut freed staff.
        newcomers: How many of ``filled`` growth brought this month, last month, and so on, while they give less.
        vacancy: Share of posts that stand empty, those of the base year among them.
    """

    leaving: float
    fill_rate: float
    months: int
    new_months: float = 0.0
    new_share: float = 1.0
    filled: float = 0.0
    on_their_way: list[float] = field(default_factory=list)
    growth: float = 0.0
    newcomers: list[float] = field(default_factory=list)
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
        # Whom a cut frees are the newest.
        earlier = self.newcomers if bought >= before else []
        self.newcomers = [max(self.growth, 0.0), *earlier][: math.ceil(self.new_months)]
        return (self.filled - self._not_yet_given()) / bought if bought > 0.0 else 1.0

    def _not_yet_given(self) -> float:
        """What newcomers do not give yet."""
        gives = plain(hours_when_new)
        new = enumerate(self.newcomers)
        return sum(came * (1.0 - gives(tenure, self.new_months, self.new_share)) for tenure, came in new)


def care_staff(numbers: Numbers) -> Posts:
    """Staff whose work is that of home-care workers, who leave as often and take as long to know it."""
    new = read_rules(_Newcomers, numbers)
    posts = _posts(numbers, read_rules(_Leaving, numbers).care)
    return replace(posts, new_months=new.months, new_share=new.share)


def council_staff(numbers: Numbers) -> Posts:
    """Staff that councils pay for other work: social workers, coordinators, catalysts, brokers, advisers, peers."""
    return _posts(numbers, read_rules(_Leaving, numbers).council)


def assistants(numbers: Numbers) -> Posts:
    """Personal assistants found anew in a month: whoever is, is employed, so that nobody has to be replaced."""
    return _posts(numbers, 0.0)


def _posts(numbers: Numbers, leaving_year: float) -> Posts:
    hiring = read_rules(_Hiring, numbers)
    return Posts(leaving=leaving_year / _YEAR, fill_rate=hiring.fill_rate, months=max(1, int(hiring.months)))

"""A scenario with everything resolved: practice, adoption, budget, answers to overspend, parameter values."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from demandsim.parameters.register import Numbers
from demandsim.scenario.errors import ScenarioError, problem
from demandsim.scenario.practice import Practice, blend
from demandsim.scenario.terms import NOTHING_AGREED, Agreed, Terms

RESPONSES = (
    "prevention",
    "reviews",
    "threshold",
    "placements",
    "trim",
    "visits",
    "fees",
    "posts",
    "working_age",
    "income",
)
"""Every answer to overspend that a scenario may list."""

USUAL_RESPONSES = RESPONSES
"""The answers that a council gives, in their order, unless a scenario says otherwise."""

WORKER_LEVERS = ("goal_share", "trained_share")
"""Levers that depend on each worker taking to the practice."""

_CUT_SUFFIX = re.compile(r"_cut\d+(\.\d+)?$")

Origins = Mapping[str, tuple[object, str]]
"""For each dotted path of a scenario: its value and where it came from."""


@dataclass(frozen=True, kw_only=True)
class Adoption:
    """How a practice is taken up.

    Attributes:
        start_year: Model year in which it begins, 0 for the first.
        years: Years from its beginning to full adoption; 0 is at once.
        fidelity: How far of the way is ever gone, 0 to 1.
        never_take_share: Share of workers who never take to it: what depends on them (working with people, training)
            goes that much less far.
        training_hours_per_worker: Paid hours of training away from people, spread over the years of adoption; once for
            each worker, at the start for those who join later.
        double_running_share: Cost of running old and new side by side, share of spend on older people; no effect.
        double_running_years: Years of double running, from the start.
        start_strain_added: Strain added to every care worker's in the month in which it begins.
    """

    start_year: int
    years: float
    fidelity: float
    never_take_share: float
    training_hours_per_worker: float
    double_running_share: float
    double_running_years: float
    start_strain_added: float

    def share(self, month: int) -> float:
        """How far adoption has come by the end of a month.

        Args:
            month: Months since month 0; negative in the run-in.

        Returns:
            0 before the start, rising by equal steps to the fidelity.
        """
        since = month - 12 * self.start_year
        if since < 0:
            return 0.0
        ramp = 12.0 * self.years
        return self.fidelity * (1.0 if since + 1 >= ramp else (since + 1) / ramp)

    def training_hours(self, month: int) -> float:
        """Hours of training that a worker is given in a month, away from people."""
        since, months = month - 12 * self.start_year, max(1.0, 12.0 * self.years)
        return self.training_hours_per_worker / months * min(1.0, months - since) if 0 <= since < months else 0.0

    def training_given(self, month: int) -> float:
        """Hours of training that a worker in post has been given by the end of a month."""
        since, months = month - 12 * self.start_year, max(1.0, 12.0 * self.years)
        return self.training_hours_per_worker * min(max(since + 1, 0) / months, 1.0)

    def training_missed(self, month: int) -> float:
        """Hours of training that were given before a month: what a worker who joins in it has still to catch up on."""
        return self.training_given(month - 1)

    def double_running(self, month: int) -> float:
        """Extra cost in a month of running old and new side by side, share of the month's spend on older people."""
        since, months = month - 12 * self.start_year, 12.0 * self.double_running_years
        return self.double_running_share * min(1.0, months - since) if 0 <= since < months else 0.0


NO_ADOPTION = Adoption(
    start_year=0,
    years=0.0,
    fidelity=0.0,
    never_take_share=0.0,
    training_hours_per_worker=0.0,
    double_running_share=0.0,
    double_running_years=0.0,
    start_strain_added=0.0,
)
"""Of a scenario whose practice is the base year's: there is nothing to adopt."""


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Public money over the years: the council's for adult social care and prevention, children's services, the NHS.

    Attributes:
        basis: What it grows with: ``per_need``, ``per_head`` or ``real``.
        cut_percent: How far below the base year it is, in real terms, once the cut is made.
        cut_years: Years over which the cut is made, in equal steps of the base budget.
        real_growth_percent_per_year: Growth in real terms on top of the basis.
        reserves_percent: Reserves at month 0, percent of a year's budget.
        ring_fence_prevention: Prevention is never cut in answer to overspend.
        prevention_change_percent: How far the line of prevention goes up or down over the years of the cut, real terms.
        childrens_growth_percent_per_year: Growth of children's services in real terms, out of the same total.
        nhs_change_percent: How far the money of the NHS goes up or down over the years of the cut, in real terms.
    """

    basis: str
    cut_percent: float
    cut_years: float
    real_growth_percent_per_year: float
    reserves_percent: float
    ring_fence_prevention: bool
    prevention_change_percent: float = 0.0
    childrens_growth_percent_per_year: float = 0.0
    nhs_change_percent: float = 0.0

    def factor(self, year: int) -> float:
        """Budget of a model year against the base year, in real terms, before growth with need or people.

        Args:
            year: Model year, 0 for the first; the first year already bears a step of the cut. Before it, 1.
        """
        if year < 0:
            return 1.0
        growth = (1.0 + self.real_growth_percent_per_year / 100.0) ** year
        return growth * (1.0 - self.cut_percent / 100.0 * min((year + 1) / self.cut_years, 1.0))

    def _path(self, percent: float, year: int) -> float:
        """A line that changes in equal steps over the years of the cut, against the base year."""
        return 1.0 + percent / 100.0 * min((year + 1) / self.cut_years, 1.0) if year >= 0 else 1.0

    def prevention_factor(self, year: int) -> float:
        """The council's line of prevention in a model year against the base year, in real terms."""
        return self._path(self.prevention_change_percent, year)

    def nhs_factor(self, year: int) -> float:
        """The money of the NHS in a model year against the base year, in real terms; 1 where it is ring-fenced."""
        return self._path(self.nhs_change_percent, year)

    def childrens_factor(self, year: int) -> float:
        """Children's services in a model year against the base year, in real terms."""
        return float((1.0 + self.childrens_growth_percent_per_year / 100.0) ** max(year, 0))

    def growth_index(self, need_index: float, people_index: float) -> float:
        """What the basis makes the budget grow with: need, people or nothing, each against month 0."""
        return {"per_need": need_index, "per_head": people_index, "real": 1.0}[self.basis]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One story of the future, resolved: nothing is left to look up.

    Attributes:
        name: What it is called.
        summary: What it tells, in a sentence or two.
        source: Where it comes from.
        place: The place it was written for, or None.
        years: Years to simulate.
        practice: Practice when fully adopted.
        base_practice: Practice of the base year.
        adoption: How practice goes from one to the other.
        budget: The council's money.
        agreed: Terms beyond practice and the size of the budget, and when they begin.
        responses: Answers to overspend, in order.
        numbers: Parameter values by evidence key.
        origins: Where each value came from, by its dotted path.
    """

    name: str
    summary: str = ""
    source: str = ""
    place: str | None = None
    years: int
    practice: Practice
    base_practice: Practice
    adoption: Adoption
    budget: Budget
    agreed: Agreed = NOTHING_AGREED
    responses: tuple[str, ...]
    numbers: Numbers = field(hash=False)
    origins: Origins = field(default_factory=dict, compare=False, repr=False)

    def practice_in(self, month: int) -> Practice:
        """The levers in force in a month: the base practice, the scenario's own, or part of the way."""
        share = self.adoption.share(month)
        practice = blend(self.base_practice, self.practice, share)
        if self.adoption.never_take_share == 0.0 or share == 0.0:
            return practice
        less = blend(self.base_practice, self.practice, share * (1.0 - self.adoption.never_take_share))
        return replace(practice, **{lever: getattr(less, lever) for lever in WORKER_LEVERS})

    def terms_in(self, month: int) -> Terms:
        """The terms in force in a month."""
        return self.agreed.in_month(month)

    def with_cut(self, percent: float, *, origin: str = "--cut") -> Scenario:
        """The same scenario with another cut of the budget.

        Args:
            percent: Percent below the base year in real terms once the cut is made, 0 to 90.
            origin: Where the cut came from, for `origins`.

        Returns:
            The scenario named ``<name>_cut<percent>``, with the digest of a library file that says the same.

        Raises:
            ScenarioError: If the percentage is none.
        """
        if not 0.0 <= percent <= 90.0:
            raise ScenarioError(
                [problem(origin, None, (), f"{percent:g} is not between 0 and 90", "A cut in percent, such as 30.")]
            )
        if percent == self.budget.cut_percent:
            return self
        stem = _CUT_SUFFIX.sub("", self.name)
        return replace(
            self,
            name=f"{stem}_cut{percent:g}" if percent else stem,
            budget=replace(self.budget, cut_percent=float(percent)),
            origins={**self.origins, "budget.cut_percent": (float(percent), origin)},
        )

    @property
    def content(self) -> dict[str, object]:
        """All that can change a result, as plain data: not the name, summary, source or place (a run names its own)."""
        return {
            "years": self.years,
            "practice": asdict(self.practice),
            "base_practice": asdict(self.base_practice),
            "adoption": asdict(self.adoption),
            "budget": asdict(self.budget),
            "agreed": asdict(self.agreed),
            "responses": self.responses,
            "parameters": dict(self.numbers.overrides),
        }

    @classmethod
    def from_content(cls, name: str, content: Mapping[str, Any]) -> Scenario:
        """The scenario that a record of its `content` tells of; its digest says whether it is the same.

        Raises:
            KeyError: If something is missing.
            TypeError: If something is too much, or of another kind.
            ValueError: If a number is none.
        """
        agreed = content["agreed"]
        return cls(
            name=name,
            years=int(content["years"]),
            practice=Practice(**content["practice"]),
            base_practice=Practice(**content["base_practice"]),
            adoption=Adoption(**content["adoption"]),
            budget=Budget(**content["budget"]),
            agreed=Agreed(terms=Terms(**agreed["terms"]), start_years=tuple(agreed["start_years"])),
            responses=tuple(content["responses"]),
            numbers=Numbers(content["parameters"]),
        )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the `content`."""
        return hashlib.sha256(json.dumps(self.content, sort_keys=True, allow_nan=False).encode()).hexdigest()

    def __deepcopy__(self, memo: dict[int, object]) -> Scenario:
        return self

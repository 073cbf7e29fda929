"""Lives made up by hand, so that what is told of them can be checked by hand."""

from __future__ import annotations

from typing import Any

from demandsim.agents.citizens import Citizens
from demandsim.experiment.lives import TracedLives, plan_lives
from demandsim.experiment.trace import Life, Relative, Trace, TracedMonth


def state(**values: Any) -> dict[str, Any]:
    """The columns of somebody of 80 with everything else at its default."""
    found = {name: spec.default for name, spec in Citizens.columns.items()}
    return found | {"alive": True, "uid": 35, "age_months": 960, "female": True, "household": 1} | values


def month(number: int, costs: Any = None, family: tuple[Relative, ...] = (), household: int = 1, **values: Any) -> Any:
    """One month of that person."""
    own = {"age_months": 960 + number} | values
    return TracedMonth(number, state(**own), family, costs or {}, household)


def life(*months: TracedMonth, scenario: str = "deficit", end: str = "", end_month: int = -1) -> Life:
    """A life of some months; it begins as its first month finds it."""
    return Life(35, scenario, months[0], list(months), end, end_month)


def traced(*lives: Life, years: int = 2, chosen: str = "", cut: float = 0.0) -> TracedLives:
    """Lives under as many scenarios of the library."""
    plan = plan_lives(["deficit", "strengths"][: len(lives)], years=years, scale=0.05, cut=cut)
    shared = {("assessment", "council"): 24_000.0, ("acute", "nhs"): 10.0, ("hubs", "citizen"): 9.0}
    traces = tuple(Trace({35: each}, {("acute", "nhs"): 50_000.0}, shared, 24_000) for each in lives)
    return TracedLives(plan, 35, traces, chosen)

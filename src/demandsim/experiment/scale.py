"""How far a sample's results lie from those of everybody: measured once, kept with the package, told with results.

A sample is noisier than the whole place, which intervals show, and some figures are biased too: what is counted in
whole people, places or months rounds otherwise among few. That bias is measured by `experiments/scale.py`.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple

from demandsim.experiment.comparison import Results, Values
from demandsim.experiment.prepare import residents

if TYPE_CHECKING:
    from demandsim.experiment.plan import Plan

PACKAGED = "scale_bias.csv"
"""The packaged file of measured bias."""

LEAST_PERCENT = 3.0
LEAST_ERRORS = 2.0


class Figure(NamedTuple):
    """One row of results: a measure and a level of a breakdown."""

    measure: str
    by: str = "all"
    group: str = "all"


COUNCIL_SPENDING = Figure("cost", "payer", "council")


@dataclass(frozen=True, slots=True)
class Bias:
    """What one figure reads in samples of one size, against everybody.

    Attributes:
        figure: Which.
        scenario: Name of the scenario that was run.
        scale: Share of residents in the samples.
        people: Residents in the samples.
        difference_percent: How much higher the mean of the samples is, per cent of the figure for everybody; of the
            council's spending for its balance, which may be near 0; of all runs for section 114 notices.
        standard_error_percent: Standard error of the difference, in the same per cent.
        seeds: Runs at each scale.
        place: Where it was measured.
    """

    figure: Figure
    scenario: str
    scale: float
    people: int
    difference_percent: float
    standard_error_percent: float
    seeds: int
    place: str

    @property
    def standard_errors(self) -> float:
        """The difference in standard errors; 0 where there is no difference."""
        if self.difference_percent == 0:
            return 0.0
        return self.difference_percent / self.standard_error_percent if self.standard_error_percent else math.inf

    @property
    def found(self) -> bool:
        """Whether it is larger than both 3 % and 2 standard errors."""
        return abs(self.difference_percent) > LEAST_PERCENT and abs(self.standard_errors) > LEAST_ERRORS


def values_of(results: Results, scenario: str, figure: Figure) -> Values:
    """A figure's values by replicate over the horizon: the last year of a state, the sum of a flow."""
    return results.values(scenario, figure.measure, "horizon", figure.by, figure.group)


def yardstick(everybody: Results, scenario: str, figure: Figure) -> float:
    """What a figure's difference is a share of, in its own unit."""
    if figure.measure == "section_114":
        return 1.0
    held_against = COUNCIL_SPENDING if figure.measure == "council_balance" else figure
    return abs(float(values_of(everybody, scenario, held_against).mean()))


def sample_size(plan: Plan) -> int:
    """How many people a plan simulates when it begins."""
    return round(residents(plan.place) * plan.scale)


def bias(everybody: Results, sample: Results, scenario: str, figure: Figure) -> Bias:
    """Hold one figure of samples against everybody's.

    Args:
        everybody: Runs at scale 1, two or more replicates.
        sample: Runs of the same scenarios and place at a smaller scale.
        scenario: Name of the scenario.
        figure: Which figure.
    """
    ours, theirs = (values_of(results, scenario, figure) for results in (sample, everybody))
    unit = yardstick(everybody, scenario, figure) / 100
    error = math.sqrt(ours.var(ddof=1) / ours.size + theirs.var(ddof=1) / theirs.size)
    difference = float(ours.mean() - theirs.mean())
    return Bias(
        figure,
        scenario,
        sample.plan.scale,
        sample_size(sample.plan),
        difference / unit if unit else 0.0,
        error / unit if unit else 0.0,
        min(ours.size, theirs.size),
        sample.plan.place.name,
    )


_COLUMNS = (
    "scenario",
    "measure",
    "by",
    "group",
    "scale",
    "people",
    "difference_percent",
    "standard_error_percent",
    "seeds",
    "place",
)


def as_csv(found: Iterable[Bias]) -> str:
    """The packaged file's content."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for each in found:
        numbers = (f"{each.difference_percent:.3f}", f"{each.standard_error_percent:.3f}")
        writer.writerow((each.scenario, *each.figure, f"{each.scale:g}", each.people, *numbers, each.seeds, each.place))
    return text.getvalue()


def from_csv(text: str) -> tuple[Bias, ...]:
    """What a file's content says: the inverse of `as_csv`, to three decimals."""
    return tuple(
        Bias(
            Figure(row["measure"], row["by"], row["group"]),
            row["scenario"],
            float(row["scale"]),
            int(row["people"]),
            float(row["difference_percent"]),
            float(row["standard_error_percent"]),
            int(row["seeds"]),
            row["place"],
        )
        for row in csv.DictReader(StringIO(text))
    )


@cache
def measured() -> tuple[Bias, ...]:
    """The bias that was measured for this release."""
    return from_csv((files("demandsim.data") / PACKAGED).read_text(encoding="utf-8"))


def nearest(people: int, known: Sequence[Bias]) -> list[Bias]:
    """What is known of samples of about so many people: the measured number nearest to it, by their ratio.

    It is the number that counts, not the share: 7 % of Rutland are as few as 1 % of Sunderland.

    Args:
        people: Residents simulated.
        known: Bias of samples of one or more sizes.
    """
    sizes = {each.people for each in known}
    if not sizes:
        return []
    near = min(sizes, key=lambda measured_at: abs(math.log(measured_at / people)))
    return [each for each in known if each.people == near]


def biases(everybody: Results, samples: Mapping[float, Results], figures: Sequence[Figure]) -> list[Bias]:
    """The bias of every figure under every scenario at every scale."""
    return [
        bias(everybody, sample, scenario.name, figure)
        for sample in samples.values()
        for scenario in everybody.plan.scenarios
        for figure in figures
    ]

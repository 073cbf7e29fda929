"""Pictures that a script or notebook asks for by name: ``results.plot.fan("wellbeing")``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from demandsim.experiment.comparison import Results
from demandsim.experiment.errors import InputError
from demandsim.measures.register import MEASURES
from demandsim.report.canvas import STYLE, Picture, short_title
from demandsim.report.figures import Band, lines_by_year
from demandsim.report.pairs import pairs

if TYPE_CHECKING:
    from demandsim.experiment.comparison import Estimate

_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Plots:
    """Draws results.

    Attributes:
        results: What was run.
    """

    results: Results

    def fan(self, measure: str) -> Picture:
        """A measure over the years under every scenario, each line in its 95 % range.

        The inner band is chance alone; where parameters were drawn (``ranges=``), the outer one holds them too.

        Args:
            measure: Name of the measure.

        Returns:
            The picture; a notebook shows it, ``.save(path)`` writes it as PNG or SVG.

        Raises:
            InputError: If the results hold no such measure.
        """
        import matplotlib as mpl

        from demandsim.report.notebook import check_measure

        check_measure(self.results, measure)
        held = MEASURES[measure]
        unit = _MILLION if held.kind == "cost" else 1.0
        worth = "£ million" if held.kind == "cost" else held.unit
        first, last = self.results.years[0], self.results.years[-1]
        span = f"{first} to {last}" if first != last else f"{first}"
        with mpl.rc_context(STYLE):
            return lines_by_year(
                self.results,
                f"fan_{measure}",
                measure,
                short_title(f"{held.label}, {span}", held.label),
                f"{self.results.plan.place.heading}, {worth}; ranges of each level, wider than those of a difference",
                unit=unit,
                decimals=1 if held.kind == "cost" else held.decimals,
                bands=self._bands(measure),
            )

    def acceptability(self, *, years: int | None = None, value: str = "qaly", hours: str = "replacement") -> Picture:
        """In what share of runs each scenario is worth its public cost, by what a QALY or wellbeing year is worth.

        Args:
            years: As for `appraisal`.
            value: As for `appraisal`.
            hours: As for `appraisal`.

        Returns:
            The picture; ``results.appraisal().plot()`` gives the same.

        Raises:
            InputError: As for `appraisal`.
        """
        from demandsim.report.appraisal import Appraisal

        return Appraisal(self.results, years=years, value=value, hours=hours).plot()

    def _bands(self, measure: str) -> Mapping[str, Band]:
        """The ranges to draw, outermost first, by what they hold."""

        def ends(found: Estimate) -> tuple[float, float]:
            return found.low, found.high

        results = self.results
        bands: dict[str, Band] = {}
        if results.has_ranges:
            bands["95 % range from chance and parameters"] = lambda scenario, year: ends(
                results.spread(scenario, measure, year).both
            )
        if len(results.replicates) > 1:
            bands["95 % range from chance alone"] = lambda scenario, year: ends(
                results.estimate(scenario, measure, year)
            )
        return bands

    def bridge(
        self, measure: str = "cost", *, by: Literal["payer", "service"] = "payer", option: str | None = None
    ) -> Picture:
        """From what the first scenario costs to what another costs, step by step.

        Args:
            measure: ``cost``: nothing else has a bridge.
            by: ``payer`` or ``service``.
            option: Scenario to hold against the first; the second if left out.

        Returns:
            The picture.

        Raises:
            InputError: If the measure is not cost, or there is no second scenario or none of that name.
        """
        import matplotlib as mpl

        from demandsim.report.bridge import bridge

        if measure != "cost":
            raise InputError(f"{measure}: has no bridge.\n  Costs have one: plot.bridge('cost', by='payer').")
        with mpl.rc_context(STYLE):
            picture: Picture = bridge(self.results, pairs(self.results, option), by)
        return picture

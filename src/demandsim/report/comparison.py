"""What `simulate` and `compare` give back: the results with their answer, pictures, brief, lives and appraisal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import pandas as pd

from demandsim.experiment.comparison import Estimate, When, difference_records
from demandsim.experiment.equal_spend import Matched
from demandsim.experiment.errors import InputError
from demandsim.experiment.reading import StoredScenario
from demandsim.report.answer import comparison_text, run_text
from demandsim.report.equal_spend import unmatched_notes
from demandsim.report.files import write_answer
from demandsim.report.notebook import Answers
from demandsim.report.sentences import sentences

if TYPE_CHECKING:
    from demandsim.report.appraisal import Appraisal
    from demandsim.report.twins import Twin


class Simulation(Answers):
    """Results of one scenario."""

    def __str__(self) -> str:
        return run_text(self)


class Comparison(Answers):
    """Results of several scenarios that met the same luck, replicate by replicate; the first is the yardstick."""

    @overload
    def difference(self, measure: str, /, *, by: str = "all") -> pd.DataFrame: ...

    @overload
    def difference(
        self, scenario: str, against: str, measure: str, when: When, by: str = "all", group: str = "all"
    ) -> Estimate: ...

    def difference(self, *given: Any, **named: Any) -> Any:
        """What the scenarios have more than another of a measure, paired by luck.

        Either ``difference(measure, by="all")``: every scenario against the first, year by year, as the frame of
        `Answers.by_year`. Or ``difference(scenario, against, measure, when, by="all", group="all")``: one number with
        its interval, as `Results.difference`.

        Raises:
            InputError: If the results hold no such measure or breakdown.
        """
        if len(given) == 1 and set(named) <= {"by"}:
            return self.by_year(*given, against=self.plan.scenarios[0].name, **named)
        return super().difference(*given, **named)

    @property
    def sentences(self) -> list[str]:
        """The answer in plain English."""
        return sentences(self)

    @property
    def differences(self) -> pd.DataFrame:
        """Every measure of every scenario against the first, over the horizon, with its 95 % interval."""
        return pd.DataFrame(difference_records(self))

    equal_spend: tuple[Matched, ...] = ()
    """What was found for each scenario where equal spend was asked for."""

    def __str__(self) -> str:
        return comparison_text(self, notes=unmatched_notes(self.equal_spend))

    def twin(self, citizen: int | str | None = None, *, story: str | None = None) -> Twin:
        """Tell one person's life under the first two scenarios, with the luck of the first replicate.

        Args:
            citizen: Whom, as for `twin`.
            story: Or a kind of story, as for `twin`.

        Raises:
            ExperimentError: If there is no such person or story, or the results were read from a folder: their
                scenarios cannot be run again.
        """
        from demandsim.experiment.lives import trace_lives
        from demandsim.report.twins import Twin

        if any(isinstance(scenario, StoredScenario) for scenario in self.plan.scenarios):
            named = " ".join(scenario.name for scenario in self.plan.scenarios[:2])
            raise InputError(
                "results read from a folder hold no scenarios to run again.\n"
                f"  Trace the person with `demandsim twin {named} --citizen ID` or `demandsim.twin(...)`."
            )
        plan = replace(self.plan, scenarios=self.plan.scenarios[:2], replicates=1, cut=0.0, draws=())
        return Twin(trace_lives(plan, citizen=citizen, story=story))

    def appraisal(self, *, years: int | None = None, value: str = "qaly", hours: str = "replacement") -> Appraisal:
        """Appraise every scenario against the first, after the Green Book.

        Args:
            years: Years from the first that are appraised; all that were run if left out.
            value: How people's lives are valued: ``"qaly"`` or ``"wellbeing"``, never both.
            hours: How unpaid hours are valued: at ``"replacement"`` or ``"opportunity"`` cost.

        Returns:
            The appraisal; ``print`` shows it, ``.options`` holds the numbers.

        Raises:
            InputError: If the period is longer than the run, or a choice is none.
        """
        from demandsim.report.appraisal import Appraisal

        return Appraisal(self, years=years, value=value, hours=hours)

    def who_gains(self, *, jobs: int = 1) -> pd.DataFrame:
        """Count who gains and who loses against the first scenario, in runs made again under the same luck.

        Args:
            jobs: Worker processes.

        Returns:
            People better off, worse off and the same, by outcome and group, with ranges over replicates.

        Raises:
            InputError: If the results were read from a folder: their scenarios cannot be run again.
        """
        from demandsim.experiment.gains import who_gains

        return who_gains(self.plan, jobs=jobs)

    def write(self, folder: str | Path) -> None:
        """Write summary, tables and pictures into a folder."""
        target = Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        write_answer(target, self, str(self))

    def to_brief(self, path: str | Path, option: str | None = None) -> Path:
        """Write the two-page brief as one HTML file; a file that holds anything else is left as it is.

        Args:
            path: File to write.
            option: Scenario to hold against the first; the second if left out.

        Returns:
            The path.

        Raises:
            InputError: If the file cannot be written or holds something else, or there is no such scenario.
        """
        from demandsim.report.brief import write_brief

        write_brief(Path(path), self, option)
        return Path(path)

"""What a decision needs beyond a comparison: ``demandsim appraise``, ``compare --equal-spend`` and ``--who-gains``."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from demandsim.cli_shared import Json, print_json

if TYPE_CHECKING:
    from demandsim.experiment.equal_spend import Matched
    from demandsim.experiment.plan import Plan


def appraise(
    folder: Annotated[Path, typer.Argument(help="Results folder of a comparison.")],
    years: Annotated[
        int | None, typer.Option("--years", "-y", help="Years from the first to appraise (all that were run).")
    ] = None,
    value: Annotated[
        list[str] | None, typer.Option("--value", help="How lives are valued: qaly (the usual) or wellbeing.")
    ] = None,
    hours: Annotated[
        str, typer.Option("--hours", help="How unpaid hours are valued: at replacement or opportunity cost.")
    ] = "replacement",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for table and acceptability curve (PNG, SVG, CSV).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Appraise a comparison after the Green Book: objectives, net value, who bears it, what would change the answer."""
    from demandsim.experiment.reading import read_results
    from demandsim.report.appraisal import Appraisal, appraisal_records

    found = Appraisal(read_results(folder, for_report=True), years=years, value=value or "qaly", hours=hours)
    if output is not None:
        from demandsim.report.files import write_appraisal

        write_appraisal(output, found)
    if not as_json:
        sys.stdout.write(str(found))
        sys.stdout.write(
            f"Table and acceptability curve: {output}\n"
            if output is not None
            else "Its table and acceptability curve as files: give -o FOLDER.\n"
        )
        return
    plan = found.results.plan
    content = {
        "place": {"name": plan.place.name, "code": plan.place.code},
        "yardstick": found.first,
        "years": found.results.years[: found.years],
        "price_base": "2023/24",
        "value": found.value,
        "unit_value": found.unit_value,
        "hours": found.hours,
        "values": found.values(),
        "options": appraisal_records(found),
    }
    print_json(**content)


@dataclass(frozen=True, slots=True)
class Further:
    """What is told of a comparison beyond its answer.

    Attributes:
        jobs: Worker processes.
        matched: What the search for equal spend found.
        gains: Whether to count who gains and who loses.
    """

    jobs: int
    matched: Sequence[Matched] = ()
    gains: bool = False

    @property
    def notes(self) -> list[str]:
        """Notes below the answer."""
        from demandsim.report.equal_spend import unmatched_notes

        return unmatched_notes(self.matched)

    def add(self, results: Any, folder: Path) -> tuple[str, dict[str, object]]:
        """Write tables into the results folder.

        Args:
            results: What was compared.
            folder: Its folder.

        Returns:
            Text for the end of the answer, and what ``--json`` holds besides.
        """
        from demandsim.experiment.gains import who_gains
        from demandsim.report.equal_spend import equal_spend_records
        from demandsim.report.files import write_equal_spend, write_gains
        from demandsim.report.gains import gains_records, gains_text, pairing_records

        text, held = "", dict[str, object]()
        if self.matched:
            write_equal_spend(folder, self.matched)
            held["equal_spend"] = equal_spend_records(self.matched)
        if self.gains:
            print("demandsim: running again to see who gains and who loses …", file=sys.stderr)
            found = who_gains(results.plan, jobs=self.jobs)
            write_gains(folder, results, found)
            text = gains_text(results, found)
            held["who_gains"] = gains_records(found)
            held["pairing"] = pairing_records(results)
        return text, held


def further(plan: Plan, jobs: int, *, equal_spend: bool, gains: bool) -> tuple[Plan, Further]:
    """Do what must be done before a comparison is run.

    Args:
        plan: What is to be compared.
        jobs: Worker processes.
        equal_spend: Whether each scenario is to be shown at equal spend too.
        gains: Whether who gains and who loses is to be counted.

    Returns:
        The plan, longer by the scenarios at equal spend, and what is to be told after it.
    """
    if not equal_spend:
        return plan, Further(jobs, gains=gains)
    from demandsim import api

    print(f"demandsim: looking for budgets of equal spend in samples of {plan.place.spoken} …", file=sys.stderr)
    plan, matched = api.match_spending(plan, jobs=jobs, say=lambda text: print(f"demandsim: {text}", file=sys.stderr))
    return plan, Further(jobs, matched, gains)

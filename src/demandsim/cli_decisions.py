"""Commands for a decision: ``demandsim appraise``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

SCHEMA_VERSION = 1


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
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Appraise a comparison after the Green Book: objectives, net value, who bears it, what would change the answer."""
    import json

    from demandsim.experiment.reading import read_results
    from demandsim.report.appraisal import Appraisal, appraisal_records

    found = Appraisal(read_results(folder), years=years, value=value or "qaly", hours=hours)
    if not as_json:
        sys.stdout.write(str(found))
        return
    plan = found.results.plan
    content = {
        "schema_version": SCHEMA_VERSION,
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
    print(json.dumps(content, ensure_ascii=False, allow_nan=False))

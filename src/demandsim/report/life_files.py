"""Files of a twin or a statement: the story as text, tables as CSV, everything as JSON, the picture with its words."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from demandsim.experiment.store import write_safely
from demandsim.report.life_table import UNITS, Record
from demandsim.report.workbook import safe_cell

if TYPE_CHECKING:
    from demandsim.experiment.lives import TracedLives
    from demandsim.report.statements import Statement
    from demandsim.report.twins import Twin

SCHEMA_VERSION = 1


def as_csv(records: Sequence[Record]) -> bytes:
    """Records of the same columns as CSV; text cells cannot act as formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(list(records[0]) if records else [])
    for record in records:
        writer.writerow([safe_cell(cell) if isinstance(cell, str) else cell for cell in record.values()])
    return out.getvalue().encode()


def as_json(content: object) -> bytes:
    """An object as one line of JSON."""
    return (json.dumps(content, ensure_ascii=False, allow_nan=False) + "\n").encode()


def about(traced: TracedLives) -> Record:
    """What was run and about whom: the beginning of every JSON object."""
    from demandsim.agents.short_ids import short_id

    plan = traced.plan
    return {
        "schema_version": SCHEMA_VERSION,
        "place": {"name": plan.place.name, "code": plan.place.code, "note": plan.place.note},
        "scenarios": [
            {"name": scenario.name, "digest": scenario.digest, "run": run}
            for scenario, run in zip(plan.scenarios, plan.runs, strict=True)
        ],
        "years": plan.years,
        "scale": plan.scale,
        "seed": plan.seed,
        "citizen": {"id": short_id(traced.uid), "uid": str(traced.uid), "invented": True},
        "chosen": traced.chosen,
    }


def twin_content(twin: Twin) -> Record:
    """A twin as one object: what was run, who, how it ends, totals, events, months."""
    return about(twin.traced) | {
        "name": twin.name,
        "ends": [life.end for life in twin.lives],
        "totals": [
            {"label": row.label.strip(), "values": list(row.values), "unit": "GBP" if row.pounds else "count"}
            for row in twin.totals
        ],
        "units": UNITS,
        "events": twin.event_records,
        "months": twin.records,
    }


def write_twin(folder: Path, twin: Twin) -> None:
    """Write every file of a twin; each is whole or not there.

    Raises:
        OSError: If they cannot be written.
    """
    from demandsim.report.twin_picture import picture

    drawn = picture(twin)
    folder.mkdir(parents=True, exist_ok=True)
    write_safely(folder / "story.txt", str(twin).encode())
    write_safely(folder / "months.csv", as_csv(twin.records))
    write_safely(folder / "events.csv", as_csv(twin.event_records))
    write_safely(folder / "twin.json", as_json(twin_content(twin)))
    write_safely(folder / "twin.png", drawn.png)
    write_safely(folder / "twin.svg", drawn.svg)
    write_safely(folder / "alt_text.txt", f"{drawn.title}\n{drawn.alt}\n".encode())


def write_statement(folder: Path, statement: Statement) -> None:
    """Write every file of a statement; each is whole or not there.

    Raises:
        OSError: If they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_safely(folder / "statement.txt", str(statement).encode())
    write_safely(folder / "statement.csv", as_csv(statement.records))
    write_safely(folder / "statement.json", as_json(statement.content))

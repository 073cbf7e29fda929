"""Files of an answer: summary, tables as CSV and XLSX, pictures as PNG, SVG and CSV with their words, the brief."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from demandsim.experiment.comparison import Results, difference_records, result_records
from demandsim.experiment.equal_spend import Matched
from demandsim.experiment.errors import from_os_error
from demandsim.experiment.gains import COLUMNS as GAINS_COLUMNS
from demandsim.experiment.store import write_once, write_safely
from demandsim.measures.register import MEASURES
from demandsim.report.answer import title
from demandsim.report.appraisal import COLUMNS as APPRAISAL_COLUMNS
from demandsim.report.appraisal import Appraisal, appraisal_records
from demandsim.report.bridge import service_bridge
from demandsim.report.brief import brief_html
from demandsim.report.brief_figures import brief_pictures
from demandsim.report.brief_value import value_picture
from demandsim.report.canvas import Picture
from demandsim.report.costs import COLUMNS as COST_COLUMNS
from demandsim.report.costs import cost_records
from demandsim.report.equal_spend import COLUMNS as EQUAL_COLUMNS
from demandsim.report.equal_spend import equal_spend_records
from demandsim.report.evidence import with_evidence
from demandsim.report.figures import pictures
from demandsim.report.gains import PAIRING_COLUMNS, gains_records, pairing_records
from demandsim.report.pairs import pairs
from demandsim.report.workbook import ABOUT, Rows, about_rows, covers, safe_cell, workbook

COLUMNS = ("scenario", "measure", "year", "by", "group", "value", "low", "high", "unit", "interval")
_GRADED = (*COLUMNS, "evidence")
_SHEET = ("scenario", "label", "measure", "covers", "by", "group", "value", "low", "high", "unit", "interval")
"""Columns for people: a value over all years stands under no single one."""


def table(records: Sequence[Mapping[str, object]], columns: Sequence[str] = COLUMNS) -> bytes:
    """Records as CSV; text cells cannot act as formulas.

    Args:
        records: The rows, by column.
        columns: Which columns, in which order.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for record in records:
        cells = (record[name] for name in columns)
        writer.writerow(["" if c is None else safe_cell(c) if isinstance(c, str) else repr(c) for c in cells])
    return out.getvalue().encode()


def markdown(text: str, drawn: Sequence[Picture]) -> bytes:
    """The printed answer and the pictures as one page of Markdown."""
    title = text.split("\n", 1)[0]
    parts = [f"# {title}", "", "```text", text.rstrip(), "```", ""]
    for picture in drawn:
        alt = picture.alt.replace("[", "(").replace("]", ")")
        parts += [f"## {picture.title}", "", f"![{alt}](figures/{picture.name}.png)", ""]
    return "\n".join(parts).encode()


def picture_csv(picture: Picture) -> bytes:
    """The numbers of a picture as CSV."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    for row in (picture.columns, *picture.rows):
        writer.writerow([safe_cell(c) if isinstance(c, str) else repr(c) for c in row])
    return out.getvalue().encode()


def _sheets(results: Results, drawn: Sequence[Picture]) -> dict[str, Rows]:
    """Sheets of the workbook: measures are named in words too, and said to be of which years."""
    held = {"summary": result_records(results)}
    if len(results.plan.scenarios) > 1:
        held["differences"] = with_evidence(results, difference_records(results))
    found: dict[str, Rows] = {ABOUT: about_rows(results, title(results), drawn)}
    for name, records in held.items():
        columns = _SHEET if name == "summary" else (*_SHEET, "evidence")
        found[name] = [columns, *([_in_words(results, each)[column] for column in columns] for each in records)]
    costs = cost_records(results)
    found["costs_by_payer"] = [COST_COLUMNS, *([record[column] for column in COST_COLUMNS] for record in costs)]
    return found | {picture.name[:31]: [picture.columns, *picture.rows] for picture in drawn}


def _in_words(results: Results, record: Mapping[str, object]) -> dict[str, object]:
    """A record with its measure's label, and the years that it is about."""
    measure = str(record["measure"])
    return {**record, "label": MEASURES[measure].label, "covers": covers(results, measure)}


def write_equal_spend(folder: Path, matched: Sequence[Matched]) -> None:
    """Write every budget that the search for equal spend tried."""
    write_safely(folder / "equal_spend.csv", table(equal_spend_records(matched), EQUAL_COLUMNS))


def write_gains(folder: Path, results: Results, gains: pd.DataFrame) -> None:
    """Write who gains and who loses, and by how much shared luck narrows the ranges."""
    write_safely(folder / "who_gains.csv", table(gains_records(gains), GAINS_COLUMNS))
    write_safely(folder / "pairing.csv", table(pairing_records(results), PAIRING_COLUMNS))


def write_appraisal(folder: Path, appraisal: Appraisal) -> list[Path]:
    """Write an appraisal: its text, its rows as CSV, its acceptability curve as PNG, SVG and CSV with its words.

    Args:
        folder: Where to; it is made.
        appraisal: The appraisal.

    Returns:
        What was written.

    Raises:
        InputError: If a file is there and holds something else, or cannot be written: then none is written.
    """
    curve = appraisal.plot()
    content = {
        "appraisal.txt": str(appraisal).encode(),
        "appraisal.csv": table(appraisal_records(appraisal), APPRAISAL_COLUMNS),
        f"{curve.name}.png": curve.png,
        f"{curve.name}.svg": curve.svg,
        f"{curve.name}.csv": picture_csv(curve),
        f"{curve.name}_alt_text.txt": f"{curve.title}\n{curve.alt}\n".encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise from_os_error(error, str(folder)) from error
    for name, held in content.items():
        if (folder / name).exists() and (folder / name).read_bytes() != held:
            write_once(folder / name, held)  # refuses before anything is written
    for name, held in content.items():
        write_once(folder / name, held)
    return [folder / name for name in content]


def write_answer(folder: Path, results: Results, text: str, *, brief: bool = True) -> list[Picture]:
    """Write every file of an answer into its results folder.

    Args:
        folder: The results folder.
        results: What was run.
        text: The printed answer.
        brief: Whether to write the brief too, where there are two scenarios to hold side by side.

    Returns:
        The pictures.

    Raises:
        OSError: If they cannot be written.
    """
    drawn = pictures(results)
    of_brief: list[Picture] = []
    if brief and len(results.plan.practices) > 1:
        of_brief = brief_pictures(results, pairs(results))
        write_safely(folder / "brief.html", brief_html(results, drawn=of_brief))
        of_brief += [*service_bridge(results, pairs(results)), *value_picture(results, pairs(results))]
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    for picture in (*drawn, *of_brief):
        write_safely(figures / f"{picture.name}.png", picture.png)
        write_safely(figures / f"{picture.name}.svg", picture.svg)
        write_safely(figures / f"{picture.name}.csv", picture_csv(picture))
    alt = "\n\n".join(f"{picture.name}\n{picture.title}\n{picture.alt}" for picture in (*drawn, *of_brief))
    write_safely(figures / "alt_text.txt", (alt + "\n").encode())
    write_safely(folder / "costs_by_payer.csv", table(cost_records(results), COST_COLUMNS))
    write_safely(folder / "summary.csv", table(result_records(results)))
    if len(results.plan.scenarios) > 1:
        graded = with_evidence(results, difference_records(results))
        write_safely(folder / "differences.csv", table(graded, _GRADED))
    write_safely(folder / "tables.xlsx", workbook(_sheets(results, (*drawn, *of_brief))))
    write_safely(folder / "summary.md", markdown(text, drawn))
    return [*drawn, *of_brief]

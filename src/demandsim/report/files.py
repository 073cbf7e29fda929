"""Files of an answer: the summary in Markdown, tables as CSV, pictures as PNG and SVG with their words."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from demandsim.experiment.comparison import Results, difference_records, result_records
from demandsim.experiment.store import write_safely
from demandsim.report.figures import Picture, pictures

_COLUMNS = ("scenario", "measure", "year", "by", "group", "value", "low", "high", "unit", "interval")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def table(records: Sequence[dict[str, object]]) -> bytes:
    """Records as CSV; text cells cannot act as formulas."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for record in records:
        cells = (record[name] for name in _COLUMNS)
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


def write_answer(folder: Path, results: Results, text: str) -> list[Picture]:
    """Write every file of an answer into its results folder.

    Args:
        folder: The results folder.
        results: What was run.
        text: The printed answer.

    Returns:
        The pictures.

    Raises:
        OSError: If they cannot be written.
    """
    drawn = pictures(results)
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    for picture in drawn:
        write_safely(figures / f"{picture.name}.png", picture.png)
        write_safely(figures / f"{picture.name}.svg", picture.svg)
    alt = "\n\n".join(f"{picture.name}\n{picture.title}\n{picture.alt}" for picture in drawn)
    write_safely(figures / "alt_text.txt", (alt + "\n").encode())
    write_safely(folder / "summary.csv", table(result_records(results)))
    if len(results.plan.scenarios) > 1:
        write_safely(folder / "differences.csv", table(difference_records(results)))
    write_safely(folder / "summary.md", markdown(text, drawn))
    return drawn

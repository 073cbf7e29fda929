"""The tables of an answer as one spreadsheet for people: what each sheet holds, units, numbers that can be read."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from demandsim.experiment.comparison import Results
from demandsim.measures.register import MEASURES
from demandsim.report.canvas import Picture

type Rows = Sequence[Sequence[object]]

ABOUT = "read_me"
"""Name of the first sheet."""

_NARROW, _WIDE, _LOOKED_AT = 9, 44, 300
"""Least and greatest width of a column in characters, and how many rows decide it."""
_LINE = 140
"""Greatest width of a column of the first sheet, which holds sentences."""
_FORMATS = ((1000.0, "#,##0"), (10.0, "#,##0.0"), (0.1, "0.00"), (1e-12, "0.0000"), (0.0, "0"))
"""How numbers are shown, by the largest of their row from which a format holds; every digit is kept."""
_YEAR = "year"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe_cell(text: str) -> str:
    """A text cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def covers(results: Results, measure: str) -> str:
    """The years that a value over the horizon is about: all of them added up, or the last alone."""
    first, last = results.years[0], results.years[-1]
    return f"{first} to {last}, added up" if MEASURES[measure].summed and first != last else str(last)


def about_rows(results: Results, title: str, drawn: Sequence[Picture]) -> list[tuple[str, str]]:
    """What the spreadsheet is of, and what each sheet holds: two columns.

    Args:
        results: What was run.
        title: What is compared, where and when.
        drawn: The pictures, whose numbers have a sheet each.
    """
    first = results.plan.scenarios[0].name
    rows = [
        ("sheet", "what it holds"),
        (ABOUT, title),
        ("", "Money is in pounds at 2023/24 prices where nothing else is said."),
        ("", "low and high: the 95 % range from chance, unless interval says chance+parameters; empty after one run."),
        (
            "summary",
            "Every measure under every scenario; `demandsim measures` defines each. covers says of which years:",
        ),
        ("", "what happens or is spent is added up, what is (people with unmet need, wellbeing) is the last year's."),
    ]
    if len(results.plan.scenarios) > 1:
        rows.append(("differences", f"The same, less {first} under the same luck. evidence: what the row rests on."))
    rows.append(
        ("costs_by_payer", "All years added up, pounds: real, nominal and discounted; differences from the first.")
    )
    return rows + [(picture.name[:31], f"{picture.title}. {_subtitle(picture)}") for picture in drawn]


def _subtitle(picture: Picture) -> str:
    """What a picture shows and in which unit: its words begin with its kind, then that."""
    return f"{picture.alt.split('. ')[1].rstrip('.')}."


def workbook(tables: Mapping[str, Rows]) -> bytes:
    """Tables as one XLSX file, a sheet each: the same tables give the same bytes.

    Args:
        tables: By the sheet's name, at most 31 characters: rows, the headings first.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    )
    book.set_properties({"created": datetime(2024, 4, 1)})  # no clock: the same results give the same bytes
    bold = book.add_format({"bold": True})
    formats = [(least, book.add_format({"num_format": shown})) for least, shown in _FORMATS]
    for name, rows in tables.items():
        sheet = book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        years = {column for column, head in enumerate(rows[0]) if head == _YEAR}
        for number, row in enumerate(rows):
            shown = _format(row, years, formats)
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, column, safe_cell(cell), None if number else bold)
                elif isinstance(cell, int | float) and math.isfinite(cell):
                    sheet.write_number(number, column, cell, None if isinstance(cell, int) else shown)
        if len(rows) > 1 and name != ABOUT:
            sheet.autofilter(0, 0, len(rows) - 1, len(rows[0]) - 1)
        for column, width in enumerate(_widths(rows, _LINE if name == ABOUT else _WIDE)):
            sheet.set_column(column, column, width)
    book.close()
    return out.getvalue()


def _format(row: Sequence[object], years: set[int], formats: Sequence[tuple[float, Any]]) -> Any:
    """The format of a row's numbers: one for all of them, so that a value and its range are read together."""
    sizes = [abs(cell) for at, cell in enumerate(row) if isinstance(cell, float) and at not in years]
    largest = max((size for size in sizes if math.isfinite(size)), default=0.0)
    return next(shown for least, shown in formats if largest >= least)


def _widths(rows: Rows, widest: int) -> list[int]:
    """How wide each column is to be, up to `widest`; a number takes a dozen characters at most."""
    found = []
    for column in range(len(rows[0])):
        cells = [row[column] for row in rows[:_LOOKED_AT] if column < len(row)]
        longest = max(len(cell) if isinstance(cell, str) else 12 * isinstance(cell, float) for cell in cells)
        found.append(min(max(longest + 2, _NARROW), widest))
    return found

from __future__ import annotations

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest

from demandsim.experiment.comparison import Results, result_records
from demandsim.report.files import safe_cell, table, workbook, write_answer
from tests.experiment.fake import FakeScenario, fake_plan, invented_rows, two_by_two_plan


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str):
    assert safe_cell(text) == "'" + text
    assert safe_cell("deficit") == "deficit"


def test_a_scenarios_name_cannot_act_in_a_table():
    plan = fake_plan(scenarios=(FakeScenario("deficit"), FakeScenario('=cmd|"x"')))
    rows = list(csv.DictReader(io.StringIO(table(result_records(Results(plan, invented_rows(plan)))).decode())))
    assert {row["scenario"] for row in rows} == {"deficit", '\'=cmd|"x"'}


def test_tables_keep_every_digit(tmp_path: Path):
    plan = fake_plan()
    records = result_records(Results(plan, invented_rows(plan)))
    rows = list(csv.DictReader(io.StringIO(table(records).decode())))
    assert [float(row["value"]) for row in rows] == [record["value"] for record in records]


def test_everything_is_written(tmp_path: Path):
    plan = two_by_two_plan(replicates=2)
    drawn = write_answer(tmp_path, Results(plan, invented_rows(plan)), "Sunderland\nanswer\n")
    files = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    pictures = {f"figures/{p.name}.{ending}" for p in drawn for ending in ("png", "svg", "csv")}
    tables = {"summary.csv", "differences.csv", "costs_by_payer.csv", "tables.xlsx", "summary.md", "brief.html"}
    assert files == pictures | tables | {"figures/alt_text.txt"}
    page = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "answer" in page
    assert all(f"figures/{p.name}.png" in page and p.alt.split("(")[0] in page for p in drawn[:5])


def test_the_brief_can_be_left_out(tmp_path: Path):
    plan = two_by_two_plan(replicates=2)
    write_answer(tmp_path, Results(plan, invented_rows(plan)), "x\n", brief=False)
    assert not (tmp_path / "brief.html").exists()
    assert not list((tmp_path / "figures").glob("brief_*"))


def test_the_workbook_holds_the_tables_and_no_formula():
    content = workbook({"a": [("name", "value"), ("=1+1", 2.5), ("@x", float("nan")), ("plain", 3)]})
    assert content == workbook({"a": [("name", "value"), ("=1+1", 2.5), ("@x", float("nan")), ("plain", 3)]})
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "<v>2.5</v>" in sheet
    assert "'=1+1" in texts
    assert "'@x" in texts


def sheet(content: bytes, number: int) -> tuple[str, list[str]]:
    """A sheet as XML, and all texts of the workbook in their order."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        texts = re.findall(r"<t[^>]*>([^<]*)</t>", book.read("xl/sharedStrings.xml").decode())
        return book.read(f"xl/worksheets/sheet{number}.xml").decode(), texts


def test_numbers_of_the_workbook_are_readable_and_years_are_years():
    """As written before, 38740298.04675324 stood in a column of sixteen characters."""
    rows = [("scenario", "year", "value"), ("a", 2026, 38740298.04675324), ("b", 2026, 0.0123)]
    content = workbook({"a": rows})
    xml, _ = sheet(content, 1)
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        styles = book.read("xl/styles.xml").decode()
    assert "<v>38740298.04675324</v>" in xml  # every digit is kept
    assert '"#,##0"' in styles
    assert '<c r="B2"><v>2026</v></c>' in xml  # no thousands mark in a year
    assert '<autoFilter ref="A1:C3"/>' in xml
    assert not re.search(r'<c r="C2"><v>', xml)


def test_the_workbook_begins_with_what_each_sheet_holds(tmp_path: Path):
    plan = two_by_two_plan(replicates=2)
    drawn = write_answer(tmp_path, Results(plan, invented_rows(plan)), "x\n")
    content = (tmp_path / "tables.xlsx").read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = re.findall(r'<sheet name="([^"]*)"', book.read("xl/workbook.xml").decode())
    assert names == ["read_me", "summary", "differences", "costs_by_payer", *(picture.name[:31] for picture in drawn)]
    _, texts = sheet(content, 1)
    assert texts[:3] == ["sheet", "what it holds", "read_me"]
    assert set(names) <= set(texts)
    assert any("Adults with unmet need, Sunderland" in text for text in texts)
    assert any("£ million at 2023/24 prices" in text for text in texts)
    # what is added up over the run is not said to be its last year's
    assert {"2024 to 2026, added up", "2026", "People with unmet need"} <= set(texts)


def test_a_pictures_numbers_are_written_beside_it(tmp_path: Path):
    plan = two_by_two_plan(replicates=2)
    for picture in write_answer(tmp_path, Results(plan, invented_rows(plan)), "x\n"):
        rows = list(csv.reader(io.StringIO((tmp_path / "figures" / f"{picture.name}.csv").read_text(encoding="utf-8"))))
        assert tuple(rows[0]) == picture.columns
        assert len(rows) == 1 + len(picture.rows) > 1

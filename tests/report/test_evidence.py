"""The evidence behind each headline: its words, its record, and where they stand."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from demandsim.experiment.comparison import Results, difference_records
from demandsim.experiment.drivers import Drivers
from demandsim.report.answer import comparison_text
from demandsim.report.evidence import NOT_MEASURED, Graded, graded, how_graded, with_evidence
from demandsim.report.files import write_answer
from demandsim.report.headlines import HEADLINES
from tests.experiment.fake import fake_plan, invented_rows

ROW = HEADLINES[0]
ASSUMED, RECALLED, MEASURED = "acute.fade", "adapt.cost", "acute.frailty"


@pytest.fixture
def results() -> Results:
    plan = fake_plan(years=3, replicates=3)
    return Results(plan, invented_rows(plan))


@pytest.mark.parametrize(
    ("drivers", "grade", "words"),
    [
        (None, "not yet measured", "not yet measured"),
        (Drivers({}, 9, 9), "nothing tried moves it clearly", "nothing tried moves it clearly"),
        (Drivers({ASSUMED: 0.7, RECALLED: 0.3}, 9, 9), "weak", "weak: 70 % assumed, 30 % recalled"),
        (Drivers({ASSUMED: 0.7, RECALLED: 0.3}, 5, 9), "weak so far", "weak so far: 70 % assumed, 30 % recalled"),
        (Drivers({MEASURED: 0.8, ASSUMED: 0.2}, 9, 9), "strong", "strong: 80 % measured, 20 % assumed"),
        (Drivers({MEASURED: 0.5, ASSUMED: 0.5}, 9, 9), "mixed", "mixed: 50 % measured, 50 % assumed"),
        (Drivers({ASSUMED: 0.998, RECALLED: 0.002}, 9, 9), "weak", "weak: 100 % assumed"),
    ],
)
def test_grades_in_words(drivers: Drivers | None, grade: str, words: str) -> None:
    found = Graded(ROW, drivers)
    assert found.grade == grade
    assert found.words == words
    assert json.dumps(found.record(), allow_nan=False)
    assert found.record()["assumed"] == (drivers.share("A") if drivers and drivers.weights else None)


def test_what_has_not_been_measured_says_so(results: Results) -> None:
    words = {held.row.measure: held.words for held in graded(results)}
    assert words["unmet_need_people"] == NOT_MEASURED
    assert words["wellbeing"].startswith("weak")
    assert "5 of 9 assumed or recalled parameters that may vary have been tried so far" in how_graded(
        [Graded(ROW, Drivers({}, 5, 9))]
    )
    assert "All 9 assumed or recalled parameters that may vary have been tried (decisions, such as" in how_graded(
        [Graded(ROW, Drivers({}, 9, 9))]
    )
    assert "tried" not in how_graded([Graded(ROW, None)])
    some = how_graded([Graded(ROW, None), Graded(ROW, Drivers({}, 9, 9))])
    assert some.endswith(" What they do to rows not yet measured was not kept.")
    assert "200 draws of 9 parameters" in how_graded([Graded(ROW, Drivers({}, 9, 9, 200))])


def test_evidence_stands_beside_each_headline_in_text_and_tables(results: Results, tmp_path: Path) -> None:
    text = comparison_text(results)
    block = text[text.index("WHAT EACH ROW RESTS ON") :]
    for held in graded(results):
        assert f"{held.row.label:<24}  {held.words}" in block
    assert max(map(len, text.splitlines())) <= 80
    records = with_evidence(results, difference_records(results))
    (wellbeing,) = [r for r in records if r["measure"] == "wellbeing"]
    assert str(wellbeing["evidence"]).startswith("weak")
    assert [r["evidence"] for r in records if r["by"] == "quintile"][:1] == [None]
    write_answer(tmp_path, results, text, brief=False)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "differences.csv").read_text())))
    assert {row["evidence"] for row in rows if row["measure"] == "unmet_need_people" and row["by"] == "all"} == {
        NOT_MEASURED
    }

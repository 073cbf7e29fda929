from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from demandsim.agents.citizens import Setting
from demandsim.report.life_files import as_csv, twin_content
from demandsim.report.twins import Twin
from tests.report.lives import life, month, traced


def pair() -> tuple[Any, Any]:
    """Two lives: the second is helped in the second year, where the first is admitted and dies."""
    costs = {("acute", "nhs"): 3000.0, ("home_care", "citizen"): 100.0, ("home_care", "council"): 250.0}
    same = [month(k, hands_on=4.0, kin_hours=1.0, unmet=True, unmet_hours=3.0) for k in range(12)]
    ill = [month(12, admitted=True, hospital_trace=8.0, hands_on=9.0, unmet=True, costs=costs)]
    well = [month(k, hands_on=4.0, kin_hours=1.0, paid_hours=3.0, arrangement=1) for k in range(12, 24)]
    return life(*same, *ill, end="died", end_month=13), life(*same, *well, scenario="strengths")


@pytest.fixture
def twin() -> Twin:
    return Twin(traced(*pair(), chosen="Chosen, not typical: on purpose."))


def test_the_story_tells_both_lives_side_by_side(twin: Twin):
    text = str(twin)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "ONE LIFE TWICE: DEFICIT AND STRENGTHS"
    assert f"{twin.name} (S-0136) is invented" in text
    assert "Chosen, not typical" in text
    assert "here the two lives part" in text
    apart = next(line for line in lines if line.startswith("Apr 2025"))
    assert apart == "Apr 2025  81 Taken to hospital as an           Home care begins: 3 hours of need"
    assert any("Dies at the age of 81." in line for line in lines)
    assert "One life shows what can happen" in text


def test_totals_are_sums_of_months(twin: Twin):
    totals = {row.label.strip(): row.values for row in twin.totals}
    assert totals["Months well short of help"] == (13.0, 12.0)
    assert totals["Emergency admissions"] == (1.0, 0.0)
    assert totals["Paid by the NHS"] == (3000.0, 0.0)
    assert totals["Paid from own money"] == (100.0, 0.0)
    assert "Months in a care home" not in totals
    weeks = 365.25 / 12 / 7
    hour = 25 * 106.1 / 93.629  # pounds of 2021 in prices of 2023/24
    assert totals["Unpaid help received, its worth"] == pytest.approx((12 * weeks * hour, 24 * weeks * hour))


def test_what_belongs_to_nobody_is_named_without_the_rounding(twin: Twin):
    text = " ".join(str(twin).split())
    assert "Not attributed to anybody under deficit: assessment – £12 a resident and year" in text


def test_a_cut_of_both_is_said_once():
    both = Twin(traced(*pair(), cut=30))
    assert both.scenarios == both.labels == ("deficit", "strengths")
    assert str(both).startswith("ONE LIFE TWICE: DEFICIT AND STRENGTHS, BOTH WITH A 30 % CUT\n")


def test_months_and_events_are_frames(twin: Twin):
    assert len(twin.months) == 13 + 24
    assert set(twin.months["scenario"]) == {"deficit", "strengths"}
    row = twin.months.iloc[12]
    assert (row["month"], row["cost_nhs"], row["bed_days"]) == ("2025-04", 3000.0, 8.0)
    assert row["unpaid_help_worth"] == 0.0
    assert list(twin.events.columns) == ["scenario", "month", "event"]


def test_a_new_payer_has_a_column_in_every_row():
    one, two = pair()
    one.months[12].costs["reablement", "investor"] = 12.5
    months = Twin(traced(one, two)).months
    assert months["cost_investor"].sum() == 12.5
    assert not months["cost_investor"].isna().any()


def test_files_are_written_and_are_the_same_each_time(twin: Twin, tmp_path: Path):
    twin.write(tmp_path / "a")
    twin.write(tmp_path / "b" / "c")
    names = {"story.txt", "months.csv", "events.csv", "twin.json", "twin.png", "twin.svg", "alt_text.txt"}
    assert {path.name for path in (tmp_path / "a").iterdir()} == names
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / "c" / name).read_bytes()
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a" / "months.csv").read_text(encoding="utf-8"))))
    assert len(rows) == 37
    content = json.loads((tmp_path / "a" / "twin.json").read_text(encoding="utf-8"))
    assert content["citizen"] == {"id": "S-0136", "uid": "35", "invented": True}
    assert content["ends"] == ["died", ""]
    assert content["schema_version"] == 1
    svg = (tmp_path / "a" / "twin.svg").read_text(encoding="utf-8")
    assert "<title" in svg
    assert "<desc" in svg
    title, alt = (tmp_path / "a" / "alt_text.txt").read_text(encoding="utf-8").splitlines()
    assert len(title.split()) <= 10
    assert "Emergency admissions: 1 under deficit, 0 under strengths" in alt


def test_cells_cannot_act_as_formulas():
    assert as_csv([{"a": "=1+1", "b": -2.0}]) == b"a,b\n'=1+1,-2.0\n"


def test_a_life_that_never_differs_says_so():
    quiet = [month(k) for k in range(24)]
    found = Twin(traced(life(*quiet), life(*quiet, scenario="strengths")))
    assert "Nothing told here happens in one life and not in the other." in str(found)
    assert twin_content(found)["events"] == []


def test_pictures_of_a_carer_and_of_a_resident_of_a_care_home_are_drawn(tmp_path: Path):
    cares = [month(k, care_given=30.0, strain=0.8) for k in range(24)]
    home = [month(k, setting=Setting.CARE_HOME, hands_on=12.0, household=0) for k in range(24)]
    Twin(traced(life(*cares), life(*cares, scenario="strengths"))).write(tmp_path / "carer")
    Twin(traced(life(*home), life(*home, scenario="strengths"))).write(tmp_path / "home")
    shown = [(tmp_path / name / "twin.png").read_bytes() for name in ("carer", "home")]
    assert shown[0] != shown[1]

from __future__ import annotations

import json
from pathlib import Path

import pytest

from demandsim.experiment.errors import InputError
from demandsim.report.statements import GOT_OUT, PUT_IN, Statement
from tests.report.lives import life, month, traced

WEEKS = 365.25 / 12 / 7
HOUR = 25 * 106.1 / 93.629
"""An hour of unpaid care: pounds of 2021 in prices of 2023/24."""


def person() -> Statement:
    """Gives 10 hours of care a week in the first year, has home care and a stay in the second, then dies."""
    first = [month(k, care_given=10.0, volunteer=k < 5) for k in range(12)]
    costs = {("home_care", "citizen"): 40.0, ("home_care", "council"): 160.0, ("acute", "nhs"): 1000.0}
    second = [month(k, kin_hours=2.0, costs=costs) for k in range(12, 18)]
    return Statement(traced(life(*first, *second, end="died", end_month=18)))


def test_contributions_and_benefits_by_hand():
    found = person()
    table = found.table.set_index(["year", "side", "item"])
    assert found.year == 2025
    care = table.loc[(2024, PUT_IN, "Unpaid care given")]
    assert care["hours"] == pytest.approx(120 * WEEKS, abs=0.01)
    assert care["pounds"] == pytest.approx(120 * WEEKS * HOUR, abs=0.01)
    assert table.loc[(2025, PUT_IN, "Paid for: Home care"), "pounds"] == 240.0
    assert table.loc[(2025, GOT_OUT, "Home care (council)"), "pounds"] == 960.0
    assert table.loc[(2025, GOT_OUT, "Hospital, emergency stays (NHS)"), "pounds"] == 6000.0
    assert table.loc[(2025, GOT_OUT, "Help from kin"), "hours"] == pytest.approx(12 * WEEKS, abs=0.01)
    assert found.volunteering() == 5
    assert found.volunteering(2025) == 0


def test_hours_that_a_break_replaces_are_given_by_nobody_of_the_family():
    relieved = month(0, care_given=20.0, help_given=4.0, carer_break=0.25, kin_hours=10.0, relieved_hours=3.0)
    items = Statement(traced(life(relieved))).table.set_index("item")["hours"]
    assert items["Unpaid care given"] == pytest.approx(12 * WEEKS, abs=0.01)
    assert items["Help to friends and neighbours"] == pytest.approx(3 * WEEKS, abs=0.01)
    assert items["Help from kin"] == pytest.approx(7 * WEEKS, abs=0.01)


def test_help_to_friends_is_counted_once():
    """Care given holds it."""
    items = Statement(traced(life(month(0, care_given=20.0, help_given=4.0)))).table.set_index("item")
    assert items.loc["Unpaid care given", "hours"] == pytest.approx(16 * WEEKS, abs=0.01)
    assert items.loc["Help to friends and neighbours", "hours"] == pytest.approx(4 * WEEKS, abs=0.01)


def test_the_text_shows_the_year_and_the_life_to_date():
    text = str(person())
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    care = next(line for line in lines if line.startswith("Unpaid care given"))
    assert care.split() == ["Unpaid", "care", "given", "0", "522", f"{120 * WEEKS * HOUR:,.0f}"]
    assert next(line for line in lines if line.startswith("Home care (council)")).split()[-2:] == ["960", "960"]
    assert "died in Oct 2025: the account ends there." in " ".join(text.split())
    assert "The run begins in April 2024" in text
    assert "Not counted, since" in text


def test_taxes_are_those_of_mean_earnings_less_work_given_up():
    half = {("lost_earnings", "family"): 300.0, ("lost_earnings", "central"): 100.0}
    found = Statement(traced(life(month(0, working=True), month(1, working=True, work_lost=50, costs=half))))
    numbers = found.traced.plan.scenarios[0].numbers
    items = found.table.set_index("item")["pounds"]
    full = numbers["work.week_earnings"] * numbers["work.tax_share"] * WEEKS
    assert items["Taxes on earnings (average)"] == pytest.approx(1.5 * full, abs=0.01)
    assert items["Earnings given up to care"] == 300.0
    assert not any("lost earnings" in item for item in items.index)


def test_an_earlier_year_ends_there():
    found = Statement(person().traced, 2024)
    assert set(found.table["year"]) == {2024}
    assert "ends there" not in str(found)


def test_a_year_that_is_not_known_is_refused():
    with pytest.raises(InputError, match="known: 2024 to 2025"):
        Statement(person().traced, 2031)


def test_a_service_and_a_payer_that_have_no_words_stand_by_their_names():
    costs = {("falls_clinic", "investor"): 12.0}
    text = str(Statement(traced(life(*(month(k, costs=costs) for k in range(12))))))
    assert "falls clinic (investor)" in text


def test_files_are_written(tmp_path: Path):
    found = person()
    found.write(tmp_path / "s")
    assert {path.name for path in (tmp_path / "s").iterdir()} == {"statement.txt", "statement.csv", "statement.json"}
    content = json.loads((tmp_path / "s" / "statement.json").read_text(encoding="utf-8"))
    assert content["lines"] == found.records
    assert content["ends"] == "died"
    assert content["volunteering_months"] == {"year": 0, "to_date": 5}

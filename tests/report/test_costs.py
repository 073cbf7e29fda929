"""Cost by payer: hand-made rows, prices, and what is shown."""

from __future__ import annotations

import pandas as pd
import pytest

from demandsim.experiment.comparison import Estimate, Results
from demandsim.measures.costs import price_level
from demandsim.measures.register import MEASURES
from demandsim.report.bridge import _SERVICES, BESIDE_TWO, _service_title, bars, bridge, service_bridge, service_label
from demandsim.report.brief_tables import options_table
from demandsim.report.canvas import PAGE_INCHES, panels
from demandsim.report.costs import COLUMNS, cost_records, cost_text
from demandsim.report.pairs import pairs
from tests.experiment.fake import fake_plan, invented_rows, two_by_two_plan

COSTS = {
    "deficit": {
        "council+home_care": 100.0,
        "nhs+acute": 50.0,
        "family+unpaid_care": 200.0,
        "family+lost_earnings": 9.0,
    },
    "strengths": {
        "council+home_care": 80.0,
        "council+carers": 30.0,
        "nhs+acute": 50.0,
        "family+unpaid_care": 220.0,
        "family+lost_earnings": 8.0,
    },
}


@pytest.fixture
def results() -> Results:
    """Two years, two equal runs: every year costs the same."""
    plan = fake_plan(years=2, replicates=2)
    rows = []
    for run, scenario in zip(plan.runs, plan.scenarios, strict=True):
        for replicate in (1, 2):
            for year in (2024, 2025):

                def add(measure: str, by: str, group: str, value: float) -> None:
                    key = (run, scenario.name, replicate, year)  # noqa: B023
                    rows.append((*key, measure, by, group, value, MEASURES[measure].unit))

                for group, pounds in COSTS[scenario.name].items():
                    add("cost", "payer+service", group, pounds)
                for number, by in enumerate(("payer", "service")):
                    sums: dict[str, float] = {}
                    for group, pounds in COSTS[scenario.name].items():
                        level = group.split("+")[number]
                        sums[level] = sums.get(level, 0.0) + pounds
                    for level, pounds in sums.items():
                        add("cost", by, level, pounds)
                add("population", "all", "all", 10.0)
                add("long_term_clients", "all", "all", 2.0)
                add("carer_hours", "all", "all", 1.0)
    columns = ["run", "scenario", "replicate", "year", "measure", "by", "group", "value", "unit"]
    return Results(plan, pd.DataFrame(rows, columns=columns))


def test_payers_by_hand(results: Results) -> None:
    found = {(r["scenario"], r["payer"], r["prices"]): r for r in cost_records(results)}
    council = found["strengths", "council", "real"]
    assert (council["value"], council["difference"]) == (220.0, 20.0)
    assert (council["per_resident_year"], council["per_person_supported_year"]) == (11.0, 55.0)
    assert found["strengths", "family_pay", "real"]["value"] == pytest.approx(16.0)
    assert found["strengths", "family_hours_replacement", "real"]["difference"] == pytest.approx(40.0)
    assert found["deficit", "family_hours_opportunity", "real"]["value"] == pytest.approx(2 * 365.25 / 7 * 10.42)
    assert found["deficit", "nhs", "discounted"]["value"] == pytest.approx(50 + 50 / 1.035)
    nominal = 50 * (price_level(2024) + price_level(2025))
    assert found["deficit", "nhs", "nominal"]["value"] == pytest.approx(nominal)
    assert nominal > 100
    assert all(tuple(record) == COLUMNS for record in found.values())
    assert found["deficit", "nhs", "real"]["difference"] is None


def test_services_by_hand_and_the_bridge_holds_together(results: Results) -> None:
    chosen = pairs(results)
    (found,) = bars(results, chosen, "service")
    assert [(label, e.value) for label, e in found] == [
        ("Support for carers", 60.0),
        ("Home care", -40.0),
        ("Unpaid care, its worth", 40.0),
        ("Carers’ lost earnings", -2.0),
        ("Emergency stays", 0.0),
    ]
    (picture,) = service_bridge(results, chosen)
    assert picture.rows[-1][1] == "Together"
    assert picture.rows[-1][2] == pytest.approx(sum(float(row[2]) for row in picture.rows[:-1]))
    assert picture.rows[-1][2] == pytest.approx(bridge(results, chosen).rows[-1][2])


def test_a_clear_change_is_the_largest_only_where_it_is() -> None:
    small, large = Estimate(0.4e6, 0.1e6, 3), Estimate(1.3e6, 2e6, 3)
    assert _service_title([[("Home care", large), ("Double running", small)]]) == (
        "Double running: £0.4m more, the largest clear change"
    )
    assert _service_title([[("Double running", small)]]) == "Double running: £0.4m more, the largest change"


def test_a_title_about_one_of_two_budgets_names_it() -> None:
    clear, unclear = [("Home care", Estimate(0.4e6, 0.1e6, 3))], [("Home care", Estimate(0.4e6, 2e6, 3))]
    assert _service_title([unclear, clear]) == "Home care: £0.4m more after the cut, the largest change"
    assert _service_title([clear, unclear]) == "No service’s cost clearly differs after the cut"
    assert _service_title([unclear, unclear]) == "No service’s cost clearly differs"


def test_bridge_of_a_small_council_is_told_in_hundredths() -> None:
    plan = two_by_two_plan(years=2, scale=1.0, replicates=5)
    frame = invented_rows(plan)
    frame.loc[frame.unit == "GBP", "value"] /= 50
    results = Results(plan, frame)
    picture = bridge(results, pairs(results))
    council = [f"{float(row[2]):+.2f}".replace("-", "−") for row in picture.rows if row[1] == "Council"]
    assert all(f"Council {amount}" in picture.alt for amount in council), picture.alt


def test_names_of_services_fit_beside_their_bars() -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure, _ = panels(2, "", "", ["", ""], height=2.0, left=BESIDE_TWO, beside=0.02)
    renderer = FigureCanvasAgg(figure).get_renderer()
    for name in _SERVICES:
        words = figure.text(0, 0, service_label(name), fontsize=10, fontfamily="DejaVu Sans")
        assert words.get_window_extent(renderer).width / figure.dpi < BESIDE_TWO * PAGE_INCHES - 0.1


def test_where_no_service_is_known_there_is_no_picture() -> None:
    plan = fake_plan()
    results = Results(plan, invented_rows(plan))
    assert service_bridge(results, pairs(results)) == []


def test_the_text_fits(results: Results) -> None:
    text = cost_text(results, "strengths", "deficit")
    assert max(map(len, text)) <= 80
    assert "Council" in "\n".join(text)


def with_own_money(rows: pd.DataFrame, **shares: float) -> pd.DataFrame:
    """Invented rows with citizens' money by source: so much of it each."""
    paid = rows[(rows["measure"] == "cost") & (rows["group"] == "citizen")]
    parts = [
        paid.assign(measure="own_money", by="source", group=source, value=paid["value"] * share)
        for source, share in shares.items()
    ]
    return pd.concat([rows, *parts], ignore_index=True)


def test_citizens_charges_and_self_funding_stand_apart() -> None:
    plan = two_by_two_plan(years=2, replicates=2)
    rows = with_own_money(invented_rows(plan), charges=0.25, self_funding=0.7, giving=0.05)
    held = Results(plan, rows)
    found = {(r["scenario"], r["payer"], r["prices"]): r["value"] for r in cost_records(held)}
    for prices in ("real", "nominal", "discounted"):
        whole = found["strengths", "citizen", prices]
        parts = [found["strengths", f"citizen_{part}", prices] for part in ("charges", "self_funding", "other")]
        assert parts == pytest.approx([0.25 * whole, 0.7 * whole, 0.05 * whole])
    text = "\n".join(cost_text(held, "strengths", "deficit"))
    assert "… of it council charges" in text
    assert "… of it self-funded care" in text
    table = options_table(held, pairs(held))
    heads = [head for group in table.groups for head, _ in group.rows]
    at = heads.index("Citizens’ own money")
    assert heads[at + 1 : at + 3] == ["… of it council charges", "… of it self-funded care"]


def test_older_results_show_citizens_money_in_one_line() -> None:
    plan = fake_plan(years=2)
    held = Results(plan, invented_rows(plan))
    assert "citizen" in {r["payer"] for r in cost_records(held)}
    assert not [r for r in cost_records(held) if str(r["payer"]).startswith("citizen_")]
    heads = [head for group in options_table(held, pairs(held)).groups for head, _ in group.rows]
    assert "Citizens’ own money" in heads
    assert not any(head.startswith("… of it") for head in heads)

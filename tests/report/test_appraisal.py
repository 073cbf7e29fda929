"""Appraisal of results: the example of the docs through the code, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from demandsim.experiment.comparison import BOTH, CHANCE, Results, spread
from demandsim.experiment.errors import InputError
from demandsim.measures.register import MEASURES
from demandsim.report.answer import WIDTH
from demandsim.report.appraisal import Appraisal, appraisal_records
from demandsim.report.brief_value import value_picture
from demandsim.report.files import write_appraisal
from demandsim.report.pairs import pairs
from tests.experiment.fake import fake_plan, invented_rows, two_by_two_plan, with_draws, with_value

DOC = (Path(__file__).parents[2] / "docs" / "appraisal.md").read_text(encoding="utf-8")
YEARS = (2024, 2025, 2026)
EXAMPLE = {
    ("cost", "payer", "council"): (100_000, 50_000, 0),
    ("cost", "payer+service", "council+home_care"): (100_000, 50_000, 0),
    ("cost", "payer", "nhs"): (0, -20_000, -20_000),
    ("cost", "payer+service", "nhs+acute"): (0, -20_000, -20_000),
    ("cost", "payer", "citizen"): (5_000, 5_000, 5_000),
    ("qaly", "all", "all"): (1, 2, 2),
    ("wellbeing_years", "all", "all"): (6, 12, 12),
    ("unmet_need_people", "all", "all"): (-1, -2, -3),
    ("cost", "payer", "family"): (2_000, 0, 0),
    ("cost", "payer+service", "family+unpaid_care"): (1_500, 0, 0),
    ("cost", "payer+service", "council+debt"): (0, 0, 0),
}


def results(without: tuple[tuple[str, str, str], ...] = (), changed: dict | None = None, base: float = 1e6) -> Results:
    """Two scenarios, one run each: the second differs from the first by the example."""
    plan = fake_plan(replicates=1)
    rows = []
    for number, (run, scenario) in enumerate(zip(plan.runs, plan.scenarios, strict=True)):
        for (measure, by, group), values in ({**EXAMPLE, **(changed or {})}).items():
            if (measure, by, group) in without:
                continue
            for year, value in zip(YEARS, values, strict=True):
                key = (run, scenario.name, plan.seed, year, measure, by, group)
                rows.append((*key, base + number * value, MEASURES[measure].unit))
    columns = ["run", "scenario", "replicate", "year", "measure", "by", "group", "value", "unit"]
    return Results(plan, pd.DataFrame(rows, columns=columns))


NO_FAMILY = (("cost", "payer", "family"), ("cost", "payer+service", "family+unpaid_care"))


def test_the_example_of_the_docs() -> None:
    appraisal = Appraisal(results(NO_FAMILY))
    (option,) = appraisal.options
    found = {
        "factor": 1 / 1.035,
        "unit": appraisal.unit_value,
        "optimism": option.optimism,
        "public": float(option.public[0]),
        "citizens": float(option.private["citizen"][0]),
        "worth": float(option.benefit[0]),
        "net": float(option.net[0]),
        "per unit": option.per_unit.pounds,
    }
    for name in ("unit", "optimism", "public", "citizens", "worth", "net", "per unit"):
        assert f"{found[name]:,.0f}" in DOC, name
    assert float(option.effect[0]) == pytest.approx(4.9118, abs=5e-5)
    assert option.ratio == pytest.approx(2.97, abs=0.005)
    assert option.switching["benefit"] == pytest.approx(0.36, abs=0.005)
    assert found["net"] == pytest.approx(246_780, abs=1)


def test_families_are_valued_one_way_or_the_other() -> None:
    (option,) = Appraisal(results()).options
    assert option.private["family_hours"].tolist() == [1_500]
    assert option.private["family_pay"].tolist() == [500]
    more = {("carer_hours", "all", "all"): (10, 0, 0)}
    (other,) = Appraisal(results(changed=more), hours="opportunity").options
    assert "family_pay" not in other.private
    assert other.private["family_hours"][0] == pytest.approx(10 * 365.25 / 7 * 10.42)


def test_debt_paid_back_is_not_counted_twice() -> None:
    repaid = {
        ("cost", "payer", "council"): (100_000, 57_000, 0),
        ("cost", "payer+service", "council+debt"): (0, 7_000, 0),
    }
    plain, indebted = (Appraisal(results(changed=c)).options[0] for c in ({}, repaid))
    assert plain.public.tolist() == indebted.public.tolist()


def test_the_period_may_be_shorter_and_not_longer_than_the_run() -> None:
    (option,) = Appraisal(results(NO_FAMILY), years=1).options
    assert float(option.effect[0]) == 1.0
    for years in (0, 4):
        with pytest.raises(InputError, match="the run has 3 years, 2024 to 2026"):
            Appraisal(results(), years=years)


def test_never_both_ways_of_valuing() -> None:
    with pytest.raises(InputError, match="count twice"):
        Appraisal(results(), value=["qaly", "wellbeing"])
    with pytest.raises(InputError, match="not known"):
        Appraisal(results(), value="both")
    with pytest.raises(InputError, match="not known"):
        Appraisal(results(), hours="gold")
    (option,) = Appraisal(results(), value="wellbeing").options
    assert float(option.benefit[0] / option.effect[0]) == pytest.approx(13_000 * 106.1 / 89.527)


def test_results_without_what_is_valued_are_refused() -> None:
    with pytest.raises(InputError, match="hold no QALYs"):
        Appraisal(results((("qaly", "all", "all"),)))


def test_swapping_the_scenarios_turns_the_sign_but_for_optimism() -> None:
    there = Appraisal(results()).options[0]
    frame = results().measures
    swapped = Results(fake_plan(replicates=1, scenarios=tuple(reversed(fake_plan().scenarios))), frame)
    back = Appraisal(swapped).options[0]
    assert there.net + there.optimism == pytest.approx(-(back.net + back.optimism))


def test_the_text_fits_and_leads_with_objectives() -> None:
    plan = fake_plan(years=3, replicates=3)
    frame = invented_rows(plan)
    more = frame[frame.measure == "wellbeing"].assign(measure="qaly", unit="QALYs")
    text = str(Appraisal(Results(plan, pd.concat([frame, more], ignore_index=True))))
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    order = [text.index(part) for part in ("Objectives", "Net present social value", "Benefit–cost ratio")]
    assert order == sorted(order)


def test_a_ratio_of_what_may_be_chance_is_called_unclear() -> None:
    (line,) = (line for line in str(Appraisal(results())).splitlines() if line.startswith("Public cost of one more"))
    assert line.endswith("unclear")  # one run tells nothing clearly


def test_switching_values_say_how_much_money_they_are() -> None:
    """A factor alone – "public money 0.0" – is nothing that a finance director can hold against a budget."""
    appraisal = Appraisal(results(NO_FAMILY, base=2e7))
    text = " ".join(str(appraisal).split())
    assert "worth of the QALYs 0.4 (£0.1m, not £0.4m)" in text  # 0.36 of 386,425
    thin = {("cost", "payer", "council"): (4e6, 4e6, 4e6), ("cost", "payer+service", "council+home_care"): (4e6,) * 3}
    text = " ".join(str(Appraisal(results(NO_FAMILY, changed=thin, base=2e7))).split())
    assert "public money 0.03 (£0.4m, not £12.7m)" in text


def test_a_small_council_is_appraised_in_hundredths() -> None:
    """Of a council that spends one million a year, tenths of a million hide every part."""
    small, large = (str(Appraisal(results(NO_FAMILY, base=base))).splitlines() for base in (1e6, 2e7))

    def row(text: list[str], start: str) -> list[str]:
        return next(line for line in text if line.startswith(start)).removeprefix(start).split()

    for start, fine, rough in (
        ("QALYs, discounted", "+4.9", "+5"),
        ("Worth of the QALYs", "+0.39", "+0.4"),
        ("Public money (optimism included)", "−0.13", "−0.1"),
        ("Net present social value", "+0.25", "+0.2"),
    ):
        assert (row(small, start)[0], row(large, start)[0]) == (fine, rough)
    assert row(small, "Council") == ["3.00", "3.15", "+0.15?", "+0.15"]
    assert row(large, "Council") == ["60.0", "60.1", "+0.1?", "+0.1"]
    assert "(strengths £0.01m)" in " ".join(small)


def test_records_are_plain_and_start_with_an_objective() -> None:
    records = appraisal_records(Appraisal(results()))
    assert records[0]["row"] == "objective:unmet_need_people"
    assert {record["row"] for record in records} >= {"net_present_social_value", "acceptable_at:70000"}


def with_value_and_draws(count: int = 8) -> Results:
    held = with_draws(two_by_two_plan(replicates=4), count)
    return Results(held.plan, with_value(held.measures))


def test_draws_of_parameters_reach_the_appraisal() -> None:
    held = with_value_and_draws()
    (option, *_) = Appraisal(held).options
    assert option.drawn is not None
    assert option.net.shape == (4,)
    assert option.drawn.net.shape == (8,)
    by_hand = [
        sum(
            1.015**-k * (held.values(name, "qaly", year, drawn=True)[3]) * sign
            for k, year in enumerate(held.years)
            for name, sign in (("strengths", 1), ("deficit", -1))
        )
    ]
    assert float(option.drawn.effect[3]) == pytest.approx(by_hand[0])
    found = option.spreads["net"]
    assert found == spread(option.net, option.drawn.net, held.beside)
    assert found.both.half == pytest.approx((found.chance.half**2 + found.parameters**2) ** 0.5)
    assert not Appraisal(results()).options[0].spreads


def test_chance_and_parameters_are_told_apart() -> None:
    appraisal = Appraisal(with_value_and_draws())
    net = [
        r
        for r in appraisal_records(appraisal)
        if (r["scenario"], r["row"]) == ("strengths", "net_present_social_value")
    ]
    assert [r["interval"] for r in net] == [CHANCE, BOTH]
    assert [r["value"] for r in net] == [net[0]["value"]] * 2
    assert float(str(net[1]["high"])) >= float(str(net[0]["high"]))
    text = str(appraisal)
    assert max(len(line) for line in text.splitlines()) <= WIDTH
    assert "± not known" in text
    assert "public, drawn" in text
    assert "--ranges 20" in str(Appraisal(results()))  # without draws it says how to get them


def test_the_curve_counts_runs_in_which_the_worth_exceeds_the_cost() -> None:
    plan = two_by_two_plan(replicates=4)
    appraisal = Appraisal(Results(plan, with_value(invented_rows(plan))))
    option = appraisal.options[0]
    for whole in (False, True):
        costs = option.public + (sum(option.private.values()) if whole else 0)
        for threshold in (0, 70_000):
            expected = sum(threshold * e > c for e, c in zip(option.effect, costs, strict=True)) / 4
            assert appraisal.acceptable(option, (threshold,), whole=whole).tolist() == [expected]
    # Where everything is counted and a QALY is worth what it is, the curve is the share of runs with a net gain.
    at = appraisal.acceptable(option, (appraisal.unit_value,), whole=True)
    assert at.tolist() == [(option.net > 0).mean()]


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        (1e6, 1e6, "Strengths is worth its cost in most runs"),
        (1e6, -1e6, "After the cut: not worth its cost in most runs"),
        (-1e6, 1e6, "After the cut: worth its cost in most runs"),
        (-1e6, -1e6, "Strengths is not worth its cost in most runs"),
    ],
)
def test_the_title_of_the_curve_names_the_budget_where_they_differ(before: float, after: float, title: str) -> None:
    plan = two_by_two_plan(replicates=4)
    frame = with_value(invented_rows(plan))
    more = frame.scenario.map({"strengths": before, "strengths_cut30": after}).fillna(0.0)
    frame.loc[frame.measure == "qaly", "value"] = 1e7 + more
    results = Results(plan, frame)
    (picture,) = value_picture(results, pairs(results))
    assert picture.title == title


def test_the_curve_is_a_picture_with_its_words_and_numbers() -> None:
    held = with_value_and_draws()
    appraisal = Appraisal(held)
    picture, again = appraisal.plot(), Appraisal(held).plot()
    assert (picture.svg, picture.png) == (again.svg, again.png)
    assert len(picture.title.split()) <= 10
    assert "strengths with the 30 % cut" in picture.alt
    kinds = {(row[1], row[2], row[3]) for row in picture.rows}
    assert kinds == {
        (option.scenario, "public", counted) for option in appraisal.options for counted in ("replicates", "draws")
    }
    (beside,) = value_picture(held, pairs(held))
    assert {row[0] for row in beside.rows} == {pair.budget for pair in pairs(held)}
    assert {row[2] for row in beside.rows} == {"public", "all"}
    assert all(0 <= float(row[5]) <= 100 for row in beside.rows)


def test_an_appraisal_is_written_and_never_over_something_else(tmp_path: Path) -> None:
    held = with_value_and_draws()
    written = write_appraisal(tmp_path / "new", Appraisal(held))
    assert {path.suffix for path in written} == {".txt", ".csv", ".png", ".svg"}
    before = {path: path.read_bytes() for path in written}
    assert write_appraisal(tmp_path / "new", Appraisal(held)) == written  # the same once more
    with pytest.raises(InputError, match="nothing was overwritten"):
        write_appraisal(tmp_path / "new", Appraisal(held, years=1))
    assert {path: path.read_bytes() for path in written} == before
    assert sorted(tmp_path.rglob("*")) == sorted([tmp_path / "new", *written])


def test_a_notebook_shows_the_appraisal_and_its_rows() -> None:
    appraisal = Appraisal(results())
    assert appraisal._repr_html_().startswith("<pre>Appraisal")
    assert appraisal.to_frame()["row"].iloc[0] == "objective:unmet_need_people"
    hour = next(told for told in appraisal.values() if told["key"] == "carers.replacement_cost_hour")
    assert hour["in_2023_24_prices"] == pytest.approx(25 * 106.1 / 93.629)
    assert hour["price_year"] == 2021

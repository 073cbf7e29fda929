"""The numbers and words of the main page, from results that are known."""

from __future__ import annotations

import io
from dataclasses import replace

import pandas as pd
import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.store import sort_rows
from demandsim.measures.register import MEASURES
from demandsim.workshop.choices import BASELINE, CHOSEN, Choices
from demandsim.workshop.runs import sample_plan
from demandsim.workshop.series import CHARTS, picture
from demandsim.workshop.takeaway import numbers_of
from demandsim.workshop.words import headline

PLAN = sample_plan(Choices(years=2).with_values(cut=30), 3)
LONGER = sample_plan(Choices(years=5).with_values(cut=30), 3)


def course(changes: dict[str, list[float]]) -> Results:
    """Results of five years in which today is 100 of everything and the plan has so much more, by year."""
    parts = []
    for place, year in enumerate(range(2024, 2029)):
        of_year = {measure: [more[place] + step for step in (-0.1, 0, 0.1)] for measure, more in changes.items()}
        rows = results(of_year).measures
        parts.append(rows[rows["year"] == 2024].assign(year=year))
    names = dict(zip((scenario.name for scenario in LONGER.scenarios), LONGER.runs, strict=True))
    frame = pd.concat(parts, ignore_index=True)
    return Results(LONGER, sort_rows(frame.assign(run=frame["scenario"].map(names))))


def results(changes: dict[str, list[float]], replicates: int = 3) -> Results:
    """Results in which today is 100 of everything and the plan has so much more, by replicate, each year."""
    rows = []
    names = [scenario.name for scenario in PLAN.scenarios]
    measures = {row.measure for row in CHARTS} | {"emergency_admissions_65plus", "care_home_admissions", "section_114"}
    for number in range(replicates):
        for place, (name, run) in enumerate(zip(names, PLAN.runs, strict=True)):
            for year in (2024, 2025):
                for measure in sorted(measures):
                    unit = 1e6 if measure == "council_balance" else 1.0
                    base = 0.0 if measure == "section_114" else 100.0
                    more = changes.get(measure, [0.0] * replicates)[number] * place
                    value = (base + more) * unit
                    rows.append((run, name, number + 1, year, measure, "all", "all", value, MEASURES[measure].unit))
                rows.append((run, name, number + 1, year, "cost", "payer", "council", 1e8, "GBP"))
    columns = ["run", "scenario", "replicate", "year", "measure", "by", "group", "value", "unit"]
    return Results(PLAN, pd.DataFrame(rows, columns=columns))


def test_one_run_is_told_as_one_run():
    (told,) = headline(results({"unmet_need_people": [40.0], "carer_strain": [-0.4]}, 1))
    assert told == (
        "First look, one run: in 2025 there are 40 more people without the help they need, neither more nor fewer "
        "carers close to breaking and neither more nor fewer visits to A&E than with today carried on. "
        "Its range follows."
    )


def test_one_run_without_any_change_says_so_once():
    (told,) = headline(results({}, 1))
    assert told == (
        "First look, one run: in 2025 there is no change against today carried on in people without the help they "
        "need, carers close to breaking or visits to A&E. Its range follows."
    )


@pytest.mark.parametrize(("scale", "who"), [(1.0, "Everybody"), (0.4, "A large share of the people")])
def test_the_only_run_of_a_full_place_says_of_whom_it_is_and_promises_no_range(scale, who):
    held = results({"unmet_need_people": [40.0]}, 1)
    (told,) = headline(Results(replace(PLAN, replicates=1, scale=scale), held.measures))
    assert told.startswith(f"{who}, one run: in 2025 there are 40 more people")
    assert told.endswith("today carried on. It has no range from chance.")


def test_what_can_still_change_is_said_until_all_runs_are_in():
    """Three runs of twelve may show nothing clear, or a difference that the rest does not bear out."""
    of_two, whole = (headline(results({"unmet_need_people": [-40, 0, 41]}, number)) for number in (2, 3))
    assert of_two[-1] == "So far 2 of 3 runs: this can still change."
    assert not any(sentence.startswith("So far") for sentence in whole)


def test_what_is_clear_is_told_with_its_range_and_the_money_never_left_out():
    told = headline(results({"unmet_need_people": [-40, -41, -42], "council_balance": [-5, -6, -7]}))
    assert "41 fewer people without the help they need (39 to 43)" in told[0]
    assert told[1] == "From 2024 to 2025 the council’s balance is £12.0m worse than with today carried on."


def test_nothing_clear_is_told_as_nothing_clear():
    told = headline(results({"unmet_need_people": [-40, 0, 41]}))
    assert "no clear difference" in told[0]
    assert told[1] == "From 2024 to 2025 the council’s balance does not clearly change."


def test_better_outcomes_bought_by_overspending_are_named():
    told = headline(results({"unmet_need_people": [-40, -41, -42], "council_balance": [-500, -501, -502]}))
    assert any(sentence.startswith("Mind the money") for sentence in told)


def test_money_overspent_for_nothing_better_is_not_said_to_buy_anything():
    """Fewer moves into care homes are no gain that the page shows."""
    worse = {"unmet_need_people": [40, 41, 42], "care_home_admissions": [-9, -10, -11]}
    told = headline(results({**worse, "council_balance": [-500, -501, -502]}))
    assert not any("better outcomes" in sentence for sentence in told)
    assert told[1] == "From 2024 to 2025 the council’s balance is £1,002.0m worse than with today carried on."


def test_each_year_has_its_own_answer():
    """What is worse at first and better later is told as that, in the year that is shown."""
    held = course({"unmet_need_people": [40, 40, 40, 0, -40], "council_balance": [-1, -2, -3, 0, 0]})
    at_first = headline(held, 2025)
    assert at_first[0] == (
        "After 2 years, this plan rather than today carried on means in 2025: 40 more people without the help they "
        "need."
    )
    assert at_first[1] == "From 2024 to 2025 the council’s balance is £3.0m worse than with today carried on."
    assert headline(held, 2024)[1].startswith("In 2024 the council’s balance is £1.0m worse")
    assert "means in 2028: 40 fewer people" in headline(held)[0]
    assert headline(held) == headline(held, 2028)


def test_the_last_years_answer_says_where_earlier_years_differ():
    held = course({"unmet_need_people": [0, 30, 40, 0, -40], "carer_strain": [-50, -60, 0, 0, 0]})
    assert headline(held)[1] == (
        "It is not so in every year: on the way there are up to 40 more people without the help they need "
        "(2025 to 2026) and up to 60 fewer carers close to breaking (2024 to 2025)."
    )


@pytest.mark.parametrize("more", [[0, 40, 0, 0, 0], [40, 40, 40, 40, 40], [40, -40, 40, -40, 0]])
def test_a_single_odd_year_or_one_like_the_last_is_not_made_much_of(more: list[float]):
    assert not any("not so in every year" in said for said in headline(course({"unmet_need_people": more})))


def test_today_carried_on_is_told_in_numbers():
    alone = replace(PLAN, scenarios=PLAN.scenarios[:1])
    rows = results({}).measures
    told = headline(Results(alone, rows[rows["scenario"] == PLAN.scenarios[0].name]))
    assert told[0] == (
        "If today is carried on, in 2025 there are 100 people without the help they need (100 in 2024) "
        "and 100 carers close to breaking (100 in 2024)."
    )
    assert told[1] == "Move a lever or choose a plan to see what changes."


def test_today_carried_on_says_too_how_many_runs_are_in():
    alone = replace(PLAN, scenarios=PLAN.scenarios[:1])
    rows = results({}, 1).measures
    told = headline(Results(alone, rows[rows["scenario"] == PLAN.scenarios[0].name]))
    assert told[-1] == "So far 1 of 3 runs: this can still change."


def test_fifths_are_told_as_shares_of_those_in_need():
    """A fifth where more people live would otherwise look worse off for that alone."""
    before, after = (frame_of_fifths(name, unmet) for name, unmet in ((BASELINE, 20.0), (CHOSEN, 30.0)))
    held = results({})
    drawn = picture(Results(PLAN, pd.concat([held.measures, before, after], ignore_index=True)))
    most, *_, least = drawn["fifths"]
    assert (most["today"], most["plan"]) == (10.0, 15.0)  # of 200 in need
    assert most["change"]["value"] == [5.0]
    assert least["today"] is None  # nobody in need lives there


def frame_of_fifths(name: str, unmet: float) -> pd.DataFrame:
    """Rows of the most deprived fifth: 200 people in need, so many of them without help."""
    run = dict(zip([scenario.name for scenario in PLAN.scenarios], PLAN.runs, strict=True))[name]
    rows = [
        (run, name, number, year, measure, "quintile", "1", value, MEASURES[measure].unit)
        for number in (1, 2, 3)
        for year in (2024, 2025)
        for measure, value in (("need_people", 200.0), ("unmet_need_people", unmet))
    ]
    columns = ["run", "scenario", "replicate", "year", "measure", "by", "group", "value", "unit"]
    return pd.DataFrame(rows, columns=columns)


def test_a_picture_holds_means_ranges_and_paired_changes_in_shown_units():
    drawn = picture(results({"council_balance": [-1, -2, -3]}))
    balance = next(chart for chart in drawn["charts"] if chart["key"] == "council_balance")
    assert balance["today"]["value"] == [100.0, 100.0]
    assert balance["plan"]["value"] == [98.0, 98.0]
    half = 4.302653 / 3**0.5  # t of 2 degrees of freedom, standard deviation 1
    assert balance["change"]["low"][0] == pytest.approx(-2 - half, abs=1e-5)
    assert drawn["runs"] == 3
    assert drawn["years"] == [2024, 2025]


def test_money_of_a_small_council_is_drawn_in_hundredths():
    held = results({"council_balance": [-1, -2, -3]})
    small = held.measures.assign(value=held.measures["value"].where(held.measures["measure"] != "cost", 1e6))
    for found, decimals in ((held, 1), (Results(PLAN, small), 2)):
        assert [picture(found)["money"], _balance_decimals(found)] == [decimals, decimals]


def _balance_decimals(held: Results) -> int:
    return int(next(chart["decimals"] for chart in picture(held)["charts"] if chart["key"] == "council_balance"))


def test_numbers_taken_away_say_which_years_place_and_plan_they_are_of():
    choices = Choices(years=2).with_values(cut=30)
    rows = pd.read_csv(io.BytesIO(numbers_of(results({"ae_visits": [1.0, 2.0, 3.0]}), choices.query)))
    assert set(rows["place"]) == {"Sunderland"}
    assert set(rows["address"]) == {f"?{choices.query}"}
    rows = rows[rows["scenario"].str.endswith("less today")].set_index("measure")
    visits = rows.loc["ae_visits"].set_index("year")["value"]
    assert visits.to_dict() == {"2024 to 2025": 4.0, "2024": 2.0, "2025": 2.0}  # 2 more in each of two years
    assert rows.loc["unmet_need_people", "year"].tolist() == ["2025", "2024"]


def test_numbers_taken_away_hold_every_number_of_the_charts_once():
    held = results({"ae_visits": [1.0, 2.0, 3.0], "carer_strain": [-1, -2, -4], "council_balance": [3, 1, 2]})
    rows = pd.read_csv(io.BytesIO(numbers_of(held, "")))
    assert not rows.duplicated(["scenario", "measure", "year", "by", "group"]).any()
    for chart in picture(held)["charts"]:
        unit = 1e6 if chart["key"] == "council_balance" else 1.0
        for which, name in (("today", BASELINE), ("plan", CHOSEN), ("change", f"{CHOSEN} less today")):
            line = rows[(rows["measure"] == chart["key"]) & (rows["scenario"] == name)].set_index("year")
            for part in ("value", "low", "high"):
                found = [line.loc[str(year), part] / unit for year in held.years]
                assert found == pytest.approx(chart[which][part], abs=1e-6)

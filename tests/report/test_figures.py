from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from demandsim.experiment.comparison import Results
from demandsim.report.canvas import number_ticks, spread_apart
from demandsim.report.figures import _PAYERS, BAR_GRID, Picture, _bars, drawn, pictures, short_title
from tests.experiment.fake import FakeScenario, fake_plan, invented_rows, two_by_two_plan


@pytest.fixture(scope="module")
def results() -> Results:
    plan = two_by_two_plan(years=10, scale=1.0, replicates=5)
    return Results(plan, invented_rows(plan))


@pytest.fixture(scope="module")
def shown(results: Results) -> list[Picture]:
    return pictures(results)


def test_what_is_drawn(shown: list[Picture]):
    names = [picture.name for picture in shown]
    assert names == ["unmet_need", "carer_strain", "council_balance", "cost_by_payer", "by_deprivation"]


def test_the_same_results_give_the_same_bytes(results: Results, shown: list[Picture]):
    again = pictures(results)
    assert [picture.svg for picture in again] == [picture.svg for picture in shown]
    assert [picture.png for picture in again] == [picture.png for picture in shown]


def test_titles_state_what_is_shown_in_ten_words(shown: list[Picture]):
    assert all(len(picture.title.split()) <= 10 for picture in shown)
    assert shown[0].title == "Under strengths, fewer people have unmet need by 2033"
    assert shown[2].title == "Over 10 years, 2 of 4 scenarios overspend"


def test_titles_turn_with_the_results(results: Results):
    names = {"deficit": "strengths", "strengths": "deficit"}
    names |= {f"{old}_cut30": f"{new}_cut30" for old, new in names.items()}
    turned = results.measures.assign(scenario=results.measures.scenario.map(names))
    assert pictures(Results(results.plan, turned))[0].title == "Under strengths, more people have unmet need by 2033"


@pytest.mark.parametrize(
    ("which", "years", "title"),
    [
        (("deficit_cut30", "strengths_cut30"), (2030, 2031), "After a cut, more people have unmet need, then fewer"),
        (("deficit", "strengths"), (2030, 2031), "Under strengths, more people have unmet need, then fewer"),
        (("deficit", "strengths"), (2031,), "Under strengths, fewer people have unmet need by 2033"),
    ],
)
def test_a_title_tells_what_was_the_other_way_before(
    results: Results, which: tuple[str, str], years: tuple[int, ...], title: str
):
    rows, (one, other) = results.measures, which
    swapped = rows.scenario.map({one: other, other: one})
    early = rows.year.isin(years) & rows.scenario.isin(which)
    changed = rows.assign(scenario=rows.scenario.where(~early, swapped))
    assert pictures(Results(results.plan, changed))[0].title == title


def test_pictures_are_told_in_words_too(results: Results, shown: list[Picture]):
    for picture in shown:
        root = ET.fromstring(picture.svg)
        assert root.get("role") == "img"
        texts = {child.tag.rpartition("}")[2]: child.text for child in root}
        assert texts["title"] == picture.title
        assert texts["desc"] == picture.alt
        assert "deficit" in picture.alt
    last = results.estimate("deficit", "unmet_need_people", 2033).value
    assert f"{last:,.0f} in 2033" in shown[0].alt


def test_no_figure_of_a_large_county_is_cut_off_at_the_edge(results: Results):
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    figure = Figure(figsize=(9.6, 6))
    grid = figure.add_gridspec(2, 2, **BAR_GRID)
    lines = drawn(results)
    axes = figure.add_subplot(grid[0, 1])
    longest = max((label for _, label in _PAYERS), key=len)
    _bars(axes, longest, ["2024", *(line.label for line in lines)], [10_680.2] * (len(lines) + 1), lines)
    FigureCanvasAgg(figure).draw()
    ends = [text.get_window_extent().x1 for text in axes.findobj(Text)]
    assert max(ends) < 0.98 * figure.bbox.x1


def test_payers_of_outcome_contracts_are_shown_where_there_are_any(results: Results, shown: list[Picture]):
    nhs = (results.measures.measure == "cost") & (results.measures.by == "payer") & (results.measures.group == "nhs")
    more = results.measures[nhs].assign(group="investor", value=-1e5)  # a gain, which leaves the axis no positive end
    with_investor = Results(results.plan, pd.concat([results.measures, more], ignore_index=True))
    names = [picture.name for picture in shown]
    assert "Investors" not in shown[names.index("cost_by_payer")].alt
    assert "Investors" in pictures(with_investor)[names.index("cost_by_payer")].alt


def test_a_name_cannot_act_in_a_picture():
    plan = fake_plan(scenarios=(FakeScenario("deficit"), FakeScenario("<script>&strengths")))
    for picture in pictures(Results(plan, invented_rows(plan))):
        assert b"<script" not in picture.svg
        ET.fromstring(picture.svg)


def test_colour_is_practice_and_dashes_are_the_cut(results: Results):
    lines = {line.scenario: line for line in drawn(results)}
    assert lines["deficit"].colour == lines["deficit_cut30"].colour == "#12436D"
    assert lines["strengths"].colour == "#F46A25"
    assert [lines[name].dashed for name in ("deficit", "deficit_cut30")] == [False, True]


def test_one_scenario_of_one_year_can_be_drawn():
    plan = fake_plan(scenarios=(FakeScenario("sustained"),), years=1, replicates=1)
    assert len(pictures(Results(plan, invented_rows(plan)))) == 5


def test_labels_do_not_cover_one_another():
    placed = sorted(spread_apart([1.0, 1.01, 1.02, 5.0], 0.5))
    assert all(b - a > 0.49 for a, b in pairwise(placed))
    assert spread_apart([1.0, 3.0], 0.5) == [1.0, 3.0]


def test_a_long_title_gives_way_to_a_shorter():
    assert short_title("one two three four five six seven eight nine ten eleven", "short") == "short"


def small_place(results: Results) -> Results:
    """The same results with a thousandth of the people and of the money."""
    frame = results.measures.copy()
    for unit in ("GBP", "people"):
        frame.loc[frame.unit == unit, "value"] = frame.loc[frame.unit == unit, "value"] / 1000
    return Results(results.plan, frame)


def test_money_of_a_small_council_is_drawn_finely_enough(results: Results):
    told = {picture.name: picture.alt for picture in pictures(small_place(results))}
    for name in ("council_balance", "cost_by_payer"):
        assert {len(decimals) for decimals in re.findall(r"\d\.(\d+)", told[name])} == {2}, told[name]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize(("low", "high"), [(131.0, 153.0), (40.0, 43.2), (-0.11, 0.06), (0.0, 1.2), (14e3, 16e3)])
def test_marks_of_an_axis_say_where_they_stand(low: float, high: float, whole: bool):
    figure = Figure(figsize=(9.6, 5.2))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.09, 0.12, 0.62, 0.70))
    axes.set_ylim(low, high)
    number_ticks(axes, whole=whole)
    figure.canvas.draw()
    said = [float(mark.get_text().replace("−", "-").replace(",", "")) for mark in axes.get_yticklabels()]
    assert said == pytest.approx(list(axes.get_yticks()), abs=1e-9)
    assert not whole or high - low < 2 or all(value == round(value) for value in said)

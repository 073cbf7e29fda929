"""What a brief tells of value and of gaps: against sums done here, and guarded where too few were simulated."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from demandsim.experiment.comparison import Results, estimate
from demandsim.report import acceptability, brief_figures
from demandsim.report.appraisal import Appraisal
from demandsim.report.brief import brief_html
from demandsim.report.brief_figures import brief_pictures
from demandsim.report.brief_tables import options_table
from demandsim.report.brief_value import appraisal_group, gap_table, value_notes, value_picture, values_sentence
from demandsim.report.evidence import graded
from demandsim.report.fifths import few_note
from demandsim.report.figures import pictures
from demandsim.report.pairs import pairs
from tests.experiment.fake import invented_rows, two_by_two_plan, with_draws, with_value

PLAN = two_by_two_plan(years=10, scale=1.0, replicates=5)


@pytest.fixture(scope="module")
def cut() -> Results:
    return Results(PLAN, with_value(invented_rows(PLAN)))


def with_people(people: dict[str, float]) -> Results:
    """The same results with so many residents in each deprivation fifth."""
    rows = with_value(invented_rows(PLAN))
    once = rows[(rows["measure"] == "wellbeing") & (rows["by"] == "all")]
    added = [once.assign(measure="population", by="quintile", group=g, value=v) for g, v in people.items()]
    return Results(PLAN, pd.concat([rows, *added], ignore_index=True))


def test_an_option_is_appraised_against_the_yardstick_of_its_own_budget(cut: Results) -> None:
    rows = dict(appraisal_group(cut, pairs(cut)).rows)
    for place, (ours, first) in ((1, ("strengths", "deficit")), (3, ("strengths_cut30", "deficit_cut30"))):
        gaps = [cut.values(ours, "qaly", year) - cut.values(first, "qaly", year) for year in cut.years]
        qalys = estimate(np.sum([gap / 1.015**number for number, gap in enumerate(gaps)], axis=0))
        assert rows["QALYs gained or lost"][place] == f"+{qalys.value:,.0f} ±{qalys.half:,.0f}"
        assert rows["QALYs gained or lost"][place - 1] == "–"
        net = estimate(Appraisal(cut, first=first).option(ours).net).value / 1e6
        assert rows["Net present social value, £m"][place].replace("−", "-").startswith(f"{net:+,.1f} ±")


def test_what_is_not_known_stands_beside_the_net_value_where_parameters_were_drawn(cut: Results) -> None:
    assert "… with what is not known" not in dict(appraisal_group(cut, pairs(cut)).rows)
    drawn = with_draws(PLAN, 6)
    held = Results(drawn.plan, with_value(drawn.measures))
    cells = dict(appraisal_group(held, pairs(held)).rows)["… with what is not known"]
    both = Appraisal(held, first="deficit").option("strengths").spreads["net"].both
    assert cells[1].startswith(f"±{both.half / 1e6:,.1f}")
    assert cells[0] == cells[2] == "–"


def test_the_net_value_is_that_of_the_flows() -> None:
    """A million pounds more from the council in every year, and nothing else, done by hand."""
    rows = with_value(invented_rows(PLAN))
    first = rows[rows["scenario"] == "deficit"]
    frames = [
        first.assign(scenario=scenario.name, run=run) for run, scenario in zip(PLAN.runs, PLAN.scenarios, strict=True)
    ]
    same = pd.concat(frames, ignore_index=True)
    dearer = (same["scenario"] == "strengths") & (same["measure"] == "cost") & (same["group"] == "council")
    same.loc[dearer, "value"] += 1e6
    results = Results(PLAN, same)
    cells = dict(appraisal_group(results, pairs(results)).rows)
    worth = sum(1 / 1.035**year for year in range(10))
    assert cells["Net present social value, £m"][1].startswith(f"−{worth:.1f} ±0.0")
    assert cells["Public cost of one more QALY"][1] == "no effect"
    assert cells["Benefit–cost ratio"][1] == "0.00, unclear"


def test_objectives_come_first_and_the_ratio_is_one_row(cut: Results) -> None:
    table = options_table(cut, pairs(cut))
    heads = [group.head.split()[0] for group in table.groups]
    assert heads == ["People", "Cost", "The", "Value"]
    assert sum("ratio" in head.lower() for group in table.groups for head, _ in group.rows) == 1
    assert sum(span for _, span in table.above) + 1 == len(table.columns)
    assert all(len(cells) + 1 == len(table.columns) for group in table.groups for _, cells in group.rows)


def test_each_headline_has_the_grade_of_its_evidence(cut: Results) -> None:
    grades = {held.row.label: held.grade for held in graded(cut)}
    rows = {head: cells for group in options_table(cut, pairs(cut)).groups for head, cells in group.rows}
    shown = {head: cells[-1] for head, cells in rows.items() if head in grades}
    assert len(shown) >= 3
    assert shown == {head: grades[head] for head in shown}
    assert rows["Citizens’ own money"][-1] == "not graded"


def test_the_gap_and_its_change_stand_side_by_side(cut: Results) -> None:
    table = gap_table(cut, pairs(cut))
    assert table is not None
    rows = dict(table.groups[0].rows)
    level = cut.estimate("deficit", "slope_index", 2033, "outcome", "unmet_need_people").value
    moved = cut.difference("strengths", "deficit", "slope_index", 2033, "outcome", "unmet_need_people").value
    cells = rows["Unmet need, people in 1,000"]
    assert cells[0].startswith(f"{level:.1f} (+{level - 48:.1f}")
    assert cells[2].replace("−", "-") == f"{moved:.1f}*"
    assert len(cells) == 6


def test_fifths_of_too_few_people_are_not_shown() -> None:
    few = with_people({"1": 3.0, "2": 5e4, "3": 5e4, "4": 5e4, "5": 5e4})
    assert few.too_few("quintile") == {"1"}
    assert gap_table(few, pairs(few)) is None
    assert few_note(few).startswith("Deprivation fifth 1: too few")
    picture = next(p for p in brief_pictures(few, pairs(few)) if p.name == "gain_by_fifth")
    assert [row[2] for row in picture.rows if row[1] == 1] == ["too few", "too few"]
    assert picture.title.startswith("Too few people")
    assert "too few people were simulated" in brief_html(few).decode()
    many = with_people(dict.fromkeys("12345", 5e4))
    assert not few_note(many)
    assert gap_table(many, pairs(many)) is not None


def test_fifths_in_which_nobody_lives_are_not_said_to_be_too_small_a_sample() -> None:
    """The fifths are England's: Rutland has nobody in the two most deprived, and no larger sample finds anybody."""
    none = with_people({"1": 0.0, "2": 0.0, "3": 5e4, "4": 5e4, "5": 5e4})
    assert few_note(none) == "Deprivation fifths 1, 2 of England: nobody in Sunderland lives there."
    drawn = {p.name: p for p in [*brief_pictures(none, pairs(none)), *pictures(none)]}
    for name in ("gain_by_fifth", "by_deprivation"):
        assert drawn[name].title == "Nobody here lives in England's most deprived fifth"
        assert [row[2] for row in drawn[name].rows if str(row[1]) == "1"] == ["nobody"] * (len(drawn[name].rows) // 5)
        assert "nobody, nobody" in drawn[name].alt
    assert gap_table(none, pairs(none)) is not None
    one = with_people({"1": 5e4, **dict.fromkeys("2345", 0.0)})
    assert gap_table(one, pairs(one)) is None


def test_a_fifth_of_too_few_people_has_no_bar_of_need() -> None:
    few = with_people({"1": 3.0, **dict.fromkeys("2345", 5e4)})
    picture = next(p for p in pictures(few) if p.name == "by_deprivation")
    assert picture.title == "Too few people simulated to compare deprivation fifths"
    assert {row[2] for row in picture.rows if row[1] == "1"} == {"too few"}
    assert all(isinstance(row[2], float) for row in picture.rows if row[1] != "1")


def test_a_ratio_of_what_may_be_chance_says_so(cut: Results) -> None:
    rows = dict(appraisal_group(cut, pairs(cut)).rows)
    assert not any("unclear" in cell for cell in rows["Public cost of one more QALY"])
    noise = cut.measures.copy()
    of_lives = (noise["measure"] == "qaly") & (noise["scenario"] == "strengths")
    noise.loc[of_lives, "value"] += 1e4 * (noise.loc[of_lives, "replicate"] - 3)
    unsure = Results(PLAN, noise)
    rows = dict(appraisal_group(unsure, pairs(unsure)).rows)
    assert rows["QALYs gained or lost"][1].endswith("unclear")
    assert rows["Benefit–cost ratio"][1].endswith(", unclear")
    assert "unclear" not in rows["Benefit–cost ratio"][3]


def test_a_ratio_is_unclear_where_what_others_bear_hides_its_top(cut: Results) -> None:
    noise = cut.measures.copy()
    families = (noise["measure"] == "cost") & (noise["group"] == "family") & (noise["scenario"] == "strengths_cut30")
    assert families.any()
    noise.loc[families, "value"] += 4e8 * (noise.loc[families, "replicate"] - 3)
    unsure = Results(PLAN, noise)
    rows = dict(appraisal_group(unsure, pairs(unsure)).rows)
    assert rows["Net present social value, £m"][3].endswith("unclear")
    assert rows["Benefit–cost ratio"][3].endswith(", unclear")
    assert "unclear" not in rows["Public cost of one more QALY"][3]


def words_of(figure: Figure) -> list[Text]:
    """Every text of a figure that is drawn, those of marks within the axes' ends among them."""
    found = [*figure.texts]
    for axes in figure.axes:
        found += [*axes.texts, axes.xaxis.label, axes.yaxis.label]
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            marks = zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=True)
            found += [label for place, label in marks if low <= place <= high]
    return [text for text in found if text.get_text().strip()]


@pytest.mark.parametrize(("module", "draw"), [(acceptability, value_picture), (brief_figures, brief_pictures)])
def test_no_words_of_a_picture_lie_on_others_or_outside(
    cut: Results, monkeypatch: pytest.MonkeyPatch, module: ModuleType, draw: Callable[..., object]
) -> None:
    """Labels of axes beside each other, and words where a fifth has no bar."""
    results = with_people({"1": 3.0, **dict.fromkeys("2345", 5e4)})
    figures: list[Figure] = []
    kept = module.save
    monkeypatch.setattr(module, "save", lambda figure, *given: (figures.append(figure), kept(figure, *given))[1])
    draw(results, pairs(results))
    for figure in figures:
        renderer = FigureCanvasAgg(figure).get_renderer()
        width, height = figure.bbox.width, figure.bbox.height
        # As a plain text: the box of an annotation holds the line that leads to it.
        boxes = [(text.get_text(), Text.get_window_extent(text, renderer)) for text in words_of(figure)]
        for words, box in boxes:
            assert box.x0 >= -1, words
            assert box.x1 <= width + 1, words
            assert box.y0 >= -1, words
            assert box.y1 <= height + 1, words
        for (words, box), (others, other) in combinations(boxes, 2):
            across = min(box.x1, other.x1) - max(box.x0, other.x0)
            up = min(box.y1, other.y1) - max(box.y0, other.y0)
            assert across < 2 or up < 2, f"{words!r} lies on {others!r}"


def test_without_qalys_it_says_so_and_appraises_nothing() -> None:
    bare = Results(PLAN, invented_rows(PLAN))
    assert not value_notes(bare, pairs(bare))
    assert not appraisal_group(bare, pairs(bare)).rows
    assert values_sentence(bare, pairs(bare)).startswith("No appraisal")
    assert "No appraisal" in brief_html(bare).decode()


def test_what_would_change_the_verdict_is_told_for_each_budget(cut: Results) -> None:
    notes = value_notes(cut, pairs(cut))
    assert [budget for budget, _ in notes] == ["Budget sustained", "30 % cut"]
    assert all("£20,000" in text and "£70,000" in text for _, text in notes)
    assert "3.5 % a year, lives by 1.5 %" in values_sentence(cut, pairs(cut))

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.errors import InputError
from demandsim.experiment.plan import Place
from demandsim.experiment.reading import OF_REPORTS, read_results
from demandsim.experiment.runner import run_plan
from demandsim.place.names import find_place
from demandsim.place.own import OwnFigures
from demandsim.report.appraisal import Appraisal
from demandsim.report.brief import LEAVES_OUT, brief_html, command, write_brief
from demandsim.report.brief_figures import band_words, brief_pictures
from demandsim.report.brief_tables import evidence_table, options_table, over_time_table
from demandsim.report.brief_value import value_picture
from demandsim.report.canvas import Picture
from demandsim.report.pairs import pairs
from tests.experiment.fake import SUNDERLAND, FakeScenario, fake_plan, invented_rows, make_model, two_by_two_plan

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def cut() -> Results:
    plan = two_by_two_plan(years=10, scale=1.0, replicates=5)
    return Results(plan, invented_rows(plan))


@pytest.fixture(scope="module")
def page(cut: Results) -> str:
    return brief_html(cut).decode()


@pytest.fixture(scope="module")
def drawn(cut: Results) -> list[Picture]:
    return brief_pictures(cut, pairs(cut))


def test_lines_over_the_years_can_be_drawn_higher_for_a_sheet_of_paper(cut: Results, drawn: list[Picture]) -> None:
    def height(picture: Picture) -> float:
        found = re.search(rb'viewBox="0 0 [\d.]+ ([\d.]+)"', picture.svg)
        assert found is not None
        return float(found.group(1))

    usual, higher = drawn[0], brief_pictures(cut, pairs(cut), 3.6)[0]
    assert usual.name == higher.name == "brief_need"
    assert height(higher) == pytest.approx(3.6 * 72)
    assert height(usual) < height(higher)


class Reader(HTMLParser):
    """Collects what an accessible page must have."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def read(page: str) -> list[tuple[str, dict[str, str | None]]]:
    reader = Reader()
    reader.feed(page)
    return reader.tags


def test_the_same_results_give_the_same_bytes(cut: Results, page: str):
    assert brief_html(cut).decode() == page
    assert len(page.encode()) < 1_500_000


def test_it_asks_nothing_of_the_network_and_runs_nothing(page: str):
    for tag, attributes in read(page):
        assert tag not in ("script", "iframe", "object", "embed", "img", "base", "form")
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in ("src", "href", "xlink:href", "action"):
                assert (value or "").startswith(("#", "data:"))
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)
    assert "default-src 'none'" in page


def test_headings_are_in_order_and_tables_have_headers(page: str):
    tags = read(page)
    levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert {"header", "main", "footer"} <= {tag for tag, _ in tags}
    assert next(attributes for tag, attributes in tags if tag == "html")["lang"] == "en-GB"
    assert all("scope" in attributes for tag, attributes in tags if tag == "th")
    names = [tag for tag, _ in tags]
    assert names.count("caption") == names.count("table")


def test_ids_are_unique_and_every_reference_leads_somewhere(page: str):
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    wanted = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    for labels in re.findall(r'aria-labelledby="([^"]+)"', page):
        wanted |= set(labels.split())
    assert wanted <= set(ids)


def test_a_name_cannot_act_in_the_page():
    bad = "<script>alert(1)</script>"
    scenarios = (FakeScenario("deficit"), FakeScenario(bad, effect=1.0))
    own = OwnFigures(find_place("sunderland"), {"home_owner_share": 0.7}, '"><img src=x onerror=alert(1)>')
    place = Place("'; rm -rf x", "<b>Sunderland</b>", "E08000024", "<i>note</i> $a_b$", own)
    plan = fake_plan(scenarios=scenarios, place=place)
    page = brief_html(Results(plan, invented_rows(plan))).decode()
    assert "script" not in {tag for tag, _ in read(page)}
    assert not {"b", "i", "img"} & {tag for tag, _ in read(page)}
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("before", "after", "title"),
    [
        (-900, -300, "300 fewer people with unmet need after the cut"),
        (-900, 0, "No clear difference in unmet need after the cut"),
        (0, 250, "250 more people with unmet need after the cut"),
        (0, 0, "No clear difference in unmet need by 2026"),
    ],
)
def test_the_title_of_need_names_the_budget_that_it_is_about(before: int, after: int, title: str):
    """Two panels, one title: without the budget it is read as being about both."""
    plan = two_by_two_plan(replicates=4)
    frame = invented_rows(plan)
    gap = frame.scenario.map({"strengths": before, "strengths_cut30": after}).fillna(0)
    here = (frame.measure == "unmet_need_people") & (frame.by == "all")
    luck = frame.replicate[here] - 2.5  # the same gap in every run would be taken for coincidence
    frame.loc[here, "value"] = 12_000.0 + gap[here] + luck * (10.0 + (gap[here] != 0))
    results = Results(plan, frame)
    assert brief_pictures(results, pairs(results))[0].title == title


@pytest.mark.parametrize(
    ("first_year", "title"),
    [
        (1e6, "On average the council stays in budget under every option"),
        (-1e6, "The council overspends in some years, but not over all"),
        (-9e6, "On average the council overspends under every option"),
    ],
)
def test_a_balance_below_nought_in_some_years_is_said_though_their_sum_is_not(first_year: float, title: str):
    plan = two_by_two_plan(replicates=4)
    frame = invented_rows(plan)
    here = frame.measure == "council_balance"
    frame.loc[here, "value"] = np.where(frame.year[here] == frame.year.min(), first_year, 2e6)
    results = Results(plan, frame)
    assert brief_pictures(results, pairs(results))[1].title == title


def test_every_picture_has_its_words_and_its_numbers(page: str, drawn: list[Picture]):
    assert [picture.name for picture in drawn] == ["brief_need", "brief_balance", "cost_bridge", "gain_by_fifth"]
    assert page.count("<details>") == page.count("<figure>") == len(drawn)
    for picture in drawn:
        assert len(picture.title.split()) <= 10
        assert f'id="{picture.name}-t"' in page
        assert f'id="{picture.name}-d"' in page
        assert picture.rows
        assert all(len(row) == len(picture.columns) for row in picture.rows)


def test_a_fan_ends_at_the_means_whose_difference_the_answer_tells(cut: Results, drawn: list[Picture]):
    need = drawn[0]
    last = {str(row[1]): float(str(row[need.columns.index("mean")])) for row in need.rows if row[2] == cut.years[-1]}
    for pair in pairs(cut):
        found = cut.difference(pair.ours, pair.against, "unmet_need_people", cut.years[-1])
        assert last[pair.ours] - last[pair.against] == pytest.approx(found.value)


def test_numbers_of_the_bridge_add_up(drawn: list[Picture]):
    bridge = next(picture for picture in drawn if picture.name == "cost_bridge")
    for budget in ("Budget sustained", "30 % cut"):
        values = {str(row[1]): float(row[2]) for row in bridge.rows if row[0] == budget}
        assert set(values) == {"Council", "NHS", "Citizens’ own money", "Families’ care, lost pay", "Together"}
        assert values.pop("Together") == pytest.approx(sum(values.values()))


def test_a_gain_bought_by_an_overspend_is_called_that(cut: Results):
    table = options_table(cut, pairs(cut))
    rows = {head: cells for group in table.groups for head, cells in group.rows}
    assert rows["What its gains rest on"] == (
        "–",
        "No greater overspend",
        "–",
        "A gain bought by an overspend",
        "",
    )
    frame = cut.measures.copy()
    frame.loc[frame.measure == "council_balance", "value"] = 1e6
    kept = Results(cut.plan, frame)
    assert "overspend" not in str(options_table(kept, pairs(kept))).replace("No greater overspend", "")


def test_a_gain_at_equal_spend_is_called_that(cut: Results):
    names = {"strengths_cut30": "strengths_cut30_equal_spend"}
    frame = cut.measures.assign(scenario=cut.measures.scenario.replace(names))
    scenarios = tuple(replace(s, name=names.get(s.name, s.name)) for s in cut.plan.scenarios)
    matched = Results(replace(cut.plan, scenarios=scenarios), frame)
    table = options_table(matched, pairs(matched))
    (rests_on,) = (cells for group in table.groups for head, cells in group.rows if head == "What its gains rest on")
    assert "Gained at equal spend" in rests_on
    names |= {"strengths": "strengths_equal_spend"}
    scenarios = tuple(replace(s, name=names.get(s.name, s.name)) for s in cut.plan.scenarios)
    both = Results(replace(cut.plan, scenarios=scenarios), frame.assign(scenario=frame.scenario.replace(names)))
    assert [pair.budget for pair in pairs(both)] == ["At equal spend", "At equal spend, 30 % cut"]
    assert "A gain bought by an overspend" not in rests_on


def test_options_show_each_payer_and_the_difference(cut: Results):
    table = options_table(cut, pairs(cut))
    rows = {head: cells for group in table.groups for head, cells in group.rows}
    mean = cut.estimate("strengths", "cost", "horizon", "payer", "council").value / 1e6
    gap = cut.difference("strengths", "deficit", "cost", "horizon", "payer", "council").value / 1e6
    assert rows["Council"][1].startswith(f"{mean:,.1f} (+{gap:.1f} ±")
    assert rows["People with unmet need"][1].endswith("better)")


def test_a_run_as_short_as_the_medium_term_has_no_horizon_besides():
    plan = fake_plan(years=3)
    results = Results(plan, invented_rows(plan))
    table = over_time_table(results, pairs(results))
    assert table.caption == "Over the years: strengths less deficit. * is clear of chance."


def test_the_medium_term_stands_beside_the_horizon(cut: Results):
    table = over_time_table(cut, pairs(cut))
    years = [column.split()[0] for column in table.columns[1:6]]
    assert years == ["2024", "2025", "2026", "2027", "2033"]
    assert table.above == (("Budget sustained", 5), ("30 % cut", 5))
    short = fake_plan(years=3)
    results = Results(short, invented_rows(short))
    assert len(over_time_table(results, pairs(results)).columns) == 4


def test_bands_are_said_in_words(cut: Results):
    assert "lowest to highest of 5 runs" in band_words(cut)
    many = fake_plan(replicates=12)
    assert "middle nine tenths" in band_words(Results(many, invented_rows(many)))
    one = fake_plan(replicates=1)
    assert "no range" in band_words(Results(one, invented_rows(one)))


def test_grades_are_the_registers():
    from demandsim.parameters.register import register

    ((_, everything), (_, effects)) = evidence_table().groups[0].rows
    assert sum(int(cell.replace(",", "")) for cell in everything) == len(register())
    assert sum(map(int, effects)) > 0


def test_what_is_left_out_is_what_the_model_page_says():
    page = " ".join((ROOT / "docs" / "model.md").read_text(encoding="utf-8").split())
    assert all(item in page for item in LEAVES_OUT)


def test_places_without_calibration_say_so(cut: Results):
    plan = replace(cut.plan, place=Place("wakefield", "Wakefield", "E08000036"))
    assert "Not calibrated for this place" in brief_html(Results(plan, invented_rows(plan))).decode()
    assert "Not calibrated" not in brief_html(cut).decode()


def test_a_place_whose_care_was_never_compared_says_so(cut: Results):
    plan = replace(cut.plan, place=Place("wigan", "Wigan", "E08000010"))
    told = brief_html(Results(plan, invented_rows(plan))).decode()
    assert "figures of births, deaths and households of the base year" in told
    assert "Care in this place was not compared with anything." in told
    assert "was not compared" not in brief_html(cut).decode()


def test_the_command_is_whole_and_quoted(cut: Results):
    assert command(cut) == (
        "demandsim compare deficit strengths --place sunderland --years 10 --scale 1 --seed 1 --replicates 5 --cut 30"
    )
    plan = replace(cut.plan, place=replace(SUNDERLAND, given="St. Helens; rm"))
    assert "--place 'St. Helens; rm'" in command(Results(plan, invented_rows(plan)))


def test_the_command_names_what_can_be_typed():
    """No scenario at equal spend is in the library: the search that made it is asked for; files have their ending."""
    names = ("deficit", "strengths", "strengths_equal_spend", "our_own")
    plan = fake_plan(scenarios=tuple(FakeScenario(name) for name in names))
    told = command(Results(plan, invented_rows(plan)))
    assert told.startswith("demandsim compare deficit strengths our_own.yaml --place sunderland ")
    assert told.endswith(" --equal-spend")


def test_no_option_of_the_command_is_broken_at_its_dashes(page: str):
    assert '<span class="word">--cut</span> <span class="word">30</span>' in page
    assert ".word { display: inline-block; }" in page


def test_one_run_of_one_year_has_a_brief():
    plan = fake_plan(years=1, replicates=1)
    page = brief_html(Results(plan, invented_rows(plan))).decode()
    assert not re.search(r"\bnan\b", re.sub(r"<svg.*?</svg>", "", page, flags=re.DOTALL), flags=re.IGNORECASE)


def test_nothing_else_is_overwritten(cut: Results, tmp_path: Path):
    target = tmp_path / "brief.html"
    write_brief(target, cut)
    held = target.read_bytes()
    write_brief(target, cut)
    assert target.read_bytes() == held
    target.write_text("mine")
    with pytest.raises(InputError, match="nothing was overwritten"):
        write_brief(target, cut)
    assert target.read_text() == "mine"
    with pytest.raises(InputError):
        write_brief(tmp_path / "no such folder" / "brief.html", cut)


def test_a_report_reads_what_it_tells_and_no_more(tmp_path: Path) -> None:
    """Of a folder with every breakdown, the brief and the appraisal are the same from the rows of reports alone."""
    plan = fake_plan(years=2, replicates=2)
    frame = run_plan(plan, folder=tmp_path / "held", jobs=1, make=make_model).frame
    whole, told = read_results(tmp_path / "held"), read_results(tmp_path / "held", for_report=True)
    assert {"age", "neighbourhood"} <= set(frame["by"])
    assert {"age", "neighbourhood"}.isdisjoint(told.measures["by"])
    assert set(OF_REPORTS) <= set(told.measures["by"])
    assert brief_html(whole) == brief_html(told)
    assert str(Appraisal(whole)) == str(Appraisal(told))
    assert value_picture(whole, pairs(whole))[0].svg == value_picture(told, pairs(told))[0].svg

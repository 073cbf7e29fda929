"""What the users of the workshop asked for, W1 to W12, one test for each that names it.

What needs more than one look has its tests elsewhere: W1 also in `benchmarks/workshop.py`; W4, W5, W9 and W11 in
`test_workshop.py` and `test_phones.py`; W6 in `test_scenes.py`; W7 in every test of this folder, whose browser can
reach this machine alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PATIENCE, Server, faults, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN = "years=2&practice=100&carers=100&community=100&cut=30"
SETTLED = "body[data-state='done']"
JARGON = ("seed", "thread", "replicate", "stochastic", "iteration", "parameter", "kernel")


@pytest.fixture(scope="module")
def page(chromium: Browser, workshop: Server) -> Iterator[Page]:
    """The main page on a projector, with a plan and its range."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, locale="en-GB")
    context.set_default_timeout(PATIENCE)
    made = context.new_page()
    made.goto(f"{workshop.url}?{PLAN}")
    made.wait_for_selector(SETTLED)
    made.wait_for_timeout(500)
    yield made
    context.close()


def size(page: Page, selector: str) -> float:
    """Height of letters, in pixels."""
    return float(page.locator(selector).first.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))


def in_view(page: Page, selector: str) -> bool:
    box = page.locator(selector).bounding_box()
    return box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 720


HOLDING = """() => {
  const real = window.fetch;
  window.fetch = async (path, options) => {
    const answer = await real(path, options);
    if (!String(path).includes("api/run")) return answer;
    const words = new TextDecoder(), bytes = new TextEncoder();
    const released = new Promise((resolve) => { window.release = resolve; });
    let held = "", years = 0;
    return new Response(answer.body.pipeThrough(new TransformStream({
      async transform(chunk, out) {
        const lines = (held + words.decode(chunk, { stream: true })).split("\\n");
        held = lines.pop();
        for (const line of lines) {
          if (JSON.parse(line).kind === "year" && ++years > 1) await released;
          out.enqueue(bytes.encode(line + "\\n"));
        }
      },
    })));
  };
}"""
"""Lets a page hear its answer's first year alone until it is released: what it draws then depends on no clock."""


def test_w1_the_first_year_is_drawn_before_the_last(page: Page, workshop: Server):
    page.evaluate(HOLDING)
    page.select_option("#years", "10")
    page.wait_for_selector("body[data-drawn='0.01']")  # a hundredth a year
    assert page.locator("body").get_attribute("data-state") == "year"
    page.evaluate("release()")
    page.wait_for_selector(SETTLED)
    assert float(page.locator("body").get_attribute("data-drawn") or 0) >= 1
    page.goto(f"{workshop.url}?{PLAN}")
    page.wait_for_selector(SETTLED)


def test_w2_the_ghost_line_the_plan_and_a_sentence_are_seen_without_scrolling(page: Page):
    assert in_view(page, "#headline")
    assert in_view(page, "#chart-unmet_need_people .plot")
    lines = page.locator("#chart-unmet_need_people .plot").evaluate(
        "plot => plot.data.filter((t) => t.line.width === 3).map((t) => [t.name, t.line.dash])"
    )
    assert lines == [["This plan", "solid"], ["Today carried on", "dash"]]
    assert re.match(r"After 2 years, this plan rather than today carried on", page.locator("#headline").inner_text())


def test_w3_each_lever_has_a_unit_todays_tick_and_a_meaning_and_no_jargon(page: Page):
    levers = page.locator("#pane-decision .lever")
    assert 4 <= levers.count() <= 7
    for lever in levers.all():
        assert lever.locator("label").inner_text().strip()
        assert lever.locator(".meaning").inner_text().strip()
        if lever.locator("input[type=range]").count():
            assert re.match(r"\d+\s\S+", lever.locator("output").inner_text())
            assert "Today: " in lever.locator(".meaning").inner_text()
            assert lever.locator("datalist option[label=today]").count() == 1
    words = page.locator("body").inner_text().lower()
    assert [word for word in JARGON if word in words] == []


def test_w4_plans_undo_reset_and_pin_are_one_click_each(page: Page):
    assert 3 <= page.locator("[data-preset]").count() <= 5
    for name in ("Undo", "Reset", "Pin to compare"):
        assert page.get_by_role("button", name=name).is_visible()


def test_w5_the_address_says_all_and_its_version(page: Page):
    page.get_by_role("button", name="Share").click()
    address = page.locator("#address").input_value()
    assert re.search(r"place=E08000024&years=2&practice=100&.*cut=30&.*&v=[0-9a-f]{8}$", address)
    assert page.locator("#qr").evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    page.get_by_role("button", name="Share").click()


def test_w6_one_person_under_both_plans(page: Page, workshop: Server):
    story = page.context.new_page()
    story.goto(f"{workshop.url}story?{PLAN}")
    story.wait_for_selector("html[data-settled]")
    told = story.locator(".portrait").inner_text()
    assert "is invented" in told
    assert [h.strip() for h in story.locator(".events thead th").all_inner_texts()][1:] == [
        "With today carried on",
        "Under this plan",
    ]
    assert story.locator("svg.lanes .line-now").count() == story.locator("svg.lanes .line-before").count() >= 1
    story.close()


def test_w7_nothing_comes_from_outside(page: Page, workshop: Server):
    fresh = page.context.new_page()
    watched = watch(fresh, workshop)
    fresh.goto(f"{workshop.url}?{PLAN}")
    fresh.wait_for_selector(SETTLED)
    assert (watched.outside, watched.failed, watched.complaints) == ([], [], [])
    fresh.close()


def test_w8_it_is_read_from_the_back_of_the_room(page: Page):
    assert size(page, "body") >= 20
    assert size(page, "#headline p") >= 20
    assert size(page, ".lever .meaning") >= 15
    background = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert background == "rgb(255, 255, 255)"
    assert page.locator("#key line[stroke-dasharray]:not([stroke-dasharray=''])").count() >= 1


def test_w9_levers_are_native_and_every_chart_has_a_table(page: Page):
    assert page.locator("#headline[role=status]").count() == 1
    for lever in page.locator("input[data-lever]").all():
        assert page.locator(f"label[for={lever.get_attribute('id')}]").count() == 1
    charts = page.locator("figure.chart")
    assert charts.count() == 9
    for chart in charts.all():
        chart.locator("details").evaluate("details => { details.open = true; }")
        chart.locator("table tbody tr").first.wait_for()
    rows = page.locator("#chart-unmet_need_people tbody tr")
    assert [row.locator("th").inner_text() for row in rows.all()] == ["2024", "2025"]
    assert faults(page) == []
    for chart in charts.all():
        chart.locator("details").evaluate("details => { details.open = false; }")


def test_w10_the_range_is_said_in_words(page: Page):
    assert "Shaded: chance, 12 runs" in page.locator("#key").inner_text()
    assert "run 12 times" in page.locator("#sample").inner_text()
    assert re.search(r"\(.+ to .+\)", page.locator("#headline").inner_text())


def test_w11_a_lost_connection_is_said_and_taken_up_again(page: Page):
    page.context.set_offline(True)
    page.locator("#lever-over").evaluate(
        "i => { i.value = '5'; i.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    page.locator("#connection").filter(has_text="The connection is lost").wait_for()
    page.context.set_offline(False)
    page.wait_for_url(re.compile("over=5"))
    page.wait_for_selector(SETTLED)
    assert page.locator("#connection").is_hidden()


def test_w12_picture_numbers_and_paper_are_one_button_each(page: Page):
    for name in ("Save as picture", "Print"):
        assert page.get_by_role("button", name=name).is_enabled()
    assert page.get_by_role("link", name="Numbers (CSV)").get_attribute("href")
    page.emulate_media(media="print")
    assert page.locator("h1").bounding_box()["height"] > 10  # type: ignore[index]
    assert not page.get_by_role("button", name="Save as picture").is_visible()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    told = page.locator("#paper").inner_text()
    assert re.match(
        r"This plan: .+\. Printed on \d+ \w+ \d{4}; the same numbers again: \?place=E08000024&.*v=\w{8}\.$", told
    )
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")


def test_the_inside_is_seen_whole_on_a_projector(page: Page, workshop: Server):
    inside = page.context.new_page()
    inside.goto(f"{workshop.url}inside?{PLAN}")
    inside.wait_for_selector("html[data-settled='12']")
    for selector in ("#picture", "#play", "#said", ".flow .legend"):
        assert in_view(inside, selector), selector
    inside.locator("#speed").select_option("2")
    assert re.match(r"One dot: \d[\d,]* pe", inside.locator("#dot-worth").inner_text())
    inside.close()

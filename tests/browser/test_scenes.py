"""The map, a story, the inside and the pages for before a session, in a real browser."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Server, faults, watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PLAN = "years=5&practice=100&carers=100&community=100"
SETTLED = {
    "map": "html[data-settled='12']",
    "story": "html[data-settled]",
    "inside": "html[data-settled='12']",
    "printed": "html[data-settled]",
}


def opened(context: BrowserContext, server: Server, path: str, query: str = PLAN) -> Page:
    page = context.new_page()
    page.goto(f"{server.url}{path}?{query}")
    if path in SETTLED:
        page.wait_for_selector(SETTLED[path])
    return page


@pytest.mark.parametrize("path", ["map", "story", "inside", "printed", "rehearsal"])
def test_each_page_is_whole_by_itself_and_open_to_everybody(context: BrowserContext, workshop: Server, path: str):
    page = context.new_page()
    watched = watch(page, workshop)
    page.goto(f"{workshop.url}{path}?{PLAN}")
    if path in SETTLED:
        page.wait_for_selector(SETTLED[path])
    for details in page.locator("details").all():
        details.evaluate("details => details.open = true")
    assert faults(page) == []
    assert (watched.outside, watched.failed, watched.complaints) == ([], [], [])


@pytest.mark.parametrize("path", ["map", "story", "inside"])
def test_nothing_is_wider_than_a_phone(chromium: Browser, workshop: Server, path: str):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(240_000)
    page = opened(context, workshop, path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 320, "height": 640})  # as narrow as a page at four times its size
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert faults(page) == []
    context.close()


@pytest.mark.parametrize("path", ["", *SETTLED])
def test_an_answer_cut_short_is_asked_for_again(context: BrowserContext, workshop: Server, path: str):
    """The workshop was closed amid it, and opened again."""
    page = context.new_page()
    page.route("**/api/*", lambda route: route.fulfill(body="", content_type="application/x-ndjson"))
    page.goto(f"{workshop.url}{path}?{PLAN}")
    page.locator("#connection").filter(has_text="The connection is lost").wait_for()
    page.unroute("**/api/*")
    page.wait_for_selector(SETTLED.get(path, "body[data-state='done']"))
    assert page.locator("#connection").is_hidden()


@pytest.mark.parametrize("path", SETTLED)
def test_a_page_says_that_its_run_failed(context: BrowserContext, workshop: Server, path: str):
    page = context.new_page()
    failed = '{"kind":"failed","text":"This run failed."}\n{"kind":"end"}\n'
    page.route("**/api/*", lambda route: route.fulfill(body=failed, content_type="application/x-ndjson"))
    page.goto(f"{workshop.url}{path}?{PLAN}")
    page.locator("#said").get_by_text("This run failed.", exact=True).wait_for()


def test_the_map_is_read_with_the_keyboard_and_says_the_same_as_its_table(context: BrowserContext, workshop: Server):
    page = opened(context, workshop, "map")
    squares = page.locator("#map .square")
    assert squares.count() == 185
    assert page.locator("#table tbody tr").count() == 185
    assert page.locator("#map .square[tabindex='0']").count() == 1
    squares.first.focus()
    page.keyboard.press("ArrowRight")
    told = page.locator("#detail").inner_text()
    label = squares.nth(1).get_attribute("title")
    assert label is not None
    assert told.startswith(f"{label}, most deprived fifth")
    page.keyboard.press("End")
    assert "least deprived fifth" in page.locator("#detail").inner_text()
    page.locator("#measure").select_option("wellbeing")
    assert "Satisfaction with life" in page.locator("#detail").inner_text()  # of the same square
    assert (
        page.locator("#map .square[tabindex='0']").get_attribute("aria-label") == page.locator("#detail").inner_text()
    )
    assert page.locator("#said").inner_text().startswith("Satisfaction with life")
    verdicts = page.locator("#table tbody td:last-child").all_text_contents()
    better = sum("better" in verdict for verdict in verdicts)
    assert f"clearly better in {better} of 185" in page.locator("#said").inner_text()


def test_what_a_square_says_is_seen_beside_it_on_a_phone(chromium: Browser, workshop: Server):
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    context.set_default_timeout(240_000)
    page = opened(context, workshop, "map")
    page.locator("#map .square").nth(3).click()
    for _ in range(4):
        square, top, bottom = page.evaluate("""() => {
          const told = document.getElementById("detail").getBoundingClientRect();
          return [document.activeElement.getBoundingClientRect().bottom, told.top, told.bottom];
        }""")
        assert 0 < square <= top < bottom <= 844
        page.keyboard.press("ArrowDown")
    assert faults(page) == []
    context.close()


def test_no_square_is_called_by_its_code(context: BrowserContext, workshop: Server):
    page = opened(context, workshop, "map")
    labels = page.locator("#map .square").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    assert not any(re.search(r"E01\d{6}", label) for label in labels)


def test_a_story_is_told_soon_and_found_again_by_its_sign(context: BrowserContext, workshop: Server):
    page = opened(context, workshop, "story")
    seconds = []
    for kind in ("lonely", "waiting"):
        started = time.perf_counter()
        page.evaluate("document.documentElement.removeAttribute('data-settled')")
        page.locator(f"button[data-kind={kind}]").click()
        page.wait_for_selector(SETTLED["story"])
        seconds.append(time.perf_counter() - started)
    print(f"\na story in {seconds[0]:.2f} s, another in {seconds[1]:.2f} s")
    told = page.locator(".portrait").inner_text()
    sign = page.locator(".id").inner_text().split(",")[0]
    assert "is invented" in told
    again = opened(context, workshop, "story", f"{PLAN}&citizen={sign}")
    assert again.locator(".portrait").inner_text() == told


def test_a_storys_years_stand_where_they_begin(context: BrowserContext, workshop: Server):
    """A life is told from April 2024 on: January 2025 is nine months along, not twelve."""
    page = opened(context, workshop, "story")
    ticks = page.locator("svg.lanes").last.locator("text.tick")
    assert ticks.all_text_contents()[:3] == ["Apr 2024", "2025", "2026"]
    start, first, second = (float(ticks.nth(n).get_attribute("x") or "nan") for n in range(3))
    assert (first - start) / (second - first) == pytest.approx(9 / 12)


def test_a_sign_of_nobody_is_answered_kindly(context: BrowserContext, workshop: Server):
    page = opened(context, workshop, "story")
    page.locator("#citizen").fill("<b>nobody</b>")
    page.keyboard.press("Enter")
    page.locator("#story:empty").wait_for(state="attached")
    assert "nobody" in page.locator("#said").inner_text().lower()
    assert page.locator("#said b").count() == 0


def test_without_a_change_there_is_one_life_only(context: BrowserContext, workshop: Server):
    page = context.new_page()
    page.goto(f"{workshop.url}story?years=5")
    page.get_by_text("Nothing has been changed yet").wait_for()
    assert page.locator("#story").inner_text().strip() == ""


def test_the_inside_plays_steps_and_stops(context: BrowserContext, workshop: Server):
    page = opened(context, workshop, "inside")
    page.locator("#month").fill("0")
    page.locator("#step").click()
    assert page.locator("#table-when").inner_text() == "May 2024"
    page.locator("#play").focus()
    page.keyboard.press("Space")
    page.locator("#dots circle[visibility=visible]").first.wait_for()
    page.locator("#table-when").filter(has_not_text="May 2024").wait_for()
    page.keyboard.press("Space")
    stopped = page.locator("#table-when").inner_text()
    page.wait_for_timeout(500)
    assert page.locator("#table-when").inner_text() == stopped
    row = page.locator("#table tr[data-name=contacts] td").all_inner_texts()
    assert page.locator("#now-contacts").text_content() == row[1]


def test_as_many_dots_come_back_as_people_do(context: BrowserContext, workshop: Server):
    """Also where a month sends one dot or none."""
    page = opened(context, workshop, "inside")
    sent = page.evaluate("""() => {
      const sent = { all: 0, failed: 0 };
      new MutationObserver((seen) => seen.forEach(({ addedNodes }) => addedNodes.forEach((dot) => {
        if (dot.dataset.way !== "contacts") return;
        sent.all += 1;
        sent.failed += Number(dot.classList.contains("failed"));
      }))).observe(document.getElementById("dots"), { childList: true });
      const slider = document.getElementById("month"), share = [];
      slider.value = "0";
      while (Number(slider.value) < Number(slider.max)) {
        document.getElementById("step").click();
        share.push(Number(document.getElementById("share-again").textContent.match(/\\d+/)[0]));
      }
      const mean = share.reduce((sum, one) => sum + one, 0) / share.length;
      return new Promise((resolve) => setTimeout(() => resolve({ ...sent, mean }), 0));
    }""")
    assert sent["all"] > 10
    assert 100 * sent["failed"] / sent["all"] == pytest.approx(sent["mean"], abs=100 / sent["all"] + 3)


def test_nothing_moves_for_those_who_want_it_still(chromium: Browser, workshop: Server):
    context = chromium.new_context(reduced_motion="reduce")
    context.set_default_timeout(240_000)
    page = opened(context, workshop, "inside")
    page.locator("#step").click()
    page.wait_for_timeout(300)
    assert page.locator("#dots circle").count() == 0
    assert page.locator("#table-when").inner_text() == "May 2026"
    assert page.locator(".moving:visible").count() == 0  # nothing is said of dots that there are none of
    page.locator("#play").click()
    page.locator("#table-when").filter(has_not_text="May 2026").wait_for()
    assert page.locator("#dots circle").count() == 0
    context.close()

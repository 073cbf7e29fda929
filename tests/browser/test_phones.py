"""Phones in a shared room, in a real browser of a phone's size: they follow, drive when let, and come back (W11)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from demandsim.workshop.room import network_address
from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE, Server, faults, free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HERE = network_address()
ONE_YEAR = "years=1"


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    """One room for all: to open one takes longer than to test anything in it. It is open again after every test."""
    server = Server(free_port(), ("--share",)).start()
    yield server
    server.stop()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that reaches this machine from the network, as a phone does."""
    if HERE == "127.0.0.1":
        pytest.skip("this machine is in no network")
    flags = [*FLAGS, f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {HERE}"]
    browser = chromium.browser_type.launch(executable_path=CHROMIUM, args=flags)
    viewport = {"width": 390, "height": 844}
    made = browser.new_context(viewport=viewport, is_mobile=True, has_touch=True, locale="en-GB")
    made.set_default_timeout(PATIENCE)
    yield made
    browser.close()


def from_the_network(server: Server) -> str:
    return server.url.replace("127.0.0.1", HERE)


def shows(page: Page, cut: int) -> None:
    """Wait until a page has an answer for a cut."""
    page.wait_for_function("cut => document.getElementById('lever-cut').value === String(cut)", arg=cut)
    page.locator("#headline").filter(has_text="this plan" if cut else "today carried on").wait_for()


def test_phones_follow_and_drive_when_they_are_let(context: BrowserContext, phone: BrowserContext, shared: Server):
    leads = context.new_page()
    leads.goto(f"{shared.url}?{ONE_YEAR}")
    follows = phone.new_page()
    follows.goto(from_the_network(shared))
    shows(follows, 0)
    assert follows.locator("#lever-cut").is_disabled()
    assert follows.get_by_role("button", name="30 % cut", exact=True).is_disabled()
    leads.get_by_role("button", name="30 % cut", exact=True).click()
    shows(follows, 30)
    assert faults(follows) == []
    assert follows.evaluate("document.documentElement.scrollWidth") <= 390
    refused = "query => fetch(`api/run?${query}`).then((answer) => answer.status)"
    assert follows.evaluate(refused, f"{ONE_YEAR}&cut=50") == 403
    leads.get_by_role("button", name="Share").click()
    leads.get_by_label("Let every phone move the levers").check()
    follows.locator("#lever-cut:enabled").wait_for()
    follows.get_by_role("button", name="Help carers", exact=True).tap()
    follows.wait_for_url(re.compile("carers=100"))
    shows(leads, 30)  # the facilitator's page is not moved by a phone
    leads.get_by_label("Let every phone move the levers").uncheck()
    follows.locator("#lever-cut:disabled").wait_for()
    shows(follows, 30)


@pytest.mark.parametrize("path", ["map", "story", "inside"])
def test_every_page_of_a_phone_goes_where_the_facilitator_goes(
    context: BrowserContext, phone: BrowserContext, shared: Server, path: str
):
    leads = context.new_page()
    leads.goto(f"{shared.url}?{ONE_YEAR}")
    leads.get_by_role("button", name="30 % cut", exact=True).click()
    leads.locator("#headline").filter(has_text="this plan").wait_for()
    follows = phone.new_page()
    follows.goto(from_the_network(shared) + path)
    follows.locator(".plan").filter(has_text="This plan: 30 % cut").wait_for()
    leads.get_by_role("button", name="Help carers", exact=True).click()
    follows.locator(".plan").filter(has_text="This plan: Help carers").wait_for()
    follows.wait_for_selector("html[data-settled]")
    assert follows.locator("#connection").is_hidden()


def test_a_phone_of_a_closed_room_says_so_and_asks_seldom(phone: BrowserContext, shared: Server):
    page = phone.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/api/room*", lambda route: route.fulfill(status=404, body="Not Found"))
    page.goto(f"{from_the_network(shared)}?{ONE_YEAR}")
    page.locator("#connection").filter(has_text="This room is closed.").wait_for()
    asked.clear()
    page.wait_for_timeout(2000)
    assert len([url for url in asked if "api/room" in url]) <= 1


def test_nobody_comes_in_without_the_token(phone: BrowserContext, shared: Server):
    page = phone.new_page()
    answer = page.goto(f"http://{HERE}:{shared.port}/")
    assert answer is not None
    assert answer.status == 404
    answer = page.goto(f"http://{HERE}:{shared.port}/room/{'x' * 22}/")
    assert answer is not None
    assert answer.status == 404


def test_phones_find_a_room_that_was_closed_and_opened_again(
    context: BrowserContext, phone: BrowserContext, shared: Server
):
    leads = context.new_page()
    leads.goto(f"{shared.url}?{ONE_YEAR}")
    leads.get_by_role("button", name="30 % cut", exact=True).click()
    follows = phone.new_page()
    follows.goto(from_the_network(shared))
    shows(follows, 30)
    shared.stop()
    follows.locator("#connection").filter(has_text="The connection is lost").wait_for()
    room = shared.room
    shared.start()
    assert shared.room == room
    follows.locator("#connection").wait_for(state="hidden")
    shows(follows, 30)
    leads.get_by_role("button", name="Help carers", exact=True).click()
    shows(follows, 0)

"""The brief in a real browser: two A4 pages in print, no fault that axe finds. Skipped where there is no browser."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from demandsim.experiment.comparison import Results
from demandsim.report.brief import brief_html
from demandsim.report.canvas import PAGE_INCHES
from tests.browser.conftest import CHROMIUM, faults
from tests.experiment.fake import fake_plan, invented_rows, two_by_two_plan, with_draws, with_value

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext


pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]
PLANS = {
    "one budget": fake_plan(years=20, scale=0.2, replicates=20),
    "with a cut": two_by_two_plan(years=10, replicates=5),
    "with every payer": two_by_two_plan(years=3, replicates=5),
    "with ranges": two_by_two_plan(years=10, replicates=5),
}


def browse(folder: Path, page: Path, *options: str) -> str:
    assert CHROMIUM is not None
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += ["--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}"]
    done = subprocess.run(
        [CHROMIUM, *flags, *options, page.as_uri()], capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout


@pytest.fixture(params=list(PLANS))
def page(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    plan = PLANS[request.param]
    path = tmp_path / "brief.html"
    rows = with_value(invented_rows(plan))
    if request.param == "with every payer":
        rows = with_more_payers(rows)
    if request.param == "with ranges":
        drawn = with_draws(plan, 20)
        plan, rows = drawn.plan, with_value(drawn.measures)
    path.write_bytes(brief_html(Results(plan, rows)))
    return path


def with_more_payers(rows: pd.DataFrame) -> pd.DataFrame:
    """The same results with money from the centre and from investors, at numbers of a large county."""
    council = rows[(rows.measure == "cost") & (rows.group == "council")]
    more = [council.assign(group=payer) for payer in ("central", "investor")]
    hours = rows[(rows.measure == "unmet_need_hours")].assign(measure="carer_hours")
    citizen = rows[(rows.measure == "cost") & (rows.group == "citizen")]
    own = [citizen.assign(measure="own_money", by="source", group=source) for source in ("charges", "self_funding")]
    grown = pd.concat([rows, hours, *more, *own], ignore_index=True)
    return grown.assign(value=grown.value.where(grown.measure == "wellbeing", 9.7 * grown.value))


def test_it_prints_on_two_pages_of_a4(page: Path, tmp_path: Path):
    target = tmp_path / "brief.pdf"
    browse(tmp_path, page, "--no-pdf-header-footer", f"--print-to-pdf={target}")
    content = target.read_bytes()
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", content)) == 2
    boxes = {tuple(map(float, box.split())) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", content)}
    assert all(abs(box[2] - 595.3) < 1 and abs(box[3] - 841.9) < 1 for box in boxes)


def test_no_printed_word_is_smaller_than_eight_points(page: Path, context: BrowserContext):
    shown = context.new_page()
    shown.emulate_media(media="print")
    shown.set_content(_without_policy(page))
    sizes = shown.evaluate(
        """[...document.querySelectorAll('body *')]
            .filter(e => !e.closest('svg') && e.getClientRects().length
                && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
            .map(e => parseFloat(getComputedStyle(e).fontSize) * 72 / 96)"""
    )
    assert min(sizes) >= 8
    width = "document.querySelector('{}').getBoundingClientRect().width"
    share = shown.evaluate(f"{width.format('figure svg')} / {width.format('main')}")
    across = (210 - 2 * 11) / 25.4  # inches of a page of A4 between its margins
    assert 10 * share * across / PAGE_INCHES >= 7.95  # the smallest words of pictures have ten points


def test_nothing_is_wider_than_the_screen(page: Path, tmp_path: Path):
    """Measured at 1280 x 720 by a script that only this test adds."""
    assert _measured(page, tmp_path, "[document.documentElement.scrollWidth, innerWidth]", "1280,720") == [1280, 1280]


def test_axe_finds_no_fault(page: Path, context: BrowserContext):
    """Axe is brought in as a script, which the page's own policy would refuse: the copy it sees has none."""
    shown = context.new_page()
    shown.set_content(_without_policy(page))
    assert faults(shown) == []


def test_axe_sees_a_fault_that_is_there(context: BrowserContext):
    shown = context.new_page()
    shown.set_content("<html><title>t</title><body><img src='data:,'></body></html>")
    assert any(fault.startswith("image-alt") for fault in faults(shown))


def _without_policy(page: Path) -> str:
    return re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text(encoding="utf-8"))


def _measured(page: Path, folder: Path, expression: str, size: str) -> object:
    """What an expression gives in a copy of the page that may run scripts."""
    copy = folder / "scripted.html"
    text = _without_policy(page)
    tell = f"Promise.resolve({expression}).then(v => {{document.title = 'R' + JSON.stringify(v)}});"
    script = f"<script>addEventListener('load', () => {{{tell}}});</script></body>"
    copy.write_text(text.replace("</body>", script), encoding="utf-8")
    options = (f"--window-size={size}", "--hide-scrollbars", "--virtual-time-budget=20000", "--dump-dom")
    shown = browse(folder, copy, *options)
    title = re.search(r"<title>R(.*?)</title>", shown, flags=re.DOTALL)
    assert title is not None, "the page did not answer"
    from html import unescape

    return json.loads(unescape(title[1]))

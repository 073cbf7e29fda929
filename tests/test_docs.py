"""What the documents show is run as it stands there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from demandsim.scenario.scenario import RESPONSES, USUAL_RESPONSES

ROOT = Path(__file__).parent.parent


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)


PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if python_blocks(page)]


ONE_AFTER_ANOTHER = """
import json, sys

for block in json.load(sys.stdin):
    print(block, file=sys.stderr)
    exec(compile(block, "<shown>", "exec"), {"__name__": "__main__"})
"""
"""Each block knows nothing of those before it; what they import is loaded once."""


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_shown_in_the_documents_runs(page: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::FutureWarning", "-c", ONE_AFTER_ANOTHER],
        input=json.dumps(python_blocks(page)),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_links_between_pages_lead_somewhere() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "scenarios" / "README.md"):
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


@pytest.mark.parametrize(
    ("page", "begin", "said"),
    [
        ("scenarios.md", "### `responses`", "if left out: all of them, in the order in which they stand here"),
        ("odd.md", "| answer | what it does", "Without a list of its own a scenario uses all ten, in this order"),
    ],
)
def test_the_pages_say_which_answers_to_overspend_a_council_gives_and_in_which_order(
    page: str, begin: str, said: str
) -> None:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    told = text[text.index(begin) :]
    rows = re.findall(r"^\| `(\w+)` \|", told, re.MULTILINE)
    assert tuple(rows[: len(USUAL_RESPONSES)]) == USUAL_RESPONSES == RESPONSES
    assert said in told

"""The description of the model says what the code says: its tables, its sections, its numbers."""

from __future__ import annotations

import re

import pytest
from tools import odd

from demandsim.model import MONTH
from demandsim.parameters.register import register
from demandsim.scenario.levers import LEVERS

PAGE = odd.PAGE.read_text(encoding="utf-8")
PAGES = PAGE + odd.HOW_TO.read_text(encoding="utf-8") + odd.MEASURED.read_text(encoding="utf-8")
PROSE = odd.SECTION.sub("", PAGE)
SECTIONS = re.findall(r"^### 7\.(\d+) .*\(`([a-z_]+)`\)$", PAGE, flags=re.MULTILINE)

_KEY = re.compile(r"(?<![\w./])[a-z_]+(?:\.[A-Za-z0-9_]+)+(?!\.?[\w/])")
_PATHS = {path for lever in LEVERS for path in (lever.path, lever.path.removeprefix("practice."))}


@pytest.mark.parametrize("name", odd.BUILDERS)
def test_a_generated_section_is_what_the_code_says(name: str) -> None:
    bodies = [found["body"] for found in odd.SECTION.finditer(PAGES) if found["name"] == name]
    assert bodies == [f"\n{odd.BUILDERS[name]()}\n\n"], "run: python tools/odd.py"


def test_every_marker_has_its_end_and_a_name_that_is_known() -> None:
    names = re.findall(r"<!-- generated: (.*?) -->", PAGES)
    assert sorted(names) == sorted(odd.BUILDERS)
    assert PAGES.count("<!-- end -->") == len(names)
    assert odd.filled(PAGES) == PAGES


def test_an_outdated_table_is_made_anew_and_an_unknown_one_refused() -> None:
    assert odd.filled(PAGE.replace("completed months of age", "something else")) == PAGE
    with pytest.raises(KeyError, match="weather"):
        odd.filled("<!-- generated: weather -->\n<!-- end -->\n")


def test_processes_of_the_month_have_a_section_each_in_their_order() -> None:
    assert [(str(place), process.name) for place, process in enumerate(MONTH, start=1)] == SECTIONS


def test_each_section_holds_the_table_of_its_own_process() -> None:
    parts = re.split(r"^### 7\.\d+ ", PAGE, flags=re.MULTILINE)[1:]
    for part, (_, name) in zip(parts, SECTIONS, strict=True):
        assert re.findall(r"<!-- generated: process (.*?) -->", part) == [name]


def test_every_evidence_key_in_the_text_stands_in_the_register() -> None:
    groups = {key.split(".", 1)[0] for key in register()}
    named = {word for word in _KEY.findall(PROSE) if word.split(".", 1)[0] in groups and not word.endswith(".py")}
    assert len(named) > 200
    assert sorted(named - set(register()) - _PATHS) == []


def test_every_key_in_the_equations_of_a_process_is_one_of_its_parameters() -> None:
    kinds = {process.name: process for process in MONTH}
    parts = re.split(r"^### 7\.\d+ ", PROSE.split("## What is not in the model yet")[0], flags=re.MULTILINE)[1:]
    for part, (_, name) in zip(parts, SECTIONS, strict=True):
        equations = "\n".join(line for line in part.splitlines() if line.startswith("    "))
        named = {word for word in _KEY.findall(equations) if word in register()}
        assert sorted(named - set(odd.keys_of(kinds[name]))) == [], name


def test_a_value_given_in_the_text_is_the_register_s() -> None:
    given = re.findall(r"`([a-z_.0-9]+)`(?:\*\*)? = (-?[\d.]*\d)", PROSE)
    assert len(given) >= 5
    assert {key: float(value) for key, value in given} == {key: register()[key].number for key, _ in given}


def test_lines_of_text_are_no_longer_than_code() -> None:
    assert [line for line in PROSE.splitlines() if len(line) > 120] == []


def test_keys_that_a_constructor_does_not_read_are_found_in_the_module() -> None:
    hospital = next(process for process in MONTH if process.name == "hospital")
    noting = odd.Noting()
    hospital(noting)
    assert "place.admission_factor" not in noting.read
    assert "place.admission_factor" in odd.keys_of(hospital)
    assert "work.women.30" in odd.keys_of(MONTH[0])


def test_levers_are_found_through_shared_rules_and_each_is_read_by_some_process() -> None:
    fields = {lever.field for lever in LEVERS}
    read = {process.name: odd.named_of(odd.module_of(process), "practice", fields) for process in MONTH}
    assert "visit_minutes" in read["allocation"]  # by the rule of a visit, which delivery holds
    assert fields - {field for found in read.values() for field in found} == set()

"""The evidence register: sound rows, every key that code uses, and numbers with overrides."""

from __future__ import annotations

import copy
import pickle
import re
from importlib.resources import files
from pathlib import Path

import pytest

from demandsim.parameters.register import GRADES, HEADER, Numbers, read_table, register

SOURCE = Path(str(files("demandsim")))
ROW = dict.fromkeys(HEADER, "x") | {"key": "a.b", "value": "2", "low": "1", "high": "3", "status": "A"}


def table(**cells: str) -> str:
    return ",".join(HEADER) + "\n" + ",".join({**ROW, **cells}[name] for name in HEADER) + "\n"


def test_rows_are_sound() -> None:
    for key, row in register().items():
        assert re.fullmatch(r"[a-z_]+(\.[A-Za-z0-9_]+)+", key), key
        assert row.status in GRADES, key
        assert row.source, key
        assert row.unit, key
        for cell, number in ((row.low, row.range[0]), (row.high, row.range[1])):
            assert (cell == "") == (number is None), f"{key}: {cell!r} is no number"
        if row.number is not None:
            assert row.holds(row.number), f"{key}: {row.value} is outside {row.low} to {row.high}"


def test_every_key_that_a_process_declares_stands_in_the_register() -> None:
    missing = {
        f"{path.relative_to(SOURCE)}: {key}"
        for path in sorted(SOURCE.rglob("*.py"))
        for key in re.findall(r'= evidence\(\s*"([^"]+)"\s*\)', path.read_text(encoding="utf-8"))
        if key not in register() or register()[key].number is None
    }
    assert not missing


def test_what_is_in_earlier_prices_is_carried_to_the_base_year() -> None:
    """A process that reads a price of another year than the base year reads how prices have moved since then too."""
    found = []
    for path in sorted(SOURCE.glob("processes/*.py")):
        keys = re.findall(r'= evidence\(\s*"([^"]+)"\s*\)', path.read_text(encoding="utf-8"))
        old = [k for k in keys if re.match(r"GBP .*(?<!\d)20(0\d|1\d|2[0-2])", register()[k].unit)]
        found += old
        assert not old or any(key.startswith("price.deflator_") for key in keys), f"{path.name}: {old}"
    assert "cost.social_worker_hour" in found


def test_no_process_reads_a_later_years_pounds() -> None:
    """Rates that change every April, such as allowances, are the base year's, as incomes and prices are."""
    for path in sorted(SOURCE.glob("processes/*.py")):
        keys = re.findall(r'= evidence\(\s*"([^"]+)"\s*\)', path.read_text(encoding="utf-8"))
        pounds = [key for key in keys if register()[key].unit.startswith("GBP")]
        later = [key for key in pounds if re.search(r"20(2[4-9]|[3-9]\d)", f"{key} {register()[key].unit}")]
        assert not later, f"{path.name}: {later}"


def test_grades_are_words() -> None:
    (row,) = read_table("t.csv", table())
    assert (row.grade, row.number, row.range) == ("assumed", 2.0, (1.0, 3.0))
    (words,) = read_table("t.csv", table(value="2023/24", low="", high="", status="S"))
    assert (words.grade, words.number, words.range) == ("measured", None, (None, None))


def test_a_range_holds_its_ends_and_an_open_end_holds_all() -> None:
    (row,) = read_table("t.csv", table())
    assert [row.holds(value) for value in (0.99, 1, 3, 3.01)] == [False, True, True, False]
    (open_row,) = read_table("t.csv", table(low="", high=""))
    assert open_row.holds(-1e9)
    assert open_row.holds(1e9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("key,value\na,1\n", "columns are"),
        (table(status="Q"), "t.csv:2: a.b: status 'Q'"),
        (table(note="a, b"), "t.csv:2: a.b: not 9 cells"),
        (table().rsplit(",", 1)[0] + "\n", "t.csv:2: a.b: not 9 cells"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        list(read_table("t.csv", text))


def test_numbers_are_the_central_values() -> None:
    numbers = Numbers()
    assert numbers["soc.loss_aversion"] == 2.0
    assert "price.base_year" not in numbers
    assert set(numbers) == {key for key, row in register().items() if row.number is not None}
    assert len(numbers) == len(list(numbers))


def test_overrides_replace_values_and_nothing_else() -> None:
    numbers = Numbers({"soc.loss_aversion": 1})
    assert numbers["soc.loss_aversion"] == 1.0
    assert numbers.overrides == (("soc.loss_aversion", 1.0),)
    assert {key for key, value in numbers.items() if value != Numbers()[key]} == {"soc.loss_aversion"}
    assert Numbers()["soc.loss_aversion"] == 2.0


def test_unknown_keys_are_answered_with_the_nearest() -> None:
    with pytest.raises(KeyError, match=r'no "soc\.loss_aversoin"; did you mean "soc\.loss_aversion"'):
        Numbers()["soc.loss_aversoin"]
    with pytest.raises(KeyError, match="did you mean"):
        Numbers({"soc.loss_aversoin": 1.0})
    with pytest.raises(KeyError, match="holds words, no number: 2023/24"):
        Numbers()["price.base_year"]
    with pytest.raises(ValueError, match=r"soc\.loss_aversion: nan"):
        Numbers({"soc.loss_aversion": float("nan")})


def test_numbers_travel_as_their_overrides() -> None:
    numbers = Numbers({"soc.loss_aversion": 1.0})
    assert pickle.loads(pickle.dumps(numbers)) == numbers
    assert len(pickle.dumps(numbers)) < 500
    assert copy.deepcopy(numbers) is numbers

"""Reading YAML strictly: what is read, what is refused, and that nothing else ever happens."""

from __future__ import annotations

import os
import pickle
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demandsim.scenario.errors import ScenarioError
from demandsim.scenario.loader import MAX_BYTES, MAX_DEPTH, MAX_NODES, read_yaml

QUICK = 20.0  # seconds that any refusal may take, on however busy a machine: a bomb that is let off takes hours
FUZZ = settings(max_examples=150, deadline=None, database=None)


def problems(text: str) -> list[str]:
    started = time.perf_counter()
    with pytest.raises(ScenarioError) as caught:
        read_yaml(text, label="f.yaml")
    assert time.perf_counter() - started < QUICK
    return caught.value.problems


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1", 1),
        ("-7", -7),
        ("+3", 3),
        ("0", 0),
        ("1.5", 1.5),
        (".5", 0.5),
        ("2.", 2.0),
        ("1e3", 1000.0),
        ("1.5E-2", 0.015),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("010", "010"),
        ("0x10", "0x10"),
        ("0o7", "0o7"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2024-04-01", "2024-04-01"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("30%", "30%"),
        ('"1"', "1"),
        ("'true'", "true"),
        ("[1, two, {three: 3}]", [1, "two", {"three": 3}]),
    ],
)
def test_only_yaml_1_2_numbers_and_booleans_are_read_as_such(written: str, read: Any) -> None:
    value = read_yaml(f"a: {written}").data["a"]
    assert value == read
    assert type(value) is type(read)


def test_json_is_read() -> None:
    assert read_yaml('{"a": [1, 2.5, true, null], "b": {"c": "x\\u00e9"}}').data == {
        "a": [1, 2.5, True, None],
        "b": {"c": "xé"},
    }


def test_every_value_knows_its_line() -> None:
    document = read_yaml("a:\n  b: 1\n  c:\n    - x\n    - y: 2\n")
    assert document.lines[("a", "b")] == 2
    assert document.lines[("a", "c", 0)] == 4
    assert document.lines[("a", "c", 1, "y")] == 5
    assert document.line(("a", "b", "missing")) == 2


TAB = "a tab stands where it should be indented with spaces\n  Put spaces there: YAML takes no tabs."
SIGNS = (
    "Look there and just above: indentation, a space after each colon, brackets and quotation marks in pairs, "
    "quotation marks round text that starts with % or @ or holds a colon."
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", "f.yaml:3  a: stands twice: line 1 and line 3\n  Keep one of them."),
        ("x:\n  a: 1\n  a: 1\n", "f.yaml:3  x.a: stands twice: line 2 and line 3\n  Keep one of them."),
        ("a: 1\nb: .nan\n", "f.yaml:2  b: .nan is not a number to reckon with\n  Write a finite number."),
        ("a: -.INF\n", "f.yaml:1  a: -.INF is not a number to reckon with\n  Write a finite number."),
        ("a: 1e400\n", "f.yaml:1  a: 1e400 is too large or too long a number"),
        ("a: 12345678901234567890\n", "f.yaml:1  a: 12345678901234567890 is too large or too long a number"),
        ("a: [1, &x 2]\n", "f.yaml:1  anchors (&name) are not read\n  Write the values out, or use extends:."),
        ("a: 1\nb: *x\n", "f.yaml:2  aliases (*name) are not read\n  Write the values out, or use extends:."),
        (
            "a: !!python/object/apply:os.system [x]\n",
            "f.yaml:1  tags (!name) are not read\n  Write plain text, numbers, true or false.",
        ),
        ("a: ! 3\n", "f.yaml:1  tags (!name) are not read\n  Write plain text, numbers, true or false."),
        ("b:\n  <<: {a: 1}\n", "f.yaml:2  merge keys (<<) are not read\n  Use extends: for what two scenarios share."),
        ("? [a]\n: 1\n", "f.yaml:1  a list or map stands where a key should"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2  a second document starts here\n  Keep one scenario in one file."),
        ("%YAML 1.2\n---\na: 1\n", "f.yaml:1  directives (%YAML, %TAG) are not read\n  Leave the line out."),
        ("a: [1, 2\n", f"f.yaml:2  cannot be read as YAML: did not find expected ',' or ']'\n  {SIGNS}"),
        ("a: 1\nb: %3\n", f"f.yaml:2  cannot be read as YAML: found character that cannot start any token\n  {SIGNS}"),
        ("a:\n\tb: 1\n", f"f.yaml:2  {TAB}"),
        ("a:\n  b: 1\n \t c: 1\n", f"f.yaml:3  {TAB}"),
        ('a: 1\nb: "\\e[31m"\n', "f.yaml:2  text with a control character\n  Leave the escape or the character out."),
        (
            "a: x\x00y",
            "f.yaml:1  holds a zero byte: this is no text file\n  Save it as plain text with the encoding UTF-8.",
        ),
        ("\ud800", "f.yaml:1  is not UTF-8 text\n  Save it as plain text with the encoding UTF-8."),
    ],
)
def test_what_is_refused_is_refused_in_these_words(text: str, message: str) -> None:
    assert problems(text) == [message]


def test_several_problems_are_all_named() -> None:
    assert len(problems("a: 1\na: 2\nb: .nan\nc: .inf\n")) == 3


BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(20)
)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(BOMB, "anchors", id="alias bomb"),
        pytest.param("[" * 500_000, "nested deeper", id="brackets"),
        pytest.param("{a: " * 200_000, "nested deeper", id="braces"),
        pytest.param("- " * 400_000, "nested deeper", id="dashes"),
        pytest.param("? " * 400_000, "where a key should", id="questions"),
        pytest.param("".join(" " * i + "a:\n" for i in range(1000)), "nested deeper", id="indents"),
        pytest.param("a: [" + "1," * 400_000 + "]", "more than 50,000 values", id="long list"),
        pytest.param("".join(f"k{i}: 1\n" for i in range(80_000)), "more than 50,000 values", id="many keys"),
        pytest.param("a: " + "9" * 900_000, "too long a number", id="huge integer"),
        pytest.param("a: 1." + "0" * 900_000, "too long a number", id="long decimal"),
        pytest.param("a: 1e" + "9" * 900_000, "too long a number", id="huge exponent"),
        pytest.param("a: 'x", "cannot be read as YAML", id="open quote"),
        pytest.param("#" * (MAX_BYTES + 1), "larger than 1000 kB", id="large"),
        pytest.param("a: " + "x" * MAX_BYTES, "larger than 1000 kB", id="large value"),
        pytest.param("".join(f"a: .nan{' ' * (i % 3)}\n" for i in range(20_000)), "stands twice", id="many problems"),
    ],
)
def test_hostile_text_is_refused_at_once(text: str, words: str) -> None:
    found = problems(text)
    assert any(words in line for line in found)
    assert len(found) <= 21
    assert all(len(line) < 400 for line in found)


def test_the_caps_are_where_they_are_said_to_be() -> None:
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert read_yaml(deep).data is not None
    with pytest.raises(ScenarioError, match="nested deeper"):
        read_yaml(f"[{deep}]")
    full = "[" + "1," * (MAX_NODES - 1) + "]"
    assert len(read_yaml(full).data) == MAX_NODES - 1
    with pytest.raises(ScenarioError, match="more than"):
        read_yaml(full[:-1] + "1]")


def test_files_that_are_no_text_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)) * 50)
    (tmp_path / "latin.yaml").write_bytes("a: 1\nname: café\n".encode("latin-1"))
    (tmp_path / "utf16.yaml").write_bytes("a: 1".encode("utf-16"))
    (tmp_path / "big.yaml").write_bytes(b"#" * (MAX_BYTES + 1))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    for path in [
        *tmp_path.iterdir(),
        tmp_path,
        tmp_path / "missing.yaml",
        Path("/dev/zero"),
        Path("a\0b"),
        Path("x" * 5000),
    ]:
        with pytest.raises(ScenarioError):
            read_yaml(path)
    with pytest.raises(ScenarioError, match=r"latin\.yaml:2  is not UTF-8 text"):
        read_yaml(tmp_path / "latin.yaml")


def test_windows_line_ends_and_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_bytes("\ufeffa: 1\r\nb: two\r\n".encode())
    assert read_yaml(path).data == {"a": 1, "b": "two"}


def test_an_error_survives_a_process_boundary() -> None:
    error = ScenarioError(["f.yaml:1  a: bad"])
    again = pickle.loads(pickle.dumps(error))
    assert (again.problems, str(again)) == (error.problems, str(error))


def refusal(source: Path | str) -> list[str] | None:
    """Why a source is refused, or nothing if it is read; whatever else `read_yaml` raises fails the test."""
    try:
        read_yaml(source)
    except ScenarioError as error:
        return error.problems
    return None


def in_words(refused: list[str]) -> bool:
    """It is said why, and in nothing that could do more to a terminal than be shown."""
    return bool(refused) and all(line.replace("\n", "").isprintable() for line in refused)


@FUZZ
@given(st.text(alphabet="ab01.:-_?,[]{}&*!|>'\"%@`#<~\n\t \\é\x00\x07\ud800e+nulTrue"))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    refused = refusal(text)
    assert refused is None or in_words(refused)


@FUZZ
@given(data=st.binary(max_size=300))
def test_any_file_is_read_or_refused_in_words(data: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    refused = refusal(path)
    assert refused is None or in_words(refused)

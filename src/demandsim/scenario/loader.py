"""Strict reading of YAML: from the parser's events, so that nothing hostile is ever built.

What is left of YAML: maps with text keys, lists, text, true and false, decimal numbers. No aliases, anchors, tags,
merge keys or second documents; no key twice; ``no``, ``010`` and ``1:30`` are text; no infinity and no NaN.
"""

from __future__ import annotations

import math
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, NoReturn

import yaml

from demandsim.scenario.errors import Path, ScenarioError, problem, shown

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
MAX_NODES = 50_000
_MAX_NUMBER_CHARACTERS = 40
_MAX_WHOLE_NUMBER = 10**15
_MAX_PROBLEMS = 20

_PARSER = getattr(yaml, "CLoader", yaml.Loader)  # the C scanner is ten times faster; both only give events here
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.inf|\.nan", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True)
class Document:
    """What a file says, and where.

    Attributes:
        data: Maps, lists, text, numbers, true, false and None.
        lines: Line number, from 1, of each key and list item by its path; the empty path is the file's first line.
        label: What the file is called in messages.
    """

    data: Any
    lines: Mapping[Path, int]
    label: str

    def line(self, path: Path) -> int | None:
        """Line of a value, or of the nearest thing around it that the file holds."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return None

    def problem(self, path: Path, message: str, hint: str = "") -> str:
        """A problem with the value at a path of this file."""
        return problem(self.label, self.line(path), path, message, hint)


def read_yaml(source: FilePath | str, *, label: str | None = None) -> Document:
    """Read one YAML or JSON document strictly.

    Args:
        source: A file (`pathlib.Path`), or the text itself.
        label: What to call it in messages; the file's path, or ``text``, if not given.

    Returns:
        Its data with the line of every value.

    Raises:
        ScenarioError: If it cannot be read or holds anything that scenario files do not.
    """
    if isinstance(source, FilePath):
        label = label or str(source)
        raw = _read_bytes(source, label)
    else:
        label = label or "text"
        # surrogates cannot be written as UTF-8: they are refused below with everything else that is not text
        raw = source.encode("utf-8", errors="surrogatepass")
    return _Reader(label).read(_decode(raw, label))


def _read_bytes(path: FilePath, label: str) -> bytes:
    """The content of a regular file, up to one byte above the cap."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ScenarioError([problem(label, None, (), "not a file that can be read", "Give a text file.")])
        with open(path, "rb") as handle:
            return handle.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise ScenarioError([problem(label, None, (), "no such file", "Look at its name and folder.")]) from None
    except ScenarioError:
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a usable file name"
        raise ScenarioError([problem(label, None, (), f"cannot be read: {reason}")]) from None


def _decode(raw: bytes, label: str) -> str:
    if len(raw) > MAX_BYTES:
        message = f"larger than {MAX_BYTES // 1000} kB: no scenario is"
        raise ScenarioError([problem(label, None, (), message, "Look whether it is the file you mean.")])
    text = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in text:
        line = text.count(b"\n", 0, text.index(b"\x00")) + 1
        raise ScenarioError([problem(label, line, (), "holds a zero byte: this is no text file", _SAVE_AS_TEXT)])
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise ScenarioError([problem(label, line, (), "is not UTF-8 text", _SAVE_AS_TEXT)]) from None


_SEE_EXPLAIN = "`demandsim explain deficit` shows all there is to set and how it is nested."
_SAVE_AS_TEXT = "Save it as plain text with the encoding UTF-8."
_SEE_SIGNS = (
    "Look there and just above: indentation, a space after each colon, brackets and quotation marks in pairs, "
    "quotation marks round text that starts with % or @ or holds a colon."
)


class _Reader:
    """Builds data from events, one document, refusing what is not allowed at the line where it stands."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.lines: dict[Path, int] = {(): 1}
        self.problems: list[str] = []
        self.nodes = 0

    def read(self, text: str) -> Document:
        """The document in a text."""
        try:
            data = self._document(self._events(text))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else None
            self._stop(line, *_not_yaml(text, line, error.problem or error.context or "malformed"))
        except yaml.reader.ReaderError as error:
            position = error.position if isinstance(error.position, int) else 0
            line = text.count("\n", 0, position) + 1
            self._stop(line, "holds a character that no text file should", _SAVE_AS_TEXT)
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            if isinstance(error, ScenarioError):
                raise
            self._stop(None, "cannot be read as YAML")
        if self.problems:
            raise ScenarioError(self.problems)
        return Document(data, self.lines, self.label)

    def _events(self, text: str) -> Iterator[yaml.Event]:
        depth = 0
        for event in yaml.parse(text, Loader=_PARSER):
            self._refuse(event)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    self._stop(_line(event), f"nested deeper than {MAX_DEPTH} levels", _SEE_EXPLAIN)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            yield event

    def _refuse(self, event: yaml.Event) -> None:
        """Stop at what scenario files never hold, and at too much of anything."""
        if isinstance(event, yaml.NodeEvent):
            self.nodes += 1
            if self.nodes > MAX_NODES:
                self._stop(_line(event), f"more than {MAX_NODES:,} values: no scenario has")
            if isinstance(event, yaml.AliasEvent):
                self._stop(_line(event), "aliases (*name) are not read", "Write the values out, or use extends:.")
            if event.anchor is not None:
                self._stop(_line(event), "anchors (&name) are not read", "Write the values out, or use extends:.")
            if getattr(event, "tag", None) is not None:
                self._stop(_line(event), "tags (!name) are not read", "Write plain text, numbers, true or false.")
        elif isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            self._stop(_line(event), "directives (%YAML, %TAG) are not read", "Leave the line out.")

    def _document(self, events: Iterator[yaml.Event]) -> Any:
        next(events)  # stream start
        data = None
        if isinstance(next(events), yaml.DocumentStartEvent):
            data = self._value(next(events), (), events)
            next(events)  # document end
            following = next(events)
            if isinstance(following, yaml.DocumentStartEvent):
                self._stop(_line(following), "a second document starts here", "Keep one scenario in one file.")
        return data

    def _value(self, event: yaml.Event, path: Path, events: Iterator[yaml.Event]) -> Any:
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(path, events)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(path, events)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        raise AssertionError(f"no value starts with {event}")

    def _mapping(self, path: Path, events: Iterator[yaml.Event]) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            if not isinstance(event, yaml.ScalarEvent):
                self._stop(_line(event), "a list or map stands where a key should")
            key, line = event.value, _line(event)
            self._refuse_control(event)
            if event.implicit[0] and key == "<<":
                self._stop(line, "merge keys (<<) are not read", "Use extends: for what two scenarios share.")
            below = (*path, key)
            if key in data:
                self._note(line, below, f"stands twice: line {self.lines[below]} and line {line}", "Keep one of them.")
            else:
                self.lines[below] = line
            data[key] = self._value(next(events), below, events)
        return data

    def _list(self, path: Path, events: Iterator[yaml.Event]) -> list[Any]:
        data: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            below = (*path, len(data))
            self.lines[below] = _line(event)
            data.append(self._value(event, below, events))
        return data

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> Any:
        """Text, a number, true, false or None: what YAML 1.2 says of decimal numbers and of nothing more."""
        text: str = event.value
        self._refuse_control(event)
        if not event.implicit[0]:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _NOT_FINITE.fullmatch(text):
            self._note(_line(event), path, f"{shown(text)} is not a number to reckon with", "Write a finite number.")
            return 0
        if not _DECIMAL.fullmatch(text):
            return text
        return self._number(text, event, path)

    def _refuse_control(self, event: yaml.ScalarEvent) -> None:
        """Escapes in quoted text can make characters that would command a terminal or turn its text round."""
        if _CONTROL.search(event.value):
            self._stop(_line(event), "text with a control character", "Leave the escape or the character out.")

    def _number(self, text: str, event: yaml.Event, path: Path) -> int | float:
        if len(text) <= _MAX_NUMBER_CHARACTERS:
            number = int(text) if _WHOLE.fullmatch(text) else float(text)
            if math.isfinite(number) and abs(number) <= _MAX_WHOLE_NUMBER:
                return number
        self._note(_line(event), path, f"{shown(text)} is too large or too long a number")
        return 0

    def _note(self, line: int, path: Path, message: str, hint: str = "") -> None:
        self.problems.append(problem(self.label, line, path, message, hint))
        if len(self.problems) >= _MAX_PROBLEMS:
            raise ScenarioError(self.problems)

    def _stop(self, line: int | None, message: str, hint: str = "") -> NoReturn:
        raise ScenarioError([*self.problems, problem(self.label, line, (), message, hint)])


def _not_yaml(text: str, line: int | None, said: str) -> tuple[str, str]:
    """Message and hint for what the parser cannot make sense of; of a tab its own words would not tell."""
    written = text.splitlines()[line - 1] if line and line <= len(text.splitlines()) else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return "a tab stands where it should be indented with spaces", "Put spaces there: YAML takes no tabs."
    return f"cannot be read as YAML: {shown(said)}", _SEE_SIGNS


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1

"""A council's own figures in place of the published ones: a small file to export, edit and give back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol

from demandsim.place.names import PlaceError, PlaceName, find_place
from demandsim.written import did_you_mean_number

FORMAT = 1
"""Version of the file."""

_KEYS = ("format", "place", "source", "figures")


class YamlFile(Protocol):
    """What the strict YAML reader gives: the data of a file, and the line on which each value stands."""

    @property
    def data(self) -> Any:
        """Dictionaries, lists and plain values."""

    def line(self, path: tuple[str | int, ...], /) -> int | None:
        """Line of the value at a path of keys."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure that a council may give.

    Attributes:
        low: Smallest value that makes sense.
        high: Largest.
        meaning: What it is, with its unit.
    """

    low: float
    high: float
    meaning: str


FIGURES: Mapping[str, Figure] = {
    "deaths_factor": Figure(0.4, 2.0, "deaths of a year against UK death rates of 2024, all people"),
    "births_factor": Figure(0.2, 2.5, "births of a year against the fertility of England and Wales in 2017"),
    "moves_out_per_1000": Figure(5, 400, "people who leave the place in a year, per 1,000"),
    "moves_in_per_1000": Figure(5, 400, "people who come to the place in a year, per 1,000"),
    "partnered_share": Figure(0.2, 0.8, "people of 16 and over who live with a partner, share"),
    "living_alone_factor": Figure(0.5, 1.4, "people living alone against the UK shares by age and sex"),
    "care_home_residents": Figure(0, 50_000, "residents of care homes aged 65 and over, people"),
    "home_owner_share": Figure(0.05, 0.95, "households that own their home, share"),
}
"""What may stand under ``figures:``: what the place is built from, and how people come and go."""

_NOT_HERE: Mapping[str, str] = {
    "population": "the people are those of the ONS estimate of mid-2024, and a file cannot replace them",
    "budget": "the budget is what today's practice costs here; a scenario says how it changes (`budget:` in its file)",
    "clients": "who has long-term support comes out of the model, and a file cannot set it",
    "vacancy": "how many posts are empty comes out of the model, and a file cannot set it",
    "lonely": "who is lonely comes out of the model, and a file cannot set it",
}
"""What people look for in the file, and why it is not there."""


@dataclass(frozen=True)
class OwnFigures:
    """Figures that a council gave for its place.

    Attributes:
        place: The place.
        figures: Values by name, only those given.
        source: Where they come from, in the council's words.
    """

    place: PlaceName
    figures: Mapping[str, float] = field(default_factory=dict)
    source: str = ""


def own_or_none(own: OwnFigures | None, place: PlaceName) -> OwnFigures | None:
    """The figures, after a check that they are this place's.

    Raises:
        PlaceError: If they belong to another place.
    """
    if own is not None and own.place.code != place.code:
        raise PlaceError(f"the figures given are of {own.place.name}, but the place is {place.name}")
    return own


def export_place(place: PlaceName | str, path: str | Path) -> Path:
    """Write a file in which a council can put its own figures; the published ones stand beside them as remarks.

    Args:
        place: The place, or what people call it.
        path: File to write. An existing one is left alone.

    Returns:
        The path written.

    Raises:
        PlaceError: If the file exists, or no file can be made there.
        OSError: If it cannot be written to its end, as on a full disk; what was written is taken away.
    """
    from demandsim.place.profile import place_profile

    where = find_place(place) if isinstance(place, str) else place
    published = place_profile(where).published_figures()
    lines = [
        f"# Own figures for {where.name}. Take the # away from a line to give your own value; what stays a remark is",
        "# taken from the published tables. Use it with: demandsim run SCENARIO --place THIS_FILE.yaml",
        f"format: {FORMAT}",
        f"place: {where.code}",
        "source: our own records # say whose figures these are, in a few words",
        "figures:",
    ]
    for name, figure in FIGURES.items():
        value = published.get(name)
        shown = "" if value is None else f" {value:.4g}" if value < 1000 else f" {value:.0f}"
        lines.append(f"  # {name}:{shown}  # {figure.meaning}{'' if shown else ' (not published for this place)'}")
    target = Path(path)
    try:
        handle = target.open("x", encoding="utf-8", newline="\n")
    except FileExistsError:
        raise PlaceError(f"{target} exists already: choose another name, or remove it first") from None
    except OSError as error:
        raise PlaceError(f"cannot write {target}: {error.strerror}. Choose another folder") from None
    try:
        with handle:
            handle.write("\n".join(lines) + "\n")
    except OSError:
        target.unlink(missing_ok=True)
        raise
    return target


def load_own(path: str | Path, read_yaml: Callable[[Path], YamlFile]) -> OwnFigures:
    """Read and check a file of a council's own figures.

    Args:
        path: The file.
        read_yaml: The strict YAML reader, `demandsim.scenario.loader.read_yaml`.

    Raises:
        PlaceError: If a key is unknown or a value out of range; the message names file, line and key.
    """
    file = read_yaml(Path(path))
    tree = file.data

    def wrong(message: str, *keys: str) -> PlaceError:
        line = file.line(keys)
        return PlaceError(f"{path}{'' if line is None else f':{line}'}: {message}")

    if not isinstance(tree, Mapping):
        raise wrong(f"a file of own figures starts with `format: {FORMAT}` and `place: CODE`")
    _only_known(tree, _KEYS, (), wrong)
    if tree.get("format") != FORMAT or isinstance(tree["format"], bool):
        raise wrong(f"format must be {FORMAT}, not {tree.get('format')!r}", "format")
    if not isinstance(tree.get("place"), str):
        raise wrong("place is missing: give a code or a name, such as `place: E08000024`", "place")
    source = tree.get("source") or ""
    if not isinstance(source, str):
        raise wrong("source must be a few words of text", "source")
    figures = tree.get("figures") or {}
    if not isinstance(figures, Mapping):
        raise wrong("figures must hold lines of `name: value`, with a space after the colon", "figures")
    _only_known(figures, tuple(FIGURES), ("figures",), wrong)
    for name, value in figures.items():
        _check(name, value, wrong)
    try:
        place = find_place(tree["place"])
    except PlaceError as error:
        raise wrong(str(error), "place") from None
    return OwnFigures(place, {name: float(value) for name, value in figures.items()}, source)


def _only_known(
    tree: Mapping[Any, Any], known: tuple[str, ...], above: tuple[str, ...], wrong: Callable[..., PlaceError]
) -> None:
    """Refuse the first key that is not known, with a near one named."""
    for key in tree:
        if key not in known:
            dotted = ".".join((*above, str(key)))
            raise wrong(f"unknown key {dotted}; {_hint(str(key), known, above)}", *above, key)


def _hint(key: str, known: tuple[str, ...], above: tuple[str, ...]) -> str:
    """How to mend a key that is not known: a near one, the right place for it, why there is none, or all there are."""
    if key in FIGURES:
        return f"it belongs below `figures:`, two spaces in: `  {key}: …`"
    if key in _KEYS:
        return "it belongs at the start of a line, above `figures:`"
    if word := next((word for word in _NOT_HERE if word in key.lower()), ""):
        return _NOT_HERE[word]
    close = get_close_matches(key, known, n=1)
    return f"did you mean {'.'.join((*above, close[0]))}?" if close else f"known: {', '.join(known)}"


def _check(name: str, value: Any, wrong: Callable[..., PlaceError]) -> None:
    """Refuse a figure that is no number or out of its range."""
    figure = FIGURES[name]
    if value is None:
        raise wrong(
            f"figures.{name} has no value; write a number after the colon, or # before the line", "figures", name
        )
    number = not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)
    if not number or not figure.low <= value <= figure.high:
        low, high = f"{figure.low:g}", f"{figure.high:g}"
        meant = did_you_mean_number(value, share=name.endswith("_share"))
        message = f"figures.{name} must be a number from {low} to {high} ({figure.meaning}), not {value!r}.{meant}"
        raise wrong(message, "figures", name)

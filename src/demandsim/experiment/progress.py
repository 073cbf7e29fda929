"""Progress of runs: a bar on a terminal, a line a minute in a log, lines of JSON for another program."""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any, Protocol

_LOG_EVERY = 60.0
_JSON_EVERY = 5.0


class Progress(Protocol):
    """Where progress is shown."""

    def update(self, months: int) -> None:
        """So many months more have been simulated."""
        ...

    def say(self, text: str) -> None:
        """Tell the user something about the run."""
        ...


class Shown(Progress, Protocol):
    """Progress that takes up room on the screen until it is taken away."""

    def close(self) -> None:
        """Take it away."""
        ...


class Silent:
    """Shows no progress."""

    def close(self) -> None:
        """Do nothing."""

    def update(self, months: int) -> None:
        """Do nothing."""

    def say(self, text: str) -> None:
        """Warn the script that runs this."""
        warnings.warn(text, stacklevel=2)


class _Pace:
    """How far it is and how long it takes yet.

    The clock starts with the first months that are told of: until then kernels are compiled and places are made, and
    those months may be runs that were found on disk.
    """

    def __init__(self, months: int) -> None:
        self.total = months
        self.done = 0
        self._before = 0
        self._began: float | None = None

    def add(self, months: int) -> None:
        self.done = min(self.total, self.done + months)
        if self._began is None and months:
            self._before, self._began = self.done, time.monotonic()

    @property
    def percent(self) -> float:
        return 100.0 * self.done / self.total if self.total else 100.0

    @property
    def remaining(self) -> float | None:
        """Seconds to go at the pace so far; None while nothing is known of it."""
        if self._began is None or self.done == self._before:
            return None
        return (self.total - self.done) * (time.monotonic() - self._began) / (self.done - self._before)

    @property
    def to_go(self) -> str:
        """The same in words, empty while nothing is known."""
        return "" if self.remaining is None else f"{in_words(self.remaining)} to go"


def in_words(seconds: float) -> str:
    """A time as people say it: ``40 s``, ``12 min``, ``3 h 20 min``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


class Bar:
    """A progress bar on stderr; where stderr is no terminal, one line a minute.

    Args:
        months: Months to simulate in all.
    """

    def __init__(self, months: int) -> None:
        self._pace = _Pace(months)
        self._last = time.monotonic()
        self._bar: Any = None
        if sys.stderr.isatty():
            from tqdm import tqdm

            layout = "{desc} {percentage:3.0f} %|{bar:30}| {elapsed} gone{postfix}"
            self._bar = tqdm(total=months, desc="Simulating", bar_format=layout, ascii=" =", leave=False)

    def update(self, months: int) -> None:
        """So many months more have been simulated."""
        self._pace.add(months)
        if self._bar is not None:
            self._bar.set_postfix_str(self._pace.to_go, refresh=False)
            self._bar.update(self._pace.done - self._bar.n)
        elif time.monotonic() - self._last >= _LOG_EVERY:
            self._last = time.monotonic()
            told = [f"{self._pace.percent:.0f} % simulated", self._pace.to_go]
            print(f"demandsim: {', '.join(filter(None, told))}", file=sys.stderr, flush=True)

    def say(self, text: str) -> None:
        """Print a line on stderr, above the bar where there is one."""
        if self._bar is not None:
            self._bar.clear()
        print(f"demandsim: {text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()


class JsonLines:
    """One JSON object a line on stderr: every five seconds how far it is, and whatever is to be told.

    Args:
        months: Months to simulate in all.
    """

    def __init__(self, months: int) -> None:
        self._pace = _Pace(months)
        self._last = 0.0

    def update(self, months: int) -> None:
        """So many months more have been simulated."""
        self._pace.add(months)
        if time.monotonic() - self._last >= _JSON_EVERY:
            self._last = time.monotonic()
            left = self._pace.remaining
            self._print(
                event="progress",
                percent=round(self._pace.percent, 2),
                seconds_to_go=None if left is None else round(left, 1),
            )

    def say(self, text: str) -> None:
        """Print a line that tells something about the run."""
        self._print(event="message", text=text)

    def close(self) -> None:
        """Print where it ended."""
        self._print(event="end", percent=round(self._pace.percent, 2), seconds_to_go=None)

    def _print(self, **what: object) -> None:
        print(json.dumps(what, ensure_ascii=False), file=sys.stderr, flush=True)

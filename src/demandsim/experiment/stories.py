"""Finding somebody whose story is worth telling: whose months differ most between two runs, of a kind asked for.

Every month of both runs is counted for everybody, a few counts a person; nothing else is kept. Choosing the largest
difference is selection: it shows what can happen to somebody, never how often. What is said beside it tells how much
less the others' months differ.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement, Setting
from demandsim.experiment.errors import InputError
from demandsim.experiment.pool import demand_model

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.experiment.plan import Plan, Task
    from demandsim.ledger import Month
    from demandsim.model import DemandModel

type Counts = Mapping[str, NDArray[np.int64]]
"""Months of each person by what they were counted for; and what does not change: see `Scan.people`."""

CARER_HOURS = 10
"""Hours of care a week from which a carer counts, as in the measure of strained carers."""

_OLD = 65 * 12
_MARKS = (
    "months",
    "caring",
    "strained",
    "broken_down",
    "setback",
    "supported",
    "unmet",
    "admitted",
    "delayed",
    "waiting",
    "care_home",
    "widowed",
    "alone_after",
    "lonely",
)


@dataclass(frozen=True)
class Kind:
    """A kind of story.

    Attributes:
        who: Who it can be about, in words.
        differs: What is compared, in words, after "months of".
        fits: Whom it can be about: counts under both scenarios to a mask.
        counted: The counts whose months are compared.
    """

    who: str
    differs: str
    fits: Callable[[Counts, Counts], NDArray[np.bool_]]
    counted: tuple[str, ...]


def _both(name: str, least: int = 1) -> Callable[[Counts, Counts], NDArray[np.bool_]]:
    return lambda a, b: (a[name] >= least) & (b[name] >= least)


KINDS: Mapping[str, Kind] = {
    "carer": Kind(
        "care for somebody ten hours a week or more, for a year at least",
        "strain and of having had to stop",
        _both("caring", 12),
        ("strained", "broken_down"),
    ),
    "faller": Kind(
        "are 65 or over, have a fall or other small setback and get support under one scenario at least",
        "support and of unmet need",
        lambda a, b: (a["old"] > 0) & (a["setback"] > 0) & (b["setback"] > 0) & (a["supported"] + b["supported"] > 0),
        ("supported", "unmet"),
    ),
    "bereaved": Kind(
        "lose their partner, in the same month under both, and live alone afterwards, for half a year at least",
        "loneliness, support and unmet need",
        lambda a, b: (a["widowed"] == b["widowed"]) & _both("alone_after", 6)(a, b),
        ("lonely", "supported", "unmet"),
    ),
    "hospital": Kind(
        "are admitted to hospital as an emergency and are kept there waiting for support under one scenario at least",
        "admission, delay in hospital and life in a care home",
        lambda a, b: _both("admitted")(a, b) & (a["delayed"] + b["delayed"] > 0),
        ("admitted", "delayed", "care_home"),
    ),
    "waiting": Kind(
        "wait for an assessment or for home care under one scenario at least",
        "waiting",
        lambda a, b: a["waiting"] + b["waiting"] > 0,
        ("waiting",),
    ),
    "care_home": Kind(
        "live at home to begin with and move to a care home under one scenario at least",
        "life in a care home",
        lambda a, b: (a["began_in_home"] == 0) & (a["care_home"] + b["care_home"] > 0),
        ("care_home",),
    ),
    "lonely": Kind(
        "are often lonely under one scenario at least, for half a year or more",
        "loneliness",
        lambda a, b: (a["lonely"] >= 6) | (b["lonely"] >= 6),
        ("lonely",),
    ),
}
"""Kinds of story by the name that ``--story`` takes."""


def check_kind(kind: str) -> Kind:
    """The kind of story of a name.

    Raises:
        InputError: If there is none, with the nearest name.
    """
    if kind in KINDS:
        return KINDS[kind]
    near = difflib.get_close_matches(kind[:40], KINDS, n=1)
    meant = f' Did you mean "{near[0]}"?' if near else ""
    raise InputError(f"--story {kind[:40]}: no such kind.{meant}\n  Kinds: {', '.join(KINDS)}.")


class Scan:
    """Counts everybody's months of a run; give ``scan.record`` to the model as ``on_month``."""

    def __init__(self) -> None:
        self._uid = np.zeros(0, dtype=np.uint64)
        self._counts: dict[str, NDArray[np.int64]] = {}
        self.people: dict[str, NDArray[np.int64]] = {}

    def begin(self, model: DemandModel) -> None:
        """Note the people of the start: only these are counted."""
        c = model.citizens
        self._rows = c.rows
        self._uid = c.uid[self._rows].copy()
        self._counts = {name: np.zeros(self._rows.size, dtype=np.int64) for name in _MARKS}
        self.people = {
            "old": (c.age_months[self._rows] >= _OLD).astype(np.int64),
            "began_in_home": (c.setting[self._rows] == Setting.CARE_HOME).astype(np.int64),
        }

    def record(self, model: DemandModel, _: Month) -> None:
        """Count one month."""
        c, rows = model.citizens, self._rows
        still = c.alive[rows] & (c.uid[rows] == self._uid)
        for name, mask in _marks(c, float(model.numbers["carers.strained_from"])).items():
            self._counts[name] += still & mask[rows]

    @property
    def uids(self) -> NDArray[np.uint64]:
        """Who was counted, in the order of the counts."""
        return self._uid

    @property
    def counts(self) -> Counts:
        """Months by name, and ``people``."""
        return {**self._counts, **self.people}


def _marks(c: Citizens, strained_from: float) -> dict[str, NDArray[np.bool_]]:
    """What a month counts as, for every row."""
    caring = c.care_given >= CARER_HOURS
    at_home = c.household >= 0
    size = np.bincount(c.household[at_home & c.alive], minlength=1)
    alone = at_home & (size[np.maximum(c.household, 0)] == 1)
    at_work = (c.arrangement == Arrangement.HOME_CARE) | (c.arrangement == Arrangement.DIRECT_PAYMENT)
    widowed = c.bereaved_month >= 0
    return {
        "months": c.alive,
        "caring": caring,
        "strained": caring & (c.strain > np.float32(strained_from)),
        "broken_down": c.broken_down > 0,
        "setback": c.setback,
        "supported": at_work | (c.reablement > 0),
        "unmet": c.unmet,
        "admitted": c.admitted,
        "delayed": c.delayed_days > 0,
        "waiting": c.waiting > 0,
        "care_home": c.setting == Setting.CARE_HOME,
        "widowed": widowed,
        "alone_after": widowed & alone,
        "lonely": c.lonely,
    }


@dataclass(frozen=True)
class Chosen:
    """Somebody chosen for a story.

    Attributes:
        uid: Who.
        words: How they were chosen, and how they compare with the others it could have been.
    """

    uid: int
    words: str


def choose(plan: Plan, kind: str) -> Chosen:
    """Run both scenarios of a plan and choose whom a story of a kind is about.

    Only people of the start count, who live equally long in both runs and at least half of their length, so that the
    months are of one life. Of equals the lowest ``uid`` is taken. Each kind is about somebody else, as far as there is
    anybody: whom an earlier kind of `KINDS` is about is passed over.

    Raises:
        InputError: If there is no such kind, or nobody whose months differ.
    """
    check_kind(kind)
    first, second = (scan(task) for task in plan.tasks()[0][:2])
    return choose_from(first, second, kind, plan.years)


def choose_from(first: Scan, second: Scan, kind: str, years: int) -> Chosen:
    """Choose as `choose` does, from two runs that have been counted already.

    Args:
        first: Counts of one run.
        second: Counts of the other, of the same start and luck.
        kind: Kind of story.
        years: Model years of both.

    Raises:
        InputError: As for `choose`.
    """
    wanted = check_kind(kind)
    a, b = first.counts, second.counts
    one_life = (a["months"] == b["months"]) & (a["months"] * 2 >= 12 * years)
    taken: list[int] = []
    for each in KINDS.values():
        apart = _apart(each, a, b, one_life)
        ranked = np.lexsort((first.uids, -apart))
        ranked = ranked[apart[ranked] > 0]
        free = ranked[~np.isin(ranked, taken)]
        best = next(iter((*free, *ranked)), None)
        if each is wanted:
            break
        taken += [] if best is None else [int(best)]
    if best is None:
        found = "their months do not differ" if (apart == 0).any() else "there is nobody"
        raise InputError(
            f"--story {kind}: of those who {wanted.who}, {found} in this sample.\n"
            "  Try a larger --scale, more --years, another --seed, or another kind of story."
        )
    words = _chosen_words(wanted, apart[apart >= 0], int(apart[best]), passed=best != ranked[0])
    return Chosen(int(first.uids[best]), words)


def _apart(kind: Kind, a: Counts, b: Counts, one_life: NDArray[np.bool_]) -> NDArray[np.int64]:
    """By how many months of a kind each person's two lives differ; -1 for those whom it cannot be about."""
    months = sum((np.abs(a[name] - b[name]) for name in kind.counted), np.zeros(one_life.size, dtype=np.int64))
    return np.where(kind.fits(a, b) & one_life, months, -1)


def scan(task: Task, tick: Callable[[], None] | None = None) -> Scan:
    """Run a task's model and count everybody's months.

    Args:
        task: The run.
        tick: Called after every month; it may raise to stop the run.
    """
    counts = Scan()
    model: Any = demand_model(task, counts.record)
    counts.begin(model)
    for _ in range(12 * task.years):
        model.step()
        if tick is not None:
            tick()
    return counts


def _chosen_words(kind: Kind, apart: NDArray[np.int64], most: int, *, passed: bool) -> str:
    """How somebody was chosen, in words: this is selection, and has to be said."""
    different = apart[apart > 0]
    this = "this is the one, after those whom other kinds of story are about," if passed else "this is the one"
    others = f"half of those who differ do so by {_months(int(np.median(different)))} or fewer"
    return (
        f"Chosen, not typical: of the {apart.size:,} simulated people who {kind.who}, {this} whose months of "
        f"{kind.differs} differ most between the two scenarios ({_months(most)}). For "
        f"{apart.size - different.size:,} of them they do not differ at all"
        f"{f'; {others}' if different.size > 1 else ''}."
    )


def _months(number: int) -> str:
    return f"{number} month" if number == 1 else f"{number} months"

"""How good the evidence behind each headline is, in words: what the parameters that move it rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demandsim.experiment.comparison import Results
from demandsim.experiment.draws import values_drawn
from demandsim.experiment.drivers import FEWEST_DRAWS, Drivers, drivers_of_draws, packaged
from demandsim.parameters.register import GRADES
from demandsim.report.headlines import Headline, headlines, plain

NOT_MEASURED = "not yet measured"
NONE_CLEAR = "nothing tried moves it clearly"
_MOST = 2 / 3
"""Share of the movement from which one kind of evidence stands for the whole."""
_KINDS = ("S", "K", "A")
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Graded:
    """A headline and the evidence behind it.

    Attributes:
        row: The headline.
        drivers: What moves it; None where that has not been measured.
    """

    row: Headline
    drivers: Drivers | None

    @property
    def grade(self) -> str:
        """Strong, mixed or weak; with ``so far`` where not all parameters were tried; or that it is not known."""
        if self.drivers is None:
            return NOT_MEASURED
        if not self.drivers.weights:
            return NONE_CLEAR
        sides = {"strong": self.drivers.share("S"), "weak": self.drivers.share("A")}
        word = next((word for word, share in sides.items() if share >= _MOST), "mixed")
        return word if self.drivers.tried >= self.drivers.of else f"{word} so far"

    @property
    def words(self) -> str:
        """The grade and what it rests on: ``weak so far: 98 % assumed, 2 % recalled``."""
        if self.drivers is None or not self.drivers.weights:
            return self.grade
        shares = {GRADES[kind]: 100 * self.drivers.share(kind) for kind in _KINDS}
        told = [f"{share:.0f} % {kind}" for kind, share in sorted(shares.items(), key=lambda s: -s[1]) if share >= 0.5]
        return f"{self.grade}: {', '.join(told)}"

    def record(self) -> dict[str, object]:
        """As ``--json`` gives it: shares by kind of evidence, and the parameters that move it most."""
        held = self.drivers
        known = held is not None and bool(held.weights)
        return {
            "measure": self.row.measure,
            "by": self.row.by,
            "group": self.row.group,
            "grade": self.grade,
            "words": self.words,
            **{GRADES[kind]: held.share(kind) if held is not None and known else None for kind in _KINDS},
            "drivers": [
                {"key": key, "share": weight} for key, weight in list(held.weights.items() if held else ())[:_NAMED]
            ],
            "parameters_tried": held.tried if held else 0,
            "parameters": held.of if held else 0,
            "draws": held.draws if held else 0,
        }


def graded(results: Results) -> list[Graded]:
    """Every headline with the evidence behind it.

    From the comparison's own draws where there are at least a hundred, about what the second scenario makes of the
    first in the last year; else from the packaged trials of strengths-based against deficit-based practice.
    """
    values = values_drawn(results.plan) if len(results.draws) >= FEWEST_DRAWS else []
    return [Graded(row, _drivers(results, row, values)) for row in headlines(results)]


def _drivers(results: Results, row: Headline, values: Sequence[Mapping[str, float]]) -> Drivers | None:
    if not values:
        return packaged().get((row.measure, row.by, row.group))
    import numpy as np

    first, *others = [scenario.name for scenario in results.plan.practices]
    where = (row.measure, results.years[-1], row.by, row.group)
    answer = results.values(others[0] if others else first, *where, drawn=True)
    if others:
        answer = answer - results.values(first, *where, drawn=True)
    kept = [values[number] for number in results.draws]
    return drivers_of_draws({key: np.array([draw[key] for draw in kept]) for key in kept[0]}, answer)


def evidence_rows(found: Sequence[Graded]) -> list[str]:
    """The headlines, each with its evidence in words: lines of at most 80 columns."""
    return [f"{held.row.label:<24}  {held.words}" for held in found]


def how_graded(found: Sequence[Graded]) -> str:
    """In a sentence or two, how the evidence was graded."""
    held = next((g.drivers for g in found if g.drivers is not None), None)
    if held is not None and held.draws:
        return (
            f"Evidence: of what moves a row's difference across {held.draws} draws of {held.tried} parameters, how "
            "much is the doing of parameters that are measured, recalled or assumed."
        )
    tried = ""
    if held is not None:
        some = f"All {plain(held.of)}" if held.tried == held.of else f"{plain(held.tried)} of {plain(held.of)}"
        so_far = "" if held.tried == held.of else " so far"
        tried = (
            f" {some} assumed or recalled parameters that may vary have been tried{so_far} (decisions, such as "
            "settings of practice, and rates by age and sex are held), and no measured one."
        )
        if any(g.drivers is None for g in found):
            tried += " What they do to rows not yet measured was not kept."
    return (
        "Evidence: of what moves a row's difference between strengths-based and deficit-based practice, one parameter "
        f"at a time at the ends of its range, how much is recalled or assumed.{tried}"
    )


def with_evidence(results: Results, records: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """Records of differences, each headline's with the grade of its evidence in words; the others with None."""
    words = {(g.row.measure, g.row.by, g.row.group): g.words for g in graded(results)}
    return [
        record | {"evidence": words.get((str(record["measure"]), str(record["by"]), str(record["group"])))}
        for record in records
    ]

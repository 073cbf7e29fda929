"""What the output says of a sample's bias: which headlines read higher or lower than everybody's, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

from demandsim.experiment.comparison import Results
from demandsim.experiment.plan import Plan
from demandsim.experiment.scale import LEAST_ERRORS, LEAST_PERCENT, Bias, Figure, measured, nearest, sample_size
from demandsim.measures.register import MEASURES
from demandsim.report.headlines import HEADLINES, in_words, signed

_BALANCE = "council_balance"
_ABOUT = 0.8
"""From this share of a measured sample's size on, another counts as no smaller."""


def known_bias(people: int, known: Sequence[Bias] | None = None) -> list[Bias]:
    """What is known of the headlines in samples of about so many people.

    Args:
        people: Residents simulated.
        known: Measured bias; the packaged one if left out.
    """
    shown = set(_labels())
    return [each for each in nearest(people, measured() if known is None else known) if each.figure in shown]


def told_bias(people: int, known: Sequence[Bias] | None = None) -> list[str]:
    """Each headline that samples of about so many people read otherwise, and by how much: "Carers −4 % ± 1.0 (…)".

    Args:
        people: Residents simulated.
        known: Measured bias; the packaged one if left out.
    """
    return [_told(each) for each in _widest(known_bias(people, known))]


def scale_note(plan: Plan, known: Sequence[Bias] | None = None) -> str:
    """A sentence on the bias of a sample; empty for everybody.

    Args:
        plan: What was run.
        known: Measured bias; the packaged one if left out.
    """
    if plan.scale == 1:
        return ""
    people = sample_size(plan)
    near = known_bias(people, known)
    if not near:
        return "Bias of a sample: not measured; run everybody (without --scale) before relying on a level."
    smaller = ""
    if people < _ABOUT * min(each.people for each in near):
        smaller = " A sample so small was never measured, and can differ more."
    where = f"among {near[0].people:,} people of {near[0].place} ({near[0].seeds} runs)"
    limits = f"{LEAST_PERCENT:g} % and {LEAST_ERRORS:g} standard errors"
    found = told_bias(people, known)
    if not found:
        said = f"no headline was found to differ from everybody's by more than {limits}."
    else:
        said = f"these differ from everybody's by more than {limits}: {'; '.join(found)}."
    return f"Bias of a sample (here {people:,} people): {where} {said}{smaller}"


def levels_note(plan: Plan, known: Sequence[Bias] | None = None) -> str:
    """What a room is told of a sample's levels; empty of everybody, and where none is known to be off.

    Args:
        plan: What is run.
        known: Measured bias; the packaged one if left out.
    """
    people = sample_size(plan)
    found = [] if plan.scale == 1 else told_bias(people, known)
    if not found:
        return ""
    near = known_bias(people, known)[0]
    return (
        f"Among so few people some levels are off. Measured in {near.place}, {near.people:,} people against everybody: "
        f"{'; '.join(found)}. Hold plans against each other here, and take levels from the run of the full place."
    )


def scale_record(plan: Plan, known: Sequence[Bias] | None = None) -> dict[str, object] | None:
    """The same for machines: ``scale_bias`` of ``--json``; None for everybody."""
    if plan.scale == 1:
        return None
    people = sample_size(plan)
    near = known_bias(people, known)
    return {
        "people": people,
        "measured_people": near[0].people if near else None,
        "measured_scale": near[0].scale if near else None,
        "measured_place": near[0].place if near else None,
        "seeds": near[0].seeds if near else None,
        "differing": [
            {
                "measure": each.figure.measure,
                "by": each.figure.by,
                "group": each.figure.group,
                "scenario": each.scenario,
                "difference_percent": each.difference_percent,
                "standard_error_percent": each.standard_error_percent,
            }
            for each in near
            if each.found
        ],
    }


def figures() -> list[Figure]:
    """The figures of the headline rows."""
    return list(_labels())


def place_figures(results: Results) -> list[Figure]:
    """The figures of the headline rows, then every other measure of which the place as a whole has results."""
    headline = figures()
    others = [Figure(measure) for measure in MEASURES if results.has(measure)]
    return headline + [figure for figure in others if figure not in headline]


def label(figure: Figure) -> str:
    """What the headline row of a figure is called, without its unit."""
    return _labels()[figure]


def _labels() -> dict[Figure, str]:
    return {Figure(row.measure, row.by, row.group): row.label.removesuffix(", £m") for row in HEADLINES}


def _widest(near: Sequence[Bias]) -> list[Bias]:
    """Of each figure that differs, the scenario under which it differs most."""
    worst: dict[Figure, Bias] = {}
    for each in near:
        held = worst.get(each.figure)
        if each.found and (held is None or abs(each.difference_percent) > abs(held.difference_percent)):
            worst[each.figure] = each
    return list(worst.values())


def _told(each: Bias) -> str:
    of = " of council spending" if each.figure.measure == _BALANCE else ""
    size = f"{signed(each.difference_percent, 1)} % ± {each.standard_error_percent:.1f}{of}"
    return f"{label(each.figure)} {size} ({in_words(each.scenario)})"

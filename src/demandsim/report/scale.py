"""What the output says of a sample's bias: which headlines read higher or lower than everybody's, and by how much."""

from __future__ import annotations

from collections.abc import Sequence

from demandsim.experiment.comparison import Results
from demandsim.experiment.scale import LEAST_ERRORS, LEAST_PERCENT, Bias, Figure, measured, nearest
from demandsim.measures.register import MEASURES
from demandsim.report.headlines import HEADLINES, in_words, signed

_BALANCE = "council_balance"


def known_bias(scale: float, known: Sequence[Bias] | None = None) -> list[Bias]:
    """What is known of the headlines at the measured scale nearest to one; nothing for everybody.

    Args:
        scale: Share of residents simulated.
        known: Measured bias; the packaged one if left out.
    """
    shown = set(_labels())
    return [each for each in nearest(scale, measured() if known is None else known) if each.figure in shown]


def scale_note(scale: float, known: Sequence[Bias] | None = None) -> str:
    """A sentence on the bias of a sample; empty for everybody.

    Args:
        scale: Share of residents simulated.
        known: Measured bias; the packaged one if left out.
    """
    if scale == 1:
        return ""
    known = measured() if known is None else known
    near = known_bias(scale, known)
    if not near:
        return "Bias of a sample: not measured; run everybody (without --scale) before relying on a level."
    smaller = ""
    if scale < min(each.scale for each in known):
        smaller = f" One of {100 * scale:.3g} % is smaller than any that was measured, and can differ more."
    where = f"in samples of {100 * near[0].scale:.3g} % of {near[0].place} ({near[0].seeds} runs)"
    limits = f"{LEAST_PERCENT:g} % and {LEAST_ERRORS:g} standard errors"
    found = [_told(each) for each in _widest(near)]
    if not found:
        said = f"no headline was found to differ from everybody's by more than {limits}."
    else:
        said = f"these differ from everybody's by more than {limits}: {'; '.join(found)}."
    return f"Bias of a sample: {where} {said}{smaller}"


def scale_record(scale: float, known: Sequence[Bias] | None = None) -> dict[str, object] | None:
    """The same for machines: ``scale_bias`` of ``--json``; None for everybody."""
    if scale == 1:
        return None
    near = known_bias(scale, known)
    return {
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

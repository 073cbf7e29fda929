"""Who gains and who loses, in lines of at most 80 columns; and by how much shared luck narrows the ranges."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from demandsim.agents.cells import AGE_BANDS
from demandsim.experiment.comparison import Results, Values
from demandsim.experiment.gains import CHANGES, GROUPS, OUTCOMES
from demandsim.parameters.register import Numbers
from demandsim.report.answer import WIDTH, wrapped
from demandsim.report.headlines import called, headlines, plain, signed

PAIRING_COLUMNS = ("scenario", "against", "measure", "by", "group", "narrower_variance_times", "runs")
_LABEL = 36
_CHILDREN = ("age", AGE_BANDS[0])
_WORDS = {"female": "women", "male": "men", "1": "1 (most)", "5": "5 (least)"}
Held = dict[tuple[str, str, str, str], tuple[float, float, float]]
"""Value, low and high by outcome, breakdown, group and change; NaN where not known."""
_BY = {
    "quintile": "Deprivation fifth {}",
    "sex": "{}",
    "age": "Aged {}",
    "carer": "Carer at the start: {}",
    "need": "Need at the start: {}",
}


def gains_text(results: Results, gains: pd.DataFrame) -> str:
    """Who gains and who loses, option by option.

    Args:
        results: What was compared.
        gains: As `who_gains` counts them.
    """
    lines: list[str] = []
    for (name, against), rows in gains.groupby(["scenario", "against"], sort=False):
        lines += ["", *_pair_lines(results, str(name), str(against), rows)]
    least = {outcome.name: f"{Numbers()[outcome.key]:g}" for outcome in OUTCOMES}
    lines += wrapped(
        "Adults who lived here when the run began, each held against themselves under the same luck. Better or worse: "
        f"by {least['unmet_hours']} unmet hours a week, {least['wellbeing']} of wellbeing (0 to 10), "
        f"{least['strain']} of strain (0 to 1) or {least['months']} month at least. A change anywhere also reshuffles "
        "who is next in a queue, so that many gain and many lose by chance; what the scenario does is the difference. "
        "–: nobody, or too few people simulated to be shown."
    )
    return "\n".join([*lines, *wrapped(pairing_sentence(results))]) + "\n"


def _pair_lines(results: Results, name: str, against: str, rows: pd.DataFrame) -> list[str]:
    plan = results.plan
    title = f"WHO GAINS AND WHO LOSES: {called(plan, name, cut=True)} against {called(plan, against, cut=True)}"
    heads = "People".ljust(_LABEL) + "".join(f"{word:>9}" for word in ("better", "worse", "same")) + f"{'net':>16}"
    lines = [*wrapped(title), heads, "─" * WIDTH]
    held: Held = {
        (outcome, by, group, change): (value, low, high)
        for outcome, by, group, change, value, low, high in zip(
            *(rows[column].tolist() for column in ("outcome", "by", "group", "change", "value", "low", "high")),
            strict=True,
        )
    }
    lines += [_line(held, outcome.label, outcome.name, "all", "all") for outcome in OUTCOMES]
    lines.append(f"{OUTCOMES[0].label}, by group")
    for by, template in _BY.items():
        for group in GROUPS[by]:
            if (by, group) != _CHILDREN:
                label = template.format(_WORDS.get(group, group))
                lines.append(_line(held, f"  {label[0].upper()}{label[1:]}", OUTCOMES[0].name, by, group))
    return lines


def _line(held: Held, label: str, outcome: str, by: str, group: str) -> str:
    better, worse, same, net = (held[outcome, by, group, change] for change in CHANGES)
    cells = "".join(f"{_shown(value):>9}" for value, _, _ in (better, worse, same))
    value, low, high = net
    half = f" ±{plain((high - low) / 2)}" if _known(low) else ""
    return f"{label[: _LABEL - 1]:<{_LABEL}}{cells}{f'{signed(value)}{half}' if _known(value) else '–':>16}"


def _known(value: float) -> bool:
    return not math.isnan(value)


def _shown(value: float) -> str:
    return plain(value) if _known(value) else "–"


def gains_records(gains: pd.DataFrame) -> list[dict[str, object]]:
    """The counts as plain records; None where a value is not known."""
    plain_cells = gains.astype(object).where(gains.notna(), None)
    return [dict(zip(gains.columns, row, strict=True)) for row in plain_cells.itertuples(index=False)]


def pairing_records(results: Results) -> list[dict[str, object]]:
    """By how much shared luck makes the variance of each headline difference smaller, as plain records.

    The variance of a difference between runs of unshared luck would be the sum of both variances; it is held against
    the variance of the paired differences. Unknown (None) from one run, or where the paired differences do not vary.
    """
    plan, records = results.plan, list[dict[str, object]]()
    for half in (plan.practices, plan.cuts):
        for other in half[1:]:
            for row in headlines(results):
                ours, first = (
                    results.values(scenario.name, row.measure, results.years[-1], row.by, row.group)
                    for scenario in (other, half[0])
                )
                records.append(
                    {
                        "scenario": other.name,
                        "against": half[0].name,
                        "measure": row.measure,
                        "by": row.by,
                        "group": row.group,
                        "narrower_variance_times": variance_reduction(ours, first),
                        "runs": len(results.replicates),
                    }
                )
    return records


def variance_reduction(ours: Sequence[float] | Values, first: Sequence[float] | Values) -> float | None:
    """Variance that the difference of means would have without shared luck, over the one that it has.

    Args:
        ours: Values by replicate.
        first: Values of the yardstick by replicate, the same luck in the same place.

    Returns:
        The factor; None from fewer than two replicates or where paired differences do not vary.
    """
    a, b = np.asarray(ours, dtype=np.float64), np.asarray(first, dtype=np.float64)
    if a.size < 2:
        return None
    paired = float(np.var(a - b, ddof=1))
    return float(np.var(a, ddof=1) + np.var(b, ddof=1)) / paired if paired > 0 else None


def pairing_sentence(results: Results) -> str:
    """What shared luck is worth, in a sentence."""
    found = [
        float(value)
        for record in pairing_records(results)
        if isinstance(value := record["narrower_variance_times"], float)
    ]
    runs = len(results.replicates)
    if not found:
        return "Shared luck: how far it narrows the ranges cannot be told from these runs."
    middle = float(np.median(found))
    rough = " From so few runs this is rough." if runs < 10 else ""
    if middle <= 1:
        return f"Shared luck does not narrow the ranges of the headlines here ({runs} runs).{rough}"
    return (
        f"Shared luck makes the variance of a headline's difference {plain(middle, 1)} times smaller (middle of "
        f"{len(found)} headlines): without it the same ranges would take as many times the {runs} runs.{rough}"
    )

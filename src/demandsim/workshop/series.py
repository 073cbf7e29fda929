"""What the room sees: the charts, their words and units, and the numbers read off results for them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, estimate
from demandsim.measures.register import MEASURES
from demandsim.report.headlines import Headline, money_decimals
from demandsim.workshop.choices import BASELINE, CHOSEN

_MILLION = 1e6

CHARTS: tuple[Headline, ...] = (
    Headline("People without the help they need", "people without the help they need", "unmet_need_people"),
    Headline("Adults’ wellbeing, 0 to 10", "wellbeing", "wellbeing", decimals=2),
    Headline("Carers close to breaking", "carers close to breaking", "carer_strain"),
    Headline("Weeks to wait for an assessment", "weeks to wait for an assessment", "wait_weeks_median", decimals=1),
    Headline("Visits to A&E a year", "visits to A&E", "ae_visits"),
    Headline("Days in a hospital bed a year", "days in a hospital bed", "bed_days"),
    Headline("Council’s balance a year, £m", "council balance", "council_balance", unit=_MILLION, decimals=1),
)
"""The charts over the years, in the order in which the room sees them."""

PAYERS = {
    "council": "Council",
    "nhs": "NHS",
    "citizen": "People themselves",
    "family": "Families, unpaid",
    "central": "Government",
    "investor": "Investors",
    "provider": "Providers",
}
"""What the room calls those who pay."""

FIFTHS = {
    "1": "Most deprived fifth",
    "2": "2nd most deprived",
    "3": "Middle fifth",
    "4": "2nd least deprived",
    "5": "Least deprived fifth",
}
"""What the room calls the deprivation fifths of England."""

_UNMET, _NEED = "unmet_need_people", "need_people"

_BROKEN_DOWN = (("cost", "payer"), (_UNMET, "quintile"), (_NEED, "quintile"))
"""Measures, with the breakdown of each, that the room sees by group."""

Key = tuple[str, str, str]
"""Measure, breakdown, level."""


def is_shown(measure: str, by: str) -> bool:
    """Whether the room sees a row of results (or a sentence about it needs it)."""
    return by == "all" or (measure, by) in _BROKEN_DOWN


def chart_values(values: dict[Key, float]) -> dict[str, float | None]:
    """One year of the charts, in shown units, from one run's values by measure and level; None is not known."""
    return {row.measure: _number(values.get((row.measure, row.by, row.group), math.nan) / row.unit) for row in CHARTS}


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 6)


def _line(found: list[Estimate], unit: float) -> dict[str, list[float | None]]:
    """A line with its range, in shown units."""
    return {
        "value": [_number(e.value / unit) for e in found],
        "low": [_number(e.low / unit) for e in found],
        "high": [_number(e.high / unit) for e in found],
    }


def picture(results: Results) -> dict[str, Any]:
    """Everything that the main page draws.

    Args:
        results: Runs of the present carried on and of the room's scenario; or of the present alone.

    Returns:
        Years; for each chart its words and a line for each of the two scenarios, and of their paired difference, each
        with the 95 % range of the mean from chance alone (None from one run); cost by payer over all years; of every
        100 people in need how many are without the help they need in the last year, by deprivation fifth; decimals of a
        million pounds to show.
    """
    names = {"today": BASELINE, "plan": CHOSEN if any(s.name == CHOSEN for s in results.plan.scenarios) else BASELINE}
    years = results.years
    charts = []
    money = money_decimals(results)
    for row in (replace(row, decimals=money) if row.unit == _MILLION else row for row in CHARTS):
        lines = {
            which: _line([results.estimate(name, row.measure, year) for year in years], row.unit)
            for which, name in names.items()
        }
        change = _line([results.difference(names["plan"], BASELINE, row.measure, y) for y in years], row.unit)
        charts.append({"key": row.measure, **words_of(row), **lines, "change": change})
    there = results.groups("cost", "payer")
    payers = [{"label": label, **_paid(results, names, group)} for group, label in PAYERS.items() if group in there]
    fifths = [{"label": label, **_without_help(results, names, group)} for group, label in FIFTHS.items()]
    drawn = {"charts": charts, "payers": payers, "fifths": fifths, "money": money}
    return {"runs": len(results.replicates), "years": years, **drawn}


def words_of(row: Headline) -> dict[str, Any]:
    """What a chart is called, and how its numbers are written."""
    return {
        "label": row.label,
        "phrase": row.phrase,
        "decimals": row.decimals,
        "direction": row.direction,
        "definition": MEASURES[row.measure].definition,
    }


def _paid(results: Results, names: dict[str, str], payer: str) -> dict[str, Any]:
    """What one payer bears under both scenarios over the horizon, in millions."""
    spent = {which: results.estimate(name, "cost", "horizon", "payer", payer) for which, name in names.items()}
    change = results.difference(names["plan"], BASELINE, "cost", "horizon", "payer", payer)
    return {**{which: _number(e.value / _MILLION) for which, e in spent.items()}, "change": _line([change], _MILLION)}


def _without_help(results: Results, names: dict[str, str], fifth: str) -> dict[str, Any]:
    """Of every 100 people in need in one fifth, those without help in the last year; None where nobody is in need.

    All runs together make the share; its interval follows from how far each pair of runs strays from it.
    """
    year = results.years[-1]
    share, stray = {}, {}
    for which, name in names.items():
        unmet, need = (results.values(name, measure, year, "quintile", fifth) for measure in (_UNMET, _NEED))
        of = need.mean()
        share[which] = 100.0 * float(unmet.mean() / of) if of > 0 else math.nan
        stray[which] = (100.0 * unmet - share[which] * need) / of if of > 0 else np.full(need.shape, math.nan)
    change = estimate(share["plan"] - share["today"] + stray["plan"] - stray["today"])
    return {**{which: _number(value) for which, value in share.items()}, "change": _line([change], 1.0)}

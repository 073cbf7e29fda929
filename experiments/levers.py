"""Write docs/levers.md: what each lever of practice does by itself, after one, three and ten years.

    python experiments/levers.py [--place sunderland] [--scale 0.5] [--replicates 6] [--years 10] [--jobs 2] [--quick]

Deficit-based practice with one lever at its strengths-based end, at once and for free, under a budget that keeps pace
with need and a council that answers overspend. Everything is paired by luck with deficit-based practice.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from running import add_runs_option, compared, script
from tables import explained, head, row

from demandsim import load_scenario
from demandsim.experiment.comparison import Results
from demandsim.measures.register import MEASURES
from demandsim.scenario.levers import LEVERS, Lever
from demandsim.scenario.scenario import NO_ADOPTION, Scenario

COLUMNS = (
    ("unmet_need_people", "all", "all", "people with unmet need", 1.0, 0),
    ("unmet_need_hours", "all", "all", "unmet hours a week", 1.0, 0),
    ("carer_strain", "all", "all", "strained carers", 1.0, 0),
    ("care_home_admissions", "all", "all", "care-home entries", 1.0, 0),
    ("emergency_admissions", "all", "all", "emergency admissions", 1.0, 0),
    ("wellbeing", "all", "all", "wellbeing", 1.0, 3),
    ("cost", "payer", "council", "council, £m", 1e6, 1),
)
"""Measure, breakdown, group, heading, unit and decimals of each column."""


def alone(lever: Lever) -> Scenario:
    """Deficit-based practice with one lever at its other end; nobody is trained in no hours."""
    base, strengths = load_scenario("deficit"), load_scenario("strengths")
    hours = strengths.adoption.training_hours_per_worker if lever.field == "trained_share" else 0.0
    return replace(
        base,
        name=f"only_{lever.field}",
        practice=replace(base.practice, **{lever.field: getattr(strengths.practice, lever.field)}),
        adoption=replace(NO_ADOPTION, fidelity=1.0, training_hours_per_worker=hours),
    )


def all_at_once() -> Scenario:
    """Every lever, at once and for no more than its training: what they come to together."""
    strengths = load_scenario("strengths")
    hours = strengths.adoption.training_hours_per_worker
    at_once = replace(NO_ADOPTION, fidelity=1.0, training_hours_per_worker=hours)
    return replace(strengths, name="all_levers", adoption=at_once)


def table(results: Results, year: int) -> list[str]:
    """The table of one model year."""
    number = year - results.years[0] + 1
    out = [
        f"## Year {number} ({year})",
        "",
        *head(COLUMNS, "lever"),
    ]
    base = [
        f"{results.estimate('deficit', measure, year, by, group).value / unit:,.{decimals}f}"
        for measure, by, group, _, unit, decimals in COLUMNS
    ]
    out.append("| *deficit-based practice* | " + " | ".join(base) + " |")
    scenarios = [(f"`{lever.group}.{lever.key}`", f"only_{lever.field}") for lever in LEVERS]
    scenarios.append(("all of them", "all_levers"))
    out += [row(results, COLUMNS, label, name, "deficit", year) for label, name in scenarios]
    out.append("")
    return out


def main() -> None:
    """Run, compare, write."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--place", default="sunderland")
    ask.add_argument("--scale", type=float, default=0.5)
    ask.add_argument("--replicates", type=int, default=6)
    ask.add_argument("--years", type=int, default=10)
    ask.add_argument("--jobs", type=int, default=2)
    ask.add_argument("--quick", action="store_true", help="a tenth of the people, three runs of each")
    ask.add_argument("-o", "--out", type=Path, default=Path("docs/levers.md"))
    add_runs_option(ask)
    options = ask.parse_args()
    if options.quick:
        options.scale, options.replicates = 0.1, 3
    scenarios = [load_scenario("deficit"), *map(alone, LEVERS), all_at_once()]
    results = compared("levers", scenarios, options)
    names = ", ".join(MEASURES[measure].label.lower() for measure, *_ in COLUMNS)
    text = [
        "# What each lever does by itself",
        "",
        f"Written by `python experiments/levers.py --place {options.place} --scale {options.scale:g} "
        f"--replicates {options.replicates} --years {options.years}`.",
        "Deficit-based practice with one lever at its strengths-based end, at once and with no cost of a change but "
        "training (for workers who are to be trained), under a budget that",
        "keeps pace with need and a council that answers overspend; differences from deficit-based practice of that "
        f"year, paired by luck, with 95 % intervals from chance alone ({names}).",
        "**Bold**: the interval leaves 0 out, as one cell in some twenty does by luck alone. What a lever costs can be "
        "taken out elsewhere: the council's answers are part of every row. Most effects of practice are assumed, with "
        "ranges that include none; these are their middle values.",
        "",
        *explained(options.out),
    ]
    last = results.years[-1]
    for year in sorted({results.years[0], results.years[min(2, len(results.years) - 1)], last}):
        text += table(results, year)
    options.out.write_text("\n".join(text) + "\n", encoding="utf-8")
    print(f"wrote {options.out}")


if __name__ == "__main__":
    script(main)

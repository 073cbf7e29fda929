"""Write docs/failures.md: strengths-based practice adopted badly, or with other effects than those assumed.

    python experiments/failures.py [--place sunderland] [--scale 0.25] [--replicates 5] [--years 10] [--quick]

Two tables, each with the budget sustained and with a cut. *Ways to adopt it*: in name only, slowly, fast and untrained,
by burnt-out staff, where there is little social capital, under a deep cut. *Its effects*: every assumed effect of
practice at nothing, at its middle and at its high end, all at once. Each row is held against deficit-based practice
under the same budget, parameters and luck, whichever way it comes out.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from running import add_runs_option, compared, script
from tables import explained, head, row

from demandsim import load_scenario
from demandsim.experiment.comparison import Results
from demandsim.parameters.effects import EFFECTS_OF_PRACTICE, EFFECTS_OF_SERVICES, effects_at
from demandsim.parameters.register import Numbers
from demandsim.scenario.scenario import Scenario

COLUMNS = (
    ("unmet_need_people", "all", "all", "people with unmet need", 1.0, 0),
    ("unmet_need_hours", "all", "all", "unmet hours a week", 1.0, 0),
    ("carer_strain", "all", "all", "strained carers", 1.0, 0),
    ("care_home_admissions", "all", "all", "care-home entries", 1.0, 0),
    ("emergency_admissions_65plus", "all", "all", "emergency admissions 65+", 1.0, 0),
    ("wellbeing", "all", "all", "wellbeing", 1.0, 4),
    ("cost", "payer", "council", "council spend, £m", 1e6, 1),
    ("council_balance", "all", "all", "balance, £m", 1e6, 1),
)
"""Measure, breakdown, group, heading, unit and decimals of each column."""

ADOPTIONS = {
    "strengths": "as the library has it",
    "strengths_in_name_only": "in name only",
    "adoption_slow": "slowly, over eight years",
    "adoption_fast": "within half a year, untrained",
    "adoption_burnt_out_staff": "by burnt-out staff",
    "low_social_capital": "where there is little social capital",
    "strengths_no_carers": "without its offer to carers",
    "strengths_prevention_protected": "with prevention ring-fenced",
    "carers_package_only": "its offer to carers alone",
}
"""Library scenario and what its row is called."""

YARDSTICKS = {"low_social_capital": "deficit_low_social_capital"}
"""What a row is held against where that is not deficit-based practice in the same kind of place."""

CUTS = (0.0, 30.0, 50.0)
YEARS_SHOWN = (1, 3, 10, 20)


def rows(results: Results, pairs: Sequence[tuple[str, str, str]], year: int) -> list[str]:
    """A table of one year: label, scenario and the one that it is held against."""
    return [*head(COLUMNS), *(row(results, COLUMNS, *pair, year) for pair in pairs), ""]


def budget_words(cut: float) -> str:
    """A budget as a heading."""
    return f"a cut of {cut:g} %" if cut else "the budget sustained"


def adoptions(options: argparse.Namespace) -> list[str]:
    """Ways to adopt strengths-based practice, under each budget."""
    plain = [load_scenario(name) for name in ("deficit", *ADOPTIONS)]
    for name, yardstick in YARDSTICKS.items():
        plain.append(replace(load_scenario("deficit"), name=yardstick, numbers=load_scenario(name).numbers))
    results = compared("failures", [s.with_cut(cut) for cut in CUTS for s in plain], options)
    out = ["## Ways to adopt it", ""]
    for year in years_of(results):
        for cut in CUTS:
            ending = f"_cut{cut:g}" if cut else ""
            pairs = [
                (words, f"{name}{ending}", f"{YARDSTICKS.get(name, 'deficit')}{ending}")
                for name, words in ADOPTIONS.items()
            ]
            out += [f"### Year {year - results.years[0] + 1}, {budget_words(cut)}", "", *rows(results, pairs, year)]
    return out


def effects(options: argparse.Namespace) -> list[str]:
    """Every assumed effect of practice at nothing, at its middle and at its high end."""
    scenarios: list[Scenario] = []
    for at in ("null", "mid", "high"):
        numbers = Numbers(effects_at(at))
        for cut in CUTS[:2]:
            for name in ("deficit", "strengths"):
                scenario = load_scenario(name).with_cut(cut)
                scenarios.append(replace(scenario, name=f"{scenario.name}_{at}", numbers=numbers))
    results = compared("effects", scenarios, options)
    words = {"null": "none at all", "mid": "as assumed (middle)", "high": "at the high ends"}
    out = [
        "## Its assumed effects",
        "",
        f"{len(EFFECTS_OF_PRACTICE)} effects of practice and {len(EFFECTS_OF_SERVICES)} of the services it buys more "
        "of, which no opened source measures; the list stands in `src/demandsim/parameters/effects.py`.",
        "",
    ]
    for year in years_of(results):
        for cut in CUTS[:2]:
            ending = f"_cut{cut:g}" if cut else ""
            pairs = [(text, f"strengths{ending}_{at}", f"deficit{ending}_{at}") for at, text in words.items()]
            out += [f"### Year {year - results.years[0] + 1}, {budget_words(cut)}", "", *rows(results, pairs, year)]
    return out


def years_of(results: Results) -> list[int]:
    """The years shown, of those that were run."""
    return [results.years[number - 1] for number in YEARS_SHOWN if number <= len(results.years)]


def main() -> None:
    """Run, compare, write."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--place", default="sunderland")
    ask.add_argument("--scale", type=float, default=0.25)
    ask.add_argument("--replicates", type=int, default=5)
    ask.add_argument("--years", type=int, default=10)
    ask.add_argument("--jobs", type=int, default=2)
    ask.add_argument("--quick", action="store_true", help="a tenth of the people, three runs of each")
    ask.add_argument("-o", "--out", type=Path, default=Path("docs/failures.md"))
    add_runs_option(ask)
    options = ask.parse_args()
    if options.quick:
        options.scale, options.replicates = 0.1, 3
    text = [
        "# Where it fails, and what it hangs on",
        "",
        f"Written by `python experiments/failures.py --place {options.place} --scale {options.scale:g} "
        f"--replicates {options.replicates} --years {options.years}`.",
        "Differences from deficit-based practice under the same budget, in that year alone, with 95 % intervals from "
        "chance alone; **bold** leaves 0 out.",
        "A row that costs more than its yardstick has bought part of what it shows: read the last two columns first.",
        "",
        *explained(options.out),
        *adoptions(options),
        *effects(options),
    ]
    options.out.write_text("\n".join(text), encoding="utf-8")
    print(f"wrote {options.out}")


if __name__ == "__main__":
    script(main)

"""Write docs/findings/carers_breaking_point.md: how deep and how fast cuts may be before families give way.

    python experiments/carers_breaking_point.py [--scale 0.1] [--replicates 4] [--years 10] [--quick]

Cuts from none to seven tenths, made over one, four or eight years, under both practices. Read two ways: the depth at
which strained carers (or breakdowns) are a tenth more than without a cut, and the depth at which the curve bends.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from findings import READINGS, Size, asked, drawing, house_style, how, label_ends, size_words, write
from findings import table as markdown
from running import script

from demandsim.experiment.questions.points import column, run_points
from demandsim.experiment.questions.thresholds import bend, tipping_points
from demandsim.experiment.scale import Figure
from demandsim.parameters.register import register

CUT, SPEED = "budget.cut_percent", "budget.cut_years"
CUTS, QUICK_CUTS = (0.0, 10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0), (0.0, 20.0, 40.0, 60.0, 80.0)
SPEEDS, QUICK_SPEEDS = (1.0, 4.0, 8.0), (1.0, 4.0)
PRACTICES = {"deficit": "deficit-based", "strengths": "strengths-based"}
READ = {"carer_strain": "strained carers", "carer_breakdowns": "carers who stopped, all years"}
LINE = 0.10
HELP = {
    Figure("help_hours", "source", source): words
    for source, words in (("kin", "families"), ("neighbours", "neighbours and friends"), ("paid", "paid help"))
}
FIGURES = [*map(Figure, READ), *HELP, READINGS[0].figure]


def relative(runs: pd.DataFrame, option: str, name: str) -> pd.DataFrame:
    """A measure against the same replicate without a cut, 0 for the same."""
    own = runs[runs["option"] == option].copy()
    base = own[own[CUT] == 0.0].set_index([SPEED, "replicate"])[name]
    before = own.set_index([SPEED, "replicate"]).index.map(base)
    own["change"] = own[name].to_numpy(np.float64) / np.maximum(np.asarray(before, dtype=np.float64), 1e-9) - 1.0
    return own


def section(runs: pd.DataFrame, name: str) -> list[str]:
    """Tipping points and bends of one measure."""
    levels, tips = [], []
    for option, words in PRACTICES.items():
        own = relative(runs, option, name)
        found = tipping_points(own, depth=CUT, speed=SPEED, value="change", level=LINE).set_index(SPEED)
        for speed, some in own.groupby(SPEED):
            wide = some.pivot(index=CUT, columns="replicate", values=name).sort_index()
            bent = bend(wide.index.to_numpy(np.float64), wide.to_numpy(np.float64))
            row = found.loc[speed]
            at = "not in most runs" if np.isinf(row["at"]) else f"{row['at']:.0f} %"
            label = f"{words}, over {speed:g} year{'s' if speed != 1 else ''}"
            first = float(wide.index[1])
            where = f"{bent.at:.0f} % ±{bent.half:.0f}" if bent.at > first else f"{first:.0f} % or before"
            where = where if bent.clear else "no clear bend"
            tips.append([label, at, f"{row['crossed']:.0%}", where])
            levels.append([label, *(f"{value:,.0f}" for value in wide.mean(axis=1))])
    cuts = [f"{cut:g} %" for cut in sorted(runs[CUT].unique())]
    return [
        f"## {READ[name][0].upper()}{READ[name][1:]}",
        "",
        *markdown(["practice, pace of the cut", *cuts], levels),
        *markdown(["practice, pace of the cut", "a tenth more at", "runs that get there", "the curve bends at"], tips),
    ]


def who_helps(runs: pd.DataFrame) -> list[str]:
    """Who meets need at home at each depth of the fastest cut: what a cut can take, and what families make up."""
    fastest = runs[runs[SPEED] == runs[SPEED].min()]
    mean = {option: own.groupby(CUT).mean(numeric_only=True) for option, own in fastest.groupby("option")}
    rows = [
        [f"{PRACTICES[option]}: {words}", *(f"{hours:,.0f}" for hours in mean[option][column(figure)])]
        for option in PRACTICES
        for figure, words in HELP.items()
    ]
    hours = mean["deficit"][[column(figure) for figure in HELP]].set_axis(list(HELP.values()), axis=1)
    families, paid, met = hours["families"], hours["paid help"], hours.sum(axis=1).iloc[0]
    fills, fades = (float(register()[f"carers.gap_fill_{key}"].value) for key in ("share", "fade"))
    depth, as_deep = (f"{cut:g} %" for cut in (hours.index[-1], hours.index[np.isclose(paid, paid.iloc[-1])][0]))
    no_more = f", no more than one of {as_deep}: by then every answer of the council is given" * (as_deep != depth)
    words = (
        "Under deficit-based practice without a cut, families meet "
        f"{families.iloc[0] / met:.0%} of the need that is met at home; paid help, what people buy included, "
        f"meets {paid.iloc[0] / met:.0%}. A cut of {depth} at once takes {paid.iloc[0] - paid.iloc[-1]:,.0f} of these "
        f"{paid.iloc[0]:,.0f} hours a week{no_more}. Families are assumed to fill {fills:.0%} of what is withdrawn "
        f"from one of theirs and to let go of {fades:.0%} of that a month; in the last year they give "
        f"{families.iloc[-1] - families.iloc[0]:,.0f} hours more. What nobody makes up is unmet need. So a place's "
        "number of strained carers says little of what a cut does to those whose help goes."
    )
    cuts = [f"{cut:g} %" for cut in hours.index]
    return ["## Who gives the help", "", words, "", *markdown(["hours a week, last year", *cuts], rows)]


def page(runs: pd.DataFrame, options: argparse.Namespace) -> list[str]:
    """The page's text."""
    return [
        "# The carers' breaking point",
        "",
        size_words(options, "carers_breaking_point", len(runs)),
        "",
        "Strained carers are those of the last year; carers who stopped are counted over all years. *A tenth more* is "
        "held against the same practice and luck without a cut. A bend is shown only where two lines fit much better "
        "than one and the slope changes by more than chance would make it; small samples hide bends. A curve may bend "
        "by getting steeper, or by flattening out once what a cut takes from carers is gone: the levels say which. "
        "Cuts beyond what any council has made are there to find the point, not to propose it.",
        "",
        "![picture]",
        "",
        *(line for name in READ for line in section(runs, name)),
        *who_helps(runs),
    ]


def main() -> None:
    """Run, find, write."""
    options = asked(__doc__, Size(0.1, 10, 4), Size(0.02, 6, 3))
    cuts, speeds = (QUICK_CUTS, QUICK_SPEEDS) if options.quick else (CUTS, SPEEDS)
    points = pd.DataFrame([{SPEED: speed, CUT: cut} for speed in speeds for cut in cuts])
    runs = run_points(list(PRACTICES), points, FIGURES, **how("carers_breaking_point", options))
    with house_style():
        from demandsim.report.canvas import TWO_COLOURS

        subtitle = "Strained carers in the last year, mean of the runs; solid: the fastest cut, dotted: the slowest"
        figure, axes = drawing("Strained carers by depth of the cut", subtitle)
        axes.set_position((0.12, 0.14, 0.66, 0.68))
        ends: dict[str, float] = {}
        for (option, words), colour in zip(PRACTICES.items(), TWO_COLOURS, strict=True):
            for speed, style in ((speeds[0], "-"), (speeds[-1], ":")):
                own = runs[(runs["option"] == option) & (runs[SPEED] == speed)].groupby(CUT)["carer_strain"].mean()
                axes.plot(own.index, own, style, color=colour, linewidth=2.5, marker="o")
                if style == "-":
                    ends[words] = float(own.iloc[-1])
        label_ends(axes, cuts[-1], ends)
        axes.set_xlabel("cut of the council's budget, % in real terms")
        axes.set_ylabel("carers")
        alt = "Lines: strained carers by depth of the cut, by practice and pace; numbers in the tables below."
        write(options.folder, "carers_breaking_point", page(runs, options), figure, alt)


if __name__ == "__main__":
    script(main)

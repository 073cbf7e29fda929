"""Write docs/findings/which_part.md: which part of strengths-based practice does the work, and which part costs.

    python experiments/which_part.py [--place sunderland] [--scale 0.1] [--replicates 4] [--years 10] [--quick]

Six parts of practice and the cost of the change itself, in all 128 combinations, each run with the same luck. The
difference between deficit- and strengths-based practice is shared out by Shapley values, which add up to it.
"""

from __future__ import annotations

from collections.abc import Mapping

from findings import READINGS, Reading, Size, asked, by_replicate, drawing, figures, house_style, how, size_words, write
from findings import table as markdown
from running import script

from demandsim import load_scenario
from demandsim.experiment.comparison import Estimate, Values, estimate
from demandsim.experiment.questions.points import column, run_scenarios
from demandsim.experiment.questions.shapley import THE_CHANGE, Coalition, Share, decompose, parts_between
from demandsim.scenario.parts import PARTS

FIRST, SECOND = "deficit", "strengths"
NAMES = [*PARTS, THE_CHANGE]


def page(found: Mapping[str, list[Share]], whole: Mapping[str, Estimate], intro: str) -> list[str]:
    """The page's text."""
    headings = ["part", *(reading.heading for reading in READINGS)]

    def rows(what: str) -> list[list[str]]:
        out = []
        for number, part in enumerate(NAMES):
            shares = [getattr(found[r.heading][number], what) for r in READINGS]
            out.append([part, *(r.cell(share) for r, share in zip(READINGS, shares, strict=True))])
        out.append(["*the whole difference*", *(r.cell(whole[r.heading]) for r in READINGS)])
        return out

    return [
        "# Which part of strengths-based practice does the work?",
        "",
        intro,
        "",
        "Strengths-based practice less deficit-based practice, at a budget that keeps pace with need, shared out among "
        "its six parts and the cost of the change itself (training, running old and new side by side). States are "
        "those of the last year, money and spending the sum of all years. A part's share is what it adds when it "
        "comes, over all orders in which the parts could come; the rows add up to the last one. Most effects of "
        "practice are "
        "assumed and stand at their middle values here: a share says how the model's difference is made up, not how "
        "much is known of it.",
        "",
        *words(found, whole),
        "",
        "![picture]",
        "",
        "## Shares of the difference",
        "",
        *markdown(headings, rows("share")),
        "## What is left of the difference when this part alone is missing",
        "",
        *markdown(headings, rows("left")),
        "## What this part does by itself",
        "",
        *markdown(headings, rows("alone")),
    ]


def words(found: Mapping[str, list[Share]], whole: Mapping[str, Estimate]) -> list[str]:
    """What the tables say, in sentences."""
    said = []
    for reading in READINGS[:4]:
        ranked = sorted(found[reading.heading], key=lambda share: share.share.value)
        clear = [share for share in ranked if share.share.clear]
        total = whole[reading.heading]
        told = f"{total.value / reading.unit:+,.{reading.decimals}f}"
        if not clear:
            said.append(f"- **{reading.heading}** ({told} in all): no part stands out from chance.")
            continue
        ends = [clear[0]] * (clear[0].share.value < 0) + [clear[-1]] * (clear[-1].share.value > 0)
        moved = "; ".join(f"{share.part} {share.share.value / reading.unit:+,.{reading.decimals}f}" for share in ends)
        certainty = "" if total.clear else ", which chance could have made"
        said.append(f"- **{reading.heading}** ({told} in all{certainty}): most moved by {moved}.")
    return said


def main() -> None:
    """Run, share out, write."""
    options = asked(__doc__, Size(0.1, 10, 4), Size(0.02, 5, 3))
    mixtures = parts_between(load_scenario(FIRST), load_scenario(SECOND))
    runs = run_scenarios(list(mixtures.values()), figures(), **how("which_part", options))
    found, whole = {}, {}
    for reading in READINGS:

        def worth(coalition: Coalition, reading: Reading = reading) -> Values:
            return by_replicate(runs, mixtures[coalition].name, column(reading.figure))

        found[reading.heading] = decompose(NAMES, worth)
        whole[reading.heading] = estimate(worth(frozenset(NAMES)) - worth(frozenset()))
    with house_style():
        shown = found[READINGS[0].heading]
        title = "Which part of the practice moves unmet need?"
        figure, axes = drawing(title, "Share of the change in unmet hours a week, with 95 % intervals from chance")
        from demandsim.report.canvas import BLACK, COLOURS

        values = [share.share.value for share in shown][::-1]
        half = [share.share.half for share in shown][::-1]
        axes.barh(range(len(NAMES)), values, xerr=half, color=COLOURS[0], ecolor=BLACK, height=0.6)
        axes.set_yticks(range(len(NAMES)), NAMES[::-1])
        axes.axvline(0, color=BLACK, linewidth=1)
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.set_xlabel("unmet hours a week more (right) or fewer (left)")
        alt = "Bars: share of each part of practice in the change of unmet hours a week; numbers in the table below."
        write(
            options.folder, "which_part", page(found, whole, size_words(options, "which_part", len(runs))), figure, alt
        )


if __name__ == "__main__":
    script(main)

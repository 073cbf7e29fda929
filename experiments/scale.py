"""Write docs/scale.md and the packaged bias file: what samples read against what everybody reads.

    python experiments/scale.py [--seeds 40] [--years 5] [--scenarios sustained strengths_cut30] [--place sunderland]
        [--jobs 2] [--scales 0.25 0.07 0.02] [-o docs/scale.md] [--data src/demandsim/data/scale_bias.csv]

The file is what `demandsim run` and `demandsim compare` consult when they are given a sample.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

from demandsim.api import run_checked
from demandsim.experiment.comparison import Results
from demandsim.experiment.prepare import make_plan
from demandsim.experiment.scale import Bias, Figure, as_csv, biases, values_of
from demandsim.measures.register import MEASURES
from demandsim.report.headlines import HEADLINES, Headline, in_words
from demandsim.report.scale import figures, place_figures

INTRO = """\
# Scale: how far a sample lies from everybody

A run at a smaller scale is noisier, which the printed ranges show; this page shows what is left on average. The
difference is the mean of the samples less the mean of everybody (scale 1), in per cent of the latter – of the
council's spending for its balance, which may be near 0; of all runs for section 114 notices – and in standard errors
of the difference. A state is that of the last year, a flow or cost the sum over the years. **Bold**: more than 3 % and
2 standard errors. Where there is no difference at all, one row in twenty is still beyond 2 standard errors by chance.
The output of `run` and `compare` names the headlines in bold whenever it is given a sample, of any place: those of the
measured sample that is nearest in number of people.

What differs, differs since few people meet limits that many do not: a home of 40 places is full more often than one
of 2,000, a queue of six is empty more often than one of 300. Compare scenarios at the same scale, and take levels
from a run of everybody.
"""


def headline_of(figure: Figure) -> Headline:
    """The headline row of a figure; for any other measure a row made of what its register says."""
    for row in HEADLINES:
        if Figure(row.measure, row.by, row.group) == figure:
            return row
    measure = MEASURES[figure.measure]
    return Headline(f"{measure.label}, {measure.unit}", measure.label, measure.name, decimals=measure.decimals)


def row_of(everybody: Results, sample: Results, bias: Bias) -> str:
    """One row of a table."""
    row = headline_of(bias.figure)
    means = (float(values_of(results, bias.scenario, bias.figure).mean()) for results in (everybody, sample))
    whole, part = (row.number(mean) for mean in means)
    mark = "**" if bias.found else ""
    percent = f"{bias.difference_percent:+.1f} ± {bias.standard_error_percent:.1f}"
    errors = f"{bias.standard_errors:+.1f}" if math.isfinite(bias.standard_errors) else "–"
    return f"| {row.label} | {whole} | {part} | {mark}{percent}{mark} | {errors} |"


def table(everybody: Results, sample: Results, found: list[Bias]) -> list[str]:
    """Some rows under their headings."""
    return [
        "| | everybody | sample | difference, % ± s.e. | in s.e. |",
        "|---|---:|---:|---:|---:|",
        *(row_of(everybody, sample, bias) for bias in found),
        "",
    ]


def section(everybody: Results, sample: Results, found: list[Bias]) -> list[str]:
    """What one scenario reads at one scale: headlines first, then every other measure of the place."""
    headline = [bias for bias in found if bias.figure in figures()]
    others = [bias for bias in found if bias.figure not in figures()]
    differ = [sum(bias.found for bias in some) for some in (headline, others)]
    which = f"Scale {found[0].scale:g} ({found[0].people:,} people), {in_words(found[0].scenario)}"
    return [
        f"## {which}: {differ[0]} of {len(headline)} headlines differ",
        "",
        *table(everybody, sample, headline),
        f"Of the other {len(others)} measures {differ[1]} differ.",
        "",
        *table(everybody, sample, others),
    ]


def main() -> None:
    """Run, compare, write."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--seeds", type=int, default=40)
    ask.add_argument("--years", type=int, default=5)
    ask.add_argument("--scenarios", nargs="+", default=["sustained", "strengths_cut30"])
    ask.add_argument("--place", default="sunderland")
    ask.add_argument("--scales", type=float, nargs="+", default=[0.25, 0.07, 0.02])
    ask.add_argument("--jobs", type=int, default=2)
    ask.add_argument("-o", "--out", type=Path, default=Path("docs/scale.md"))
    ask.add_argument("--data", type=Path, default=Path("src/demandsim/data/scale_bias.csv"))
    options = ask.parse_args()
    if options.seeds < 2:
        ask.error("--seeds: two or more, since one run has no standard error")

    def results_at(scale: float) -> Results:
        print(f"scale {scale:g}", file=sys.stderr, flush=True)
        plan = make_plan(
            options.scenarios, place=options.place, years=options.years, scale=scale, replicates=options.seeds
        )
        return Results(plan, run_checked(plan, folder=None, jobs=options.jobs).frame)

    everybody = results_at(1.0)
    samples = {scale: results_at(scale) for scale in options.scales}
    found = biases(everybody, samples, place_figures(everybody))
    text = [
        INTRO,
        f"Written by `python experiments/scale.py --seeds {options.seeds} --years {options.years} "
        f"--scenarios {' '.join(options.scenarios)} --place {options.place}`.",
        "",
    ]
    for scale, sample in samples.items():
        for name in options.scenarios:
            text += section(everybody, sample, [b for b in found if (b.scale, b.scenario) == (scale, name)])
    options.out.write_text("\n".join(text), encoding="utf-8")
    options.data.write_text(as_csv(found), encoding="utf-8")
    print(f"wrote {options.out} and {options.data}")


if __name__ == "__main__":
    main()

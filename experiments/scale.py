"""Write docs/scale.md and the packaged bias file: every headline of samples against the same of everybody.

    python experiments/scale.py [--seeds 40] [--years 5] [--scenario sustained] [--place sunderland] [--jobs 2]
        [--scales 0.25 0.07 0.02] [-o docs/scale.md] [--data src/demandsim/data/scale_bias.csv]

The file is what `demandsim run` and `demandsim compare` consult when they are given a sample.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from demandsim.api import run_checked
from demandsim.experiment.comparison import Results
from demandsim.experiment.prepare import make_plan
from demandsim.experiment.scale import Bias, as_csv, biases, values_of
from demandsim.report.headlines import HEADLINES, Headline
from demandsim.report.scale import figures

INTRO = """\
# Scale: how far a sample lies from everybody

A run at a smaller scale is noisier, which the printed ranges show; this page shows what is left on average. The
difference is the mean of the samples less the mean of everybody (scale 1), in per cent of the latter – of the
council's spending for its balance, which may be near 0 – and in standard errors of the difference. A state is that of
the last year, a flow or cost the sum over the years. **Bold**: more than 3 % and 2 standard errors. The output of
`run` and `compare` names these whenever it is given a sample.

What differs, differs since few people meet limits that many do not: a home of 40 places is full more often than one
of 2,000, a queue of six is empty more often than one of 300. Compare scenarios at the same scale, and take levels
from a run of everybody.
"""


def row_of(row: Headline, everybody: Results, sample: Results, bias: Bias) -> str:
    """One row of the table."""
    whole, part = (row.number(float(values_of(results, bias.figure).mean())) for results in (everybody, sample))
    mark = "**" if bias.found else ""
    percent = f"{bias.difference_percent:+.1f} ± {bias.standard_error_percent:.1f}"
    return f"| {row.label} | {whole} | {part} | {mark}{percent}{mark} | {bias.standard_errors:+.1f} |"


def section(scale: float, everybody: Results, sample: Results, found: list[Bias]) -> list[str]:
    """Heading and table of one scale."""
    named = sum(bias.found for bias in found)
    return [
        f"## Scale {scale:g}: {named} of {len(found)} headlines differ",
        "",
        "| headline | everybody | sample | difference, % ± s.e. | in s.e. |",
        "|---|---:|---:|---:|---:|",
        *(row_of(row, everybody, sample, bias) for row, bias in zip(HEADLINES, found, strict=True)),
        "",
    ]


def main() -> None:
    """Run, compare, write."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--seeds", type=int, default=40)
    ask.add_argument("--years", type=int, default=5)
    ask.add_argument("--scenario", default="sustained")
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
            [options.scenario], place=options.place, years=options.years, scale=scale, replicates=options.seeds
        )
        return Results(plan, run_checked(plan, folder=None, jobs=options.jobs).frame)

    everybody = results_at(1.0)
    samples = {scale: results_at(scale) for scale in options.scales}
    found = biases(everybody, samples, figures())
    text = [
        INTRO,
        f"Written by `python experiments/scale.py --seeds {options.seeds} --years {options.years} "
        f"--scenario {options.scenario} --place {options.place}`.",
        "",
    ]
    for scale, sample in samples.items():
        text += section(scale, everybody, sample, [bias for bias in found if bias.scale == scale])
    options.out.write_text("\n".join(text), encoding="utf-8")
    options.data.write_text(as_csv(found), encoding="utf-8")
    print(f"wrote {options.out} and {options.data}")


if __name__ == "__main__":
    main()

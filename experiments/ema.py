"""The EMA Workbench drives the model: futures by policies, then its own scenario discovery.

    python experiments/ema.py [--futures 40] [--policies 2]

Needs ``pip install "demandsim[ema]"``. A tiny place and three years, to show how it is done; make both larger to learn
something.
"""

from __future__ import annotations

import argparse

from demandsim import load_scenario
from demandsim.experiment.questions.ema import Evaluate, ema_model, workbench_module
from demandsim.experiment.scale import COUNCIL_SPENDING, Figure

UNCERTAINTIES = {
    "parameters.frailty.unmet": (0.0, 0.3),
    "parameters.carers.strain_break": (0.0, 0.6),
    "budget.real_growth_percent_per_year": (-1.0, 1.0),
}
LEVERS = {"budget.cut_percent": (0.0, 40.0), "adoption.years": (0.5, 8.0)}


def main() -> None:
    """Run futures by policies and say where strengths-based practice leaves less need unmet."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--futures", type=int, default=40)
    ask.add_argument("--policies", type=int, default=2)
    options = ask.parse_args()
    evaluate = Evaluate(
        {name: load_scenario(name) for name in ("deficit", "strengths")},
        (Figure("unmet_need_hours"), COUNCIL_SPENDING),
        years=3,
        scale=0.01,
    )
    model = ema_model(evaluate, uncertainties=UNCERTAINTIES, levers=LEVERS)
    futures, outcomes = workbench_module().perform_experiments(
        model, scenarios=options.futures, policies=options.policies
    )
    fewer = outcomes["strengths__unmet_need_hours"] < outcomes["deficit__unmet_need_hours"]
    print(f"Strengths-based practice leaves less need unmet in {fewer.mean():.0%} of {len(futures)} runs.")


if __name__ == "__main__":
    main()

"""The EMA Workbench drives the model."""

from __future__ import annotations

import pytest

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.ema import Evaluate, dotted_path, ema_model, python_name, workbench_module
from demandsim.experiment.questions.optional import extra
from demandsim.experiment.scale import COUNCIL_SPENDING, Figure
from demandsim.scenario.library import load_scenario

EVALUATE = Evaluate(
    {"deficit": load_scenario("deficit"), "strengths": load_scenario("strengths")},
    (Figure("unmet_need_hours"), COUNCIL_SPENDING),
    years=1,
    scale=0.01,
)
CUT = {"budget.cut_percent": (0.0, 50.0)}


def test_names_go_there_and_back() -> None:
    path = "parameters.frailty.lonely"
    assert python_name(path).isidentifier()
    assert dotted_path(python_name(path)) == path


def test_the_workbench_runs_futures_and_policies() -> None:
    model = ema_model(EVALUATE, uncertainties={"parameters.frailty.lonely": (0.0, 0.3)}, levers=CUT)
    experiments, outcomes = workbench_module().perform_experiments(model, scenarios=2, policies=2)
    assert len(experiments) == 4
    assert set(outcomes) == set(EVALUATE.outputs)
    row = experiments.iloc[3]
    names = ("parameters__frailty__lonely", "budget__cut_percent")
    again = EVALUATE(**{name: row[name] for name in names})
    for name in EVALUATE.outputs:
        assert outcomes[name][3] == pytest.approx(again[name])


def test_bad_ranges_are_refused() -> None:
    with pytest.raises(InputError, match="95 is above 90"):
        ema_model(EVALUATE, uncertainties={"budget.cut_percent": (0.0, 95.0)})
    with pytest.raises(InputError, match="is no range"):
        ema_model(EVALUATE, uncertainties={"budget.cut_percent": (5.0, 5.0)})


def test_a_missing_package_says_how_to_get_it() -> None:
    with pytest.raises(InputError, match=r"demandsim\[ema\]"):
        extra("ema_workbench_that_is_not_there", "ema")

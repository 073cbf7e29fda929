"""The EMA Workbench drives the model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.ema import Evaluate, dotted_path, ema_model, python_name, workbench_module
from demandsim.experiment.questions.optional import extra
from demandsim.experiment.scale import COUNCIL_SPENDING, Figure
from demandsim.experiment.sweep.spec import LUCK_APART
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
    again = replace(EVALUATE, levers=tuple(CUT))(**{name: row[name] for name in names})
    for name in EVALUATE.outputs:
        assert outcomes[name][3] == pytest.approx(again[name])


def test_policies_share_the_luck_of_a_future_and_futures_have_their_own() -> None:
    lonely, evaluate = "parameters.frailty.lonely", replace(EVALUATE, levers=tuple(CUT))
    lucks = [
        [evaluate.luck_of({lonely: future, "budget.cut_percent": cut}) for cut in (0, 30)] for future in (0.1, 0.2)
    ]
    assert all(one == other for one, other in lucks)
    assert lucks[0] != lucks[1]
    assert evaluate.luck_of({lonely: 0}) == evaluate.luck_of({lonely: -0.0})
    # Replicates count on from the first: two futures never meet in one of them.
    assert {luck % LUCK_APART for luck, _ in lucks} == {evaluate.seed}
    assert replace(evaluate, seed=7).luck_of({lonely: 0.1}) == evaluate.luck_of({lonely: 0.1}) + 6


def test_bad_ranges_are_refused() -> None:
    with pytest.raises(InputError, match="95 is above 90"):
        ema_model(EVALUATE, uncertainties={"budget.cut_percent": (0.0, 95.0)})
    with pytest.raises(InputError, match="is no range"):
        ema_model(EVALUATE, uncertainties={"budget.cut_percent": (5.0, 5.0)})


def test_a_missing_package_says_how_to_get_it() -> None:
    with pytest.raises(InputError, match=r"demandsim\[ema\]"):
        extra("ema_workbench_that_is_not_there", "ema")

"""Who gains and who loses: a hand-made handful of people, the null case in the model, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.errors import InputError
from demandsim.experiment.gains import CHANGES, COLUMNS, GROUPS, OUTCOMES, Lives, Watch, changes, counted, who_gains
from demandsim.experiment.plan import Plan
from demandsim.experiment.pool import demand_model
from demandsim.parameters.register import Numbers
from demandsim.report.gains import gains_records, gains_text, pairing_sentence, variance_reduction
from demandsim.scenario.library import load_scenario
from tests.experiment.fake import SUNDERLAND, FakeScenario, fake_plan, invented_rows


def lives(**outcomes: list[float]) -> Lives:
    """Four people: women 1 and 3, carer 1; the outcomes not given are 0."""
    groups = {by: np.zeros(4, dtype=np.int64) for by in GROUPS}
    groups["sex"], groups["carer"] = np.array([0, 1, 0, 1]), np.array([0, 1, 0, 0])
    held = {outcome.name: np.array(outcomes.get(outcome.name, [0.0] * 4)) for outcome in OUTCOMES}
    return Lives(np.arange(4, dtype=np.uint64), groups, held)


def test_changes_by_hand() -> None:
    first, other = lives(unmet_hours=[1.0, 1.0, 1.0, 1.0]), lives(unmet_hours=[0.5, 1.5, 1.4, 0.0])
    assert changes(first, other, OUTCOMES[0], 0.5).tolist() == [1, -1, 0, 1]
    assert changes(lives(wellbeing=[5.0] * 4), lives(wellbeing=[6, 4, 5, 5]), OUTCOMES[1], 0.1).tolist() == [
        1,
        -1,
        0,
        0,
    ]


def test_counts_by_hand() -> None:
    first, other = lives(months=[12.0, 12, 12, 12]), lives(months=[12.0, 6, 24, 24])
    found = counted(first, other, Numbers())
    assert found["months", "all", "all"].tolist() == [2, 1, 1, 1]
    assert found["months", "sex", "female"].tolist() == [1, 1, 0, 0]
    assert found["months", "carer", "yes"].tolist() == [0, 1, 0, -1]
    assert found["wellbeing", "all", "all"].tolist() == [0, 0, 4, 0]


def test_other_people_are_refused() -> None:
    stranger = replace(lives(), uid=np.arange(1, 5, dtype=np.uint64))
    with pytest.raises(ValueError, match="same people"):
        changes(lives(), stranger, OUTCOMES[0], 0.5)


def small_plan() -> Plan:
    deficit = load_scenario("deficit")
    return Plan(SUNDERLAND, (deficit, replace(deficit, name="twin")), years=1, scale=0.005, replicates=2)


def test_one_scenario_under_two_names_leaves_everybody_the_same() -> None:
    found = who_gains(small_plan())
    assert tuple(found.columns) == COLUMNS
    shown = found[found.value.notna()]
    assert set(shown[shown.change != "same"].value) == {0.0}
    total = shown[(shown.by == "all") & (shown.change == "same") & (shown.outcome == "months")].value.item()
    by_sex = shown[(shown.by == "sex") & (shown.change == "same") & (shown.outcome == "months")].value.sum()
    assert total == by_sex > 200_000
    # Few are simulated of those who need most: not shown by themselves.
    assert found[(found.by == "need") & (found.group == "very high")].value.isna().all()
    assert all(record["low"] is None or record["low"] <= record["value"] for record in gains_records(found))


def test_watching_changes_nothing() -> None:
    task = small_plan().tasks()[0][0]

    def digest(watched: bool) -> str:
        watch = Watch()
        model: Any = demand_model(task, watch.record if watched else lambda *_: None)
        if watched:
            watch.begin(model)
        model.run_for(6)
        if watched:
            found = watch.lives().outcomes
            assert found["months"].max() == 6
            assert found["months"].min() < 6
            assert found["wellbeing"].mean() == pytest.approx(7.4, abs=0.6)
        return str(model.digest())

    assert digest(watched=True) == digest(watched=False)


def test_results_of_a_folder_and_single_scenarios_are_refused() -> None:
    with pytest.raises(InputError, match="hold no scenarios to run again"):
        who_gains(fake_plan())
    with pytest.raises(InputError, match="two or more"):
        who_gains(fake_plan(scenarios=(FakeScenario("deficit"),)))


def test_variance_reduction_by_hand() -> None:
    # Variances 1 and 1; the differences 0, 0, 1.5 vary by 0.75.
    assert variance_reduction([1, 2, 3], [1, 2, 1.5]) == pytest.approx((1.0 + 0.25) / 0.75)
    assert variance_reduction([1.0], [2.0]) is None
    assert variance_reduction([1, 2], [2, 3]) is None


def test_the_text_fits_and_says_what_is_not_known() -> None:
    plan = fake_plan()
    results = Results(plan, invented_rows(plan))
    rows = [
        ("strengths", "deficit", outcome.name, by, group, change, *cell, "people")
        for outcome in OUTCOMES
        for by, groups in GROUPS.items()
        for group in groups
        for change in CHANGES
        for cell in [(None, None, None) if group == "very high" else (123_456.0, 120_000.0, 126_912.0)]
    ]
    text = gains_text(results, pd.DataFrame(rows, columns=list(COLUMNS)))
    assert max(len(line) for line in text.splitlines()) <= 80
    assert "Need at the start: very high" in text
    assert "+123,456 ±3,456" in text
    assert "times smaller" in pairing_sentence(results) or "does not narrow" in pairing_sentence(results)

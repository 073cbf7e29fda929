from __future__ import annotations

import math

import numpy as np
import pytest

from demandsim.experiment.comparison import Results
from demandsim.experiment.prepare import residents
from demandsim.experiment.scale import Bias, Figure, as_csv, bias, biases, from_csv, measured, nearest
from demandsim.experiment.versions import data_version
from demandsim.report.scale import figures
from tests.experiment.fake import SUNDERLAND, FakeScenario, fake_plan, invented_rows

WAIT = Figure("wait_weeks_median")
BALANCE = Figure("council_balance")


def runs(scale: float, seed: int, factor: float = 1.0, replicates: int = 12) -> Results:
    plan = fake_plan(scenarios=(FakeScenario("deficit"),), scale=scale, replicates=replicates)
    frame = invented_rows(plan, seed)
    frame.loc[frame.measure == "wait_weeks_median", "value"] *= factor
    return Results(plan, frame)


def test_a_planted_bias_is_measured_with_its_error():
    whole, sample = runs(1.0, 1), runs(0.07, 2, factor=1.2)
    found = bias(whole, sample, "deficit", WAIT)
    assert found.difference_percent == pytest.approx(20, abs=4 * found.standard_error_percent)
    assert found.scale == 0.07
    assert found.people == round(0.07 * residents(SUNDERLAND))
    assert found.seeds == 12
    assert found.found
    ours, theirs = (each.values("deficit", "wait_weeks_median", "horizon") for each in (sample, whole))
    welch = math.sqrt(ours.var(ddof=1) / 12 + theirs.var(ddof=1) / 12)
    assert found.standard_errors == pytest.approx((ours.mean() - theirs.mean()) / welch)


def test_no_bias_is_found_where_there_is_none():
    assert not any(each.found for each in biases(runs(1.0, 1), {0.07: runs(0.07, 2)}, figures()))


def test_notices_are_told_in_per_cent_of_runs():
    whole, sample = runs(1.0, 1), runs(0.07, 2)
    sample.measures.loc[(sample.measures.measure == "section_114") & (sample.measures.replicate <= 3), "value"] = 1.0
    found = bias(whole, Results(sample.plan, sample.measures), "deficit", Figure("section_114"))
    assert found.difference_percent == pytest.approx(25)


def test_the_balance_is_held_against_spending():
    whole, sample = runs(1.0, 1), runs(0.07, 2)
    difference = np.subtract(*(each.values("deficit", "council_balance", "horizon").mean() for each in (sample, whole)))
    spending = whole.values("deficit", "cost", "horizon", "payer", "council").mean()
    assert bias(whole, sample, "deficit", BALANCE).difference_percent == pytest.approx(100 * difference / spending)


@pytest.mark.parametrize(("difference", "error", "found"), [(2.9, 0.1, False), (3.1, 1.6, False), (-3.1, 1.5, True)])
def test_found_is_both_large_and_clear(difference: float, error: float, found: bool):
    assert Bias(WAIT, "deficit", 0.07, 20_000, difference, error, 8, "Sunderland").found is found


def test_a_file_says_what_was_written():
    nhs = Bias(Figure("cost", "payer", "nhs"), "strengths", 0.02, 5_772, -1.25, 0.5, 8, "Sunderland")
    known = [nhs, Bias(WAIT, "deficit", 0.25, 72_000, 3.0, 1.0, 8, "Sunderland")]
    assert list(from_csv(as_csv(known))) == known


@pytest.mark.parametrize(
    ("people", "at"), [(900_000, 72_000), (72_000, 72_000), (15_000, 20_000), (9_000, 5_800), (300, 5_800)]
)
def test_the_measured_sample_nearest_in_people_is_consulted(people: int, at: int):
    known = [Bias(WAIT, "deficit", 0.1, each, 1.0, 1.0, 8, "Sunderland") for each in (72_000, 20_000, 5_800)]
    assert [each.people for each in nearest(people, known)] == [at]
    assert nearest(people, []) == []


def test_every_headline_was_measured_at_every_scale():
    everybody = residents(SUNDERLAND)
    assert {each.scale for each in measured()} == {0.25, 0.07, 0.02, 0.01}
    for scenario in {each.scenario for each in measured()}:
        for scale in (0.25, 0.07, 0.02, 0.01):
            near = [each for each in nearest(round(scale * everybody), measured()) if each.scenario == scenario]
            assert {(each.scale, each.people) for each in near} == {(scale, round(scale * everybody))}
            assert [each.figure for each in near][:12] == figures()


def test_a_new_measurement_is_no_new_input(monkeypatch: pytest.MonkeyPatch):
    from demandsim.experiment import versions

    before = data_version.__wrapped__()
    monkeypatch.setattr(versions, "_NOT_AN_INPUT", ())
    assert data_version.__wrapped__() != before

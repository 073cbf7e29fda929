"""Rules of choice against a table reckoned by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from demandsim.experiment.errors import InputError
from demandsim.experiment.questions.robustness import hurwicz, maximin, regret, robustness, satisficing

TABLE = pd.DataFrame({"bold": [10.0, 0.0, 8.0], "steady": [5.0, 5.0, 5.0], "poor": [4.0, 3.0, 2.0]})


def test_regret_by_hand() -> None:
    found = regret(TABLE, more_is_better=True)
    assert found["bold"].tolist() == [0.0, 5.0, 0.0]
    assert found["steady"].tolist() == [5.0, 0.0, 3.0]
    turned = regret(-TABLE, more_is_better=False)
    pd.testing.assert_frame_equal(turned, found)


def test_rules_by_hand() -> None:
    assert satisficing(TABLE, enough=5.0, more_is_better=True).tolist() == pytest.approx([2 / 3, 1.0, 0.0])
    assert satisficing(TABLE, enough=5.0, more_is_better=False).tolist() == pytest.approx([1 / 3, 1.0, 1.0])
    assert maximin(TABLE, more_is_better=True).tolist() == [0.0, 5.0, 2.0]
    assert hurwicz(TABLE, optimism=0.7, more_is_better=True).tolist() == pytest.approx([7.0, 5.0, 3.4])
    assert hurwicz(TABLE, optimism=0.7, more_is_better=False).tolist() == pytest.approx([3.0, 5.0, 2.6])


def test_who_is_chosen_by_what() -> None:
    found = robustness(TABLE, more_is_better=True, enough=5.0)
    assert found.loc["bold", "chosen_by"] == "mean_regret, max_regret, hurwicz"
    assert found.loc["steady", "chosen_by"] == "max_regret, satisficing, worst, hurwicz"  # a tie is told of both
    assert found.loc["poor", "chosen_by"] == ""
    assert found["mean_regret"].tolist() == pytest.approx([5 / 3, 8 / 3, (6 + 2 + 6) / 3])


def test_direction_turns_everything() -> None:
    up, down = robustness(TABLE, more_is_better=True, enough=5.0), robustness(-TABLE, more_is_better=False, enough=-5.0)
    assert up["chosen_by"].tolist() == down["chosen_by"].tolist()
    assert up["worst"].tolist() == (-down["worst"]).tolist()


def test_gaps_and_single_options_are_refused() -> None:
    with pytest.raises(InputError, match="two or more options"):
        robustness(TABLE[["bold"]], more_is_better=True)
    with pytest.raises(InputError, match="two or more options"):
        robustness(TABLE.where(TABLE > 0), more_is_better=True)
    with pytest.raises(InputError, match="optimism"):
        hurwicz(TABLE, optimism=1.5, more_is_better=True)

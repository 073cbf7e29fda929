"""Who is at home: counts by hand, and help missed."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Band, Setting
from demandsim.processes.at_home import has_nobody, missed_share, who_is_at_home
from tests.toy import toy_model


def home_of_three():
    """Rows 0 and 1, able adults, and 2, a child, in one home; row 3 alone; row 4 in no household."""
    model = toy_model(200)
    citizens = model.citizens
    citizens.age_months[:5] = (40 * 12, 80 * 12, 8 * 12, 80 * 12, 80 * 12)
    citizens.household[:5] = (900, 900, 900, 901, NOBODY)
    return citizens


def test_people_and_those_able_are_counted() -> None:
    citizens = home_of_three()
    rows = np.arange(5)
    people, able = who_is_at_home(citizens, rows)
    assert people.tolist() == [3, 3, 3, 1, 0]
    assert able.tolist() == [2, 2, 2, 1, 0]


def test_nobody_is_able_where_the_others_need_help_broke_down_or_are_away() -> None:
    citizens = home_of_three()
    rows = np.arange(5)

    def unaided() -> list[bool]:
        _, able = who_is_at_home(citizens, rows)
        who = zip(citizens.setting, citizens.age_months, citizens.band, citizens.broken_down, able, strict=False)
        return [has_nobody(*person) for person in who]

    assert unaided() == [False, False, False, True, True]
    citizens.band[0] = Band.MODERATE
    assert unaided() == [False, True, False, True, True]
    citizens.band[0] = Band.NONE
    citizens.broken_down[0] = 3
    assert unaided() == [False, True, False, True, True]
    citizens.broken_down[0] = 0
    citizens.setting[0] = Setting.CARE_HOME
    assert unaided() == [False, True, False, True, True]


def test_missed_help_is_a_share_of_what_is_needed() -> None:
    citizens = home_of_three()
    citizens.hands_on[:3] = (10, 10, 0)
    citizens.unmet_hours[:3] = (4, 4, 0)
    citizens.unmet[:3] = (True, False, True)
    assert missed_share(citizens, np.arange(3)).tolist() == pytest.approx([0.4, 0.0, 0.0])

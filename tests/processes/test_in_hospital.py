"""In hospital: lists that the month works along, and sums that no order can change."""

from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Call, Setting
from demandsim.processes.in_hospital import discharge, list_kept, who_comes, who_may_be_held
from tests.toy import toy_model


def test_who_comes_is_listed_once_by_reason_and_in_row_order() -> None:
    fell_ill, minor = np.zeros(200, dtype=np.bool_), np.zeros(200, dtype=np.bool_)
    call = np.zeros(200, dtype=np.uint8)
    fell_ill[[3, 150]], minor[[3, 7, 199]], call[[0, 64]] = True, True, (Call.LIE, Call.FALSE_ALARM)
    came, who = np.empty((2, 201), dtype=np.int64)
    assert who_comes(fell_ill, minor, call, came, who) == (2, 2, 2)
    assert who[:6].tolist() == [3, 150, 7, 199, 0, 64]


def test_who_is_kept_for_longer_stands_before_minor_events() -> None:
    place = np.empty(7, dtype=np.int64)
    assert list_kept(np.array([True, False, True, True, False, True]), 2, 2, place) == 2
    assert place[:4].tolist() == [0, 5, 2, 3]


def test_last_months_patients_are_remembered_and_nothing_else_of_the_month_before() -> None:
    admitted, before_that = np.zeros((2, 300), dtype=np.bool_)
    days, trace = np.ones((2, 300), dtype=np.float32)
    earlier = np.zeros(300, dtype=np.float32)
    admitted[[5, 260]], before_that[[5, 6]] = True, True
    rows = np.empty(301, dtype=np.int64)
    assert discharge(admitted, before_that, days, trace, earlier, rows) == 2
    assert rows[:2].tolist() == [5, 260]
    assert not admitted.any()
    assert np.flatnonzero(before_that).tolist() == [5, 260]
    assert np.flatnonzero(days == 0).tolist() == np.flatnonzero(trace == 0).tolist() == [5, 6, 260]
    assert not earlier.any()


def test_of_a_long_stay_what_is_beyond_each_month_is_kept_until_it_is_over() -> None:
    admitted, before_that = np.zeros((2, 20), dtype=np.bool_)
    days, trace, earlier = np.zeros((3, 20), dtype=np.float32)
    rows = np.empty(21, dtype=np.int64)
    admitted[[3, 7]], trace[[3, 7]] = True, (100.0, 30.0)
    left = []
    for _ in range(4):
        discharge(admitted, before_that, days, trace, earlier, rows)
        left.append(float(earlier[3]))
        assert not trace.any()
        assert np.delete(earlier, 3).tolist() == [0.0] * 19
    assert left == pytest.approx([100 - 30.4375, 100 - 2 * 30.4375, 100 - 3 * 30.4375, 0.0], abs=1e-4)


def test_who_may_be_held_is_in_row_order_and_only_the_newly_admitted_count_as_alone() -> None:
    citizens = toy_model(200).citizens
    rows, before = np.array([40, 12, 30]), np.array([7, 20])
    citizens.admitted[rows], citizens.unmet_hours[rows[:2]] = True, 10
    citizens.waiting_since[before], citizens.setting[20] = 5, Setting.CARE_HOME
    citizens.age_months[rows], citizens.band[rows], citizens.broken_down[rows] = 960, 0, 0
    concerned, alone = np.empty(6, dtype=np.int64), np.empty(6, dtype=np.bool_)
    found = who_may_be_held(
        rows,
        np.array([1, 2, 1], dtype=np.uint16),
        before,
        5,
        np.float32(2),
        citizens.alive,
        citizens.admitted,
        citizens.setting,
        citizens.age_months,
        citizens.band,
        citizens.broken_down,
        citizens.unmet_hours,
        citizens.waiting_since,
        concerned,
        alone,
    )
    assert concerned[:found].tolist() == [7, 12, 40]
    assert alone[:found].tolist() == [False, False, True]

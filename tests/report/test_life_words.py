from __future__ import annotations

from typing import Any

import pytest

from demandsim.agents.citizens import Arrangement, Band, Setting, Waiting
from demandsim.experiment.trace import DIED, LEFT, Relative
from demandsim.report.life_words import date, events, iso_month, spells
from tests.report.lives import life, month, state


def told(*months: Any, **kwargs: Any) -> list[tuple[int, str]]:
    return [(event.month, event.words) for event in events(life(*months, **kwargs), 0.6)]


def test_months_have_the_names_of_the_calendar():
    assert [date(0), date(8), date(9), date(119)] == ["Apr 2024", "Dec 2024", "Jan 2025", "Mar 2034"]
    assert [iso_month(0), iso_month(9)] == ["2024-04", "2025-01"]


@pytest.mark.parametrize(
    ("flags", "began", "found"),
    [
        ("0001110000", False, [(3, True), (6, False)]),
        ("0001100000", False, []),
        ("1110011100", False, [(0, True)]),
        ("1111000000", True, [(4, False)]),
        ("0000000000", True, [(0, False)]),
    ],
)
def test_short_spells_and_gaps_are_not_told(flags: str, began: bool, found: list[tuple[int, bool]]):
    assert list(spells([flag == "1" for flag in flags], began)) == found


def test_nothing_is_told_of_a_quiet_life():
    assert told(*(month(k) for k in range(24))) == []


def test_a_hospital_stay_is_told_with_its_days():
    found = told(
        month(0),
        month(1, admitted=True, hospital_trace=9.2, delayed_days=3.9, fell_ill=True),
        month(2, delayed_days=1.0, hospital_trace=1.0),
        month(3, fell_ill=True),
    )
    assert found == [
        (1, "Taken to hospital as an emergency: 9 days, 4 of them waiting for support to be ready."),
        (2, "Still in hospital: 1 day more, waiting for support to be ready."),
        (3, "Seriously ill, without going into hospital."),
    ]


def test_the_way_to_support_is_told_step_by_step():
    found = told(
        month(0),
        month(1, waiting=Waiting.ASSESSMENT, waiting_since=1),
        month(2, waiting=Waiting.ASSESSMENT, waiting_since=1),
        month(3, waiting=Waiting.HOME_CARE, waiting_since=3),
        month(4, arrangement=Arrangement.HOME_CARE, paid_hours=6.7),
        month(5),
    )
    assert found == [
        (1, "Put on the list for an assessment."),
        (3, "Assessed after 2 months on the list; now waits for home care."),
        (4, "Home care begins: 7 hours of need met a week."),
        (5, "Home care ends."),
    ]


def test_asking_in_vain_is_told_once():
    found = told(month(0), *(month(k, turned_away_month=k) for k in range(1, 5)), month(5))
    assert found == [(1, "Asks for help 4 times until Aug 2024, each time in vain.")]
    assert len(told(month(0), month(1, turned_away_month=1), month(2, turned_away_month=2))) == 2


def test_the_family_is_told():
    husband = Relative("partner", state(uid=4, female=False, setting=Setting.HOME))
    daughter = Relative("daughter", state(uid=9, age_months=600))
    broken = Relative("daughter", state(uid=9, age_months=601, broken_down=2))
    found = told(
        month(0, family=(husband, daughter), household=2, partner=7),
        month(1, family=(husband, broken), household=2, partner=7),
        month(2, family=(broken,), bereaved_month=2),
    )
    assert found == [
        (1, "The daughter cannot go on caring and has to stop for a time."),
        (2, "The husband or partner dies. Lives alone from now on."),
    ]


def test_a_move_to_a_care_home_says_who_pays_and_ends_support_without_a_word():
    found = told(
        month(0, arrangement=Arrangement.HOME_CARE),
        month(1, setting=Setting.CARE_HOME),
        month(2, setting=Setting.CARE_HOME, council_funded=True),
        month(3),
    )
    assert [words for _, words in found] == [
        "Moves to a care home; pays the fees from own means.",
        "Savings have run low: the council now pays part of the fees.",
        "Comes home again.",
    ]


def test_need_and_caring_are_told():
    found = told(
        month(0, band=Band.LOW, hands_on=2.0),
        month(1, band=Band.HIGH, hands_on=16.4),
        *(month(k, band=Band.HIGH, care_given=20.0, strain=0.7) for k in range(2, 6)),
        *(month(k, band=Band.HIGH, broken_down=3) for k in range(6, 10)),
    )
    assert found == [
        (1, "Now has high need: 16 hours of help needed a week."),
        (2, "Cares for somebody ten hours a week or more."),
        (2, "Strained by caring."),
        (6, "Cannot go on caring: has to stop for a time."),
        (6, "No longer cares ten hours a week."),
        (6, "The strain of caring eases."),
    ]


def test_how_a_life_ends():
    assert told(month(0), month(1), end=DIED, end_month=2) == [(2, "Dies at the age of 80.")]
    assert told(month(0), end=LEFT, end_month=1) == [(1, "Moves away; what comes after is not known here.")]


def test_a_strained_carer_of_the_family_is_told_only_while_kin_help():
    son = Relative("son", state(uid=9, care_given=25.0, strain=0.9))
    helped = [month(k, family=(son,), kin_hours=3.0) for k in range(1, 5)]
    found = told(month(0), *helped, *(month(k, family=(son,)) for k in range(5, 9)))
    assert found == [
        (1, "Somebody of the family who helps is strained by caring."),
        (5, "Nobody of the family is strained by caring any more."),
    ]


def test_work_given_up_to_care_is_told():
    lost = (0, 40, 100, 0)
    found = told(*(month(k, working=True, work_lost=part) for k, part in enumerate(lost)))
    assert found == [
        (1, "Works fewer hours, to care."),
        (2, "Gives up paid work to care."),
        (3, "Works as much as before caring."),
    ]

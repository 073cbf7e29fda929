from __future__ import annotations

from typing import Any

from demandsim.agents.citizens import Band
from demandsim.report.portrait import portrait
from tests.report.lives import life, month


def told(**state: Any) -> str:
    return portrait(life(month(0, band=Band.MODERATE, **state)), "Ben")


def test_help_beyond_the_hands_on_need_is_said_to_be_company_too():
    words = told(hands_on=7.0, kin_hours=20.0, paid_hours=2.2)
    assert "7 hours of hands-on help a week" in words
    assert "Kin are there for 20 hours, company and watching over included. Paid helpers give 2 hours." in words


def test_each_source_of_help_is_named_with_its_hours():
    assert "Kin give 4 hours, neighbours 1 and paid helpers 2." in told(
        hands_on=7.0, kin_hours=4.0, neighbour_hours=1.0, paid_hours=2.2
    )
    assert "Paid helpers give 1 hour." in told(hands_on=7.0, paid_hours=1.2)


def test_help_that_nobody_gives_is_said():
    assert "Nobody gives any of it." in told(hands_on=7.0)


def test_the_neighbourhood_is_told_by_its_fifth_of_england():
    assert "in a neighbourhood of the middle fifth of England by deprivation. " in told(quintile=2)
    assert "in a neighbourhood of the least deprived fifth of England. " in told(quintile=4)

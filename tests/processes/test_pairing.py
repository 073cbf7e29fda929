"""Who looks for a partner, and who of them find each other."""

from __future__ import annotations

from typing import Any

import numpy as np

from demandsim.agents.citizens import NOBODY, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.ageing import Ageing
from demandsim.processes.base import read_rules
from demandsim.processes.curves import YEARS
from demandsim.processes.pairing import find_pairs, who_looks
from demandsim.processes.partnership import PartnershipRules
from tests.lifecourse import steady_town


def looking(town: Any, chance: float, reach: float) -> Any:
    """Who looks, where the chance is the same at every age."""
    Ageing(Numbers()).step(town)
    rules = read_rules(PartnershipRules, Numbers())
    return who_looks(town, rules, np.full((2, YEARS), chance), min(reach * chance, 1.0), reach)


def test_grown_people_at_home_without_a_partner_look_as_often_as_the_chance_says() -> None:
    town = steady_town(10_000)
    citizens = town.citizens
    rows, uid, line, _, _, alike = looking(town, 0.2, 3.0)
    assert np.array_equal(uid, citizens.uid[rows])
    assert (citizens.partner[rows] == NOBODY).all()
    assert (citizens.age_months[rows] >= 18 * 12).all()
    assert (citizens.setting[rows] == Setting.HOME).all()
    free = citizens.alive & (citizens.partner == NOBODY) & (citizens.age_months >= 18 * 12)
    free &= citizens.setting == Setting.HOME
    share = Numbers()["partner.same_sex_share"]
    expected = free.sum() * 0.6 * (1 - share)
    assert abs(rows.size - expected) < 5 * (expected * 0.4) ** 0.5
    assert (line < 3.0).all()
    assert abs((line < 1.0).sum() - expected / 3) < 5 * (expected / 3 * 0.8) ** 0.5
    expected = free.sum() * 0.2 * share
    assert abs(alike.size - expected) < 5 * expected**0.5


def test_pairs_are_of_unrelated_people_of_about_an_age_and_nobody_is_in_two() -> None:
    town = steady_town(10_000)
    citizens = town.citizens
    first, second = find_pairs(town, looking(town, 0.2, 3.0))
    assert first.size > 100
    assert np.unique(np.concatenate([first, second])).size == 2 * first.size
    for link in (citizens.mother, citizens.father):
        assert not (link[first] == second).any()
        assert not (link[second] == first).any()
        assert not ((link[first] != NOBODY) & (link[first] == link[second])).any()
    across = citizens.female[first] != citizens.female[second]
    assert citizens.female[first[across]].all()
    assert 0 < (~across).sum() < 0.2 * first.size
    gap = citizens.age_months[second[across]].astype(int) - citizens.age_months[first[across]]
    assert 0 < gap.mean() / 12 < 6

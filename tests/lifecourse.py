"""A toy town with a place's demographic rates, for tests of the life course."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from demandsim.agents.citizens import NOBODY
from demandsim.agents.kin import children_index
from demandsim.parameters.register import Numbers
from demandsim.processes.households import refresh_cells
from tests.toy import toy_model

BIRTH_RATE = np.interp(np.arange(101), [14, 20, 25, 31, 36, 41, 46], [0, 0.04, 0.08, 0.115, 0.08, 0.02, 0])
"""Births a woman-year by age: about 1.7 children a woman."""


def toy_profile() -> Any:
    """Rates like an English town's: births as nationally, 5 % of people a year moving out and as many in."""
    age = np.arange(101)
    moves = 0.02 * np.exp(-0.1 * age) + 0.06 * np.exp(-0.1 * (age - 20) - np.exp(-0.4 * (age - 20))) + 0.003
    qx = np.stack([death_rate(age, False), death_rate(age, True)])[None]
    return SimpleNamespace(
        births_factor=1.0,
        asfr=BIRTH_RATE,
        out_rate=2 * moves,
        in_rate=2 * moves,
        qx=qx,
        deaths_factor=1.0,
        international_net=0.01,
    )


def toy_town(people: int = 20_000, seed: int = 1) -> Any:
    """The toy town with a profile, owners, incomes, and some of the young at home with their parents."""
    town = toy_model(people, seed)
    town.profile = toy_profile()
    citizens = town.citizens
    generator = np.random.default_rng(seed + 1)
    citizens.owner[citizens.rows] = (citizens.household[citizens.rows] % 5) > 1
    citizens.income_band[citizens.rows] = generator.integers(0, 5, people)
    year = citizens.age_months // 12
    share = np.interp(year, [18, 19, 22, 27, 32, 40, 50], [1.0, 0.9, 0.7, 0.37, 0.17, 0.08, 0.0])
    single = citizens.alive & (citizens.partner == NOBODY) & (citizens.mother != NOBODY) & (year >= 18)
    stays = np.flatnonzero(single & (generator.random(citizens.size) < share))
    citizens.household[stays] = citizens.household[citizens.mother[stays]]
    one_address(town)
    town.children = children_index(citizens)
    town.numbers = Numbers()
    return town


def one_address(town: Any) -> None:
    """Let everybody of a household live in one neighbourhood, under one tenure."""
    citizens = town.citizens
    rows = citizens.rows
    _, first, member = np.unique(citizens.household[rows], return_index=True, return_inverse=True)
    for name in ("neighbourhood", "quintile", "owner"):
        values = getattr(citizens, name)
        values[rows] = values[rows[first]][member]
    refresh_cells(citizens, rows)


def renew(town: Any) -> None:
    """End the life course of a month: what the model does before the next steps."""
    town.children = children_index(town.citizens)
    town.month += 1


def assert_links_sound(town: Any) -> None:
    """Partners point at each other, parents are alive, nobody is linked to a free row, uids are unique."""
    citizens = town.citizens
    rows = citizens.rows
    for link in (citizens.partner[rows], citizens.mother[rows], citizens.father[rows]):
        assert citizens.alive[link[link >= 0]].all()
    paired = rows[citizens.partner[rows] >= 0]
    assert np.array_equal(citizens.partner[citizens.partner[paired]], paired)
    assert not np.any(citizens.partner[paired] == paired)
    free = ~citizens.alive
    for name in ("partner", "mother", "father"):
        assert (getattr(citizens, name)[free] == NOBODY).all()
    assert np.unique(citizens.uid[rows]).size == rows.size


_PAIRED_AGES = [17, 18, 22, 27, 32, 37, 42, 47, 52, 57, 62, 67, 72, 77, 82, 87, 93, 105]
_PAIRED = {
    True: [0, 0.03, 0.18, 0.48, 0.66, 0.70, 0.69, 0.67, 0.66, 0.66, 0.66, 0.65, 0.605, 0.52, 0.375, 0.215, 0.085, 0.03],
    False: [0, 0.015, 0.11, 0.38, 0.60, 0.68, 0.70, 0.70, 0.69, 0.70, 0.715, 0.73, 0.735, 0.72, 0.66, 0.55, 0.40, 0.25],
}


def death_rate(age: Any, female: Any) -> Any:
    """A yearly chance of death close to the UK table of 2024: Gompertz above 30."""
    return np.minimum(
        np.where(female, 0.0076, 0.0119) * np.exp((np.asarray(age) - 65) * np.where(female, 0.105, 0.097)), 0.6
    )


def steady_town(people: int = 30_000, seed: int = 1) -> Any:
    """A town whose people have partners as in England, by age and sex, and an even spread of births."""
    town = toy_town(people, seed)
    citizens = town.citizens
    generator = np.random.default_rng(seed + 2)
    rows = citizens.rows
    for link in (citizens.partner, citizens.mother, citizens.father):
        link[:] = NOBODY
    years = np.arange(101)
    survival = [np.cumprod(1 - death_rate(years, female)) for female in (False, True)]
    sex = citizens.female[rows].astype(int)
    age = np.array([generator.choice(101, p=survival[s] / survival[s].sum()) for s in sex])
    citizens.age_months[rows] = age * 12 + generator.integers(0, 12, people)
    citizens.household[rows] = np.arange(people)
    sides = {}
    for female in (True, False):
        mine = rows[citizens.female[rows] == female]
        chance = np.interp(citizens.age_months[mine] / 12, _PAIRED_AGES, _PAIRED[female])
        mine = mine[generator.random(mine.size) < chance]
        meet = citizens.age_months[mine] / 12 + (2.3 if female else 0) + generator.normal(0, 1.6, mine.size)
        sides[female] = mine[np.argsort(meet)]
    number = min(side.size for side in sides.values())
    women, men = (
        side[np.sort(generator.choice(side.size, number, replace=False))] for side in (sides[True], sides[False])
    )
    citizens.partner[women], citizens.partner[men] = men, women
    citizens.household[men] = citizens.household[women]
    age = citizens.age_months[rows] // 12
    adult = rows[citizens.female[rows] & (age >= 18)]
    exact = citizens.age_months[adult] + generator.random(adult.size)
    adult, exact = adult[np.argsort(exact)], np.sort(exact)
    wanted = citizens.age_months[rows] + np.clip(generator.normal(29, 5, people), 17, 44) * 12
    place = np.searchsorted(exact, wanted)
    here = (place < adult.size) & (generator.random(people) < np.where(age < 20, 0.97, 0.6))
    child, mother = rows[here], adult[place[here]]
    citizens.mother[child] = mother
    father = citizens.partner[mother]
    citizens.father[child] = father
    share = np.interp(
        citizens.age_months[child] / 12, [18, 19, 22, 27, 32, 40, 50], [1.0, 0.9, 0.7, 0.45, 0.25, 0.1, 0.0]
    )
    stays = child[(citizens.partner[child] == NOBODY) & (generator.random(child.size) < share)]
    stays = stays[np.argsort(-citizens.age_months[stays].astype(int))]
    for one in stays:  # the eldest first, so that a child follows a mother who is at home herself
        citizens.household[one] = citizens.household[citizens.mother[one]]
    elder = rows[(citizens.age_months[rows] >= 480)]
    citizens.children_away[elder] = generator.poisson(0.9, elder.size)
    one_address(town)
    town.children = children_index(citizens)
    return town

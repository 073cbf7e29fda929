"""Households: who lives alone, who shares with whom, who owns the home, what income there is."""

from __future__ import annotations

import numpy as np

from demandsim.place.draft import Draft
from demandsim.place.matching import Flags, Floats, Ints, draw_number
from demandsim.place.tables import AGES, living_alone, uk_death_chances

FIFTHS = (-0.8416, -0.2533, 0.2533, 0.8416)
"""Where a standard normal is cut into fifths."""

DECILE_MIDDLE, DECILE_SD = 5.5, 2.8723
"""Mean and standard deviation of deciles 1 to 10."""

GRIEF_MONTHS = 24
"""Months within which someone counts as newly widowed."""


def live_alone(draft: Draft, factor: float) -> None:
    """Choose who lives alone: the known number of each sex and band, within one.

    They are drawn among those without partner, child or parent at home.

    Args:
        draft: The district; children are at home already, adult children are not.
        factor: Ratio to the UK shares.
    """
    table = living_alone()
    parents = np.zeros(draft.size, dtype=np.bool_)
    parents[draft.parent_at_home[draft.parent_at_home >= 0]] = True
    able = draft.at_home & (draft.partner < 0) & ~parents & (draft.parent_at_home < 0) & (draft.years >= 18)
    ends = [*table.starts[1:], AGES]
    for sex, women in enumerate((False, True)):
        for band, (first, last) in enumerate(zip(table.starts, ends, strict=True)):
            of_band = (draft.female == women) & (draft.years >= first) & (draft.years < last)
            number = int(table.share[sex, band] * factor * int(of_band.sum()) + draft.generator.random())
            people = np.flatnonzero(of_band & able)
            weight = np.ones(people.size)
            if first < 18:
                weight = np.maximum(draft.years[people] - draft.rules.alone_young_start, 0.0)
            drawn = draw_number(weight, number, draft.spread[people], draft.generator)
            draft.alone[people[drawn]] = True


def households(draft: Draft) -> Ints:
    """Bring everybody who lives at home into a household and its neighbourhood.

    Returns:
        Household number of each person from 0, -1 in a communal home.
    """
    person = np.arange(draft.size)
    head = np.where(draft.partner >= 0, np.minimum(person, draft.partner), person)
    with_parent = draft.parent_at_home >= 0
    head[with_parent] = head[draft.parent_at_home[with_parent]]
    settled = (draft.partner >= 0) | with_parent | draft.alone
    settled[head[with_parent]] = True
    loose = draft.at_home & ~settled
    _join_children(draft, head, loose)
    _share(draft, head, loose)
    for _ in range(6):
        head = head[head]
    draft.area = draft.area[head]
    home = draft.at_home
    number = np.full(draft.size, -1, dtype=np.int64)
    number[home] = np.unique(head[home], return_inverse=True)[1]
    return number


def _join_children(draft: Draft, head: Ints, loose: Flags) -> None:
    """Let loose people of 65 and over move in with a child of theirs who lives near and not alone."""
    for link in (draft.father, draft.mother):
        child = np.flatnonzero((link >= 0) & draft.at_home & ~draft.alone & (draft.parent_at_home < 0))
        child = child[loose[link[child]] & (draft.years[link[child]] >= 65)]
        parent, first = np.unique(link[child], return_index=True)
        child = child[first]
        head[parent] = child
        loose[parent] = False
        loose[child] = False


def _share(draft: Draft, head: Ints, loose: Flags) -> None:
    """Put the remaining adults into shared households within the neighbourhood; nobody is left single."""
    people = np.flatnonzero(loose)
    people = people[np.lexsort((draft.years[people], draft.area[people]))]
    area = draft.area[people]
    number = np.bincount(area, minlength=int(area.max(initial=0)) + 1)
    lonely = people[number[area] == 1]
    people = people[number[area] > 1]
    area = draft.area[people]
    homes = np.minimum(np.maximum(np.rint(number / draft.rules.sharer_household), 1), np.maximum(number // 2, 1))
    place = np.arange(people.size) - np.searchsorted(area, area)
    home = area * 4096 + (place * homes[area]).astype(np.int64) // np.maximum(number[area], 1)
    if people.size:
        _, first, inverse = np.unique(home, return_index=True, return_inverse=True)
        head[people] = people[first[inverse]]
    if lonely.size > 1:
        head[lonely] = lonely[np.minimum(np.arange(lonely.size) // 2, lonely.size // 2 - 1) * 2]
    elif lonely.size == 1:
        hosts = np.flatnonzero(draft.at_home & ~draft.alone & (draft.years >= 18))
        hosts = hosts[hosts != lonely[0]]
        if hosts.size:
            same = hosts[draft.area[hosts] == draft.area[lonely[0]]]
            head[lonely[0]] = (same if same.size else hosts)[0]


def owners(draft: Draft, household: Ints, share: float) -> Flags:
    """Who lives in a home that the household owns: households ranked by age of head, place, couple and luck.

    The number of owning households is exact. People of 65 and over in communal homes count as (former) owners with
    the chance of a household of their age and neighbourhood; younger ones do not.

    Args:
        draft: The district.
        household: Household of each person, -1 in a communal home.
        share: Share of households that own their home.
    """
    rules, generator = draft.rules, draft.generator
    curve = np.clip(rules.owner(draft.years), 0.01, 0.99)
    odds = np.log(curve / (1 - curve)) + rules.owner_per_decile * (_decile(draft) - DECILE_MIDDLE)
    home = np.flatnonzero(household >= 0)
    _, first = np.unique(household[home], return_index=True)
    head = home[first]
    score = odds[head] + rules.owner_couple * (draft.partner[head] >= 0) + generator.logistic(size=head.size)
    owns = np.zeros(head.size, dtype=np.bool_)
    owns[np.argsort(-score, kind="stable")[: round(share * head.size)]] = True
    found = np.zeros(draft.size, dtype=np.bool_)
    found[home] = owns[household[home]]
    communal = household < 0
    luck = generator.random(draft.size)
    found[communal] = ((draft.years >= 65) & (luck < 1 / (1 + np.exp(-odds))))[communal]
    return found


def income_bands(draft: Draft, household: Ints) -> Ints:
    """National fifth of income of each household, 0 lowest, by deprivation of the neighbourhood and age of head."""
    rules = draft.rules
    leader = np.arange(draft.size)
    home = np.flatnonzero(household >= 0)
    _, first = np.unique(household[home], return_index=True)
    leader[home] = home[first][household[home]]
    years = draft.years
    shift = np.where((years >= 30) & (years < 60), rules.income_working_age, 0.0)
    shift += np.where(years >= 65, rules.income_65, 0.0) + np.where(years < 25, rules.income_young, 0.0)
    weight = rules.income_deprivation
    level = weight * (_decile(draft) - DECILE_MIDDLE) / DECILE_SD + shift
    level += np.sqrt(1 - weight**2) * draft.generator.normal(size=draft.size)
    return np.searchsorted(FIFTHS, level[leader])


def _decile(draft: Draft) -> Floats:
    """Deprivation decile of each person's neighbourhood."""
    return draft.tables.areas.decile[draft.area].astype(np.float64)


def widowed_months(draft: Draft, deaths_factor: float) -> Ints:
    """Months since a partner died, for people of 50 and over without one who are newly widowed; else -1.

    As many are newly widowed at each age as the partners of their age and sex would have lost in two years under the
    UK death rates of the partner's sex, scaled to the place.
    """
    rules, counts = draft.rules, draft.counts
    chances = uk_death_chances()[0] * deaths_factor
    ages = np.arange(AGES)
    older = np.clip(ages + round(rules.couple_gap_years), 0, AGES - 1)
    younger = np.clip(ages - round(rules.couple_gap_years), 0, AGES - 1)
    loss = np.stack([chances[1, younger], chances[0, older]])
    partnered = np.bincount(draft.cell[draft.partner >= 0], minlength=2 * AGES).reshape(2, AGES)
    widowed = partnered * loss * GRIEF_MONTHS / 12
    chance = np.minimum(widowed / np.maximum(counts - partnered, 1), rules.widowed_cap)
    luck = draft.generator.random((2, draft.size))
    newly = (draft.partner < 0) & (draft.years >= 50) & (luck[0] < draft.of_cell(chance))
    return np.where(newly, (luck[1] * GRIEF_MONTHS).astype(np.int64), -1)

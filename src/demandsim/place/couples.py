"""Who lives with a partner."""

from __future__ import annotations

import numpy as np

from demandsim.place.draft import Draft
from demandsim.place.matching import Floats, Ints, block_match, systematic_draw
from demandsim.place.tables import AGES, living_alone

ADULT = 16
"""Age from which people count as adults in the tables of partnership."""

MARRIABLE = 18
"""Youngest age of a partner."""


def partnered_share(draft: Draft) -> float:
    """Share of people of 16 and over who live with a partner, from the district's share of married people."""
    married, rules = draft.tables.married, draft.rules
    return rules.married_together * married + rules.unmarried_cohabiting * (1 - married)


def partnered_by_age(draft: Draft, share: float, communal: Floats, alone_factor: float) -> Floats:
    """Share with a partner by sex and single year, so that each sex makes up half of all partnered people.

    Partnered, alone and communal people never fill an age band: its partnered share is held below what is left.

    Args:
        draft: The district.
        share: Partnered share of people of 16 and over.
        communal: Share in communal homes, shape (2, 101).
        alone_factor: People living alone over the UK shares.

    Returns:
        Shape (2, 101).
    """
    rules, counts = draft.rules, draft.counts
    ages = np.arange(AGES)
    profile = np.stack([rules.partnered_men(ages), rules.partnered_women(ages)])
    half = share * counts[:, ADULT:].sum() / 2
    alone = living_alone()
    bands = list(zip(alone.starts, [*alone.starts[1:], AGES], strict=True))
    found = np.zeros((2, AGES))
    for sex in (0, 1):
        limit = [
            1
            - alone.share[sex, band] * alone_factor
            - _mean(communal[sex, a:b], counts[sex, a:b])
            - rules.other_living_margin
            for band, (a, b) in enumerate(bands)
        ]
        low, high = -8.0, 8.0
        for _ in range(40):
            shift = (low + high) / 2
            found[sex] = _shifted(profile[sex], shift, counts[sex], bands, limit)
            low, high = (shift, high) if found[sex] @ counts[sex] < half else (low, shift)
    return found


def _mean(values: Floats, weights: Ints) -> float:
    """Weighted mean, 0 without weight."""
    return float(values @ weights / weights.sum()) if weights.sum() else 0.0


def _shifted(profile: Floats, shift: float, counts: Ints, bands: list[tuple[int, int]], limit: list[float]) -> Floats:
    """A profile of shares moved in the logit, each band held to its limit."""
    share = 1 / (1 + (1 - profile) / profile * np.exp(-shift))
    share[:MARRIABLE] = 0
    for (first, last), most in zip(bands, limit, strict=True):
        mean = _mean(share[first:last], counts[first:last])
        if mean > most:
            share[first:last] *= max(most, 0.0) / mean
    return np.asarray(share)


def form_couples(draft: Draft, communal: Floats, share: float, alone_factor: float) -> None:
    """Draw who has a partner and pair them by age, neighbours first; the second partner moves in with the first.

    Args:
        draft: The district.
        communal: Share in communal homes by sex and single year.
        share: Partnered share of people of 16 and over.
        alone_factor: People living alone over the UK shares, for whom room is kept.
    """
    generator = draft.generator
    counts = draft.counts
    home = draft.at_home
    free = np.bincount(draft.cell[home], minlength=2 * AGES).reshape(2, AGES)
    chance = partnered_by_age(draft, share, communal, alone_factor) * counts / np.maximum(free, 1)
    by_person = np.where(home, np.minimum(draft.of_cell(chance), 1.0), 0.0)
    women, men = (_drawn(draft, by_person, women=sex) for sex in (True, False))
    number = min(women.size, men.size)
    women, men = (np.sort(generator.permutation(people)[:number]) for people in (women, men))
    pairs = round(draft.rules.same_sex_couples * number / 2)
    women, men = _pair_within(draft, women, pairs), _pair_within(draft, men, pairs)
    her_key = draft.years[women] + generator.normal(0, draft.rules.couple_gap_sd_women, women.size)
    his_key = draft.years[men] + generator.normal(
        -draft.rules.couple_gap_years, draft.rules.couple_gap_sd_men, men.size
    )
    a, b = block_match(draft.block[women], her_key, draft.block[men], his_key, generator)
    _join(draft, women[a], men[b])


def _drawn(draft: Draft, chance: Floats, *, women: bool) -> Ints:
    """Draw people of one sex by their chances, evenly over neighbourhoods and ages."""
    people = np.flatnonzero(draft.female == women)
    return people[systematic_draw(chance[people], draft.spread[people], draft.generator)]


def _pair_within(draft: Draft, people: Ints, pairs: int) -> Ints:
    """Make some couples of one sex.

    Args:
        draft: The district.
        people: Those who have a partner, of one sex.
        pairs: Couples to make among them.

    Returns:
        Those who remain.
    """
    order = draft.generator.permutation(people.size)
    first, second, rest = np.split(people[order], [pairs, 2 * pairs])
    key_a, key_b = (draft.years[p] + draft.generator.normal(0, 2, p.size) for p in (first, second))
    a, b = block_match(draft.block[first], key_a, draft.block[second], key_b, draft.generator)
    _join(draft, first[a], second[b])
    return np.sort(rest)


def _join(draft: Draft, first: Ints, second: Ints) -> None:
    """Make partners of two lists; the second moves to the first's neighbourhood."""
    draft.partner[first], draft.partner[second] = second, first
    draft.area[second] = draft.area[first]

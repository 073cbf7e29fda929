"""Who is whose child: at home, near or away. Families are built backwards, from the fertility of each cohort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from demandsim.place.draft import Draft
from demandsim.place.matching import Flags, Floats, Ints, as_key, block_match, draw_number, fit_gaps, largest_remainder
from demandsim.place.rules import BuildingRules
from demandsim.place.tables import FIRST_YEAR, uk_death_chances

ADULT_CHILD = 19
"""Age from which a child at home counts as an adult child."""

OLDEST_AT_HOME = 64
"""Oldest age of an adult child at home."""

LEAST_GAP, MOST_GAP_MOTHER, MOST_GAP_FATHER = 15 * 12, 47 * 12 - 1, 66 * 12
"""Months between parent and child."""


@dataclass
class Slots:
    """Children that the women of a district have had, not yet joined to people.

    Attributes:
        mother: Person number of the mother.
        months: Age of the child now, months.
        free: Not joined to anyone yet.
    """

    mother: Ints
    months: Ints
    free: Flags


def family_sizes(cohort: Ints, rules: BuildingRules, generator: np.random.Generator) -> Ints:
    """Draw how many children women of given years of birth have in their lives.

    None, one and two are published shares; three and more follow a geometric tail that meets the mean.
    """
    none, one, two = rules.childless(cohort), rules.one_child(cohort), rules.two_children(cohort)
    more = np.maximum(1 - none - one - two, 0.01)
    beyond = np.maximum((rules.children_mean(cohort) - one - 2 * two) / more - 3, 0.05)
    tail = generator.geometric(1 / (1 + beyond)) + 2
    luck = generator.random(cohort.size)
    sizes = np.where(luck < none, 0, np.where(luck < none + one, 1, np.where(luck < none + one + two, 2, tail)))
    return np.minimum(sizes, 9)


def births(parents: Ints, sizes: Ints, centre: Floats, draft: Draft, latest: float) -> tuple[Ints, Ints]:
    """Spread each parent's children around a centre age; those not yet born are left out.

    Args:
        parents: Person numbers.
        sizes: Children of each.
        centre: Middle of the parent's ages at birth, years.
        draft: The district.
        latest: Oldest age at a birth, years.

    Returns:
        Parent and child's age in months, one entry a child.
    """
    rules = draft.rules
    index = np.repeat(np.arange(parents.size), sizes)
    place = np.arange(index.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    step = (place - (sizes[index] - 1) / 2) * rules.birth_spacing + draft.generator.uniform(-0.5, 0.5, index.size)
    age_at_birth = np.clip(centre[index] + step, rules.youngest_mother, latest)
    months = draft.months[parents[index]] - (age_at_birth * 12).astype(np.int64)
    born = months >= 0
    return parents[index[born]], months[born]


def child_slots(draft: Draft) -> Slots:
    """Draw the children that the women of a district have had, by cohort and, under 50, by partnership."""
    rules, generator = draft.rules, draft.generator
    women = np.flatnonzero(draft.female & (draft.years >= ADULT_CHILD))
    cohort = FIRST_YEAR - draft.years[women]
    sizes = family_sizes(cohort, rules, generator)
    young = draft.years[women] < 50
    partnered = draft.partner[women] >= 0
    luck = generator.random(women.size)
    sizes[young & ~partnered & (luck < rules.unpartnered_childless)] = 0
    again = young & partnered & (sizes == 0) & (luck < rules.partnered_second_draw)
    sizes[again] = family_sizes(cohort[again], rules, generator)
    centre = rules.birth_age(cohort) + generator.normal(0, rules.birth_age_sd, women.size)
    mother, months = births(women, sizes, centre, draft, rules.oldest_mother)
    return Slots(mother, months, np.ones(mother.size, dtype=np.bool_))


def young_at_home(draft: Draft, slots: Slots) -> None:
    """Give every child under 16, and nearly all of 16 to 18, a parent to live with."""
    generator, rules = draft.generator, draft.rules
    young = draft.at_home & (draft.partner < 0) & (draft.years < ADULT_CHILD)
    stays = generator.random(draft.size) < rules.home_at_16_18
    kids = generator.permutation(np.flatnonzero(young & ((draft.years < 16) | stays)))
    with_father = round(rules.lone_fathers * kids.size)
    _live_with_lone_fathers(draft, kids[:with_father])
    kids = np.sort(kids[with_father:])
    at_home = np.flatnonzero((slots.months < ADULT_CHILD * 12) & draft.at_home[slots.mother])
    mother, months = _resample(draft, slots.mother[at_home], slots.months[at_home], kids.size)
    slots.free[slots.months < ADULT_CHILD * 12] = False
    block = draft.block
    a, b = block_match(block[mother], as_key(months), block[kids], as_key(draft.months[kids]), generator)
    _take_in(draft, mother[a], kids[b])
    _house_the_rest(draft, kids)


def _resample(draft: Draft, mother: Ints, months: Ints, number: int) -> tuple[Ints, Ints]:
    """Cut slots to a number at random, or add brothers and sisters some years apart until it is reached."""
    generator = draft.generator
    if mother.size >= number:
        keep = generator.permutation(mother.size)[:number]
        return mother[keep], months[keep]
    for _ in range(20):
        lacking = number - mother.size
        if lacking == 0 or mother.size == 0:
            break
        model = generator.integers(0, mother.size, 2 * lacking)
        gap = draft.rules.sibling_gap_years * 12 * generator.uniform(0.5, 1.5, model.size)
        age = months[model] + (gap * generator.choice([-1, 1], model.size)).astype(np.int64)
        at_birth = draft.months[mother[model]] - age
        youngest, oldest = draft.rules.youngest_mother * 12, draft.rules.oldest_mother * 12
        fits = (age >= 0) & (age < ADULT_CHILD * 12) & (at_birth >= youngest) & (at_birth <= oldest)
        model, age = model[fits][:lacking], age[fits][:lacking]
        mother, months = np.concatenate([mother, mother[model]]), np.concatenate([months, age])
    return mother, months


def _take_in(draft: Draft, mother: Ints, child: Ints) -> None:
    """Let children live with their mothers, whose partners are their fathers; ages are made to fit first."""
    child, good = fit_gaps(mother, child, draft.months, LEAST_GAP, MOST_GAP_MOTHER, draft.generator)
    mother, child = mother[good], child[good]
    draft.mother[child] = draft.parent_at_home[child] = mother
    draft.area[child] = draft.area[mother]
    give_father(draft, child, draft.partner[mother])


def give_father(draft: Draft, child: Ints, father: Ints) -> None:
    """Link children to fathers where there is one, a man, and old enough."""
    fits = (father >= 0) & ~draft.female[father] & (draft.months[father] - draft.months[child] >= LEAST_GAP)
    draft.father[child[fits]] = father[fits]


def _live_with_lone_fathers(draft: Draft, kids: Ints) -> None:
    """Let some children live with fathers who have no partner."""
    rules, generator = draft.rules, draft.generator
    lone = draft.at_home & ~draft.female & (draft.partner < 0) & (draft.years >= 25) & (draft.years < 62)
    men = generator.permutation(np.flatnonzero(lone))
    if not men.size:
        return
    two = generator.random(men.size) < rules.lone_father_second_child
    weight = np.exp(-(((draft.years[men] - 42) / 9.0) ** 2) / 2)
    number = min(men.size, int(np.ceil(kids.size / (1 + rules.lone_father_second_child))))
    chosen = draw_number(weight, number, draft.spread[men], generator)
    father = np.repeat(men[chosen], 1 + two[chosen])[: kids.size]
    key = draft.years[father] - rules.lone_father_gap + generator.normal(0, 1, father.size)
    block = draft.block
    a, b = block_match(block[father], key, block[kids], as_key(draft.years[kids]), generator)
    child, good = fit_gaps(father[a], kids[b], draft.months, LEAST_GAP, MOST_GAP_FATHER, generator)
    father, child = father[a][good], child[good]
    draft.father[child] = draft.parent_at_home[child] = father
    draft.area[child] = draft.area[father]


def _house_the_rest(draft: Draft, kids: Ints) -> None:
    """Give children whom no match fits a mother of a usual age, or any adult to live with."""
    left = np.flatnonzero(draft.at_home & (draft.partner < 0) & (draft.years < 16) & (draft.parent_at_home < 0))
    left = np.union1d(left, kids[draft.parent_at_home[kids] < 0])
    women = np.flatnonzero(draft.female & draft.at_home & (draft.years >= 18) & (draft.parent_at_home < 0))
    women = women[np.argsort(draft.months[women], kind="stable")]
    if not left.size or not women.size:
        return
    wanted = draft.months[left] + draft.generator.integers(22 * 12, 36 * 12, left.size)
    mother = women[np.minimum(np.searchsorted(draft.months[women], wanted), women.size - 1)]
    _take_in(draft, mother, left)


def adults_at_home(draft: Draft, slots: Slots) -> None:
    """Let adult children live with their mothers at the known rate by age; mothers alone or in a home take none."""
    rules, generator = draft.rules, draft.generator
    has_child = np.zeros(draft.size, dtype=np.bool_)
    has_child[draft.parent_at_home[draft.parent_at_home >= 0]] = True
    able = draft.at_home & (draft.partner < 0) & ~draft.alone & ~has_child & (draft.parent_at_home < 0)
    able &= (draft.years >= ADULT_CHILD) & (draft.years <= OLDEST_AT_HOME)
    ages = np.arange(ADULT_CHILD, OLDEST_AT_HOME + 1)
    share = rules.with_parent(ages) * 2
    chosen = []
    for women, part in ((True, 1 - rules.with_parent_men), (False, rules.with_parent_men)):
        everyone = np.bincount(draft.years[draft.female == women], minlength=101)[ages]
        people = np.flatnonzero(able & (draft.female == women))
        free = np.bincount(draft.years[people], minlength=101)[ages]
        wanted = np.minimum(np.minimum(share * part, 0.95) * everyone, free)
        chance = (wanted / np.maximum(free, 1))[draft.years[people] - ADULT_CHILD]
        number = round(float(wanted.sum()))
        chosen.append(people[draw_number(chance, number, draft.spread[people], generator)])
    adults = np.sort(np.concatenate(chosen))
    picked = np.zeros(draft.size, dtype=np.bool_)
    picked[adults] = True
    host = draft.at_home & ~draft.alone & ~picked & (draft.parent_at_home < 0)
    open_slots = np.flatnonzero(slots.free & host[slots.mother] & (slots.months < (OLDEST_AT_HOME + 1) * 12))
    places = _like_ages(slots.months[open_slots] // 12, draft.years[adults], generator)
    slot = open_slots[places]
    block = draft.block
    a, b = block_match(
        block[slots.mother[slot]], as_key(slots.months[slot]), block[adults], as_key(draft.months[adults]), generator
    )
    child, good = fit_gaps(slots.mother[slot[a]], adults[b], draft.months, LEAST_GAP, MOST_GAP_MOTHER, generator)
    slot, child = slot[a][good], child[good]
    mother = slots.mother[slot]
    slots.free[slot] = False
    draft.mother[child] = draft.parent_at_home[child] = mother
    draft.area[child] = draft.area[mother]


def _like_ages(offered: Ints, wanted: Ints, generator: np.random.Generator) -> Ints:
    """Pick from ages on offer, at random within each year, as many of each as are wanted; short years borrow."""
    order = np.argsort(offered + generator.random(offered.size))
    have = np.bincount(offered, minlength=102)
    want = np.bincount(wanted, minlength=102)
    take = np.minimum(have, want)
    lacking = min(int((want - take).sum()), int((have - take).sum()))
    near = (have - take) * np.convolve(want - take, np.exp(-np.abs(np.arange(-20, 21)) / 3), mode="same")
    if lacking and near.sum() > 0:
        take = np.minimum(have, take + largest_remainder(near, lacking))
    rank = np.arange(order.size) - (np.cumsum(have) - have)[offered[order]]
    return order[rank < take[offered[order]]]


def adult_children_elsewhere(draft: Draft, slots: Slots) -> None:
    """Join adult children who left home to people of their age in the district, or count them as away.

    Each slot survives to the child's age by the UK period life table of the first year. Mothers come first; men
    without a partner then draw children of their own.
    """
    generator, rules = draft.generator, draft.rules
    open_slots = np.flatnonzero(slots.free)
    mother, months = _survivors(slots.mother[open_slots], slots.months[open_slots], generator)
    fatherly = generator.random(draft.size) < rules.partner_is_father
    _near_or_away(draft, mother, months, rules.child_near, draft.mother)
    joined = np.flatnonzero(draft.mother >= 0)
    joined = joined[(draft.father[joined] < 0) & fatherly[draft.mother[joined]]]
    give_father(draft, joined, draft.partner[draft.mother[joined]])
    partner = draft.partner
    man = np.flatnonzero(~draft.female & (partner >= 0))
    man = man[draft.female[partner[man]] & fatherly[partner[man]]]
    draft.children_away[man] = draft.children_away[partner[man]]
    _lone_mens_children(draft)


def _survivors(parent: Ints, months: Ints, generator: np.random.Generator) -> tuple[Ints, Ints]:
    """Keep the children who have survived to their age."""
    alive = np.concatenate([[1.0], np.cumprod(1 - uk_death_chances()[0].mean(axis=0))])
    keep = generator.random(parent.size) < alive[np.minimum(months // 12, 100)]
    return parent[keep], months[keep]


def _near_or_away(draft: Draft, parent: Ints, months: Ints, near_share: float, link: Ints) -> None:
    """Match children who stayed near to people of their age without such a parent; count the rest as away."""
    generator = draft.generator
    near = np.flatnonzero(generator.random(parent.size) < near_share)
    people = np.flatnonzero((link < 0) & (draft.parent_at_home < 0) & (draft.years >= 16))
    a, b = block_match(
        np.minimum(months[near] // 12, 100),
        generator.random(near.size),
        draft.years[people],
        generator.random(people.size),
        generator,
        across=False,
    )
    a, child = near[a], people[b]
    spouse = draft.partner[child]
    kin = (spouse == parent[a]) | ((spouse >= 0) & (link[spouse] == parent[a]))
    kin |= draft.months[parent[a]] - draft.months[child] < LEAST_GAP
    a, child = a[~kin], child[~kin]
    link[child] = parent[a]
    married_siblings = (draft.partner[child] >= 0) & (link[draft.partner[child]] == link[child])
    link[child[married_siblings]] = -1
    away = np.ones(parent.size, dtype=np.bool_)
    away[a] = False
    away[months < 16 * 12] = False
    draft.children_away += np.bincount(parent[away], minlength=draft.size)


def _lone_mens_children(draft: Draft) -> None:
    """Children of men of 40 and over without a partner, who do not live with them."""
    rules, generator = draft.rules, draft.generator
    single = ~draft.female & (draft.partner < 0) & (draft.years >= 40)
    single[draft.father[draft.father >= 0]] = False
    men = np.flatnonzero(single)
    cohort = FIRST_YEAR - draft.years[men]
    sizes = family_sizes(cohort, rules, generator)
    parents = generator.random(men.size) >= rules.lone_man_childless(draft.years[men])
    redraw = np.flatnonzero(parents & (sizes == 0))
    for _ in range(12):
        sizes[redraw] = family_sizes(cohort[redraw], rules, generator)
        redraw = redraw[sizes[redraw] == 0]
    sizes[~parents] = 0
    centre = rules.birth_age(cohort) + rules.couple_gap_years + generator.normal(0, rules.birth_age_sd, men.size)
    father, months = births(men, sizes, centre, draft, rules.oldest_mother + 10)
    father, months = _survivors(father, months, generator)
    _near_or_away(draft, father, months, rules.child_near_lone_father, draft.father)

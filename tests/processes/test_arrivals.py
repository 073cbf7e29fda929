from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from demandsim.processes.arrivals import arrivals
from demandsim.processes.departure import depart
from tests.lifecourse import renew, steady_town
from tests.processes.moving_town import arrived, no_bodies, started  # noqa: F401

pytestmark = pytest.mark.usefixtures("no_bodies")


def test_arrivals_are_the_same_whatever_became_of_the_residents() -> None:
    plain, thinned = steady_town(10_000), steady_town(10_000)
    flows = []
    for town in (plain, thinned):
        process = started(town)
        if town is thinned:
            depart(town, np.random.default_rng(2).choice(town.citizens.rows, 1_000, replace=False))
        for _ in range(12):
            process.step(town)
            renew(town)
        # those who moved on again are of the flow as well: compare the flow itself
        flows.append([arrivals(town.luck_seed, month, process._flow, process._rules) for month in range(12)])
    for first, second in zip(*flows, strict=True):
        assert first.uid.size > 10
        for name in ("uid", "age_months", "female", "partner", "mother", "father", "head", "communal"):
            assert np.array_equal(getattr(first, name), getattr(second, name)), name
    seen = [town.citizens for town in (plain, thinned)]
    here = [
        {int(c.uid[i]): (c.age_months[i], c.female[i], c.neighbourhood[i]) for i in r}
        for c, r in zip(seen, (arrived(plain), arrived(thinned)), strict=True)
    ]
    both = here[0].keys() & here[1].keys()
    assert len(both) > 0.8 * len(here[0])
    same = [here[0][uid] == here[1][uid] for uid in both]
    # where somebody lives may hang on a parent who is still there; age and sex may not
    assert np.mean(same) > 0.8
    assert all(here[0][uid][:2] == here[1][uid][:2] for uid in both)


def test_the_flow_has_the_size_ages_and_sexes_that_the_rates_give() -> None:
    town = steady_town(10_000)
    citizens = town.citizens
    process = started(town)
    rows = citizens.rows
    year = citizens.age_months[rows] // 12
    expected = np.bincount(year, weights=town.profile.in_rate[year], minlength=101)
    flow = replace(process._flow, fewer=0.0)
    people = [arrivals(town.luck_seed, month, flow, process._rules) for month in range(240)]
    ages = np.concatenate([group.age_months for group in people]) // 12
    assert abs(ages.size - 20 * expected.sum()) <= 1  # exact over time, but for the month's remainder
    for low, high in ((0, 18), (18, 30), (30, 65), (65, 101)):
        count, wanted = np.count_nonzero((ages >= low) & (ages < high)), 20 * expected[low:high].sum()
        assert abs(count - wanted) < 5 * wanted**0.5  # 1 in a million
    uid = np.concatenate([group.uid for group in people])
    assert np.unique(uid).size == uid.size


def test_families_arrive_together() -> None:
    process = started(steady_town(20_000))
    couples = children = with_mother = 0
    for month in range(60):
        group = arrivals(np.uint64(1), month, process._flow, process._rules)
        paired = np.flatnonzero(group.partner >= 0)
        assert np.array_equal(group.partner[group.partner[paired]], paired)
        assert np.array_equal(group.head[paired], group.head[group.partner[paired]])
        child = np.flatnonzero(group.mother >= 0)
        assert (group.age_months[child] < 18 * 12).all()
        gap = group.age_months[group.mother[child]] - group.age_months[child]
        assert (gap >= 16 * 12).all()
        assert (gap < 45 * 12).all()
        assert group.female[group.mother[child]].all()
        couples += paired.size
        children += np.count_nonzero(group.age_months < 18 * 12)
        with_mother += child.size
    assert couples > 100
    assert with_mother > 0.8 * children


def test_who_no_longer_comes_has_the_last_numbers_so_nobody_elses_identity_changes() -> None:
    town = steady_town(10_000)
    process = started(town)
    flow = process._flow
    assert flow is not None
    less = flow
    more = replace(flow, fewer=0.0)
    for month in (40, 100):
        few, many = (arrivals(town.luck_seed, month, f, process._rules).uid for f in (less, more))
        assert 0 < few.size < many.size
        assert np.array_equal(few, many[: few.size])

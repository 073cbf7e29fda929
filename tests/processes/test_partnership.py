from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim import luck
from demandsim.agents.citizens import NOBODY
from demandsim.luck import Purpose
from demandsim.parameters.register import Numbers
from demandsim.processes import migration
from demandsim.processes.ageing import Ageing
from demandsim.processes.births import Births
from demandsim.processes.departure import depart
from demandsim.processes.family import lives_with_parent
from demandsim.processes.migration import Migration
from demandsim.processes.partnership import Partnership
from tests.lifecourse import assert_links_sound, death_rate, renew, steady_town


def started(town: Any) -> Partnership:
    partnership = Partnership(Numbers())
    partnership.start(town)
    return partnership


def paired_share(town: Any, low: int, high: int = 130) -> float:
    citizens = town.citizens
    mine = citizens.alive & (citizens.age_months >= low * 12) & (citizens.age_months < high * 12)
    return float((citizens.partner[mine] != NOBODY).mean())


def young_at_home(town: Any) -> float:
    citizens = town.citizens
    mine = np.flatnonzero(citizens.alive & (citizens.age_months >= 25 * 12) & (citizens.age_months < 35 * 12))
    return float(lives_with_parent(citizens, mine).mean())


def mortal_month(town: Any) -> None:
    """Deaths by a national table."""
    citizens = town.citizens
    chance = death_rate(citizens.age_months / 12, citizens.female) / 12
    drawn = luck.draw(town.luck_seed, citizens.uid, town.month, Purpose.DEATH)
    depart(town, np.flatnonzero(citizens.alive & (drawn < chance)))


def test_partners_point_at_each_other_and_share_a_home() -> None:
    town = steady_town(10_000)
    partnership = started(town)
    citizens = town.citizens
    before = citizens.partner.copy()
    for _ in range(24):
        partnership.step(town)
        renew(town)
    assert_links_sound(town)
    rows = np.flatnonzero(citizens.alive & (citizens.partner != NOBODY))
    for name in ("household", "neighbourhood", "quintile", "owner"):
        values = getattr(citizens, name)
        assert np.array_equal(values[rows], values[citizens.partner[rows]]), name
    new = rows[(before[rows] != citizens.partner[rows]) & citizens.female[rows]]
    new = new[~citizens.female[citizens.partner[new]]]
    assert new.size > 50
    gap = citizens.age_months[citizens.partner[new]].astype(float) - citizens.age_months[new]
    assert abs(gap.mean() / 12 - 2.3) < 1.0
    assert (citizens.age_months[new] >= 18 * 12).all()


def test_young_children_live_with_a_parent_after_couples_formed_and_parted() -> None:
    town = steady_town(10_000)
    partnership = started(town)
    citizens = town.citizens
    small = np.flatnonzero(citizens.alive & (citizens.age_months < 18 * 12))
    small = small[lives_with_parent(citizens, small)]
    for _ in range(36):
        partnership.step(town)
        renew(town)
    assert lives_with_parent(citizens, small).all()


def test_children_stay_with_their_mother_when_a_couple_parts() -> None:
    town = steady_town(10_000)
    partnership = started(town)
    citizens = town.citizens
    child = np.flatnonzero(
        citizens.alive
        & (citizens.age_months < 18 * 12)
        & (citizens.mother != NOBODY)
        & (citizens.father != NOBODY)
        & (citizens.household == citizens.household[citizens.mother])
    )
    mother, father = citizens.mother[child].astype(np.int64), citizens.father[child].astype(np.int64)
    mother, kept = np.unique(mother, return_index=True)
    father, child = father[kept], child[kept]
    together = citizens.partner[mother] == father
    mother, father, child = mother[together], father[together], child[together]
    assert child.size > 20
    for coin in (True, False):
        half = slice(0, None, 2) if coin else slice(1, None, 2)
        partnership._separate(town, mother[half], np.full(mother[half].size, coin))
    assert np.array_equal(citizens.household[child], citizens.household[mother])
    assert not np.any(citizens.household[father] == citizens.household[mother])
    assert np.unique(citizens.household[father]).size == father.size
    assert_links_sound(town)


@pytest.fixture
def no_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arrivals without a body: the toy has no run-in lives to take them from."""
    monkeypatch.setattr(migration, "give_body", lambda model, rows, **_: None)


@pytest.mark.usefixtures("no_bodies")
def test_a_steady_town_keeps_its_couples_and_its_young_at_home_for_ten_years() -> None:
    town = steady_town(25_000)
    life = [kind(Numbers()) for kind in (Ageing, Births, Partnership, Migration)]
    for process in life:
        process.start(town)
    old, all_adults, young = paired_share(town, 65), paired_share(town, 25, 65), young_at_home(town)
    for _ in range(120):
        life[0].step(town)
        mortal_month(town)
        for process in life[1:]:
            process.step(town)
        renew(town)
    assert_links_sound(town)
    # standard error of a share of 5,000 people 0.7 points, of 13,000 0.4
    assert abs(paired_share(town, 65) - old) < 0.03 + 0.015
    assert abs(paired_share(town, 25, 65) - all_adults) < 0.03 + 0.01
    assert abs(young_at_home(town) - young) < 0.05


def test_couples_do_not_form_between_close_kin() -> None:
    # a hamlet, where kin often meet
    town = steady_town(1_000)
    citizens = town.citizens
    before = citizens.partner.copy()
    partnership = started(town)
    for _ in range(120):
        partnership.step(town)
        renew(town)
    rows = np.flatnonzero(citizens.alive & (citizens.partner != NOBODY) & (citizens.partner != before))
    partner = citizens.partner[rows]
    assert rows.size > 50
    assert not np.any(citizens.mother[rows] == partner)
    assert not np.any(citizens.father[rows] == partner)
    for link in (citizens.mother, citizens.father):
        assert not np.any((link[rows] != NOBODY) & (link[rows] == link[partner]))


def test_nothing_moves_in_the_run_in() -> None:
    town = steady_town(2_000)
    partnership = started(town)
    town.settling = True
    before = {name: values.copy() for name, values in town.citizens.state().items()}
    partnership.step(town)
    for name, values in before.items():
        assert np.array_equal(values, getattr(town.citizens, name))


def test_storage_order_does_not_decide_who_pairs() -> None:
    plain, shuffled = steady_town(5_000), steady_town(5_000)
    size = shuffled.citizens.size
    order = np.random.default_rng(9).permutation(size)
    where = np.empty(size + 1, dtype=np.int32)
    where[order] = np.arange(size)
    where[-1] = NOBODY
    citizens = shuffled.citizens
    for name, values in citizens.state().items():
        moved = values[order]
        setattr(citizens, name, where[moved] if name in ("partner", "mother", "father") else moved)
    results = []
    for town in (plain, shuffled):
        renew(town)
        partnership = started(town)
        for _ in range(6):
            partnership.step(town)
            renew(town)
        c = town.citizens
        rows = c.rows[np.argsort(c.uid[c.rows])]
        partner = c.partner[rows]
        results.append(np.where(partner >= 0, c.uid[partner].astype(np.int64), -1))
    assert np.array_equal(*results)

from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import NOBODY, Setting
from demandsim.parameters.register import Numbers
from demandsim.processes.ageing import Ageing
from demandsim.processes.births import Births
from demandsim.processes.departure import depart
from demandsim.processes.family import lives_with_parent
from demandsim.processes.migration import Migration
from demandsim.processes.partnership import Partnership
from tests.lifecourse import assert_links_sound, renew, steady_town, toy_town
from tests.processes.moving_town import arrived, no_bodies, started  # noqa: F401

pytestmark = pytest.mark.usefixtures("no_bodies")


def test_people_are_conserved_every_month_for_two_years() -> None:
    town = steady_town(10_000)
    life = [kind(Numbers()) for kind in (Ageing, Births, Partnership, Migration)]
    for process in life:
        process.start(town)
    generator = np.random.default_rng(4)
    before = len(town.citizens)
    for _ in range(24):
        life[0].step(town)
        dead = generator.choice(town.citizens.rows, 8, replace=False)
        depart(town, dead)
        for process in life[1:]:
            process.step(town)
        renew(town)
        month = town.ledger.close().people
        born, came, went = (
            int(month[name].sum()) if name in month else 0 for name in ("births", "arrivals", "departures")
        )
        assert came > 0
        assert went > 0
        now = len(town.citizens)
        assert now == before + born + came - went - dead.size
        before = now
        assert_links_sound(town)


def test_as_many_leave_as_the_rates_say() -> None:
    town = steady_town(20_000)
    citizens = town.citizens
    process = started(town)
    town.profile.in_rate = town.profile.out_rate * 0
    expected, left = 0.0, 0
    for _ in range(12):
        rows = citizens.rows
        rows = rows[citizens.age_months[rows] < 85 * 12]
        rate = town.profile.out_rate[citizens.age_months[rows] // 12] / 12
        expected += float(np.sum(rate / (1 + rate / 2)))
        process._leave(town)
        renew(town)
        left += int(town.ledger.close().people["departures"].sum())
    # families leave as one, so the count varies more than a Poisson count: variance at most 3 times (1 in a million);
    # a partner of 85 keeps both, and a child with no parent at home stays: 2 %
    assert abs(left - expected) < 5 * (3 * expected) ** 0.5 + 0.02 * expected


def test_a_family_leaves_as_one_and_parents_left_behind_know() -> None:
    town = steady_town(10_000)
    citizens = town.citizens
    town.profile.out_rate = np.full(101, 6.0)
    process = started(town)
    child_home = np.flatnonzero(citizens.alive & (citizens.age_months < 18 * 12))
    child_home = child_home[lives_with_parent(citizens, child_home)]
    uid, mother = citizens.uid.copy(), citizens.mother.copy()
    partner, away = citizens.partner.copy(), citizens.children_away.astype(int)
    grown = citizens.alive & (citizens.age_months >= 18 * 12)
    home = citizens.household.copy()
    age = citizens.age_months.copy()
    process._leave(town)
    stayed = citizens.alive & (citizens.uid == uid)
    paired = np.flatnonzero(partner >= 0)
    assert np.array_equal(stayed[paired], stayed[partner[paired]])
    with_mother = child_home[home[child_home] == home[mother[child_home]]]
    same_fate = stayed[with_mother] == stayed[mother[with_mother]]
    # a mother of under 18 herself, or in the home of her own mother, may differ: hardly any
    assert same_fate.mean() > 0.99
    gone = np.flatnonzero(grown & ~stayed)
    more = np.bincount(mother[gone][mother[gone] >= 0], minlength=citizens.size)
    women = np.flatnonzero(stayed & citizens.female)
    assert more[women].sum() > 10
    assert np.array_equal(citizens.children_away[women], away[women] + more[women])
    assert stayed[age >= 85 * 12].sum() == np.count_nonzero(age >= 85 * 12)
    assert_links_sound(town)


def test_care_home_residents_stay() -> None:
    town = toy_town(3_000)
    citizens = town.citizens
    citizens.setting[citizens.rows] = Setting.CARE_HOME
    town.profile.out_rate = np.full(101, 6.0)
    process = started(town)
    process._leave(town)
    assert len(citizens) == 3_000


def test_newcomers_are_complete_people() -> None:
    town = steady_town(20_000)
    citizens = town.citizens
    process = started(town)
    quintile = dict(zip(citizens.neighbourhood[citizens.rows], citizens.quintile[citizens.rows], strict=True))
    homes = set(citizens.household[citizens.rows].tolist())
    process._parent_chance, process._child_chance = 1.0, 0.0
    process._arrive(town)
    rows = arrived(town)
    assert rows.size > 20
    assert all(quintile[n] == q for n, q in zip(citizens.neighbourhood[rows], citizens.quintile[rows], strict=True))
    alone = rows[(citizens.mother[rows] == NOBODY) & (citizens.father[rows] == NOBODY)]
    grown = alone[citizens.age_months[alone] >= 18 * 12]
    assert not homes & set(citizens.household[grown].tolist())
    for child in rows[citizens.age_months[rows] < 18 * 12]:
        same = citizens.alive & (citizens.household == citizens.household[child])
        assert (citizens.age_months[same] >= 18 * 12).any()
    assert citizens.income_band[rows].max() <= 4
    assert_links_sound(town)


def test_nothing_moves_in_the_run_in() -> None:
    town = toy_town(2_000)
    process = started(town)
    town.settling = True
    process.step(town)
    assert len(town.citizens) == 2_000
    assert arrived(town).size == 0

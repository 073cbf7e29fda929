"""Run-in lives: steady, kept safely, and given by sex, fifth, birthday and setting."""

import numpy as np
import pytest

from demandsim.agents.citizens import Setting
from demandsim.parameters.register import Numbers
from demandsim.processes import lives
from demandsim.processes.lives import Lives, course, give_body, lives_of, load_lives, renew_body, save_lives
from tests.processes.body_town import body_town, few_lives, profile


def equal(one: Lives, two: Lives) -> bool:
    first, second = lives._arrays(one), lives._arrays(two)
    return all(np.array_equal(first[name], second[name]) for name in first) and first.keys() == second.keys()


@pytest.fixture(scope="module")
def run():
    place = profile()
    return course(Numbers(), place.qx[0], place.quintile_ratio, count=400)


def test_lives_are_the_same_each_time(run):
    place = profile()
    again = course(Numbers(), place.qx[0], place.quintile_ratio, count=400)
    np.testing.assert_array_equal(run.counts, again.counts)
    np.testing.assert_array_equal(run.mean_hazard, again.mean_hazard)


def test_lives_die_at_the_rate_of_the_table(run):
    """At 60, before any doubling, the living are those the table leaves, within five standard errors."""
    place = profile()
    rate = lives.death_rates(place.qx[0], place.quintile_ratio)
    for sex in range(2):
        left = 400 * np.exp(-np.cumsum(rate[sex, :, 30:60], axis=1))[:, -1].sum()
        found = run.counts[sex, :, 30].sum()
        assert found == pytest.approx(left, abs=5 * np.sqrt(2000 - left))


def test_mean_hazard_is_one_for_the_young_and_grows(run):
    assert (run.mean_hazard[:, :, :30] == 1).all()
    by_age = run.mean_hazard.mean(axis=(0, 1))
    assert by_age[50] < by_age[65] < by_age[80]


def test_frailty_grows_with_age_and_deprivation(run):
    def mean(name, sex, quintile, age):
        people = run.snapshot[sex, quintile, age - 30, lives._STATE.index(name), : run.counts[sex, quintile, age - 30]]
        return people.mean()

    assert mean("deficits", 1, 2, 50) < mean("deficits", 1, 2, 70) < mean("deficits", 1, 2, 85)
    assert mean("deficits", 0, 0, 65) > 1.3 * mean("deficits", 0, 4, 65)
    assert mean("limitation", 0, 0, 70) > mean("limitation", 0, 4, 70)
    assert run.snapshot[:, :, 0, :2].max() == 0


def test_doubled_lives_go_separate_ways(run):
    """Where half have died lives go on as two: three years later hardly a body stands there twice."""
    year = int(np.flatnonzero(np.diff(run.counts[1, 0]) > 0)[0]) + 1
    counts = run.counts[1, 0]

    def different(at):
        people = run.snapshot[1, 0, at, :6, : counts[at]]
        return np.unique(people, axis=1).shape[1] / counts[at]

    assert different(year) == pytest.approx(0.5, abs=0.05)
    assert different(year + 3) > 0.95


def test_donors_are_of_every_sex_fifth_and_birthday():
    held = few_lives()
    cells = np.unique(held.at_home_key // 64)
    assert cells.size == 2 * 5 * 71
    assert (np.diff(held.at_home_key) >= 0).all()
    assert (held.at_home_key % 64 == held.at_home.deficits).all()


def test_lives_kept_in_a_file_come_back(tmp_path):
    path = tmp_path / "folder" / "lives-1.npz"
    save_lives(few_lives(), path)
    assert equal(load_lives(path), few_lives())


def test_a_damaged_file_is_not_believed(tmp_path):
    path = tmp_path / "lives-1.npz"
    save_lives(few_lives(), path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert load_lives(path) is None
    path.write_bytes(b"nonsense")
    assert load_lives(path) is None
    assert load_lives(tmp_path / "missing.npz") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    save_lives(few_lives(), blocked / "lives-1.npz")
    assert blocked.read_text() == "in the way"


def test_only_the_newest_files_stay(tmp_path):
    for number in range(lives._HELD_FILES + 3):
        save_lives(few_lives(), tmp_path / f"lives-{number}.npz")
    assert len(list(tmp_path.iterdir())) == lives._HELD_FILES


def test_lives_of_a_place_come_from_the_cache_folder_the_second_time(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(lives, "_held", type(lives._held)())
    monkeypatch.setattr(lives, "LIVES", 60)
    first = lives_of(profile(), Numbers())
    assert len(list((tmp_path / "demandsim").glob("lives-*.npz"))) == 1
    monkeypatch.setattr(lives, "_held", type(lives._held)())
    monkeypatch.setattr(lives, "live", None)
    assert equal(lives_of(profile(), Numbers()), first)


def test_another_rule_or_table_asks_for_other_lives():
    place = profile()
    keys = {
        lives.lives_key(Numbers(), place.qx[0], place.quintile_ratio),
        lives.lives_key(Numbers({"frailty.onset": 0.1}), place.qx[0], place.quintile_ratio),
        lives.lives_key(Numbers(), place.qx[1], place.quintile_ratio),
    }
    assert len(keys) == 3


def test_bodies_do_not_depend_on_the_order_of_asking():
    one, two = body_town(4000), body_town(4000)
    rows = np.flatnonzero(one.citizens.alive)
    give_body(one, rows)
    give_body(two, rows[::-1])
    for name in ("deficits", "function_luck", "recent_loss", "scar", "illness", "dementia", "capability"):
        np.testing.assert_array_equal(getattr(one.citizens, name), getattr(two.citizens, name))


def test_bodies_follow_age_and_the_young_are_fit():
    model = body_town()
    c = model.citizens
    age = c.age_months // 12
    assert c.deficits[c.alive & (age < 29)].max() == 0
    means = [c.deficits[c.alive & (age >= low) & (age < low + 10)].mean() for low in (40, 60, 80)]
    assert means[0] < means[1] < means[2]
    luck = c.function_luck[c.alive & (age < 29)]
    assert luck.std() == pytest.approx(1, abs=5 / np.sqrt(2 * luck.size))


def test_residents_get_the_bodies_of_residents():
    model = body_town()
    c = model.citizens
    rows = np.flatnonzero(c.alive & (c.age_months > 75 * 12))
    at_home = c.deficits[rows].mean(), (c.dementia[rows] > 0).mean()
    c.setting[rows] = Setting.CARE_HOME
    give_body(model, rows)
    assert c.deficits[rows].mean() > at_home[0] + 1
    assert (c.dementia[rows] > 0).mean() > 2 * at_home[1]


def test_those_who_move_in_have_one_deficit_fewer():
    plain, movers = body_town(), body_town()
    rows = np.flatnonzero(plain.citizens.alive)
    give_body(plain, rows)
    give_body(movers, rows, healthy_mover=True)
    expected = np.maximum(plain.citizens.deficits[rows].astype(int) - 1, 0)
    np.testing.assert_array_equal(movers.citizens.deficits[rows], expected)


def test_renewal_keeps_frailty_and_brings_what_passes_with_it():
    model = body_town()
    c = model.citizens
    rows = np.flatnonzero(c.alive & (c.age_months > 70 * 12))
    before = c.deficits[rows].copy()
    c.recent_loss[rows] = -1
    renew_body(model, rows, np.zeros(rows.size, dtype=bool))
    np.testing.assert_array_equal(c.deficits[rows], before)
    frail = before >= np.quantile(before, 0.75)
    assert (c.recent_loss[rows] >= 0).all()
    assert c.scar[rows][frail].mean() > c.scar[rows][~frail].mean()


def test_capability_comes_with_the_body():
    model = body_town()
    c = model.citizens
    grown = c.alive & (c.age_months > 30 * 12)
    found = np.corrcoef(c.capability_base[grown], c.function_luck[grown])[0, 1]
    assert found == pytest.approx(-0.3, abs=0.06)  # 13,000 people, few donors among them: standard error below 0.012


def test_renewed_residents_are_like_those_who_move_in():
    model = body_town()
    c = model.citizens
    rows = np.flatnonzero(c.alive & (c.age_months > 75 * 12))
    at_home = c.deficits[rows].mean(), (c.dementia[rows] > 0).mean()
    renew_body(model, rows, np.ones(rows.size, dtype=bool))
    assert c.deficits[rows].mean() > at_home[0] + 0.5
    assert (c.dementia[rows] > 0).mean() > 2 * at_home[1]

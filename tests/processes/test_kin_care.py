"""The passes over kin agree with a plain account of the same rules, person by person."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.agents.kin import children_index
from demandsim.parameters.register import Numbers
from demandsim.processes.kin_care import OFFER, make_ready
from demandsim.processes.unpaid_care import UnpaidCare
from tests.toy import toy_model


def _town() -> tuple[Any, UnpaidCare]:
    model = toy_model(4_000)
    citizens, chance = model.citizens, np.random.default_rng(7)
    rows = np.flatnonzero(citizens.alive)
    process = UnpaidCare(Numbers())
    process.welcome(model, rows)
    needy = rows[chance.random(rows.size) < 0.2]
    citizens.need_hours[needy] = chance.uniform(1, 60, needy.size)
    citizens.band[needy] = 1
    model.children = children_index(citizens)
    return model, process


def _offers(model: Any, process: UnpaidCare) -> Any:
    citizens, rules = model.citizens, process._rules
    offer = np.empty(citizens.size, dtype=OFFER)
    scratch = [citizens.care_given.copy(), citizens.care_burden.copy(), citizens.cares_at_home.copy()]
    make_ready(
        citizens.alive,
        citizens.age_months,
        citizens.female,
        citizens.setting,
        citizens.household,
        citizens.broken_down,
        citizens.caring_will,
        citizens.caring_style,
        citizens.limitation,
        citizens.strain,
        citizens.other_caring,
        np.float32(rules.hours_home),
        np.float32(rules.hours_away * np.exp(-(rules.spread_home**2))),
        np.float32(rules.work_loss),
        offer,
        *scratch,
    )
    return offer


def _helpers(model: Any, process: UnpaidCare, offer: Any, row: int) -> tuple[list[int], list[int]]:
    """Who helps a person at home, and which children elsewhere, by the rules as one would tell them."""
    citizens, (partner, home, away, fall, where_partner) = model.citizens, process._part
    at_home: list[int] = []
    kin = [(citizens.partner[row], partner)]
    kin += [(link, home) for link in (citizens.mother[row], citizens.father[row], *model.children.of(row))]
    for other, chance in kin:
        here = other >= 0 and citizens.household[other] == citizens.household[row]
        if here and offer[other]["home"] > 0 and offer[other]["will"] < chance:
            at_home.append(int(other))
    threshold = away * (where_partner if citizens.partner[row] in at_home else np.float32(1))
    keen = []
    for child in model.children.of(row):
        if citizens.household[child] != citizens.household[row] and offer[child]["away"] != 0:
            by_sex = process._sex[0] if offer[child]["away"] > 0 else process._sex[1]
            keen.append((offer[child]["will"] * (np.float32(1) / by_sex), int(child)))
    elsewhere: list[int] = []
    for will, child in sorted(keen):
        if will >= threshold:
            break
        elsewhere.append(child)
        threshold *= fall
    return at_home, elsewhere


def test_hours_are_those_of_a_plain_account() -> None:
    model, process = _town()
    citizens = model.citizens
    offer = _offers(model, process)
    needy = np.flatnonzero((citizens.need_hours > 0) & (citizens.setting == 0) & (citizens.household >= 0))
    helpers = {int(row): _helpers(model, process, offer, int(row)) for row in needy}
    home = np.bincount([one for near, _ in helpers.values() for one in near], minlength=citizens.size)
    away = np.bincount([one for _, far in helpers.values() for one in far], minlength=citizens.size)
    # Some serve more than one.
    assert home.max() > 1
    assert away.max() > 1
    process._by_kin(model)
    for row, (near, far) in helpers.items():
        could = sum(float(offer[one]["home"]) / home[one] for one in near)
        could += sum(abs(float(offer[one]["away"])) / away[one] for one in far)
        expected = min(could, float(citizens.need_hours[row]))
        assert citizens.kin_hours[row] == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert (citizens.kin_hours[needy] > 0).any()
    # What is told of who helped whom adds up to the hours that each was given.
    helper, helped, hours, in_need = model.kin_help
    assert np.bincount(helped, hours, in_need.size) == pytest.approx(citizens.kin_hours[in_need], rel=1e-4, abs=1e-4)
    named = {(int(in_need[whom]), int(who)) for who, whom, gave in zip(helper, helped, hours, strict=True) if gave > 0}
    assert named <= {(row, one) for row, (near, far) in helpers.items() for one in (*near, *far)}

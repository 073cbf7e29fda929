"""Who is supported at home, by whom, and at whose cost."""

from __future__ import annotations

import math

import numpy as np

from demandsim.agents.citizens import Arrangement, Setting, SupportType
from demandsim.processes.home_care import (
    HomeCare,
    client_rows,
    home_care,
    home_care_fee_cut,
    served_at_home,
    supported_at_home,
)
from tests.processes.door_town import needy_town


def test_workers_visit_clients_and_private_alike_and_no_one_else():
    citizens = needy_town(500).citizens
    client, private, direct, working_age, nobody = citizens.rows[:5]
    citizens.arrangement[:] = Arrangement.NONE
    citizens.arrangement[[client, working_age]] = Arrangement.HOME_CARE
    citizens.arrangement[private], citizens.arrangement[direct] = Arrangement.PRIVATE, Arrangement.DIRECT_PAYMENT
    citizens.support_type[working_age] = SupportType.LEARNING
    visited, payments = supported_at_home(citizens)
    assert (visited.tolist(), payments.tolist()) == ([client, private], [direct])
    assert served_at_home(citizens).tolist() == [client, private]
    assert served_at_home(citizens, np.array([direct, private, nobody])).tolist() == [private]


def test_clients_are_those_at_home_whose_support_the_council_pays_for():
    citizens = needy_town(500).citizens
    rows = client, private, moved, working_age, dead, without = citizens.rows[:6]
    citizens.arrangement[:] = Arrangement.NONE
    citizens.arrangement[list(rows)] = Arrangement.HOME_CARE
    citizens.council_funded[:] = True
    citizens.council_funded[private], citizens.setting[moved] = False, Setting.CARE_HOME
    citizens.support_type[working_age], citizens.alive[dead] = SupportType.PHYSICAL, False
    citizens.arrangement[without] = Arrangement.NONE
    assert np.flatnonzero(client_rows(citizens)).tolist() == [client]


def test_a_cut_of_fees_comes_through_at_once_unless_contracts_delay_it():
    model = needy_town(500)
    model.services["home_care"] = HomeCare(model)
    model.council.fee_cut = 0.05
    assert home_care(model).fee_cut_reached == math.inf
    assert home_care_fee_cut(model) == 0.05
    home_care(model).fee_cut_reached = 0.02
    assert home_care_fee_cut(model) == 0.02

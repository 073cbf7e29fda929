from __future__ import annotations

import numpy as np
import pytest

from demandsim.agents.citizens import Arrangement, Concern, Setting, Waiting
from demandsim.agents.kin import KinHelp
from demandsim.agents.ties import Groups
from demandsim.parameters.register import Numbers
from demandsim.processes.base import read_rules
from demandsim.processes.carer_breaks import A_MONTH, BreakRules, break_left
from demandsim.processes.front_door import FrontDoor, end_support
from demandsim.processes.neighbourhood_budgets import HoodMoney
from demandsim.processes.team import team
from tests.processes.door_town import needy_town


def _door(model, hours=None, overrides=None):
    process = FrontDoor(Numbers(overrides))
    process.start(model)
    if hours is not None:
        process.hours_rate = hours * 100_000 / model.base_people_65
    return process


def test_no_hours_no_answer():
    model = needy_town()
    citizens = model.citizens
    process = _door(model, hours=0.0)
    asked = citizens.rows[citizens.age_months[citizens.rows] >= 780][:30]
    citizens.contacted[asked] = True
    process.step(model)
    assert citizens.asked_in_vain[asked].all()
    assert (citizens.turned_away_month[asked] == model.month).all()
    month = model.ledger.close()
    assert month.people["turned_away"].sum() == 30
    assert month.people["requests"].sum() == 30
    assert month.people["failure_contacts"].sum() == 0


def test_posts_left_empty_take_hours_and_cost_off_the_team():
    hours, pounds = [], []
    for cut in (0.0, 0.2):
        model = needy_town()
        model.council.posts_cut = cut
        _door(model, hours=100.0).step(model)
        hours.append(team(model).capacity)
        pounds.append(model.ledger.close().costs["assessment", "council"])
    assert hours == pytest.approx([100.0, 80.0])
    assert pounds[1] == pytest.approx(0.8 * pounds[0])


def test_failure_demand_is_counted_where_people_come_back():
    model = needy_town()
    citizens = model.citizens
    process = _door(model)
    older = citizens.rows[citizens.age_months[citizens.rows] >= 780]
    citizens.contacted[older[:40]] = True
    citizens.asked_in_vain[older[:15]] = True
    process.step(model)
    month = model.ledger.close()
    assert month.people["contacts"].sum() == 40
    assert month.people["failure_contacts"].sum() == 15


def test_first_rule_that_fits():
    model = needy_town()
    citizens = model.citizens
    process = _door(model, hours=1e5, overrides={"door.observation_sd": 0.0, "door.half_hours": 0.0})
    older = citizens.rows[citizens.age_months[citizens.rows] >= 780]
    lost, heavy, light = older[:3]
    for row, limitation, hands_on, loss in ((lost, 1.5, 9.0, 1.0), (heavy, 2.5, 20.0, 0.0), (light, 0.5, 0.0, 0.0)):
        citizens.limitation[row], citizens.hands_on[row] = limitation, hands_on
        citizens.recent_loss[row], citizens.kin_hours[row] = loss, 0
        citizens.contacted[row] = True
    citizens.concern[light] = Concern.EQUIPMENT
    process.step(model)
    assert citizens.reablement[lost] == 2
    assert citizens.waiting[heavy] == Waiting.ASSESSMENT
    assert citizens.aids[light]
    assert citizens.waiting[light] == Waiting.NOTHING


def test_reablement_lasts_two_months_and_leads_to_assessment_where_need_stays():
    model = needy_town()
    citizens = model.citizens
    process = _door(model)
    row = citizens.rows[citizens.age_months[citizens.rows] >= 780][0]
    citizens.limitation[row], citizens.hands_on[row], citizens.kin_hours[row] = 2.5, 20.0, 0.0
    citizens.reablement[row], citizens.reablement_hours[row] = 2, 5.0
    process.step(model)
    assert citizens.reablement_hours[row] == 5
    process.step(model)
    assert citizens.reablement_hours[row] == 0
    assert citizens.waiting[row] == Waiting.ASSESSMENT
    assert citizens.urgent[row]


def test_screen_rises_with_the_queue_to_its_bound():
    model = needy_town()
    process = _door(model)
    service = team(model)
    service.assessed = 10.0
    levels = []
    for waiting in (0, 10, 20, 1000):
        service.waiting = waiting
        levels.append(process.answers.screen(model))
    theta = process.answers.eligibility.threshold(model)
    assert levels == pytest.approx([theta - 0.3, theta - 0.18, theta + 0.12, theta + 0.2])


def test_company_needs_a_group_with_room():
    model = needy_town(menu_share=1.0)
    citizens = model.citizens
    model.groups = Groups(0)
    group = model.groups.admit(np.array([7], dtype=np.uint64))[0]
    model.groups.neighbourhood[group], model.groups.capacity[group] = 3, 2
    process = _door(model, hours=1e6, overrides={"door.half_hours": 0.0, "practice.info_loss_per_handoff": 0.0})
    asked = citizens.rows[(citizens.age_months[citizens.rows] >= 780) & (citizens.hands_on[citizens.rows] == 0)]
    citizens.recent_loss[:] = 0
    citizens.neighbourhood[asked[:6]] = 3
    citizens.neighbourhood[asked[6:12]] = 4
    citizens.contacted[asked[:12]] = True
    citizens.concern[asked[:12]] = Concern.COMPANY
    process.step(model)
    assert model.groups.members[group] == 2
    assert np.count_nonzero(citizens.group[asked[:6]] == group) == 2
    assert (citizens.group[asked[6:12]] == -1).all()
    assert (citizens.concern[asked[:6]] == Concern.NONE).all()


def test_company_is_found_in_the_whole_community_as_elsewhere():
    """A group meets in one neighbourhood of its community: in a small sample several neighbourhoods form one."""
    model = needy_town(menu_share=1.0)
    citizens = model.citizens
    of_3_and_4 = np.array([0, 0, 0, 1, 1, *range(2, 17)], dtype=np.int32)
    model.services["neighbourhood_budgets"] = HoodMoney(model, of_3_and_4, 17)
    model.groups = Groups(0)
    group = model.groups.admit(np.array([7], dtype=np.uint64))[0]
    model.groups.neighbourhood[group], model.groups.capacity[group] = 3, 100
    process = _door(model, hours=1e6, overrides={"door.half_hours": 0.0, "practice.info_loss_per_handoff": 0.0})
    asked = citizens.rows[(citizens.age_months[citizens.rows] >= 780) & (citizens.hands_on[citizens.rows] == 0)][:9]
    citizens.recent_loss[:] = 0
    citizens.neighbourhood[asked] = [3, 3, 3, 4, 4, 4, 5, 5, 5]
    citizens.contacted[asked], citizens.concern[asked] = True, Concern.COMPANY
    process.step(model)
    assert (citizens.group[asked] == group).tolist() == [True] * 6 + [False] * 3


def test_controller_steers_hours_towards_the_wait_and_is_frozen_after():
    model = needy_town()
    model.settling, model.scale = True, 1.0
    process = _door(model)
    service = team(model)
    before = process.hours_rate
    service.waiting, service.assessed = 100, 10.0
    for _ in range(6):
        process.step(model)
    assert process.hours_rate == before
    process.step(model)
    assert process.hours_rate == pytest.approx(before * 1.03)
    model.settling = False
    process.settled(model)
    frozen = process.hours_rate
    process.step(model)
    assert process.hours_rate == frozen


def test_the_controllers_limit_widens_as_chance_does_in_a_sample():
    rises = []
    for scale in (1.0, 0.25, 0.01):
        model = needy_town()
        model.settling, model.scale = True, scale
        process = _door(model)
        before = process.hours_rate
        team(model).waiting, team(model).assessed = 100, 10.0
        for _ in range(7):
            process.step(model)
        rises.append(process.hours_rate / before - 1.0)
    assert rises == pytest.approx([0.03, 0.06, 0.3])


def test_people_who_move_to_a_home_leave_every_list_but_keep_their_funding_there():
    model = needy_town()
    citizens = model.citizens
    process = _door(model)
    row = citizens.rows[0]
    citizens.arrangement[row], citizens.waiting[row] = Arrangement.HOME_CARE, Waiting.ASSESSMENT
    citizens.setting[row], citizens.council_funded[row] = Setting.CARE_HOME, True
    process.step(model)
    assert citizens.arrangement[row] == Arrangement.NONE
    assert citizens.waiting[row] == Waiting.NOTHING
    assert citizens.council_funded[row]
    citizens.setting[row] = Setting.HOME
    end_support(citizens, np.array([row]))
    assert not citizens.council_funded[row]


def test_door_answers_promise_no_more_breaks_than_are_left_and_only_to_carers():
    hours = {}
    rules = read_rules(BreakRules, Numbers())
    for left in (0.0, 40.0, 1e6):
        model = needy_town(carer_reach_share=1.0, carer_break_share=0.5)
        _door(model)
        service, citizens = model.services["carers_service"], model.citizens
        service.capacity = left
        rows = citizens.rows[:30]
        citizens.care_given[rows[:20]] = 5.0
        given = break_left(model, rules, rows, np.arange(30) % 2 == 0)
        hours[left] = given.sum() * 5.0 * 0.5 * A_MONTH
        assert not given[1::2].any()
        assert not given[20:].any()
    assert hours[0.0] == 0
    assert 40.0 - 5.0 * 0.5 * A_MONTH < hours[40.0] <= 40.0
    assert hours[1e6] == pytest.approx(10 * 5.0 * 0.5 * A_MONTH)


def test_a_break_had_at_the_door_takes_its_hours_costs_and_relieves():
    model = needy_town(carer_reach_share=1.0, carer_break_share=0.5, menu_share=1.0, handoffs=0.0, door_hours=100.0)
    process = _door(model, hours=1e6)
    service, citizens = model.services["carers_service"], model.citizens
    service.capacity = 1e6
    rows = citizens.rows[citizens.age_months[citizens.rows] < 600][:30]
    citizens.care_given[rows], citizens.strain[rows] = 10.0, 0.5
    citizens.contacted[rows], citizens.concern[rows] = True, Concern.RELIEF
    cared = np.setdiff1d(citizens.rows, rows)[: rows.size]
    given = np.full(rows.size, 8.0, dtype=np.float32)
    model.kin_help = KinHelp(rows.astype(np.int32), np.arange(rows.size, dtype=np.int32), given, cared)
    process.step(model)
    helped = rows[citizens.concern[rows] == Concern.NONE]
    assert helped.size > 20
    assert citizens.relieved_hours[cared] == pytest.approx(4.0 * np.isin(rows, helped))
    closed, each = model.ledger.close(), 5.0 * A_MONTH
    assert service.used == pytest.approx(helped.size * each)
    assert closed.people["break_hours"].sum() == pytest.approx(helped.size * each)
    rules = read_rules(BreakRules, Numbers())
    assert closed.costs["carers", "council"] == pytest.approx(helped.size * each * rules.cost)
    assert citizens.carer_break[helped] == pytest.approx(0.5)
    assert citizens.strain[helped] == pytest.approx(0.5 * (1 - rules.relief * 0.5))
    others = np.setdiff1d(rows, helped)
    assert (citizens.strain[others] == 0.5).all()


def test_low_level_support_reaches_those_who_come_for_help_with_tasks():
    model = needy_town()
    citizens = model.citizens
    process = _door(model, hours=1e6, overrides={"door.observation_sd": 0.0})
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780][:60]
    citizens.limitation[rows], citizens.recent_loss[rows] = process.answers.rules.low + 0.1, 0.0
    citizens.contacted[rows], citizens.concern[rows] = True, Concern.NONE
    process.step(model)
    given = model.ledger.close().people["low_level_support"].sum()
    # A half get it: binomial of 60, four standard deviations, passed by chance once in 16,000.
    assert abs(given - rows.size / 2) < 4 * np.sqrt(rows.size) / 2


def test_support_by_this_road_begins_at_65():
    model = needy_town()
    citizens = model.citizens
    process = _door(model, hours=1e5, overrides={"door.observation_sd": 0.0})
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780][:2]
    citizens.limitation[rows], citizens.hands_on[rows], citizens.recent_loss[rows] = 2.5, 20.0, 0.0
    citizens.kin_hours[rows], citizens.contacted[rows] = 0.0, True
    citizens.age_months[rows] = (64 * 12, 65 * 12)
    process.step(model)
    assert citizens.waiting[rows].tolist() == [Waiting.NOTHING, Waiting.ASSESSMENT]


def test_reablement_of_younger_people_does_not_open_long_term_support():
    """Who is too young to be assessed at the door is not assessed for having had reablement."""
    model = needy_town()
    citizens = model.citizens
    process = _door(model, hours=1e5)
    rows = citizens.rows[citizens.age_months[citizens.rows] >= 780][:2]
    citizens.limitation[rows], citizens.hands_on[rows], citizens.kin_hours[rows] = 2.5, 20.0, 0.0
    citizens.reablement[rows], citizens.reablement_hours[rows] = 1, 5.0
    citizens.age_months[rows] = (64 * 12, 65 * 12)
    process.step(model)
    assert citizens.reablement[rows].tolist() == [0, 0]
    assert citizens.waiting[rows].tolist() == [Waiting.NOTHING, Waiting.ASSESSMENT]

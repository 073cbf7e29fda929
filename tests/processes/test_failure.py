from __future__ import annotations

import numpy as np

from demandsim.agents.citizens import Arrangement, Concern, Failure, Waiting
from demandsim.parameters.register import Numbers
from demandsim.processes.failure import CAUSES, count_failure, forget
from demandsim.processes.front_door import FrontDoor
from tests.processes.door_town import chain, needy_town, run


def test_every_cause_is_counted_once():
    model = needy_town(2000)
    citizens = model.citizens
    rows = citizens.rows[:20]
    contacts, chases = rows[:14], rows[14:]
    citizens.asked_in_vain[rows[:10]] = True
    citizens.failed_by[rows[:10]] = [Failure.WRONG] * 4 + [Failure.LATE] * 3 + [Failure.LOST] * 2 + [Failure.NONE]
    # Rushed: one with the worry still, one whose worry is gone, one who has no visits any more.
    citizens.failed_by[rows[10:13]] = Failure.RUSHED
    citizens.concern[rows[[10, 12]]] = Concern.TASKS
    citizens.arrangement[rows[10:12]] = Arrangement.HOME_CARE
    citizens.waiting[chases] = Waiting.HOME_CARE
    citizens.waiting_since[chases] = model.month
    citizens.waiting_since[chases[:2]] = model.month - 1
    count_failure(model, contacts, chases)
    people = model.ledger.close().people
    counted = {name: int(people[f"failure_{name}"].sum()) for name in CAUSES.values()}
    assert counted == {"wrong": 5, "late": 5, "lost": 2, "rushed": 1}
    assert people["failure_contacts"].sum() == 13


def test_who_comes_back_since_a_plan_missed_is_counted_while_the_worry_lasts():
    model = needy_town(2000)
    citizens = model.citizens
    rows = citizens.rows[:5]
    citizens.arrangement[rows[:4]] = Arrangement.HOME_CARE
    citizens.failed_by[rows] = [Failure.WRONG, Failure.LOST, Failure.LOST, Failure.NONE, Failure.WRONG]
    citizens.concern[rows] = [Concern.TASKS, Concern.TASKS, Concern.NONE, Concern.TASKS, Concern.TASKS]
    count_failure(model, rows, rows[:0])
    people = model.ledger.close().people
    assert [int(people[f"failure_{cause}"].sum()) for cause in ("wrong", "lost")] == [1, 1]


def test_a_worry_that_has_gone_leaves_no_mark_on_who_has_support():
    model = needy_town(2000)
    citizens = model.citizens
    rows = citizens.rows[:4]
    citizens.arrangement[rows[:3]] = Arrangement.HOME_CARE
    citizens.failed_by[rows] = Failure.WRONG
    citizens.concern[rows[1]] = Concern.TASKS
    citizens.asked_in_vain[rows[2]] = True
    forget(citizens)
    assert citizens.failed_by[rows].tolist() == [Failure.NONE, *[Failure.WRONG] * 3]


def test_causes_add_up_to_failure_demand_month_by_month():
    model = needy_town(visit_minutes=15)
    for month in run(model, chain(model), 18):
        parts = sum(month.people[f"failure_{name}"] for name in CAUSES.values())
        np.testing.assert_array_equal(parts, month.people["failure_contacts"])
    assert month.people["failure_contacts"].sum() > 0


def test_nothing_is_lost_where_there_are_no_hand_offs():
    lost = []
    for handoffs in (0.0, 9.0):
        model = needy_town(handoffs=handoffs)
        process = FrontDoor(Numbers({"door.half_hours": 0.0}))
        process.start(model)
        process.hours_rate = 1e6
        citizens = model.citizens
        citizens.contacted[citizens.rows[citizens.age_months[citizens.rows] >= 780]] = True
        process.step(model)
        lost.append(np.count_nonzero(citizens.failed_by == Failure.LOST))
    assert lost[0] == 0 < lost[1]


def test_no_answer_in_time_is_late_help():
    model = needy_town()
    process = FrontDoor(Numbers())
    process.start(model)
    process.hours_rate = 0.0
    asked = model.citizens.rows[:30]
    model.citizens.contacted[asked] = True
    process.step(model)
    assert (model.citizens.failed_by[asked] == Failure.LATE).all()

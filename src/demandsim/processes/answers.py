"""Answers: what becomes of a contact that the front door has hours for.

The first rule that fits decides: reablement for those who can gain, while there are places; a place in the queue for
an assessment for those whose need is seen to be great; else an answer at the door, which fits or does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import NOBODY, Concern, Failure
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import Numbers, evidence, read_rules
from demandsim.processes.carer_breaks import BreakRules, break_left, give_breaks
from demandsim.processes.digital_door import FormRules, heard_by_form
from demandsim.processes.membership import roomiest_group
from demandsim.processes.neighbourhood_budgets import community_of
from demandsim.processes.open_door import OpenDoor, hear_out, refuse_by_new_rule
from demandsim.processes.prevention import carers_reached
from demandsim.processes.reablement import Reablement
from demandsim.processes.standing import DoorBarrier, added_to, fit_at_door
from demandsim.processes.team import (
    Eligibility,
    Floats,
    Mask,
    Rows,
    gap_of,
    heard_in,
    observe,
    put_in_queue,
    team,
    turns,
)

if TYPE_CHECKING:
    from demandsim.model import DemandModel

type Lots = NDArray[np.float32]

_ANSWER = np.uint32(Purpose.ANSWER)
_UNWORRIED, _TASKS, _RECOVERY = np.uint8(Concern.NONE), np.uint8(Concern.TASKS), np.uint8(Concern.RECOVERY)
_EQUIPMENT, _COMPANY, _RELIEF = np.uint8(Concern.EQUIPMENT), np.uint8(Concern.COMPANY), np.uint8(Concern.RELIEF)
_INFORMATION = np.uint8(Concern.INFORMATION)
_NO_FAILURE, _WRONG, _LOST = np.uint8(Failure.NONE), np.uint8(Failure.WRONG), np.uint8(Failure.LOST)


@dataclass(frozen=True, slots=True)
class Rules:
    """How contacts are answered."""

    observation_sd: float = evidence("door.observation_sd")
    assess_gap: float = evidence("door.assess_gap")
    low: float = evidence("need.threshold_low")
    screen_below: float = evidence("door.screen_below")
    screen_slope: float = evidence("door.screen_slope")
    screen_free: float = evidence("door.screen_free")
    screen_most: float = evidence("door.screen_most")
    half_hours: float = evidence("door.half_hours")
    handoff_loss: float = evidence("practice.info_loss_per_handoff")
    door_handoffs: float = evidence("door.handoff_share")
    answer_base: float = evidence("door.answer_base")
    answer_equipment: float = evidence("door.answer_equipment")
    equipment_share: float = evidence("door.equipment_share")
    equipment_cost: float = evidence("door.equipment_cost")


@kernel
def _to_queue_or_door(
    rows: Rows,
    seen: Floats,
    gap: Floats,
    pressing: Mask,
    reabled: Mask,
    age_months: NDArray[np.int16],
    oldest_refused: float,
    gap_from: float,
    screen: float,
    month: int,
    waiting: NDArray[np.uint8],
    waiting_since: NDArray[np.int16],
    urgent: NDArray[np.bool_],
    at_door: Rows,
    turned: Rows,
) -> tuple[int, int]:
    """Put in the queue those above the screen; list, as places in ``rows``, who is answered at the door.

    Args:
        rows: Who is served.
        seen: Their limitation as staff see it.
        gap: Hours that nobody gives them.
        pressing: Who is in a crisis or comes from hospital.
        reabled: Who got reablement.
        age_months: Ages of everybody.
        oldest_refused: Age in months below which nobody is assessed here.
        gap_from: Hours above which an assessment is called for.
        screen: Limitation from which it is.
        month: This month.
        waiting: What everybody waits for; written, as the next two are.
        waiting_since: Since when.
        urgent: Whether it presses.
        at_door: Filled with places of those answered at the door.
        turned: Filled with places of those of them whom only the screen keeps off the queue.

    Returns:
        How many of each.
    """
    answered, refused = 0, 0
    for k in range(rows.size):
        i = rows[k]
        able = (gap[k] > gap_from) & (np.float64(age_months[i]) >= oldest_refused)
        if reabled[k]:
            continue
        if able & (seen[k] >= screen):
            put_in_queue(i, pressing[k], month, waiting, waiting_since, urgent)
            continue
        at_door[answered] = k
        turned[refused] = k
        answered += 1
        refused += int(able)
    return answered, refused


@kernel
def _listen(
    seed: np.uint64,
    month: np.uint32,
    uid: NDArray[np.uint64],
    rows: Rows,
    relationship: NDArray[np.float32],
    concern: NDArray[np.uint8],
    handoff_loss: float,
    break_share: np.float32,
    lots: Lots,
    kept: Floats,
    asks_break: Mask,
) -> None:
    """Draw for each person at the door; share of what they say that one hand-off keeps, and who would have a break."""
    for k in range(rows.size):
        i = rows[k]
        lots[k, 0], lots[k, 1], lots[k, 2], lots[k, 3] = uniform4(seed, uid[i], month, _ANSWER)
        kept[k] = 1.0 - handoff_loss * (1.0 - np.float64(relationship[i]))
        asks_break[k] = (concern[i] == _RELIEF) & (lots[k, 1] < break_share)


@kernel
def _find_groups(
    rows: Rows,
    concern: NDArray[np.uint8],
    community: NDArray[np.int32],
    group: NDArray[np.int32],
    alive: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    where: NDArray[np.int32],
    capacity: NDArray[np.float32],
    members: NDArray[np.int32],
    found: Rows,
) -> None:
    """For each person who looks for company and is in no group: the roomiest of their community, or `NOBODY`.

    ``community`` goes with ``rows``, ``where`` with the groups.
    """
    for k in range(rows.size):
        i = rows[k]
        found[k] = NOBODY
        if concern[i] == _COMPANY and group[i] == NOBODY:
            found[k] = roomiest_group(community[k], alive, uid, where, capacity, members)


@rule
def _with_mended(known: float, mended: float) -> float:
    return known + mended * (1.0 - known)


@kernel
def _know(
    rows: Rows,
    carried: Floats,
    heard: Mask,
    by_form: Floats,
    quintile: NDArray[np.uint8],
    disadvantage: NDArray[np.uint8],
    added: Floats,
    short: float,
    long: float,
    mended: float,
    known: Floats,
    whole: Floats,
) -> None:
    """Chance that staff know each person, and what it would be had nothing been lost on the way.

    Args:
        rows: Who is answered at the door.
        carried: Share of what each says that the hand-offs keep.
        heard: Who is heard out.
        by_form: What a form hears against a conversation.
        quintile: Deprivation fifths of everybody.
        disadvantage: Attributes of everybody.
        added: How much less often an answer fits by fifth and attributes.
        short: Share of what matters that is known after a usual conversation.
        long: The same where somebody is heard out.
        mended: Share of faults that no longer happen.
        known: Filled with the chance.
        whole: Filled with what it would be.
    """
    for k in range(rows.size):
        i = rows[k]
        hears = by_form[k] * fit_at_door(added[quintile[i], disadvantage[i]])
        listened = long if heard[k] else short
        known[k] = hears * _with_mended(listened * carried[k], mended)
        whole[k] = hears * _with_mended(listened, mended)


@kernel
def _reach(
    rows: Rows,
    seen: Floats,
    lots: Lots,
    group: Rows,
    has_break: Mask,
    concern: NDArray[np.uint8],
    base: float,
    menu: float,
    for_equipment: float,
    equipment_share: np.float32,
    low: float,
    means: Floats,
    equipped: Mask,
) -> None:
    """The chance that staff can reach what would fit, and for whom that is low-level equipment."""
    for k in range(rows.size):
        kind = concern[rows[k]]
        open_menu = (kind == _INFORMATION) | ((kind == _COMPANY) & (group[k] >= 0))
        open_menu |= (kind == _RELIEF) & has_break[k]
        # Who comes without a particular worry comes for help with tasks, as those do who name it.
        small = ((kind == _TASKS) | (kind == _RECOVERY) | (kind == _UNWORRIED)) & (seen[k] >= low)
        small &= lots[k, 2] < equipment_share
        share = menu if open_menu else base
        share = for_equipment if small else share
        means[k] = 1.0 if kind == _EQUIPMENT else share
        equipped[k] = small | (kind == _EQUIPMENT)


@kernel
def _settle(
    rows: Rows,
    lots: Lots,
    known: Floats,
    whole: Floats,
    means: Floats,
    group: Rows,
    month: int,
    cell: NDArray[np.uint16],
    concern: NDArray[np.uint8],
    asked_in_vain: NDArray[np.bool_],
    failed_by: NDArray[np.uint8],
    helped_month: NDArray[np.int16],
    turned_away_month: NDArray[np.int16],
    joins: Rows,
    turned_away: Floats,
) -> tuple[int, int]:
    """See whose answer fits, by the chance that staff know the person times that they have what it takes.

    A fitting answer settles the concern; who gets another will ask again. Both remember.

    Returns:
        How many answers did not fit, and how many places in ``rows`` of people who may join ``group`` were listed.
    """
    faults, joining = 0, 0
    for k in range(rows.size):
        i = rows[k]
        lot = np.float64(lots[k, 0])
        if lot < known[k] * means[k]:
            joins[joining] = k
            joining += int((concern[i] == _COMPANY) & (group[k] >= 0))
            concern[i] = _UNWORRIED
            asked_in_vain[i] = False
            failed_by[i] = _NO_FAILURE
            helped_month[i] = month
        else:
            faults += 1
            asked_in_vain[i] = True
            failed_by[i] = _LOST if lot < whole[k] * means[k] else _WRONG
            turned_away_month[i] = month
            turned_away[cell[i]] += 1.0
    return faults, joining


@kernel
def _give_aids(rows: Rows, equipped: Mask, cell: NDArray[np.uint16], aids: NDArray[np.bool_], supported: Floats) -> int:
    """Give aids to those who are to have some and have none yet; how many. All are counted by reporting cell."""
    new = 0
    for k in range(rows.size):
        if equipped[k]:
            i = rows[k]
            new += int(not aids[i])
            aids[i] = True
            supported[cell[i]] += 1.0
    return new


class Answers:
    """What the front door answers.

    Attributes:
        rules: How contacts are answered.
        eligibility: Who is eligible for long-term support.
        reablement: The reablement service.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.eligibility = read_rules(Eligibility, numbers)
        self.reablement = Reablement(numbers)
        self._form_rules = read_rules(FormRules, numbers)
        self._break_rules = read_rules(BreakRules, numbers)
        self._open_door = read_rules(OpenDoor, numbers)
        self._standing = read_rules(DoorBarrier, numbers)

    def screen(self, model: DemandModel) -> float:
        """Limitation from which a contact is put on the list: it rises with the queue (implicit rationing)."""
        rules, service = self.rules, team(model)
        wait = service.waiting / max(service.assessed, 1e-9)
        rise = min(rules.screen_slope * max(0.0, wait - rules.screen_free), rules.screen_most)
        return self.eligibility.threshold(model) - rules.screen_below + rise

    def answer(self, model: DemandModel, rows: Rows, pressing: Mask, form: Mask) -> None:
        """Answer those whose turn it is.

        Args:
            model: The model.
            rows: Who is served.
            pressing: Who is in a crisis or comes from hospital.
            form: Whose answer is a form's.
        """
        citizens, rules = model.citizens, self.rules
        seen = observe(model, rows, rules.observation_sd, Purpose.OBSERVED_NEED)
        reabled = self.reablement.give(model, rows, seen, pressing)
        screen = self.screen(model)
        at_door, turned = np.empty_like(rows), np.empty_like(rows)
        answered, refused = _to_queue_or_door(
            rows,
            seen,
            gap_of(citizens, rows),
            pressing,
            reabled,
            citizens.age_months,
            self.eligibility.from_months(model),
            rules.assess_gap,
            screen,
            model.month,
            citizens.waiting,
            citizens.waiting_since,
            citizens.urgent,
            at_door,
            turned,
        )
        at_door, turned = at_door[:answered], turned[:refused]
        refuse_by_new_rule(model, rows[turned], seen[turned], screen, self._open_door.lost_refused)
        self._answer_at_door(model, rows[at_door], seen[at_door], form[at_door])

    def _answer_at_door(self, model: DemandModel, rows: Rows, seen: Floats, form: Mask) -> None:
        """An answer fits with the chance that staff know the person, times the chance that they have what it takes."""
        citizens, rules, practice, service = model.citizens, self.rules, model.practice, team(model)
        lots, kept = np.empty((rows.size, 4), dtype=np.float32), np.empty(rows.size)
        asks_break = np.empty(rows.size, dtype=np.bool_)
        _listen(
            model.luck_seed,
            model.month_word,
            citizens.uid,
            rows,
            citizens.relationship,
            citizens.concern,
            rules.handoff_loss,
            f4(carers_reached(model)),
            lots,
            kept,
            asks_break,
        )
        known, whole = self._known(model, rows, form, kept)
        group, has_break = _group_with_room(model, rows), break_left(model, self._break_rules, rows, asks_break)
        means, equipped = np.empty(rows.size), np.empty(rows.size, dtype=np.bool_)
        _reach(
            rows,
            seen,
            lots,
            group,
            has_break,
            citizens.concern,
            rules.answer_base,
            rules.answer_base + (1.0 - rules.answer_base) * practice.menu_share,
            rules.answer_equipment,
            f4(rules.equipment_share),
            rules.low,
            means,
            equipped,
        )
        joins, turned_away = np.empty(rows.size + 1, dtype=np.int64), np.zeros(CELLS)
        faults, joining = _settle(
            rows,
            lots,
            known,
            whole,
            means,
            group,
            model.month,
            citizens.cell,
            citizens.concern,
            citizens.asked_in_vain,
            citizens.failed_by,
            citizens.helped_month,
            citizens.turned_away_month,
            joins,
            turned_away,
        )
        joins = joins[:joining]
        _join(model, rows[joins], group[joins])
        give_breaks(model, self._break_rules, rows[has_break & (citizens.concern[rows] == _UNWORRIED)])
        model.ledger.tally("turned_away", turned_away)
        service.cases += rows.size
        service.faults += faults
        self._equip(model, rows, equipped)

    def _known(self, model: DemandModel, rows: Rows, form: Mask, kept: Floats) -> tuple[Floats, Floats]:
        """Chance that staff know each person, and what it would be had nothing been lost on the way."""
        citizens, rules, practice = model.citizens, self.rules, model.practice
        heard, longer = hear_out(model, rows, self._open_door)
        known, whole = np.empty(rows.size), np.empty(rows.size)
        _know(
            rows,
            kept ** (rules.door_handoffs * practice.handoffs),
            heard,
            heard_by_form(self._form_rules, model, rows, form),
            citizens.quintile,
            citizens.disadvantage,
            added_to(model, self._standing),
            heard_in(practice.door_hours, rules.half_hours),
            heard_in(longer, rules.half_hours),
            team(model).mended,
            known,
            whole,
        )
        return known, whole

    def _equip(self, model: DemandModel, rows: Rows, equipped: Mask) -> None:
        """Give aids to people who have none yet, whether or not they settle the concern; count low-level support."""
        citizens, supported = model.citizens, np.zeros(CELLS)
        new = _give_aids(rows, equipped, citizens.cell, citizens.aids, supported)
        model.ledger.tally("low_level_support", supported)
        model.ledger.cost("equipment", "council", new * self.rules.equipment_cost)


def _group_with_room(model: DemandModel, rows: Rows) -> Rows:
    """For each person who looks for company a group of their community with room for one more, or nobody."""
    citizens, groups, found = model.citizens, model.groups, np.empty_like(rows)
    community = community_of(model)
    _find_groups(
        rows,
        citizens.concern,
        community[citizens.neighbourhood[rows]],
        citizens.group,
        groups.alive,
        groups.uid,
        community[groups.neighbourhood],
        groups.capacity,
        groups.members,
        found,
    )
    return found


def _join(model: DemandModel, rows: Rows, group: Rows) -> None:
    """Let people join while there is room, in a keyed order."""
    if not rows.size:
        return
    citizens, groups = model.citizens, model.groups
    for place in turns(model, rows):
        row, one = rows[place], group[place]
        if groups.members[one] < groups.capacity[one]:
            citizens.group[row] = one
            groups.members[one] += 1

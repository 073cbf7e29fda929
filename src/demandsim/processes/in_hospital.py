"""In hospital: the loops of the hospital's month, from who comes to what the bed costs whom.

`hospital` says what they are for and keeps the books. Who comes falls ill or calls, never both, and stands in one list:
the seriously ill first, then minor events, then callers; the draws of each go with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import DEFICITS, Call, Setting, Waiting
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform, uniform4, unit, words
from demandsim.processes.at_home import has_nobody
from demandsim.processes.exact import fine
from demandsim.processes.hazards import bed_part, illness_part, new_loss_chance, stay_days
from demandsim.processes.quantiles import LUCK
from demandsim.processes.shortlist import list_rows
from demandsim.processes.visits import DAYS

ATTEND, ADMIT, STAY, RAPID = range(4)
"""What each of the four draws of whoever comes decides."""

AE_VISITS, SOCIAL_EMERGENCIES, SOCIAL_ADMISSIONS = range(3)
"""Rows of the tally of `see`."""

ADMISSIONS, READMISSIONS, BED_DAYS, DELAYED_DAYS = range(4)
"""Rows of the tally of `leave`."""

_HOME = np.uint8(Setting.HOME)
_NOTHING = np.uint8(Waiting.NOTHING)
_FALSE_ALARM = np.uint8(Call.FALSE_ALARM)
_OLDER = np.int16(65 * 12)
_NO_DAYS, _MONTH = f4(0.0), f4(DAYS)
_LOSS, _DELAY = np.uint32(Purpose.ILLNESS_LOSS), np.uint32(Purpose.HOSPITAL_DELAY)


@kernel
def discharge(
    admitted: NDArray[np.bool_],
    admitted_last: NDArray[np.bool_],
    delayed_days: NDArray[np.float32],
    hospital_trace: NDArray[np.float32],
    earlier_stay: NDArray[np.float32],
    before: NDArray[np.int64],
) -> int:
    """Last month's admissions become that; what they left behind is wiped out. Lists who they are; how many.

    A stay is booked whole in its first month. What of it is beyond that month is kept, as days of the months to come.
    """
    either = np.empty(admitted.size, dtype=np.uint8)
    for i in range(either.size):
        either[i] = admitted[i] | admitted_last[i] | (earlier_stay[i] > _NO_DAYS)
    found = 0
    for k in range(list_rows(either, before)):
        i = before[k]
        before[found] = i
        found += int(admitted[i])
        admitted_last[i] = admitted[i]
        admitted[i] = False
        delayed_days[i] = f4(0.0)
        earlier_stay[i] = max(hospital_trace[i] + earlier_stay[i] - _MONTH, _NO_DAYS)
        hospital_trace[i] = f4(0.0)
    return found


@kernel
def who_comes(
    fell_ill: NDArray[np.bool_],
    minor_event: NDArray[np.bool_],
    emergency_call: NDArray[np.uint8],
    came: NDArray[np.int64],
    who: NDArray[np.int64],
) -> tuple[int, int, int]:
    """List the seriously ill, minor events alone, and callers, one after another; how many of each there are.

    ``came`` is room to work in, as ``who`` with one place more than there are people.
    """
    any_of_them = np.empty(fell_ill.size, dtype=np.uint8)
    for i in range(any_of_them.size):
        any_of_them[i] = np.uint8(fell_ill[i]) | np.uint8(minor_event[i]) | emergency_call[i]
    coming = list_rows(any_of_them, came)
    serious = 0
    for k in range(coming):
        who[serious] = came[k]
        serious += int(fell_ill[came[k]])
    minor = 0
    for k in range(coming):
        who[serious + minor] = came[k]
        minor += int(minor_event[came[k]] & ~fell_ill[came[k]])
    callers = 0
    for k in range(coming):
        who[serious + minor + callers] = came[k]
        callers += int(emergency_call[came[k]] != 0)
    return serious, minor, callers


@kernel
def see(
    who: NDArray[np.int64],
    serious: int,
    minor: int,
    luck: NDArray[np.float32],
    age_months: NDArray[np.int16],
    emergency_call: NDArray[np.uint8],
    cell: NDArray[np.uint16],
    chance: NDArray[np.float32],
    kept_share: NDArray[np.float32],
    call_chance: NDArray[np.float32],
    minor_chance: np.float32,
    attend_serious: np.float32,
    attend_minor: np.float32,
    visit_share: NDArray[np.float32],
    kept: NDArray[np.bool_],
    tally: NDArray[np.float64],
) -> tuple[int, int]:
    """See whoever comes: who visits A&E, tallied by cell, and who is kept; how many come ill by ambulance, and walk in.

    Who is admitted for a minor event has been in A&E.

    Args:
        who: See `who_comes`.
        serious: How many of them are seriously ill.
        minor: How many had a minor event.
        luck: Their draws, shape (people, 4).
        age_months: By row; so with the call and the reporting cell.
        emergency_call: See `Call`.
        cell: Reporting cell.
        chance: Chance of admission of each of the seriously ill.
        kept_share: What callers leave of it, under 65 and from 65 on.
        call_chance: Chance of admission by `Call`.
        minor_chance: Chance of a short admission for a minor event.
        attend_serious: Chance that the seriously ill come.
        attend_minor: Chance that a minor event brings people.
        visit_share: What callers leave of it, under 65 and from 65 on.
        kept: Filled with who is admitted.
        tally: Added to, by cell.
    """
    grave = light = 0
    for k in range(who.size):
        i = who[k]
        older = np.int64(age_months[i] >= _OLDER)
        if k < serious:
            kept[k] = luck[k, ADMIT] < chance[k] * kept_share[older]
            comes = luck[k, ATTEND] < attend_serious
            grave += int(comes)
        elif k < serious + minor:
            kept[k] = luck[k, ADMIT] < minor_chance
            comes = (luck[k, ATTEND] < attend_minor * visit_share[older]) | kept[k]
            light += int(comes)
        else:
            kept[k] = luck[k, ADMIT] < call_chance[emergency_call[i]]
            comes = True
            tally[SOCIAL_EMERGENCIES, cell[i]] += np.float64(emergency_call[i] != _FALSE_ALARM)
            tally[SOCIAL_ADMISSIONS, cell[i]] += np.float64(kept[k])
        tally[AE_VISITS, cell[i]] += np.float64(comes)
    return grave, light


@kernel
def list_kept(kept: NDArray[np.bool_], serious: int, minor: int, place: NDArray[np.int64]) -> int:
    """List the places in ``who`` of whoever is kept, minor events last; how many are kept for longer."""
    found = 0
    for k in range(serious):
        place[found] = k
        found += int(kept[k])
    for k in range(serious + minor, kept.size):
        place[found] = k
        found += int(kept[k])
    taken = found
    for k in range(serious, serious + minor):
        place[found] = k
        found += int(kept[k])
    return taken


@kernel
def admit(
    rows: NDArray[np.int64],
    place: NDArray[np.int64],
    taken: int,
    luck: NDArray[np.float32],
    deficits: NDArray[np.uint8],
    dementia: NDArray[np.int16],
    stay_luck: NDArray[np.float32],
    base: np.float32,
    per_frailty: np.float32,
    for_dementia: np.float32,
    short: np.float32,
    admitted: NDArray[np.bool_],
    stay: NDArray[np.float32],
) -> int:
    """Admit people, and say how long they must stay: so many by frailty, dementia and luck, the others shortly.

    Returns:
        All of these days, in 1024ths.
    """
    days = np.int64(0)
    for k in range(rows.size):
        i = rows[k]
        admitted[i] = True
        stay[k] = short
        if k < taken:
            multiple = stay_luck[np.int64(luck[place[k], STAY] * f4(LUCK))]
            frailty = f4(deficits[i]) / f4(DEFICITS)
            stay[k] = stay_days(frailty, f4(dementia[i] > 0), multiple, base, per_frailty, for_dementia)
        days += fine(stay[k])
    return int(days)


@kernel
def who_may_be_held(
    rows: NDArray[np.int64],
    able: NDArray[np.uint16],
    before: NDArray[np.int64],
    month: int,
    gap_hours: np.float32,
    alive: NDArray[np.bool_],
    admitted: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    broken_down: NDArray[np.uint8],
    unmet_hours: NDArray[np.float32],
    waiting_since: NDArray[np.int16],
    concerned: NDArray[np.int64],
    alone: NDArray[np.bool_],
) -> int:
    """List in row order who lives at home and may have to wait in hospital for support, and who has nobody; how many.

    Whoever was admitted this month with a gap, or was admitted last month and referred since; ``able`` goes with
    ``rows``. Of the latter it counts for nobody that they are alone.
    """
    found = 0
    for k in range(rows.size):
        i = rows[k]
        # Once sorted, a row still tells whether its owner is alone: by its last bit.
        nobody = has_nobody(setting[i], age_months[i], band[i], broken_down[i], able[k])
        concerned[found] = 2 * i + np.int64(nobody)
        found += int((setting[i] == _HOME) & (unmet_hours[i] > gap_hours))
    for i in before:
        concerned[found] = 2 * i
        referred = (waiting_since[i] == month) & alive[i] & ~admitted[i]
        found += int(referred & (setting[i] == _HOME))
    concerned[:found].sort()
    for k in range(found):
        alone[k] = concerned[k] % 2 == 1
        concerned[k] //= 2
    return found


@kernel
def days_to_wait(
    seed: np.uint64,
    month: np.uint32,
    concerned: NDArray[np.int64],
    alone: NDArray[np.bool_],
    arranging_left: NDArray[np.float32],
    arranging_days: np.float32,
    most_queued_days: np.float32,
    alone_days: np.float32,
    uid: NDArray[np.uint64],
    admitted: NDArray[np.bool_],
    waiting: NDArray[np.uint8],
    days: NDArray[np.float32],
    longer: NDArray[np.float32],
) -> None:
    """Days in which people wait for support: to arrange it, and to the month's end while they queue.

    ``days`` are without, ``longer`` with what is added for want of anybody at home.
    """
    for k in range(concerned.size):
        i = concerned[k]
        since = unit(words(seed, uid[i], month, _DELAY)[1])
        arranging = arranging_days * f4(admitted[i]) * arranging_left[k]
        days[k] = arranging + most_queued_days * since * f4(waiting[i] != _NOTHING)
        longer[k] = days[k] + alone_days * f4(alone[k])


@kernel
def hold(
    concerned: NDArray[np.int64],
    longer: NDArray[np.float32],
    scale: np.float32,
    delayed_days: NDArray[np.float32],
    held: NDArray[np.int64],
) -> tuple[int, int]:
    """Hold people for their days, scaled; lists who is held, how many they are and their days in 1024ths."""
    found, days = 0, np.int64(0)
    for k in range(concerned.size):
        i = concerned[k]
        delayed_days[i] = longer[k] * scale
        held[found] = i
        found += int(delayed_days[i] > f4(0.0))
        days += fine(delayed_days[i])
    return found, int(days)


@kernel
def lie_in_bed(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    taken: int,
    stay: NDArray[np.float32],
    uid: NDArray[np.uint64],
    deficits: NDArray[np.uint8],
    delayed_days: NDArray[np.float32],
    days_most: np.float32,
    level: np.float32,
    illness_share: np.float32,
    mean_stay: np.float32,
    per_day: np.float32,
    size: np.float32,
    capability_loss: np.float32,
    delay_luck: NDArray[np.float32],
    recent_loss: NDArray[np.float32],
    capability: NDArray[np.float32],
    hospital_trace: NDArray[np.float32],
) -> None:
    """What the bed takes of people, and how many days they lie in it, the hospital's own delay among them.

    Whoever is taken for longer loses function where the month's draw lies between the illness's part of the chance and
    the bed's.
    """
    for k in range(rows.size):
        i = rows[k]
        if k < taken:
            chance = new_loss_chance(f4(deficits[i]) / f4(DEFICITS), level)
            by_illness = illness_part(chance, illness_share)
            delayed = min(delayed_days[i], days_most)
            beyond = by_illness + bed_part(chance, illness_share, stay[k], mean_stay, delayed, per_day)
            lot = uniform(seed, uid[i], month, _LOSS)
            if lot >= by_illness and lot < beyond:
                recent_loss[i] += size
        capability[i] = max(capability[i] - capability_loss, f4(0.0))
        own_delay, _, _, _ = uniform4(seed, uid[i], month, _DELAY)
        hospital_trace[i] = stay[k] + delay_luck[np.int64(own_delay * f4(LUCK))]


@kernel
def leave(
    rows: NDArray[np.int64],
    held: NDArray[np.int64],
    admitted: NDArray[np.bool_],
    admitted_last: NDArray[np.bool_],
    delayed_days: NDArray[np.float32],
    cell: NDArray[np.uint16],
    hospital_trace: NDArray[np.float32],
    tally: NDArray[np.float64],
) -> int:
    """Add days of delay to days in bed, and tally the month by cell; days in bed in 1024ths."""
    for i in held:
        hospital_trace[i] += delayed_days[i]
        tally[DELAYED_DAYS, cell[i]] += np.float64(delayed_days[i])
    days = np.int64(0)
    for i in rows:
        tally[ADMISSIONS, cell[i]] += 1.0
        tally[READMISSIONS, cell[i]] += np.float64(admitted_last[i])
        tally[BED_DAYS, cell[i]] += np.float64(hospital_trace[i])
        days += fine(hospital_trace[i])
    for i in held:
        if not admitted[i]:
            tally[BED_DAYS, cell[i]] += np.float64(hospital_trace[i])
            days += fine(hospital_trace[i])
    return int(days)

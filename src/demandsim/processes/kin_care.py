"""Care by kin: what partners, parents and children could give, who of them helps whom, and for how many hours.

Memory and chance decide how long this takes, so it is done in passes. `list_kin` finds the relations of everyone in
need, `look_up` fetches what each could give, and `ask_kin` keeps only those who could give something. `who_helps`
decides from that short list alone, and lists the few who help. `share_out` gives the hours along that list, once it is
known how many people each helper serves; `note_kin` writes what came of it to those in need.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Band, Setting
from demandsim.compiled import f4, flag, kernel, rule
from demandsim.processes.hazards import positive
from demandsim.processes.shortlist import list_rows

_GROWN_MONTHS = 16 * 12
_RETIRED_MONTHS = 66 * 12
_HOME = np.uint8(Setting.HOME)
_MODERATE, _HIGH = np.uint8(Band.MODERATE), np.uint8(Band.HIGH)
_WEEK = f4(168.0)
_UNWILLING = f4(9.0)
_PARTNER, _PARENT, _CHILD = np.int8(0), np.int8(1), np.int8(2)

AT_ONCE = 4
"""Children copied at once to a list of kin."""

OFFER = np.dtype([("household", "i4"), ("home", "f4"), ("away", "f4"), ("will", "f4")])
"""What a person could give: hours a week at home and, above 0 as a daughter and below 0 as a son, elsewhere.

It stands in one record, so that looking at a relation costs one look into memory.
"""


@rule
def readiness(
    style: np.float32, works: np.float32, limitation: np.float32, strain: np.float32, work_loss: np.float32
) -> np.float32:
    """What part of the usual hours a person can give: less before pension age, when limited, and under strain."""
    health = positive(f4(1.0) - positive(limitation - f4(1.0)) * f4(0.5))
    return style * (f4(1.0) - work_loss * works) * health * (f4(2.0) - strain) * f4(0.5)


@kernel
def make_ready(
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
    broken_down: NDArray[np.uint8],
    will: NDArray[np.float32],
    style: NDArray[np.float32],
    limitation: NDArray[np.float32],
    strain: NDArray[np.float32],
    other_caring: NDArray[np.float32],
    hours_home: np.float32,
    hours_away: np.float32,
    work_loss: np.float32,
    offer: NDArray[np.void],
    care_given: NDArray[np.float32],
    care_burden: NDArray[np.float32],
    cares_at_home: NDArray[np.bool_],
) -> None:
    """Say what everyone could give in their home and elsewhere, and begin the month's account of care given.

    Care for people outside the model goes on as it is.
    """
    for i in range(alive.size):
        grown = flag(age_months[i] >= _GROWN_MONTHS)
        can = flag(alive[i]) * flag(setting[i] == _HOME) * flag(broken_down[i] == 0) * grown
        works = flag(age_months[i] < _RETIRED_MONTHS)
        ready = can * readiness(style[i], works, limitation[i], strain[i], work_loss)
        sex = f4(2.0) * flag(female[i]) - f4(1.0)
        offer[i]["household"] = household[i]
        offer[i]["home"] = hours_home * ready
        # On the log scale hours vary twice as much outside the home: the style counts twice.
        offer[i]["away"] = sex * (hours_away * ready * style[i])
        offer[i]["will"] = will[i]
        care_given[i] = other_caring[i] * can
        care_burden[i] = f4(1.0)
        cares_at_home[i] = False


@kernel
def who_needs(
    band: NDArray[np.uint8],
    need_hours: NDArray[np.float32],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
    first_child: NDArray[np.int32],
    rows: NDArray[np.int64],
) -> tuple[int, int]:
    """List who is in need at home; how many they are and how many children they have.

    Who has hours of need has a band; a column of bands is the quickest to look through.
    """
    people, children = 0, 0
    for k in range(list_rows(band, rows)):
        i = rows[k]
        rows[people] = i
        counts = int((need_hours[i] > f4(0.0)) & (setting[i] == _HOME) & (household[i] >= 0))
        people += counts
        children += counts * int(first_child[i + 1] - first_child[i])
    return people, children


@kernel
def list_kin(
    in_need: NDArray[np.int64],
    household: NDArray[np.int32],
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    first_child: NDArray[np.int32],
    child: NDArray[np.int32],
    kin: NDArray[np.int32],
    tie: NDArray[np.int8],
    whose: NDArray[np.int32],
    home: NDArray[np.int32],
) -> int:
    """List the kin of each person in need: the partner or -1, parents, children; returns how many entries there are.

    So many children are copied at once, whether there are as many or not: their number would mislead a branch.

    Args:
        in_need: Rows of those in need at home.
        household: Number of the household, by row.
        partner: Row of the partner, -1 none; so with mother and father.
        mother: Row of the mother.
        father: Row of the father.
        first_child: Where the children of each row begin in ``child``.
        child: Rows of children.
        kin: Filled with rows, those of one person in need after another; with `AT_ONCE` places to spare.
        tie: Filled with what each is to the person: a partner, parent or child.
        whose: Filled with whose kin they are, as places in ``in_need``.
        home: Filled with the household of the person in need.
    """
    entry = 0
    last = child.size - 1
    for n in range(in_need.size):
        i = in_need[n]
        kin[entry], tie[entry], whose[entry], home[entry] = partner[i], _PARTNER, n, household[i]
        entry += 1
        for parent in (mother[i], father[i]):
            kin[entry], tie[entry], whose[entry], home[entry] = parent, _PARENT, n, household[i]
            entry += int(parent >= 0)
        first = int(first_child[i])
        children = int(first_child[i + 1]) - first
        done = 0
        while last >= 0:
            for k in range(AT_ONCE):
                place = entry + done + k
                kin[place], tie[place] = child[min(first + done + k, last)], _CHILD
                whose[place], home[place] = n, household[i]
            done += AT_ONCE
            if done >= children:
                break
        entry += children
    return entry


@kernel
def look_up(kin: NDArray[np.int32], words: NDArray[np.uint64], found: NDArray[np.uint64]) -> None:
    """Copy what each of the kin could give beside the list of them; both seen as two words a record, shape (n, 2).

    Nothing else is done here: the fewer the steps between two looks into memory, the more of them overlap.
    """
    for k in range(kin.size):
        j = max(kin[k], np.int32(0))
        found[k, 0] = words[j, 0]
        found[k, 1] = words[j, 1]


@kernel
def ask_kin(
    kin: NDArray[np.int32],
    tie: NDArray[np.int8],
    whose: NDArray[np.int32],
    home: NDArray[np.int32],
    found: NDArray[np.void],
    # sex: how much likelier a daughter and a son take part
    sex: tuple[np.float32, np.float32],
    near: NDArray[np.int32],
    near_hours: NDArray[np.float32],
    near_will: NDArray[np.float32],
    far: NDArray[np.int32],
    far_hours: NDArray[np.float32],
    far_will: NDArray[np.float32],
    until: NDArray[np.int32],
) -> None:
    """Keep of the kin listed those who could give something: in the home (near) and, of children, elsewhere (far).

    Each entry is written before it is known whether it counts: chance would mislead a branch.

    Args:
        kin: See `list_kin`.
        tie: See `list_kin`.
        whose: See `list_kin`.
        home: See `list_kin`.
        found: What each could give: `OFFER`.
        sex: Multiples of the chance of taking part for daughters and sons elsewhere.
        near: Filled with rows of kin in the home, those of one person in need after another.
        near_hours: Filled with what each could give; a partner's hours below 0.
        near_will: Filled with each one's will.
        far: Filled with rows of children elsewhere.
        far_hours: Filled with what each could give.
        far_will: Filled with each one's will, against what their sex makes likely.
        until: Filled with where the kin of each person in need end, near and far, shape (people, 2).
    """
    by_daughter, by_son = f4(1.0) / sex[0], f4(1.0) / sex[1]
    n_near = n_far = np.int64(0)
    for k in range(kin.size):
        here = np.int64(found[k]["household"] == home[k])
        hours, away, will = found[k]["home"], found[k]["away"], found[k]["will"]
        near[n_near] = kin[k]
        near_hours[n_near] = -hours if tie[k] == _PARTNER else hours
        near_will[n_near] = will
        n_near += here & np.int64(hours > f4(0.0)) & np.int64(kin[k] >= 0)
        far[n_far] = kin[k]
        far_hours[n_far] = abs(away)
        far_will[n_far] = will * (by_daughter if away > f4(0.0) else by_son)
        n_far += (np.int64(1) - here) & np.int64(away != f4(0.0)) & np.int64(tie[k] == _CHILD)
        until[whose[k], 0] = n_near
        until[whose[k], 1] = n_far


@kernel
def weigh_need(
    in_need: NDArray[np.int64],
    need_hours: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    paid_before: NDArray[np.float32],
    band: NDArray[np.uint8],
    dementia: NDArray[np.int16],
    gap_fill: NDArray[np.float32],
    # burden: what nights and dementia add to the weight of an hour
    burden: tuple[np.float32, np.float32],
    crowding: np.float32,
    least_fall: np.float32,
    wanted: NDArray[np.float32],
    weight: NDArray[np.float32],
    gap_before: NDArray[np.float32],
    may_fill: NDArray[np.bool_],
) -> None:
    """What each person in need wants of their kin, and how an hour of it weighs: one value for each of them.

    Kin may have a gap to fill if they filled one before, or if paid help fell by more than so many hours.
    """
    for n in range(in_need.size):
        i = in_need[n]
        wanted[n] = positive(need_hours[i] - crowding * paid_hours[i])
        weight[n] = f4(1.0) + burden[0] * f4(band[i] >= _HIGH) + burden[1] * f4(dementia[i] > 0)
        gap_before[n] = gap_fill[i]
        may_fill[n] = (gap_fill[i] > f4(0.0)) | (paid_before[i] - paid_hours[i] > least_fall)


@rule
def keenest(
    will: NDArray[np.float32], begin: np.int32, end: np.int32, after: np.float32
) -> tuple[np.float32, np.int64]:
    """Of some kin the keenest whose will comes after another's: their will and place; `_UNWILLING` and -1 if none."""
    best, chosen = _UNWILLING, np.int64(-1)
    for k in range(begin, end):
        keener = (will[k] > after) & (will[k] < best)
        chosen = np.int64(k) if keener else chosen
        best = will[k] if keener else best
    return best, chosen


@kernel
def share_evenly(
    helper: NDArray[np.int32],
    served_home: NDArray[np.uint8],
    served_away: NDArray[np.uint8],
    reach: NDArray[np.float32],
) -> None:
    """Turn what each helper could give into what they can give to each of those they serve."""
    for k in range(helper.size):
        served = served_home[helper[k]] if reach[k] > f4(0.0) else served_away[helper[k]]
        reach[k] = reach[k] / f4(max(served, np.uint8(1)))


@kernel
def who_helps(
    near: NDArray[np.int32],
    near_hours: NDArray[np.float32],
    near_will: NDArray[np.float32],
    far: NDArray[np.int32],
    far_hours: NDArray[np.float32],
    far_will: NDArray[np.float32],
    until: NDArray[np.int32],
    may_fill: NDArray[np.bool_],
    # part: partner, kin in the home, most willing child elsewhere, fall with each that helps, where a partner gives
    part: tuple[np.float32, np.float32, np.float32, np.float32, np.float32],
    # spare: partner, helping kin, idle kin
    spare: tuple[np.float32, np.float32, np.float32],
    helper: NDArray[np.int32],
    helped: NDArray[np.int32],
    reach: NDArray[np.float32],
    spare_hours: NDArray[np.float32],
    bearer: NDArray[np.int32],
    everybody: int,
) -> int:
    """List who helps each person in need, each supplier alike all those they serve; returns the length of the list.

    Args:
        near: Kin in the home who could give: see `ask_kin`.
        near_hours: What each could give.
        near_will: Their will; a person takes part whose will, a uniform draw, lies below the chance.
        far: Children elsewhere who could give.
        far_hours: What each could give.
        far_will: Their will, against what their sex makes likely.
        until: Where each one's kin end.
        may_fill: Whose kin may have a gap to fill.
        part: Chances of taking part.
        spare: Shares of usual reach that could be added.
        helper: Filled with who helps, those of one person in need after another: kin in the home, then children
            elsewhere, then who would fill a gap.
        helped: Filled with whom they help, as places in the list of people in need.
        reach: Filled with what each could give to each they serve: above 0 in the home, below 0 elsewhere, 0 for who
            would fill a gap.
        spare_hours: Filled with what kin of each in need could add.
        bearer: Filled with who would bear it, -1 nobody.
        everybody: How many rows of people there are.
    """
    served_home, served_away = np.zeros(everybody, dtype=np.uint8), np.zeros(everybody, dtype=np.uint8)
    begin_near = begin_far = np.int32(0)
    helping = 0
    for n in range(bearer.size):
        end_near, end_far = until[n, 0], until[n, 1]
        could = f4(0.0)
        first = np.int32(-1)
        threshold = part[2]
        # 1 partner, parents and children in the same home
        for k in range(begin_near, end_near):
            is_partner = near_hours[k] < f4(0.0)
            hours = abs(near_hours[k])
            helps = near_will[k] < (part[0] if is_partner else part[1])
            # A partner who does not take part has nothing to add.
            could += hours * ((spare[0] if is_partner else spare[1]) if helps else spare[2] * f4(not is_partner))
            threshold *= part[4] if is_partner and helps else f4(1.0)
            first = near[k] if helps and first < 0 else first
            served_home[near[k]] += np.uint8(helps)
            helper[helping], helped[helping], reach[helping] = near[k], n, hours
            helping += int(helps)
        # 2 children elsewhere, the keenest first, each making the next less likely
        reachable = f4(0.0)
        for k in range(begin_far, end_far):
            reachable += far_hours[k]
        best, chosen = keenest(far_will, begin_far, end_far, f4(-1.0))
        if chosen >= 0 and first < 0:
            first = far[chosen]
        by_far = f4(0.0)
        while best < threshold:
            by_far += far_hours[chosen]
            helper[helping], helped[helping], reach[helping] = far[chosen], n, -far_hours[chosen]
            helping += 1
            served_away[far[chosen]] += np.uint8(1)
            threshold *= part[3]
            best, chosen = keenest(far_will, begin_far, end_far, best)
        helper[helping], helped[helping], reach[helping] = first, n, f4(0.0)
        helping += int(may_fill[n] & (first >= 0))
        spare_hours[n] = could + spare[1] * by_far + spare[2] * positive(reachable - by_far)
        bearer[n] = first
        begin_near, begin_far = end_near, end_far
    share_evenly(helper[:helping], served_home, served_away, reach[:helping])
    return helping


@kernel
def share_out(
    helper: NDArray[np.int32],
    helped: NDArray[np.int32],
    reach: NDArray[np.float32],
    in_need: NDArray[np.int64],
    wanted: NDArray[np.float32],
    weight: NDArray[np.float32],
    spare_hours: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    paid_before: NDArray[np.float32],
    band: NDArray[np.uint8],
    household: NDArray[np.int32],
    presence: NDArray[np.float32],
    # gap: share filled, share kept a month, least fall
    gap: tuple[np.float32, np.float32, np.float32],
    gap_before: NDArray[np.float32],
    ready: NDArray[np.float32],
    rest: NDArray[np.float32],
    filled: NDArray[np.float32],
    care_given: NDArray[np.float32],
    cares_at_home: NDArray[np.bool_],
    care_burden: NDArray[np.float32],
) -> None:
    """Let helpers give their hours, in the order of `who_helps`: each shares theirs evenly among those they serve.

    Those in the home who look after someone with moderate need or more also spend hours of just being there. Where
    paid help was withdrawn kin fill part of the gap for a while, borne by one of them: ``ready`` says how readily, one
    value for each person in need. ``rest`` is filled with what is still wanted, ``filled`` with the gap they fill; the
    gap they filled before stands in ``gap_before``, laid out alike. Nobody gives more hours than a week has.
    """
    present = np.zeros(care_given.size, dtype=np.bool_)
    for n in range(wanted.size):
        rest[n], filled[n] = wanted[n], f4(0.0)
    for k in range(helper.size):
        j, n = helper[k], helped[k]
        if reach[k] != f4(0.0):
            at_home = reach[k] > f4(0.0)
            hours = min(abs(reach[k]), rest[n])
            reach[k] = hours
            if hours > f4(0.0):
                rest[n] -= hours
                if at_home:
                    cares_at_home[j] = True
                    if band[in_need[n]] >= _MODERATE and not present[j]:
                        present[j] = True
                        hours += presence[j]
                care_given[j] = min(care_given[j] + hours, _WEEK)
                care_burden[j] = max(care_burden[j], weight[n])
        else:
            i = in_need[n]
            fall = paid_before[i] - paid_hours[i]
            fills = gap_before[n] * gap[1]
            if fall > gap[2]:
                fills += gap[0] * fall * ready[n]
            kin = wanted[n] - rest[n]
            fills = min(fills, min(spare_hours[n], positive(hands_on[i] - kin - paid_hours[i])))
            if fills > f4(0.0):
                filled[n] = reach[k] = fills
                care_given[j] = min(care_given[j] + fills, _WEEK)
                care_burden[j] = max(care_burden[j], weight[n])
                cares_at_home[j] = cares_at_home[j] or household[j] == household[i]


@kernel
def who_would_fill(
    in_need: NDArray[np.int64],
    bearer: NDArray[np.int32],
    may_fill: NDArray[np.bool_],
    everybody: bool,
    household: NDArray[np.int32],
    concerned: NDArray[np.int64],
    by: NDArray[np.int64],
    at_home: NDArray[np.bool_],
) -> int:
    """List, as places in ``in_need``, whose gap somebody would fill; by whom, and whether they live together; how many.

    Only where there may be a gap, unless ``everybody`` is asked for.
    """
    found = 0
    for n in range(in_need.size):
        concerned[found], by[found] = n, bearer[n]
        at_home[found] = household[max(bearer[n], np.int32(0))] == household[in_need[n]]
        found += int((bearer[n] >= 0) & (may_fill[n] | everybody))
    return found


@kernel
def note_kin(
    in_need: NDArray[np.int64],
    wanted: NDArray[np.float32],
    rest: NDArray[np.float32],
    filled: NDArray[np.float32],
    spare_hours: NDArray[np.float32],
    bearer: NDArray[np.int32],
    kin_hours: NDArray[np.float32],
    kin_spare: NDArray[np.float32],
    gap_fill: NDArray[np.float32],
) -> None:
    """Write to each person in need what kin gave, what they filled of a gap, and what they could still spare.

    Nobody else is given anything.
    """
    for i in range(kin_hours.size):
        kin_hours[i] = kin_spare[i] = gap_fill[i] = f4(0.0)
    for n in range(in_need.size):
        i = in_need[n]
        spare = spare_hours[n] if bearer[n] >= 0 else f4(0.0)
        kin_hours[i] = (wanted[n] - rest[n]) + filled[n]
        kin_spare[i] = positive(spare - filled[n])
        gap_fill[i] = filled[n]

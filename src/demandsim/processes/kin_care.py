"""Care by kin: what partners, parents and children could give, who of them helps whom, and for how many hours.

Memory and chance decide how long this takes, so it is done in passes. `list_kin` finds the relations of everyone in
need, `look_up` fetches what each could give, and `ask_kin` keeps only those who could give something. `who_helps`
decides from that short list alone. `share_out` gives the hours, once it is known how many people each helper serves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Band, Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.processes.hazards import positive

_GROWN_MONTHS = 16 * 12
_RETIRED_MONTHS = 66 * 12
_HOME = np.uint8(Setting.HOME)
_MODERATE, _HIGH = np.uint8(Band.MODERATE), np.uint8(Band.HIGH)
_WEEK = f4(168.0)
_UNWILLING = f4(9.0)
_PARTNER, _PARENT, _CHILD = np.int8(0), np.int8(1), np.int8(2)

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
        can = f4(alive[i]) * f4(setting[i] == _HOME) * f4(broken_down[i] == 0) * f4(age_months[i] >= _GROWN_MONTHS)
        works = f4(age_months[i] < _RETIRED_MONTHS)
        ready = can * readiness(style[i], works, limitation[i], strain[i], work_loss)
        sex = f4(2.0) * f4(female[i]) - f4(1.0)
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
    rows: NDArray[np.int64],
    need_hours: NDArray[np.float32],
    setting: NDArray[np.uint8],
    household: NDArray[np.int32],
) -> int:
    """Move those of some rows who are in need at home up to the front; returns how many they are."""
    people = 0
    for k in range(rows.size):
        i = rows[k]
        rows[people] = i
        people += int((need_hours[i] > f4(0.0)) & (setting[i] == _HOME) & (household[i] >= 0))
    return people


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

    Args:
        in_need: Rows of those in need at home.
        household: Number of the household, by row.
        partner: Row of the partner, -1 none; so with mother and father.
        mother: Row of the mother.
        father: Row of the father.
        first_child: Where the children of each row begin in ``child``.
        child: Rows of children.
        kin: Filled with rows, those of one person in need after another.
        tie: Filled with what each is to the person: a partner, parent or child.
        whose: Filled with whose kin they are, as places in ``in_need``.
        home: Filled with the household of the person in need.
    """
    entry = 0
    for n in range(in_need.size):
        i = in_need[n]
        kin[entry], tie[entry], whose[entry], home[entry] = partner[i], _PARTNER, n, household[i]
        entry += 1
        for parent in (mother[i], father[i]):
            kin[entry], tie[entry], whose[entry], home[entry] = parent, _PARENT, n, household[i]
            entry += int(parent >= 0)
        for k in range(first_child[i], first_child[i + 1]):
            kin[entry], tie[entry], whose[entry], home[entry] = child[k], _CHILD, n, household[i]
            entry += 1
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
def who_helps(
    near: NDArray[np.int32],
    near_hours: NDArray[np.float32],
    near_will: NDArray[np.float32],
    far: NDArray[np.int32],
    far_hours: NDArray[np.float32],
    far_will: NDArray[np.float32],
    until: NDArray[np.int32],
    # part: partner, kin in the home, most willing child elsewhere, fall with each that helps, where a partner gives
    part: tuple[np.float32, np.float32, np.float32, np.float32, np.float32],
    # spare: partner, helping kin, idle kin
    spare: tuple[np.float32, np.float32, np.float32],
    helper_far: NDArray[np.int32],
    reach_far: NDArray[np.float32],
    spare_hours: NDArray[np.float32],
    bearer: NDArray[np.int32],
    served_home: NDArray[np.uint8],
    served_away: NDArray[np.uint8],
) -> None:
    """Say who helps each person in need, and count how many each supplier serves.

    Args:
        near: Kin in the home who could give: see `ask_kin`. Those who help are moved up to the front.
        near_hours: What each could give; of helpers also moved up, all above 0.
        near_will: Their will; a person takes part whose will, a uniform draw, lies below the chance.
        far: Children elsewhere who could give.
        far_hours: What each could give.
        far_will: Their will, against what their sex makes likely.
        until: Where each one's kin end; then where their helpers end.
        part: Chances of taking part.
        spare: Shares of usual reach that could be added.
        helper_far: Filled with the children elsewhere who help.
        reach_far: Filled with what each of them could give.
        spare_hours: Filled with what kin of each in need could add.
        bearer: Filled with who would bear it, -1 nobody.
        served_home: How many each person serves at home.
        served_away: How many each person serves elsewhere.
    """
    begin_near = begin_far = np.int32(0)
    helping_near = helping_far = 0
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
            near[helping_near] = near[k]
            near_hours[helping_near] = hours
            helping_near += int(helps)
        # 2 children elsewhere, the keenest first, each making the next less likely
        reachable = f4(0.0)
        best = _UNWILLING
        chosen = -1
        for k in range(begin_far, end_far):
            reachable += far_hours[k]
            chosen = k if far_will[k] < best else chosen
            best = min(best, far_will[k])
        if chosen >= 0 and first < 0:
            first = far[chosen]
        helping = f4(0.0)
        while best < threshold:
            helping += far_hours[chosen]
            helper_far[helping_far] = far[chosen]
            reach_far[helping_far] = far_hours[chosen]
            helping_far += 1
            served_away[far[chosen]] += np.uint8(1)
            threshold *= part[3]
            last = best
            best = _UNWILLING
            for k in range(begin_far, end_far):
                if far_will[k] > last and far_will[k] < best:
                    best = far_will[k]
                    chosen = k
        spare_hours[n] = could + spare[1] * helping + spare[2] * positive(reachable - helping)
        bearer[n] = first
        until[n, 0], until[n, 1] = helping_near, helping_far
        begin_near, begin_far = end_near, end_far


@kernel
def share_evenly(helper: NDArray[np.int32], served: NDArray[np.uint8], reach: NDArray[np.float32]) -> None:
    """Turn what each helper could give into what they can give to each of those they serve."""
    for k in range(helper.size):
        reach[k] = reach[k] / f4(served[helper[k]])


@kernel
def share_out(
    in_need: NDArray[np.int64],
    until: NDArray[np.int32],
    near: NDArray[np.int32],
    reach_near: NDArray[np.float32],
    far: NDArray[np.int32],
    reach_far: NDArray[np.float32],
    spare_hours: NDArray[np.float32],
    bearer: NDArray[np.int32],
    need_hours: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    paid_before: NDArray[np.float32],
    band: NDArray[np.uint8],
    dementia: NDArray[np.int16],
    household: NDArray[np.int32],
    presence: NDArray[np.float32],
    # burden: what nights and dementia add to the weight of an hour
    burden: tuple[np.float32, np.float32],
    crowding: np.float32,
    # gap: share filled, share kept a month, least fall
    gap: tuple[np.float32, np.float32, np.float32],
    gap_before: NDArray[np.float32],
    ready: NDArray[np.float32],
    present: NDArray[np.bool_],
    kin_hours: NDArray[np.float32],
    kin_spare: NDArray[np.float32],
    gap_fill: NDArray[np.float32],
    care_given: NDArray[np.float32],
    cares_at_home: NDArray[np.bool_],
    care_burden: NDArray[np.float32],
) -> None:
    """Give each person in need the hours of their helpers, who share theirs evenly among those they serve.

    Those in the home who look after someone with moderate need or more also spend hours of just being there. Where
    paid help was withdrawn kin fill part of the gap for a while, borne by one of them: ``ready`` says how readily, one
    value for each person in need. Hours of kin, what they can spare and the gap they fill are zero on entry; the gap
    they filled before stands in ``gap_before``, laid out alike. Nobody gives more hours than a week has.
    """
    edge_near = edge_far = np.int32(0)
    for n in range(in_need.size):
        i = in_need[n]
        wanted = positive(need_hours[i] - crowding * paid_hours[i])
        weight = f4(1.0) + burden[0] * f4(band[i] >= _HIGH) + burden[1] * f4(dementia[i] > 0)
        rest = wanted
        for edge in range(edge_near, until[n, 0]):
            j = near[edge]
            give = min(reach_near[edge], rest)
            if give > f4(0.0):
                rest -= give
                hours = give
                cares_at_home[j] = True
                if band[i] >= _MODERATE and not present[j]:
                    present[j] = True
                    hours += presence[j]
                care_given[j] = min(care_given[j] + hours, _WEEK)
                care_burden[j] = max(care_burden[j], weight)
        for edge in range(edge_far, until[n, 1]):
            j = far[edge]
            give = min(reach_far[edge], rest)
            if give > f4(0.0):
                rest -= give
                care_given[j] = min(care_given[j] + give, _WEEK)
                care_burden[j] = max(care_burden[j], weight)
        edge_near, edge_far = until[n, 0], until[n, 1]
        kin = wanted - rest
        b = bearer[n]
        spare = spare_hours[n] if b >= 0 else f4(0.0)
        fall = paid_before[i] - paid_hours[i]
        if b >= 0 and (gap_before[n] > f4(0.0) or fall > gap[2]):
            filled = gap_before[n] * gap[1]
            if fall > gap[2]:
                filled += gap[0] * fall * ready[n]
            filled = min(filled, min(spare, positive(hands_on[i] - kin - paid_hours[i])))
            if filled > f4(0.0):
                care_given[b] = min(care_given[b] + filled, _WEEK)
                care_burden[b] = max(care_burden[b], weight)
                cares_at_home[b] = cares_at_home[b] or household[b] == household[i]
                kin += filled
                gap_fill[i] = filled
                spare = positive(spare - filled)
        kin_spare[i] = spare
        kin_hours[i] = kin

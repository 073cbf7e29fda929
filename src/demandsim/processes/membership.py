"""Membership: who joins, leads and leaves the groups that meet in neighbourhoods, and what their books then say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Band, Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform, uniform4

_ADULT_MONTHS = 18 * 12
ROTA = 16
"""Months in which everybody's turn to think of joining comes once."""

_HIGH, _HOME = np.uint8(Band.HIGH), np.uint8(Setting.HOME)
_GROUP_LEAVE = np.uint32(Purpose.GROUP_LEAVE)


@kernel
def in_reach(
    uid: NDArray[np.uint64],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    band: NDArray[np.uint8],
    group: NDArray[np.int32],
    neighbourhood: NDArray[np.int32],
    open_place: NDArray[np.bool_],
    turn: np.uint64,
    found: NDArray[np.int64],
) -> int:
    """List adults at home whose turn it is to think of joining and whose neighbourhood has a group with room."""
    turns = 0
    mask = np.uint64(ROTA - 1)
    for i in range(uid.size):
        found[turns] = i
        turns += int((uid[i] & mask) == turn)
    count = 0
    for k in range(turns):
        i = found[k]
        if (
            open_place[neighbourhood[i]]
            and alive[i]
            and age_months[i] >= _ADULT_MONTHS
            and setting[i] == 0
            and band[i] < _HIGH
            and group[i] < 0
        ):
            found[count] = i
            count += 1
    return count


@rule
def roomiest_group(
    place: np.int32,
    alive: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    area: NDArray[np.int32],
    capacity: NDArray[np.float32],
    members: NDArray[np.int32],
) -> int:
    """The group of a place with the most room for another member, `NOBODY` if none has any; ties by identity."""
    chosen, most = -1, 0.0
    for g in range(alive.size):
        if alive[g] and area[g] == place:
            room = np.float64(capacity[g]) - np.float64(members[g])
            if room > most or (chosen >= 0 and room == most and uid[g] < uid[chosen]):
                chosen, most = g, room
    return chosen


@kernel
def take_places(
    people: NDArray[np.int64],
    home: NDArray[np.int32],
    alive: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    area: NDArray[np.int32],
    capacity: NDArray[np.float32],
    members: NDArray[np.int32],
    group: NDArray[np.int32],
) -> None:
    """People join, in the order given, the group of their community with the most room, as long as there is any."""
    for k in range(people.size):
        chosen = roomiest_group(home[k], alive, uid, area, capacity, members)
        if chosen >= 0:
            group[people[k]] = chosen
            members[chosen] += 1


@kernel
def leave(
    seed: np.uint64,
    month: np.uint32,
    members: NDArray[np.int64],
    uid: NDArray[np.uint64],
    neighbourhood: NDArray[np.int32],
    band: NDArray[np.uint8],
    setting: NDArray[np.uint8],
    community: NDArray[np.int32],
    where: NDArray[np.int32],
    group_members: NDArray[np.int32],
    volunteers: NDArray[np.int32],
    strained_from: float,
    leave: float,
    leave_strained: float,
    group: NDArray[np.int32],
    volunteer: NDArray[np.bool_],
    stay: NDArray[np.int64],
) -> int:
    """Let members leave by luck, or since they moved away or need much help, and list who stays.

    Args:
        seed: Key of luck.
        month: This month.
        members: Who is a member of a group.
        uid: Everybody's identity.
        neighbourhood: Where everybody lives.
        band: Everybody's need band.
        setting: Everybody's setting.
        community: Community of each neighbourhood.
        where: Neighbourhood in which each group meets.
        group_members: Members of each group.
        volunteers: Volunteers of each group.
        strained_from: Members for each volunteer above which a group is strained.
        leave: Chance to leave in a month.
        leave_strained: What strain adds to it.
        group: Everybody's group; written, as the next one is.
        volunteer: Who volunteers.
        stay: Filled with who is still a member.

    Returns:
        How many that are.
    """
    number = 0
    for i in members:
        own = group[i]
        load = np.float64(group_members[own]) / np.float64(max(volunteers[own], 1))
        chance = leave + (leave_strained if load > strained_from else 0.0)
        moved = community[neighbourhood[i]] != community[where[own]]
        unable = band[i] >= _HIGH or setting[i] != _HOME
        if moved or unable or np.float64(uniform(seed, uid[i], month, _GROUP_LEAVE)) < chance:
            group[i] = NOBODY
            volunteer[i] = False
        else:
            stay[number] = i
            number += 1
    return number


@kernel
def renew_books(
    members: NDArray[np.int64],
    group: NDArray[np.int32],
    volunteer: NDArray[np.bool_],
    money: NDArray[np.float64],
    alive: NDArray[np.bool_],
    weight: NDArray[np.float32],
    size: float,
    volunteers_usual: float,
    capacity_money: float,
    group_members: NDArray[np.int32],
    volunteers: NDArray[np.int32],
    capacity: NDArray[np.float32],
    funded: NDArray[np.float32],
) -> None:
    """Count each group's members and volunteers; it has room as far as it is led and paid for."""
    group_members[:] = 0
    volunteers[:] = 0
    for i in members:
        group_members[group[i]] += 1
        volunteers[group[i]] += int(volunteer[i])
    for g in range(alive.size):
        worth = np.float64(weight[g])
        led = min(np.float64(volunteers[g]) / (volunteers_usual * worth), 2.0)
        room = size * worth * led * (1.0 - capacity_money * (1.0 - money[g]))
        capacity[g] = room if alive[g] else 0.0
        funded[g] = money[g] if alive[g] else 0.0


@kernel
def lead(
    seed: np.uint64,
    month: np.uint32,
    members: NDArray[np.int64],
    uid: NDArray[np.uint64],
    group: NDArray[np.int32],
    contributed_month: NDArray[np.int16],
    trusting: NDArray[np.float64],
    group_members: NDArray[np.int32],
    volunteers: NDArray[np.int32],
    weight: NDArray[np.float32],
    rallied: NDArray[np.float64],
    volunteers_usual: float,
    size: float,
    step_up: float,
    by_trust: float,
    lately: int,
    volunteer: NDArray[np.bool_],
) -> None:
    """Let members step up where volunteers are short, more readily who gave time or help lately, or who trusts.

    Args:
        seed: Key of luck.
        month: This month.
        members: Who is a member of a group.
        uid: Everybody's identity.
        group: Everybody's group.
        contributed_month: When everybody gave time or help last.
        trusting: Trust of the members.
        group_members: Members of each group.
        volunteers: Volunteers of each group.
        weight: Usual groups that each counts for.
        rallied: How much more readily people step up in each group.
        volunteers_usual: Volunteers of a usual group.
        size: Its members.
        step_up: Chance to step up in a month.
        by_trust: What trust adds to it.
        lately: Month after which somebody gave lately.
        volunteer: Who volunteers; written.
    """
    for k in range(members.size):
        i = members[k]
        own = group[i]
        least = np.float64(f4(volunteers_usual) * weight[own])
        wanted = max(np.float64(group_members[own]) * volunteers_usual / size, least)
        if volunteer[i] or np.float64(volunteers[own]) >= wanted * rallied[own]:
            continue
        willing = 1.0 + (1.0 if contributed_month[i] > lately else 0.0) + by_trust * trusting[k]
        chance = step_up * rallied[own] * willing
        volunteer[i] = np.float64(uniform4(seed, uid[i], month, _GROUP_LEAVE)[1]) < chance

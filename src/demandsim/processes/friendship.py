"""Friendship: ties outside the family form, are kept up, are let go and fade; friends help one another.

A tie is a row of `model.ties`: two citizens and the hours they spent together, fading with a half-life. An
*everyday* tie gets some hours each month until the two let go; a tie from a community group gets the hours of its
sessions. From 50 hours a tie counts as friendship. People look for as many everyday friends as they keep up by
nature, in their own community and near their own age, so that the stock is steady without anybody fixing it.

Friendship moves by the quarter: what happens to ties, and who offers help along them, is worked out every third month
for three months at once. An offer is taken up month by month, as far as it is needed (`unpaid_care`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Band, Setting
from demandsim.compiled import f4, kernel, plain
from demandsim.luck import Purpose, uniform, uniform4
from demandsim.processes.accounts import Shown
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.capability import tie_gain
from demandsim.processes.company import (
    circles,
    communities,
    find_company,
    list_looking,
    pair_neighbours,
    tie_uid,
    ties_between,
    within_limit,
)
from demandsim.processes.few import positions
from demandsim.processes.hazards import draw4_into, hazard_chance
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.offers import IN_NEED, Offers, offer_help
from demandsim.processes.ordering import ascending
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_TIES, _TIES_WANTED = np.uint32(Purpose.TIES), np.uint32(Purpose.TIES_START)
_HOME, _LOW = np.uint8(Setting.HOME), np.uint8(Band.LOW)
_ADULT_MONTHS = 16 * 12
_YOUNG_MONTHS = 40 * 12
_YEAR = 12.0
_QUARTER = 3
_SLOTS = 4
_MOST_WANTED = 6
_MOST_HELD = 8
_WEEKS = 4.345

# What kernels need to know of a person besides `offers.IN_NEED`, one bit each.
_CAN_HELP, _MEMBER, _LOOKS = 2, 4, 8
# A person's ties in one number: held, everyday and counting in four bits each, then two marks.
_EVERYDAY, _COUNTING, _KNOWS, _NEW = 1 << 4, 1 << 8, 1 << 12, 1 << 13


@dataclass(frozen=True)
class FriendshipRules:
    """Numbers of friendship; hours are hours together."""

    any_share: float = evidence("soc.friends_any_share")
    more_share: float = evidence("soc.friends_more_share")
    everyday_hours: float = evidence("soc.everyday_hours")
    let_go: float = evidence("soc.tie_let_go")
    formation: float = evidence("soc.tie_formation")
    age_gap: float = evidence("soc.tie_age_gap")
    half_life: float = evidence("soc.tie_halflife_months")
    counts_from: float = evidence("sb.relationship_hours_casual")
    dropped_below: float = evidence("soc.tie_dropped_hours")
    departure_young: float = evidence("soc.departure_under_40")
    departure_older: float = evidence("soc.departure_40plus")
    session_hours: float = evidence("soc.tie_hours_per_group_session")
    community_people: float = evidence("soc.community_people")
    help_base: float = evidence("soc.help_prob_baseline")
    help_reciprocal: float = evidence("soc.help_prob_reciprocity")
    help_least: float = evidence("soc.help_hours_least")
    help_most: float = evidence("soc.help_hours_most")
    capability: float = evidence("cap.tie")


@kernel
def fade(
    seed: np.uint64,
    month: np.uint32,
    uid: NDArray[np.uint64],
    keep: np.float32,
    gain: np.float32,
    let_go: np.float32,
    dropped_below: np.float32,
    strength: NDArray[np.float32],
    contact: NDArray[np.float32],
    dropped: NDArray[np.bool_],
) -> None:
    """One quarter of every tie: some everyday ties are let go, strength fades and gains the everyday hours.

    ``gain`` is what is left, at the end of the quarter, of an hour together in each of its months.
    """
    for t in range(strength.size):
        luck_of_tie = uniform(seed, uid[t], month, _TIES)
        hours = contact[t] if luck_of_tie >= let_go else f4(0.0)
        now = strength[t] * keep + hours * gain
        contact[t] = hours
        strength[t] = now
        dropped[t] = now < dropped_below


@kernel
def take_stock(
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    strength: NDArray[np.float32],
    contact: NDArray[np.float32],
    counts: NDArray[np.bool_],
    counts_from: np.float32,
    about: NDArray[np.uint8],
    tally: NDArray[np.uint16],
    helping: NDArray[np.int64],
) -> int:
    """Count every person's ties and list the friendships in which one needs help and the other can give it.

    Args:
        one: First end of each tie, a row of citizens.
        other: Second end.
        strength: Hours together; 0 in a free row.
        contact: Everyday hours a month.
        counts: Whether the tie counted last quarter; renewed here.
        counts_from: Hours from which a tie counts.
        about: What matters of each person, in bits.
        tally: Each person's ties, in bits; zero on entry.
        helping: Filled with the ties that may carry help.

    Returns:
        How many entries of ``helping`` are in use.
    """
    found = 0
    for t in range(strength.size):
        if strength[t] > f4(0.0):
            a, b = one[t], other[t]
            friend = np.int64(strength[t] >= counts_from)
            here, there = np.int64(about[a]), np.int64(about[b])
            step = 1 + _EVERYDAY * np.int64(contact[t] > f4(0.0)) + _COUNTING * friend
            new = _NEW * (friend & np.int64(not counts[t]))
            knows_a = _KNOWS * (friend & np.int64((there & _MEMBER) > 0))
            knows_b = _KNOWS * (friend & np.int64((here & _MEMBER) > 0))
            tally[a] = np.uint16((np.int64(tally[a]) + step) | new | knows_a)
            tally[b] = np.uint16((np.int64(tally[b]) + step) | new | knows_b)
            counts[t] = friend > 0
            one_way = np.int64((here & IN_NEED) > 0) & np.int64((there & _CAN_HELP) > 0)
            other_way = np.int64((there & IN_NEED) > 0) & np.int64((here & _CAN_HELP) > 0)
            helping[found] = t
            found += int(friend & (one_way | other_way))
    return found


@kernel
def describe(
    alive: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    group: NDArray[np.int32],
    about: NDArray[np.uint8],
) -> None:
    """What matters of each person to their friends, in bits."""
    for i in range(about.size):
        at_home = np.int64(alive[i]) & np.int64(setting[i] == _HOME)
        grown = np.int64(age_months[i] >= _ADULT_MONTHS)
        needs = np.int64(band[i] >= _LOW)
        able = at_home & grown
        member = np.int64(group[i] >= 0)
        bits = (at_home & needs) * IN_NEED + (able & (1 - needs)) * _CAN_HELP + member * _MEMBER + able * _LOOKS
        about[i] = np.uint8(bits)


@kernel
def unpack(
    tally: NDArray[np.uint16],
    about: NDArray[np.uint8],
    wanted: NDArray[np.uint8],
    friends: NDArray[np.uint8],
    knows_member: NDArray[np.bool_],
    gain: np.float32,
    new_friend: NDArray[np.bool_],
    capability: NDArray[np.float32],
    missing: NDArray[np.uint8],
) -> None:
    """Read friends and the like from the tally, and how many everyday friends people at home still look for.

    A new friend brings capability.
    """
    for i in range(tally.size):
        ties = np.int64(tally[i])
        friends[i] = np.uint8((ties >> 8) & 15)
        knows_member[i] = (ties & _KNOWS) != 0
        new = (ties & _NEW) != 0
        new_friend[i] = new
        capability[i] += f4(new) * tie_gain(capability[i], gain)
        short = np.int64(wanted[i]) - ((ties >> 4) & 15)
        looks = np.int64((np.int64(about[i]) & _LOOKS) != 0) * np.int64((ties & 15) < _MOST_HELD)
        missing[i] = np.uint8(short * np.int64(short > 0) * looks)


@kernel
def _give_ties_wanted(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    rows: NDArray[np.int64],
    any_share: np.float32,
    reach: NDArray[np.float64],
    ties_wanted: NDArray[np.uint8],
) -> None:
    """Who keeps up any ties keeps one, and one more for each share of ``reach``, rising, that is above their draw."""
    for i in rows:
        a, b, _, _ = uniform4(seed, uid[i], FOR_LIFE, _TIES_WANTED)
        more = reach.size - np.searchsorted(reach, np.float64(b), side="right")
        ties_wanted[i] = np.uint8(1 + more if a < any_share else 0)


class Friendship(Process):
    """Ties outside the family, and the informal help that runs along them."""

    name: ClassVar[str] = "friendship"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "setting",
        "neighbourhood",
        "quintile",
        "band",
        "group",
        "capability",
        "council_funded",
        "neighbour_hours",
        "care_given",
        "ties.a",
        "ties.b",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "ties_wanted",
        "friends",
        "knows_member",
        "new_friend",
        "capability",
        "contributed_month",
        "ties.alive",
        "ties.uid",
        "ties.a",
        "ties.b",
        "ties.strength",
        "ties.contact",
        "ties.counts",
        "ties.help",
    )

    def __init__(self, numbers: Numbers) -> None:
        rules = read_rules(FriendshipRules, numbers)
        self._shown = read_rules(Shown, numbers)
        self._rules = rules
        keep = 2.0 ** (-1.0 / rules.half_life)
        self._full = 1.0 / (1.0 - keep)
        self._reach = np.cumprod(np.full(_MOST_WANTED - 1, rules.more_share))[::-1].copy()
        self._keep = f4(keep**_QUARTER)
        self._gain = f4(1.0 + keep + keep**2)
        self._let_go = f4(plain(hazard_chance)(f4(rules.let_go / 12.0 * _QUARTER)))
        self._offers = Offers(
            f4(rules.help_base), f4(rules.help_reciprocal), f4(rules.help_least), f4(rules.help_most - rules.help_least)
        )
        self._found_one = f4(plain(hazard_chance)(f4(rules.formation / 12.0 * _QUARTER)))
        self._community: NDArray[np.int32] = np.zeros(1, dtype=np.int32)
        self._quintile: NDArray[np.int64] = np.zeros(1, dtype=np.int64)

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Draw how many everyday friendships each new person keeps up: none, or one and more, falling off evenly."""
        citizens = model.citizens
        any_share = f4(self._rules.any_share)
        _give_ties_wanted(model.luck_seed, citizens.uid, rows, any_share, self._reach, citizens.ties_wanted)

    def start(self, model: DemandModel) -> None:
        """Tie people to others of their community and age, at the stock and the ages of ties that will last."""
        citizens, rules = model.citizens, self._rules
        self._community, self._quintile = communities(citizens, int(rules.community_people))
        full = rules.everyday_hours * self._full
        a, b, u, lost = self._first_pairs(model, -2000, 1.0)
        months = np.maximum(-12.0 * np.log1p(-u) / lost, 1.0)
        hours = full * (1.0 - 2.0 ** (-months / rules.half_life))
        self._tie(model, a, b, hours, rules.everyday_hours)
        # Ties let go in past years still stand, and count for a while; they go when one of the two leaves.
        fading = rules.half_life / 12.0 * np.log2(full / rules.dropped_below)
        a, b, u, lost = self._first_pairs(model, -3000, fading * rules.let_go)
        hours = full * 2.0 ** (-12.0 * fading * u / rules.half_life)
        known = np.isin(tie_uid(citizens.uid[a], citizens.uid[b]), model.ties.uid)
        left = ~known & (u < np.exp(-(lost - rules.let_go) * fading * u))
        held = np.bincount(np.concatenate([model.ties.a, model.ties.b]), minlength=citizens.size).astype(np.uint8)
        room = np.empty(a.size, dtype=np.bool_)
        within_limit(a, b, held, _MOST_HELD, room)
        left &= room
        self._tie(model, a[left], b[left], hours[left], 0.0)
        model.ties.counts[:] = model.ties.strength >= rules.counts_from

    def _first_pairs(
        self, model: DemandModel, month: int, factor: float
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Pair people for first ties.

        Each wanted friendship takes part with the chance that it is met once those found and those lost balance,
        times a factor.

        Returns:
            The two ends of each pair, a uniform draw, and the annual rate at which such a tie is lost.
        """
        citizens, rules = model.citizens, self._rules
        adults = np.flatnonzero(citizens.alive & (citizens.age_months >= _ADULT_MONTHS))
        person = np.repeat(adults, citizens.ties_wanted[adults])
        first = np.flatnonzero(np.diff(person, prepend=-1) != 0)
        nth = np.arange(person.size) - np.repeat(first, np.diff(np.append(first, person.size)))
        u = np.empty((person.size, 4))
        for k in range(_MOST_WANTED):
            u[nth == k] = luck.draw4(model.luck_seed, citizens.uid[person[nth == k]], month - k, Purpose.TIES)
        lost = rules.let_go + 2.0 * self._departures(citizens.age_months[person])
        kept = u[:, 0] < factor * rules.formation / (rules.formation + lost)
        person, u, lost = person[kept], u[kept], lost[kept]
        age = citizens.age_months[person] + 48.0 * (u[:, 1] + u[:, 2] - 1.0)
        block = self._community[citizens.neighbourhood[person]].astype(np.int64)
        one, other = pair_neighbours(block, age, citizens.uid[person], rules.age_gap * _YEAR)
        a, b = person[one], person[other]
        _, single = np.unique(np.minimum(a, b) * citizens.size + np.maximum(a, b), return_index=True)
        single = np.sort(single[a[single] != b[single]])
        return a[single], b[single], u[one, 3][single], lost[one][single]

    def step(self, model: DemandModel) -> None:
        """In the first month of a quarter: fade, count, help, meet."""
        citizens, ties, rules = model.citizens, model.ties, self._rules
        if model.month % _QUARTER:
            citizens.new_friend[:] = False
            return
        dropped = np.empty(ties.size, dtype=np.bool_)
        month = model.month_word
        fade(
            model.luck_seed,
            month,
            ties.uid,
            self._keep,
            self._gain,
            self._let_go,
            f4(rules.dropped_below),
            ties.strength,
            ties.contact,
            dropped,
        )
        if model.settling:
            dropped |= self._departed(model)
        ties.release(positions(dropped & ties.alive))
        about = np.empty(citizens.size, dtype=np.uint8)
        describe(citizens.alive, citizens.setting, citizens.age_months, citizens.band, citizens.group, about)
        tally = np.zeros(citizens.size, dtype=np.uint16)
        helping = np.empty(ties.size, dtype=np.int64)
        found = take_stock(
            ties.a, ties.b, ties.strength, ties.contact, ties.counts, f4(rules.counts_from), about, tally, helping
        )
        missing = np.empty(citizens.size, dtype=np.uint8)
        unpack(
            tally,
            about,
            citizens.ties_wanted,
            citizens.friends,
            citizens.knows_member,
            f4(rules.capability),
            citizens.new_friend,
            citizens.capability,
            missing,
        )
        offer_help(model, helping[:found], about, self._offers, self._shown)
        self._meet(model, tally, missing)

    def _departures(self, age_months: NDArray[np.int16]) -> NDArray[np.float64]:
        """Annual rate at which people of an age leave or die, taking their ties with them."""
        rules = self._rules
        return np.where(age_months < _YOUNG_MONTHS, rules.departure_young, rules.departure_older)

    def _departed(self, model: DemandModel) -> NDArray[np.bool_]:
        """Ties lost in the run-in, when nobody really leaves, at the rate at which leavers will take them later.

        Without this the run-in would settle at more friends than the place can hold once people move and die.
        """
        ties = model.ties
        age = model.citizens.age_months
        annual = self._departures(age[ties.a]) + self._departures(age[ties.b])
        u = luck.draw4(model.luck_seed, ties.uid, model.month, Purpose.TIES)[:, 1]
        return np.asarray(u < annual / 12.0 * _QUARTER)

    def _meet(self, model: DemandModel, tally: NDArray[np.uint16], missing: NDArray[np.uint8]) -> None:
        """Looking people find an everyday friend; members of a group meet four others of it."""
        citizens, ties, rules = model.citizens, model.ties, self._rules
        held = (tally & np.uint16(15)).astype(np.uint8)
        looking = self._looking(model, missing)
        found_a, found_b = find_company(citizens, looking, self._community, self._quintile, rules.age_gap * _YEAR)
        member = citizens.group >= 0
        group_a, group_b = circles(citizens, rows_with(member))
        member[looking] = True
        between = np.empty(ties.size, dtype=np.int64)
        between = between[: ties_between(ties.a, ties.b, member, between)]
        for a, b, hours, stays in (
            (found_a, found_b, rules.everyday_hours, rules.everyday_hours),
            (group_a, group_b, rules.session_hours * _WEEKS * float(self._gain), 0.0),
        ):
            self._join(model, a, b, hours, stays, between, held)

    def _looking(self, model: DemandModel, missing: NDArray[np.uint8]) -> NDArray[np.int64]:
        """Who finds company this quarter, once for each friend: any one missing has the same chance, four at most."""
        rows = rows_with(missing)
        drawn = np.empty((_SLOTS, rows.size), dtype=np.float32)
        draw4_into(model.luck_seed, model.citizens.uid[rows], model.month_word, _TIES, *drawn)
        looking = np.empty(_SLOTS * rows.size + 1, dtype=np.int64)
        return looking[: list_looking(rows, missing, drawn, self._found_one, looking)]

    def _join(
        self,
        model: DemandModel,
        a: NDArray[np.int64],
        b: NDArray[np.int64],
        hours: float,
        contact: float,
        between: NDArray[np.int64],
        held: NDArray[np.uint8],
    ) -> None:
        """Give pairs their hours together: to the tie they have, else to a new one where both have room."""
        if a.size == 0:
            return
        ties, size = model.ties, model.citizens.size
        key = np.minimum(a, b) * size + np.maximum(a, b)
        one, other = ties.a[between].astype(np.int64), ties.b[between].astype(np.int64)
        known = np.minimum(one, other) * size + np.maximum(one, other)
        order = np.argsort(known)
        at = np.searchsorted(known, key, sorter=order)
        at = order[np.minimum(at, order.size - 1)] if order.size else np.zeros(key.size, dtype=np.int64)
        old = known[at] == key if order.size else np.zeros(key.size, dtype=np.bool_)
        rows = between[at[old]]
        ties.strength[rows] += f4(hours)
        ties.contact[rows] = np.maximum(ties.contact[rows], f4(contact))
        a, b = a[~old], b[~old]
        turn = ascending(tie_uid(model.citizens.uid[a], model.citizens.uid[b]))
        a, b = a[turn], b[turn]
        accepted = np.empty(a.size, dtype=np.bool_)
        within_limit(a, b, held, _MOST_HELD, accepted)
        self._tie(model, a[accepted], b[accepted], np.full(int(accepted.sum()), hours), contact)

    def _tie(
        self,
        model: DemandModel,
        a: NDArray[np.int64],
        b: NDArray[np.int64],
        hours: NDArray[np.float64],
        contact: float,
    ) -> None:
        """Write new ties."""
        ties, uid = model.ties, model.citizens.uid
        rows = ties.admit(tie_uid(uid[a], uid[b]))
        ties.a[rows], ties.b[rows] = a, b
        ties.strength[rows] = hours
        ties.contact[rows] = contact

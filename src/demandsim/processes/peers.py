"""Peer supporters: paid people who have lived through it themselves, and spend time with those who are in it.

A post has a caseload and some hours a month with people; supporters must be found first, as staff of other services
must (`posts`). Those on support or in a crisis are met by need. An hour with a peer counts as an hour in a group does;
and now and then two of the people whom peers know are brought together and become friends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Setting
from demandsim.agents.services import Service
from demandsim.compiled import kernel
from demandsim.luck import Purpose, uniform
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.company import communities, tie_uid
from demandsim.processes.few import within
from demandsim.processes.posts import council_staff
from demandsim.processes.shortlist import rows_with_any

if TYPE_CHECKING:
    from demandsim.model import DemandModel

type Rows = NDArray[np.int64]

_ADULT_MONTHS = 18 * 12
_PER = 100_000.0
_YEAR = 12.0
_HOME, _MEETING = np.uint8(Setting.HOME), np.uint32(Purpose.PEER_MEETING)
_BEHIND_CRISES = 256


@dataclass(frozen=True, slots=True)
class Rules:
    """What a peer supporter does, costs and leaves."""

    caseload: float = evidence("peer.caseload")
    contact_hours: float = evidence("peer.contact_hours")
    stay_months: float = evidence("peer.stay_months")
    tie_chance: float = evidence("peer.tie_chance")
    post_year: float = evidence("cost.peer_fte_year")
    hour_weight: float = evidence("cap.peer_share")
    friend_hours: float = evidence("sb.relationship_hours_casual")
    everyday_hours: float = evidence("soc.everyday_hours")
    community_people: float = evidence("soc.community_people")


@kernel
def _list_by_need(
    seed: np.uint64,
    term: np.uint32,
    rows: Rows,
    uid: NDArray[np.uint64],
    setting: NDArray[np.uint8],
    age_months: NDArray[np.int16],
    band: NDArray[np.uint8],
    crisis: NDArray[np.uint8],
    own: NDArray[np.uint64],
    lot: NDArray[np.float32],
    place: Rows,
) -> int:
    """Keep adults at home, and fill in what their turn goes by: identity, a lot that lasts for a term, and need.

    Returns:
        How many are kept; they stand first in ``rows`` then.
    """
    number = 0
    for i in rows:
        if setting[i] == _HOME and age_months[i] >= _ADULT_MONTHS:
            rows[number], own[number] = i, uid[i]
            lot[number] = uniform(seed, uid[i], term, _MEETING)
            place[number] = (0 if crisis[i] > 0 else _BEHIND_CRISES) - np.int64(band[i])
            number += 1
    return number


class PeerSupport(Process):
    """Fill the posts, meet people by need, and bring some of them together."""

    name = "peers"
    reads = (
        "uid",
        "age_months",
        "setting",
        "neighbourhood",
        "quintile",
        "band",
        "arrangement",
        "reablement",
        "crisis",
        "friends",
        "ties_wanted",
    )
    writes = ("enabling_hours", "ties.alive", "ties.uid", "ties.a", "ties.b", "ties.strength", "ties.contact")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.filled = 0.0
        self._staff = council_staff(numbers)
        self._community: NDArray[np.int32] = np.zeros(1, dtype=np.int32)

    def start(self, model: DemandModel) -> None:
        """Open the service, as yet without posts."""
        model.services["peers"] = Service(model, name="peers", funder="council", unit="people/month")
        self._community, _ = communities(model.citizens, int(self.rules.community_people))

    def step(self, model: DemandModel) -> None:
        """Fill posts, pay for those filled, and meet people."""
        service, rules = model.services["peers"], self.rules
        self._fill(model)
        service.capacity = self.filled * rules.caseload
        service.used, service.waiting = 0.0, 0
        if self.filled <= 0.0:
            return
        model.ledger.cost("peers", "council", self.filled * rules.post_year / _YEAR)
        queue = self._by_need(model)
        met = queue[: int(np.ceil(service.capacity))]
        self._meet(model, met)
        service.waiting = queue.size - met.size
        self._bring_together(model, np.sort(met))

    def _fill(self, model: DemandModel) -> None:
        """Let a month of leaving and hiring pass; posts that are cut end at once."""
        posts = model.practice.peer_supporters * model.council.prevention_share
        there = self._staff.open(posts)
        model.services["peers"].vacancy = self._staff.vacancy
        self.filled = posts * there * len(model.citizens) / _PER if posts > 0.0 else 0.0

    def _by_need(self, model: DemandModel) -> Rows:
        """Adults at home on support or in a crisis: crises first, then by need band, then by a lot that lasts."""
        citizens = model.citizens
        rows = rows_with_any(citizens.arrangement, citizens.reablement, citizens.crisis)
        own, lot = np.empty(rows.size, dtype=np.uint64), np.empty(rows.size, dtype=np.float32)
        place = np.empty(rows.size, dtype=np.int64)
        number = _list_by_need(
            model.luck_seed,
            luck.month_word(model.month // int(self.rules.stay_months)),
            rows,
            citizens.uid,
            citizens.setting,
            citizens.age_months,
            citizens.band,
            citizens.crisis,
            own,
            lot,
            place,
        )
        order = np.lexsort((own[:number], lot[:number], place[:number]))
        queue: Rows = rows[order]
        return queue

    def _meet(self, model: DemandModel, rows: Rows) -> None:
        """Spend the hours there are: a like share with each, what is left of a place with the last."""
        service, rules = model.services["peers"], self.rules
        places = within(service.capacity - np.arange(rows.size), 0.0, 1.0)
        hours = rules.contact_hours / rules.caseload * places
        model.citizens.enabling_hours[rows] += rules.hour_weight * hours
        service.used = float(places.sum())
        model.ledger.people("peer_hours", model.citizens.cell[rows], hours)

    def _bring_together(self, model: DemandModel, met: Rows) -> None:
        """Tie some of those met who would keep up more friendships to another of them, near in place and age."""
        citizens, ties, rules = model.citizens, model.ties, self.rules
        lot = luck.draw(model.luck_seed, citizens.uid[met], model.month, Purpose.PEER_TIE)
        open_to = citizens.friends[met] < citizens.ties_wanted[met]
        others = met[open_to]
        made: set[int] = set()
        for row in met[open_to & (lot < rules.tie_chance)]:
            other = self._nearest(model, int(row), others)
            uid = int(tie_uid(citizens.uid[row : row + 1], citizens.uid[other : other + 1])[0]) if other >= 0 else 0
            if other >= 0 and uid not in made and not np.any(ties.alive & (ties.uid == np.uint64(uid))):
                made.add(uid)
                new = ties.admit(np.array([uid], dtype=np.uint64))
                ties.a[new], ties.b[new] = row, other
                ties.strength[new], ties.contact[new] = rules.friend_hours, rules.everyday_hours

    def _nearest(self, model: DemandModel, row: int, others: Rows) -> int:
        """Who of the others is nearest in age in the same community, else among people of like deprivation; or -1."""
        citizens = model.citizens
        others = others[others != row]
        area = self._community[citizens.neighbourhood[others]]
        near = others[area == self._community[citizens.neighbourhood[row]]]
        near = near if near.size else others[citizens.quintile[others] == citizens.quintile[row]]
        if near.size == 0:
            return -1
        apart = np.abs(citizens.age_months[near].astype(np.int64) - int(citizens.age_months[row]))
        return int(near[np.lexsort((citizens.uid[near], apart))[0]])

"""Community hubs: libraries run as mutuals, in which groups meet, questions are answered and members do the work.

A hub is a community group of several times the usual size with money of its own. A small public grant and what it
earns must pay for the building; it earns as far as there are volunteers to keep it open, and less where people are
poor. When its reserve runs low its members are told that it may close: for a while people join, step up and give.
If the reserve is gone it folds, and is not opened again. Near is who lives in the neighbourhoods next to it by
number: their codes run on across the map, which the model has no better picture of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NOBODY, Band, Setting
from demandsim.agents.services import Service
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.company import communities
from demandsim.processes.letting_go import better_off, support_kept, usual

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_ADULT_MONTHS = 18 * 12
_YEAR = 12
_PER = 100_000.0
_HUB_MARK = np.uint64((1 << 61) | (1 << 59))
_PLACE_MARK = np.uint64((1 << 61) | (1 << 58))
"""Keys of luck for hubs and for the places where they could be: apart from those of people, groups and communities."""

type Rows = NDArray[np.int64]
type Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Rules:
    """Parameters of hubs, each a row of the evidence register."""

    groups: float = evidence("hub.groups")
    rooms: float = evidence("hub.rooms")
    rent_share: float = evidence("hub.rent_share")
    formation: float = evidence("hub.formation")
    reach_people: float = evidence("hub.reach_people")
    know: float = evidence("hub.know")
    grant: float = evidence("hub.grant_year")
    earned: float = evidence("hub.earned_year")
    running: float = evidence("hub.running_year")
    start_reserve: float = evidence("hub.start_reserve")
    gradient: float = evidence("hub.income_gradient")
    alarm_months: float = evidence("hub.alarm_months")
    gift: float = evidence("hub.gift_month")
    loss_aversion: float = evidence("soc.loss_aversion")
    size: float = evidence("soc.group_size")
    volunteers: float = evidence("soc.group_volunteers")
    community_people: float = evidence("soc.community_people")


@dataclass
class Hub:
    """One hub.

    Attributes:
        row: Its row among the groups.
        uid: Its identity.
        neighbourhood: Where it stands.
        near: Neighbourhoods within reach.
        reserve: Pounds in reserve.
        alarm_since: Month in which members were told that it may close; None while all is well.
    """

    row: int
    uid: int
    neighbourhood: int
    near: Rows
    reserve: float
    alarm_since: int | None = None


class HubNetwork(Service):
    """The hubs of a place. Capacity is the members they have room for, used the members they have.

    Attributes:
        hubs: Those that are open.
        opened: How many have been opened so far.
        known: What each neighbourhood's people know more of where to go, for a hub near by.
        alarmed: Neighbourhoods whose hub gave the alarm or folded this month.
        rent_share: Share of what a group needs that free rooms are worth.
        starts: Groups a year that begin in each neighbourhood because of a hub.
        rent_free: Identities of the groups that meet in hubs.
    """

    def __init__(self, model: DemandModel, places: int, rent_share: float) -> None:
        super().__init__(model, name="community_hubs", funder="council", unit="places")
        self.hubs: list[Hub] = []
        self.opened = 0
        self.known = np.zeros(places, dtype=np.float32)
        self.alarmed: list[int] = []
        self.rent_share = rent_share
        self.starts: Floats = np.zeros(places)
        self.rent_free: NDArray[np.uint64] = np.empty(0, dtype=np.uint64)


def network(model: DemandModel) -> HubNetwork | None:
    """The hubs of the place, or None where a small town for tests has no such process."""
    return cast("HubNetwork | None", model.services.get("community_hubs"))


def known_by_hubs(model: DemandModel) -> NDArray[np.float32]:
    """What people of each neighbourhood know more of where to go, for a hub near by."""
    held = network(model)
    if held is not None:
        return held.known
    return np.zeros(int(model.citizens.neighbourhood.max(initial=0)) + 1, dtype=np.float32)


class Hubs(Process):
    """Open hubs, keep their books, give the alarm, fold."""

    name: ClassVar[str] = "hubs"
    reads: ClassVar[tuple[str, ...]] = ("alive", "uid", "age_months", "setting", "band", "neighbourhood")
    writes: ClassVar[tuple[str, ...]] = (
        "group",
        "volunteer",
        "groups.alive",
        "groups.uid",
        "groups.neighbourhood",
        "groups.members",
        "groups.volunteers",
        "groups.weight",
    )

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)
        self._community: NDArray[np.int32] = np.zeros(1, dtype=np.int32)
        self._quintile: NDArray[np.int64] = np.zeros(1, dtype=np.int64)

    def start(self, model: DemandModel) -> None:
        """There is no hub yet."""
        self._community, self._quintile = communities(model.citizens, int(self._rules.community_people))
        model.services["community_hubs"] = HubNetwork(model, self._community.size, self._rules.rent_share)

    def step(self, model: DemandModel) -> None:
        """Open what the terms ask for, then a month's money of each hub and what it gives."""
        held = network(model)
        assert held is not None
        held.alarmed = []
        wanted = self._wanted(model)
        if wanted > held.opened:
            self._open(model, held, wanted - held.opened)
        if held.opened == 0:
            return
        for hub in held.hubs:
            self._month(model, held, hub)
        self._fold(model, held)
        self._offer(model, held)
        model.ledger.total("hubs", len(held.hubs))

    # opening and folding

    def _wanted(self, model: DemandModel) -> int:
        """Hubs to have been opened by now. In a sample the part of one is a chance, the same in all scenarios."""
        if model.terms.community_hubs == 0.0:
            return 0
        lot = luck.draw(model.luck_seed, _HUB_MARK + np.zeros(1, dtype=np.uint64), 0, Purpose.HUB_PLACE)
        return int(model.terms.community_hubs * model.base_people / _PER + float(lot[0]))

    def _open(self, model: DemandModel, held: HubNetwork, number: int) -> None:
        """Choose places by people and a lasting draw, out of reach of other hubs as long as there are such."""
        citizens = model.citizens
        here = citizens.neighbourhood[np.flatnonzero(citizens.alive)]
        people = np.bincount(here, minlength=self._community.size)
        keys = _PLACE_MARK + np.arange(people.size, dtype=np.uint64)
        lot = luck.draw(model.luck_seed, keys, 0, Purpose.HUB_PLACE).astype(np.float64)
        turn = -np.log(np.maximum(lot, 1e-9)) / np.maximum(people, 1e-9)
        order = np.lexsort((np.arange(people.size), turn))
        covered = np.zeros(people.size, dtype=np.bool_)
        for hub in held.hubs:
            covered[hub.near] = True
        for _ in range(number):
            free = order[~covered[order]]
            place = int(free[0] if free.size else order[held.opened % order.size])
            near = self._reach(people, place, self._rules.reach_people * model.scale)
            covered[near] = True
            held.hubs.append(self._found(model, place, near, held.opened))
            held.opened += 1

    @staticmethod
    def _reach(people: NDArray[np.int64], place: int, most: float) -> Rows:
        """Neighbourhoods next to a place by number, nearest first, until so many people live in them."""
        order = np.argsort(np.abs(np.arange(people.size) - place), kind="stable")
        before = np.cumsum(people[order]) - people[order]
        return np.sort(order[before < most])

    def _found(self, model: DemandModel, place: int, near: Rows, nth: int) -> Hub:
        """Open one hub with volunteers and members from its community, and pay its first reserve."""
        citizens, groups, rules = model.citizens, model.groups, self._rules
        uid = _HUB_MARK + np.uint64(nth + 1)
        row = int(groups.admit(np.array([uid], dtype=np.uint64))[0])
        groups.neighbourhood[row], groups.weight[row] = place, rules.groups
        area = self._community[place]
        able = citizens.alive & (citizens.setting == Setting.HOME) & (citizens.group == NOBODY)
        able &= (citizens.age_months >= _ADULT_MONTHS) & (citizens.band < Band.LOW)
        rows = np.flatnonzero(able & (self._community[citizens.neighbourhood] == area))
        turn = luck.draw4(model.luck_seed, citizens.uid[rows], model.month, Purpose.HUB_PLACE)[:, 1]
        leaders = int(rules.volunteers * rules.groups)
        founders = rows[np.lexsort((citizens.uid[rows], turn))][: 2 * leaders]
        citizens.group[founders] = row
        citizens.volunteer[founders[:leaders]] = True
        groups.members[row] = founders.size
        groups.volunteers[row] = min(leaders, founders.size)
        model.ledger.cost("community_hubs", "council", rules.start_reserve)
        return Hub(row, int(uid), place, near, rules.start_reserve)

    def _fold(self, model: DemandModel, held: HubNetwork) -> None:
        """Close hubs whose reserve is gone; members go home, and the neighbourhood takes notice."""
        citizens, groups = model.citizens, model.groups
        for hub in [hub for hub in held.hubs if hub.reserve < 0.0]:
            members = np.flatnonzero(citizens.group == hub.row)
            citizens.group[members] = NOBODY
            citizens.volunteer[members] = False
            groups.release(np.array([hub.row]))
            held.alarmed.append(hub.neighbourhood)
            held.hubs.remove(hub)

    # the month

    def _month(self, model: DemandModel, held: HubNetwork, hub: Hub) -> None:
        """Grant, earnings, gifts while closure threatens, running costs; alarm when the reserve runs low."""
        rules, groups = self._rules, model.groups
        led = min(int(groups.volunteers[hub.row]) / (rules.volunteers * rules.groups), 1.0)
        year = np.array([hub.uid], dtype=np.uint64)
        fortune = 0.5 + float(luck.draw(model.luck_seed, year, model.month // _YEAR, Purpose.HUB_YEAR)[0])
        quintile = self._quintile[[self._community[hub.neighbourhood]]]
        earned = rules.earned / _YEAR * led * fortune * float(better_off(quintile, rules.gradient)[0])
        grant = rules.grant / _YEAR * model.council.prevention_share * support_kept(model)
        given = 0.0
        if hub.alarm_since is not None and model.month - hub.alarm_since < _YEAR:
            given = rules.gift * rules.loss_aversion * float(groups.members[hub.row])
        model.ledger.cost("community_hubs", "council", grant)
        model.ledger.cost("community_hubs", "citizen", earned + given)
        hub.reserve += grant + earned + given - rules.running / _YEAR
        if hub.reserve >= rules.alarm_months * rules.running / _YEAR:
            hub.alarm_since = None
        elif hub.alarm_since is None:
            hub.alarm_since = model.month
            held.alarmed.append(hub.neighbourhood)

    def _offer(self, model: DemandModel, held: HubNetwork) -> None:
        """What open hubs give: answers at a door, rooms for groups, room for new ones."""
        rules, groups = self._rules, model.groups
        held.known[:] = 0.0
        held.starts[:] = 0.0
        rent_free = np.zeros(groups.size, dtype=np.bool_)
        for hub in held.hubs:
            held.known[hub.near] = rules.know
            held.starts[hub.neighbourhood] += rules.formation
            local = np.flatnonzero(usual(groups) & ~rent_free & np.isin(groups.neighbourhood, hub.near))
            rent_free[local[np.argsort(groups.uid[local])][: int(rules.rooms)]] = True
        held.rent_free = groups.uid[rent_free]
        rows = np.array([hub.row for hub in held.hubs], dtype=np.int64)
        held.capacity = float(np.maximum(groups.capacity[rows], groups.members[rows]).sum())
        held.used = float(groups.members[rows].sum())

"""Community: groups that meet in neighbourhoods, their members and volunteers, and the public money behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NEVER, NOBODY, Band
from demandsim.agents.services import Service
from demandsim.luck import Purpose
from demandsim.processes.accounts import Shown, moved_by_account
from demandsim.processes.area_posts import AreaPosts, catalysts_in_post, coordinators_in_post
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.company import communities
from demandsim.processes.few import positions, within
from demandsim.processes.group_money import GroupMoney
from demandsim.processes.hubs import network
from demandsim.processes.letting_go import LettingGo, usual
from demandsim.processes.membership import ROTA, in_reach, lead, leave, renew_books, take_places
from demandsim.processes.promises import trust_of
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_PER = 100_000.0
_LOW = np.uint8(Band.LOW)
_GROUP_MARK = np.uint64(1 << 61)
_FIRST_MONTH = 1 << 20


@dataclass(frozen=True)
class CommunityRules:
    """Numbers of groups and of what moves people to join them."""

    size: float = evidence("soc.group_size")
    volunteers: float = evidence("soc.group_volunteers")
    survival: float = evidence("soc.group_annual_survival")
    survival_connector: float = evidence("soc.group_survival_connector")
    survival_money: float = evidence("soc.group_survival_money")
    capacity_money: float = evidence("soc.group_capacity_money")
    formation: float = evidence("soc.group_formation_without_catalyst")
    formation_money: float = evidence("soc.group_formation_money")
    formation_catalyst: float = evidence("sb.micro_enterprise_growth")
    deprived: float = evidence("soc.deprived_capacity_multiplier")
    connector_people: float = evidence("soc.connector_people")
    catalyst_people: float = evidence("soc.catalyst_people")
    community_people: float = evidence("soc.community_people")
    join_chance: float = evidence("soc.join_chance")
    join_most: float = evidence("soc.join_chance_most")
    money: float = evidence("soc.motivation_weight_financial")
    reciprocity: float = evidence("soc.motivation_weight_reciprocity")
    friendship: float = evidence("soc.motivation_weight_friendship")
    loss_aversion: float = evidence("soc.loss_aversion")
    saving: float = evidence("soc.group_saving")
    saving_full: float = evidence("soc.group_saving_full")
    travel: float = evidence("soc.join_travel")
    health: float = evidence("soc.join_health")
    caring_hours: float = evidence("soc.join_caring_hours")
    leave: float = evidence("soc.group_leave")
    leave_load: float = evidence("soc.group_leave_load")
    load_limit: float = evidence("soc.group_load_limit")
    step_up: float = evidence("soc.volunteer_step_up")
    grant: float = evidence("cost.group_grant_year")
    connector_cost: float = evidence("cost.lac_fte_year")
    catalyst_cost: float = evidence("cost.catalyst_fte_year")
    trust: float = evidence("trust.join")


class Community(Process):
    """Groups form, are joined, are led by volunteers, and close; public money helps them last and have room."""

    name: ClassVar[str] = "community"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "setting",
        "neighbourhood",
        "quintile",
        "band",
        "limitation",
        "lonely",
        "knows_member",
        "neighbour_hours",
        "care_given",
        "groups.weight",
        "trust",
        "council_funded",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "group",
        "volunteer",
        "contributed_month",
        "groups.alive",
        "groups.uid",
        "groups.neighbourhood",
        "groups.members",
        "groups.volunteers",
        "groups.capacity",
        "groups.funded",
    )

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(CommunityRules, numbers)
        self._letting_go = LettingGo(numbers)
        self._purse = GroupMoney(numbers)
        self._shown = read_rules(Shown, numbers)
        self._posts = AreaPosts(numbers)
        self._community: NDArray[np.int32] = np.zeros(1, dtype=np.int32)
        self._quintile: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        self._where: NDArray[np.int32] = np.zeros(1, dtype=np.int32)
        self._notice: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        self._people: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        self._money_before = 1.0

    def start(self, model: DemandModel) -> None:
        """Found the groups that last without further effort, fewer where people are poorer, and fill them."""
        self._posts.start(model)
        citizens, rules = model.citizens, self._rules
        self._community, self._quintile = communities(citizens, int(rules.community_people))
        # A group meets in the first neighbourhood of its community.
        _, first = np.unique(self._community, return_index=True)
        self._where = first.astype(np.int32)
        self._notice = np.full(self._quintile.size, NEVER, dtype=np.int64)
        self._money_before = self._purse.public(model)
        self._count_people(model)
        closing = -np.log(self._survival(model, self._money_before))
        expected = self._formation(model) / closing
        u = luck.draw(model.luck_seed, _area_uid(self._quintile.size), 0, Purpose.GROUPS_AT_START)
        number = (expected + u).astype(np.int64)
        area = np.repeat(np.arange(number.size), number)
        nth = np.concatenate([np.arange(n) for n in number]) if area.size else area
        self._found(model, area, model.month, nth + 1)
        service = Service(model, name="community", funder="council", unit="places")
        model.services["community"] = service
        self._fill_first(model)
        self._count(model, np.flatnonzero(citizens.group >= 0), self._money(model))
        self._report(model)

    def step(self, model: DemandModel) -> None:
        """Staff, close, leave, lead, join, found, pay."""
        self._posts.step(model)
        if model.month % _YEAR == 0:
            self._count_people(model)
        self._take_notice(model)
        members = rows_with(model.citizens.group >= 0)
        money = self._money(model)
        closed = self._closing(model, money)
        if closed.size:
            members, money = self._close(model, members, closed), self._money(model)
        members = self._leave(model, members)
        self._count(model, members, money)
        self._lead(model, members)
        members, area = np.concatenate([members, self._join(model)]), self._forming(model)
        if area.size:
            members = np.concatenate([members, self._form(model, area)])
            money = self._money(model)
        self._count(model, members, money)
        self._pay(model)
        model.citizens.contributed_month[members[model.citizens.volunteer[members]]] = model.month
        self._report(model)

    def _take_notice(self, model: DemandModel) -> None:
        """Everybody notices when public money falls, and a neighbourhood when its hub may close or has closed."""
        money, hubs = self._purse.public(model), network(model)
        if money < self._money_before - 0.01:
            self._notice[:] = model.month
        self._money_before = money
        if hubs is not None and hubs.alarmed:
            self._notice[self._community[hubs.alarmed]] = model.month

    def _money(self, model: DemandModel) -> NDArray[np.float64]:
        """Money of each group against what it needs, 0 to 1."""
        area = self._community[model.groups.neighbourhood]
        return self._purse.of_groups(model, area, self._quintile[area], self._letting_go)

    @staticmethod
    def _cover(posts: float, people: float) -> float:
        """Share of the place that posts (per 100,000) reach, each looking after so many people."""
        return min(posts * people / _PER, 1.0)

    def _survival(
        self, model: DemandModel, money: float | NDArray[np.float64], carried: float | NDArray[np.float64] = 0.0
    ) -> NDArray[np.float64]:
        """Chance that a group lives another year.

        Args:
            model: The model.
            money: What it has against what it needs.
            carried: What its volunteers add without public support.
        """
        rules = self._rules
        connected = self._cover(coordinators_in_post(model), rules.connector_people)
        lost = rules.survival_money * (1.0 - money)
        chance = np.asarray(rules.survival + rules.survival_connector * connected - lost + carried)
        return within(chance, 0.05, 0.99)

    def _formation(self, model: DemandModel) -> NDArray[np.float64]:
        """Groups that form in each community in a year."""
        rules = self._rules
        covered = self._cover(catalysts_in_post(model), rules.catalyst_people)
        rate = rules.formation + covered * (rules.formation_catalyst - rules.formation)
        seed = self._purse.seed(model, self._community[model.groups.neighbourhood], self._quintile.size)
        start = rules.deprived + (1.0 - rules.deprived) * self._quintile / 4.0
        formed = rate * (1.0 + rules.formation_money * seed) * start * self._people / _PER
        hubs = network(model)
        if hubs is not None and hubs.hubs:
            formed += np.bincount(self._community, weights=hubs.starts, minlength=self._quintile.size)
        return np.asarray(formed)

    def _count_people(self, model: DemandModel) -> None:
        """Count the people of each community: at the start, then once a year."""
        citizens = model.citizens
        here = citizens.neighbourhood[np.flatnonzero(citizens.alive)]
        by_place = np.bincount(here, minlength=self._community.size)
        self._people = np.bincount(self._community, weights=by_place, minlength=self._quintile.size).astype(np.int64)

    def _found(
        self, model: DemandModel, area: NDArray[np.int64], month: int, nth: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Open groups in communities, as yet without members."""
        number = np.uint64((month + _FIRST_MONTH) << 20)
        uid = _GROUP_MARK + number + (nth.astype(np.uint64) << np.uint64(50)) + area.astype(np.uint64)
        rows: NDArray[np.int64] = model.groups.admit(uid)
        model.groups.neighbourhood[rows] = self._where[area]
        return rows

    def _fill_first(self, model: DemandModel) -> None:
        """Give each first group its usual members and volunteers, taken by luck from its community."""
        citizens, rules = model.citizens, self._rules
        groups = model.groups
        near = self._community[groups.neighbourhood[groups.alive]]
        able = np.sort(np.concatenate([self._prospects(model, near, turn) for turn in range(ROTA)]))
        turn = luck.draw(model.luck_seed, citizens.uid[able], model.month, Purpose.GROUP_JOIN)
        ordered = able[np.lexsort((citizens.uid[able], turn))]
        home = self._community[citizens.neighbourhood[ordered]]
        taken: dict[int, int] = {}
        for row in np.flatnonzero(groups.alive):
            area = int(self._community[groups.neighbourhood[row]])
            begin = taken.get(area, 0)
            chosen = ordered[home == area][begin : begin + int(rules.size)]
            taken[area] = begin + chosen.size
            citizens.group[chosen] = row
            citizens.volunteer[chosen[: int(rules.volunteers)]] = True

    def _prospects(self, model: DemandModel, communities: NDArray[np.int32], turn: int) -> NDArray[np.int64]:
        """Adults at home in these communities, in no group, whose turn it is to think of joining one."""
        citizens = model.citizens
        is_open = np.zeros(self._quintile.size, dtype=np.bool_)
        is_open[communities] = True
        found = np.empty(citizens.size, dtype=np.int64)
        count = in_reach(
            citizens.uid,
            citizens.alive,
            citizens.age_months,
            citizens.setting,
            citizens.band,
            citizens.group,
            citizens.neighbourhood,
            is_open[self._community],
            np.uint64((turn + _FIRST_MONTH) % ROTA),
            found,
        )
        return found[:count]

    def _closing(self, model: DemandModel, money: NDArray[np.float64]) -> NDArray[np.int64]:
        """Groups that close this month: by luck, or since nobody is left."""
        groups = model.groups
        rows = positions(groups.alive)
        if not rows.size:
            return rows
        u = luck.draw(model.luck_seed, groups.uid[rows], model.month, Purpose.GROUP_LIFE)
        emptied = groups.members[rows] == 0
        survival = self._survival(model, money, self._letting_go.carried(model))[rows]
        lapsed = u < (1.0 - survival ** (1.0 / _YEAR)).astype(np.float32)
        closing: NDArray[np.int64] = rows[(lapsed | emptied) & (groups.weight[rows] == 1)]  # hubs fold by their books
        return closing

    def _close(self, model: DemandModel, members: NDArray[np.int64], closed: NDArray[np.int64]) -> NDArray[np.int64]:
        """Close groups: their members go home, and the neighbourhood takes notice.

        Returns:
            Who is still a member of some group.
        """
        groups, citizens = model.groups, model.citizens
        self._notice[self._community[groups.neighbourhood[closed]]] = model.month
        over = np.isin(citizens.group[members], closed)
        citizens.group[members[over]] = NOBODY
        citizens.volunteer[members[over]] = False
        groups.release(closed)
        return members[~over]

    def _leave(self, model: DemandModel, members: NDArray[np.int64]) -> NDArray[np.int64]:
        """Members leave, sooner where few volunteers carry many, at once when they move away or need much help.

        Returns:
            Who is still a member.
        """
        if not members.size:
            return members
        citizens, groups, rules = model.citizens, model.groups, self._rules
        stay = np.empty_like(members)
        number = leave(
            model.luck_seed,
            model.month_word,
            members,
            citizens.uid,
            citizens.neighbourhood,
            citizens.band,
            citizens.setting,
            self._community,
            groups.neighbourhood,
            groups.members,
            groups.volunteers,
            rules.load_limit * rules.size / rules.volunteers,
            rules.leave,
            rules.leave_load,
            citizens.group,
            citizens.volunteer,
            stay,
        )
        return stay[:number]

    def _count(self, model: DemandModel, members: NDArray[np.int64], money: NDArray[np.float64]) -> None:
        """Renew the groups' books: members, volunteers, room, and the money that each has against what it needs."""
        citizens, groups, rules = model.citizens, model.groups, self._rules
        if groups.size == 0:
            return
        renew_books(
            members,
            citizens.group,
            citizens.volunteer,
            money,
            groups.alive,
            groups.weight,
            rules.size,
            rules.volunteers,
            rules.capacity_money,
            groups.members,
            groups.volunteers,
            groups.capacity,
            groups.funded,
        )

    def _lead(self, model: DemandModel, members: NDArray[np.int64]) -> None:
        """Where volunteers are short some members step up, more readily who gave time or help lately."""
        citizens, groups, rules = model.citizens, model.groups, self._rules
        threatened = self._notice[self._community[groups.neighbourhood]] > model.month - _YEAR
        lead(
            model.luck_seed,
            model.month_word,
            members,
            citizens.uid,
            citizens.group,
            citizens.contributed_month,
            trust_of(model, members),
            groups.members,
            groups.volunteers,
            groups.weight,
            self._letting_go.rallied(model, threatened),
            rules.volunteers,
            rules.size,
            rules.step_up,
            rules.trust,
            model.month - _YEAR,
            citizens.volunteer,
        )

    def _appeal(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """What draws people to a group: money saved, reciprocity, friendship, less what it costs them."""
        citizens, rules = model.citizens, self._rules
        area = self._community[citizens.neighbourhood[rows]]
        threatened = self._notice[area] > model.month - _YEAR
        money = min(rules.saving / rules.saving_full, 1.0) * np.where(threatened, rules.loss_aversion, 1.0)
        lately = citizens.contributed_month[rows] > model.month - _YEAR
        held = lately | (citizens.neighbour_hours[rows] > 0.0)
        reciprocity = held + moved_by_account(model, rows, self._shown)
        friendship = 0.5 * citizens.lonely[rows] + 0.5 * citizens.knows_member[rows]
        health = rules.health * np.maximum(citizens.limitation[rows] - 1.0, 0.0)
        cost = rules.travel + health + citizens.care_given[rows] / rules.caring_hours
        draw = rules.money * money + rules.reciprocity * reciprocity + rules.friendship * friendship
        draw = draw + rules.trust * trust_of(model, rows)
        return np.asarray(draw - cost, dtype=np.float64)

    def _join(self, model: DemandModel) -> NDArray[np.int64]:
        """Those in reach join by luck and appeal, as far as there is room, the keenest by luck first; returns who."""
        citizens, groups, rules = model.citizens, model.groups, self._rules
        with_room = groups.alive & (groups.members < groups.capacity)
        rows = self._prospects(model, self._community[groups.neighbourhood[with_room]], model.month)
        u = luck.draw(model.luck_seed, citizens.uid[rows], model.month, Purpose.GROUP_JOIN)
        few = u <= rules.join_most
        rows, u = rows[few], u[few]  # the appeal matters to no others
        if not rows.size:
            return rows
        chance = within(rules.join_chance * ROTA * (1.0 + self._appeal(model, rows)), 0.0, rules.join_most)
        keen = rows[u < chance]
        keen = keen[np.lexsort((citizens.uid[keen], u[u < chance]))]
        take_places(
            keen,
            self._community[citizens.neighbourhood[keen]],
            groups.alive,
            groups.uid,
            self._community[groups.neighbourhood],
            groups.capacity,
            groups.members,
            citizens.group,
        )
        return keen[citizens.group[keen] >= 0]

    def _forming(self, model: DemandModel) -> NDArray[np.int64]:
        """Communities in which a group forms this month."""
        u = luck.draw(model.luck_seed, _area_uid(self._quintile.size), model.month, Purpose.GROUP_LIFE)
        return positions(u < self._formation(model) / _YEAR)

    def _form(self, model: DemandModel, area: NDArray[np.int64]) -> NDArray[np.int64]:
        """New groups start with a few people of their community, some of whom lead; returns who."""
        citizens, rules = model.citizens, self._rules
        rows = self._found(model, area, model.month, np.zeros(area.size, dtype=np.int64))
        able = self._prospects(model, area.astype(np.int32), model.month)
        able = able[citizens.band[able] < _LOW]
        turn = luck.draw4(model.luck_seed, citizens.uid[able], model.month, Purpose.GROUP_JOIN)[:, 1]
        able = able[np.lexsort((citizens.uid[able], turn))]
        home = self._community[citizens.neighbourhood[able]]
        leaders = int(rules.volunteers)
        for row, where in zip(rows, area, strict=True):
            founders = able[home == where][: 2 * leaders]
            citizens.group[founders] = row
            citizens.volunteer[founders[:leaders]] = True
        return able[citizens.group[able] >= 0]

    def _pay(self, model: DemandModel) -> None:
        """Book grants, money for new groups, connectors and catalysts to the council, and what members raise."""
        rules, groups = self._rules, model.groups
        people = len(model.citizens) / _PER
        posts = coordinators_in_post(model) * rules.connector_cost + catalysts_in_post(model) * rules.catalyst_cost
        grants = self._purse.spent(model, int(np.count_nonzero(usual(groups))))
        pounds = posts * people + grants
        model.ledger.cost("community", "council", pounds / _YEAR)
        if model.terms.let_go_share > 0.0:
            raised = self._letting_go.own_money(model, self._quintile[self._community[groups.neighbourhood]])
            model.ledger.cost("community", "citizen", rules.grant * float(raised[usual(groups)].sum()) / _YEAR)

    def _report(self, model: DemandModel) -> None:
        """Show room and members on the service."""
        service = model.services["community"]
        service.capacity = float(np.maximum(model.groups.capacity, model.groups.members).sum())
        service.used = float(model.groups.members.sum())


def _area_uid(areas: int) -> NDArray[np.uint64]:
    """Keys of luck for communities: apart from those of people and of groups."""
    return np.asarray(np.uint64((1 << 61) | (1 << 60)) + np.arange(areas, dtype=np.uint64))

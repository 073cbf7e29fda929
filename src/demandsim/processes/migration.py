"""Migration: households move away, and a flow of people that no scenario changes moves in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.bodies import give_body
from demandsim.processes.curves import YEARS, count_by_year, monthly, smooth_share, stretched
from demandsim.processes.departure import depart
from demandsim.processes.households import (
    ADULT,
    candidates,
    dependants,
    distinct,
    drawn_for,
    join_home,
    new_numbers,
    others,
    refresh_cells,
    take_in,
)
from demandsim.processes.leaving_home import with_parent_share
from demandsim.processes.sharing import SHARERS, alone_share

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_STAYS_FROM = 85
_WORKING_TO = 65
_YOUNG_TO = 35
_OLDEST = 100
_ELDER_FROM = 45
_PARENT_GAP = (16, 45)
_TENURE_AGES = np.array([25, 45, 65])
_QUINTILES, _INCOMES = 5, 5
_ALL_CHILDREN = 255
_WHOLE = 1 << 30


@dataclass(frozen=True)
class MigrationRules:
    """How arrivals come.

    Attributes:
        couple_ratio: Share of adult arrivals with a partner, against the share among residents of their age.
        return_home_ratio: Share of arrivals who come to live with a parent, against residents of their age.
        lone_mother_weight: Chance that a woman who arrives without a partner is considered as a mother of children
            who arrive; one with a partner always is.
        return_years: Years, after the first, in which international net inflow returns to its long-term level.
        long_run_ratio: That level against the base year's.
        age_gap: Years by which the man is older, on average.
        age_gap_spread: Its standard deviation, years.
        mother_age: Mean age of mothers at birth, years.
        mother_age_spread: Its standard deviation, years.
        communal_leaving: Rate a year at which adults under 65 leave communal homes.
    """

    couple_ratio: float = evidence("migration.couple_ratio")
    return_home_ratio: float = evidence("migration.return_home_ratio")
    lone_mother_weight: float = evidence("migration.lone_mother_weight")
    return_years: float = evidence("migration.return_years")
    long_run_ratio: float = evidence("migration.long_run_ratio")
    age_gap: float = evidence("partner.age_gap")
    age_gap_spread: float = evidence("partner.age_gap_spread")
    mother_age: float = evidence("migration.mother_age")
    mother_age_spread: float = evidence("migration.mother_age_spread")
    communal_leaving: float = evidence("home.communal_leaving")


@dataclass(frozen=True)
class Flow:
    """The flow into the place, fixed from the people of the base month: no scenario changes it.

    Attributes:
        monthly: People a month in the first year.
        fewer: People a month by whom the flow has fallen in the long term.
        months: Months of that fall, from the end of the first year.
        cells: Cumulative shares of those who come first, by year of age and sex: index ``2 * year + female``. A
            person with a partner counts half, as either may be the first of the two.
        paired: Share of those who come first who have a partner with them, by sex and year of age.
        linked: Share who come back to a place where a parent lives, by year of age.
        to_parent: Share of those, if single, who move in with the parent, by year of age.
        near_child: Share of older people who come to be near a grown child, by year of age.
        communal: Share of those without a partner who move to a hall or other communal home, by year of age.
        places: Cumulative shares of neighbourhoods.
        quintile: Deprivation fifth of each neighbourhood.
        owners: Share of home owners by deprivation fifth and age band.
        incomes: Cumulative shares of income bands by deprivation fifth.
        children: Mean number of grown children by sex and year of age.
        alone: Share of single people with no kin at home who live alone, by sex and year of age.
    """

    monthly: float
    fewer: float
    months: int
    cells: NDArray[np.float64]
    paired: NDArray[np.float64]
    linked: NDArray[np.float64]
    to_parent: NDArray[np.float64]
    near_child: NDArray[np.float64]
    communal: NDArray[np.float64]
    places: NDArray[np.float64]
    quintile: NDArray[np.uint8]
    owners: NDArray[np.float64]
    incomes: NDArray[np.float64]
    children: NDArray[np.float64]
    alone: NDArray[np.float64]

    def before(self, month: int) -> float:
        """People who have arrived before a month."""
        falling = max(month - _YEAR, 0)
        steep = min(falling, self.months)
        fallen = steep * (steep + 1) / (2 * self.months) + (falling - steep)
        return month * self.monthly - fallen * self.fewer

    def arriving(self, month: int) -> int:
        """People who arrive in a month; what is left over counts in the next."""
        return int(np.floor(self.before(month + 1)) - np.floor(self.before(month)))


@dataclass
class Arrivals:
    """One month's arrivals before they are there; positions within the month, -1 for nobody.

    Attributes:
        uid: Identity: the month and the number in the flow.
        age_months: Age.
        female: Woman.
        partner: Position of the partner.
        mother: Position of the mother.
        father: Position of the father.
        head: Position of the person whose home they share.
        communal: Moves to a communal home.
    """

    uid: NDArray[np.uint64]
    age_months: NDArray[np.int64]
    female: NDArray[np.bool_]
    partner: NDArray[np.int64]
    mother: NDArray[np.int64]
    father: NDArray[np.int64]
    head: NDArray[np.int64]
    communal: NDArray[np.bool_]


class Migration(Process):
    """Families move out by the place's rates at their ages; arrivals come in a fixed flow.

    A single adult, or a couple, moves with the children under 18 who live with them, as one. The rate of a family is
    the mean of its members' rates, so that the expected number of people who leave is that of the rates. People of 85
    and over, and of care homes, stay. Arrivals are a number of people by age and sex that is set by the base month;
    who they are depends on the month and their number in the flow alone. The years to mid-2024 were exceptional: after
    the first year the flow falls to what long-term international moves make it. Some come back to where a parent lives,
    as many as leave a parent behind at their age while both flows last: so having children near neither dwindles
    nor grows by migration alone.
    """

    name: ClassVar[str] = "migration"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "birth_luck",
        "moving_luck",
        "age_months",
        "female",
        "setting",
        "partner",
        "mother",
        "father",
        "household",
        "neighbourhood",
        "quintile",
        "income_band",
        "owner",
        "children_away",
        "group",
        "volunteer",
        "ties.alive",
        "ties.a",
        "ties.b",
        "groups.members",
        "groups.volunteers",
    )
    # Rows are opened and freed, so every column may change; listed are those of people who stay.
    writes: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "female",
        "neighbourhood",
        "quintile",
        "household",
        "setting",
        "cell",
        "partner",
        "mother",
        "father",
        "children_away",
        "income_band",
        "owner",
        "ties.alive",
        "groups.members",
        "groups.volunteers",
    )

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(MigrationRules, numbers)
        self._out: NDArray[np.int64] = np.zeros(YEARS, dtype=np.int64)
        self._flow: Flow | None = None
        self._parent_chance = 0.0
        self._child_chance = 0.0

    def start(self, model: DemandModel) -> None:
        """Fix the rates of moving out and the flow of arrivals from the place's rates and its people."""
        out = stretched(model.profile.out_rate)
        out[_STAYS_FROM:] = 0.0
        # whole numbers, so that a family's sum does not hang on the order of its members
        self._out = np.rint(monthly(out) * _WHOLE).astype(np.int64)
        self._flow = fixed_flow(model, self._rules)
        # enough parents and children come forward for those who come to be near them: four to one
        share = np.diff(self._flow.cells, prepend=0.0) * self._flow.monthly
        back, near = (float(share @ np.repeat(link, 2)) for link in (self._flow.linked, self._flow.near_child))
        citizens = model.citizens
        away, orphaned = np.flatnonzero(citizens.children_away), np.flatnonzero(_without_parent(citizens))
        self._parent_chance = min(1.0, (4.0 * back + 20.0) / max(away.size, 1))
        self._child_chance = min(1.0, (4.0 * near + 20.0) / max(orphaned.size, 1))

    def step(self, model: DemandModel) -> None:
        """Let families leave, then others arrive. Nobody moves in the run-in."""
        if model.settling:
            return
        parents, children = self._leave(model)
        self._arrive(model, parents, children)

    # out

    def _leave(self, model: DemandModel) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Let families go; return residents whom luck brings forward as parents, and as children, of arrivals."""
        citizens = model.citizens
        parents = self._forward(model, "moving", self._parent_chance)
        children = self._forward(model, "birth", self._child_chance)
        speakers = candidates(model, "moving", float(self._out.max()) / _WHOLE)
        speakers = speakers[self._speaks(citizens, speakers)]
        drawn = drawn_for(model, "moving", speakers)
        member, family = self._families(model, speakers)
        year = np.minimum(citizens.age_months[member] // _YEAR, YEARS - 1)
        rate = np.zeros(speakers.size, dtype=np.int64)
        np.add.at(rate, family, self._out[year])
        chance = rate / np.bincount(family, minlength=speakers.size) / _WHOLE
        goes = drawn < chance
        leaving = distinct(member[goes[family]])
        model.ledger.people("departures", citizens.cell[leaving])
        self._leave_parents(citizens, leaving)
        depart(model, leaving, death=False)
        return parents[citizens.alive[parents]], children[citizens.alive[children]]

    @staticmethod
    def _forward(model: DemandModel, word: str, chance: float) -> NDArray[np.int64]:
        """Residents of 18 and over whom luck brings forward."""
        rows = candidates(model, word, chance, high_end=True)
        rows = rows[model.citizens.age_months[rows] >= ADULT]
        return rows[drawn_for(model, word, rows) >= 1.0 - chance]

    @staticmethod
    def _speaks(citizens: Citizens, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Adults who may move and whose draw is the family's: of a couple, the one with the lower uid."""
        partner = citizens.partner[rows]
        paired = partner != NOBODY
        may: NDArray[np.bool_] = _may_move(citizens, rows) & (~paired | _may_move(citizens, partner))
        first = ~paired | (citizens.uid[rows] < citizens.uid[partner])
        oldest = np.maximum(citizens.age_months[rows], np.where(paired, citizens.age_months[partner], 0))
        may &= first & (citizens.age_months[rows] >= ADULT) & (oldest < _STAYS_FROM * _YEAR)
        return may

    @staticmethod
    def _families(model: DemandModel, speakers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Members of each family that would move as one: rows and, for each, the position of its speaker."""
        citizens = model.citizens
        partner = citizens.partner[speakers]
        paired = np.flatnonzero(partner != NOBODY)
        adult = np.concatenate([speakers, partner[paired].astype(np.int64)])
        adult_family = np.concatenate([np.arange(speakers.size), paired])
        child, parent = dependants(model, adult)
        order = np.argsort(adult)
        child_family = adult_family[order[np.searchsorted(adult[order], parent)]]
        once = distinct(child * max(speakers.size, 1) + child_family)  # found for both parents: counts once
        size = max(speakers.size, 1)
        return np.concatenate([adult, once // size]), np.concatenate([adult_family, once % size])

    @staticmethod
    def _leave_parents(citizens: Citizens, leaving: NDArray[np.int64]) -> None:
        """Parents who stay have a grown child more outside the place."""
        grown = leaving[citizens.age_months[leaving] >= ADULT]
        going = np.zeros(citizens.size + 1, dtype=np.bool_)
        going[leaving] = True
        for link in (citizens.mother, citizens.father):
            parent = link[grown]
            parent = parent[(parent != NOBODY) & ~going[parent]]
            who, more = np.unique(parent, return_counts=True)
            now = citizens.children_away[who].astype(np.int64) + more
            citizens.children_away[who] = np.minimum(now, _ALL_CHILDREN).astype(np.uint8)

    # in

    def _arrive(self, model: DemandModel, parents: NDArray[np.int64], children: NDArray[np.int64]) -> None:
        flow = self._flow
        if flow is None:
            raise RuntimeError("the flow of arrivals is fixed by start(), before the first month")
        group = arrivals(model.luck_seed, model.month, flow, self._rules)
        if not group.uid.size:
            return
        citizens = model.citizens
        rows = citizens.admit(group.uid)
        self._settle_in(model, flow, group, rows)
        self._come_back(model, flow, group, rows, others(citizens, parents, rows))
        self._join_child(model, flow, group, rows, others(citizens, children, rows))
        take_in(model, rows[(group.age_months < ADULT) & (group.mother < 0) & (group.father < 0)])
        refresh_cells(citizens, rows)
        give_body(model, rows, healthy_mover=True)
        model.welcome(rows)
        model.ledger.people("arrivals", citizens.cell[rows])

    def _settle_in(self, model: DemandModel, flow: Flow, group: Arrivals, rows: NDArray[np.int64]) -> None:
        """Write who the arrivals are and where they live."""
        citizens, head = model.citizens, group.head
        drawn = luck.draw4(model.luck_seed, group.uid, 0, Purpose.ARRIVAL_HOME)
        citizens.age_months[rows] = group.age_months
        citizens.female[rows] = group.female
        for name in ("partner", "mother", "father"):
            place = getattr(group, name)
            getattr(citizens, name)[rows] = np.where(place >= 0, rows[place], NOBODY)
        where = _pick(flow.places, drawn[head, 0])
        quintile = flow.quintile[where]
        citizens.neighbourhood[rows], citizens.quintile[rows] = where, quintile
        band = np.searchsorted(_TENURE_AGES, group.age_months[head] // _YEAR, side="right")
        citizens.owner[rows] = (drawn[head, 1] < flow.owners[quintile, band]) & ~group.communal
        citizens.income_band[rows] = (drawn[:, 2, None] >= flow.incomes[quintile][:, :-1]).sum(axis=1)
        citizens.setting[rows] = np.where(group.communal, Setting.OTHER_COMMUNAL, Setting.HOME)
        heads, home = np.unique(head, return_inverse=True)
        citizens.household[rows] = np.where(group.communal, NOBODY, new_numbers(citizens, heads.size)[home])
        grown = np.floor(flow.children[group.female.astype(np.int64), group.age_months // _YEAR] + drawn[:, 3])
        citizens.children_away[rows] = np.minimum(grown, _ALL_CHILDREN).astype(np.uint8)

    def _come_back(
        self, model: DemandModel, flow: Flow, group: Arrivals, rows: NDArray[np.int64], parents: NDArray[np.int64]
    ) -> None:
        """Link arrivals who come back to a parent with a grown child outside the place; some move in with them."""
        citizens = model.citizens
        drawn = luck.draw4(model.luck_seed, group.uid, model.month, Purpose.COMING_BACK)
        year = group.age_months // _YEAR
        back = np.flatnonzero(drawn[:, 0] < flow.linked[year])
        if not back.size:
            return
        bell = (drawn[back, 1].astype(np.float64) + drawn[back, 2] - 1.0) * 6.0**0.5
        gap = (self._rules.mother_age + self._rules.mother_age_spread * bell) * _YEAR
        child, parent = _find_parents(citizens, parents, rows[back], group.age_months[back] + gap)
        child = back[child]
        if not child.size:
            return
        mother = citizens.female[parent]
        partner = citizens.partner[parent]
        both = (partner != NOBODY) & (citizens.female[partner] != mother) & (citizens.children_away[partner] > 0)
        own, second = rows[child], np.where(both, partner, NOBODY)
        citizens.mother[own] = np.where(mother, parent, second)
        citizens.father[own] = np.where(mother, second, parent)
        citizens.children_away[parent] -= np.uint8(1)
        citizens.children_away[partner[both]] -= np.uint8(1)
        with_child = np.zeros(rows.size + 1, dtype=np.bool_)  # the last place stands for nobody
        with_child[group.mother], with_child[group.father] = True, True
        single = (group.partner[child] < 0) & ~with_child[child] & ~group.communal[child]
        welcome = single & (citizens.setting[parent] == Setting.HOME) & (citizens.household[parent] != NOBODY)
        stays = welcome & (drawn[child, 3] < flow.to_parent[year[child]])
        join_home(citizens, own[stays], parent[stays])

    def _join_child(
        self, model: DemandModel, flow: Flow, group: Arrivals, rows: NDArray[np.int64], children: NDArray[np.int64]
    ) -> None:
        """Link older arrivals, who come to be near a grown child, to a resident of the right age."""
        citizens = model.citizens
        drawn = luck.draw4(model.luck_seed, group.uid, model.month, Purpose.COMING_BACK)
        speaks = group.female | (group.partner < 0)
        comes = np.flatnonzero(speaks & (drawn[:, 3] < flow.near_child[group.age_months // _YEAR]))
        if not comes.size:
            return
        bell = (drawn[comes, 1].astype(np.float64) + drawn[comes, 2] - 1.0) * 6.0**0.5
        gap = (self._rules.mother_age + self._rules.mother_age_spread * bell) * _YEAR
        found, child = _find_children(citizens, children, rows[comes], group.age_months[comes] - gap)
        parent = rows[comes[found]]
        mother = citizens.female[parent]
        partner = citizens.partner[parent]
        other = np.where((partner != NOBODY) & (citizens.female[partner] != mother), partner, NOBODY)
        citizens.mother[child] = np.where(mother, parent, other)
        citizens.father[child] = np.where(mother, other, parent)
        known = np.concatenate([parent, other[other != NOBODY]])  # the child counts no longer among those away
        citizens.children_away[known] -= np.minimum(citizens.children_away[known], np.uint8(1))


def _without_parent(citizens: Citizens) -> NDArray[np.bool_]:
    """Adults with neither parent in the place."""
    answer: NDArray[np.bool_] = (citizens.mother == NOBODY) & (citizens.father == NOBODY)
    answer &= citizens.alive
    answer &= citizens.age_months >= ADULT
    return answer


def _find_children(
    citizens: Citizens, children: NDArray[np.int64], rows: NDArray[np.int64], wanted: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Match people who move to be near a child with residents of about the right age who have no parent here.

    Args:
        citizens: The people.
        children: Rows of residents whom luck brings forward.
        rows: Rows of those who arrive.
        wanted: Age in months of the child of each.

    Returns:
        Positions of those who found a child, and the rows of the children.
    """
    neither = (citizens.mother[children] == NOBODY) & (citizens.father[children] == NOBODY)
    children = children[neither & (citizens.age_months[children] >= ADULT)]
    children = children[np.lexsort((citizens.uid[children], citizens.age_months[children]))]
    order = np.lexsort((citizens.uid[rows], wanted))
    found, place = _next_free(citizens.age_months[children], wanted[order])
    parent, child = order[found], children[place]
    gap = citizens.age_months[rows[parent]].astype(np.int64) - citizens.age_months[child]
    fits = (gap >= _PARENT_GAP[0] * _YEAR) & (gap < _PARENT_GAP[1] * _YEAR)
    fits &= citizens.partner[rows[parent]] != child
    return parent[fits], child[fits]


def _find_parents(
    citizens: Citizens, parents: NDArray[np.int64], rows: NDArray[np.int64], wanted: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Match people who come back with parents of about the right age, each parent once a month.

    Parents are women, and men without a partner, with a grown child outside the place.

    Args:
        citizens: The people.
        parents: Rows of residents whom luck brings forward.
        rows: Rows of those who come back.
        wanted: Age in months of the parent each looks for.

    Returns:
        Positions of those who found a parent, and the rows of the parents.
    """
    old = citizens.age_months[parents] >= (18 + _PARENT_GAP[0]) * _YEAR
    fit = old & (citizens.children_away[parents] > 0)
    fit &= citizens.female[parents] | (citizens.partner[parents] == NOBODY)
    parents = parents[fit]
    parents = parents[np.lexsort((citizens.uid[parents], citizens.age_months[parents]))]
    order = np.lexsort((citizens.uid[rows], wanted))
    found, place = _next_free(citizens.age_months[parents], wanted[order])
    child, parent = order[found], parents[place]
    gap = citizens.age_months[parent].astype(np.int64) - citizens.age_months[rows[child]]
    fits = (gap >= _PARENT_GAP[0] * _YEAR) & (gap < _PARENT_GAP[1] * _YEAR)
    return child[fits], parent[fits]


def _may_move(citizens: Citizens, rows: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether people live at home, or in a communal home other than for care."""
    setting = citizens.setting[rows]
    answer: NDArray[np.bool_] = (setting == Setting.HOME) | (setting == Setting.OTHER_COMMUNAL)
    return answer


def _pick(cumulative: NDArray[np.float64], drawn: NDArray[np.float32]) -> NDArray[np.int64]:
    """Which of the cumulative shares each draw falls into."""
    found = np.searchsorted(cumulative, drawn.astype(np.float64), side="right")
    return np.minimum(found, cumulative.size - 1).astype(np.int64)


def _next_free(
    offered: NDArray[np.int16] | NDArray[np.int64], wanted: NDArray[np.float64]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """For each wanted age, rising, the first age offered that is no lower and that nobody before has taken.

    Returns:
        Who found one, and the positions they took.
    """
    turn = np.arange(wanted.size)
    place = np.maximum.accumulate(np.searchsorted(offered, wanted) - turn) + turn
    found = place < offered.size
    return found, place[found]


def _cumulative(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative shares along the last axis; even shares where there is nobody."""
    total = counts.sum(axis=-1, keepdims=True)
    even = np.ones_like(counts) / counts.shape[-1]
    shares = np.divide(counts, total, out=even, where=total > 0)
    return np.cumsum(shares, axis=-1)


# the fixed flow


def fixed_flow(model: DemandModel, rules: MigrationRules) -> Flow:
    """The flow of arrivals that the place's rates and its people of the base month give."""
    citizens, profile = model.citizens, model.profile
    rows = citizens.rows
    arriving, leaving = stretched(profile.in_rate), stretched(profile.out_rate)
    sex = citizens.female[rows].astype(np.int64)
    year = np.minimum(citizens.age_months[rows].astype(np.int64) // _YEAR, YEARS - 1)
    people = np.bincount(2 * year + sex, minlength=2 * YEARS).astype(np.float64)
    flow = np.repeat(arriving, 2) * people / _YEAR
    paired, linked, to_parent = _kin_shares(citizens, arriving, leaving, rules)
    come_first = flow * (1.0 - paired.T.ravel() / 2)
    places, quintile = _places(citizens, rows)
    owners, incomes = _means(citizens, rows, year)
    abroad = max(profile.international_net, 0.0) * rows.size / _YEAR
    return Flow(
        monthly=float(flow.sum()),
        fewer=min((1.0 - rules.long_run_ratio) * abroad, float(flow.sum())),
        months=max(round(rules.return_years * _YEAR), 1),
        cells=_cumulative(come_first),
        paired=paired / (2.0 - paired),
        linked=linked,
        to_parent=to_parent,
        near_child=_near_child_share(model, arriving, leaving),
        communal=np.minimum(_communal_share(citizens, arriving, leaving, rules) / (1.0 - paired.mean(axis=0)), 1.0),
        places=places,
        quintile=quintile,
        owners=owners,
        incomes=incomes,
        children=_grown_children(model, rows, sex, year),
        alone=alone_share(model),
    )


def _kin_shares(
    citizens: Citizens, arriving: NDArray[np.float64], leaving: NDArray[np.float64], rules: MigrationRules
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Shares of arrivals with a partner (by sex), with a parent in the place, and of these moving in with them."""
    age, alive = citizens.age_months, citizens.alive
    paired = np.zeros((2, YEARS))
    for sex in (0, 1):
        of_sex = alive & (citizens.female == bool(sex))
        with_partner = count_by_year(age, of_sex & (citizens.partner != NOBODY))
        paired[sex] = rules.couple_ratio * smooth_share(with_partner, count_by_year(age, of_sex))
    paired[:, : ADULT // _YEAR] = 0.0
    years = np.arange(YEARS)
    grown = (years >= 18) & (years < _WORKING_TO)
    parent_here = alive & ((citizens.mother != NOBODY) | (citizens.father != NOBODY))
    here = smooth_share(count_by_year(age, parent_here), count_by_year(age, alive))
    back = np.divide(here * leaving, arriving, out=np.zeros(YEARS), where=grown & (arriving > 0))
    linked = np.minimum(back * _links_lost_per_link_found(citizens), 1.0)
    single = linked * (1.0 - paired.mean(axis=0))
    wanted = rules.return_home_ratio * with_parent_share(citizens)
    to_parent = np.divide(wanted, single, out=np.zeros(YEARS), where=(single > 0) & (years < _YOUNG_TO))
    return paired, linked, np.minimum(to_parent, 1.0)


def _near_child_share(
    model: DemandModel, arriving: NDArray[np.float64], leaving: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Share of arrivals of 45 and over who come to be near a grown child: as many as leave one behind."""
    citizens = model.citizens
    grown = citizens.rows[citizens.age_months[citizens.rows] >= ADULT]
    has = np.zeros(citizens.size, dtype=np.bool_)
    for link in (citizens.mother[grown], citizens.father[grown]):
        has[link[link != NOBODY]] = True
    everyone = count_by_year(citizens.age_months, citizens.alive)
    near = smooth_share(count_by_year(citizens.age_months, has & citizens.alive), everyone)
    years = np.arange(YEARS)
    share = np.divide(near * leaving, arriving, out=np.zeros(YEARS), where=(years >= _ELDER_FROM) & (arriving > 0))
    return np.minimum(share, 1.0)


def _links_lost_per_link_found(citizens: Citizens) -> float:
    """Parents whom someone leaves behind, on average, over parents to whom someone comes back.

    Who leaves may leave parents who live apart; who comes back finds one, and that one's partner.
    """
    grown = citizens.alive & (citizens.age_months >= ADULT)
    mother, father = citizens.mother[grown] != NOBODY, citizens.father[grown] != NOBODY
    lost = float(mother.sum() + father.sum()) / max(float((mother | father).sum()), 1.0)
    away = citizens.alive & (citizens.children_away > 0)
    paired = citizens.partner != NOBODY
    finds = np.flatnonzero(away & (citizens.female | ~paired))
    partner = citizens.partner[finds]
    both = paired[finds] & away[partner] & ~citizens.female[partner]
    found = 1.0 + float(both.sum()) / max(finds.size, 1)
    return max(lost, 1.0) / found


def _communal_share(
    citizens: Citizens, arriving: NDArray[np.float64], leaving: NDArray[np.float64], rules: MigrationRules
) -> NDArray[np.float64]:
    """Share of arrivals of 18 to 64 who move to a communal home: what holds the number there steady."""
    years = np.arange(YEARS)
    everyone = count_by_year(citizens.age_months, citizens.alive)
    there = citizens.alive & (citizens.setting == Setting.OTHER_COMMUNAL)
    stock = smooth_share(count_by_year(citizens.age_months, there), everyone)
    grown = (years >= 18) & (years < _WORKING_TO)
    needed = stock * (rules.communal_leaving + leaving)
    share = np.divide(needed, arriving, out=np.zeros(YEARS), where=grown & (arriving > 0))
    return np.minimum(share, 1.0)


def _places(citizens: Citizens, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Cumulative population shares of the neighbourhoods, and the deprivation fifth of each."""
    place = citizens.neighbourhood[rows]
    number, first = np.unique(place, return_index=True)
    quintile = np.zeros(int(number.max()) + 1, dtype=np.uint8)
    quintile[number] = citizens.quintile[rows][first]
    return _cumulative(np.bincount(place).astype(np.float64)), quintile


def _means(
    citizens: Citizens, rows: NDArray[np.int64], year: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Share of owners by deprivation fifth and age band; cumulative shares of income bands by deprivation fifth."""
    quintile = citizens.quintile[rows].astype(np.int64)
    bands = _TENURE_AGES.size + 1
    cell = quintile * bands + np.searchsorted(_TENURE_AGES, year, side="right")
    everyone = np.bincount(cell, minlength=_QUINTILES * bands)
    owning = np.bincount(cell[citizens.owner[rows]], minlength=_QUINTILES * bands)
    owners = owning / np.maximum(everyone, 1)
    income = np.bincount(quintile * _INCOMES + citizens.income_band[rows], minlength=_QUINTILES * _INCOMES)
    return owners.reshape(_QUINTILES, bands), _cumulative(income.reshape(_QUINTILES, _INCOMES).astype(np.float64))


def _grown_children(
    model: DemandModel, rows: NDArray[np.int64], sex: NDArray[np.int64], year: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Mean number of grown children, near or away, by sex and year of age."""
    citizens = model.citizens
    grown = rows[citizens.age_months[rows] >= ADULT]
    number = citizens.children_away.astype(np.float64)
    for link in (citizens.mother[grown], citizens.father[grown]):
        number += np.bincount(link[link != NOBODY], minlength=citizens.size)
    mean = np.zeros((2, YEARS))
    for who in (0, 1):
        mine = sex == who
        total = np.bincount(year[mine], weights=number[rows[mine]], minlength=YEARS)[:YEARS]
        mean[who] = smooth_share(total, np.bincount(year[mine], minlength=YEARS)[:YEARS].astype(np.float64))
    return mean


# one month of the flow


def arrivals(seed: np.uint64, month: int, flow: Flow, rules: MigrationRules) -> Arrivals:
    """Who arrives in a month: a function of the seed, the month and the fixed flow alone.

    Numbers of the flow are filled in order by adults alone, couples and children; children then find a mother among
    those who arrive. How many arrive follows the flow exactly over time.
    """
    uid = luck.arrival_uid(month, flow.arriving(month))
    count = uid.size
    drawn = luck.draw4(seed, uid, 0, Purpose.ARRIVAL)
    cell = _pick(flow.cells, drawn[:, 0])
    year, female = cell // 2, cell % 2
    couple = drawn[:, 2] < flow.paired[female, year]
    first = np.cumsum(1 + couple) - (1 + couple)
    come = first < count  # couples take two numbers, so the last ones drawn find none left
    place, couple = first[come], couple[come]
    nobody = np.full(count, -1, dtype=np.int64)
    group = Arrivals(
        uid=uid,
        age_months=np.zeros(count, dtype=np.int64),
        female=np.zeros(count, dtype=np.bool_),
        partner=nobody.copy(),
        mother=nobody.copy(),
        father=nobody.copy(),
        head=np.arange(count),
        communal=np.zeros(count, dtype=np.bool_),
    )
    group.age_months[place] = year[come] * _YEAR + (drawn[come, 1] * _YEAR).astype(np.int64)
    group.female[place] = female[come] == 1
    group.communal[place] = ~couple & (drawn[come, 3] < flow.communal[year[come]])
    own = luck.draw4(seed, uid, 0, Purpose.PARTNERING)
    _couples(group, place[couple], own, rules)
    _children(group, own, rules)
    _sharers(group, luck.draw(seed, uid, 0, Purpose.SHARING), flow)
    return group


def _couples(group: Arrivals, one: NDArray[np.int64], own: NDArray[np.float32], rules: MigrationRules) -> None:
    """Give some arrivals a partner in the next number of the flow, of the other sex and a fitting age."""
    one = one[one + 1 < group.uid.size]  # whose partner would be one too many comes alone
    other = one + 1
    bell = (own[one, 0].astype(np.float64) + own[one, 1] - 1.0) * 6.0**0.5
    gap = (rules.age_gap + rules.age_gap_spread * bell) * _YEAR
    age = group.age_months[one] + np.where(group.female[one], gap, -gap)
    group.age_months[other] = np.clip(age, ADULT, _OLDEST * _YEAR).astype(np.int64)
    group.female[other] = ~group.female[one]
    group.partner[one], group.partner[other] = other, one
    group.head[other] = one


def _children(group: Arrivals, own: NDArray[np.float32], rules: MigrationRules) -> None:
    """Give each child under 18 a mother of about the right age among the arrivals, and her partner as father."""
    child = np.flatnonzero(group.age_months < ADULT)
    likely = (group.partner >= 0) | (own[:, 2] > 1.0 - rules.lone_mother_weight)
    women = np.flatnonzero(group.female & (group.age_months >= ADULT) & ~group.communal & likely)
    if not (child.size and women.size):
        return
    exact = group.age_months[women] + own[women, 0].astype(np.float64)  # spreads those of one month of age
    women, exact = women[np.argsort(exact, kind="stable")], np.sort(exact)
    bell = (own[child, 2].astype(np.float64) + own[child, 3] - 1.0) * 6.0**0.5
    wanted = group.age_months[child] + (rules.mother_age + rules.mother_age_spread * bell) * _YEAR
    place = np.clip(np.searchsorted(exact, wanted), 0, women.size - 1)
    mother = women[place]
    gap = group.age_months[mother] - group.age_months[child]
    fits = (gap >= _PARENT_GAP[0] * _YEAR) & (gap < _PARENT_GAP[1] * _YEAR)
    child, mother = child[fits], mother[fits]
    group.mother[child] = mother
    father = group.partner[mother]
    group.father[child] = np.where((father >= 0) & ~group.female[father], father, -1)
    group.head[child] = group.head[mother]


def _sharers(group: Arrivals, drawn: NDArray[np.float32], flow: Flow) -> None:
    """Let some of those who come alone share a home, three by three in order of age: see `sharing.Sharing`."""
    members = np.bincount(group.head, minlength=group.uid.size)
    alone = (group.age_months >= ADULT) & (members == 1) & (group.head == np.arange(group.uid.size)) & ~group.communal
    alone &= group.age_months < _WORKING_TO * _YEAR
    sharer = np.flatnonzero(alone & (drawn >= flow.alone[group.female.astype(np.int64), group.age_months // _YEAR]))
    sharer = sharer[np.argsort(group.age_months[sharer], kind="stable")]
    group.head[sharer] = sharer[np.arange(sharer.size) // SHARERS * SHARERS]

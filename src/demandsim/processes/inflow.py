"""The flow into the place: how many arrive and who they tend to be, fixed from the base month."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.processes.base import evidence
from demandsim.processes.curves import YEARS, count_by_year, smooth_share, stretched
from demandsim.processes.family import ADULT
from demandsim.processes.leaving_home import with_parent_share
from demandsim.processes.sharing import alone_share

if TYPE_CHECKING:
    from demandsim.model import DemandModel

WORKING_TO = 65
"""Age up to which people come for work or study, move to halls, share homes or come back to a parent."""

TENURE_AGES = np.array([25, 45, 65])
"""Ages at which a new band of home ownership begins."""

_YEAR = 12
_YOUNG_TO = 35
_ELDER_FROM = 45
_QUINTILES, _INCOMES = 5, 5


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
        return floor(self.before(month + 1)) - floor(self.before(month))


def _cumulative(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cumulative shares along the last axis; even shares where there is nobody."""
    total = counts.sum(axis=-1, keepdims=True)
    even = np.ones_like(counts) / counts.shape[-1]
    shares = np.divide(counts, total, out=even, where=total > 0)
    return np.cumsum(shares, axis=-1)


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
    grown = (years >= 18) & (years < WORKING_TO)
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
    grown = (years >= 18) & (years < WORKING_TO)
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
    bands = TENURE_AGES.size + 1
    cell = quintile * bands + np.searchsorted(TENURE_AGES, year, side="right")
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

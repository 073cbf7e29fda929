"""The recorder: reads each month off the model and gives tidy yearly rows.

Stocks come from the columns, events and money from the closed ledger. Everything is tallied by reporting cell
(age band, sex, deprivation fifth), so that a year can be read whole or by any of these. Values are for the real
place: a sample's counts are divided by its scale.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from demandsim.agents.cells import AGE_BANDS, CELLS, QUINTILES, SEXES
from demandsim.agents.citizens import Arrangement, Band, Setting
from demandsim.compiled import f4, kernel
from demandsim.measures.register import MEASURES

if TYPE_CHECKING:
    from demandsim.ledger import Month
    from demandsim.model import DemandModel

FIRST_YEAR = 2024
"""Label of the first model year: April 2024 to March 2025."""

WEEKS_A_MONTH = 365.25 / 12 / 7

_ADULT_CELL = 10
_MODERATE = int(Band.MODERATE)
_CARE_HOME = int(Setting.CARE_HOME)
_SUPPORTED_LIVING = int(Setting.SUPPORTED_LIVING)
_HOME_CARE = int(Arrangement.HOME_CARE)
_DIRECT_PAYMENT = int(Arrangement.DIRECT_PAYMENT)
_STRAINED = f4(0.6)
_STRAINED_HOURS = f4(10)

Tally = NDArray[np.float64]
Whom = Literal["everyone", "adults", "older"]

_FIRST_CELL: dict[Whom, int] = {"everyone": 0, "adults": _ADULT_CELL, "older": 20}
_WAITED = "assessed_after_"
"""Start of the ledger's names for assessments by full months waited."""
_OWNER = "home_care_owner_"
"""Start of the ledger's names for hours of home care by owner of the provider."""
_COLUMNS = ("year", "measure", "by", "group", "value", "unit")


@dataclass(frozen=True)
class _Share:
    """A measure that is one tally over another, both summed over the months."""

    top: str
    bottom: str
    whom: Whom = "adults"


_STATES: dict[str, Whom] = {
    "population": "everyone",
    "need_people": "adults",
    "need_hours": "adults",
    "unmet_need_people": "adults",
    "unmet_need_hours": "adults",
    "waiting_people": "adults",
    "long_term_clients": "adults",
    "volunteers": "adults",
    "carers": "everyone",
    "carer_hours": "everyone",
    "carer_strain": "everyone",
    "care_home_residents": "adults",
    "carers_work_lost": "everyone",
    "people_disadvantaged": "adults",
    "need_people_disadvantaged": "adults",
    "unmet_need_people_disadvantaged": "adults",
    "long_term_clients_disadvantaged": "adults",
}

_FLOWS: dict[str, Whom] = {
    "contacts": "adults",
    "requests": "adults",
    "turned_away": "adults",
    "assessments": "adults",
    "plans": "adults",
    "passed_over": "adults",
    "outcomes_paid": "adults",
    "reviews": "adults",
    "statutory_breaches": "adults",
    "withheld_hours": "adults",
    "placements_refused": "adults",
    "plans_together": "adults",
    "heard_out": "adults",
    "people_advised": "adults",
    "home_care_hours": "adults",
    "direct_payment_hours": "adults",
    "private_hours": "adults",
    "peer_hours": "adults",
    "reablement_starts": "adults",
    "people_rehoused": "adults",
    "brokered_in_vain": "adults",
    "carer_breakdowns": "everyone",
    "break_hours": "everyone",
    "care_home_admissions": "adults",
    "care_home_admissions_council": "adults",
    "ae_visits": "adults",
    "emergency_admissions": "adults",
    "readmissions": "adults",
    "social_emergencies": "adults",
    "social_admissions": "adults",
    "long_lies": "adults",
    "appointment_day_people": "adults",
    "homes_adapted": "adults",
    "bed_days": "adults",
    "delayed_days": "adults",
    "births": "everyone",
    "deaths": "everyone",
    "arrivals": "everyone",
    "departures": "everyone",
}

_SHARES: dict[str, _Share] = {
    "failure_demand_share": _Share("failure_contacts", "contacts"),
    "direct_payment_share": _Share("direct_payments", "supported_at_home"),
    "relationship": _Share("relationship", "with_worker"),
    "wellbeing": _Share("wellbeing", "population"),
    "capability": _Share("capability", "population"),
    "loneliness": _Share("lonely", "population"),
    "loneliness_65plus": _Share("lonely", "population", "older"),
    "control": _Share("control", "need_people"),
    "trust": _Share("trust", "trust_people"),
    "turned_away_share": _Share("people_turned_away", "people_asking"),
    "turned_away_share_disadvantaged": _Share("turned_away_disadvantaged", "contacts_disadvantaged"),
    "wellbeing_disadvantaged": _Share("wellbeing_disadvantaged", "people_disadvantaged"),
    "readmission_share": _Share("readmissions", "emergency_admissions", "older"),
    "therapy_wait_weeks": _Share("therapy_waited", "therapy_seen"),
}

_FAILURES = ("wrong", "late", "lost", "rushed")
"""Causes of failure demand, as the ledger names them after ``failure_``."""

_BAND_NAMES = ("low", "moderate", "high", "very high")
_SOURCE_NAMES = ("kin", "neighbours", "paid")


_STOCKS = (
    "population",
    "wellbeing",
    "capability",
    "lonely",
    "volunteers",
    "care_home_residents",
    "waiting_people",
    "need_people",
    "need_hours",
    "unmet_need_people",
    "unmet_need_hours",
    "kin",
    "neighbours",
    "paid",
    "carers",
    "carer_hours",
    "carer_strain",
    "supported_at_home",
    "direct_payments",
    "long_term_clients",
    "with_worker",
    "relationship",
)
"""What `_tally` tallies, in the order of its columns."""


@kernel
def _tally(
    alive: NDArray[np.bool_],
    cell: NDArray[np.uint16],
    wellbeing: NDArray[np.float32],
    capability: NDArray[np.float32],
    lonely: NDArray[np.bool_],
    volunteer: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    waiting: NDArray[np.uint8],
    band: NDArray[np.uint8],
    hands_on: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    unmet_hours: NDArray[np.float32],
    kin_hours: NDArray[np.float32],
    neighbour_hours: NDArray[np.float32],
    paid_hours: NDArray[np.float32],
    care_given: NDArray[np.float32],
    strain: NDArray[np.float32],
    council_funded: NDArray[np.bool_],
    arrangement: NDArray[np.uint8],
    worker: NDArray[np.int32],
    relationship: NDArray[np.float32],
    found: Tally,
    by_band: Tally,
) -> None:
    """Add every person to the tallies of their cell: one pass, in row order, for all stocks (see `_STOCKS`)."""
    for i in range(cell.size):
        if not alive[i]:
            continue
        tally = found[np.int64(cell[i])]
        tally[0] += 1.0
        tally[1] += np.float64(wellbeing[i])
        tally[2] += np.float64(capability[i])
        if lonely[i]:
            tally[3] += 1.0
        if volunteer[i]:
            tally[4] += 1.0
        if setting[i] == _CARE_HOME:
            tally[5] += 1.0
        if waiting[i]:
            tally[6] += 1.0
        if band[i] and cell[i] >= _ADULT_CELL:
            by_band[np.int64(band[i])] += 1.0
            if band[i] >= _MODERATE:
                tally[7] += 1.0
            tally[8] += np.float64(hands_on[i])
            if unmet[i]:
                tally[9] += 1.0
            tally[10] += np.float64(unmet_hours[i])
            tally[11] += np.float64(kin_hours[i])
            tally[12] += np.float64(neighbour_hours[i])
            tally[13] += np.float64(paid_hours[i])
        if care_given[i] > 0:
            tally[14] += 1.0
            tally[15] += np.float64(care_given[i])
            if care_given[i] >= _STRAINED_HOURS and strain[i] > _STRAINED:
                tally[16] += 1.0
        if council_funded[i]:
            at_home = arrangement[i] == _HOME_CARE or arrangement[i] == _DIRECT_PAYMENT
            if at_home:
                tally[17] += 1.0
            if arrangement[i] == _DIRECT_PAYMENT:
                tally[18] += 1.0
            if at_home or setting[i] == _CARE_HOME or setting[i] >= _SUPPORTED_LIVING:
                tally[19] += 1.0
        if worker[i] >= 0:
            tally[20] += 1.0
            tally[21] += np.float64(relationship[i])


@cache
def _groups(whom: Whom) -> tuple[tuple[tuple[str, str], ...], Tally]:
    """Breakdowns for a population: (by, group) labels, and a matrix that sums cells into them, (groups, cells)."""
    cell = np.arange(CELLS)
    inside = cell >= _FIRST_CELL[whom]
    quintile, sex, age = cell % 5, cell // 5 % 2, cell // 10
    labels: list[tuple[str, str]] = [("all", "all")]
    masks = [inside]
    for by, code, names in (("age", age, AGE_BANDS), ("sex", sex, SEXES), ("quintile", quintile, QUINTILES)):
        for level, name in enumerate(names):
            mask = inside & (code == level)
            if mask.any():
                labels.append((by, name))
                masks.append(mask)
    return tuple(labels), np.array(masks, dtype=np.float64)


@dataclass
class _Year:
    """Tallies of the year under way."""

    tallies: dict[str, Tally] = field(default_factory=dict)
    parts: dict[tuple[str, str, str], float] = field(default_factory=dict)
    totals: dict[str, float] = field(default_factory=dict)
    costs: dict[tuple[str, str], float] = field(default_factory=dict)
    months: int = 0

    def tally(self, name: str) -> Tally:
        """The year's tally of a name, zero where nothing happened."""
        return self.tallies.get(name, np.zeros(CELLS))

    def add(self, name: str, amount: Tally) -> None:
        """Add a month's tally."""
        held = self.tallies.get(name)
        self.tallies[name] = amount if held is None else held + amount


class Recorder:
    """Reads a run month by month.

    Give ``recorder.record`` to the model as ``on_month``; read ``recorder.table()`` when it has run.

    Args:
        unpaid_hour: Pounds that an hour of unpaid care is valued at (``carers.replacement_cost_hour``); left out,
            the model's own parameter.
    """

    def __init__(self, unpaid_hour: float | None = None) -> None:
        self._unpaid_hour = unpaid_hour
        self._year = _Year()
        self._rows: list[tuple[int, str, str, str, float, str]] = []
        self._months = 0

    def record(self, model: DemandModel, closed: Month) -> None:
        """Read one month, after its last process.

        Args:
            model: The model at the end of the month.
            closed: The month's ledger.
        """
        if model.settling:
            return
        year = self._year
        for name, amount in closed.people.items():
            year.add(name, amount)
        for name, total in closed.totals.items():
            year.totals[name] = year.totals.get(name, 0.0) + total
        for key, pounds in closed.costs.items():
            year.costs[key] = year.costs.get(key, 0.0) + pounds
        self._stocks(model)
        year.months += 1
        self._months += 1
        if year.months == 12:
            self._close(model)

    def table(self) -> pd.DataFrame:
        """The closed years as tidy rows: year, measure, by, group, value, unit."""
        return pd.DataFrame(self._rows, columns=list(_COLUMNS))

    def _stocks(self, model: DemandModel) -> None:
        """Tally what people are this month."""
        people, year = model.citizens, self._year
        found = np.zeros((CELLS, len(_STOCKS)))
        by_band = np.zeros(Band.VERY_HIGH + 1)
        _tally(
            people.alive,
            people.cell,
            people.wellbeing,
            people.capability,
            people.lonely,
            people.volunteer,
            people.setting,
            people.waiting,
            people.band,
            people.hands_on,
            people.unmet,
            people.unmet_hours,
            people.kin_hours,
            people.neighbour_hours,
            people.paid_hours,
            people.care_given,
            people.strain,
            people.council_funded,
            people.arrangement,
            people.worker,
            people.relationship,
            found,
            by_band,
        )
        for number, name in enumerate(_STOCKS):
            year.add(name, found[:, number].copy())
        for name, people_in_band in zip(_BAND_NAMES, by_band[1:].tolist(), strict=True):
            key = ("need_people", "need", name)
            year.parts[key] = year.parts.get(key, 0.0) + people_in_band
        for name in _SOURCE_NAMES:
            key = ("help_hours", "source", name)
            year.parts[key] = year.parts.get(key, 0.0) + float(found[:, _STOCKS.index(name)].sum())
        self._value_unpaid_care(model, float(found[:, _STOCKS.index("carer_hours")].sum()))

    def _value_unpaid_care(self, model: DemandModel, hours_a_week: float) -> None:
        """Book the month's unpaid care at its replacement cost, unless a process has."""
        price = self._unpaid_hour
        if price is None:
            price = float(model.numbers["carers.replacement_cost_hour"])
        key = ("unpaid_care", "family")
        self._year.costs[key] = self._year.costs.get(key, 0.0) + hours_a_week * WEEKS_A_MONTH * price

    def _close(self, model: DemandModel) -> None:
        """Turn the year's tallies into rows and begin the next."""
        year, scale = self._year, float(model.scale)
        label = FIRST_YEAR + self._months // 12 - 1
        for name, whom in _STATES.items():
            self._by_group(label, name, whom, year.tally(name) / (year.months * scale))
        for name, whom in _FLOWS.items():
            self._by_group(label, name, whom, year.tally(name) / scale)
        for name, share in _SHARES.items():
            self._by_group(label, name, share.whom, year.tally(share.top), year.tally(share.bottom))
        helped = year.tally("kin") + year.tally("neighbours") + year.tally("paid")
        self._by_group(label, "help_hours", "adults", helped / (year.months * scale))
        older = year.tally("emergency_admissions") / scale
        self._by_group(label, "emergency_admissions_65plus", "older", older)
        for (name, by, group), total in year.parts.items():
            self._row(label, name, by, group, total / (year.months * scale))
        self._failure(label, scale)
        waits = {int(name.removeprefix(_WAITED)): n for name, n in year.totals.items() if name.startswith(_WAITED)}
        self._row(label, "wait_weeks_median", "all", "all", median_wait(waits) * WEEKS_A_MONTH)
        self._money(label, model)
        self._workforce(label)
        self._row(label, "agency_hours", "all", "all", year.totals.get("agency_hours", 0.0) / scale)
        self._market(label, scale)
        self._contracts(label, scale)
        self._year = _Year()

    def _failure(self, label: int, scale: float) -> None:
        """Add failure demand, and how much of it has which cause."""
        year = self._year
        self._by_group(label, "failure_demand", "adults", year.tally("failure_contacts") / scale)
        for cause in _FAILURES:
            contacts = float(year.tally(f"failure_{cause}").sum())
            self._row(label, "failure_demand", "cause", cause, contacts / scale)

    def _row(self, year: int, measure: str, by: str, group: str, value: float) -> None:
        self._rows.append((year, measure, by, group, value, MEASURES[measure].unit))

    def _by_group(self, year: int, name: str, whom: Whom, top: Tally, bottom: Tally | None = None) -> None:
        """Add one row for the place and one for each breakdown; a share of nobody has no row."""
        labels, matrix = _groups(whom)
        values = matrix @ top
        divisors = np.ones(values.size) if bottom is None else matrix @ bottom
        for (by, group), value, divisor in zip(labels, values.tolist(), divisors.tolist(), strict=True):
            if divisor > 0:
                self._row(year, name, by, group, value / divisor)

    def _money(self, label: int, model: DemandModel) -> None:
        """Add cost by payer and service, and the council's balance."""
        scale = float(model.scale)
        payers: dict[str, float] = {}
        services: dict[str, float] = {}
        for (service, payer), pounds in sorted(self._year.costs.items()):
            real = pounds / scale
            payers[payer] = payers.get(payer, 0.0) + real
            services[service] = services.get(service, 0.0) + real
            self._row(label, "cost", "payer+service", f"{payer}+{service}", real)
        for by, levels in (("payer", payers), ("service", services)):
            for group, real in sorted(levels.items()):
                self._row(label, "cost", by, group, real)
        self._row(label, "cost", "all", "all", sum(payers.values()))
        totals = self._year.totals
        self._row(label, "council_balance", "all", "all", totals.get("council_balance", 0.0) / scale)
        self._row(label, "council_debt", "all", "all", totals.get("council_debt", 0.0) / scale)
        self._row(label, "section_114", "all", "all", totals.get("section_114", 0.0))

    def _workforce(self, label: int) -> None:
        """Add vacancies, turnover and continuity of home care, and trust in places, where there is any to tell of."""
        totals, months = self._year.totals, self._year.months
        for name, top, bottom in (
            ("vacancies", totals.get("vacancies", 0.0), totals.get("posts", 0.0)),
            ("turnover", totals.get("leavers", 0.0) * months, totals.get("workers", 0.0)),
            ("continuity", totals.get("named_visits", 0.0), totals.get("visits", 0.0)),
            ("trust_places", totals.get("area_trust", 0.0), totals.get("area_people", 0.0)),
        ):
            if bottom > 0:
                self._row(label, name, "all", "all", top / bottom)

    def _market(self, label: int, scale: float) -> None:
        """Add home care by owner, providers that stopped (a sample has all of them) and micro-enterprises."""
        totals, months = self._year.totals, self._year.months
        owners = {name.removeprefix(_OWNER): n for name, n in totals.items() if name.startswith(_OWNER)}
        for owner, hours in sorted(owners.items()):
            self._row(label, "home_care_by_owner", "owner", owner, hours / (months * scale))
        self._row(label, "home_care_by_owner", "all", "all", sum(owners.values()) / (months * scale))
        self._row(label, "provider_exits", "all", "all", totals.get("provider_exits", 0.0))
        enterprises = totals.get("micro_enterprises", 0.0) / (months * scale)
        self._row(label, "micro_enterprises", "all", "all", enterprises)

    def _contracts(self, label: int, scale: float) -> None:
        """Add who was passed over by need, and hubs, where there are any."""
        totals, months = self._year.totals, self._year.months
        for name in _BAND_NAMES:
            number = totals.get(f"passed_over_{name}", 0.0)
            if number > 0:
                self._row(label, "passed_over", "need", name, number / scale)
        self._row(label, "hubs", "all", "all", totals.get("hubs", 0.0) / (months * scale))


def median_wait(waits: dict[int, float]) -> float:
    """The median of waits known only to the month, in months; 0 where nobody waited.

    Who asked ``k`` months before the month of their assessment waited somewhere from ``k`` to ``k + 1`` months; waits
    are taken to be spread evenly inside.

    Args:
        waits: Number of people by months waited.
    """
    half = sum(waits.values()) / 2
    below = 0.0
    for months in sorted(waits):
        if waits[months] > 0 and below + waits[months] >= half:
            return months + (half - below) / waits[months]
        below += waits[months]
    return 0.0

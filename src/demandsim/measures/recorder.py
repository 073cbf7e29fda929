"""The recorder: reads each month off the model and gives tidy yearly rows.

Stocks come from the columns, events and money from the closed ledger. Everything is tallied by reporting cell
(age band, sex, deprivation fifth), so that a year can be read whole or by any of these; stocks by need band and
neighbourhood too. Values are for the real place: a sample's counts are divided by its scale. What is derived from other
measures (expectancies, equity, productivity) is made here as well, run by run, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from demandsim.agents.cells import CELLS, LIFE_CELLS
from demandsim.ledger import CHARGES
from demandsim.measures.areas import BAND_NAMES, add_areas, add_need
from demandsim.measures.breakdowns import Row, Rows, frame_of, table_of
from demandsim.measures.costs import unpaid_hour
from demandsim.measures.gaps import Gaps
from demandsim.measures.lives import Found, LifeRules, expectancies
from demandsim.measures.productivity import OUTCOMES, READ, READ_BY, care_indices, per_pound
from demandsim.measures.quality import care_quality, health_of
from demandsim.measures.recipes import FLOWS, SHARES, STATES, YEARS_LIVED
from demandsim.measures.spending import Spending, own_money
from demandsim.measures.tallies import STOCKS, read_stocks
from demandsim.measures.year import Year
from demandsim.processes.base import read_rules
from demandsim.processes.control import ControlRules

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from demandsim.ledger import Month
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

FIRST_YEAR = 2024
"""Label of the first model year: April 2024 to March 2025."""

WEEKS_A_MONTH = 365.25 / 12 / 7

_WAITED = "assessed_after_"
"""Start of the ledger's names for assessments by full months waited."""
_OWNER = "home_care_owner_"
"""Start of the ledger's names for hours of home care by owner of the provider."""
_STANDARD_WEEKS = 18
"""A wait for an assessment beyond so many weeks is counted as one too many."""

_FAILURES = ("wrong", "late", "lost", "rushed")
"""Causes of failure demand, as the ledger names them after ``failure_``."""

_SOURCES = {"kin": "kin", "neighbours": "neighbours", "paid": "paid", "breaks": "relieved"}
"""Who meets need at home, and the stock that counts their hours."""


class _Rules:
    """Everything that the register decides about measuring."""

    def __init__(self, numbers: Numbers) -> None:
        self.health = health_of(numbers)
        self.care = care_quality(numbers)
        self.control = read_rules(ControlRules, numbers)
        self.lives = read_rules(LifeRules, numbers)
        self.spending = Spending(numbers)
        self.unpaid_hour = unpaid_hour(numbers=numbers)


class Recorder:
    """Reads a run month by month.

    Give ``recorder.record`` to the model as ``on_month``; read ``recorder.table()`` when it has run.

    Args:
        unpaid_hour: Pounds of the base year that an hour of unpaid care is valued at; left out, the model's own
            parameter (``carers.replacement_cost_hour``), carried to the base year's prices.
    """

    def __init__(self, unpaid_hour: float | None = None) -> None:
        self._unpaid_hour = unpaid_hour
        self._rules: _Rules | None = None
        self._year = Year(0)
        self._lives = np.zeros((LIFE_CELLS, 3))
        self._deaths = np.zeros(LIFE_CELLS)
        self._gaps = Gaps()
        self._rows = Rows()
        self._months = 0

    def record(self, model: DemandModel, closed: Month) -> None:
        """Read one month, after its last process.

        Args:
            model: The model at the end of the month.
            closed: The month's ledger.
        """
        if model.settling:
            return
        if self._rules is None:
            self._rules = _Rules(model.numbers)
        if self._year.months == 0:
            self._year = Year(len(model.neighbourhoods))
        year, rules = self._year, self._rules
        found = read_stocks(model.citizens, year.places, rules.health, rules.care, rules.control, rules.lives.healthy)
        year.add_ledger(closed)
        year.add_stocks(found)
        self._value_unpaid_care(float(found.cells[:, STOCKS.index("carer_hours")].sum()), rules.unpaid_hour)
        year.months += 1
        self._months += 1
        if year.months == 12:
            self._close(model, rules)

    @property
    def rows(self) -> Sequence[Row]:
        """Rows of the closed years so far, for those who cannot wait for `table`, which adds what spans years."""
        return self._rows.held

    def table(self) -> pd.DataFrame:
        """The closed years as tidy rows: year, measure, by, group, value, unit."""
        frame: pd.DataFrame = self.arrow().to_pandas()
        return frame

    def arrow(self) -> pa.Table:
        """The same as an Arrow table, as it goes to disk."""
        held = self._rows.held
        if not held:
            return table_of(held)
        read = frame_of([row for row in held if row[1] in READ and row[2] in READ_BY])
        more, care = Rows(), care_indices(read)
        for name, values in (
            ("care_output_index", care.output),
            ("care_input_index", care.inputs),
            ("care_productivity", care.productivity),
        ):
            for year, value in zip(care.years, values.tolist(), strict=True):
                if math.isnan(value):
                    continue
                more.add(year, name, "all", "all", value)
        for outcome in OUTCOMES:
            for name, public in (("outcome_per_public_pound", True), ("outcome_per_pound", False)):
                for year, value in per_pound(read, outcome, public=public).items():
                    more.add(year, name, "outcome", outcome, value)
        return table_of([*held, *more.held])

    def _value_unpaid_care(self, hours_a_week: float, price: float) -> None:
        """Book the month's unpaid care at its replacement cost."""
        pounds = hours_a_week * WEEKS_A_MONTH * (price if self._unpaid_hour is None else self._unpaid_hour)
        key = ("unpaid_care", "family")
        self._year.costs[key] = self._year.costs.get(key, 0.0) + pounds

    def _close(self, model: DemandModel, rules: _Rules) -> None:
        """Turn the year's tallies into rows and begin the next."""
        year, scale, add = self._year, float(model.scale), self._rows.add_groups
        label = FIRST_YEAR + self._months // 12 - 1
        for name, whom in STATES.items():
            add(label, name, whom, year.tally(name) / (year.months * scale))
        for name, whom in FLOWS.items():
            add(label, name, whom, year.tally(name) / scale)
        for name, share in SHARES.items():
            add(label, name, share.whom, year.tally(share.top), year.tally(share.bottom))
        for name, stock in YEARS_LIVED.items():
            add(label, name, "adults", year.tally(stock) / (12 * scale))
        helped = {source: year.tally(name) / (year.months * scale) for source, name in _SOURCES.items()}
        add(label, "help_hours", "adults", sum(helped.values(), np.zeros(CELLS)))
        for name, hours in helped.items():
            self._rows.add(label, "help_hours", "source", name, float(hours.sum()))
        add(label, "emergency_admissions_65plus", "older", year.tally("emergency_admissions") / scale)
        self._failure(label, scale)
        self._waits(label, scale)
        self._money(label, scale)
        self._workforce(label)
        self._rows.add(label, "agency_hours", "all", "all", year.totals.get("agency_hours", 0.0) / scale)
        self._market(label, scale)
        self._contracts(label, scale)
        add_need(self._rows, label, year, scale)
        add_areas(self._rows, label, year, model.neighbourhoods, scale)
        rules.spending.add_rows(self._rows, label, year.costs, year.tally, scale)
        self._gaps.add_rows(self._rows, label, year.tally, year.months, self._expectancies(label, rules))
        self._year = Year(0)

    def _expectancies(self, label: int, rules: _Rules) -> list[Found]:
        """Add expectancies of the year and of all years so far; give those of the year."""
        self._lives += self._year.lives
        self._deaths += self._year.deaths
        of_year = list(expectancies(self._year.deaths, self._year.lives, rules.lives))
        for found in (*of_year, *expectancies(self._deaths, self._lives, rules.lives, "_horizon")):
            self._rows.add(label, *found)
        return of_year

    def _failure(self, label: int, scale: float) -> None:
        """Add failure demand, and how much of it has which cause."""
        year = self._year
        self._rows.add_groups(label, "failure_demand", "adults", year.tally("failure_contacts") / scale)
        for cause in _FAILURES:
            contacts = float(year.tally(f"failure_{cause}").sum())
            self._rows.add(label, "failure_demand", "cause", cause, contacts / scale)

    def _waits(self, label: int, scale: float) -> None:
        """Add how long people waited for their assessment."""
        totals = self._year.totals
        waits = {int(name.removeprefix(_WAITED)): n for name, n in totals.items() if name.startswith(_WAITED)}
        beyond = waited_beyond(waits, _STANDARD_WEEKS / WEEKS_A_MONTH)
        self._rows.add(label, "wait_weeks_median", "all", "all", median_wait(waits) * WEEKS_A_MONTH)
        self._rows.add(label, "waits_over_18_weeks", "all", "all", beyond / scale)
        if waits:
            self._rows.add(label, "waits_over_18_weeks_share", "all", "all", beyond / sum(waits.values()))

    def _money(self, label: int, scale: float) -> None:
        """Add cost by payer and service, per head, and the council's balance."""
        year, add = self._year, self._rows.add
        payers: dict[str, float] = {}
        services: dict[str, float] = {}
        for (service, payer), pounds in sorted(year.costs.items()):
            real = pounds / scale
            payers[payer] = payers.get(payer, 0.0) + real
            services[service] = services.get(service, 0.0) + real
            add(label, "cost", "payer+service", f"{payer}+{service}", real)
        for by, levels in (("payer", payers), ("service", services)):
            for group, real in sorted(levels.items()):
                add(label, "cost", by, group, real)
        add(label, "cost", "all", "all", sum(payers.values()))
        for source, pounds in own_money(year.costs, year.totals.get(CHARGES, 0.0)).items():
            add(label, "own_money", "source", source, pounds / scale)
        add(label, "own_money", "all", "all", payers.get("citizen", 0.0))
        people = float(year.tally("population").sum()) / (year.months * scale)
        supported = float(year.tally("people_supported").sum()) / (year.months * scale)
        for group, real in sorted(payers.items()):
            add(label, "cost_per_resident", "payer", group, real / people)
        add(label, "cost_per_resident", "all", "all", sum(payers.values()) / people)
        if supported > 0:
            add(label, "cost_per_supported", "all", "all", payers.get("council", 0.0) / supported)
        for name in ("council_balance", "council_debt"):
            add(label, name, "all", "all", year.totals.get(name, 0.0) / scale)
        add(label, "section_114", "all", "all", year.totals.get("section_114", 0.0))

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
                self._rows.add(label, name, "all", "all", top / bottom)

    def _market(self, label: int, scale: float) -> None:
        """Add home care by owner, providers that stopped (a sample has all of them) and micro-enterprises."""
        totals, months = self._year.totals, self._year.months
        owners = {name.removeprefix(_OWNER): n for name, n in totals.items() if name.startswith(_OWNER)}
        for owner, hours in sorted(owners.items()):
            self._rows.add(label, "home_care_by_owner", "owner", owner, hours / (months * scale))
        self._rows.add(label, "home_care_by_owner", "all", "all", sum(owners.values()) / (months * scale))
        self._rows.add(label, "provider_exits", "all", "all", totals.get("provider_exits", 0.0))
        enterprises = totals.get("micro_enterprises", 0.0) / (months * scale)
        self._rows.add(label, "micro_enterprises", "all", "all", enterprises)

    def _contracts(self, label: int, scale: float) -> None:
        """Add who was passed over by need, and hubs, where there are any."""
        totals, months = self._year.totals, self._year.months
        for name in BAND_NAMES:
            number = totals.get(f"passed_over_{name}", 0.0)
            if number > 0:
                self._rows.add(label, "passed_over", "need", name, number / scale)
        self._rows.add(label, "hubs", "all", "all", totals.get("hubs", 0.0) / (months * scale))


def waited_beyond(waits: dict[int, float], months: float) -> float:
    """How many waited longer than so many months, waits known only to the month and spread evenly inside.

    Args:
        waits: Number of people by months waited.
        months: The limit.
    """
    return sum(number * min(max(full + 1 - months, 0.0), 1.0) for full, number in waits.items())


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

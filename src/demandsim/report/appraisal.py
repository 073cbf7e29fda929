"""Appraisal of finished results after the Green Book: objectives first, then net value with its range.

Options are held against the first scenario, which stands for business as usual. Money is in prices of 2023/24,
discounted to the first year. A change is valued by QALYs or by wellbeing years, never by both: they are two measures
of the same thing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, cast

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, Values, estimate
from demandsim.experiment.errors import InputError
from demandsim.measures.appraisal import (
    CostPerUnit,
    acceptability,
    benefit_cost_ratio,
    cost_per_unit,
    health_rates,
    money_rates,
    optimism_uplift,
    present_value,
    switching_value,
)
from demandsim.measures.costs import FINANCE, HOURS, Hours, in_base_prices, price_year
from demandsim.measures.productivity import PUBLIC
from demandsim.measures.register import MEASURES
from demandsim.parameters.register import Numbers, register
from demandsim.report.costs import by_year, hours_flows
from demandsim.report.headlines import Headline, headlines
from demandsim.report.pairs import payers

Valued = Literal["qaly", "wellbeing"]

TRANSFERS = ("benefits", "carers_allowance", "delay_charge", "lost_earnings", "pooled_budget", *FINANCE)
"""Public money that moves between pockets and delivers nothing: no optimism is added to it."""


@dataclass(frozen=True, slots=True)
class Yardstick:
    """How a change is valued.

    Attributes:
        measure: The measure that counts it.
        key: The evidence row of its value.
        unit: What one is called.
        units: What several are called.
        thresholds: Values at which acceptability is shown, pounds.
    """

    measure: str
    key: str
    unit: str
    units: str
    thresholds: tuple[int, ...]


VALUED: Mapping[Valued, Yardstick] = {
    "qaly": Yardstick(
        "qaly", "value.qaly_green_book", "QALY", "QALYs", (0, 10_000, 20_000, 30_000, 50_000, 70_000, 100_000)
    ),
    "wellbeing": Yardstick(
        "wellbeing_years",
        "value.wellby",
        "wellbeing year",
        "wellbeing years",
        (0, 2_500, 5_000, 10_000, 13_000, 16_000, 20_000),
    ),
}
"""The two ways of valuing a change in people's lives."""


@dataclass(frozen=True)
class Option:
    """One option against the yardstick: present values, one a run, pounds of 2023/24.

    Attributes:
        scenario: Its name.
        effect: QALYs or wellbeing years more, discounted, shape (runs,).
        benefit: Their worth, shape (runs,).
        public: What council, NHS and central government spend more, optimism included, shape (runs,).
        private: What citizens, families, investors and providers bear more, by payer, each of shape (runs,).
        optimism: What was added to public spending for optimism.
    """

    scenario: str
    effect: Values
    benefit: Values
    public: Values
    private: Mapping[str, Values]
    optimism: float

    @property
    def parts(self) -> dict[str, Values]:
        """What the net value is made of, with its sign."""
        return {
            "benefit": self.benefit,
            "public": -self.public,
            **{payer: -pounds for payer, pounds in self.private.items()},
        }

    @property
    def net(self) -> Values:
        """Net present social value by run."""
        return np.asarray(np.sum(list(self.parts.values()), axis=0))

    @property
    def ratio(self) -> float:
        """Benefits less what others bear, for a pound of public money; NaN where no more public money is spent."""
        borne = sum(float(pounds.mean()) for pounds in self.private.values())
        return benefit_cost_ratio(float(self.benefit.mean()) - borne, float(self.public.mean()))

    @property
    def per_unit(self) -> CostPerUnit:
        """Public money for one more QALY or wellbeing year."""
        return cost_per_unit(float(self.public.mean()), float(self.effect.mean()))

    @property
    def switching(self) -> dict[str, float]:
        """For each part, how many times as large it must be for the net value to be 0."""
        net = float(self.net.mean())
        return {name: switching_value(net, float(part.mean())) for name, part in self.parts.items()}


class Appraisal:
    """An appraisal of every scenario against the first.

    Args:
        results: What was run.
        years: Years from the first that are appraised; all that were run if left out.
        value: ``qaly`` or ``wellbeing``.
        hours: How unpaid hours are valued: at ``replacement`` cost or ``opportunity`` cost.
        first: Name of the scenario that stands for business as usual; the first if left out.

    Raises:
        InputError: If there is one scenario alone, the period is longer than the run, both ways of valuing are asked
            for or neither, or the results do not hold what is to be valued.
    """

    def __init__(
        self,
        results: Results,
        *,
        years: int | None = None,
        value: str | Sequence[str] = "qaly",
        hours: str = "replacement",
        first: str | None = None,
    ) -> None:
        self.results = results
        self.value = chosen_value(value)
        self.hours = _chosen_hours(hours)
        self.years = _period(results, years)
        self.valued = VALUED[self.value]
        if len(results.plan.scenarios) < 2:
            raise InputError(
                f"{results.plan.scenarios[0].name}: one scenario alone; an appraisal holds options against a first.\n"
                "  Make a comparison with `demandsim compare A B`."
            )
        if not results.has(self.valued.measure):
            raise InputError(
                f"the results hold no {self.valued.units} (measure {self.valued.measure}); nothing was appraised.\n"
                "  Run the comparison again with this version, with a new -o."
            )
        self.first = first or results.plan.scenarios[0].name
        self._numbers = Numbers()

    @property
    def last_year(self) -> int:
        """Label of the last year appraised."""
        return self.results.years[self.years - 1]

    @property
    def unit_value(self) -> float:
        """What one QALY or wellbeing year is worth, pounds of 2023/24."""
        return in_base_prices(self.valued.key, self._numbers)

    @property
    def objectives(self) -> list[Headline]:
        """How people fare: what the options are for."""
        return [row for row in headlines(self.results) if row.is_outcome]

    @cached_property
    def options(self) -> list[Option]:
        """Every scenario but the first."""
        return [self.option(scenario.name) for scenario in self.results.plan.scenarios if scenario.name != self.first]

    def __str__(self) -> str:
        from demandsim.report.appraisal_text import appraisal_text

        return appraisal_text(self)

    def acceptable(self, option: Option, thresholds: Sequence[int] | None = None) -> Values:
        """Share of runs in which an option is worth its public cost.

        Args:
            option: The option.
            thresholds: Values of one QALY or wellbeing year, pounds; the yardstick's if left out.
        """
        return acceptability(option.public, option.effect, thresholds or self.valued.thresholds)

    def deaths(self, option: Option) -> Estimate:
        """Deaths more under an option, over the period; shown, and valued by nothing beyond the years of life lost."""
        return estimate(self._gap(option.scenario, "deaths").sum(axis=0))

    def values(self) -> list[dict[str, str | float | int | None]]:
        """Rates and values used, each with its source: plain records."""
        keys = ["value.discount_rate", "value.discount_rate_health", self.valued.key, "appraisal.optimism_bias"]
        if self.years > 31:
            keys += ["value.discount_rate_31_75", "value.discount_rate_health_31_75"]
        keys += ["carers.opportunity_cost_hour" if self.hours == "opportunity" else "carers.replacement_cost_hour"]
        told = []
        for key in keys:
            row = register()[key]
            priced = row.unit.startswith("GBP")
            told.append(
                {
                    "key": key,
                    "value": row.number,
                    "low": row.range[0],
                    "high": row.range[1],
                    "unit": row.unit,
                    "evidence": row.grade,
                    "source": row.source,
                    "in_2023_24_prices": in_base_prices(key, self._numbers) if priced else None,
                    "price_year": price_year(row) if priced else None,
                }
            )
        return told

    def option(self, name: str) -> Option:
        """One scenario against the first.

        Args:
            name: Its name.
        """
        numbers = self._numbers
        factors = money_rates(numbers).factors(self.years)
        effect = present_value(self._gap(name, self.valued.measure), health_rates(numbers).factors(self.years))
        bias = optimism_uplift(self._by_service(name, factors), numbers["appraisal.optimism_bias"])
        public = present_value(sum((self._paid(name, payer) for payer in PUBLIC), self._paid(name, "")), factors)
        private = {
            payer: present_value(self._paid(name, payer), factors)
            for payer in payers(self.results)
            if payer not in (*PUBLIC, "family")
        }
        private |= {part: present_value(flows, factors) for part, flows in self._family(name).items()}
        return Option(name, effect, effect * self.unit_value, public + bias, private, bias)

    def _gap(self, name: str, measure: str, by: str = "all", group: str = "all") -> Values:
        """What an option has more than the first, shape (years, runs)."""
        ours, first = (by_year(self.results, scenario, measure, by, group) for scenario in (name, self.first))
        return (ours - first)[: self.years]

    def _paid(self, name: str, payer: str) -> Values:
        """What a payer pays more. Debt paid back is left out: what it was borrowed for has been counted already."""
        flows = self._gap(name, "cost", "payer", payer)
        if payer == "council":
            flows = flows - self._gap(name, "cost", "payer+service", "council+debt")
        return flows

    def _family(self, name: str) -> dict[str, Values]:
        """What families bear more: hours, and pay lost where hours are not valued by that pay already."""
        ours, first = (hours_flows(self.results, scenario, self.hours) for scenario in (name, self.first))
        found = {"family_hours": (ours - first)[: self.years]}
        if self.hours == "replacement":
            found["family_pay"] = self._paid(name, "family") - found["family_hours"]
        return found

    def _by_service(self, name: str, factors: Values) -> dict[str, float]:
        """What public payers spend more on each service, mean present value."""
        found: dict[str, float] = {}
        for group in self.results.groups("cost", "payer+service"):
            payer, service = group.split("+", 1)
            if payer in PUBLIC and service not in TRANSFERS:
                flows = self._gap(name, "cost", "payer+service", group)
                found[service] = found.get(service, 0.0) + float(present_value(flows, factors).mean())
        return found


def chosen_value(value: str | Sequence[str]) -> Valued:
    """The one way in which a change is to be valued.

    Raises:
        InputError: If it is none, or more than one.
    """
    asked = [value] if isinstance(value, str) else list(value)
    if len(set(asked)) > 1:
        raise InputError(
            f"--value {' --value '.join(asked)}: one at a time.\n"
            "  QALYs and wellbeing years are two measures of the same change: added up, it would count twice."
        )
    if not asked or asked[0] not in VALUED:
        told = asked[0] if asked else ""
        raise InputError(f"--value {told}: not known.\n  Give one of {' and '.join(VALUED)}.")
    return cast("Valued", asked[0])


def _chosen_hours(hours: str) -> Hours:
    if hours not in HOURS:
        raise InputError(f"--hours {hours}: not known.\n  Give one of {' and '.join(HOURS)}.")
    return hours


def _period(results: Results, years: int | None) -> int:
    """Years appraised.

    Raises:
        InputError: If the run is shorter.
    """
    run = len(results.years)
    if years is None:
        return run
    if not 1 <= years <= run:
        raise InputError(
            f"--years {years}: the run has {run} year{'s' if run != 1 else ''}, {results.years[0]} to "
            f"{results.years[-1]}; what was not simulated cannot be appraised.\n"
            f"  Give 1 to {run}, or run the comparison with --years {max(years, 1)}."
        )
    return years


def appraisal_records(appraisal: Appraisal) -> list[dict[str, object]]:
    """Every option as plain records: ``scenario, row, value, low, high, unit``, objectives first."""
    results, records = appraisal.results, list[dict[str, object]]()

    def add(scenario: str, row: str, found: Estimate | float, unit: str) -> None:
        known = isinstance(found, Estimate) and found.half >= 0
        value = found.value if isinstance(found, Estimate) else found
        records.append(
            {
                "scenario": scenario,
                "row": row,
                "value": None if math.isnan(value) else value,
                "low": found.low if known and isinstance(found, Estimate) else None,
                "high": found.high if known and isinstance(found, Estimate) else None,
                "unit": unit,
            }
        )

    for option in appraisal.options:
        name = option.scenario
        for row in appraisal.objectives:
            found = results.difference(name, appraisal.first, row.measure, appraisal.last_year, row.by, row.group)
            add(name, f"objective:{row.measure}", found, MEASURES[row.measure].unit)
        add(name, f"effect:{appraisal.valued.measure}", estimate(option.effect), appraisal.valued.units)
        for part, pounds in option.parts.items():
            add(name, f"part:{part}", estimate(pounds), "GBP")
        add(name, "optimism_bias", option.optimism, "GBP")
        add(name, "net_present_social_value", estimate(option.net), "GBP")
        add(name, "benefit_cost_ratio", option.ratio, "ratio")
        add(name, "cost_per_unit", option.per_unit.pounds, f"GBP per {appraisal.valued.unit}")
        for part, factor in option.switching.items():
            add(name, f"switching:{part}", factor, "times")
        for threshold, share in zip(appraisal.valued.thresholds, appraisal.acceptable(option).tolist(), strict=True):
            add(name, f"acceptable_at:{threshold}", share, "share of runs")
        add(name, "deaths", appraisal.deaths(option), "people")
    return records

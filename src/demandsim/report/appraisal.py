"""Appraisal of finished results after the Green Book: objectives first, then net value with its range.

Options are held against the first scenario, which stands for business as usual. Money is in prices of 2023/24,
discounted to the first year. A change is valued by QALYs or by wellbeing years, never by both: they are two measures
of the same thing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import pandas as pd

from demandsim.experiment.comparison import BOTH, CHANCE, Estimate, Places, Results, Spread, Values, estimate, spread
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
from demandsim.measures.costs import HOURS, Hours, in_base_prices, price_year
from demandsim.measures.productivity import PUBLIC
from demandsim.measures.register import MEASURES
from demandsim.parameters.register import Numbers, register
from demandsim.report.appraisal_flows import Flows
from demandsim.report.headlines import Headline, headlines
from demandsim.report.pairs import payers

if TYPE_CHECKING:
    from demandsim.report.canvas import Picture

Valued = Literal["qaly", "wellbeing"]


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
        drawn: The same by draw of parameters, each of shape (draws,); None where none were drawn.
        beside: For each draw the place of the run with the same luck, as `spread` takes it.
    """

    scenario: str
    effect: Values
    benefit: Values
    public: Values
    private: Mapping[str, Values]
    optimism: float
    drawn: Option | None = None
    beside: Places | None = None

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
    def whole(self) -> Values:
        """What everybody bears more, by run: public payers, citizens, families and others."""
        return np.asarray(np.sum([self.public, *self.private.values()], axis=0))

    @property
    def spreads(self) -> dict[str, Spread]:
        """Effect, parts and net value with their ranges from chance and from parameters; none without draws."""
        if self.drawn is None:
            return {}
        drawn, beside = self.drawn, self.beside
        found = {"effect": spread(self.effect, drawn.effect, beside)}
        found |= {name: spread(part, drawn.parts[name], beside) for name, part in self.parts.items()}
        return found | {"net": spread(self.net, drawn.net, beside)}

    @property
    def ratio(self) -> float:
        """Benefits less what others bear, for a pound of public money; NaN where no more public money is spent."""
        borne = sum(float(pounds.mean()) for pounds in self.private.values())
        return benefit_cost_ratio(float(self.benefit.mean()) - borne, float(self.public.mean()))

    @property
    def ratio_clear(self) -> bool:
        """Whether the benefit–cost ratio tells anything: its top, less what others bear, may be nothing but chance."""
        top = np.asarray(np.sum([self.benefit, *(-pounds for pounds in self.private.values())], axis=0))
        return self.per_unit_clear and estimate(top).clear

    @property
    def per_unit_clear(self) -> bool:
        """Whether the cost of one more QALY tells anything: QALYs or public money may be nothing but chance."""
        return estimate(self.effect).clear and estimate(self.public).clear

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

    def acceptable(self, option: Option, thresholds: Sequence[float] | None = None, *, whole: bool = False) -> Values:
        """Share of runs in which an option is worth its cost.

        Args:
            option: The option; its ``drawn`` gives the share of draws of parameters.
            thresholds: Values of one QALY or wellbeing year, pounds; the yardstick's if left out.
            whole: Count what citizens, families and others bear too, not the public cost alone.
        """
        return acceptability(
            option.whole if whole else option.public, option.effect, thresholds or self.valued.thresholds
        )

    def deaths(self, option: Option) -> Estimate:
        """Deaths more under an option, over the period; shown, and valued by nothing beyond the years of life lost."""
        return estimate(self._flows(option.scenario).gap("deaths").sum(axis=0))

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
        usual = self._option(name, drawn=False)
        if not self.results.has_ranges:
            return usual
        return replace(usual, drawn=self._option(name, drawn=True), beside=self.results.beside)

    def _option(self, name: str, *, drawn: bool) -> Option:
        """One scenario against the first, by replicate or by draw."""
        numbers, flows = self._numbers, self._flows(name, drawn=drawn)
        factors = money_rates(numbers).factors(self.years)
        effect = present_value(flows.gap(self.valued.measure), health_rates(numbers).factors(self.years))
        bias = optimism_uplift(flows.by_service(factors), numbers["appraisal.optimism_bias"])
        public = present_value(sum((flows.paid(payer) for payer in PUBLIC), flows.paid("")), factors)
        private = {
            payer: present_value(flows.paid(payer), factors)
            for payer in payers(self.results)
            if payer not in (*PUBLIC, "family")
        }
        private |= {part: present_value(found, factors) for part, found in flows.family(self.hours).items()}
        return Option(name, effect, effect * self.unit_value, public + bias, private, bias)

    def _flows(self, name: str, *, drawn: bool = False) -> Flows:
        return Flows(self.results, name, self.first, self.years, drawn)

    def plot(self) -> Picture:
        """The acceptability curve of every option: a notebook shows it, ``.save(path)`` writes it as PNG or SVG."""
        from demandsim.report.acceptability import acceptability_picture

        return acceptability_picture(self.results, [("", self, self.options)])

    def to_frame(self) -> pd.DataFrame:
        """Every option's rows as a frame: see `appraisal_records`."""
        return pd.DataFrame(appraisal_records(self), columns=list(COLUMNS))

    def _repr_html_(self) -> str:
        """What a notebook shows: the appraisal as it is printed."""
        return f"<pre>{escape(str(self))}</pre>"


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


COLUMNS = ("scenario", "row", "value", "low", "high", "unit", "interval")
"""What `appraisal_records` gives of each row."""


def appraisal_records(appraisal: Appraisal) -> list[dict[str, object]]:
    """Every option as plain records (`COLUMNS`), objectives first.

    ``low`` and ``high`` are the ends of a 95 % range, ``interval`` says of what: chance, or chance and parameters,
    which stands in a row of its own where parameters were drawn. Rows without a range have none of the three.
    """
    return [record for option in appraisal.options for record in _option_records(appraisal, option)]


def _option_records(appraisal: Appraisal, option: Option) -> list[dict[str, object]]:
    results, records, name = appraisal.results, list[dict[str, object]](), option.scenario
    last, first = appraisal.last_year, appraisal.first

    def add(row: str, found: Estimate | float, unit: str, interval: str = CHANCE) -> None:
        value = found.value if isinstance(found, Estimate) else found
        ends = (found.low, found.high) if isinstance(found, Estimate) and found.half >= 0 else None
        told = (None if math.isnan(value) else value, *(ends or (None, None)), unit, interval if ends else None)
        records.append(dict(zip(COLUMNS, (name, row, *told), strict=True)))

    for row in appraisal.objectives:
        where = (row.measure, last, row.by, row.group)
        add(f"objective:{row.measure}", results.difference(name, first, *where), MEASURES[row.measure].unit)
        if results.has_ranges:
            both = results.spread(name, *where, against=first).both
            add(f"objective:{row.measure}", both, MEASURES[row.measure].unit, BOTH)
    rows = {"effect": f"effect:{appraisal.valued.measure}", "net": "net_present_social_value"}
    units = {"effect": appraisal.valued.units}

    def summed(part: str, values: Values) -> None:
        row, unit = rows.get(part, f"part:{part}"), units.get(part, "GBP")
        add(row, estimate(values), unit)
        if part in spreads:
            add(row, spreads[part].both, unit, BOTH)

    spreads = option.spreads
    summed("effect", option.effect)
    for part, pounds in option.parts.items():
        summed(part, pounds)
    add("optimism_bias", option.optimism, "GBP")
    summed("net", option.net)
    add("benefit_cost_ratio", option.ratio, "ratio")
    add("cost_per_unit", option.per_unit.pounds, f"GBP per {appraisal.valued.unit}")
    for part, factor in option.switching.items():
        add(f"switching:{part}", factor, "times")
    for told, unit in ((option, "share of runs"), (option.drawn, "share of draws")):
        for curve, whole in (("acceptable_at", False), ("worth_all_costs_at", True)):
            shares = [] if told is None else appraisal.acceptable(told, whole=whole).tolist()
            for threshold, share in zip(appraisal.valued.thresholds, shares, strict=False):
                add(f"{curve}:{threshold}", share, unit)
    add("deaths", appraisal.deaths(option), "people")
    return records

"""Who pays what: every payer over the whole run, real, nominal and discounted; by resident and by person helped.

Families are shown three times: the pay that carers lose, and their hours valued two ways, by what it would cost to buy
them and by what an hour is worth to the carer. The two values of the same hours are alternatives and never added.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from demandsim.experiment.comparison import Estimate, Results, Values, estimate
from demandsim.measures.appraisal import money_rates, present_value
from demandsim.measures.costs import Hours, hours_worth, nominal, unpaid_hour
from demandsim.parameters.register import Numbers
from demandsim.report.headlines import called, compact, money_decimals, signed
from demandsim.report.pairs import payer_label, payers

PRICES = ("real", "nominal", "discounted")
"""Prices of the base year; of each year itself; of the base year and discounted to the first year."""

OWN = {"charges": "… of it council charges", "self_funding": "… of it self-funded care"}
"""What citizens pay for care, by source: charged by the council, or bought on their own account."""

COLUMNS = (
    "scenario",
    "payer",
    "label",
    "prices",
    "value",
    "low",
    "high",
    "per_resident_year",
    "per_person_supported_year",
    "difference",
    "difference_low",
    "difference_high",
    "unit",
)
_WIDTH, _LABEL, _COLUMN = 80, 36, 11
_MILLION = 1e6


def by_year(
    results: Results, scenario: str, measure: str, by: str = "all", group: str = "all", *, drawn: bool = False
) -> Values:
    """A measure under a scenario, shape (years, replicates); with ``drawn``, (years, draws)."""
    values = [results.values(scenario, measure, year, by, group, drawn=drawn) for year in results.years]
    return np.array(values, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Line:
    """One payer's line.

    Attributes:
        payer: Its name in tables.
        label: What it is called.
        flows: Pounds of the base year under a scenario, shape (years, replicates).
    """

    payer: str
    label: str
    flows: Callable[[str], Values]


def hours_flows(results: Results, scenario: str, hours: Hours, *, drawn: bool = False) -> Values:
    """The worth of unpaid care, pounds of the base year, shape (years, replicates); with ``drawn``, (years, draws)."""
    if hours == "replacement":
        return by_year(results, scenario, "cost", "payer+service", "family+unpaid_care", drawn=drawn)
    return hours_worth(by_year(results, scenario, "carer_hours", drawn=drawn), unpaid_hour("opportunity"))


def lines(results: Results) -> list[Line]:
    """A line for every payer; families in their parts."""

    def of(payer: str) -> Callable[[str], Values]:
        return lambda scenario: by_year(results, scenario, "cost", "payer", payer)

    def pay_lost(scenario: str) -> Values:
        return of("family")(scenario) - hours_flows(results, scenario, "replacement")

    found: list[Line] = []
    for payer in payers(results):
        if payer != "family":
            found.append(Line(payer, payer_label(payer), of(payer)))
        if payer == "citizen":
            found += own_lines(results)
    if "family" in payers(results):
        found.append(Line("family_pay", "Families: pay lost, less allowance", pay_lost))
        found.append(
            Line(
                "family_hours_replacement",
                "Families: hours, at cost of buying",
                lambda scenario: hours_flows(results, scenario, "replacement"),
            )
        )
    if results.has("carer_hours"):
        found.append(
            Line(
                "family_hours_opportunity",
                "… or at their worth to the carer",
                lambda scenario: hours_flows(results, scenario, "opportunity"),
            )
        )
    return found


def own_lines(results: Results) -> list[Line]:
    """What citizens' own money is made of: charges and self-funding always, all else where there is any.

    None where the results do not tell them apart: they are of an older version.
    """
    sources = results.groups("own_money", "source")

    def of(*wanted: str) -> Callable[[str], Values]:
        def flows(scenario: str) -> Values:
            held = (by_year(results, scenario, "own_money", "source", source) for source in wanted)
            return np.asarray(sum(held, np.zeros((len(results.years), len(results.replicates)))))

        return flows

    found = [Line(f"citizen_{source}", label, of(source)) for source, label in OWN.items() if source in sources]
    others = [source for source in sources if source not in OWN]
    if any(of(*others)(scenario.name).any() for scenario in results.plan.scenarios):
        found.append(Line("citizen_other", "… gifts, more tax, less benefits", of(*others)))
    return found


def in_prices(flows: Values, prices: str, years: Sequence[int]) -> Values:
    """Totals over the run by replicate, in one of `PRICES`.

    Args:
        flows: Pounds of the base year, shape (years, replicates).
        prices: One of `PRICES`.
        years: Labels of the years.
    """
    if prices == "nominal":
        return np.asarray(nominal(flows.T, years).sum(axis=1))
    factors = money_rates(Numbers()).factors(len(years)) if prices == "discounted" else np.ones(len(years))
    return present_value(flows, factors)


def cost_records(results: Results) -> list[dict[str, object]]:
    """Every payer under every scenario, as plain records: see `COLUMNS`. Values are sums over all years, pounds."""
    names = [scenario.name for scenario in results.plan.scenarios]
    records: list[dict[str, object]] = []
    for name in names:
        residents = by_year(results, name, "population").sum(axis=0)
        clients = "people_supported" if results.has("people_supported") else "long_term_clients"  # older results
        supported = by_year(results, name, clients).sum(axis=0)
        for line in lines(results):
            ours, first = line.flows(name), line.flows(names[0])
            for prices in PRICES:
                total = in_prices(ours, prices, results.years)
                gap = estimate(total - in_prices(first, prices, results.years))
                records.append(
                    {
                        "scenario": name,
                        "payer": line.payer,
                        "label": line.label,
                        "prices": prices,
                        **_ends(estimate(total), "value", "low", "high"),
                        "per_resident_year": _ratio(total, residents),
                        "per_person_supported_year": _ratio(total, supported),
                        **(_ends(gap, "difference", "difference_low", "difference_high") if name != names[0] else {}),
                        "unit": "GBP",
                    }
                )
    return [{column: record.get(column) for column in COLUMNS} for record in records]


def _ends(found: Estimate, value: str, low: str, high: str) -> dict[str, object]:
    known = found.half >= 0
    return {value: found.value, low: found.low if known else None, high: found.high if known else None}


def _ratio(top: Values, bottom: Values) -> float | None:
    """A ratio of means; None where there is nothing below."""
    return float(top.mean() / bottom.mean()) if bottom.size and bottom.mean() > 0 else None


def cost_text(results: Results, scenario: str, against: str, count: int | None = None) -> list[str]:
    """Who pays under two scenarios, as lines of at most 80 columns, £ million over the run.

    Args:
        results: What was run.
        scenario: The option.
        against: The yardstick.
        count: Years from the first; all that were run if left out.
    """
    years, decimals = results.years[:count], money_decimals(results)
    span = f"over {len(years)} years" if len(years) > 1 else f"in {years[0]}"
    name, other = (called(results.plan, each, cut=True) for each in (scenario, against))
    heads = ("yardstick", "option", "difference", "discounted")
    told = [
        *textwrap.wrap(f"Who pays {span}, £ million of 2023/24: {other}, then {name}", _WIDTH),
        " " * _LABEL + "".join(head.rjust(_COLUMN) for head in heads),
        "─" * _WIDTH,
    ]
    for line in lines(results):
        a, b = line.flows(against)[:count], line.flows(scenario)[:count]
        gap = estimate(in_prices(b - a, "real", years))
        cells = (
            compact(float(in_prices(a, "real", years).mean()) / _MILLION, decimals, 10),
            compact(float(in_prices(b, "real", years).mean()) / _MILLION, decimals, 10),
            signed(gap.value / _MILLION, decimals) + ("" if gap.clear else "?"),
            signed(float(in_prices(b - a, "discounted", years).mean()) / _MILLION, decimals),
        )
        told.append(f"{line.label[: _LABEL - 1]:<{_LABEL}}" + "".join(cell.rjust(_COLUMN) for cell in cells))
    return [*told, "? may be chance alone."]

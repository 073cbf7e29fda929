"""An appraisal in words and lines of at most 80 columns."""

from __future__ import annotations

import math
from collections.abc import Sequence

from demandsim.experiment.comparison import Estimate, estimate
from demandsim.measures.costs import unpaid_hour
from demandsim.parameters.register import Numbers, register
from demandsim.report.answer import WIDTH, verdict, wrapped
from demandsim.report.appraisal import Appraisal, Option
from demandsim.report.costs import cost_text
from demandsim.report.headlines import Headline, called, in_words, millions, money_decimals, plain, signed
from demandsim.report.pairs import payer_label
from demandsim.report.ranges import how_drawn, spread_heading, spread_row
from demandsim.report.sentences import before_and_after, joined, money_sentence

_MILLION = 1e6
_LABEL, _VALUE = 44, 14
_CURVE_LABEL = 17
_SWITCH_WITHIN = 10.0
"""Factors beyond this are not told as switching values."""
_NAMES = {
    "value.discount_rate": "Discount rate of money",
    "value.discount_rate_31_75": "Discount rate of money from year 31",
    "value.discount_rate_health": "Discount rate of lives",
    "value.discount_rate_health_31_75": "Discount rate of lives from year 31",
    "value.qaly_green_book": "QALY",
    "value.wellby": "Wellbeing year",
    "appraisal.optimism_bias": "Optimism",
    "carers.replacement_cost_hour": "Hour of unpaid care",
    "carers.opportunity_cost_hour": "Hour of unpaid care",
}
_PARTS = {
    "public": "Public money (optimism included)",
    "family_hours": "Families’ hours",
    "family_pay": "Families’ pay lost, less allowance",
}
_SHORT = {
    "benefit": "Their worth",
    "public": "Public money",
    "family_pay": "Families’ pay lost",
    "citizen": "Citizens’ own money",
}
"""Labels of at most 24 characters."""
STATUS = (
    "Method: HM Treasury Green Book, long-standing rates. The edition of February 2026, which followed the Review of "
    "2025, keeps these rates and sets no threshold for the benefit–cost ratio: a ratio below 1 is not by itself poor "
    "value. It was read here at second hand; check rates against it before a business case."
)


def appraisal_text(appraisal: Appraisal) -> str:
    """The whole appraisal, as it is printed."""
    results, plan = appraisal.results, appraisal.results.plan
    place, number = plan.place.heading, len(results.replicates)
    lines = [
        *wrapped(
            f"Appraisal, {place}, {results.years[0]} to {appraisal.last_year}: options against "
            f"{in_words(appraisal.first)}, which stands for business as usual"
        ),
        *wrapped(
            f"{number} run{'s' if number != 1 else ''} of each with shared luck; 2023/24 prices, discounted to "
            f"{results.years[0]}; people’s lives valued by {appraisal.valued.units} at £{plain(appraisal.unit_value)} "
            f"each, unpaid hours at {_hours_words(appraisal)}."
        ),
    ]
    for option in appraisal.options:
        lines += ["", *_option_lines(appraisal, option)]
        lines += ["", *cost_text(appraisal.results, option.scenario, appraisal.first, appraisal.years)]
    lines += ["", *_values_lines(appraisal), *wrapped(STATUS), *_cautions(appraisal)]
    return "\n".join(lines) + "\n"


def _hours_words(appraisal: Appraisal) -> str:
    price = unpaid_hour(appraisal.hours)
    words = "what buying them would cost" if appraisal.hours == "replacement" else "their worth to the carer"
    return f"{words} (£{plain(price, 2)})"


def _row(label: str, shown: str, half: str = "", word: str = "") -> str:
    line = f"{label:<{_LABEL}}{shown:>{_VALUE - 4}} {half:<10} {word}".rstrip()
    return line if len(line) <= WIDTH else f"{label}: {shown}{f', {word}' if word else ''}"


def _money(label: str, found: Estimate, decimals: int) -> str:
    row = Headline(label, "", "cost", unit=_MILLION, decimals=decimals)
    return _row(label, row.change(found.value), row.half(found), "" if row.tells(found) else "unclear")


def _option_lines(appraisal: Appraisal, option: Option) -> list[str]:
    results, plan = appraisal.results, appraisal.results.plan
    name = called(plan, option.scenario, cut=True)
    lines = [f"{name.upper()}"[:WIDTH], f"Objectives: difference in {appraisal.last_year}", "─" * WIDTH]
    for row in appraisal.objectives:
        found = results.difference(
            option.scenario, appraisal.first, row.measure, appraisal.last_year, row.by, row.group
        )
        lines.append(
            f"{row.label:<{_LABEL}}{row.change(found.value):>{_VALUE - 4}} {row.half(found):<10} {verdict(row, found)}"
        )
    deaths = appraisal.deaths(option)
    shown = f"±{plain(deaths.half)}" if deaths.half >= 0 else ""
    lines.append(
        f"{'Deaths over the period':<{_LABEL}}{signed(deaths.value):>{_VALUE - 4}} {shown:<10} "
        f"{'' if deaths.clear else 'unclear'}".rstrip()
    )
    effect, net = estimate(option.effect), estimate(option.net)
    ratio, per_unit = ("" if clear else "unclear" for clear in (option.ratio_clear, option.per_unit_clear))
    units, decimals = appraisal.valued.units, money_decimals(results)
    half = f"±{plain(effect.half, decimals - 1)}" if effect.half >= 0 else ""  # lives as finely as their worth
    lines += [
        "Value, £ million; + is a gain, − a cost",
        "─" * WIDTH,
        _row(
            f"{units[0].upper()}{units[1:]}, discounted",
            signed(effect.value, decimals - 1),
            half,
            "" if effect.clear else "unclear",
        ),
    ]
    lines += [_money(_part_label(appraisal, part), estimate(pounds), decimals) for part, pounds in option.parts.items()]
    lines += [
        _money("Net present social value", net, decimals),
        _row("Benefit–cost ratio (one row among others)", ratio_words(option), word=ratio),
        _row(f"Public cost of one more {appraisal.valued.unit}", per_unit_words(option), word=per_unit),
    ]
    lines += _spread_lines(appraisal, option)
    lines += _acceptable_lines(appraisal, option)
    lines += wrapped(switching_words(appraisal, option))
    before, after = before_and_after(results, option.scenario)
    when = after if option.scenario in {scenario.name for scenario in plan.cuts} else before
    money = money_sentence(results, option.scenario, appraisal.first, when)
    return [*lines, *(wrapped(money) if money else [])]


def _spread_lines(appraisal: Appraisal, option: Option) -> list[str]:
    """What the value rests on with its two ranges side by side; none where no parameters were drawn."""
    if option.drawn is None:
        return []
    spreads = option.spreads
    labels = {"effect": f"{appraisal.valued.units[0].upper()}{appraisal.valued.units[1:]}"}
    labels |= {part: _SHORT.get(part, _part_label(appraisal, part)) for part in option.parts}
    labels["net"] = "Net present social value"
    lines = ["Chance and what is not known, £ million", spread_heading(), "─" * WIDTH]
    money = money_decimals(appraisal.results)
    for part, label in labels.items():
        unit, decimals = (1.0, money - 1) if part == "effect" else (_MILLION, money)
        lines.append(spread_row(Headline(label, "", "cost", unit=unit, decimals=decimals), spreads[part], "change"))
    return lines


def _acceptable_lines(appraisal: Appraisal, option: Option) -> list[str]:
    """The acceptability curve as a small table: of runs, and of draws of parameters where there are any."""
    thresholds = appraisal.valued.thresholds
    told = [
        *wrapped(f"In what share of runs it is worth its cost, if a {appraisal.valued.unit} is worth so much"),
        " " * _CURVE_LABEL + "".join(f"£{plain(worth)}".rjust(9) for worth in thresholds),
        "─" * WIDTH,
    ]
    for label, which, whole in (
        ("public cost", option, False),
        ("all costs", option, True),
        ("public, drawn", option.drawn, False),
        ("all, drawn", option.drawn, True),
    ):
        if which is not None:
            shares = appraisal.acceptable(which, whole=whole).tolist()
            told.append(f"{label:<{_CURVE_LABEL}}" + "".join(f"{100 * share:.0f} %".rjust(9) for share in shares))
    drawn = " Drawn: of the draws of parameters, which differ by chance too." if option.drawn is not None else ""
    return [*told, *wrapped(f"All costs: what citizens, families and others bear is counted too.{drawn}")]


def _part_label(appraisal: Appraisal, part: str) -> str:
    if part == "benefit":
        return f"Worth of the {appraisal.valued.units}"
    return _PARTS.get(part, payer_label(part))


def ratio_words(option: Option) -> str:
    """The benefit–cost ratio as it is shown; ``none`` where no more public money is spent."""
    return "none" if math.isnan(option.ratio) else plain(option.ratio, 2)


def per_unit_words(option: Option) -> str:
    """What one more QALY or wellbeing year costs the public purse, as it is shown."""
    found = option.per_unit
    if found.words == "cost of one more":
        return f"£{plain(found.pounds)}"
    return f"£{plain(found.pounds)} saved for one fewer" if found.words == "saving for one fewer" else found.words


def acceptable_words(appraisal: Appraisal, option: Option, thresholds: Sequence[int] | None = None) -> str:
    """In what share of runs an option is worth its public cost, by what a unit is taken to be worth.

    Args:
        appraisal: The appraisal.
        option: The option.
        thresholds: Values of a unit that are told, pounds; the yardstick's if left out.
    """
    shown = thresholds or appraisal.valued.thresholds
    shares = [f"{100 * share:.0f} %" for share in appraisal.acceptable(option, shown).tolist()]
    first, *others = (f"£{plain(threshold)}" for threshold in shown)
    told = ", ".join(
        [
            f"{shares[0]} of runs at {first} a {appraisal.valued.unit}",
            *(f"{share} at {at}" for share, at in zip(shares[1:], others, strict=True)),
        ]
    )
    return f"Worth its public cost in {told}."


def switching_words(appraisal: Appraisal, option: Option) -> str:
    """What would have to change, and by how much, for the option to be worth exactly its cost."""
    within = {part: factor for part, factor in option.switching.items() if 0 <= factor <= _SWITCH_WITHIN}
    if not within:
        return "No one part, changed up to tenfold, would bring the net value to 0."
    told = joined([_switch(appraisal, option, part, factor) for part, factor in within.items()], "or")
    return (
        f"For the net value to be 0, one part alone would have to be so many times as large as found: {told}; no other "
        "part up to tenfold."
    )


def _switch(appraisal: Appraisal, option: Option, part: str, factor: float) -> str:
    """One part's switching value: the factor, and the amount that it comes to beside the one found."""
    label = _SHORT["public"] if part == "public" else _part_label(appraisal, part)
    lowered = label if label[:2].isupper() else f"{label[0].lower()}{label[1:]}"
    found, decimals = float(option.parts[part].mean()), money_decimals(appraisal.results)
    amounts = f"{millions(factor * found, decimals)}, not {millions(found, decimals)}"
    return f"{lowered} {plain(factor, 1 if factor >= 0.1 else 2)} ({amounts})"


def _values_lines(appraisal: Appraisal) -> list[str]:
    lines = ["RATES AND VALUES", "─" * WIDTH]
    for told in appraisal.values():
        row = register()[str(told["key"])]
        span = f" ({row.low} to {row.high})" if row.low != row.high else ""
        price = told["in_2023_24_prices"]
        today = f", £{plain(float(str(price)), 2 if float(str(price)) < 100 else 0)} in 2023/24 prices" if price else ""
        lines += wrapped(f"{_NAMES[row.key]}: {row.value} {row.unit}{span}{today}. {row.source} [{row.grade}]")
    return lines


def _cautions(appraisal: Appraisal) -> list[str]:
    bias, plan = Numbers()["appraisal.optimism_bias"], appraisal.results.plan
    decimals = money_decimals(appraisal.results)
    added = "; ".join(
        f"{called(plan, o.scenario, cut=True)} {millions(o.optimism, decimals) if o.optimism else 'nothing'}"
        for o in appraisal.options
    )
    ranges = (
        f"Beside rows, ± is from chance alone. {how_drawn(appraisal.results)} Rates and values of the appraisal are "
        "held: switching values show what another would do."
        if appraisal.results.has_ranges
        else "The ± is from chance alone: a comparison made with --ranges 20 shows what is not known beside it."
    )
    said = [
        f"Optimism: {100 * bias:g} % is added to every service on which an option spends more public money ({added}). "
        "Savings are not enlarged.",
        ranges,
        "Debt paid back is left out: what it was borrowed "
        "for has been counted. More unpaid care is counted as a cost to families; where it is given gladly, that "
        "overstates it.",
        "QALYs and wellbeing years measure the same change: never add the one to the other. Not valued in money: "
        "control, trust, fairness, what happens after the last year.",
    ]
    return [line for text in said for line in wrapped(text)]

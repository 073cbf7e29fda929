"""The tables of a brief: the options, the medium term beside the horizon, how well the model's numbers are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from demandsim.experiment.comparison import Estimate, Results, When
from demandsim.experiment.equal_spend import SUFFIX
from demandsim.parameters.effects import EFFECTS_OF_PRACTICE
from demandsim.parameters.register import GRADES, register
from demandsim.report.answer import verdict
from demandsim.report.brief_parts import Group, Table
from demandsim.report.brief_value import YARDSTICK, appraisal_group, starred
from demandsim.report.canvas import Picture
from demandsim.report.costs import OWN
from demandsim.report.evidence import graded
from demandsim.report.headlines import HEADLINES, Headline, called, headlines, money_decimals, plain
from demandsim.report.pairs import Pair, payer_label, payers
from demandsim.report.sentences import bought_by_overspend, gains, runs_with_notice, same_scenario

_MILLION = 1e6
_MEDIUM_TERM = 4
_OUTCOMES = ("unmet_need_people", "unmet_need_hours", "carer_hours", "carer_strain", "wellbeing")
_OVER_TIME = ("unmet_need_people", "carer_strain", "wellbeing")
_CARER_HOURS = Headline("Unpaid care, hours a week", "hours of unpaid care a week", "carer_hours")


def _rows(results: Results, measures: Sequence[str]) -> list[Headline]:
    known = {row.measure: row for row in HEADLINES if row.by == "all"} | {_CARER_HOURS.measure: _CARER_HOURS}
    return [known[name] for name in measures if results.has(name)]


def _beside(row: Headline, found: Estimate, *, same: bool) -> str:
    """A difference as it stands beside a value: its size, its range, its word."""
    if same:
        return "same"
    half = row.half(found)
    return f"{row.change(found.value)}{f' {half}' if half else ''}, {verdict(row, found)}"


def options_table(results: Results, chosen: Sequence[Pair]) -> Table:
    """Every option: how people fare first, what it costs whom, the council's books, value; with the evidence beside."""
    last, count = results.years[-1], len(results.years)
    shown = [(pair, name) for pair in chosen for name in (pair.against, pair.ours)]
    heads = [called(results.plan, name) for _, name in shown]
    above = (*((pair.budget, 2) for pair in chosen), ("", 1)) if len(chosen) > 1 else ()
    span = f"over {count} years" if count > 1 else f"in {last}"
    groups = [
        _group(results, shown, f"People in {last}", _rows(results, _OUTCOMES), last),
        _group(results, shown, f"Cost {span}, £ million", _cost_rows(results), "horizon"),
    ]
    if results.has("council_balance"):
        balance = Headline(
            "Balance of all years", "", "council_balance", unit=_MILLION, decimals=money_decimals(results)
        )
        books = _group(results, shown, "The council’s books, £ million", [balance], "horizon")
        rows = [
            *books.rows,
            (f"Section 114 notice by {last}", (*(_notice(results, name) for _, name in shown), "")),
            ("What its gains rest on", (*(_ground(results, pair, name) for pair, name in shown), "")),
        ]
        groups.append(Group(books.head, tuple(rows)))
    value = appraisal_group(results, chosen)
    groups.append(Group(value.head, tuple((head, (*cells, "")) for head, cells in value.rows)))
    caption = (
        f"The yardstick is {called(results.plan, chosen[0].against)}. In brackets: the difference from it under the "
        "same budget, ± its 95 % range from chance alone."
    )
    return Table(
        caption,
        ("", *heads, "evidence for the difference" if len(chosen) == 1 else "evidence"),
        tuple(group for group in groups if group.rows),
        above,
    )


def _cost_rows(results: Results) -> list[Headline]:
    rows: list[Headline] = []
    decimals = money_decimals(results)
    for name in payers(results):
        rows.append(Headline(payer_label(name), "", "cost", "payer", name, _MILLION, decimals))
        if name == "citizen":
            rows += [
                Headline(label, "", "own_money", "source", source, _MILLION, decimals)
                for source, label in OWN.items()
                if results.has("own_money", "source", source)
            ]
    return rows


def _group(
    results: Results, shown: Sequence[tuple[Pair, str]], head: str, rows: Sequence[Headline], when: When
) -> Group:
    """Rows of values, each with its difference from the yardstick; at its end, the grade of a headline's evidence."""
    grades = {(held.row.measure, held.row.by, held.row.group): held.grade for held in graded(results)}
    lines = []
    for row in rows:
        cells = []
        for pair, name in shown:
            text = row.number(results.estimate(name, row.measure, when, row.by, row.group).value)
            if name != pair.against:
                found = results.difference(name, pair.against, row.measure, when, row.by, row.group)
                text += f" ({_beside(row, found, same=same_scenario(results, name, pair.against))})"
            cells.append(text)
        lines.append((row.label, (*cells, grades.get((row.measure, row.by, row.group), "not graded"))))
    return Group(head, tuple(lines))


def _notice(results: Results, name: str) -> str:
    if not results.has("section_114"):
        return "–"
    runs = runs_with_notice(results, name)
    return f"in {runs} of {len(results.replicates)} runs" if runs else "in no run"


def _ground(results: Results, pair: Pair, name: str) -> str:
    """What better outcomes come with: a gain bought by an overspend is called that."""
    if name == pair.against:
        return YARDSTICK
    if bought_by_overspend(results, name, pair.against):
        return "A gain bought by an overspend"
    if not gains(results, name, pair.against):
        return "No clear gain"
    return "Gained at equal spend" if name.endswith(SUFFIX) else "No greater overspend"


def over_time_table(results: Results, chosen: Sequence[Pair]) -> Table:
    """The option less the yardstick in each year of the medium term, and in the last."""
    years = results.years[:_MEDIUM_TERM]
    last = [results.years[-1]] if results.years[-1] not in years else []
    rows = [*_rows(results, _OVER_TIME)]
    rows += [
        row
        for row in headlines(results)
        if (row.measure, row.group) in (("cost", "council"), ("council_balance", "all"))
    ]
    shown = [*years, *last]
    lines = []
    for row in rows:
        cells = []
        for pair in chosen:
            for year in shown:
                found = results.difference(pair.ours, pair.against, row.measure, year, row.by, row.group)
                cells.append(starred(row, found))
        lines.append((row.label, tuple(cells)))
    heads = [f"{year} (yr\N{NO-BREAK SPACE}{results.years.index(year) + 1})" for year in shown]
    name, other = called(results.plan, chosen[0].ours), called(results.plan, chosen[0].against)
    span = f"Medium term (years 1 to {_MEDIUM_TERM}) beside the horizon" if last else "Over the years"
    caption = f"{span}: {name} less {other}. * is clear of chance."
    above = tuple((pair.budget, len(shown)) for pair in chosen) if len(chosen) > 1 else ()
    return Table(caption, ("", *heads * len(chosen)), (Group("", tuple(lines)),), above)


def evidence_table() -> Table:
    """How many parameters are measured, recalled, assumed or fitted: all, and the effects of practice alone."""
    rows = register()
    effects = [rows[key] for key in EFFECTS_OF_PRACTICE]
    lines = []
    for head, chosen in (("All parameters", list(rows.values())), ("Effects of practice", effects)):
        counts = Counter(row.grade for row in chosen)
        lines.append((head, tuple(plain(counts[grade]) for grade in GRADES.values())))
    return Table("How well the model’s numbers are known.", ("", *GRADES.values()), (Group("", tuple(lines)),))


def picture_table(picture: Picture) -> Table:
    """The numbers of a picture, its first column heading each row."""

    def shown(cell: str | int | float) -> str:
        if not isinstance(cell, float):
            return str(cell)
        return plain(cell, 0 if abs(cell) >= 1000 else 1 if abs(cell) >= 100 else 2)

    rows = tuple((shown(row[0]), tuple(shown(cell) for cell in row[1:])) for row in picture.rows)
    return Table(f"Numbers: {picture.title}", picture.columns, (Group("", rows),))

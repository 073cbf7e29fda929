"""The months of a traced life as rows: what CSV, JSON and pictures are made from."""

from __future__ import annotations

from collections.abc import Sequence

from demandsim.agents.citizens import Arrangement, Band, Setting, Waiting
from demandsim.experiment.trace import Life, TracedMonth
from demandsim.measures.recorder import WEEKS_A_MONTH
from demandsim.report.life_words import (
    ARRANGEMENT_WORDS,
    BAND_WORDS,
    SETTING_WORDS,
    WAITING_WORDS,
    from_kin,
    hours_cared,
    iso_month,
)

type Record = dict[str, object]

OWN_PAYER, FAMILY_PAYER = "citizen", "family"

UNITS = {
    "age": "years",
    "help_needed": "hours a week, hands-on",
    "from_kin": "hours a week, being there included",
    "from_neighbours": "hours a week",
    "from_breaks": "hours a week that others give while kin have a break",
    "from_paid_help": "hours a week of need met",
    "from_reablement": "hours a week",
    "unmet": "hours a week",
    "wellbeing": "0-10",
    "capability": "0-1",
    "bed_days": "days in the month",
    "delayed_days": "days in the month",
    "care_given": "hours a week",
    "own_strain": "0-1",
    "family_care_given": "hours a week, all they care for",
    "family_strain": "0-1, the most strained of those who care",
}
"""Units of the columns that have one; costs and worth are pounds in the month at 2023/24 prices.

Costs of the family are earnings given up to care; of the citizen, charges and what they buy themselves.
"""


def month_record(life: Life, month: TracedMonth, unpaid_hour: float) -> Record:
    """One month as a row.

    Args:
        life: Whose.
        month: The month.
        unpaid_hour: Pounds that an hour of unpaid help is valued at.
    """
    state = month.state
    carers = [r.state for r in month.family if r.state["care_given"] > 0]
    row: Record = {
        "scenario": life.scenario,
        "month": iso_month(month.month),
        "age": round(state["age_months"] / 12, 2),
        "lives": SETTING_WORDS[Setting(state["setting"])],
        "household": month.household,
        "need": BAND_WORDS[Band(state["band"])],
        "help_needed": _short(state["hands_on"]),
        "from_kin": _short(from_kin(state)),
        "from_neighbours": _short(state["neighbour_hours"]),
        "from_breaks": _short(state["relieved_hours"]),
        "from_paid_help": _short(state["paid_hours"]),
        "from_reablement": _short(state["reablement_hours"]),
        "unmet": _short(state["unmet_hours"]),
        "support": ARRANGEMENT_WORDS.get(Arrangement(state["arrangement"]), "support"),
        "waits": WAITING_WORDS.get(Waiting(state["waiting"]), "yes"),
        "wellbeing": _short(state["wellbeing"]),
        "capability": _short(state["capability"]),
        "lonely": bool(state["lonely"]),
        "admitted": bool(state["admitted"]),
        "bed_days": _short(state["hospital_trace"]),
        "delayed_days": _short(state["delayed_days"]),
        "care_given": _short(hours_cared(state)),
        "own_strain": _short(state["strain"]),
        "has_broken_down": bool(state["broken_down"]),
        "family_care_given": _short(sum(hours_cared(s) for s in carers)),
        "family_strain": _short(max((s["strain"] for s in carers), default=0.0)),
    }
    costs = {f"cost_{payer}": round(pounds, 2) for payer, pounds in sorted(by_payer(month).items())}
    worth = (from_kin(state) + state["neighbour_hours"]) * WEEKS_A_MONTH * unpaid_hour
    return row | {"unpaid_help_worth": round(worth, 2)} | costs


def by_payer(month: TracedMonth) -> dict[str, float]:
    """Pounds of a month by payer: the usual three always, others where they paid."""
    found = {"council": 0.0, "nhs": 0.0, OWN_PAYER: 0.0}
    for (_, payer), pounds in month.costs.items():
        found[payer] = found.get(payer, 0.0) + pounds
    return found


def month_records(lives: Sequence[Life], unpaid_hour: float) -> list[Record]:
    """All months of all lives as rows of the same columns."""
    rows = [month_record(life, month, unpaid_hour) for life in lives for month in life.months]
    columns = dict.fromkeys(name for row in rows for name in row)
    return [{name: row.get(name, 0.0) for name in columns} for row in rows]


def _short(value: float) -> float:
    """A value to four decimals: columns are single precision."""
    return round(float(value), 4)

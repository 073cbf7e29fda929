"""Recipes of measures: which tallies of stocks and events make which measure, and for whom they count."""

from __future__ import annotations

from dataclasses import dataclass

from demandsim.measures.breakdowns import Whom


@dataclass(frozen=True)
class Share:
    """A measure that is one tally over another, both summed over the months.

    Attributes:
        top: What is counted.
        bottom: Out of what.
        whom: Who counts.
    """

    top: str
    bottom: str
    whom: Whom = "adults"


STATES: dict[str, Whom] = {
    "population": "everyone",
    "need_people": "adults",
    "need_hours": "adults",
    "unmet_need_people": "adults",
    "unmet_need_hours": "adults",
    "waiting_people": "adults",
    "long_term_clients": "adults",
    "people_supported": "adults",
    "volunteers": "adults",
    "carers": "everyone",
    "carer_hours": "everyone",
    "carer_strain": "everyone",
    "care_home_residents": "adults",
    "care_home_residents_council": "adults",
    "working_age_clients": "adults",
    "carers_work_lost": "everyone",
    "people_disadvantaged": "adults",
    "need_people_disadvantaged": "adults",
    "unmet_need_people_disadvantaged": "adults",
    "long_term_clients_disadvantaged": "adults",
}
"""Means over the months of a year."""

FLOWS: dict[str, Whom] = {
    "contacts": "adults",
    "requests": "adults",
    "turned_away": "adults",
    "assessments": "adults",
    "plans": "adults",
    "new_clients": "adults",
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
"""Sums over a year."""

SHARES: dict[str, Share] = {
    "unmet_need_share": Share("unmet_need_people", "need_people"),
    "unmet_hours_share": Share("unmet_need_hours", "need_hours"),
    "failure_demand_share": Share("failure_contacts", "contacts"),
    "direct_payment_share": Share("direct_payments", "supported_at_home"),
    "relationship": Share("relationship", "with_worker"),
    "wellbeing": Share("wellbeing", "population"),
    "health_quality": Share("health", "population"),
    "scrqol": Share("scrqol", "need_people"),
    "capability": Share("capability", "population"),
    "loneliness": Share("lonely", "population"),
    "loneliness_65plus": Share("lonely", "population", "older"),
    "control": Share("control", "need_people"),
    "trust": Share("trust", "trust_people"),
    "turned_away_share": Share("people_turned_away", "people_asking"),
    "turned_away_share_disadvantaged": Share("turned_away_disadvantaged", "contacts_disadvantaged"),
    "wellbeing_disadvantaged": Share("wellbeing_disadvantaged", "people_disadvantaged"),
    "readmission_share": Share("readmissions", "emergency_admissions", "older"),
    "therapy_wait_weeks": Share("therapy_waited", "therapy_seen"),
}
"""Sums over sums."""

YEARS_LIVED = {"qaly": "health", "wellbeing_years": "wellbeing", "independent_years": "independent"}
"""Years of life of adults, each weighted by a stock: a month is a twelfth."""

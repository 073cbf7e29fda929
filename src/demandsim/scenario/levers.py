"""The levers of practice as scenario files name them: readable, in groups, with units and limits.

This table ties three names together: the key in a file (``practice.visits.longest_minutes``), the field of `Practice`
(``visit_minutes``) and the rows of the evidence register that hold its value at both ends of practice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from demandsim.scenario.practice import Practice


@dataclass(frozen=True, slots=True)
class Lever:
    """One lever of practice.

    Attributes:
        group: Group in a scenario file.
        key: Name within the group, unit included.
        field: Field of `Practice`.
        low: Least value a file may hold.
        high: Greatest value a file may hold.
        words: What it is, in a sentence.
        deficit: Evidence row of its value in deficit-based practice.
        strengths: Evidence row of its value in strengths-based practice.
    """

    group: str
    key: str
    field: str
    low: float
    high: float
    words: str
    deficit: str
    strengths: str

    @property
    def path(self) -> str:
        """Where it stands in a scenario file."""
        return f"practice.{self.group}.{self.key}"


def _lever(
    group: str,
    key: str,
    field: str,
    limits: tuple[float, float],
    words: str,
    *,
    deficit: str = "",
    strengths: str = "",
) -> Lever:
    return Lever(
        group,
        key,
        field,
        *limits,
        words,
        deficit or f"practice.deficit.{field}",
        strengths or f"practice.strengths.{field}",
    )


_SHARE = (0.0, 1.0)

LEVERS: tuple[Lever, ...] = (
    _lever("door", "first_conversation_hours", "door_hours", (0, 10), "Staff hours of a first conversation."),
    _lever(
        "door",
        "assessment_hours",
        "assessment_hours",
        (0.5, 40),
        "Staff hours of an assessment or full conversation.",
        deficit="practice.deficit_assess_hours",
        strengths="practice.strengths_convo_hours",
    ),
    _lever("door", "team_hours_ratio", "team_hours_ratio", (0.1, 5), "Front-door team hours against today's."),
    _lever(
        "door",
        "handoffs_per_case",
        "handoffs",
        (0, 20),
        "Hand-offs from request to stable support.",
        deficit="practice.deficit_handoffs",
        strengths="practice.strengths_handoffs",
    ),
    _lever(
        "door",
        "open_to_all_share",
        "open_door_share",
        _SHARE,
        "Share of those who ask below the threshold who are still heard in a full conversation.",
    ),
    _lever(
        "planning",
        "menu_share",
        "menu_share",
        _SHARE,
        "Share of answers other than standard packages that staff can reach: groups, breaks, brokerage.",
    ),
    _lever(
        "planning",
        "family_ask_share",
        "family_ask_share",
        _SHARE,
        "Share of kin's spare hours that a plan asks for.",
    ),
    _lever(
        "planning",
        "direct_payment_share",
        "direct_payment_share",
        _SHARE,
        "Share of people with a plan to whom a direct payment is open.",
        deficit="sc.direct_payment_share_65plus",
    ),
    _lever(
        "planning",
        "no_placement_below_bands",
        "placement_bands",
        (0, 5),
        "Limitation, in need bands, below which no care-home placement is proposed.",
    ),
    _lever(
        "planning",
        "made_together_share",
        "together_share",
        _SHARE,
        "Share of plans that are made together with the person, which takes longer.",
    ),
    _lever(
        "planning",
        "broker_hours_per_plan",
        "broker_hours",
        (0, 40),
        "Hours of an independent broker for each new plan, beyond the assessment.",
    ),
    _lever(
        "planning",
        "shared_lives_hosts_per_100k_per_year",
        "shared_lives_hosts",
        (0, 50),
        "Shared Lives hosts looked for and approved in a year per 100,000 people, beyond those replaced.",
    ),
    _lever("visits", "longest_minutes", "visit_minutes", (15, 120), "Longest visit, minutes."),
    _lever(
        "visits",
        "time_with_person_share",
        "goal_share",
        _SHARE,
        "Share of visits in which time beyond the task is spent working with the person.",
    ),
    _lever(
        "visits",
        "same_worker_share",
        "rota_share",
        _SHARE,
        "Share of visits by the same worker when nobody is missing.",
    ),
    _lever(
        "visits",
        "pounds_per_hour",
        "home_care_price",
        (5, 100),
        "What the council pays for an hour of home care, 2023/24 prices.",
        deficit="cost.homecare_hour_la_2023_24",
    ),
    _lever("workers", "recording_share", "recording_share", (0, 0.5), "Share of paid hours spent recording."),
    _lever("workers", "autonomy_share", "autonomy", _SHARE, "How far workers decide for themselves."),
    _lever(
        "workers",
        "supervision_hours_per_month",
        "supervision_hours",
        (0, 20),
        "Reflective supervision of each worker, hours a month.",
    ),
    _lever("workers", "trained_share", "trained_share", _SHARE, "Share of workers trained in relational work."),
    _lever(
        "workers",
        "hired_for_values_share",
        "values_led_share",
        _SHARE,
        "Share of new workers chosen for their values, which takes longer.",
    ),
    _lever(
        "workers",
        "learning_hours_per_month",
        "learning_hours",
        (0, 20),
        "Paid hours a month in which each worker and team learns from what went wrong.",
    ),
    _lever(
        "workers",
        "faults_mended_share",
        "mending_share",
        _SHARE,
        "Share of faults found that a leader with the authority to do so mends in the month they are found.",
    ),
    _lever(
        "reablement",
        "starts_per_100k_65plus_per_year",
        "reablement_places",
        (0, 50_000),
        "Reablement starts a year per 100,000 people aged 65 and over.",
    ),
    _lever(
        "carers", "break_share", "carer_break_share", (0, 0.5), "Most of a strained carer's hours that breaks replace."
    ),
    _lever(
        "carers",
        "break_hours_per_100k_65plus_per_year",
        "carer_break_hours",
        (0, 5_000_000),
        "Hours of breaks that the council pays for in a year, per 100,000 people aged 65 and over.",
    ),
    _lever(
        "carers",
        "reach_share",
        "carer_reach_share",
        _SHARE,
        "Share of carers of 20 hours a week and more who are in the plan.",
    ),
    _lever(
        "carers",
        "information_hours_per_year",
        "carer_information_hours",
        (0, 200),
        "Information and training of each carer reached, hours a year.",
    ),
    _lever(
        "carers", "backup_share", "carer_backup_share", _SHARE, "Share of carers reached who have an emergency back-up."
    ),
    _lever("community", "connectors_per_100k", "connectors", (0, 100), "Local area coordinators per 100,000 people."),
    _lever("community", "catalysts_per_100k", "catalysts", (0, 100), "Community catalyst posts per 100,000 people."),
    _lever(
        "community",
        "grant_per_need",
        "group_grant_share",
        (0, 20),
        "Public money for groups against what they need to go on; above 1 it pays for starting new ones.",
    ),
    _lever(
        "community",
        "peer_supporters_per_100k",
        "peer_supporters",
        (0, 100),
        "Paid peer supporters, people who have lived through it themselves, per 100,000 people.",
    ),
    _lever(
        "community",
        "appointment_days_per_year",
        "appointment_days",
        (0, 52),
        "Community Appointment Days a year, on which people who wait for a therapist are seen all at once.",
    ),
    _lever(
        "commissioning",
        "alliance_share",
        "alliance_share",
        _SHARE,
        "Share of home care bought through an alliance of providers instead of by the hour.",
    ),
    _lever("commissioning", "contract_years", "contract_years", (1, 15), "Length of contracts with providers, years."),
    _lever(
        "commissioning",
        "pooled_share",
        "pooled_share",
        _SHARE,
        "Share of support after hospital that council and NHS pay from one pooled budget.",
    ),
    _lever(
        "commissioning",
        "micro_enterprises_per_100k_per_year",
        "micro_starts",
        (0, 50),
        "Micro-enterprises helped to start in a year per 100,000 people.",
    ),
    _lever(
        "hospital",
        "rapid_support_per_100k_65plus_per_year",
        "rapid_support_places",
        (0, 50_000),
        "Rapid-support episodes a year per 100,000 people aged 65 and over.",
    ),
)
"""Every field of `Practice` once."""


def practice_at(end: str, numbers: Mapping[str, float]) -> Practice:
    """The practice at one end, from the evidence register.

    Args:
        end: ``deficit`` or ``strengths``: a column of `LEVERS`.
        numbers: Parameter values by evidence key.
    """
    return Practice(**{lever.field: numbers[getattr(lever, end)] for lever in LEVERS})

"""The levers of practice in six parts that a council would recognise, for asking which part does the work."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from demandsim.scenario.levers import LEVERS

PARTS: Mapping[str, tuple[str, ...]] = {
    "the front door": ("door_hours", "assessment_hours", "team_hours_ratio", "handoffs", "open_door_share"),
    "plans and choices": (
        "menu_share",
        "family_ask_share",
        "direct_payment_share",
        "placement_bands",
        "together_share",
        "broker_hours",
        "shared_lives_hosts",
    ),
    "home care and its workers": (
        "visit_minutes",
        "goal_share",
        "rota_share",
        "home_care_price",
        "recording_share",
        "autonomy",
        "supervision_hours",
        "trained_share",
        "values_led_share",
        "learning_hours",
        "mending_share",
        "alliance_share",
        "contract_years",
    ),
    "getting better at home": ("reablement_places", "rapid_support_places", "appointment_days", "pooled_share"),
    "the offer to carers": (
        "carer_break_share",
        "carer_break_hours",
        "carer_reach_share",
        "carer_information_hours",
        "carer_backup_share",
    ),
    "neighbours and groups": ("connectors", "catalysts", "group_grant_share", "peer_supporters", "micro_starts"),
}
"""Fields of `Practice` by part; every lever once."""


def check_parts(parts: Mapping[str, Collection[str]]) -> None:
    """Refuse parts that leave a lever out, name one twice or name none.

    Args:
        parts: Fields of `Practice` by part.

    Raises:
        ValueError: Naming the levers.
    """
    known = {lever.field for lever in LEVERS}
    named = [field for fields in parts.values() for field in fields]
    unknown = sorted(set(named) - known)
    twice = sorted({field for field in named if named.count(field) > 1})
    missing = sorted(known - set(named))
    for trouble, fields in (("no lever", unknown), ("in two parts", twice), ("in no part", missing)):
        if fields:
            raise ValueError(f"{', '.join(fields)}: {trouble}. Every lever belongs to one part.")

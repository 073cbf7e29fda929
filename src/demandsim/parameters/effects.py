"""The assumed effects of practice: what a way of working is taken to do, beyond its hours and pounds.

No opened source measures them, so each has a range that includes none, is never fitted, and is swept together with
the others: at nothing, at the middle and at the high end.
"""

from __future__ import annotations

from collections.abc import Mapping

from demandsim.parameters.register import register

EFFECTS_OF_PRACTICE: tuple[str, ...] = (
    "need.capability_weight",
    "cap.enable_hour",
    "cap.done_for",
    "cap.tie",
    "frailty.lonely",
    "frailty.unmet",
    "frailty.strain",
    "acute.unmet",
    "acute.alone",
    "recovery.reablement_speed",
    "recovery.reablement_scar",
    "rel.early_contact",
    "rel.wellbeing",
    "door.half_hours",
    "practice.info_loss_per_handoff",
    "wf.autonomy_relief",
    "wf.supervision_relief",
    "wf.skill_trained",
    "value.lifesat_capability",
    "carers.strain_break",
    "carers.strain_info",
    "carers.strain_backup",
    "carers.capability_hour",
    "visit.rapport",
    "coping.meals",
    "coping.fall_unmet",
    "coping.lie_calls",
    "coping.night_calls",
    "coping.carer_calls",
    "discharge.alone_days",
    "discharge.unmet_return",
    "home.unmet",
    "therapy.slower",
    "therapy.day_joins",
    "plan.together_fit",
    "trust.ask",
    "trust.join",
    "trust.accept",
    "pool.arranging_saved",
    "market.alliance_cover",
    "market.alliance_saves",
    "market.broker_effect",
    "market.broker_group",
    "market.host_older",
    "market.price_hold",
    "market.alliance_price_months",
    "wf.values_skill",
    "wf.values_stay",
    "learn.effect",
    "peer.tie_chance",
)
"""Evidence keys; each at 0 does nothing."""

EFFECTS_OF_SERVICES: Mapping[str, float] = {
    "adm.rapid": 0.0,
    "carers.crisis_months_backup": 3.0,
    "carers.strain_skill": 0.0,
    "door.know_connector": 0.0,
    "soc.group_formation_money": 0.0,
    "soc.group_survival_connector": 0.0,
    "wa.host_growth": 0.0,
}
"""What the services do that strengths-based practice buys more of, with the value at which each does nothing.

They are drawn like other assumed numbers. Where all effects are put at one point of their ranges, these are too.
"""


def effects_at(where: str) -> dict[str, float]:
    """Values of all effects, of practice and of the services it buys, at one point of their ranges.

    Args:
        where: ``null``, ``mid`` or ``high``.

    Raises:
        KeyError: If it is none of these.
    """
    found: dict[str, float] = {}
    for key, nothing in {**dict.fromkeys(EFFECTS_OF_PRACTICE, 0.0), **EFFECTS_OF_SERVICES}.items():
        row = register()[key]
        most = max(float(row.low), float(row.high), key=lambda end: abs(end - nothing))
        found[key] = {"null": nothing, "mid": float(row.value), "high": most}[where]
    return found

"""A way of practising: rules and uses of time, every one a number that can be blended or changed alone.

No field is an outcome or a cost multiplier. Nothing in the month reads a practice's name; it has none here.
"""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class Practice:
    """The levers of practice in force in one month.

    Attributes:
        door_hours: Staff hours of a first conversation.
        assessment_hours: Staff hours of an assessment or full conversation.
        team_hours_ratio: Front-door team hours against the settled base.
        handoffs: Hand-offs per case, from request to stable support.
        menu_share: Share of non-standard answers (groups, breaks, information, brokerage) that staff can reach.
        family_ask_share: Share of kin's spare hours that a plan asks for.
        visit_minutes: Longest visit.
        goal_share: Share of visits in which time beyond the task is spent working with the person.
        rota_share: Share of visits by the same worker when nobody is missing.
        recording_share: Share of paid hours spent recording.
        autonomy: How far workers decide for themselves, 0 to 1.
        supervision_hours: Reflective supervision, hours per worker a month.
        trained_share: Share of workers trained in relational, strengths-based work.
        direct_payment_share: Share of people with a plan to whom a direct payment is open.
        placement_bands: Limitation below which no care-home placement is proposed.
        reablement_places: Reablement starts a year per 100,000 people aged 65 and over.
        carer_break_share: Share of a strained carer's hours replaced by breaks, for carers in the plan.
        carer_break_hours: Hours of breaks that the council pays for in a year, per 100,000 people aged 65 and over.
        carer_reach_share: Share of carers of 20 hours and more who are in the plan.
        carer_information_hours: Hours of information and training per reached carer a year.
        carer_backup_share: Share of reached carers with an emergency back-up slot.
        connectors: Local area coordinators per 100,000 people.
        catalysts: Community catalyst posts per 100,000 people.
        group_grant_share: Public money per group against what it needs.
        rapid_support_places: Rapid-support episodes a year per 100,000 people aged 65 and over.
        home_care_price: Pounds the council pays for an hour of home care, base-year prices.
        open_door_share: Share of those who ask below the threshold who are still heard in a full conversation.
        together_share: Share of plans made together with the person.
        broker_hours: Hours of an independent broker for each new plan.
        shared_lives_hosts: Shared Lives hosts approved a year per 100,000 people, beyond those replaced.
        values_led_share: Share of new workers chosen for their values.
        learning_hours: Paid hours a month, per worker, of learning from what went wrong.
        mending_share: Share of faults found that are mended in the month they are found.
        peer_supporters: Paid peer supporters per 100,000 people.
        appointment_days: Community Appointment Days a year.
        alliance_share: Share of home care bought through an alliance of providers.
        contract_years: Length of contracts with providers, years.
        pooled_share: Share of support after hospital paid from a budget pooled between council and NHS.
        micro_starts: Micro-enterprises helped to start a year per 100,000 people.
    """

    door_hours: float
    assessment_hours: float
    team_hours_ratio: float
    handoffs: float
    menu_share: float
    family_ask_share: float
    visit_minutes: float
    goal_share: float
    rota_share: float
    recording_share: float
    autonomy: float
    supervision_hours: float
    trained_share: float
    direct_payment_share: float
    placement_bands: float
    reablement_places: float
    carer_break_share: float
    carer_break_hours: float
    carer_reach_share: float
    carer_information_hours: float
    carer_backup_share: float
    connectors: float
    catalysts: float
    group_grant_share: float
    rapid_support_places: float
    home_care_price: float
    open_door_share: float
    together_share: float
    broker_hours: float
    shared_lives_hosts: float
    values_led_share: float
    learning_hours: float
    mending_share: float
    peer_supporters: float
    appointment_days: float
    alliance_share: float
    contract_years: float
    pooled_share: float
    micro_starts: float


def blend(first: Practice, second: Practice, share: float) -> Practice:
    """A practice part-way from one to another.

    Args:
        first: Where share is 0.
        second: Where share is 1.
        share: How far along, 0 to 1.
    """
    if share == 0.0:
        return first
    if share == 1.0:
        return second
    return Practice(
        **{
            f.name: getattr(first, f.name) + share * (getattr(second, f.name) - getattr(first, f.name))
            for f in fields(Practice)
        }
    )

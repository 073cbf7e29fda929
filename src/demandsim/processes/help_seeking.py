"""Seeking help: what worries people, and who turns to the council's front door this month.

A concern comes with illness, a fall or out of the blue, and fades; unmet hours, loneliness and heavy caring add
to it. Knowing where to go, and having been helped or turned away before, decide how much of it becomes a contact.
Who asked in vain asks again sooner: that, and no rule about "failure", is what makes repeat contacts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import Concern, Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_CONTACT = np.uint32(Purpose.CONTACT)
_HOME = np.uint8(Setting.HOME)
_NONE = np.uint8(Concern.NONE)


@dataclass(frozen=True, slots=True)
class Rules:
    """How concern comes and goes, and how it becomes a contact."""

    base: float = evidence("door.base")
    again: float = evidence("door.again")
    style_sd: float = evidence("door.sd")
    crisis: float = evidence("door.crisis")
    early_contact: float = evidence("rel.early_contact")
    concern_after_event: float = evidence("door.concern_after_event")
    concern_older: float = evidence("door.concern_older")
    concern_younger: float = evidence("door.concern_younger")
    concern_fade: float = evidence("door.concern_fade")
    again_fade: float = evidence("door.again_fade")
    again_gap: float = evidence("door.again_gap")
    tasks: float = evidence("door.kind_tasks")
    recovery: float = evidence("door.kind_recovery")
    equipment: float = evidence("door.kind_equipment")
    company: float = evidence("door.kind_company")
    relief: float = evidence("door.kind_relief")
    gap_unit: float = evidence("door.gap_unit")
    gap_most: float = evidence("door.gap_most")
    weight_concern: float = evidence("door.weight_concern")
    weight_lonely: float = evidence("door.weight_lonely")
    weight_caring: float = evidence("door.weight_caring")
    caring_hours: float = evidence("door.caring_hours")
    caring_strain: float = evidence("carers.strained_from")
    know_base: float = evidence("door.know_base")
    know_member: float = evidence("door.know_member")
    know_connector: float = evidence("door.know_connector")
    know_answer: float = evidence("door.know_answer")
    know_least: float = evidence("door.know_least")
    memory_months: float = evidence("door.memory_months")
    connector_people: float = evidence("door.connector_people")


@rule
def help_gap(
    hands_on: np.float32, kin: np.float32, neighbour: np.float32, paid: np.float32, reabling: np.float32
) -> np.float32:
    """Hands-on hours a week that nobody gives."""
    return max(hands_on - (kin + neighbour + paid + reabling), f4(0))


@rule
def knows_the_way(
    base: np.float32,
    member: np.bool_,
    helped: np.bool_,
    turned_away: np.bool_,
    by_member: np.float32,
    by_answer: np.float32,
    least: np.float32,
) -> np.float32:
    """How far a person knows where to go, and trusts that it is worth while."""
    known = base + (by_member if member else f4(0))
    known = known + (by_answer if helped else f4(0)) - (by_answer if turned_away else f4(0))
    return min(max(known, least), f4(1))


@rule
def kind_of_concern(
    luck_of_kind: np.float32, p1: np.float32, p2: np.float32, p3: np.float32, p4: np.float32, p5: np.float32
) -> np.uint8:
    """Which of the six kinds a new concern is, by cumulative shares."""
    kind = np.uint8(Concern.INFORMATION)
    kind = np.uint8(Concern.RELIEF) if luck_of_kind < p5 else kind
    kind = np.uint8(Concern.COMPANY) if luck_of_kind < p4 else kind
    kind = np.uint8(Concern.EQUIPMENT) if luck_of_kind < p3 else kind
    kind = np.uint8(Concern.RECOVERY) if luck_of_kind < p2 else kind
    return np.uint8(Concern.TASKS) if luck_of_kind < p1 else kind


@rule
def concern_after(kind: np.uint8, is_new: np.bool_, fades: np.bool_, fresh: np.uint8) -> np.uint8:
    """The concern after this month's coming and going."""
    if kind == _NONE:
        return fresh if is_new else _NONE
    return _NONE if fades else kind


@kernel
def _concern_changes(
    uid: NDArray[np.uint64],
    fell_ill: NDArray[np.bool_],
    setback: NDArray[np.bool_],
    concern: NDArray[np.uint8],
    seed: np.uint64,
    month: np.uint32,
    after_event: np.float32,
    widest: np.float32,
    fade: np.float32,
    mark: NDArray[np.bool_],
    contact_luck: NDArray[np.float32],
) -> None:
    """Mark everybody whose concern may come or go this month, and draw everybody's luck of asking."""
    for i in range(mark.size):
        come_or_go, _, contact, _ = uniform4(seed, uid[i], month, _CONTACT)
        limit = after_event if fell_ill[i] | setback[i] else widest
        limit = fade if concern[i] != _NONE else limit
        mark[i] = come_or_go < limit
        contact_luck[i] = contact


@kernel
def _luck_of_contact(
    seed: np.uint64, uid: NDArray[np.uint64], month: np.uint32, lots: tuple[NDArray[np.float32], ...]
) -> None:
    """The month's four draws of some people: coming or going, kind, contact, forgetting."""
    come_or_go, kind, contact, forget = lots
    for k in range(uid.size):
        come_or_go[k], kind[k], contact[k], forget[k] = uniform4(seed, uid[k], month, _CONTACT)


@kernel
def _concerns(
    rows: NDArray[np.int64],
    come_or_go: NDArray[np.float32],
    which: NDArray[np.float32],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    fell_ill: NDArray[np.bool_],
    setback: NDArray[np.bool_],
    concern: NDArray[np.uint8],
    after_event: np.float32,
    older: np.float32,
    younger: np.float32,
    fade: np.float32,
    kinds: tuple[np.float32, np.float32, np.float32, np.float32, np.float32],
) -> None:
    """Let concerns come and go."""
    p1, p2, p3, p4, p5 = kinds
    for k in range(rows.size):
        i = rows[k]
        chance = after_event if fell_ill[i] | setback[i] else (older if age_months[i] >= 780 else younger)
        fresh = kind_of_concern(which[k], p1, p2, p3, p4, p5)
        after = concern_after(concern[i], come_or_go[k] < chance, come_or_go[k] < fade, fresh)
        concern[i] = after if alive[i] & (age_months[i] >= 216) else _NONE


@kernel
def _may_ask(
    contact_luck: NDArray[np.float32],
    style: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    care_given: NDArray[np.float32],
    concern: NDArray[np.uint8],
    lonely: NDArray[np.bool_],
    crisis: NDArray[np.uint8],
    again: NDArray[np.bool_],
    base: np.float32,
    more_again: np.float32,
    more_crisis: np.float32,
    early: np.float32,
    gap_unit: np.float32,
    gap_most: np.float32,
    w_concern: np.float32,
    w_lonely: np.float32,
    w_caring: np.float32,
    caring_hours: np.float32,
    mark: NDArray[np.bool_],
) -> None:
    """Mark who would ask if nobody helped and they knew the way: nobody else will. And all who asked in vain."""
    for i in range(mark.size):
        most = min(hands_on[i] / gap_unit, gap_most) + (w_concern if concern[i] != _NONE else f4(0))
        most = most + (w_lonely if lonely[i] else f4(0))
        most = most + (w_caring if care_given[i] >= caring_hours else f4(0))
        hazard = base * style[i] * most
        hazard = hazard * (f4(1) + (more_crisis if crisis[i] > 0 else f4(0)))
        hazard = hazard * (f4(1) + (more_again if again[i] else f4(0)))
        mark[i] = (contact_luck[i] < hazard * (f4(1) + early)) | again[i]


@kernel
def _contacts(
    rows: NDArray[np.int64],
    contact_luck: NDArray[np.float32],
    forget_luck: NDArray[np.float32],
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    setting: NDArray[np.uint8],
    support_type: NDArray[np.uint8],
    hands_on: NDArray[np.float32],
    kin: NDArray[np.float32],
    neighbour: NDArray[np.float32],
    paid: NDArray[np.float32],
    reabling: NDArray[np.float32],
    concern: NDArray[np.uint8],
    lonely: NDArray[np.bool_],
    care_given: NDArray[np.float32],
    strain: NDArray[np.float32],
    style: NDArray[np.float32],
    client: NDArray[np.bool_],
    relationship: NDArray[np.float32],
    crisis: NDArray[np.uint8],
    group: NDArray[np.int32],
    helped_month: NDArray[np.int16],
    turned_away_month: NDArray[np.int16],
    since: np.int64,
    again: NDArray[np.bool_],
    contacted: NDArray[np.bool_],
    base: np.float32,
    more_again: np.float32,
    more_crisis: np.float32,
    early: np.float32,
    again_fade: np.float32,
    again_gap: np.float32,
    gap_unit: np.float32,
    gap_most: np.float32,
    w_concern: np.float32,
    w_lonely: np.float32,
    w_caring: np.float32,
    caring_hours: np.float32,
    caring_strain: np.float32,
    know_base: np.float32,
    know_member: np.float32,
    know_answer: np.float32,
    know_least: np.float32,
) -> None:
    """Decide for those who may ask whether they turn to the front door this month, and who lets it rest."""
    for k in range(rows.size):
        i = rows[k]
        # Branches here, against the habit: a column that need not be read is worth more than a straight road.
        gap = f4(0)
        if hands_on[i] > f4(0):
            gap = help_gap(hands_on[i], kin[i], neighbour[i], paid[i], reabling[i])
        worried = concern[i] != _NONE
        reason = min(gap / gap_unit, gap_most) + (w_concern if worried else f4(0))
        if lonely[i] and age_months[i] >= 780:
            reason = reason + w_lonely
        if care_given[i] >= caring_hours and strain[i] > caring_strain:
            reason = reason + w_caring
        hazard = base * style[i] * reason
        pressed = f4(1) + (more_crisis if crisis[i] > 0 else f4(0))
        repeated = f4(1) + (more_again if again[i] else f4(0))
        willing = contact_luck[k] < hazard * pressed * repeated * (f4(1) + early)
        if (willing | again[i]) == np.bool_(False):
            continue  # Would not ask even if they knew the way: most of those looked at.
        able = alive[i] & (setting[i] == _HOME) & (support_type[i] == 0) & (age_months[i] >= 216)
        settled = ((gap < again_gap) & (worried == np.bool_(False))) | (forget_luck[k] < again_fade)
        again[i] = again[i] & able & (settled == np.bool_(False))
        if (willing & able) == np.bool_(False):
            continue
        know = knows_the_way(
            know_base,
            group[i] >= 0,
            helped_month[i] > since,
            turned_away_month[i] > since,
            know_member,
            know_answer,
            know_least,
        )
        hazard = hazard * know * pressed * repeated
        hazard = hazard * (f4(1) + (early * relationship[i] if client[i] else f4(0)))
        contacted[i] = contact_luck[k] < hazard / (f4(1) + f4(0.5) * hazard)


class HelpSeeking(Process):
    """Concerns come and go; some of those with reason to seek help turn to the front door.

    Writes ``contacted`` for this month; who is answered, and how, is the front door's business. People in
    communal homes and people with working-age long-term support have their own ways and do not ask here.
    """

    name = "help_seeking"
    reads = (
        "alive",
        "uid",
        "age_months",
        "setting",
        "support_type",
        "fell_ill",
        "setback",
        "hands_on",
        "kin_hours",
        "neighbour_hours",
        "paid_hours",
        "reablement_hours",
        "lonely",
        "care_given",
        "strain",
        "council_funded",
        "relationship",
        "crisis",
        "group",
        "helped_month",
        "turned_away_month",
    )
    writes = ("contact_style", "concern", "asked_in_vain", "contacted")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Give each person a lasting readiness to ask: lognormal in shape, with mean 1."""
        citizens, sd = model.citizens, self.rules.style_sd
        four = luck.draw4(model.luck_seed, citizens.uid[rows], 0, Purpose.CONTACT_STYLE).astype(np.float64)
        normal = (four.sum(axis=1) - 2.0) * np.sqrt(3.0)
        half_width = sd * np.sqrt(3.0) / 2.0
        mean = (np.sinh(half_width) / half_width) ** 4 if sd > 0 else 1.0
        citizens.contact_style[rows] = np.exp(sd * normal) / mean

    def step(self, model: DemandModel) -> None:
        """Let concerns come and go, then decide who contacts the front door."""
        contact_luck = self._renew_concerns(model)
        model.citizens.contacted.fill(False)
        self._decide_contacts(model, self._may_ask(model, contact_luck))

    def _renew_concerns(self, model: DemandModel) -> NDArray[np.float32]:
        """Let concerns come and go; everybody's luck of asking comes with the same draw."""
        citizens, rules = model.citizens, self.rules
        older, younger = f4(rules.concern_older / 12), f4(rules.concern_younger / 12)
        mark = np.empty(citizens.size, dtype=np.bool_)
        contact_luck = np.empty(citizens.size, dtype=np.float32)
        _concern_changes(
            citizens.uid,
            citizens.fell_ill,
            citizens.setback,
            citizens.concern,
            model.luck_seed,
            model.month_word,
            f4(rules.concern_after_event),
            max(older, younger),
            f4(rules.concern_fade),
            mark,
            contact_luck,
        )
        rows = rows_with(mark)
        come_or_go, which, _, _ = self._lots(model, rows)
        shares = np.cumsum([rules.tasks, rules.recovery, rules.equipment, rules.company, rules.relief])
        p1, p2, p3, p4, p5 = (f4(share) for share in shares)
        _concerns(
            rows,
            come_or_go,
            which,
            citizens.alive,
            citizens.age_months,
            citizens.fell_ill,
            citizens.setback,
            citizens.concern,
            f4(rules.concern_after_event),
            older,
            younger,
            f4(rules.concern_fade),
            (p1, p2, p3, p4, p5),
        )
        return contact_luck

    def _lots(self, model: DemandModel, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], ...]:
        """The month's four draws for some people."""
        lots = tuple(np.empty(rows.size, dtype=np.float32) for _ in range(4))
        _luck_of_contact(model.luck_seed, model.citizens.uid[rows], model.month_word, lots)
        return lots

    def _may_ask(self, model: DemandModel, contact_luck: NDArray[np.float32]) -> NDArray[np.int64]:
        """The few whom this month's luck lets ask at the most they could have reason to, and who asked in vain."""
        citizens, rules = model.citizens, self.rules
        mark = np.empty(citizens.size, dtype=np.bool_)
        _may_ask(
            contact_luck,
            citizens.contact_style,
            citizens.hands_on,
            citizens.care_given,
            citizens.concern,
            citizens.lonely,
            citizens.crisis,
            citizens.asked_in_vain,
            f4(rules.base),
            f4(rules.again - 1),
            f4(rules.crisis),
            f4(rules.early_contact),
            f4(rules.gap_unit),
            f4(rules.gap_most),
            f4(rules.weight_concern),
            f4(rules.weight_lonely),
            f4(rules.weight_caring),
            f4(rules.caring_hours),
            mark,
        )
        return rows_with(mark)

    def _decide_contacts(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        citizens, rules = model.citizens, self.rules
        _, _, contact_luck, forget_luck = self._lots(model, rows)
        _contacts(
            rows,
            contact_luck,
            forget_luck,
            citizens.alive,
            citizens.age_months,
            citizens.setting,
            citizens.support_type,
            citizens.hands_on,
            citizens.kin_hours,
            citizens.neighbour_hours,
            citizens.paid_hours,
            citizens.reablement_hours,
            citizens.concern,
            citizens.lonely,
            citizens.care_given,
            citizens.strain,
            citizens.contact_style,
            citizens.council_funded,
            citizens.relationship,
            citizens.crisis,
            citizens.group,
            citizens.helped_month,
            citizens.turned_away_month,
            np.int64(model.month - int(rules.memory_months)),
            citizens.asked_in_vain,
            citizens.contacted,
            f4(rules.base),
            f4(rules.again - 1),
            f4(rules.crisis),
            f4(rules.early_contact),
            f4(rules.again_fade),
            f4(rules.again_gap),
            f4(rules.gap_unit),
            f4(rules.gap_most),
            f4(rules.weight_concern),
            f4(rules.weight_lonely),
            f4(rules.weight_caring),
            f4(rules.caring_hours),
            f4(rules.caring_strain),
            f4(rules.know_base + rules.know_connector * reached_by_connectors(model, rules.connector_people)),
            f4(rules.know_member),
            f4(rules.know_answer),
            f4(rules.know_least),
        )


def reached_by_connectors(model: DemandModel, people_each: float) -> float:
    """Share of residents who have a local area coordinator within reach.

    Args:
        model: The model: its practice has coordinators per 100,000, its council what is left of prevention.
        people_each: Residents whom one coordinator covers.
    """
    posts = model.practice.connectors * model.council.prevention_share
    return min(1.0, posts * people_each / 100_000)

"""Seeking help: what worries people, and who turns to the council's front door this month.

A concern comes with illness, a fall or out of the blue, and fades; unmet hours, loneliness and heavy caring add
to it. Knowing where to go, and having been helped or turned away before, decide how much of it becomes a contact.
Who asked in vain asks again sooner: that, and no rule about "failure", is what makes repeat contacts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Concern, Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose
from demandsim.processes.area_posts import coordinators_in_post
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.hazards import BLOCK, draw4_into
from demandsim.processes.hubs import known_by_hubs
from demandsim.processes.lasting import bells
from demandsim.processes.shortlist import list_rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_CONTACT = np.uint32(Purpose.CONTACT)
_STYLE = np.uint32(Purpose.CONTACT_STYLE)
_HOME = np.uint8(Setting.HOME)
_NONE = np.uint8(Concern.NONE)
_CONCERN, _ASK = np.uint8(1), np.uint8(2)
"""Why to look at a person: their concern may come or go; they may ask."""


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
    trust: float = evidence("trust.ask")


class Pace(NamedTuple):
    """Numbers of concern and of asking, as kernels take them."""

    after_event: np.float32
    older: np.float32
    younger: np.float32
    fade: np.float32
    base: np.float32
    again: np.float32
    crisis: np.float32
    early: np.float32
    again_fade: np.float32
    again_gap: np.float32
    gap_unit: np.float32
    gap_most: np.float32
    concern: np.float32
    lonely: np.float32
    caring: np.float32
    caring_hours: np.float32
    caring_strain: np.float32
    know_member: np.float32
    know_answer: np.float32
    know_least: np.float32
    trust: np.float32
    kinds: tuple[np.float32, np.float32, np.float32, np.float32, np.float32]


class Columns(NamedTuple):
    """Columns of citizens that concern and asking are about; the last three are written."""

    uid: NDArray[np.uint64]
    alive: NDArray[np.bool_]
    age_months: NDArray[np.int16]
    setting: NDArray[np.uint8]
    neighbourhood: NDArray[np.int32]
    support_type: NDArray[np.uint8]
    fell_ill: NDArray[np.bool_]
    setback: NDArray[np.bool_]
    hands_on: NDArray[np.float32]
    kin: NDArray[np.float32]
    neighbour: NDArray[np.float32]
    paid: NDArray[np.float32]
    reabling: NDArray[np.float32]
    lonely: NDArray[np.bool_]
    care_given: NDArray[np.float32]
    strain: NDArray[np.float32]
    style: NDArray[np.float32]
    client: NDArray[np.bool_]
    relationship: NDArray[np.float32]
    crisis: NDArray[np.uint8]
    group: NDArray[np.int32]
    helped_month: NDArray[np.int16]
    turned_away_month: NDArray[np.int16]
    trust: NDArray[np.int8]
    concern: NDArray[np.uint8]
    again: NDArray[np.bool_]
    contacted: NDArray[np.bool_]


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
    by_trust: np.float32,
    least: np.float32,
) -> np.float32:
    """How far a person knows where to go, and trusts that it is worth while; ``by_trust`` may be below 0."""
    known = base + (by_member if member else f4(0))
    known = known + (by_answer if helped else f4(0)) - (by_answer if turned_away else f4(0))
    return min(max(known + by_trust, least), f4(1))


@rule
def kind_of_concern(
    luck_of_kind: np.float32, shares: tuple[np.float32, np.float32, np.float32, np.float32, np.float32]
) -> np.uint8:
    """Which of the six kinds a new concern is, by cumulative shares."""
    p1, p2, p3, p4, p5 = shares
    kind = np.uint8(Concern.INFORMATION)
    kind = np.uint8(Concern.RELIEF) if luck_of_kind < p5 else kind
    kind = np.uint8(Concern.COMPANY) if luck_of_kind < p4 else kind
    kind = np.uint8(Concern.EQUIPMENT) if luck_of_kind < p3 else kind
    kind = np.uint8(Concern.RECOVERY) if luck_of_kind < p2 else kind
    return np.uint8(Concern.TASKS) if luck_of_kind < p1 else kind


@kernel
def _look_at(
    come_or_go: NDArray[np.float32],
    contact: NDArray[np.float32],
    fell_ill: NDArray[np.bool_],
    setback: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    style: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    care_given: NDArray[np.float32],
    concern: NDArray[np.uint8],
    lonely: NDArray[np.bool_],
    crisis: NDArray[np.uint8],
    again: NDArray[np.bool_],
    pace: Pace,
    why: NDArray[np.uint8],
) -> None:
    """Say whom to look at this month and why: nobody else's concern can come or go, and nobody else can ask.

    May ask: who would if nobody helped and they knew the way, and all who asked in vain.
    """
    for i in range(why.size):
        limit = pace.older if age_months[i] >= 780 else pace.younger
        limit = pace.after_event if fell_ill[i] | setback[i] else limit
        limit = pace.fade if concern[i] != _NONE else limit
        changes = come_or_go[i] < limit
        reason = min(hands_on[i] / pace.gap_unit, pace.gap_most)
        reason = reason + (pace.concern if (concern[i] != _NONE) | changes else f4(0))
        reason = reason + (pace.lonely if lonely[i] else f4(0))
        reason = reason + (pace.caring if care_given[i] >= pace.caring_hours else f4(0))
        hazard = pace.base * style[i] * reason
        hazard = hazard * (f4(1) + (pace.crisis if crisis[i] > 0 else f4(0)))
        hazard = hazard * (f4(1) + (pace.again if again[i] else f4(0)))
        asks = (contact[i] < hazard * (f4(1) + pace.early)) | again[i]
        why[i] = np.uint8(changes) * _CONCERN + np.uint8(asks) * _ASK


@kernel
def _concerns(
    block: NDArray[np.int64],
    start: int,
    why: NDArray[np.uint8],
    kind: NDArray[np.float32],
    of: Columns,
    pace: Pace,
) -> None:
    """Let the concerns come and go that change this month, of some people in the block that begins at ``start``."""
    for k in block:
        if why[k] & _CONCERN:
            i = start + k
            after = kind_of_concern(kind[k], pace.kinds) if of.concern[i] == _NONE else _NONE
            of.concern[i] = after if of.alive[i] & (of.age_months[i] >= 216) else _NONE


@kernel
def _contacts(
    block: NDArray[np.int64],
    start: int,
    why: NDArray[np.uint8],
    contact: NDArray[np.float32],
    forget: NDArray[np.float32],
    of: Columns,
    pace: Pace,
    since: int,
    know_base: np.float32,
    know_near: NDArray[np.float32],
    around: NDArray[np.float32],
) -> None:
    """Decide for those who may ask whether they turn to the front door this month, and who lets it rest."""
    for k in block:
        if why[k] & _ASK == 0:
            continue
        i = start + k
        # Branches here, against the habit: a column that need not be read is worth more than a straight road.
        gap = f4(0)
        if of.hands_on[i] > f4(0):
            gap = help_gap(of.hands_on[i], of.kin[i], of.neighbour[i], of.paid[i], of.reabling[i])
        worried = of.concern[i] != _NONE
        reason = min(gap / pace.gap_unit, pace.gap_most) + (pace.concern if worried else f4(0))
        if of.lonely[i] and of.age_months[i] >= 780:
            reason = reason + pace.lonely
        if of.care_given[i] >= pace.caring_hours and of.strain[i] > pace.caring_strain:
            reason = reason + pace.caring
        hazard = pace.base * of.style[i] * reason
        pressed = f4(1) + (pace.crisis if of.crisis[i] > 0 else f4(0))
        repeated = f4(1) + (pace.again if of.again[i] else f4(0))
        willing = contact[k] < hazard * pressed * repeated * (f4(1) + pace.early)
        if (willing | of.again[i]) == np.bool_(False):
            continue  # Would not ask even if they knew the way: most of those looked at.
        able = of.alive[i] & (of.setting[i] == _HOME) & (of.support_type[i] == 0) & (of.age_months[i] >= 216)
        settled = ((gap < pace.again_gap) & (worried == np.bool_(False))) | (forget[k] < pace.again_fade)
        of.again[i] = of.again[i] & able & (settled == np.bool_(False))
        if (willing & able) == np.bool_(False):
            continue
        trust = f4(of.trust[i]) * f4(0.01) + around[of.neighbourhood[i]]
        trust = min(max(trust, f4(-1)), f4(1))
        know = knows_the_way(
            know_base + know_near[of.neighbourhood[i]],
            of.group[i] >= 0,
            of.helped_month[i] > since,
            of.turned_away_month[i] > since,
            pace.know_member,
            pace.know_answer,
            pace.trust * trust,
            pace.know_least,
        )
        hazard = hazard * know * pressed * repeated
        hazard = hazard * (f4(1) + (pace.early * of.relationship[i] if of.client[i] else f4(0)))
        of.contacted[i] = contact[k] < hazard / (f4(1) + f4(0.5) * hazard)


@kernel
def _month_of_asking(
    seed: np.uint64,
    month: np.uint32,
    of: Columns,
    pace: Pace,
    since: int,
    know_base: np.float32,
    know_near: NDArray[np.float32],
    around: NDArray[np.float32],
) -> None:
    """One month for everybody, block by block, so that what is read to say whom to look at is near when they are."""
    come_or_go, kind, contact, forget = (
        np.empty(BLOCK, dtype=np.float32),
        np.empty(BLOCK, dtype=np.float32),
        np.empty(BLOCK, dtype=np.float32),
        np.empty(BLOCK, dtype=np.float32),
    )
    reasons, rows = np.empty(BLOCK, dtype=np.uint8), np.empty(BLOCK + 1, dtype=np.int64)
    for start in range(0, of.uid.size, BLOCK):
        end = min(start + BLOCK, of.uid.size)
        count = end - start
        why = reasons[:count]
        draw4_into(
            seed, of.uid[start:end], month, _CONTACT, come_or_go[:count], kind[:count], contact[:count], forget[:count]
        )
        _look_at(
            come_or_go[:count],
            contact[:count],
            of.fell_ill[start:end],
            of.setback[start:end],
            of.age_months[start:end],
            of.style[start:end],
            of.hands_on[start:end],
            of.care_given[start:end],
            of.concern[start:end],
            of.lonely[start:end],
            of.crisis[start:end],
            of.again[start:end],
            pace,
            why,
        )
        block = rows[: list_rows(why, rows)]
        _concerns(block, start, why, kind, of, pace)
        _contacts(block, start, why, contact, forget, of, pace, since, know_base, know_near, around)


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
        "neighbourhood",
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
        "trust",
    )
    writes = ("contact_style", "concern", "asked_in_vain", "contacted")

    def __init__(self, numbers: Numbers) -> None:
        rules = self.rules = read_rules(Rules, numbers)
        half_width = rules.style_sd * np.sqrt(3.0) / 2.0
        self._mean_style = (np.sinh(half_width) / half_width) ** 4 if rules.style_sd > 0 else 1.0
        p1, p2, p3, p4, p5 = np.cumsum([rules.tasks, rules.recovery, rules.equipment, rules.company, rules.relief])
        self._pace = Pace(
            after_event=f4(rules.concern_after_event),
            older=f4(rules.concern_older / 12),
            younger=f4(rules.concern_younger / 12),
            fade=f4(rules.concern_fade),
            base=f4(rules.base),
            again=f4(rules.again - 1),
            crisis=f4(rules.crisis),
            early=f4(rules.early_contact),
            again_fade=f4(rules.again_fade),
            again_gap=f4(rules.again_gap),
            gap_unit=f4(rules.gap_unit),
            gap_most=f4(rules.gap_most),
            concern=f4(rules.weight_concern),
            lonely=f4(rules.weight_lonely),
            caring=f4(rules.weight_caring),
            caring_hours=f4(rules.caring_hours),
            caring_strain=f4(rules.caring_strain),
            know_member=f4(rules.know_member),
            know_answer=f4(rules.know_answer),
            know_least=f4(rules.know_least),
            trust=f4(rules.trust),
            kinds=(f4(p1), f4(p2), f4(p3), f4(p4), f4(p5)),
        )

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Give each person a lasting readiness to ask: lognormal in shape, with mean 1."""
        sd = self.rules.style_sd
        model.citizens.contact_style[rows] = np.exp(sd * bells(model, rows, _STYLE)) / self._mean_style

    def step(self, model: DemandModel) -> None:
        """Let concerns come and go, then decide who contacts the front door."""
        citizens, rules = model.citizens, self.rules
        citizens.contacted.fill(False)
        known = rules.know_base + rules.know_connector * reached_by_connectors(model, rules.connector_people)
        columns = Columns(
            uid=citizens.uid,
            alive=citizens.alive,
            age_months=citizens.age_months,
            setting=citizens.setting,
            neighbourhood=citizens.neighbourhood,
            support_type=citizens.support_type,
            fell_ill=citizens.fell_ill,
            setback=citizens.setback,
            hands_on=citizens.hands_on,
            kin=citizens.kin_hours,
            neighbour=citizens.neighbour_hours,
            paid=citizens.paid_hours,
            reabling=citizens.reablement_hours,
            lonely=citizens.lonely,
            care_given=citizens.care_given,
            strain=citizens.strain,
            style=citizens.contact_style,
            client=citizens.council_funded,
            relationship=citizens.relationship,
            crisis=citizens.crisis,
            group=citizens.group,
            helped_month=citizens.helped_month,
            turned_away_month=citizens.turned_away_month,
            trust=citizens.trust,
            concern=citizens.concern,
            again=citizens.asked_in_vain,
            contacted=citizens.contacted,
        )
        since = model.month - int(rules.memory_months)
        near, around = known_by_hubs(model), model.council.area_trust
        _month_of_asking(model.luck_seed, model.month_word, columns, self._pace, since, f4(known), near, around)


def reached_by_connectors(model: DemandModel, people_each: float) -> float:
    """Share of residents who have a local area coordinator within reach.

    Args:
        model: The model, whose coordinators in post count.
        people_each: Residents whom one coordinator covers.
    """
    return min(1.0, coordinators_in_post(model) * people_each / 100_000)

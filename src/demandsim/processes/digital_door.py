"""The digital door: some requests are answered by a form, which saves staff hours and hears less.

A form serves as well as a conversation where the matter is plain. What it fails to hear of complicated matters, and
from the oldest, may be nothing; where it is something, the answer fits less often and the person comes back.
Crises and people whom the ward refers always reach a member of staff.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demandsim import luck
from demandsim.agents.citizens import Concern
from demandsim.luck import Purpose
from demandsim.processes.base import evidence

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.team import Floats, Mask, Rows

_PER = 100_000.0


@dataclass(frozen=True, slots=True)
class FormRules:
    """What a form takes, hears and costs."""

    hours: float = evidence("digital.form_hours")
    loss_complicated: float = evidence("digital.loss_complicated")
    loss_oldest: float = evidence("digital.loss_oldest")
    oldest_years: float = evidence("digital.oldest_years")
    licence: float = evidence("digital.licence_year")


def by_form(model: DemandModel, rows: Rows, pressing: Mask) -> Mask:
    """Which requests are answered by a form this month: the term's share, by lot, none that is pressing."""
    share = model.terms.digital_door_share
    if share <= 0.0:
        return np.zeros(rows.size, dtype=np.bool_)
    lot = luck.draw(model.luck_seed, model.citizens.uid[rows], model.month, Purpose.ONLINE_FORM)
    chosen: Mask = (lot < share) & ~pressing
    return chosen


def heard_by_form(rules: FormRules, model: DemandModel, rows: Rows, form: Mask) -> Floats:
    """What a form hears against a conversation: 1 for who has one, less for the oldest and complicated matters."""
    if not form.any():
        return np.ones(rows.size)
    citizens = model.citizens
    kind = citizens.concern[rows]
    complicated = (kind != Concern.INFORMATION) & (kind != Concern.EQUIPMENT)
    oldest = citizens.age_months[rows] >= 12 * rules.oldest_years
    heard: Floats = (1.0 - rules.loss_complicated * complicated) * (1.0 - rules.loss_oldest * oldest)
    return np.where(form, heard, 1.0)


def pay_licence(rules: FormRules, model: DemandModel) -> None:
    """Book the month's licence to the council, while the door has a form at all."""
    if model.terms.digital_door_share > 0.0:
        model.ledger.cost("digital_door", "council", rules.licence / 12.0 * len(model.citizens) / _PER)

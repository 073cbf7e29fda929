"""Shared Lives: looking for hosts, hosts who stop, and older people who live with one.

Today's hosts, and how their number grows as staff tell people of them, belong to support of working age. A practice
may look for more: that costs money first, gives a place some months later, and such hosts stop in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NEVER, NOBODY, Setting
from demandsim.ledger import CHARGES
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.home_fees import WEEKS
from demandsim.processes.hosts import older_with_hosts, rows_with_hosts, shared_lives

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

type Rows = NDArray[np.int64]

_YEAR = 12
_PER = 100_000.0
_CRISIS = np.uint8(2)


@dataclass(frozen=True, slots=True)
class Rules:
    """How hosts come and go, and what they cost."""

    approval: float = evidence("market.host_approval")
    months: float = evidence("market.host_months")
    leaving: float = evidence("market.host_leaving")
    most_bands: float = evidence("market.host_most_bands")
    week: float = evidence("market.host_older_week")
    contribution: float = evidence("wa.contribution_share")


class SharedLivesHosts(Process):
    """Approve hosts, let them stop, and keep the older people who live with them."""

    name: ClassVar[str] = "shared_lives"
    reads: ClassVar[tuple[str, ...]] = ("alive", "uid", "support_type", "limitation", "hands_on")
    writes: ClassVar[tuple[str, ...]] = (
        "setting",
        "household",
        "arrangement_month",
        "council_funded",
        "crisis",
        "unmet_hours",
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self._pipeline = [0.0] * max(1, int(self.rules.months))

    def step(self, model: DemandModel) -> None:
        """Look for hosts and pay for it; lose some; then who must move on, and what the others cost."""
        rules, service = self.rules, shared_lives(model)
        if not model.settling:
            approved = model.practice.shared_lives_hosts * model.base_people / _PER / _YEAR
            if approved > 0:
                model.ledger.cost("shared_lives", "council", approved * rules.approval)
            self._pipeline.append(approved)
            change = self._pipeline.pop(0) - service.recruited * rules.leaving / _YEAR
            service.recruited += change
            service.capacity += change
            if service.recruited > 0:
                self._pay(model, self._move_on(model))
        service.used = min(float(rows_with_hosts(model).size), service.capacity)

    def _move_on(self, model: DemandModel) -> Rows:
        """Who needs more than a host can give goes home in a crisis, and so does whoever's host has stopped.

        Returns:
            Older people who stay with their host.
        """
        citizens = model.citizens
        older = older_with_hosts(model)
        if older.size == 0:
            return older
        beyond = citizens.limitation[older] >= self.rules.most_bands
        stay = older[~beyond]
        lot = luck.draw(model.luck_seed, citizens.uid[stay], model.month, Purpose.HOST_LEFT)
        order = np.lexsort((citizens.uid[stay], lot))
        places = int(np.ceil(shared_lives(model).recruited))
        lost = np.sort(stay[order[places:]])
        rows = np.sort(np.concatenate([older[beyond], lost]))
        fresh = int(citizens.household.max(initial=NOBODY)) + 1 + np.arange(rows.size)
        citizens.household[rows] = fresh
        citizens.setting[rows] = Setting.HOME
        citizens.arrangement_month[rows] = NEVER
        citizens.council_funded[rows] = False
        citizens.crisis[rows] = np.maximum(citizens.crisis[rows], _CRISIS)
        citizens.unmet_hours[rows] = citizens.hands_on[rows]
        return np.sort(stay[order[:places]])

    def _pay(self, model: DemandModel, older: Rows) -> None:
        """Book a month with a host: the council pays less a contribution, or the person pays all."""
        month = self.rules.week * WEEKS
        funded = int(np.count_nonzero(model.citizens.council_funded[older]))
        if older.size == 0:
            return
        share = self.rules.contribution
        model.ledger.cost("shared_lives", "council", funded * month * (1.0 - share))
        model.ledger.cost("shared_lives", "citizen", (funded * share + older.size - funded) * month)
        model.ledger.total(CHARGES, funded * share * month)

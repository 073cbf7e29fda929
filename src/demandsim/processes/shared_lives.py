"""Shared Lives: how hosts come and stop, and whom that leaves without one; older people who live with one.

Today's hosts are replaced as they stop. A practice may bring more of them: by looking for hosts, or by a wider menu,
as staff then tell people of it. All of these cost money first, give a place some months later, and stop in time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NEVER, NOBODY, Citizens, Setting, SupportType
from demandsim.ledger import CHARGES
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.home_fees import WEEKS
from demandsim.processes.hosts import SharedLives, rows_with_hosts, shared_lives

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

    growth: float = evidence("wa.host_growth")
    approval: float = evidence("market.host_approval")
    months: float = evidence("market.host_months")
    leaving: float = evidence("market.host_leaving")
    most_bands: float = evidence("market.host_most_bands")
    week: float = evidence("market.host_older_week")
    contribution: float = evidence("wa.contribution_share")


class SharedLivesHosts(Process):
    """Approve hosts, let them stop, move who is left without one, and keep the older people who live with them."""

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
        """Hosts come and stop; then who must move on, and what older people who stay cost."""
        service = shared_lives(model)
        if not model.settling:
            self._come_and_stop(model, service)
            self._pay(model, self._move_on(model, service))
        service.used = min(float(rows_with_hosts(model).size), service.capacity)

    def _come_and_stop(self, model: DemandModel, service: SharedLives) -> None:
        """Approve hosts beyond those replaced, and pay for it; some months later they are there.

        All hosts stop at one rate, and as many are replaced as stop of today's: their approval is part of the price of
        a week. What is left to reckon is who stops of those beyond.
        """
        rules, practice = self.rules, model.practice
        told_of = rules.growth * (practice.menu_share - model.base_practice.menu_share)
        approved = (practice.shared_lives_hosts + told_of) * model.base_people / _PER / _YEAR
        if approved:
            model.ledger.cost("shared_lives", "council", approved * rules.approval)
        self._pipeline.append(approved)
        not_replaced = service.recruited * rules.leaving / _YEAR
        service.capacity = max(0.0, service.capacity + self._pipeline.pop(0) - not_replaced)

    def _move_on(self, model: DemandModel, service: SharedLives) -> Rows:
        """Who needs more than a host can give moves on, and so does whoever's host has stopped.

        Returns:
            Older people who stay with their host.
        """
        citizens = model.citizens
        with_hosts = rows_with_hosts(model)
        older = citizens.support_type[with_hosts] == SupportType.NONE
        if with_hosts.size <= service.capacity and not older.any():
            return np.empty(0, dtype=np.int64)
        able = with_hosts[~older | (citizens.limitation[with_hosts] < self.rules.most_bands)]
        is_older = citizens.support_type[able] == SupportType.NONE
        of_older = _by_lot(model, able[is_older], service.recruited)
        stay = _by_lot(model, np.concatenate([able[~is_older], of_older]), service.capacity)
        leaves = ~np.isin(with_hosts, stay)
        _go_home(citizens, with_hosts[leaves & older])
        citizens.setting[with_hosts[leaves & ~older]] = Setting.SUPPORTED_LIVING
        still: Rows = with_hosts[older & ~leaves]
        return still

    def _pay(self, model: DemandModel, older: Rows) -> None:
        """Book a month with a host: the council pays less a contribution, or the person pays all."""
        if older.size == 0:
            return
        month = self.rules.week * WEEKS
        funded = int(np.count_nonzero(model.citizens.council_funded[older]))
        share = self.rules.contribution
        model.ledger.cost("shared_lives", "council", funded * month * (1.0 - share))
        model.ledger.cost("shared_lives", "citizen", (funded * share + older.size - funded) * month)
        model.ledger.total(CHARGES, funded * share * month)


def _by_lot(model: DemandModel, rows: Rows, places: float) -> Rows:
    """Who of some people keeps a place: all while there are enough, else by a keyed draw; a part of a place is one."""
    most = max(0, int(np.ceil(places)))
    if rows.size <= most:
        return rows
    uid = model.citizens.uid[rows]
    lot = luck.draw(model.luck_seed, uid, model.month, Purpose.HOST_LEFT)
    return rows[np.lexsort((uid, lot))[:most]]


def _go_home(citizens: Citizens, rows: Rows) -> None:
    """Older people whose time with a host ends live alone, in a crisis; the usual road to a home is open."""
    citizens.household[rows] = int(citizens.household.max(initial=NOBODY)) + 1 + np.arange(rows.size)
    citizens.setting[rows] = Setting.HOME
    citizens.arrangement_month[rows] = NEVER
    citizens.council_funded[rows] = False
    citizens.crisis[rows] = np.maximum(citizens.crisis[rows], _CRISIS)
    citizens.unmet_hours[rows] = citizens.hands_on[rows]

"""Pooled budget: support after hospital that council and NHS pay from one purse, and what that changes.

For whoever is in the pool nobody argues about who pays, so that part of arranging falls away. The pool pays for
reablement after hospital, which is the council's else, and for the days of delay, which are the NHS's else. Both
put in fixed shares, those of the settled base. So what one side saves or overspends the other shares: fewer delayed
days help the council, a hospital under pressure eats the council's money, and the other way round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.services import Service
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.exact import whole
from demandsim.processes.shortlist import list_rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12


@dataclass(frozen=True)
class Rules:
    """Parameters of the pool, each a row of the evidence register."""

    arranging_saved: float = evidence("pool.arranging_saved")
    management: float = evidence("pool.management")
    delay_charge: float = evidence("pool.delay_charge")
    reablement_months: float = evidence("door.reablement_months")
    reablement_cost: float = evidence("door.reablement_cost")
    bed_day: float = evidence("cost.excess_bed_day")
    price_2022_23: float = evidence("price.deflator_2022_23_to_2023_24")


class Pool(Service):
    """The pooled budget. Capacity is what both put in for the month, used what the pool paid up to that.

    Attributes:
        council_share: The council's share of every pound that the pool pays.
        base_month: Pounds a month that all such support and delay cost on the settled base.
        arranging_saved: Share of the days of arranging that falls away in the pool.
        overdrawn: Pounds by which the month's payments went beyond what was put in.
    """

    def __init__(self, model: DemandModel, arranging_saved: float) -> None:
        super().__init__(model, name="pooled_budget", funder="council", unit="GBP a month")
        self.council_share = 0.0
        self.base_month = 0.0
        self.arranging_saved = arranging_saved
        self.overdrawn = 0.0


def in_pool(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Whose support after hospital is paid from the pool: a lasting draw, so that more pooling adds people."""
    lot = luck.draw(model.luck_seed, model.citizens.uid[rows], 0, Purpose.POOLED)
    return lot < f4(model.practice.pooled_share)


def arranging_left(model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Share of the usual days of arranging that people wait: 1 outside the pool."""
    left = np.ones(rows.size, dtype=np.float32)
    pool = model.services.get("pooled_budget")
    if pool is not None and model.practice.pooled_share > 0:
        left[in_pool(model, rows)] -= f4(cast(Pool, pool).arranging_saved)
    return left


@kernel
def _held_and_new(
    admitted: NDArray[np.bool_],
    admitted_last: NDArray[np.bool_],
    delayed_days: NDArray[np.float32],
    reablement: NDArray[np.uint8],
    months: int,
    held: NDArray[np.int64],
    new: NDArray[np.int64],
) -> tuple[int, int]:
    """List who waited in hospital this month, and whose reablement after hospital began; how many.

    Whoever was in hospital when this month's reablement began has by now been there last month.
    """
    either = np.empty(admitted.size, dtype=np.uint8)
    for i in range(either.size):
        either[i] = admitted[i] | admitted_last[i]
    many = fresh = 0
    for k in range(list_rows(either, held)):
        i = held[k]
        new[fresh] = i
        fresh += int(admitted_last[i] & (reablement[i] == months))
        held[many] = i
        many += int(delayed_days[i] > f4(0.0))
    return many, fresh


class PooledBudget(Process):
    """Settle between council and NHS what the pool paid, and charge for delays where a price of delay stands."""

    name: ClassVar[str] = "pooled_budget"
    reads: ClassVar[tuple[str, ...]] = ("uid", "reablement", "admitted", "admitted_last", "delayed_days")
    writes: ClassVar[tuple[str, ...]] = ()

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(Rules, numbers)
        self._council_side: list[float] = []
        self._nhs_side: list[float] = []

    def start(self, model: DemandModel) -> None:
        """Open the pool, empty."""
        model.services["pooled_budget"] = Pool(model, self._rules.arranging_saved)

    def settled(self, model: DemandModel) -> None:
        """Freeze the shares in which both would pay: those that each pays alone on the settled base."""
        council, nhs = sum(self._council_side), sum(self._nhs_side)
        pool = self._pool(model)
        pool.council_share = council / (council + nhs) if council + nhs > 0 else 0.5
        pool.base_month = (council + nhs) / max(len(self._council_side), 1)

    def step(self, model: DemandModel) -> None:
        """Look at the month's reablement after hospital and days of delay, and settle those of the pool."""
        citizens, rules = model.citizens, self._rules
        if not (model.settling or model.practice.pooled_share > 0 or rules.delay_charge > 0):
            return
        held, new = np.empty((2, citizens.size + 1), dtype=np.int64)
        many, fresh = _held_and_new(
            citizens.admitted,
            citizens.admitted_last,
            citizens.delayed_days,
            citizens.reablement,
            int(rules.reablement_months),
            held,
            new,
        )
        held, new = held[:many], new[:fresh]
        if model.settling:
            self._council_side = [*self._council_side[-(_YEAR - 1) :], self._reablement(new)]
            self._nhs_side = [*self._nhs_side[-(_YEAR - 1) :], self._delay(model, held)]
            return
        if model.practice.pooled_share > 0:
            pooled_held, pooled_new = in_pool(model, held), in_pool(model, new)
            self._settle(model, self._reablement(new[pooled_new]), self._delay(model, held[pooled_held]))
            held = held[~pooled_held]
        if rules.delay_charge > 0:
            charge = rules.delay_charge * whole(citizens.delayed_days[held])
            model.ledger.cost("delay_charge", "council", charge)
            model.ledger.cost("delay_charge", "nhs", -charge)

    def _reablement(self, rows: NDArray[np.int64]) -> float:
        """Pounds of reablement begun after hospital."""
        return self._rules.reablement_cost * rows.size

    def _delay(self, model: DemandModel, rows: NDArray[np.int64]) -> float:
        """Pounds of days in hospital for want of support."""
        return self._rules.bed_day * self._rules.price_2022_23 * whole(model.citizens.delayed_days[rows])

    def _settle(self, model: DemandModel, council_paid: float, nhs_paid: float) -> None:
        """Each pays its fixed share of what both have paid, and of managing the pool.

        Args:
            model: The model.
            council_paid: Pounds the council has paid for people in the pool.
            nhs_paid: Pounds the NHS has paid for them.
        """
        pool, ledger = self._pool(model), model.ledger
        paid = council_paid + nhs_paid
        owed = pool.council_share * paid - council_paid
        ledger.cost("pooled_budget", "council", owed)
        ledger.cost("pooled_budget", "nhs", -owed)
        management = self._rules.management * paid
        ledger.cost("pool_management", "council", pool.council_share * management)
        ledger.cost("pool_management", "nhs", (1.0 - pool.council_share) * management)
        pool.capacity = pool.base_month * model.need_index * model.practice.pooled_share
        pool.used = min(paid, pool.capacity)
        pool.overdrawn = max(paid - pool.capacity, 0.0)

    @staticmethod
    def _pool(model: DemandModel) -> Pool:
        return cast(Pool, model.services["pooled_budget"])

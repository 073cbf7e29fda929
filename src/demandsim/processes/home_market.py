"""Care homes as businesses: what a cut of fees leaves them, which of them close, and who has to move.

Council fees are part of a home's income; people who pay for themselves pay the rest. A home that makes a loss lives
on its reserves, then gives notice by luck, takes nobody in any more, and closes. Its residents move to other homes
here, or, where these are full, to a place elsewhere that the council pays more for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, cast

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.providers import IN_HOUSE, PRIVATE, THIRD_SECTOR, Provider, owners_by_size, providers_named
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.care_home import CareHomes
from demandsim.processes.home_fees import WEEKS
from demandsim.processes.home_moves import residents_of
from demandsim.processes.provider_books import BookRules, exit_chance, keep_books

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

type Rows = NDArray[np.int64]

_PER = 100_000.0
_MARK = (1 << 59) | (1 << 58)
_NAMES = tuple(f"care_home_{number:03d}" for number in range(1, 10_000))
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """How homes earn, close, and begin."""

    homes: float = evidence("market.homes_per_100k_65")
    margin: float = evidence("market.home_margin")
    charity_margin: float = evidence("market.charity_margin")
    spread: float = evidence("market.home_spread")
    third_sector: float = evidence("market.third_sector_base")
    in_house: float = evidence("market.in_house_base")
    entry: float = evidence("market.entry")
    notice: float = evidence("market.home_notice")
    harm: float = evidence("market.move_harm")
    harm_bands: float = evidence("market.move_loss")
    premium: float = evidence("market.scarce_premium")
    fee_week: float = evidence("cost.carehome_week_la_older_2023_24")


class HomeMarket(Process):
    """Move the owners of care homes through a month, after their residents.

    Which home a resident lives in follows from a lasting draw of theirs over the homes that are open. At today's fees
    no home makes a loss.
    """

    name: ClassVar[str] = "home_market"
    reads: ClassVar[tuple[str, ...]] = ("alive", "uid", "cell", "setting", "support_type", "council_funded")
    writes: ClassVar[tuple[str, ...]] = ("recent_loss",)

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(Rules, numbers)
        self.books = read_rules(BookRules, numbers)
        self._council_share = 0.0

    def start(self, model: DemandModel) -> None:
        """Open the homes, all of one size."""
        rules = self.rules
        number = max(_FEWEST, round(rules.homes * model.base_people_65 / model.scale / _PER))
        shares = np.full(number, 1.0 / number)
        owners = owners_by_size(shares, rules.in_house, rules.third_sector)
        for k in range(number):
            home = Provider(model, name=_NAMES[k], unit="places", number=k + 1, owner=owners[k], share=shares[k])
            model.services[home.name] = home
            self._set_up(model, home)

    def _set_up(self, model: DemandModel, home: Provider) -> None:
        """Give a home its usual margin and reserves."""
        rules = self.rules
        lots = luck.draw4(model.luck_seed, _keys([home]), 0, Purpose.PROVIDER_START)[0].astype(np.float64)
        usual = {IN_HOUSE: 0.0, THIRD_SECTOR: rules.charity_margin}.get(home.owner, rules.margin)
        bell = (lots.sum() - 2.0) * 3.0**0.5
        home.usual_margin = 0.0 if home.owner == IN_HOUSE else max(0.0, usual + rules.spread * float(bell))
        home.reserves = self.books.most_reserves(home.owner)

    def settled(self, model: DemandModel) -> None:
        """Freeze how much of a home's income is the council's: its share of residents."""
        rows = residents_of(model.citizens)
        self._council_share = float(np.mean(model.citizens.council_funded[rows])) if rows.size else 0.0

    def step(self, model: DemandModel) -> None:
        """Keep the books, give notice, close, begin; say how many places are open."""
        market, every = _care_homes(model), homes(model)
        if not model.settling:
            week = self.rules.fee_week
            income = week * (1.0 - model.council.fee_cut * self._council_share)
            for home in every:
                if home.trading:
                    self._enter_books(model, home, week, income)
                    if home.closing or home.margin < 0:  # no other gives up
                        self._run_out(model, home)
                else:
                    self._begin(model, home)
            market.open_share = _open(every) / len(every)
            self._pay_for_scarcity(model, market)
        for home in every:
            part = home.share if home.trading else 0.0
            home.capacity, home.used = part * market.capacity, part * market.used

    def _enter_books(self, model: DemandModel, home: Provider, week: float, income: float) -> None:
        """A week's income and cost of a place; the council makes good what its own homes are short of."""
        home.fee_cut = model.council.fee_cut
        keep_books(self.books, home, income, week * (1.0 - home.usual_margin))
        if home.owner == IN_HOUSE and home.margin < 0:
            model.ledger.cost("residential", "council", home.loss * income * WEEKS * home.used)

    def _run_out(self, model: DemandModel, home: Provider) -> None:
        """A home without reserves gives notice by luck; when the notice is over it closes. One home stays."""
        if home.closing:
            home.closing -= 1
            if home.closing == 0:
                self._close(model, home)
            return
        chance = exit_chance(self.books, home)
        if chance == 0.0 or home.owner == IN_HOUSE:
            return
        if _lot(model, home) < chance and _open(homes(model)) > 1:
            home.closing = max(1, int(self.rules.notice))

    def _close(self, model: DemandModel, home: Provider) -> None:
        """Residents move; for some the move costs them function."""
        citizens, rules = model.citizens, self.rules
        rows = residents_of(model.citizens)
        moved = rows[home_of(model, rows) == home.number]
        lot = luck.draw(model.luck_seed, citizens.uid[moved], model.month, Purpose.HOME_MOVE)
        citizens.recent_loss[moved[lot < rules.harm]] += np.float32(rules.harm_bands)
        home.trading = False
        model.ledger.people("people_rehoused", citizens.cell[moved])
        model.ledger.total("provider_exits", 1.0)

    def _begin(self, model: DemandModel, home: Provider) -> None:
        """Somebody may open a closed home anew where the usual home would not make a loss."""
        pays = model.council.fee_cut * self._council_share <= self.rules.margin
        if pays and _lot(model, home) < self.rules.entry:
            home.succeed(PRIVATE, len(homes(model)))
            self._set_up(model, home)

    def _pay_for_scarcity(self, model: DemandModel, market: CareHomes) -> None:
        """Residents beyond the places that are left here live further off, at more than the usual fee to the council.

        Homes under notice take nobody in, but those who live there still do.
        """
        every = homes(model)
        left = len([home for home in every if home.trading]) / len(every)
        if left >= 1.0:
            return
        residents = residents_of(model.citizens)
        beyond = residents.size - market.base_places * model.need_index * left
        if beyond > 0:
            funded = float(np.mean(model.citizens.council_funded[residents]))
            pounds = beyond * funded * self.rules.premium * self.rules.fee_week * WEEKS
            model.ledger.cost("residential", "council", pounds)


def _open(every: list[Provider]) -> int:
    """How many homes take people in."""
    return len([home for home in every if home.trading and not home.closing])


def homes(model: DemandModel) -> list[Provider]:
    """Every care home, closed ones too, in the order of their numbers."""
    return providers_named(model, _NAMES)


def home_of(model: DemandModel, rows: Rows) -> NDArray[np.int64]:
    """The number of the home that each of some residents lives in.

    Each resident has four lasting draws over all homes and lives in the first of these that is open; who finds none
    of the four open lives in the open home with the lowest number.
    """
    every = homes(model)
    is_open = np.array([home.trading for home in every])
    lots = luck.draw4(model.luck_seed, model.citizens.uid[rows], 0, Purpose.LIVES_IN_HOME)
    place = np.minimum((lots * np.float32(len(every))).astype(np.int64), len(every) - 1)
    chosen = np.argmax(is_open[place], axis=1)
    found = place[np.arange(rows.size), chosen]
    return np.where(is_open[found], found, int(np.argmax(is_open))) + 1


def _care_homes(model: DemandModel) -> CareHomes:
    return cast(CareHomes, model.services["care_homes"])


def _lot(model: DemandModel, home: Provider) -> float:
    """This month's draw of one home."""
    return float(luck.draw(model.luck_seed, _keys([home]), model.month, Purpose.PROVIDER_EXIT)[0])


def _keys(providers: list[Provider]) -> NDArray[np.uint64]:
    """Keys of luck for homes: apart from those of people, groups and providers of home care."""
    return np.array([_MARK + p.identity for p in providers], dtype=np.uint64)

"""Trust: a state of a person and of a neighbourhood, won by promises kept, lost by promises broken, slow to return.

It stands at 0 under what people are used to, and moves only with what goes beyond or falls short of that. A person's
own last answer at the door is another matter: it acts at once, in `help_seeking`, and is part of the base year.

A promise is kept where a plan made together is delivered and where a named worker keeps coming; an open door that
hears people out wins some (`front_door`). It is broken where a package is trimmed, ended, or refused by a threshold
that was raised meanwhile, and where a deal is followed by a cut: public money for groups beyond the base year's, or a
frozen council tax, taken back. What befalls those who meet services is talked about in their neighbourhood: bad news
travels faster than good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import CELLS
from demandsim.agents.citizens import NOBODY, SupportType
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.home_care import home_care, served_at_home, supported_at_home
from demandsim.processes.promises import MOST, moved, trust_here
from demandsim.processes.shortlist import list_rows, rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_ADULT_MONTHS = 18 * 12
_TRUST = np.uint32(Purpose.TRUST)
_NO_SUPPORT = np.uint8(SupportType.NONE)


@dataclass(frozen=True)
class TrustRules:
    """What wins and loses trust, and how it spreads and returns."""

    won_plan: float = evidence("trust.won_plan")
    won_worker: float = evidence("trust.won_worker")
    lost_cut: float = evidence("trust.lost_cut")
    lost_deal: float = evidence("trust.lost_deal")
    fade: float = evidence("trust.fade")
    mend: float = evidence("trust.mend")
    hearers: float = evidence("trust.hearers")
    good_news: float = evidence("trust.good_news")
    bad_news: float = evidence("trust.bad_news")
    noticed: float = evidence("trust.noticed")
    word: float = evidence("trust.word")


@dataclass
class Given:
    """What the council gave last month, against which people see it give less.

    Attributes:
        trim: Share taken off every package.
        visit_cut: Minutes taken off every visit.
        working_age_trim: Share taken off working-age packages.
        prevention_share: What is left of non-statutory spending.
        income_rise: Rise of council tax and charges.
    """

    trim: float = 0.0
    visit_cut: float = 0.0
    working_age_trim: float = 0.0
    prevention_share: float = 1.0
    income_rise: float = 0.0


class Trust(Process):
    """People see what became of what they were promised; the neighbourhood hears of it."""

    name: ClassVar[str] = "trust"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "cell",
        "age_months",
        "neighbourhood",
        "support_type",
        "arrangement",
        "council_funded",
        "together",
        "plan_hours",
        "paid_hours",
        "worker",
        "relationship",
        "contacted",
        "turned_away_month",
    )
    writes: ClassVar[tuple[str, ...]] = ("trust",)

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(TrustRules, numbers)
        self._last = Given()
        self._unfit = 0.0
        self._answered = 0.0
        self._usual = 0.0
        self._people: NDArray[np.float64] = np.ones(1)
        self._adults = 1.0

    def start(self, model: DemandModel) -> None:
        """Begin with what people are used to, everywhere."""
        places = int(model.citizens.neighbourhood.max(initial=0)) + 1
        model.council.area_trust = np.zeros(max(places, len(model.neighbourhoods)), dtype=np.float32)

    def settled(self, model: DemandModel) -> None:
        """Freeze how often people are turned away: what they are used to."""
        self._usual = self._unfit / self._answered if self._answered > 0.0 else 0.0
        self._count_adults(model)

    def step(self, model: DemandModel) -> None:
        """See promises kept and broken, talk about them, and let what is past fade."""
        self._hear_of_answers(model)
        if model.settling:
            return
        if model.month % _YEAR == 0:
            self._count_adults(model)
        citizens, rules = model.citizens, self._rules
        lasting = rows_with(citizens.trust.view(np.uint8))
        _fade(model.luck_seed, model.month_word, lasting, citizens.uid, rules.fade, rules.mend, citizens.trust)
        self._see_cuts(model)
        self._see_promises_kept(model)
        self._talk(model)
        self._book(model)
        council = model.council
        self._last = Given(
            council.trim, council.visit_cut, council.working_age_trim, council.prevention_share, council.income_rise
        )

    def _count_adults(self, model: DemandModel) -> None:
        citizens = model.citizens
        adults = np.flatnonzero(citizens.alive & (citizens.age_months >= _ADULT_MONTHS))
        here = np.bincount(citizens.neighbourhood[adults], minlength=model.council.area_trust.size)
        self._people = np.maximum(here, 1).astype(np.float64)
        self._adults = float(self._people.sum())

    # what each person sees

    def _see_cuts(self, model: DemandModel) -> None:
        """Who has a package sees it shrink where the council trims, or shortens visits, by more than last month."""
        citizens, rules, council, last = model.citizens, self._rules, model.council, self._last
        shorter = max(0.0, council.visit_cut - last.visit_cut) / max(model.practice.visit_minutes, 1.0)
        less = max(0.0, council.trim - last.trim)
        if less + shorter > 0.0:
            visited, direct = supported_at_home(citizens)
            for rows, share in ((visited, less + shorter), (direct, less)):
                self._see_cut(model, rows[citizens.council_funded[rows]], -rules.lost_cut * share)
        less = max(0.0, council.working_age_trim - last.working_age_trim)
        if less > 0.0:
            rows = rows_with(citizens.support_type)
            self._see_cut(model, rows[citizens.council_funded[rows]], -rules.lost_cut * less)

    @staticmethod
    def _see_cut(model: DemandModel, rows: NDArray[np.int64], amount: float) -> None:
        _see_cut(model.luck_seed, model.month_word, rows, model.citizens.uid, amount, model.citizens.trust)

    def _see_promises_kept(self, model: DemandModel) -> None:
        """A plan made together that is delivered, and a named worker who comes oftener than people are used to."""
        citizens, rules = model.citizens, self._rules
        _see_plans(
            model.luck_seed,
            model.month_word,
            rows_with(citizens.together),
            citizens.uid,
            citizens.support_type,
            citizens.paid_hours,
            citizens.plan_hours,
            rules.won_plan,
            citizens.trust,
        )
        promised = model.practice.rota_share - model.base_practice.rota_share
        if promised > 0.0:
            # Empty posts break the promise: what comes then is whoever is there.
            oftener = model.practice.rota_share * (1.0 - home_care(model).vacancy) - model.base_practice.rota_share
            _see_workers(
                model.luck_seed,
                model.month_word,
                served_at_home(citizens),
                citizens.uid,
                citizens.worker,
                citizens.relationship,
                rules.won_worker * max(0.0, oftener) / promised,
                citizens.trust,
            )

    # what the neighbourhood hears

    def _hear_of_answers(self, model: DemandModel) -> None:
        """Keep count of contacts and of those turned away, the last year counting most."""
        citizens = model.citizens
        rows = rows_with(citizens.contacted)
        unfit = _turned_away(rows, citizens.turned_away_month, model.month)
        self._answered += rows.size - self._answered / _YEAR
        self._unfit += unfit - self._unfit / _YEAR

    def _word(self) -> float:
        """What is said of the door: nothing until clearly more, or fewer, are turned away than people are used to."""
        rules = self._rules
        if self._usual <= 0.0 or self._answered <= 0.0:
            return 0.0
        more = self._unfit / self._answered / self._usual - 1.0
        beyond = np.sign(more) * max(0.0, abs(more) - rules.noticed)
        return float(-rules.word * beyond)

    def _deal(self, model: DemandModel) -> float:
        """What a deal that is broken this month takes from trust in every neighbourhood."""
        council, terms = model.council, model.terms
        granted = model.practice.group_grant_share - model.base_practice.group_grant_share
        frozen = terms.tax_freeze_years > 0.0
        promised = 1.0 if frozen else min(max(granted, 0.0), 1.0)
        loss = promised * max(0.0, self._last.prevention_share - council.prevention_share)
        dearer = frozen and council.income_rise > self._last.income_rise
        return self._rules.lost_deal * min(loss + float(dearer), 1.0)

    def _talk(self, model: DemandModel) -> None:
        """Neighbourhoods come nearer to what those who meet services tell, and to what is said of the door."""
        citizens, rules, council = model.citizens, self._rules, model.council
        told, around = np.zeros(self._people.size), np.empty_like(council.area_trust)
        _tell(citizens.trust, citizens.neighbourhood, told)
        _hear(
            told,
            self._people,
            council.area_trust,
            rules.hearers,
            self._word(),
            self._deal(model),
            rules.mend,
            rules.good_news,
            rules.bad_news,
            rules.fade,
            around,
        )
        council.area_trust = around

    def _book(self, model: DemandModel) -> None:
        """Book trust of people with council-funded support, and of everybody's neighbourhood."""
        citizens, ledger, around = model.citizens, model.ledger, model.council.area_trust
        tallies = np.zeros((2, CELLS))
        rows = rows_with(citizens.council_funded)
        _tally_trust(rows, citizens.trust, citizens.neighbourhood, around, citizens.cell, tallies)
        ledger.tally("trust", tallies[0])
        ledger.tally("trust_people", tallies[1])
        ledger.total("area_trust", float((self._people * around).sum()))
        ledger.total("area_people", self._adults)


@kernel
def _turned_away(rows: NDArray[np.int64], turned_away_month: NDArray[np.int16], month: int) -> int:
    """How many of some people were turned away this month."""
    number = 0
    for i in rows:
        number += int(turned_away_month[i] == month)
    return number


@kernel
def _fade(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    fade: float,
    mend: float,
    trust: NDArray[np.int8],
) -> None:
    """Trust returns to where it began: what was won wears off, what was lost mends, the latter slowly."""
    for i in rows:
        held = np.float64(trust[i]) / np.float64(MOST)
        back = fade if held > 0.0 else mend
        trust[i] = moved(trust[i], -back * held, uniform4(seed, uid[i], month, _TRUST)[0])


@kernel
def _see_cut(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    amount: float,
    trust: NDArray[np.int8],
) -> None:
    """What is taken off their packages moves the trust of some people by one amount."""
    for i in rows:
        trust[i] = moved(trust[i], amount, uniform4(seed, uid[i], month, _TRUST)[1])


@kernel
def _see_plans(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    support_type: NDArray[np.uint8],
    paid_hours: NDArray[np.float32],
    plan_hours: NDArray[np.float32],
    won: float,
    trust: NDArray[np.int8],
) -> None:
    """Plans made together win trust as far as they are delivered; working-age support is left out."""
    for i in rows:
        if support_type[i] == _NO_SUPPORT:
            given = min(paid_hours[i] / max(plan_hours[i], f4(1e-6)), f4(1.0))
            trust[i] = moved(trust[i], won * np.float64(given), uniform4(seed, uid[i], month, _TRUST)[2])


@kernel
def _see_workers(
    seed: np.uint64,
    month: np.uint32,
    visited: NDArray[np.int64],
    uid: NDArray[np.uint64],
    worker: NDArray[np.int32],
    relationship: NDArray[np.float32],
    won: float,
    trust: NDArray[np.int8],
) -> None:
    """A named worker who keeps coming wins trust by how well the two know each other."""
    for i in visited:
        if worker[i] != NOBODY:
            trust[i] = moved(trust[i], won * np.float64(relationship[i]), uniform4(seed, uid[i], month, _TRUST)[3])


@kernel
def _tell(trust: NDArray[np.int8], neighbourhood: NDArray[np.int32], told: NDArray[np.float64]) -> None:
    """Sum up by neighbourhood, in hundredths, the trust of those in whom it is not as at the start."""
    rows = np.empty(trust.size + 1, dtype=np.int64)
    for i in rows[: list_rows(trust.view(np.uint8), rows)]:
        told[neighbourhood[i]] += np.float64(trust[i])


@kernel
def _hear(
    told: NDArray[np.float64],
    people: NDArray[np.float64],
    before: NDArray[np.float32],
    hearers: float,
    word: float,
    deal: float,
    mend: float,
    good_news: float,
    bad_news: float,
    fade: float,
    around: NDArray[np.float32],
) -> None:
    """Move the trust of each neighbourhood towards the news of this month, and take off what a broken deal costs.

    Below what one hears, trust has to mend; above it, bad news has come, or good news is forgotten.
    """
    for a in range(before.size):
        now = np.float64(before[a])
        news = min(max(hearers * told[a] / np.float64(MOST) / people[a] + word, -1.0), 1.0)
        rising = mend if now < 0.0 else good_news
        falling = fade if news >= 0.0 else bad_news
        pace = rising if news > now else falling
        now += pace * (news - now) - deal
        around[a] = f4(min(max(now, -1.0), 1.0))


@kernel
def _tally_trust(
    rows: NDArray[np.int64],
    trust: NDArray[np.int8],
    neighbourhood: NDArray[np.int32],
    around: NDArray[np.float32],
    cell: NDArray[np.uint16],
    tallies: NDArray[np.float64],
) -> None:
    """Sum up the trust of some people by reporting cell, and how many they are."""
    for i in rows:
        tallies[0, cell[i]] += trust_here(trust[i], around[neighbourhood[i]])
        tallies[1, cell[i]] += 1.0

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

from demandsim import luck
from demandsim.agents.citizens import NOBODY, SupportType
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.few import within
from demandsim.processes.home_care import home_care, supported_at_home
from demandsim.processes.promises import MOST, move_trust, trust_of
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_YEAR = 12
_ADULT_MONTHS = 18 * 12


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
        self._fade(model)
        self._see_cuts(model)
        self._see_promises_kept(model)
        self._talk(model)
        self._book(model)
        council = model.council
        self._last = Given(**{name: float(getattr(council, name)) for name in vars(self._last)})

    def _count_adults(self, model: DemandModel) -> None:
        citizens = model.citizens
        adults = np.flatnonzero(citizens.alive & (citizens.age_months >= _ADULT_MONTHS))
        here = np.bincount(citizens.neighbourhood[adults], minlength=model.council.area_trust.size)
        self._people = np.maximum(here, 1).astype(np.float64)

    # what each person sees

    def _fade(self, model: DemandModel) -> None:
        """Trust returns to where it began: what was won wears off, what was lost mends, the latter slowly."""
        citizens, rules = model.citizens, self._rules
        rows = rows_with(citizens.trust.view(np.uint8))
        held = citizens.trust[rows] / float(MOST)
        back = np.where(held > 0.0, rules.fade, rules.mend)
        move_trust(citizens, rows, -back * held, self._lots(model, rows)[:, 0])

    def _see_cuts(self, model: DemandModel) -> None:
        """Who has a package sees it shrink where the council trims, or shortens visits, by more than last month."""
        citizens, rules, council, last = model.citizens, self._rules, model.council, self._last
        shorter = max(0.0, council.visit_cut - last.visit_cut) / max(model.practice.visit_minutes, 1.0)
        less = max(0.0, council.trim - last.trim)
        if less + shorter > 0.0:
            visited, direct = supported_at_home(citizens)
            for rows, share in ((visited, less + shorter), (direct, less)):
                mine = rows[citizens.council_funded[rows]]
                move_trust(citizens, mine, -rules.lost_cut * share, self._lots(model, mine)[:, 1])
        less = max(0.0, council.working_age_trim - last.working_age_trim)
        if less > 0.0:
            rows = rows_with(citizens.support_type)
            rows = rows[citizens.council_funded[rows]]
            move_trust(citizens, rows, -rules.lost_cut * less, self._lots(model, rows)[:, 1])

    def _see_promises_kept(self, model: DemandModel) -> None:
        """A plan made together that is delivered, and a named worker who comes oftener than people are used to."""
        citizens, rules = model.citizens, self._rules
        rows = rows_with(citizens.together)
        rows = rows[citizens.support_type[rows] == SupportType.NONE]
        given = np.minimum(citizens.paid_hours[rows] / np.maximum(citizens.plan_hours[rows], 1e-6), 1.0)
        move_trust(citizens, rows, rules.won_plan * given.astype(np.float64), self._lots(model, rows)[:, 2])
        promised = model.practice.rota_share - model.base_practice.rota_share
        if promised > 0.0:
            # Empty posts break the promise: what comes then is whoever is there.
            oftener = model.practice.rota_share * (1.0 - home_care(model).vacancy) - model.base_practice.rota_share
            visited, _ = supported_at_home(citizens)
            visited = visited[citizens.worker[visited] != NOBODY]
            known = citizens.relationship[visited].astype(np.float64)
            lots = self._lots(model, visited)[:, 3]
            move_trust(citizens, visited, rules.won_worker * max(0.0, oftener) / promised * known, lots)

    def _lots(self, model: DemandModel, rows: NDArray[np.int64]) -> NDArray[np.float32]:
        return luck.draw4(model.luck_seed, model.citizens.uid[rows], model.month, Purpose.TRUST)

    # what the neighbourhood hears

    def _hear_of_answers(self, model: DemandModel) -> None:
        """Keep count of contacts and of those turned away, the last year counting most."""
        citizens = model.citizens
        rows = rows_with(citizens.contacted)
        unfit = np.count_nonzero(citizens.turned_away_month[rows] == model.month)
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
        rows = rows_with(citizens.trust.view(np.uint8))
        told = np.bincount(citizens.neighbourhood[rows], weights=citizens.trust[rows], minlength=self._people.size)
        news = within(rules.hearers * told / MOST / self._people + self._word(), -1.0, 1.0)
        now = council.area_trust.astype(np.float64)
        # Below what one hears, trust has to mend; above it, bad news has come, or good news is forgotten.
        pace = np.where(news > now, np.where(now < 0.0, rules.mend, rules.good_news), rules.bad_news)
        pace = np.where((news <= now) & (news >= 0.0), rules.fade, pace)
        now += pace * (news - now) - self._deal(model)
        council.area_trust = within(now, -1.0, 1.0).astype(np.float32)

    def _book(self, model: DemandModel) -> None:
        """Book trust of people with council-funded support, and of everybody's neighbourhood."""
        citizens, ledger = model.citizens, model.ledger
        rows = rows_with(citizens.council_funded)
        ledger.people("trust", citizens.cell[rows], trust_of(model, rows))
        ledger.people("trust_people", citizens.cell[rows])
        ledger.total("area_trust", float((self._people * model.council.area_trust).sum()))
        ledger.total("area_people", float(self._people.sum()))

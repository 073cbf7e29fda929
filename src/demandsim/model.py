"""The model: a place, a scenario and the ordered processes of a month."""

from __future__ import annotations

import copy
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import mesa
import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.cells import CELLS, cell_codes
from demandsim.agents.citizens import NEVER, Citizen, Citizens, Setting
from demandsim.agents.kin import NO_HELP, Children, KinHelp, children_index
from demandsim.agents.overview import REPORTERS
from demandsim.agents.services import Council, Neighbourhood, Service
from demandsim.agents.ties import Groups, Ties
from demandsim.agents.workers import CareWorker, CareWorkers
from demandsim.columns import ColumnSet, Kept, RowSet
from demandsim.joined import JoinedAgents
from demandsim.ledger import Ledger, Month
from demandsim.place.builder import Population, SmallArea, build_population
from demandsim.place.profile import PlaceProfile, place_profile
from demandsim.processes.accounts import SocialAccounts
from demandsim.processes.adaptations import Adaptations
from demandsim.processes.ageing import Ageing
from demandsim.processes.agency import Agency
from demandsim.processes.allocation import Allocation
from demandsim.processes.assessment import Assessment
from demandsim.processes.base import Process
from demandsim.processes.births import Births
from demandsim.processes.bodies import give_body
from demandsim.processes.capability import Capability
from demandsim.processes.care_home import CareHome
from demandsim.processes.carer_work import CarerWork
from demandsim.processes.community import Community
from demandsim.processes.coping import Coping
from demandsim.processes.delivery import Delivery
from demandsim.processes.departure import depart
from demandsim.processes.frailty import Frailty
from demandsim.processes.friendship import Friendship
from demandsim.processes.front_door import FrontDoor
from demandsim.processes.help_seeking import HelpSeeking
from demandsim.processes.home_market import HomeMarket
from demandsim.processes.hospital import Hospital
from demandsim.processes.hubs import Hubs
from demandsim.processes.illness import Illness
from demandsim.processes.income_advice import IncomeAdvice
from demandsim.processes.kept_lives import lives_of
from demandsim.processes.kinship import Kinship
from demandsim.processes.learning import Learning
from demandsim.processes.loneliness import Loneliness
from demandsim.processes.market import Market
from demandsim.processes.micro_enterprise import MicroEnterprise
from demandsim.processes.migration import Migration
from demandsim.processes.money import Money
from demandsim.processes.mortality import Mortality
from demandsim.processes.need import Need
from demandsim.processes.neighbourhood_budgets import NeighbourhoodBudgets
from demandsim.processes.outcome_contracts import OutcomeContracts
from demandsim.processes.outcomes_bond import BondCapacity, BondSettlement
from demandsim.processes.partnership import Partnership
from demandsim.processes.peers import PeerSupport
from demandsim.processes.pooled_budget import PooledBudget
from demandsim.processes.recovery import Recovery
from demandsim.processes.rushed import RushedVisits
from demandsim.processes.shared_lives import SharedLivesHosts
from demandsim.processes.standing import Standing
from demandsim.processes.strain import CarerStrain
from demandsim.processes.telecare import Telecare
from demandsim.processes.therapy import Therapy
from demandsim.processes.trust import Trust
from demandsim.processes.unpaid_care import UnpaidCare
from demandsim.processes.wellbeing import Wellbeing
from demandsim.processes.workforce import Workforce
from demandsim.processes.working_age import WorkingAge
from demandsim.scenario.terms import Terms

if TYPE_CHECKING:
    from demandsim.parameters.register import Numbers
    from demandsim.scenario.practice import Practice
    from demandsim.scenario.scenario import Scenario

LIFE_COURSE: tuple[type[Process], ...] = (Ageing, Mortality, Births, Partnership, Migration)
"""Step 1 of the month; of these only mortality acts in the run-in, where the dead are renewed."""

MONTH: tuple[type[Process], ...] = (
    *LIFE_COURSE,
    Kinship,
    Frailty,
    Illness,
    Therapy,
    Recovery,
    WorkingAge,
    Capability,
    Need,
    SocialAccounts,
    Adaptations,
    Friendship,
    BondCapacity,
    NeighbourhoodBudgets,
    Hubs,
    Community,
    Loneliness,
    UnpaidCare,
    CarerStrain,
    CarerWork,
    IncomeAdvice,
    HelpSeeking,
    FrontDoor,
    MicroEnterprise,
    Assessment,
    Allocation,
    Delivery,
    RushedVisits,
    PeerSupport,
    Coping,
    Telecare,
    Hospital,
    CareHome,
    HomeMarket,
    SharedLivesHosts,
    Workforce,
    Agency,
    Learning,
    Market,
    PooledBudget,
    OutcomeContracts,
    BondSettlement,
    Money,
    Trust,
    Wellbeing,
    Standing,
)
"""The order of the month. It is part of the model and stands here alone."""

RUN_IN_MONTHS = 36
"""Months for which care settles, at standing ages, before month 0."""

_STILL_IN_RUN_IN = (Ageing, Births, Partnership, Migration)
_SPARE_ROWS = 1.02

OnMonth = Callable[["DemandModel", Month], None]
"""Called with the closed ledger after each month."""


@dataclass(frozen=True)
class _Start:
    """What a model keeps of the people that it was built from."""

    neighbourhoods: tuple[SmallArea, ...]
    people: int
    people_65: int

    @classmethod
    def of(cls, population: Population) -> _Start:
        """Read off a newly built population."""
        age = population.age_months
        return cls(tuple(population.neighbourhoods), int(age.size), int(np.count_nonzero(age >= 65 * 12)))


@dataclass
class _Settled:
    """A place at the end of its run-in, to be copied into every scenario that starts from it."""

    start: _Start
    columns: dict[str, Kept]
    services: dict[str, tuple[type[Service], dict[str, Any]]]
    council: dict[str, Any]
    processes: list[Process]


_settled_places: OrderedDict[tuple[Any, ...], _Settled] = OrderedDict()
_settled_places_kept = 1


def keep_settled_places(number: int) -> None:
    """Keep so many settled places in this process; 1 unless told otherwise, since a whole place is large."""
    global _settled_places_kept
    _settled_places_kept = number


class DemandModel(mesa.Model):  # type: ignore[misc]
    """One place under one scenario, month by month.

    The constructor builds the place and lets its care system settle under the base year's practice; month 0 is
    April 2024. ``step()`` is one month, ``run_for(12)`` a year.

    Args:
        policy: The scenario: practice, adoption, budget, responses, parameter overrides.
        place: Name or code of an English council, or a place profile.
        scale: Share of the real population to simulate, above 0 and at most 1.
        rng: Seed of all luck: a whole number from 0 up.
        processes: Further processes, run after the model's own each month.
        on_month: Called with the model and the closed ledger after each month.

    Attributes:
        citizens: The people, as columns.
        workers: Care workers, as columns.
        ties: Ties outside the family, as columns.
        groups: Community groups, as columns.
        services: Services by name.
        council: The council as commissioner.
        neighbourhoods: Small areas by index.
        profile: Demographic rates of the place.
        children: Index of living children in the place, renewed each month after the life course.
        kin_help: Who of kin helped whom this month, once unpaid care has been given.
        practice: Levers of practice in force this month.
        terms: Terms of services, community and finance in force this month.
        base_practice: Practice of the base year: what the run-in runs under.
        numbers: Parameter values by evidence key.
        luck_seed: Key of all luck.
        month: Months since April 2024; negative in the run-in.
        settling: In the run-in: ages stand still, the dead are renewed, controllers act.
        scale: Share of the real population that is simulated.
        nhs_share: What is left of the NHS's money this month, against the base year: its beds and teams follow.
        need_index: Need-weighted population against month 0: what ``per_need`` capacity and budgets follow.
        base_people: Citizens simulated at month 0.
        base_people_65: Those of them aged 65 and over.

    Raises:
        ValueError: If the scale or the seed is out of range, or the place is unknown.
    """

    def __init__(
        self,
        policy: Scenario,
        *,
        place: str | PlaceProfile = "sunderland",
        scale: float = 1.0,
        rng: int = 1,
        processes: Sequence[Process] = (),
        on_month: OnMonth | None = None,
    ) -> None:
        if not 0.0 < scale <= 1.0:
            raise ValueError(f"scale is {scale}: it must be above 0 and at most 1 (1 simulates every citizen)")
        if not 0 <= rng < 2**63:
            raise ValueError(f"rng is {rng}: the seed must be a whole number from 0 to 2**63 - 1")
        super().__init__(rng=rng)
        self.policy = policy
        self.numbers: Numbers = policy.numbers
        self.profile = place if isinstance(place, PlaceProfile) else place_profile(place, numbers=self.numbers)
        self.base_practice: Practice = policy.base_practice
        self.practice: Practice = policy.base_practice
        self.terms: Terms = Terms()
        self.luck_seed = np.uint64(rng)
        self.scale = scale
        self.month = 0
        self.settling = False
        self.need_index = 1.0
        self.nhs_share = 1.0
        self.ledger = Ledger(CELLS)
        self.services: dict[str, Service] = {}
        self.council = Council(self)
        self.kin_help: KinHelp = NO_HELP
        self.on_month = on_month
        given = self._settled_before() or self._build()
        start = given.start if isinstance(given, _Settled) else _Start.of(given)
        self.neighbourhoods = [
            Neighbourhood(self, index=i, code=n.code, label=n.label, district=n.district, quintile=n.quintile)
            for i, n in enumerate(start.neighbourhoods)
        ]
        self.citizens = Citizens(int(start.people * _SPARE_ROWS) + 64)
        self.workers, self.ties, self.groups = CareWorkers(0), Ties(0), Groups(0)
        for columns in (self.citizens, self.workers, self.ties, self.groups):
            columns.home = self
        self.base_people, self.base_people_65 = float(start.people), float(start.people_65)
        self.processes: list[Process] = []
        if isinstance(given, _Settled):
            self._restore(given)
        else:
            self.processes = [kind(self.numbers) for kind in MONTH]
            self._populate(given)
            self._settle()
            self._keep_settled(start)
        self.own_processes = list(processes)
        for process in self.own_processes:
            process.start(self)
        self.children: Children = children_index(self.citizens)
        self.datacollector = mesa.DataCollector(model_reporters=dict(REPORTERS))

    # the month

    def step(self) -> None:
        """Carry the place through one month."""
        self.practice = self.policy.practice_in(self.month)
        self.terms = self.policy.terms_in(self.month)
        self.nhs_share = self.policy.budget.nhs_factor(self.month // 12)
        for process in (*self.processes, *self.own_processes):
            process.step(self)
        closed = self.ledger.close()
        self.datacollector.collect(self)
        if self.on_month is not None:
            self.on_month(self, closed)
        self.month += 1

    @property
    def month_word(self) -> np.uint32:
        """The month as a word of the luck counter."""
        return luck.month_word(self.month)

    def draws(self, purpose: int) -> NDArray[np.float32]:
        """One uniform number for every row of citizens, this month: for plain-NumPy rules."""
        return luck.draw(self.luck_seed, self.citizens.uid, self.month, purpose)

    def welcome(self, rows: NDArray[np.int64]) -> None:
        """Let every process give new people what they bring for life."""
        for process in self.processes:
            if process.welcomes:
                process.welcome(self, rows)

    def remove_rows(self, columns: ColumnSet, rows: NDArray[np.int64]) -> None:
        """Take agents out with every link to them: what ``agent.remove()`` does for agents held in columns."""
        if columns is self.citizens:
            depart(self, rows, death=False)
        else:
            columns.release(rows)

    # the agents, as Mesa knows them

    @property
    def agents(self) -> JoinedAgents:
        """All agents: services, council and neighbourhoods, then citizens and care workers."""
        return JoinedAgents(self._all_agents, self.citizens, self.workers)

    @property
    def agents_by_type(self) -> dict[type, Any]:
        """Agent sets by class, those held in columns among them."""
        return {**self._agents_by_type, Citizen: self.citizens, CareWorker: self.workers}

    @property
    def carers(self) -> RowSet:
        """Citizens who give unpaid care."""
        return self.citizens.select(self.citizens.care_given > 0)

    def digest(self) -> str:
        """SHA-256 of every column and of the council's books: equal digests mean equal places."""
        sha = hashlib.sha256()
        for name, columns in self._columns().items():
            for column, values in sorted(columns.state().items()):
                sha.update(f"{name}.{column}:{values.dtype.str}:{values.size}".encode())
                sha.update(np.ascontiguousarray(values).tobytes())
        for owner in (self.council, *(self.services[name] for name in sorted(self.services))):
            sha.update(repr(sorted(_plain_state(owner).items())).encode())
        return sha.hexdigest()

    # the start

    def _columns(self) -> dict[str, ColumnSet]:
        return {"citizens": self.citizens, "groups": self.groups, "ties": self.ties, "workers": self.workers}

    @property
    def _settled_key(self) -> tuple[Any, ...]:
        """All that decides how a place settles."""
        return self.profile.key, self.scale, int(self.luck_seed), self.numbers.overrides, self.base_practice

    def _settled_before(self) -> _Settled | None:
        """The place as it settled with the same inputs in this process, if it did and is kept."""
        held = _settled_places.get(self._settled_key)
        if held is not None:
            _settled_places.move_to_end(self._settled_key)
        return held

    def _keep_settled(self, start: _Start) -> None:
        """Keep the settled place for scenarios that start from it, and drop what has been unused for longest."""
        _settled_places[self._settled_key] = self._snapshot(start)
        while len(_settled_places) > _settled_places_kept:
            _settled_places.popitem(last=False)

    def _build(self) -> Population:
        """The people of the place, newly built."""
        lives_of(self.profile, self.numbers)  # where they must be lived first, before the columns take up room
        place = self.profile
        return build_population(
            place.name_of_place, self.scale, int(self.luck_seed), own=place.own, numbers=self.numbers
        )

    def _populate(self, population: Population) -> None:
        """Put the people of the place into the columns and give each a body and what they bring for life."""
        citizens = self.citizens
        rows = citizens.admit(np.arange(population.age_months.size, dtype=np.uint64))
        citizens.age_months[rows] = population.age_months
        citizens.female[rows] = population.female
        citizens.neighbourhood[rows] = population.neighbourhood
        citizens.quintile[rows] = population.quintile
        citizens.household[rows] = population.household
        citizens.partner[rows] = population.partner
        citizens.mother[rows] = population.mother
        citizens.father[rows] = population.father
        citizens.children_away[rows] = population.children_away
        citizens.owner[rows] = population.owner
        citizens.income_band[rows] = population.income_band
        citizens.setting[rows] = np.choose(
            population.communal, [Setting.HOME, Setting.CARE_HOME, Setting.OTHER_COMMUNAL]
        )
        widowed = population.widowed_months >= 0
        citizens.bereaved_month[rows] = np.where(widowed, -population.widowed_months, NEVER)
        citizens.cell[:] = cell_codes(citizens.age_months, citizens.female, citizens.quintile)
        self.children = children_index(citizens)
        self.month = -RUN_IN_MONTHS
        give_body(self, rows)
        self.welcome(rows)

    def _settle(self) -> None:
        """Run the months before month 0, in which nobody ages and care finds its level; then freeze the levels."""
        self.settling = True
        for process in self.processes:
            process.start(self)
        for _ in range(RUN_IN_MONTHS):
            for process in self.processes:
                if not isinstance(process, _STILL_IN_RUN_IN):
                    process.step(self)
            self.ledger.close()
            self.month += 1
        self.settling = False
        for process in self.processes:
            process.settled(self)
        self.ledger.close()

    def _snapshot(self, start: _Start) -> _Settled:
        return _Settled(
            start=start,
            columns={name: own.keep() for name, own in self._columns().items()},
            services={
                name: (type(service), copy.deepcopy(_plain_state(service))) for name, service in self.services.items()
            },
            council=copy.deepcopy(_plain_state(self.council)),
            processes=copy.deepcopy(self.processes),
        )

    def _restore(self, held: _Settled) -> None:
        for name, own in self._columns().items():
            own.restore(held.columns[name])
        for name, (kind, state) in held.services.items():
            # A copy takes over what the service holds; only its place in this model is its own.
            service = kind.__new__(kind)
            mesa.Agent.__init__(service, self)
            _put_state(service, state)
            self.services[name] = service
        _put_state(self.council, held.council)
        self.processes = copy.deepcopy(held.processes)
        self.month = 0


def _plain_state(agent: mesa.Agent) -> dict[str, Any]:
    """What an object agent holds, apart from what Mesa gave it."""
    return {name: value for name, value in vars(agent).items() if name not in ("model", "unique_id", "pos")}


def _put_state(agent: mesa.Agent, state: dict[str, Any]) -> None:
    for name, value in copy.deepcopy(state).items():
        setattr(agent, name, value)

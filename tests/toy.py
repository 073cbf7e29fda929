"""A small invented town, so that one process can be run and tested alone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from demandsim import luck
from demandsim.agents.cells import CELLS, cell_codes
from demandsim.agents.citizens import Citizens
from demandsim.agents.kin import NO_HELP, children_index
from demandsim.agents.ties import Groups, Ties
from demandsim.agents.workers import CareWorkers
from demandsim.ledger import Ledger
from demandsim.parameters.register import Numbers
from demandsim.scenario.practice import Practice
from demandsim.scenario.terms import NOTHING_AGREED, Terms

DEFICIT = Practice(
    door_hours=0.5,
    assessment_hours=6,
    team_hours_ratio=1,
    handoffs=5,
    menu_share=0.2,
    family_ask_share=0,
    visit_minutes=30,
    goal_share=0,
    rota_share=0.45,
    recording_share=0.10,
    autonomy=0,
    supervision_hours=0.5,
    trained_share=0,
    direct_payment_share=0.15,
    placement_bands=1.6,
    reablement_places=2000,
    carer_break_share=0.05,
    carer_break_hours=100_000,
    carer_reach_share=0.1,
    carer_information_hours=1,
    carer_backup_share=0.05,
    connectors=0,
    catalysts=0,
    group_grant_share=1,
    rapid_support_places=200,
    home_care_price=23,
    open_door_share=0,
    together_share=0,
    broker_hours=0,
    shared_lives_hosts=0,
    values_led_share=0,
    learning_hours=0,
    mending_share=0,
    peer_supporters=0,
    appointment_days=0,
    alliance_share=0,
    contract_years=3,
    pooled_share=0,
    micro_starts=0,
)


CARERS = {"1_to_9": 30.0, "10_to_19": 15.0, "20_to_34": 12.0, "35_to_49": 16.0, "50_plus": 40.0}
"""Of a thousand residents of five and over, those who give unpaid care, by hours a week."""


def toy_neighbourhoods() -> list[Any]:
    """The twenty neighbourhoods that people of the town live in, in two districts."""
    return [
        SimpleNamespace(code=f"E{number:02}", label=f"Ward {number}", district=("North", "South")[number % 2])
        for number in range(20)
    ]


class ToyModel(SimpleNamespace):
    """What a process sees of a model."""

    citizens: Citizens

    @property
    def month_word(self) -> np.uint32:
        return luck.month_word(self.month)

    def welcome(self, rows: Any) -> None:
        """New people get their lasting differences from each process; the toy has none."""

    def register_agent(self, agent: Any) -> None:
        """Mesa calls this for object agents such as services; the toy keeps no list."""

    def draws(self, purpose: int) -> Any:
        return luck.draw(self.luck_seed, self.citizens.uid, self.month, purpose)


def toy_model(people: int = 20_000, seed: int = 1) -> Any:
    """A town of ``people`` with couples, parents and children, everyone healthy, under deficit practice."""
    generator = np.random.default_rng(seed)
    citizens = Citizens(people + people // 50)
    rows = citizens.admit(np.arange(people, dtype=np.uint64))
    age = np.clip(generator.normal(43, 25, people), 0, 99.9)
    citizens.age_months[rows] = (age * 12).astype(np.int16)
    citizens.female[rows] = generator.random(people) < 0.5
    citizens.quintile[rows] = generator.integers(0, 5, people)
    citizens.neighbourhood[rows] = citizens.quintile[rows] * 4 + generator.integers(0, 4, people)
    citizens.household[rows] = np.arange(people)
    adult = np.flatnonzero((citizens.age_months >= 240) & citizens.alive)
    order = adult[np.argsort(citizens.age_months[adult] + generator.normal(0, 36, adult.size))]
    women, men = order[citizens.female[order]], order[~citizens.female[order]]
    pairs = min(women.size, men.size)
    keep = generator.random(pairs) < 0.6
    women, men = women[:pairs][keep], men[:pairs][keep]
    citizens.partner[women], citizens.partner[men] = men, women
    citizens.household[men] = citizens.household[women]
    mothers = women[(citizens.age_months[women] > 300)]
    for child in np.flatnonzero(citizens.alive & (citizens.age_months < 60 * 12)):
        gap = citizens.age_months[mothers] - citizens.age_months[child]
        fit = mothers[(gap > 22 * 12) & (gap < 38 * 12)]
        if fit.size and generator.random() < 0.7:
            mother = fit[generator.integers(fit.size)]
            citizens.mother[child], citizens.father[child] = mother, citizens.partner[mother]
            if citizens.age_months[child] < 18 * 12:
                citizens.household[child] = citizens.household[mother]
    citizens.cell[:] = cell_codes(citizens.age_months, citizens.female, citizens.quintile)
    return ToyModel(
        citizens=citizens,
        workers=CareWorkers(0),
        ties=Ties(0),
        groups=Groups(0),
        services={},
        council=SimpleNamespace(
            budget=0.0,
            spent=0.0,
            reserves=0.0,
            threshold_shift=0.0,
            trim=0.0,
            visit_cut=0.0,
            fee_cut=0.0,
            prevention_share=1.0,
            working_age_trim=0.0,
            income_rise=0.0,
            section_114=False,
            extra_reviews=0.0,
            rises_refused=0.0,
            placement_cut=0.0,
            posts_cut=0.0,
            tax_forgone=0.0,
            deal_year=-1,
            invested=0.0,
            extra_connectors=0.0,
            extra_break_hours=0.0,
            extra_rapid=0.0,
            extra_grants=0.0,
            area_trust=np.zeros(20, dtype=np.float32),
        ),
        neighbourhoods=[],
        profile=SimpleNamespace(carers_by_hours=CARERS, residents_5_plus=1_000.0, code="E08000024"),
        children=children_index(citizens),
        kin_help=NO_HELP,
        ledger=Ledger(CELLS),
        practice=DEFICIT,
        base_practice=DEFICIT,
        terms=Terms(),
        policy=SimpleNamespace(agreed=NOTHING_AGREED),
        nhs_share=1.0,
        numbers=Numbers(),
        luck_seed=np.uint64(seed),
        month=0,
        need_index=1.0,
        base_people_65=float(np.count_nonzero(citizens.alive & (citizens.age_months >= 780))),
        base_people=float(people),
        settling=False,
        scale=people / 280_000,
    )

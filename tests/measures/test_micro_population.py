"""Every measure twice: by hand on seven people and their year, and by a formula of its own on a random town.

The tables of this module are held against the register: a measure that is added without both tests fails here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.agents.cells import CELLS, LIFE_CELLS, cell_codes
from demandsim.agents.citizens import Arrangement, Band, Setting, SupportType
from demandsim.ledger import CHARGES, Ledger
from demandsim.measures.recipes import FLOWS, SHARES
from demandsim.measures.recorder import WEEKS_A_MONTH, Recorder
from demandsim.measures.register import MEASURES
from tests.measures.test_recorder import busy_town, value
from tests.toy import toy_model, toy_neighbourhoods

SCALE = 0.5
HOME_CARED, PAYMENT, RESIDENT, WORKING_AGE, CARER, CHILD, FIT = range(7)
ADULTS = 6

PEOPLE: dict[int, dict[str, Any]] = {
    HOME_CARED: {
        "age": 70,
        "female": True,
        "wellbeing": 6.0,
        "capability": 0.5,
        "band": Band.MODERATE,
        "hands_on": 10.0,
        "unmet": True,
        "unmet_hours": 4.0,
        "kin_hours": 3.0,
        "relieved_hours": 0.5,
        "neighbour_hours": 1.0,
        "paid_hours": 2.0,
        "council_funded": True,
        "arrangement": Arrangement.HOME_CARE,
        "plan_hours": 5.0,
        "worker": 1,
        "relationship": 0.25,
        "lonely": True,
        "neighbourhood": 0,
    },
    PAYMENT: {
        "age": 80,
        "wellbeing": 4.0,
        "capability": 0.25,
        "band": Band.HIGH,
        "hands_on": 8.0,
        "paid_hours": 8.0,
        "council_funded": True,
        "arrangement": Arrangement.DIRECT_PAYMENT,
        "plan_hours": 8.0,
        "worker": 2,
        "relationship": 0.75,
        "waiting": 1,
        "neighbourhood": 1,
    },
    RESIDENT: {
        "age": 88,
        "female": True,
        "wellbeing": 5.0,
        "band": Band.VERY_HIGH,
        "hands_on": 20.0,
        "paid_hours": 20.0,
        "council_funded": True,
        "setting": Setting.CARE_HOME,
        "neighbourhood": 2,
    },
    WORKING_AGE: {
        "age": 30,
        "wellbeing": 7.0,
        "capability": 0.75,
        "band": Band.MODERATE,
        "hands_on": 6.0,
        "paid_hours": 6.0,
        "council_funded": True,
        "support_type": SupportType.LEARNING,
        "plan_hours": 7.0,
        "neighbourhood": 3,
    },
    CARER: {
        "age": 45,
        "wellbeing": 8.0,
        "capability": 1.0,
        "care_given": 20.0,
        "carer_break": 0.25,
        "strain": 0.9,
        "neighbourhood": 4,
    },
    CHILD: {"age": 10, "care_given": 2.0, "neighbourhood": 5},
    FIT: {"age": 66, "wellbeing": 9.0, "capability": 1.0, "volunteer": True, "quintile": 4, "neighbourhood": 6},
}


def seven_people() -> Any:
    """The seven and nobody else."""
    town = toy_model(50)
    town.scale, town.neighbourhoods = SCALE, toy_neighbourhoods()
    people = town.citizens
    people.alive[:] = False
    for row, given in PEOPLE.items():
        people.alive[row] = True
        people.female[row], people.quintile[row] = False, 0
        for name, what in given.items():
            if name != "age":
                getattr(people, name)[row] = what
        people.age_months[row] = 12 * given["age"] + 6
    people.cell[:] = cell_codes(people.age_months, people.female, people.quintile)
    return town


LEDGER_PEOPLE = {
    "failure_contacts": 1.0,
    "people_turned_away": 1.0,
    "people_asking": 4.0,
    "turned_away_disadvantaged": 2.0,
    "contacts_disadvantaged": 8.0,
    "wellbeing_disadvantaged": 12.0,
    "trust": 3.0,
    "trust_people": 4.0,
    "therapy_waited": 30.0,
    "therapy_seen": 5.0,
    "control": 14.0,
    "failure_wrong": 1.0,
}
"""Tallies of a month that shares are made of."""
IN_A_MONTH = {name: float(number) for number, name in enumerate(FLOWS, start=1)}
"""Events of each kind in a month: 1 of the first, 2 of the second ..."""
BOOKED = ("people_disadvantaged", "need_people_disadvantaged", "unmet_need_people_disadvantaged")
BOOKED = (*BOOKED, "long_term_clients_disadvantaged", "carers_work_lost")
"""Stocks that processes book month by month: 2 people each here."""
TOTALS = {
    "assessed_after_1": 2.0,
    "assessed_after_6": 2.0,
    "agency_hours": 3.0,
    "posts": 10.0,
    "vacancies": 1.0,
    "leavers": 0.2,
    "workers": 8.0,
    "visits": 40.0,
    "named_visits": 30.0,
    "area_trust": 6.0,
    "area_people": 10.0,
    "home_care_owner_charity": 5.0,
    "home_care_owner_company": 15.0,
    "provider_exits": 0.25,
    "micro_enterprises": 2.0,
    "hubs": 1.0,
    "council_balance": -10.0,
    "council_debt": 4.0,
    "section_114": 0.0,
    CHARGES: 6.0,
}
COSTS = {
    ("home_care", "council"): 50.0,
    ("home_care", "citizen"): 10.0,
    ("residential", "council"): 30.0,
    ("acute", "nhs"): 20.0,
}


def their_year(town: Any, years: int = 1) -> pd.DataFrame:
    """A year in which each month is like the other."""
    recorder, ledger = Recorder(unpaid_hour=2.0), Ledger(CELLS)
    cell = town.citizens.cell[[HOME_CARED]]
    for month in range(12 * years):
        town.month = month
        for name, amount in {**IN_A_MONTH, **LEDGER_PEOPLE, **dict.fromkeys(BOOKED, 2.0)}.items():
            ledger.people(name, cell, np.array([amount]))
        ledger.count("deaths", np.array([10]), LIFE_CELLS)
        for name, amount in TOTALS.items():
            ledger.total(name, amount)
        for (service, payer), pounds in COSTS.items():
            ledger.cost(service, payer, pounds)
        recorder.record(town, ledger.close())
    return recorder.table()


HOURS_VALUED = (15 + 2) / SCALE * WEEKS_A_MONTH * 12 * 2.0
BY_HAND: dict[str, float] = {
    "population": 7 / SCALE,
    "need_people": 4 / SCALE,
    "need_hours": (10 + 8 + 20 + 6) / SCALE,
    "help_hours": (3 + 1 + 2 + 8 + 20 + 6) / SCALE,
    "unmet_need_people": 1 / SCALE,
    "unmet_need_hours": 4 / SCALE,
    "unmet_need_share": 1 / 4,
    "unmet_hours_share": 4 / 44,
    "failure_demand_share": 1 / IN_A_MONTH["contacts"],
    "failure_demand": 12 / SCALE,
    "turned_away_share": 1 / 4,
    "wait_weeks_median": 2.0 * WEEKS_A_MONTH,  # half of them by the end of the second month
    "waits_over_18_weeks": 12 * 2 / SCALE,
    "waits_over_18_weeks_share": 1 / 2,
    "waiting_people": 1 / SCALE,
    "long_term_clients": 3 / SCALE,  # working-age support at home is not among them
    "people_supported": 4 / SCALE,
    "care_home_residents_council": 1 / SCALE,
    "working_age_clients": 1 / SCALE,
    "direct_payment_share": 1 / 2,
    "vacancies": 1 / 10,
    "turnover": 12 * 0.2 / 8,
    "agency_hours": 12 * 3 / SCALE,
    "continuity": 30 / 40,
    "relationship": (0.25 + 0.75) / 2,
    "home_care_by_owner": 20 / SCALE,
    "provider_exits": 3.0,
    "micro_enterprises": 2 / SCALE,
    "volunteers": 1 / SCALE,
    "hubs": 1 / SCALE,
    "therapy_wait_weeks": 30 / 5,
    "wellbeing": (6 + 4 + 5 + 7 + 8 + 9) / ADULTS,
    "loneliness": 1 / ADULTS,
    "loneliness_65plus": 1 / 4,
    "control": 14 / 4,
    "trust": 3 / 4,
    "trust_places": 6 / 10,
    "carers": 2 / SCALE,
    "carer_hours": (15 + 2) / SCALE,
    "carer_strain": 1 / SCALE,
    "carers_work_lost": 2 / SCALE,
    "care_home_residents": 1 / SCALE,
    **dict.fromkeys(BOOKED, 2 / SCALE),
    "turned_away_share_disadvantaged": 2 / 8,
    "wellbeing_disadvantaged": 12 / 2,
    "wellbeing_years": (6 + 4 + 5 + 7 + 8 + 9) / SCALE,
    "independent_years": 2 / SCALE,  # the carer and the volunteer
    "emergency_admissions_65plus": 12 * IN_A_MONTH["emergency_admissions"] / SCALE,
    "readmission_share": IN_A_MONTH["readmissions"] / IN_A_MONTH["emergency_admissions"],
    "cost": 12 * 110 / SCALE + HOURS_VALUED,
    "own_money": 12 * 10 / SCALE,
    "council_balance": 12 * -10 / SCALE,
    "council_debt": 12 * 4 / SCALE,
    "section_114": 0.0,
    "cost_per_resident": (12 * 110 / SCALE + HOURS_VALUED) / (7 / SCALE),
    "cost_per_supported": 12 * 80 / 4,
    "support_cost": 12 * 80 / SCALE,
    "care_output_index": 100.0,
    "care_input_index": 100.0,
    "care_productivity": 100.0,
    **{name: 12 * events / SCALE for name, events in IN_A_MONTH.items()},
}
"""What is found of the seven, reckoned by hand: a sample of a half stands for twice as many."""

ELSEWHERE = {
    "capability": ("test_micro_population.test_capability_by_hand", ""),
    "qaly": ("test_quality.test_health_is_the_norm_less_the_published_weights", ""),
    "health_quality": ("test_quality.test_health_is_the_norm_less_the_published_weights", ""),
    "scrqol": (
        "test_quality.test_a_person_by_hand",
        "test_recorded.test_quality_of_care_users_is_of_those_who_need_help",
    ),
    **{
        f"{name}{over}": (
            "test_expectancy.test_a_table_by_hand",
            "test_expectancy.test_expectancy_is_that_of_a_life_table_by_single_years",
        )
        for name in ("life_expectancy_birth", "life_expectancy_65")
        for over in ("", "_horizon")
    },
    **{
        f"{kind}_life_expectancy{age}{over}": (
            "test_expectancy.test_years_in_a_state_are_sums_of_shares",
            "test_recorded.test_expectancies_of_groups_and_too_few_lives",
        )
        for kind in ("healthy", "disability_free")
        for age in ("", "_65")
        for over in ("", "_horizon")
    },
    "expectancy_error": (
        "test_recorded.test_expectancies_of_groups_and_too_few_lives",
        "test_expectancy.test_the_standard_error_is_that_of_many_draws",
    ),
    "care_output_index": ("", "test_productivity.test_with_nothing_changed_but_scale_a_chain_is_a_plain_ratio"),
    "care_input_index": ("", "test_productivity.test_better_quality_is_more_output_and_finance_is_no_input"),
    "care_productivity": ("", "test_productivity.test_twice_of_everything_is_no_more_productive"),
    "outcome_per_public_pound": (
        "test_productivity.test_outcome_per_pound",
        "test_micro_population.test_outcomes_over_pounds_are_ratios_of_rows",
    ),
    "outcome_per_pound": (
        "test_productivity.test_outcome_per_pound",
        "test_micro_population.test_outcomes_over_pounds_are_ratios_of_rows",
    ),
    "slope_index": (
        "test_equity.test_a_slope_by_hand",
        "test_equity.test_the_slope_is_that_of_a_regression_over_all_people",
    ),
    "slope_change": (
        "test_recorded.test_a_gap_that_widens_shows_against_the_first_year",
        "test_micro_population.test_gaps_by_formulas_of_their_own",
    ),
    "relative_index": (
        "test_micro_population.test_a_relative_gap_by_hand",
        "test_micro_population.test_gaps_by_formulas_of_their_own",
    ),
    "concentration_index": (
        "test_equity.test_concentration_by_hand",
        "test_equity.test_the_concentration_index_is_twice_a_covariance_over_the_mean",
    ),
    "benefit_in_kind": (
        "test_micro_population.test_benefit_in_kind_by_hand",
        "test_micro_population.test_benefits_follow_use",
    ),
    "benefit_share": (
        "test_micro_population.test_benefit_in_kind_by_hand",
        "test_micro_population.test_benefits_follow_use",
    ),
    "benefit_weighted": (
        "test_equity.test_a_pound_counts_for_more_with_half_the_income",
        "test_micro_population.test_benefits_follow_use",
    ),
    "support_cost": ("", "test_recorded.test_support_goes_where_the_hours_are"),
    "section_114": ("", "test_micro_population.test_totals_are_scaled_sums"),
}
"""Tests by hand and by formula that stand elsewhere; empty where this module's tables hold the measure."""


@pytest.fixture(scope="module")
def seven() -> pd.DataFrame:
    return their_year(seven_people())


@pytest.mark.parametrize("measure", sorted(BY_HAND))
def test_seven_people_by_hand(seven: pd.DataFrame, measure: str) -> None:
    assert value(seven, measure) == pytest.approx(BY_HAND[measure], rel=1e-6), measure


def test_capability_by_hand(seven: pd.DataFrame) -> None:
    people = seven_people().citizens
    resident = float(people.capability[RESIDENT])  # as every newcomer's
    assert value(seven, "capability") == pytest.approx((0.5 + 0.25 + resident + 0.75 + 1 + 1) / ADULTS, rel=1e-6)


def test_a_relative_gap_by_hand() -> None:
    """Wellbeing 6 and 9 in two fifths of one person each: the line rises by 6 from end to end, over a mean of 7.5."""
    town = seven_people()
    people = town.citizens
    people.alive[[PAYMENT, RESIDENT, WORKING_AGE, CARER, CHILD]] = False
    people.age_months[FIT], people.female[FIT] = people.age_months[HOME_CARED], True
    people.cell[:] = cell_codes(people.age_months, people.female, people.quintile)
    found = their_year(town)
    assert value(found, "slope_index", "outcome", "wellbeing") == pytest.approx(6.0)
    assert value(found, "relative_index", "outcome", "wellbeing") == pytest.approx(6.0 / 7.5)


def test_benefit_in_kind_by_hand(seven: pd.DataFrame) -> None:
    """Home care and the home go to the first fifth; so do all emergency stays, bed days and A&E visits."""
    assert value(seven, "benefit_in_kind") == pytest.approx(12 * (50 + 30 + 20) / SCALE)
    assert value(seven, "benefit_share", "quintile", "1") == pytest.approx(1.0)
    assert value(seven, "benefit_share", "quintile", "5") == 0.0


# by formulas of their own


@pytest.fixture(scope="module")
def random_year() -> tuple[Any, pd.DataFrame, pd.DataFrame]:
    """A random town, the events of its year one by one, and what was recorded."""
    town = busy_town(seed=8)
    people, luck = town.citizens, np.random.default_rng(8)
    rows = np.flatnonzero(people.alive)
    people.waiting[rows[:40]] = 1
    grown = rows[people.age_months[rows] >= 216]
    people.support_type[grown[40:90]] = SupportType.PHYSICAL
    people.council_funded[grown[40:70]] = True
    people.plan_hours[grown[40:60]] = 3
    people.volunteer[rows[100:130]] = True
    people.capability[rows] = luck.random(rows.size)
    recorder, ledger, events = Recorder(unpaid_hour=2.0), Ledger(CELLS), []
    names = sorted({*FLOWS, *LEDGER_PEOPLE, *BOOKED})
    for month in range(12):
        town.month = month
        for name in names:
            who = luck.choice(rows, 30)
            ledger.people(name, people.cell[who])
            events += [(name, int(row), int(people.age_months[row]) // 12) for row in who]
        for name, amount in TOTALS.items():
            ledger.total(name, amount * (month + 1))
        for (service, payer), pounds in COSTS.items():
            ledger.cost(service, payer, pounds * (month + 1))
        recorder.record(town, ledger.close())
    return town, pd.DataFrame(events, columns=["name", "row", "age"]), recorder.table()


@pytest.mark.parametrize("measure", sorted(FLOWS))
def test_events_are_counted_one_by_one(random_year: tuple[Any, pd.DataFrame, pd.DataFrame], measure: str) -> None:
    town, events, table = random_year
    counted = events[events["name"] == measure]
    if FLOWS[measure] == "adults":
        counted = counted[counted["age"] >= 18]
    assert value(table, measure) == pytest.approx(len(counted) / town.scale)


def _frame(town: Any) -> pd.DataFrame:
    """Living people as a frame."""
    people = town.citizens
    names = [name for name in type(people).columns if getattr(people, name).ndim == 1]
    frame = pd.DataFrame({name: getattr(people, name)[people.alive].astype(float) for name in names})
    return frame.assign(age=frame["age_months"] // 12)


Formula = Callable[[pd.DataFrame], float]
HAS_PLAN = "(arrangement == 1 or arrangement == 2 or setting == 1 or setting >= 3)"
PEOPLE_OF: dict[str, str] = {
    "population": "age >= 0",
    "need_people": "age >= 18 and band >= 2",
    "unmet_need_people": "age >= 18 and band >= 1 and unmet == 1",
    "waiting_people": "age >= 18 and waiting >= 1",
    "volunteers": "age >= 18 and volunteer == 1",
    "carers": "care_given > 0",
    "carer_strain": "care_given >= 10 and strain > 0.6",
    "care_home_residents": "age >= 18 and setting == 1",
    "long_term_clients": f"age >= 18 and council_funded == 1 and {HAS_PLAN}",
    "people_supported": f"age >= 18 and council_funded == 1 and ({HAS_PLAN} or (support_type > 0 and plan_hours > 0))",
    "care_home_residents_council": "age >= 18 and council_funded == 1 and support_type == 0 and setting == 1",
    "working_age_clients": "age >= 18 and council_funded == 1 and support_type > 0",
    "independent_years": "age >= 18 and setting == 0 and band < 2",
}
"""Who is counted, as a query over people."""
NEEDY = "age >= 18 and band >= 1"
MEANS: dict[str, Formula] = {
    "wellbeing": lambda f: f.query("age >= 18")["wellbeing"].mean(),
    "capability": lambda f: f.query("age >= 18")["capability"].mean(),
    "loneliness": lambda f: f.query("age >= 18")["lonely"].mean(),
    "loneliness_65plus": lambda f: f.query("age >= 65")["lonely"].mean(),
    "relationship": lambda f: f.query("age >= 18 and worker >= 0")["relationship"].mean(),
    "unmet_need_share": lambda f: (
        f.query(f"{NEEDY} and unmet == 1").shape[0] / f.query("age >= 18 and band >= 2").shape[0]
    ),
    "unmet_hours_share": lambda f: f.query(NEEDY)["unmet_hours"].sum() / f.query(NEEDY)["hands_on"].sum(),
    "direct_payment_share": lambda f: (
        f.query("council_funded == 1 and arrangement in (1, 2)")["arrangement"] == 2
    ).mean(),
}
SUMS: dict[str, Formula] = {
    "need_hours": lambda f: f.query(NEEDY)["hands_on"].sum(),
    "unmet_need_hours": lambda f: f.query(NEEDY)["unmet_hours"].sum(),
    "help_hours": lambda f: f.query(NEEDY)[["kin_hours", "neighbour_hours", "paid_hours"]].to_numpy().sum(),
    "carer_hours": lambda f: (f["care_given"] * (1 - f["carer_break"])).sum(),
    "wellbeing_years": lambda f: f.query("age >= 18")["wellbeing"].sum(),
}


@pytest.mark.parametrize("measure", sorted({**PEOPLE_OF, **MEANS, **SUMS}))
def test_stocks_by_a_query_over_people(random_year: tuple[Any, pd.DataFrame, pd.DataFrame], measure: str) -> None:
    town, _, table = random_year
    frame = _frame(town)
    if measure in PEOPLE_OF:
        expected = len(frame.query(PEOPLE_OF[measure])) / town.scale
    elif measure in MEANS:
        expected = MEANS[measure](frame)
    else:
        expected = SUMS[measure](frame) / town.scale
    assert value(table, measure) == pytest.approx(expected, rel=1e-5)


LEDGER_SHARES = [name for name in SHARES if name not in MEANS and name not in ("health_quality", "scrqol")]


@pytest.mark.parametrize("measure", LEDGER_SHARES)
def test_shares_by_a_count_of_events(random_year: tuple[Any, pd.DataFrame, pd.DataFrame], measure: str) -> None:
    town, events, table = random_year
    share = SHARES[measure]
    counted = events[events["age"] >= (65 if share.whom == "older" else 18)]["name"].value_counts()
    of_stock = 12 * len(_frame(town).query(PEOPLE_OF["need_people"]))
    bottom = of_stock if share.bottom == "need_people" else counted[share.bottom]
    assert value(table, measure) == pytest.approx(counted[share.top] / bottom)


@pytest.mark.parametrize("measure", BOOKED)
def test_booked_stocks_are_means_of_months(random_year: tuple[Any, pd.DataFrame, pd.DataFrame], measure: str) -> None:
    town, events, table = random_year
    counted = events[events["name"] == measure]
    if measure != "carers_work_lost":  # counts everybody
        counted = counted[counted["age"] >= 18]
    assert value(table, measure) == pytest.approx(len(counted) / 12 / town.scale)


MONTHS = sum(range(1, 13))  # amounts of the random year grow by one a month
RATIOS = {
    "vacancies": ("vacancies", "posts", 1),
    "continuity": ("named_visits", "visits", 1),
    "trust_places": ("area_trust", "area_people", 1),
    "turnover": ("leavers", "workers", 12),
}
SCALED = ("agency_hours", "council_balance", "council_debt")
MEAN_TOTALS = ("hubs", "micro_enterprises")


def test_totals_are_scaled_sums(random_year: tuple[Any, pd.DataFrame, pd.DataFrame]) -> None:
    town, events, table = random_year
    for name in SCALED:
        assert value(table, name) == pytest.approx(MONTHS * TOTALS[name] / town.scale), name
    for name in MEAN_TOTALS:
        assert value(table, name) == pytest.approx(MONTHS / 12 * TOTALS[name] / town.scale), name
    for name, (top, bottom, times) in RATIOS.items():
        assert value(table, name) == pytest.approx(times * TOTALS[top] / TOTALS[bottom]), name
    assert value(table, "home_care_by_owner") == pytest.approx(MONTHS / 12 * 20.0 / town.scale)
    assert value(table, "provider_exits") == pytest.approx(MONTHS * TOTALS["provider_exits"])
    assert value(table, "section_114") == 0.0
    wrong = events[(events["name"] == "failure_contacts") & (events["age"] >= 18)]
    assert value(table, "failure_demand") == pytest.approx(len(wrong) / town.scale)
    older = events[(events["name"] == "emergency_admissions") & (events["age"] >= 65)]
    assert value(table, "emergency_admissions_65plus") == pytest.approx(len(older) / town.scale)


def test_waits_are_quantiles_of_people(random_year: tuple[Any, pd.DataFrame, pd.DataFrame]) -> None:
    """Each month's waits laid out person by person, evenly inside the month."""
    town, _, table = random_year
    inside = (np.arange(1000) + 0.5) / 1000
    weeks = np.concatenate([1 + inside, 6 + inside]) * WEEKS_A_MONTH
    assert value(table, "wait_weeks_median") == pytest.approx(2.0 * WEEKS_A_MONTH)
    assert np.quantile(weeks, 0.5, method="lower") == pytest.approx(value(table, "wait_weeks_median"), abs=0.01)
    assert value(table, "waits_over_18_weeks_share") == pytest.approx((weeks > 18).mean())
    assert value(table, "waits_over_18_weeks") == pytest.approx((weeks > 18).mean() * MONTHS * 4 / town.scale)


def test_money_by_a_sum_over_bookings(random_year: tuple[Any, pd.DataFrame, pd.DataFrame]) -> None:
    town, _, table = random_year
    frame = _frame(town)
    booked = MONTHS * sum(COSTS.values()) / town.scale
    unpaid = (frame["care_given"] * (1 - frame["carer_break"])).sum() / town.scale * 365.25 / 7 * 2.0
    assert value(table, "cost") == pytest.approx(booked + unpaid, rel=1e-6)
    assert value(table, "own_money") == pytest.approx(MONTHS * 10 / town.scale)
    assert value(table, "own_money", "source", "self_funding") == pytest.approx(MONTHS * (10 - 6) / town.scale)
    residents = len(frame) / town.scale
    assert value(table, "cost_per_resident") == pytest.approx((booked + unpaid) / residents, rel=1e-6)
    supported = len(frame.query(PEOPLE_OF["people_supported"])) / town.scale
    assert value(table, "cost_per_supported") == pytest.approx(MONTHS * 80 / town.scale / supported)


def test_outcomes_over_pounds_are_ratios_of_rows(random_year: tuple[Any, pd.DataFrame, pd.DataFrame]) -> None:
    _, _, table = random_year
    spent = value(table, "cost")
    public = sum(value(table, "cost", "payer", payer) for payer in ("council", "nhs"))
    for outcome in ("qaly", "wellbeing_years", "independent_years"):
        lived = value(table, outcome)
        assert value(table, "outcome_per_public_pound", "outcome", outcome) == pytest.approx(1000 * lived / public)
        assert value(table, "outcome_per_pound", "outcome", outcome) == pytest.approx(1000 * lived / spent)


def test_gaps_by_formulas_of_their_own(random_year: tuple[Any, pd.DataFrame, pd.DataFrame]) -> None:
    """The relative index is the slope over the mean of the concentration index; the first year has no change."""
    town, _, table = random_year
    adults = _frame(town).query("age >= 18")
    people = np.bincount(adults["quintile"].astype(int), minlength=5).astype(float)
    weight = people / people.sum()
    rank = np.cumsum(weight) - weight / 2
    variance = float(weight @ (rank - 0.5) ** 2)
    slope = value(table, "slope_index", "outcome", "wellbeing")
    relative = value(table, "relative_index", "outcome", "wellbeing")
    # slope = cov / var and index = 2 cov / mean: so index = 2 var slope / mean, whatever the rates
    assert value(table, "concentration_index", "outcome", "wellbeing") == pytest.approx(2 * variance * relative)
    assert slope / relative == pytest.approx(value(table, "wellbeing"), rel=0.02)  # the standardised mean
    assert value(table, "slope_change", "outcome", "wellbeing") == 0.0


def test_benefits_follow_use(random_year: tuple[Any, pd.DataFrame, pd.DataFrame]) -> None:
    town, events, table = random_year
    frame = _frame(town)
    paid = frame.query("age >= 18 and council_funded == 1 and support_type == 0")
    fifth = pd.Series(town.citizens.quintile, name="quintile")
    in_bed = events[events["name"] == "bed_days"].join(fifth, on="row")
    grown = in_bed[in_bed["age"] >= 18]
    at_home = paid.query("setting != 1 and setting != 4 and arrangement == 1")
    residents = paid.query("setting == 1")
    expected = np.zeros(5)
    for use, amount, whole, pounds in (
        (at_home, at_home["plan_hours"], at_home["plan_hours"].sum(), 50.0),
        (residents, None, len(residents), 30.0),
        (grown, None, len(in_bed), 20.0),  # children's share of the stays is theirs, and adults are shown
    ):
        by_fifth = np.bincount(use["quintile"].astype(int), weights=amount, minlength=5)
        expected += MONTHS * pounds / town.scale * by_fifth / whole
    found = [value(table, "benefit_in_kind", "quintile", str(fifth)) for fifth in range(1, 6)]
    assert found == pytest.approx(expected.tolist(), rel=1e-6)
    everybody = expected + MONTHS * 20.0 / town.scale * (
        np.bincount(in_bed["quintile"], minlength=5) - np.bincount(grown["quintile"], minlength=5)
    ) / len(in_bed)
    shares = [value(table, "benefit_share", "quintile", str(fifth)) for fifth in range(1, 6)]
    assert shares == pytest.approx((everybody / everybody.sum()).tolist(), rel=1e-6)
    numbers = town.numbers
    weights = [
        (numbers["value.income_median"] / numbers[f"value.income_fifth.{fifth}"])
        ** numbers["value.income_elasticity_mu"]
        for fifth in range(1, 6)
    ]
    assert value(table, "benefit_weighted") == pytest.approx(float(everybody @ weights), rel=1e-6)


BY_FORMULA: dict[str, str] = {
    **dict.fromkeys(FLOWS, "test_events_are_counted_one_by_one"),
    **dict.fromkeys([*PEOPLE_OF, *MEANS, *SUMS], "test_stocks_by_a_query_over_people"),
    **dict.fromkeys(LEDGER_SHARES, "test_shares_by_a_count_of_events"),
    **dict.fromkeys(BOOKED, "test_booked_stocks_are_means_of_months"),
    **dict.fromkeys(
        [*SCALED, *MEAN_TOTALS, *RATIOS, "home_care_by_owner", "provider_exits", "failure_demand"],
        "test_totals_are_scaled_sums",
    ),
    "emergency_admissions_65plus": "test_totals_are_scaled_sums",
    "section_114": "test_totals_are_scaled_sums",
    **dict.fromkeys(
        ["wait_weeks_median", "waits_over_18_weeks", "waits_over_18_weeks_share"], "test_waits_are_quantiles_of_people"
    ),
    **dict.fromkeys(
        ["cost", "own_money", "cost_per_resident", "cost_per_supported"], "test_money_by_a_sum_over_bookings"
    ),
    "qaly": "test_recorded.test_years_lived_are_sums_over_people",
    "health_quality": "test_recorded.test_years_lived_are_sums_over_people",
}
"""Which test holds a measure against a formula of its own."""


def test_every_measure_of_the_register_has_both_tests() -> None:
    """Each is named in the tables above, and the tests that they name are there."""
    by_hand = {
        **{name: pair[0] for name, pair in ELSEWHERE.items()},
        **dict.fromkeys(BY_HAND, "test_seven_people_by_hand"),
    }
    by_formula = {**{name: pair[1] for name, pair in ELSEWHERE.items() if pair[1]}, **BY_FORMULA}
    assert set(MEASURES) == {name for name, test in by_hand.items() if test}
    assert set(MEASURES) == set(by_formula)
    for test in {*by_hand.values(), *by_formula.values()}:
        module, _, name = f"test_micro_population.{test}".rpartition(".")
        found = importlib.import_module(f"tests.measures.{module.split('.')[-1]}")
        assert callable(getattr(found, name)), test

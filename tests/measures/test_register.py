from __future__ import annotations

import json

from demandsim.measures.register import MEASURES, as_records

CONTRACT = (
    "unmet_need_people unmet_need_hours need_people contacts requests failure_demand_share turned_away "
    "wait_weeks_median long_term_clients home_care_hours direct_payment_share care_home_admissions ae_visits "
    "emergency_admissions bed_days delayed_days readmissions carers carer_hours carer_strain carer_breakdowns "
    "wellbeing capability loneliness deaths vacancies turnover continuity volunteers cost council_balance section_114"
)


def test_names_that_other_tools_rely_on_are_there():
    assert set(CONTRACT.split()) <= set(MEASURES)


def test_every_measure_says_what_it_is():
    for name, measure in MEASURES.items():
        assert name == measure.name
        assert measure.definition.endswith(".")
        assert measure.label
        assert measure.unit
        assert measure.source
        assert measure.summed == (measure.kind in ("flow", "cost"))


def test_records_are_plain():
    assert json.loads(json.dumps(as_records()))[0]["name"] == "population"

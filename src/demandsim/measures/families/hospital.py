"""Hospital: emergencies, beds and delays."""

from __future__ import annotations

from demandsim.measures.definition import HES, OWN, Measure

HOSPITAL = (
    Measure("ae_visits", "A&E visits", "Visits to accident and emergency.", "visits", -1, "flow", HES),
    Measure(
        "emergency_admissions",
        "Emergency admissions",
        "Emergency admissions to hospital, all ages that the model admits.",
        "admissions",
        -1,
        "flow",
        HES,
    ),
    Measure(
        "emergency_admissions_65plus",
        "Emergency admissions, 65+",
        "Emergency admissions to hospital of people aged 65 and over.",
        "admissions",
        -1,
        "flow",
        HES,
    ),
    Measure("readmissions", "Readmissions", "Emergency admissions soon after another.", "admissions", -1, "flow", HES),
    Measure(
        "readmission_share",
        "Readmissions, share of emergency admissions 65+",
        "Of emergency admissions of people aged 65 and over, those that follow another of the month before.",
        "share",
        -1,
        "share",
        "NHS England, emergency readmissions within 30 days of discharge",
        3,
    ),
    Measure("bed_days", "Hospital bed days", "Days in hospital after emergency admission.", "days", -1, "flow", HES),
    Measure(
        "delayed_days",
        "Delayed days in hospital",
        "Days in hospital spent waiting for support to be ready.",
        "days",
        -1,
        "flow",
        "NHS England, delayed transfers of care",
    ),
    Measure(
        "social_emergencies",
        "Taken to A&E unable to cope",
        "Visits to A&E without an illness: found after a long lie, a night without help, a carer who broke down.",
        "visits",
        -1,
        "flow",
        OWN,
    ),
    Measure(
        "social_admissions",
        "Admitted unable to cope",
        "Emergency admissions out of those visits.",
        "admissions",
        -1,
        "flow",
        OWN,
    ),
    Measure(
        "long_lies",
        "Long lies after a fall",
        "Falls of frail people who live alone, are not ill besides, and lie on the floor for an hour or more.",
        "falls",
        -1,
        "flow",
        OWN,
    ),
)

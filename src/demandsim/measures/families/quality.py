"""Years and their quality: years lived independently, in health and in wellbeing."""

from __future__ import annotations

from demandsim.measures.definition import OWN, Measure

NEVER_BOTH = "Never add QALYs and wellbeing years for the same change: each already values it whole."
"""What stands beside both."""

QUALITY = (
    Measure(
        "qaly",
        "Years of healthy life (QALYs)",
        "Years lived by adults, each weighted by health from 0 (as bad as dead) to 1 (full health): the published norm "
        "of their age, less the published weights of the problems that go with need, illness, loneliness and strain. "
        + NEVER_BOTH,
        "QALYs",
        1,
        "flow",
        "EQ-5D-3L: UK weights of Dolan 1997, norms of Kind, Hardman and Macran 1999; the link to need is assumed",
    ),
    Measure(
        "health_quality",
        "Health of adults (0 to 1)",
        "Mean weight of health of adults, as QALYs use it.",
        "0-1",
        1,
        "share",
        "EQ-5D-3L, as for qaly",
        4,
    ),
    Measure(
        "wellbeing_years",
        "Wellbeing years",
        "Life satisfaction (0 to 10) of adults times the years they live with it: one point for one person for one "
        "year is one wellbeing year (WELLBY). " + NEVER_BOTH,
        "wellbeing years",
        1,
        "flow",
        "HM Treasury, Wellbeing guidance for appraisal 2021",
    ),
    Measure(
        "scrqol",
        "Quality of life that social care looks after",
        "Mean social-care-related quality of life of adults who need hands-on help (need band moderate or above), from "
        "-0.17 to 1: eight sides of daily life, each placed by what the model knows of the person.",
        "index",
        1,
        "share",
        "ASCOT SCT4, preference weights of Netten et al 2012; the link to the model's people is assumed",
        3,
    ),
    Measure(
        "independent_years",
        "Years lived independently",
        "Years that adults live in a home of their own without needing hands-on help (need band low or none).",
        "years",
        1,
        "flow",
        OWN,
    ),
)

"""Equity: how outcomes, and what people receive, differ between deprivation fifths."""

from __future__ import annotations

from demandsim.measures.definition import MONEY, Measure

_STANDARD = (
    "Rates of the fifths are those each would have with the ages and sexes of the whole place, so that a younger "
    "neighbourhood does not look healthier than it is."
)
_SIGN = "Above 0 the most deprived fare worse."
_SII = "ONS and OHID, slope index of inequality"

EQUITY = (
    Measure(
        "slope_index",
        "Gap between most and least deprived",
        f"Slope index of inequality of an outcome: the gap from the least to the most deprived end of the place by a "
        f"line through its five fifths. {_SIGN} {_STANDARD}",
        "units of the outcome (people, stays and hours: per 1,000 adults)",
        -1,
        "state",
        _SII,
        3,
    ),
    Measure(
        "slope_change",
        "Change in the gap",
        "Slope index of inequality less that of the first year. Above 0 the gap has widened against the most deprived.",
        "units of the outcome (people, stays and hours: per 1,000 adults)",
        -1,
        "state",
        _SII,
        3,
    ),
    Measure(
        "relative_index",
        "Gap as a share of the mean",
        f"Slope index over the mean of the place. {_SIGN}",
        "ratio",
        -1,
        "state",
        "ONS and OHID, relative index of inequality",
        3,
    ),
    Measure(
        "concentration_index",
        "Concentration by deprivation",
        "Twice the covariance of an outcome and of rank from the most to the least deprived, over its mean: below 0 it "
        f"is gathered among the most deprived, above 0 among the least. {_STANDARD}",
        "-1 to 1",
        0,
        "state",
        "O'Donnell et al 2008, Analyzing health equity using household survey data, chapter 8",
        4,
    ),
    Measure(
        "benefit_in_kind",
        "Benefit in kind",
        "What council and NHS spend on home care, direct payments, homes, working-age support, reablement, A&E and "
        "hospital stays, shared out among people by what they used of each; what adults had of it.",
        "GBP",
        0,
        "cost",
        MONEY,
    ),
    Measure(
        "benefit_share",
        "Share of the benefit in kind",
        "Each deprivation fifth's part of all benefit in kind, children's among it.",
        "share",
        0,
        "share",
        MONEY,
        3,
    ),
    Measure(
        "benefit_weighted",
        "Benefit in kind, weighted",
        "Benefit in kind where a pound counts for more the poorer the fifth that receives it: each is multiplied by "
        "median income over the fifth's income, to the power of the Green Book's elasticity. Children's is among it.",
        "GBP, weighted",
        1,
        "cost",
        "HM Treasury, Green Book, annex on distributional appraisal",
    ),
)

"""Quality of life: weights of health for QALYs, and the part of life that social care looks after.

Two published instruments, placed by what the model knows of a person. The weights are published; which answer a person
would give is assumed, and stands in the evidence register as assumed.

*Health* (EQ-5D-3L): people without problems of the kind the model knows have the norm of their age and a little more,
so that all people of an age have the norm in the base year. Each problem takes off the published weight of an answer:
need of help, illness, and loneliness or a carer's strain.

*Social-care-related quality of life* (ASCOT SCT4): eight sides of daily life, each at a place from 0 (as good as one
could want) to 3 (high needs); between two answers the weight is drawn in a straight line.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import LIFE_BANDS
from demandsim.agents.citizens import Arrangement, Setting
from demandsim.processes.base import evidence, read_rules

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.processes.base import Numbers

Floats = NDArray[np.float64]

AGES = ("18_24", "25_34", "35_44", "45_54", "55_64", "65_74", "75plus")
"""Ages for which there are norms of health."""

_FIRST_AGES = (18, 25, 35, 45, 55, 65, 75)

DOMAINS = ("control", "cleanliness", "food", "safety", "social", "occupation", "home", "dignity")
"""The eight sides of daily life."""


@dataclass(frozen=True)
class HealthWeights:
    """Weights of answers to EQ-5D-3L (UK, Dolan 1997)."""

    mobility_some: float = evidence("value.eq5d_weight.mobility_2")
    mobility_confined: float = evidence("value.eq5d_weight.mobility_3")
    care_some: float = evidence("value.eq5d_weight.self_care_2")
    care_unable: float = evidence("value.eq5d_weight.self_care_3")
    activities_some: float = evidence("value.eq5d_weight.usual_2")
    activities_unable: float = evidence("value.eq5d_weight.usual_3")
    pain_some: float = evidence("value.eq5d_weight.pain_2")
    anxious_some: float = evidence("value.eq5d_weight.anxiety_2")
    any_extreme: float = evidence("value.eq5d_weight.any_3")


class Health(NamedTuple):
    """What health weighs, as the recorder's kernel takes it.

    Attributes:
        base: Weight of people without the model's problems, by band of the life table.
        need: Taken off by need band.
        ill: Taken off in acute illness, times its strength.
        troubled: Taken off for loneliness or a carer's strain.
    """

    base: Floats
    need: Floats
    ill: float
    troubled: float


def health_of(numbers: Numbers) -> Health:
    """Weights of health from the evidence register.

    Need bands answer like this: *low*, some problems with usual activities; *moderate*, with walking and self-care too;
    *high*, unable to do usual activities; *very high*, unable to wash and dress as well and hardly out of bed. The
    register's extra for any extreme answer comes with the first of these.

    Args:
        numbers: Parameter values by key.
    """
    w = read_rules(HealthWeights, numbers)
    moderate = w.activities_some + w.mobility_some + w.care_some
    high = w.activities_unable + w.mobility_some + w.care_some + w.any_extreme
    very_high = w.activities_unable + w.mobility_confined + w.care_unable + w.any_extreme
    by_age = [float(numbers[f"value.eq5d.{age}"]) + float(numbers[f"value.eq5d_fit.{age}"]) for age in AGES]
    band = np.searchsorted(np.array(_FIRST_AGES), np.array(LIFE_BANDS), side="right") - 1
    return Health(
        base=np.array(by_age)[np.maximum(band, 0)],
        need=np.array([0.0, w.activities_some, moderate, high, very_high]),
        ill=w.pain_some,
        troubled=w.anxious_some,
    )


@dataclass(frozen=True)
class Places:
    """Where people stand on the eight sides of daily life: 0 as good as could be, 3 high needs; all assumed."""

    met: float = evidence("value.ascot_place.met")
    unmet: float = evidence("value.ascot_place.unmet")
    company: float = evidence("value.ascot_place.company")
    lonely: float = evidence("value.ascot_place.lonely")
    unable: float = evidence("value.ascot_place.unable")
    home: float = evidence("value.ascot_place.home")
    care_home: float = evidence("value.ascot_place.care_home")
    strangers: float = evidence("value.ascot_place.strangers")
    known: float = evidence("value.ascot_place.known")


@dataclass(frozen=True)
class CareScale:
    """How the sum of the eight weights becomes an index: slope and constant of Netten et al 2012."""

    slope: float = evidence("value.ascot_slope")
    constant: float = evidence("value.ascot_constant")


@dataclass(frozen=True)
class CareQuality:
    """What social-care-related quality of life rests on.

    Attributes:
        weights: Weight of each answer, shape (8, 4): domains, from the best answer to the worst.
        scale: How their sum becomes an index.
        places: Where people stand.
    """

    weights: Floats
    scale: CareScale
    places: Places


def care_quality(numbers: Numbers) -> CareQuality:
    """Weights and places from the evidence register.

    Args:
        numbers: Parameter values by key.
    """
    weights = [[float(numbers[f"value.ascot_weight.{name}_{answer}"]) for answer in range(1, 5)] for name in DOMAINS]
    return CareQuality(np.array(weights), read_rules(CareScale, numbers), read_rules(Places, numbers))


def index_of(places: Floats, rules: CareQuality) -> Floats:
    """Social-care-related quality of life from places on the eight sides.

    Args:
        places: From 0 to 3, shape (people, 8).
        rules: Weights.

    Returns:
        The index, about -0.17 to 1, shape (people,).
    """
    within = np.clip(places, 0.0, 3.0)
    worse = np.minimum(within.astype(np.int64), 2)
    part = within - worse
    domain = np.arange(len(DOMAINS))
    weight = rules.weights[domain, worse] * (1.0 - part) + rules.weights[domain, worse + 1] * part
    return np.asarray(rules.scale.slope * weight.sum(axis=1) + rules.scale.constant)


def scrqol_of(citizens: Citizens, rows: NDArray[np.int64], control: Floats, rules: CareQuality) -> Floats:
    """Social-care-related quality of life of people who need hands-on help.

    Args:
        citizens: The people.
        rows: Of whom, shape (n,).
        control: Their control over daily life, 0 to 10, shape (n,).
        rules: Weights and places.

    Returns:
        The index, shape (n,).
    """
    p = rules.places
    needed = np.maximum(citizens.hands_on[rows].astype(np.float64), 1e-9)
    short = np.clip(citizens.unmet_hours[rows].astype(np.float64) / needed, 0.0, 1.0)
    cared_for = p.met + (p.unmet - p.met) * short
    helped = (citizens.arrangement[rows] != Arrangement.NONE) | (citizens.setting[rows] != Setting.HOME)
    known = p.strangers + (p.known - p.strangers) * citizens.relationship[rows].astype(np.float64)
    agency = np.clip(citizens.capability[rows].astype(np.float64), 0.0, 1.0)
    places = {
        "control": 3.0 * (1.0 - control / 10.0),
        "cleanliness": cared_for,
        "food": cared_for,
        "safety": cared_for,
        "social": np.where(citizens.lonely[rows], p.lonely, p.company),
        "occupation": p.unable * (1.0 - agency),
        "home": np.where(citizens.setting[rows] == Setting.CARE_HOME, p.care_home, p.home),
        "dignity": np.where(helped, known, p.met),
    }
    return index_of(np.stack([places[name] for name in DOMAINS], axis=1), rules)

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
from demandsim.compiled import kernel
from demandsim.processes.base import evidence, read_rules

if TYPE_CHECKING:
    from demandsim.agents.citizens import Citizens
    from demandsim.processes.base import Numbers

Floats = NDArray[np.float64]

AGES = ("18_24", "25_34", "35_44", "45_54", "55_64", "65_74", "75plus")
"""Ages for which there are norms of health."""

_FIRST_AGES = (18, 25, 35, 45, 55, 65, 75)

_HOME, _CARE_HOME = int(Setting.HOME), int(Setting.CARE_HOME)
_NO_SUPPORT = int(Arrangement.NONE)

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


class Places(NamedTuple):
    """Where people stand on the eight sides of daily life: 0 as good as could be, 3 high needs; all assumed."""

    met: float
    unmet: float
    company: float
    lonely: float
    unable: float
    home: float
    care_home: float
    strangers: float
    known: float


class CareScale(NamedTuple):
    """How the sum of the eight weights becomes an index: slope and constant of Netten et al 2012."""

    slope: float
    constant: float


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
    return CareQuality(
        weights=np.array(weights),
        scale=CareScale._make(float(numbers[f"value.ascot_{name}"]) for name in CareScale._fields),
        places=Places._make(float(numbers[f"value.ascot_place.{name}"]) for name in Places._fields),
    )


@kernel
def _index(places: Floats, weights: Floats, slope: float, constant: float) -> float:
    """The index of one person from their places on the eight sides, shape (8,)."""
    total = 0.0
    for domain in range(places.size):
        within = min(max(places[domain], 0.0), 3.0)
        worse = min(int(within), 2)
        part = within - worse
        total += weights[domain, worse] * (1.0 - part) + weights[domain, worse + 1] * part
    return slope * total + constant


@kernel
def _care_quality_into(
    rows: NDArray[np.int64],
    control: Floats,
    hands_on: NDArray[np.float32],
    unmet_hours: NDArray[np.float32],
    lonely: NDArray[np.bool_],
    capability: NDArray[np.float32],
    setting: NDArray[np.uint8],
    arrangement: NDArray[np.uint8],
    relationship: NDArray[np.float32],
    p: Places,
    weights: Floats,
    slope: float,
    constant: float,
    index: Floats,
) -> None:
    """The index of each of some people, placed by what the model knows of them."""
    places = np.empty(weights.shape[0])
    for k in range(rows.size):
        i = rows[k]
        short = min(max(np.float64(unmet_hours[i]) / max(np.float64(hands_on[i]), 1e-9), 0.0), 1.0)
        places[0] = 3.0 * (1.0 - control[k] / 10.0)
        places[1] = places[2] = places[3] = p.met + (p.unmet - p.met) * short
        places[4] = p.lonely if lonely[i] else p.company
        places[5] = p.unable * (1.0 - min(max(np.float64(capability[i]), 0.0), 1.0))
        places[6] = p.care_home if setting[i] == _CARE_HOME else p.home
        helped = arrangement[i] != _NO_SUPPORT or setting[i] != _HOME
        known = p.strangers + (p.known - p.strangers) * np.float64(relationship[i])
        places[7] = known if helped else p.met
        index[k] = _index(places, weights, slope, constant)


def scrqol_of(citizens: Citizens, rows: NDArray[np.int64], control: Floats, rules: CareQuality) -> Floats:
    """Social-care-related quality of life of people who need hands-on help, about -0.17 to 1.

    Cleanliness, food and safety stand by the share of need that is met, company by loneliness, occupation by agency,
    the home by where they live, dignity by how well they know who helps them.

    Args:
        citizens: The people.
        rows: Of whom, shape (n,).
        control: Their control over daily life, 0 to 10, shape (n,).
        rules: Weights and places.

    Returns:
        The index, shape (n,).
    """
    index = np.empty(rows.size)
    about = (citizens.hands_on, citizens.unmet_hours, citizens.lonely, citizens.capability, citizens.setting)
    helped = (citizens.arrangement, citizens.relationship)
    _care_quality_into(rows, control, *about, *helped, rules.places, rules.weights, *rules.scale, index)
    return index

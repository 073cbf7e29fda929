"""Quality of life: published weights put together as published, and people placed by hand."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from demandsim.agents.cells import LIFE_BANDS
from demandsim.agents.citizens import Arrangement, Setting
from demandsim.measures.quality import DOMAINS, _index, care_quality, health_of, scrqol_of
from demandsim.parameters.register import Numbers

CARE = care_quality(Numbers())


def index_at(place: float) -> float:
    return float(_index(np.full(8, place), CARE.weights, *CARE.scale))


def test_the_ends_of_the_scale_are_the_published_ones() -> None:
    assert index_at(0) == pytest.approx(1.00, abs=0.005)
    assert index_at(3) == pytest.approx(Numbers()["value.ascot_worst_state"], abs=0.005)


def test_between_two_answers_the_index_is_in_between_and_never_rises_as_needs_grow() -> None:
    assert index_at(1.5) == pytest.approx((index_at(1) + index_at(2)) / 2)
    found = [index_at(place) for place in np.linspace(-1, 4, 41)]
    assert all(after <= before for before, after in pairwise(found))


def someone(**changes: object) -> SimpleNamespace:
    given = {
        "hands_on": np.float32(10),
        "unmet_hours": np.float32(0),
        "lonely": False,
        "capability": np.float32(0.6),
        "setting": np.uint8(Setting.HOME),
        "arrangement": np.uint8(Arrangement.HOME_CARE),
        "relationship": np.float32(1),
    }
    return SimpleNamespace(**{name: np.array([value]) for name, value in {**given, **changes}.items()})


def quality_of(control: float = 5.0, **changes: object) -> float:
    return float(scrqol_of(someone(**changes), np.array([0]), np.array([control]), CARE)[0])  # type: ignore[arg-type]


def test_a_person_by_hand() -> None:
    p, places = CARE.places, dict.fromkeys(DOMAINS, 0.0)
    places |= {"control": 1.5, "cleanliness": p.met, "food": p.met, "safety": p.met, "social": p.company}
    places |= {"occupation": p.unable * 0.4, "home": p.home, "dignity": p.known}
    total = 0.0
    for number, place in enumerate(places.values()):
        total += float(np.interp(place, [0, 1, 2, 3], CARE.weights[number]))
    assert quality_of() == pytest.approx(0.203 * total - 0.466, abs=1e-6)


@pytest.mark.parametrize(
    "worse",
    [
        {"unmet_hours": np.float32(5)},
        {"lonely": True},
        {"capability": np.float32(0.3)},
        {"control": 3.0},
        {"relationship": np.float32(0)},
        {"setting": np.uint8(Setting.CARE_HOME)},
    ],
)
def test_each_trouble_lowers_it(worse: dict[str, object]) -> None:
    assert quality_of(**worse) < quality_of()  # type: ignore[arg-type]


def test_health_is_the_norm_less_the_published_weights() -> None:
    health = health_of(Numbers())
    assert health.need.tolist() == pytest.approx(
        [0, 0.036, 0.036 + 0.069 + 0.104, 0.094 + 0.069 + 0.104 + 0.269, 0.094 + 0.314 + 0.214 + 0.269]
    )
    assert (health.ill, health.troubled) == pytest.approx((0.123, 0.071))
    numbers = Numbers()
    at_70 = health.base[LIFE_BANDS.index(70)]
    assert at_70 == pytest.approx(numbers["value.eq5d.65_74"] + numbers["value.eq5d_fit.65_74"])
    assert len(health.base) == len(LIFE_BANDS)
    assert (health.base[3:] - health.need[4] > -0.6).all()

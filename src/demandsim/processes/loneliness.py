"""Loneliness: a latent that follows partner, kin, friends, function and bereavement, and who is often lonely."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Setting
from demandsim.compiled import f4, kernel, rule
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.hazards import positive
from demandsim.processes.lasting import give_bell

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_ADULT_MONTHS = 16 * 12
_CARE_HOME = np.uint8(Setting.CARE_HOME)
_LASTING = np.uint32(Purpose.LONELINESS_BASE)


@dataclass(frozen=True)
class LonelinessRules:
    """What each circumstance adds to or takes from latent loneliness."""

    level: float = evidence("lonely.level")
    partner: float = evidence("lonely.partner")
    kin: float = evidence("lonely.kin")
    most_kin: float = evidence("lonely.most_kin")
    friend: float = evidence("lonely.friend")
    most_friends: float = evidence("lonely.most_friends")
    limitation: float = evidence("lonely.limitation")
    bereaved: float = evidence("lonely.bereaved")
    bereaved_months: float = evidence("lonely.bereaved_months")
    care_home: float = evidence("lonely.care_home")
    age: float = evidence("lonely.age")
    spread: float = evidence("lonely.spread")
    share: float = evidence("value.lonely_often_2023_24")


@rule
def latent_loneliness(
    own: np.float32,
    partner: np.float32,
    kin: np.float32,
    friends: np.float32,
    limitation: np.float32,
    bereaved: np.float32,
    in_home: np.float32,
    weight: tuple[np.float32, np.float32, np.float32, np.float32, np.float32, np.float32],
) -> np.float32:
    """Latent loneliness: what company takes away, and what limitation, grief and a person's own nature add.

    Args:
        own: Level of the person's age plus their lasting difference.
        partner: 1 with a partner.
        kin: Children and parents near, as far as they count.
        friends: Friends, as far as they count.
        limitation: Loss of function, bands.
        bereaved: 1 where a partner died lately.
        in_home: 1 in a care home.
        weight: Weights of the six, each positive.
    """
    company = weight[0] * partner + weight[1] * kin + weight[2] * friends + weight[5] * in_home
    return own - company + weight[3] * positive(limitation - f4(1.0)) + weight[4] * bereaved


@kernel
def feel_lonely(
    alive: NDArray[np.bool_],
    age_months: NDArray[np.int16],
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    first_child: NDArray[np.int32],
    friends: NDArray[np.uint8],
    limitation: NDArray[np.float32],
    bereaved_month: NDArray[np.int16],
    setting: NDArray[np.uint8],
    own: NDArray[np.float32],
    level: np.float32,
    per_month: np.float32,
    most_kin: np.int64,
    most_friends: np.uint8,
    bereaved_after: np.int16,
    weight: tuple[np.float32, np.float32, np.float32, np.float32, np.float32, np.float32],
    threshold: np.float32,
    latent: NDArray[np.float32],
    lonely: NDArray[np.bool_],
) -> None:
    """Latent loneliness of every row, and which adults are lonely: beyond the threshold."""
    for i in range(partner.size):
        near = first_child[i + 1] - first_child[i]
        near += np.int64(mother[i] >= 0)
        near += np.int64(father[i] >= 0)
        now = latent_loneliness(
            level + own[i] + per_month * f4(age_months[i]),
            f4(partner[i] >= 0),
            f4(min(near, most_kin)),
            f4(min(friends[i], most_friends)),
            limitation[i],
            f4(bereaved_month[i] > bereaved_after),
            f4(setting[i] == _CARE_HOME),
            weight,
        )
        latent[i] = now
        lonely[i] = (now > threshold) & (age_months[i] >= _ADULT_MONTHS) & alive[i]


class Loneliness(Process):
    """Who is often or always lonely.

    The threshold is solved in the run-in so that the published share of adults is lonely, and frozen with month 0.
    """

    name: ClassVar[str] = "loneliness"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "partner",
        "mother",
        "father",
        "friends",
        "limitation",
        "bereaved_month",
        "setting",
        "loneliness_luck",
    )
    writes: ClassVar[tuple[str, ...]] = ("loneliness_luck", "loneliness", "lonely")

    def __init__(self, numbers: Numbers) -> None:
        rules = read_rules(LonelinessRules, numbers)
        self._rules = rules
        self._weight = (
            f4(rules.partner),
            f4(rules.kin),
            f4(rules.friend),
            f4(rules.limitation),
            f4(rules.bereaved),
            f4(rules.care_home),
        )
        self.threshold = f4(rules.level)

    def welcome(self, model: DemandModel, rows: NDArray[np.int64]) -> None:
        """Draw a lasting personal difference, bell-shaped."""
        give_bell(model, rows, _LASTING, self._rules.spread, model.citizens.loneliness_luck)

    def step(self, model: DemandModel) -> None:
        """Feel; in the run-in, also set the threshold anew."""
        citizens, rules = model.citizens, self._rules
        feel_lonely(
            citizens.alive,
            citizens.age_months,
            citizens.partner,
            citizens.mother,
            citizens.father,
            model.children.start,
            citizens.friends,
            citizens.limitation,
            citizens.bereaved_month,
            citizens.setting,
            citizens.loneliness_luck,
            f4(rules.level),
            f4(rules.age / 12.0),
            np.int64(rules.most_kin),
            np.uint8(rules.most_friends),
            np.int16(max(model.month - int(rules.bereaved_months), -29_999)),
            self._weight,
            self.threshold,
            citizens.loneliness,
            citizens.lonely,
        )
        if model.settling:
            adult = citizens.alive & (citizens.age_months >= _ADULT_MONTHS)
            self.threshold = _level_of_share(citizens.loneliness[adult], rules.share)
            citizens.lonely[:] = adult & (citizens.loneliness > self.threshold)


def _level_of_share(latent: NDArray[np.float32], share: float) -> np.float32:
    """The level that the given share of people exceed."""
    count = round(share * latent.size)
    if count == 0:
        return f4(np.inf)
    return f4(np.partition(latent, latent.size - count - 1)[latent.size - count - 1])

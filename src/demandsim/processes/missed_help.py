"""What missing help does to the body: falls, meals and medicines missed, and sent home without the help.

`illness` draws these events; here stands how much likelier they are for whom, and what centres it. All three are
measured against their mean in the run-in among those who could miss help, so that the base keeps the illnesses, falls
and re-admissions of people with needs and of people without, and only help that is missed beyond, or more evenly, than
then moves them. A mean over everybody would take falls from the fit and give them to those in need: each year fewer
would come to need help.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import DEFICITS, Band, Setting
from demandsim.compiled import f4
from demandsim.processes.at_home import missed_share
from demandsim.processes.base import Numbers, evidence, read_rules
from demandsim.processes.frailty import AGES, age_groups
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_GROUPS = 42
_FINE = 1024.0
"""Sums that feed back are made of whole 1024ths, so that their order cannot matter."""
_YEAR = 12


@dataclass(frozen=True)
class MissedHelpRules:
    """What missing help adds, and what an adapted home takes off falls."""

    meals: float = evidence("coping.meals")
    falls: float = evidence("coping.fall_unmet")
    unmet_return: float = evidence("discharge.unmet_return")
    adapted: float = evidence("adapt.falls")


class MissedLinks(NamedTuple):
    """The links as a kernel takes them: each times the share of help missed, but for that of an adapted home."""

    meals: np.float32
    falls: np.float32
    unmet_return: np.float32
    adapted: np.float32


class MissedInRunIn:
    """Share of help missed by those whom something may befall, over the last year of the run-in.

    Attributes:
        mean: That share, 0 to 1: a mean over events.
    """

    def __init__(self) -> None:
        self.mean = 0.0
        self._months: list[NDArray[np.float64]] = []

    def note(self, weight: NDArray[np.float64], rows: NDArray[np.int64], missed: NDArray[np.float32]) -> None:
        """Add a month, and let go the one of a year ago.

        Args:
            weight: How likely it befalls each of those concerned, in any unit that leaves 1024ths exact enough.
            rows: Which of them miss help.
            missed: The share that these miss.
        """
        fine = np.rint(weight * _FINE)
        month = np.array([np.rint(fine[rows] * missed).sum(), fine.sum()])
        self._months = [*self._months[1 - _YEAR :], month]
        total, people = np.sum(self._months, axis=0)
        self.mean = float(total / max(people, 1.0))


class MissedHelp:
    """The links from missed help to the body and their means in the run-in.

    Attributes:
        illness_mean: What missed help adds to the rate of illness in the mean of people at home with moderate need or
            more, shape (2, 5, 101).
        falls_mean: The same for falls.
        back: Share of help missed by people admitted the month before.
    """

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(MissedHelpRules, numbers)
        self.illness_mean = np.zeros((2, 5, AGES), dtype=np.float32)
        self.falls_mean = np.zeros((2, 5, AGES), dtype=np.float32)
        self.back = MissedInRunIn()

    def links(self, readmission: float) -> MissedLinks:
        """The links, with what missed help adds to the rate that `acute.readmission` gives."""
        rules = self.rules
        back = readmission * rules.unmet_return
        return MissedLinks(f4(rules.meals), f4(rules.falls), f4(back), f4(rules.adapted))

    def renew_means(
        self, model: DemandModel, unmet: float, per_frailty: float, returning: float, falls_per_frailty: float
    ) -> None:
        """Measure the means anew; in the run-in only.

        A mean is one over events, not over people: who misses help is frailer, and falls ill more often, than others
        of that age.

        Args:
            model: The place.
            unmet: `acute.unmet`.
            per_frailty: `acute.frailty`.
            returning: `acute.readmission`.
            falls_per_frailty: `acute.setback_frailty`.
        """
        citizens, rules = model.citizens, self.rules
        rows = rows_with(citizens.unmet)
        missed = missed_share(citizens, rows)
        group = citizens.female.astype(np.int64) * (_GROUPS // 2) + age_groups(citizens.age_months)
        frailty = citizens.deficits.astype(np.float64) / DEFICITS
        prone = (1 + per_frailty * frailty) * citizens.alive
        ill = prone * (1 + returning * citizens.admitted)
        dependent = (citizens.band >= Band.MODERATE) & (citizens.setting == Setting.HOME)
        falling = (1 + falls_per_frailty * frailty) * citizens.alive
        self.illness_mean = _means(group, ill * dependent, rows, f4(unmet) + f4(rules.meals) * missed)
        self.falls_mean = _means(group, falling * dependent, rows, f4(rules.falls) * missed)
        # Of people admitted last month, by how prone they are to fall ill again.
        self.back.note(prone * citizens.admitted, rows, missed)


def _means(
    group: NDArray[np.int64], weight: NDArray[np.float64], rows: NDArray[np.int64], link: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Weighted mean of a link by sex and five-year age, laid out by year of age: shape (2, 5, 101).

    Args:
        group: Sex and five-year age of everybody.
        weight: Of everybody, 0 in free rows.
        rows: Who has a link.
        link: Theirs; everybody else has 0.
    """
    fine = np.rint(weight * _FINE)
    people = np.bincount(group, weights=fine, minlength=_GROUPS)
    linked = np.rint(fine[rows] * link)
    total = np.bincount(group[rows], weights=linked, minlength=_GROUPS)
    mean = (total / np.maximum(people, 1)).reshape(2, _GROUPS // 2)[:, np.minimum(np.arange(AGES) // 5, 20)]
    return np.ascontiguousarray(np.broadcast_to(mean[:, None, :], (2, 5, AGES)), dtype=np.float32)

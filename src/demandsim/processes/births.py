"""Births: children of women of the place, by age and partnership."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim import luck
from demandsim.agents.citizens import NOBODY, Citizens, Setting
from demandsim.agents.kin import Children
from demandsim.luck import Purpose
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.curves import YEARS, count_by_year, smooth_share, stretched
from demandsim.processes.households import refresh_cells
from demandsim.processes.life_luck import BIRTH, candidates, drawn_for

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers


@dataclass(frozen=True)
class BirthRules:
    """What decides who has a child, and what the child is.

    Attributes:
        boys_per_100_girls: Boys born for 100 girls.
        partner_ratio: Births per woman-year of women with a partner against women without, at the same age.
    """

    boys_per_100_girls: float = evidence("birth.boys_per_100_girls")
    partner_ratio: float = evidence("birth.partner_ratio")


class Births(Process):
    """A woman at home has a child with a chance of a twelfth of the place's rate at her age.

    Women with a partner have more children than others of their age. The two rates are set at the start so that the
    women of the base month have together the number of births that the place's rates give; afterwards births follow
    age and partnership. Each birth is one child, and the chance does not depend on when the last one was: the number
    of births is right, the spacing within a family is not modelled.
    """

    name: ClassVar[str] = "births"
    reads: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "birth_luck",
        "age_months",
        "female",
        "partner",
        "setting",
        "neighbourhood",
        "quintile",
        "household",
        "owner",
        "income_band",
    )
    writes: ClassVar[tuple[str, ...]] = (
        "alive",
        "uid",
        "age_months",
        "female",
        "neighbourhood",
        "quintile",
        "household",
        "owner",
        "income_band",
        "mother",
        "father",
        "cell",
    )

    def __init__(self, numbers: Numbers) -> None:
        self._rules = read_rules(BirthRules, numbers)
        self._chance: NDArray[np.float64] = np.zeros((2, YEARS))

    def start(self, model: DemandModel) -> None:
        """Set monthly chances by partnership and age from the place's rates and its people."""
        citizens = model.citizens
        rate = stretched(model.profile.asfr) * float(model.profile.births_factor)
        rate[100:] = 0.0
        women = citizens.alive & citizens.female
        at_home = women & (citizens.setting == Setting.HOME)
        everyone = count_by_year(citizens.age_months, women)
        home_share = smooth_share(count_by_year(citizens.age_months, at_home), everyone)
        paired_share = smooth_share(
            count_by_year(citizens.age_months, at_home & (citizens.partner != NOBODY)), everyone
        )
        ratio = self._rules.partner_ratio
        mean = (home_share - paired_share) + ratio * paired_share
        alone = np.divide(rate / 12, mean, out=np.zeros(YEARS), where=mean > 0)
        self._chance = np.minimum(np.stack([alone, ratio * alone]), 1.0)

    def step(self, model: DemandModel) -> None:
        """Let children be born. None are in the run-in."""
        if model.settling:
            return
        mothers = self._mothers(model)
        if mothers.size:
            rows = self._newborn(model, mothers)
            index = model.children
            model.children = Children(index.start, index.child, index.mother, index.father, np.sort(rows))
            model.welcome(rows)
            model.ledger.people("births", model.citizens.cell[rows])

    def _mothers(self, model: DemandModel) -> NDArray[np.int64]:
        citizens = model.citizens
        rows = candidates(model, BIRTH, float(self._chance.max()))
        rows = rows[citizens.female[rows] & (citizens.setting[rows] == Setting.HOME)]
        paired = (citizens.partner[rows] != NOBODY).astype(np.int64)
        chance = self._chance[paired, citizens.age_months[rows] // 12]
        mothers: NDArray[np.int64] = rows[drawn_for(model, BIRTH, rows) < chance]
        return mothers

    def _newborn(self, model: DemandModel, mothers: NDArray[np.int64]) -> NDArray[np.int64]:
        citizens = model.citizens
        uid = luck.child_uid(citizens.uid[mothers], model.month)
        rows = citizens.admit(uid)
        boys = self._rules.boys_per_100_girls
        drawn = luck.draw(model.luck_seed, uid, 0, Purpose.NEWBORN)
        citizens.female[rows] = drawn >= boys / (boys + 100)
        for name in ("neighbourhood", "quintile", "household", "owner", "income_band"):
            values = getattr(citizens, name)
            values[rows] = values[mothers]
        citizens.mother[rows] = mothers
        citizens.father[rows] = fathers_of(citizens, mothers)
        refresh_cells(citizens, rows)
        return rows


def fathers_of(citizens: Citizens, mothers: NDArray[np.int64]) -> NDArray[np.int32]:
    """The male partner of each mother, `NOBODY` where there is none."""
    partner = citizens.partner[mothers]
    return np.where((partner != NOBODY) & ~citizens.female[partner], partner, NOBODY).astype(np.int32)

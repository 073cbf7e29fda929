"""Births: children of women of the place, by age and partnership."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import NOBODY, Setting
from demandsim.agents.kin import with_newborn
from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, child_uid, uniform
from demandsim.processes.base import Process, evidence, read_rules
from demandsim.processes.curves import YEARS, count_by_year, smooth_share, stretched
from demandsim.processes.households import cell_of
from demandsim.processes.lasting import FOR_LIFE
from demandsim.processes.life_luck import BIRTH, candidates, life_draws

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.processes.base import Numbers

_HOME = np.uint8(Setting.HOME)
_NEWBORN = np.uint32(Purpose.NEWBORN)


@dataclass(frozen=True)
class BirthRules:
    """What decides who has a child, and what the child is.

    Attributes:
        boys_per_100_girls: Boys born for 100 girls.
        partner_ratio: Births per woman-year of women with a partner against women without, at the same age.
    """

    boys_per_100_girls: float = evidence("birth.boys_per_100_girls")
    partner_ratio: float = evidence("birth.partner_ratio")


@kernel
def _list_mothers(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    setting: NDArray[np.uint8],
    partner: NDArray[np.int32],
    chance: NDArray[np.float64],
    mothers: NDArray[np.int64],
) -> int:
    """Fill in the women at home to whom a child is born; how many. No branch waits for memory."""
    found = 0
    for i in rows:
        mothers[found] = i
        found += int(female[i] & (setting[i] == _HOME))
    women, found = found, 0
    drawn = life_draws(seed, uid, month, mothers[:women], BIRTH)
    for k in range(women):
        i = mothers[k]
        mothers[found] = i
        found += int(np.float64(drawn[k]) < chance[int(partner[i] >= 0), np.int64(age_months[i]) // 12])
    return found


@kernel
def _write_newborn(
    seed: np.uint64,
    rows: NDArray[np.int64],
    mothers: NDArray[np.int64],
    boys: np.float32,
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    partner: NDArray[np.int32],
    mother: NDArray[np.int32],
    father: NDArray[np.int32],
    household: NDArray[np.int32],
    neighbourhood: NDArray[np.int32],
    quintile: NDArray[np.uint8],
    owner: NDArray[np.bool_],
    income_band: NDArray[np.uint8],
    cell: NDArray[np.uint16],
) -> None:
    """A child has its mother's home and means; its father is her male partner."""
    for k in range(rows.size):
        i, her = rows[k], mothers[k]
        female[i] = uniform(seed, uid[i], FOR_LIFE, _NEWBORN) >= boys
        neighbourhood[i], quintile[i], household[i] = neighbourhood[her], quintile[her], household[her]
        owner[i], income_band[i] = owner[her], income_band[her]
        him = partner[her]
        mother[i] = her
        father[i] = him if him >= 0 and not female[him] else NOBODY
        cell[i] = cell_of(age_months[i], female[i], quintile[i])


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
        self._most = 0.0
        self._boys = f4(self._rules.boys_per_100_girls / (self._rules.boys_per_100_girls + 100))

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
        self._most = float(self._chance.max())

    def step(self, model: DemandModel) -> None:
        """Let children be born. None are in the run-in."""
        if model.settling:
            return
        mothers = self._mothers(model)
        if mothers.size:
            rows = self._newborn(model, mothers)
            model.children = with_newborn(model.children, model.citizens, rows)
            model.welcome(rows)
            model.ledger.people("births", model.citizens.cell[rows])

    def _mothers(self, model: DemandModel) -> NDArray[np.int64]:
        citizens = model.citizens
        rows = candidates(model, BIRTH, self._most)
        mothers = np.empty(rows.size, dtype=np.int64)
        found = _list_mothers(
            model.luck_seed,
            model.month_word,
            rows,
            citizens.uid,
            citizens.age_months,
            citizens.female,
            citizens.setting,
            citizens.partner,
            self._chance,
            mothers,
        )
        return mothers[:found]

    def _newborn(self, model: DemandModel, mothers: NDArray[np.int64]) -> NDArray[np.int64]:
        citizens = model.citizens
        rows = citizens.admit(child_uid(citizens.uid[mothers], model.month))
        _write_newborn(
            model.luck_seed,
            rows,
            mothers,
            self._boys,
            citizens.uid,
            citizens.age_months,
            citizens.female,
            citizens.partner,
            citizens.mother,
            citizens.father,
            citizens.household,
            citizens.neighbourhood,
            citizens.quintile,
            citizens.owner,
            citizens.income_band,
            citizens.cell,
        )
        return rows

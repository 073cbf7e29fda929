"""Mortality: who dies follows age, sex, deprivation and the body; how many follows the place's life table.

The mean relative hazard by which everybody's is divided is taken once, before the first month, and frozen: measuring
it anew later would cancel every gain and hide every harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import LIFE_CELLS, life_codes
from demandsim.agents.citizens import DEFICITS, SupportType
from demandsim.compiled import f4, flag, kernel
from demandsim.luck import Purpose
from demandsim.processes.base import Numbers, Process, evidence, read_rules
from demandsim.processes.capability import capability_means, starting_means
from demandsim.processes.departure import depart
from demandsim.processes.frailty import AGES, age_groups
from demandsim.processes.hazards import (
    BLOCK,
    Fifths,
    cells_into,
    draw_into,
    fifths,
    hazard_chance,
    look_up,
    look_up_pairs_into,
    of_fifth,
    pair_table,
    relative_hazard,
    table_cells,
)
from demandsim.processes.kept_lives import lives_of
from demandsim.processes.lives import death_rates
from demandsim.processes.renewal import RENEWED, renew
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_DEATH = np.uint32(Purpose.DEATH)
_LEARNING = np.uint8(SupportType.LEARNING)
_EARLY, _LATE = f4(6.0), f4(24.0)
_GROUPS = 21
_CORRECTED = (-18, -12)
"""Months of the run-in in which chances are brought to the table and the tally begins anew."""


@dataclass(frozen=True)
class MortalityRules:
    """Numbers of mortality, by evidence key."""

    per_frailty: float = evidence("mort.k_f")
    per_need: float = evidence("mort.k_x")
    for_dementia: float = evidence("mort.k_d")
    per_loss: float = evidence("mort.k_s")
    for_illness: float = evidence("mort.k_i")
    capability_share: float = evidence("mort.capability_share")
    capability_weight: float = evidence("need.capability_weight")
    lonely: float = evidence("need.loneliness_mortality_hr_older")
    bereaved_early: float = evidence("need.bereavement_mortality_rr_lt6m")
    bereaved_late: float = evidence("need.bereavement_mortality_rr_gt6m")
    strained: float = evidence("mort.strained_carer")
    strained_above: float = evidence("carers.strained_from")
    older_from: float = evidence("mort.lonely_from_age")
    frail_from: float = evidence("mort.frailty_age")
    first_year: float = evidence("mort.first_year")
    learning_disability: float = evidence("mort.learning_disability")
    improvement: float = evidence("mort.improvement")
    mean_capability: float = evidence("cap.mean")
    deprivation_capability: float = evidence("cap.deprivation")


class Weights(NamedTuple):
    """What multiplies the hazard of an average body, as a kernel takes it."""

    per_frailty: np.float32
    per_need: np.float32
    for_dementia: np.float32
    per_loss: np.float32
    for_illness: np.float32
    per_agency: np.float32
    for_lonely: np.float32
    for_early: np.float32
    for_late: np.float32
    for_strain: np.float32
    strained_above: np.float32
    older_from: np.float32
    frail_from: np.float32
    for_learning: np.float32


def _weights(rules: MortalityRules) -> Weights:
    return Weights._make(
        f4(value)
        for value in (
            rules.per_frailty,
            rules.per_need,
            rules.for_dementia,
            rules.per_loss,
            rules.for_illness,
            (1 - rules.capability_share) * rules.capability_weight,
            rules.lonely - 1,
            rules.bereaved_early - 1,
            rules.bereaved_late - 1,
            rules.strained - 1,
            rules.strained_above,
            rules.older_from * 12,
            rules.frail_from * 12,
            rules.learning_disability - 1,
        )
    )


@kernel
def _deaths_into(
    luck: NDArray[np.float32],
    hazards: NDArray[np.float32],
    age_months: NDArray[np.int16],
    quintile: NDArray[np.uint8],
    deficits: NDArray[np.uint8],
    limitation: NDArray[np.float32],
    capability: NDArray[np.float32],
    dementia: NDArray[np.int16],
    recent_loss: NDArray[np.float32],
    illness: NDArray[np.float32],
    lonely: NDArray[np.bool_],
    bereaved_month: NDArray[np.int16],
    strain: NDArray[np.float32],
    support_type: NDArray[np.uint8],
    means: Fifths,
    month: np.float32,
    w: Weights,
    chance: NDArray[np.float32],
    dies: NDArray[np.bool_],
) -> None:
    """Chance of death this month, and who dies by a draw.

    For people with long-term need of working age a lasting disability is no marker of decline: they die as people of
    their age do, some types more often, and of what passes. ``hazards`` has two entries a person: the hazard of a fit
    body, and the mean relative hazard of their age.
    """
    for i in range(chance.size):
        agency = capability[i] - of_fifth(quintile[i], means)
        relative = relative_hazard(
            f4(deficits[i]) * f4(1.0 / DEFICITS),
            limitation[i] + w.per_agency * agency,
            flag(dementia[i] > 0),
            recent_loss[i],
            illness[i],
            w.per_frailty,
            w.per_need,
            w.for_dementia,
            w.per_loss,
            w.for_illness,
        )
        age = f4(age_months[i])
        older = flag(age >= w.older_from)
        elapsed = month - f4(bereaved_month[i])
        since = elapsed + flag(elapsed < f4(0.0)) * _LATE  # the run-in keeps the whole stock of month 0 in view
        late = flag(since < _LATE)
        early = flag(since < _EARLY)
        around = (
            (f4(1.0) + w.for_lonely * older * flag(lonely[i]))
            * (f4(1.0) + w.for_late * late + (w.for_early - w.for_late) * early)
            * (f4(1.0) + w.for_strain * older * flag(strain[i] > w.strained_above))
        )
        grown = flag(age >= w.frail_from)
        by_body = around * (f4(1.0) + grown * (relative - f4(1.0)))
        often = f4(1.0) + w.for_learning * flag(support_type[i] == _LEARNING)
        by_type = often * hazards[2 * i + 1] + w.per_loss * recent_loss[i] + w.for_illness * illness[i]
        times = by_type if support_type[i] > 0 else by_body
        chance[i] = hazard_chance(hazards[2 * i] * times)
        dies[i] = luck[i] < chance[i]


@kernel
def _month_of_deaths(
    seed: np.uint64,
    month_word: np.uint32,
    month: np.float32,
    alive: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    deficits: NDArray[np.uint8],
    limitation: NDArray[np.float32],
    capability: NDArray[np.float32],
    dementia: NDArray[np.int16],
    recent_loss: NDArray[np.float32],
    illness: NDArray[np.float32],
    lonely: NDArray[np.bool_],
    bereaved_month: NDArray[np.int16],
    strain: NDArray[np.float32],
    support_type: NDArray[np.uint8],
    hazards: NDArray[np.uint64],
    means: Fifths,
    w: Weights,
    chance: NDArray[np.float32],
    dies: NDArray[np.bool_],
) -> None:
    """Everybody's chance of death and whether it comes, block by block; ``hazards`` is a pair table."""
    cells, luck = np.empty(BLOCK, dtype=np.int32), np.empty(BLOCK, dtype=np.float32)
    found = np.empty(BLOCK, dtype=np.uint64)
    both = found.view(np.float32)
    for start in range(0, chance.size, BLOCK):
        end = min(start + BLOCK, chance.size)
        count = end - start
        cells_into(female[start:end], quintile[start:end], age_months[start:end], alive[start:end], cells[:count])
        look_up_pairs_into(hazards, cells[:count], found[:count])
        draw_into(seed, uid[start:end], month_word, _DEATH, luck[:count])
        _deaths_into(
            luck[:count],
            both[: 2 * count],
            age_months[start:end],
            quintile[start:end],
            deficits[start:end],
            limitation[start:end],
            capability[start:end],
            dementia[start:end],
            recent_loss[start:end],
            illness[start:end],
            lonely[start:end],
            bereaved_month[start:end],
            strain[start:end],
            support_type[start:end],
            means,
            month,
            w,
            chance[start:end],
            dies[start:end],
        )


class Mortality(Process):
    """Deaths; in the run-in, renewal in place of death."""

    name = "mortality"
    reads = (
        "alive",
        "uid",
        "age_months",
        "female",
        "quintile",
        "deficits",
        "limitation",
        "capability",
        "capability_base",
        "dementia",
        "recent_loss",
        "illness",
        "lonely",
        "bereaved_month",
        "strain",
        "support_type",
        "setting",
        "cell",
    )
    writes = (
        "alive",
        "deficits",
        "dementia",
        "function_luck",
        "recent_loss",
        "scar",
        "illness",
        "capability",
        "arrangement",
        "arrangement_month",
        "plan_hours",
        "council_funded",
        "worker",
        "relationship",
        "waiting",
        "waiting_since",
        "urgent",
        "savings",
        *RENEWED,
    )

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(MortalityRules, numbers)
        self.means = starting_means(self.rules.mean_capability, self.rules.deprivation_capability)
        self._by_fifth = fifths(self.means)
        self.place_factor = 1.0
        self.mean_hazard = np.ones((2, 5, AGES), dtype=np.float32)
        self.correction = np.ones((2, 1, AGES))
        self.by_table = np.zeros(2 * _GROUPS)
        self.by_chance = np.zeros(2 * _GROUPS)
        self.annual = np.zeros((1, 2, 5, AGES))
        self.by_body = np.zeros((2, 5, AGES), dtype=np.float32)
        self.hazards = pair_table(self.by_body, self.mean_hazard)
        self.weights = _weights(self.rules)
        self.year = -1

    def start(self, model: DemandModel) -> None:
        """Tables of the place: rates by fifth, scaled so that the deaths expected of its people are its own."""
        profile, citizens = model.profile, model.citizens
        self.annual = np.stack([death_rates(np.asarray(qx), np.asarray(profile.quintile_ratio)) for qx in profile.qx])
        self.mean_hazard = lives_of(profile, model.numbers).mean_hazard
        rows = np.flatnonzero(citizens.alive)
        sex = citizens.female[rows].astype(np.int64)
        age = np.minimum(citizens.age_months[rows].astype(np.int64) // 12, AGES - 1)
        national = death_rates(np.asarray(profile.qx[0]), np.ones((2, 5, AGES)))[:, 0]
        expected = float(profile.deaths_factor) * national[sex, age].sum()
        self.place_factor = expected / self.annual[0][sex, citizens.quintile[rows], age].sum()
        self.year = -1

    def _renew_table(self, model: DemandModel) -> None:
        """The month's hazard of an average body, anew each year."""
        year = max(model.month // 12, 0) if self.rules.improvement > 0 else 0
        if year != self.year:
            self.year = year
            monthly = self.annual[min(year, len(self.annual) - 1)] * self.place_factor / 12
            self.by_body = (monthly * self.correction / self.mean_hazard).astype(np.float32)
            self.hazards = pair_table(self.by_body, self.mean_hazard)

    def chances(self, model: DemandModel) -> NDArray[np.float32]:
        """Everybody's chance of dying this month, 0 in free rows."""
        return self._deaths(model)[0]

    def _deaths(self, model: DemandModel) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Everybody's chance of dying this month, and whether they do."""
        self._renew_table(model)
        citizens = model.citizens
        chance, dies = np.empty(citizens.size, dtype=np.float32), np.empty(citizens.size, dtype=np.bool_)
        _month_of_deaths(
            model.luck_seed,
            model.month_word,
            f4(model.month),
            citizens.alive,
            citizens.uid,
            citizens.age_months,
            citizens.female,
            citizens.quintile,
            citizens.deficits,
            citizens.limitation,
            citizens.capability,
            citizens.dementia,
            citizens.recent_loss,
            citizens.illness,
            citizens.lonely,
            citizens.bereaved_month,
            citizens.strain,
            citizens.support_type,
            self.hazards,
            self._by_fifth,
            self.weights,
            chance,
            dies,
        )
        return chance, dies

    def _observe(self, model: DemandModel, chance: NDArray[np.float32]) -> None:
        """Add a month's expected deaths, by the table and by the chances, to the tally by sex and five-year age."""
        citizens = model.citizens
        group = citizens.female.astype(np.int64) * _GROUPS + age_groups(citizens.age_months)
        table = (self.annual[0] * self.place_factor / 12).astype(np.float32)
        hazard = look_up(table, table_cells(citizens))
        target = (hazard / (1 + hazard / 2)).astype(np.float64)
        self.by_table += np.bincount(group, weights=target, minlength=2 * _GROUPS)
        self.by_chance += np.bincount(group, weights=chance.astype(np.float64), minlength=2 * _GROUPS)

    def settled(self, model: DemandModel) -> None:
        """Freeze mean capability, and correct rates once so that expected deaths by sex and age are the table's.

        The correction also takes out the base mean of loneliness, bereavement and carers' strain, and what is lost
        because a chance cannot pass 1. It rests on the last twelve months of the run-in: in one month a few very ill
        people would sway it. One death added to both sides keeps it near 1 where few people are. Earlier corrections,
        by the months until then, see to it that care homes fill up under about the mortality they will have.
        """
        self.means = capability_means(model, self.means)
        self._by_fifth = fifths(self.means)
        if not self.by_table.any():
            self._observe(model, self.chances(model))
        self._correct()
        self.correction = self.correction * self.rules.first_year

    def _correct(self) -> None:
        """Bring the chances, as they are with earlier corrections, to the table by what has been tallied."""
        ratio = ((self.by_table + 1) / (self.by_chance + 1)).reshape(2, _GROUPS)
        self.correction = self.correction * ratio[:, None, np.minimum(np.arange(AGES) // 5, _GROUPS - 1)]
        self.year = -1

    def step(self, model: DemandModel) -> None:
        """Deaths of the month."""
        citizens = model.citizens
        chance, dies = self._deaths(model)
        rows = rows_with(dies)
        if model.settling:
            if model.month in _CORRECTED:
                self._correct()
                self.by_table[:], self.by_chance[:] = 0, 0
            self._observe(model, chance)
            renew(model, rows)
        else:
            model.ledger.people("deaths", citizens.cell[rows])
            model.ledger.count("deaths", life_codes(citizens.age_months[rows], citizens.cell[rows]), LIFE_CELLS)
            depart(model, rows, death=True)

"""Acute illness, small setbacks and crises of mental health: events of the body.

What the system does about an illness is `hospital`'s affair: an admission avoided does not cure it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import DEFICITS, SupportType
from demandsim.compiled import f4, flag, kernel, rule
from demandsim.luck import Purpose, uniform, uniform4
from demandsim.processes.at_home import HOME, MODERATE, missed_share
from demandsim.processes.base import Numbers, Process, read_rules
from demandsim.processes.frailty import AGES, group_means
from demandsim.processes.hazards import (
    BLOCK,
    befalls,
    cells_into,
    draw4_into,
    flat_table,
    illness_part,
    look_up_into,
    look_up_pairs_into,
    new_loss_chance,
    not_tiny,
    pair_table,
    people_with,
    positive,
)
from demandsim.processes.illness_rates import (
    IllnessRules,
    acute_rate,
    acute_table,
    setback_rate,
    setback_table,
)
from demandsim.processes.missed_help import MissedHelp, MissedLinks
from demandsim.processes.shortlist import rows_with

if TYPE_CHECKING:
    from demandsim.model import DemandModel

_ILLNESS = np.uint32(Purpose.ILLNESS)
_LOSS = np.uint32(Purpose.ILLNESS_LOSS)
_MENTAL = np.uint8(SupportType.MENTAL)


class Pace(NamedTuple):
    """Numbers of the month's events, as a kernel takes them."""

    per_frailty: np.float32
    readmission: np.float32
    unmet: np.float32
    alone: np.float32
    minor_ratio: np.float32
    setback_frailty: np.float32
    setback_bands: np.float32
    crisis: np.float32
    fade: np.float32


@rule
def added(unmet: np.float32, lonely_alone: np.float32, for_unmet: np.float32, for_alone: np.float32) -> np.float32:
    """What unmet need, and loneliness of who lives alone, add to 1 (both 0 or 1); not centred."""
    return for_unmet * unmet + for_alone * lonely_alone


@kernel
def _events(
    one: NDArray[np.float32],
    two: NDArray[np.float32],
    three: NDArray[np.float32],
    four: NDArray[np.float32],
    rates: NDArray[np.float32],
    against: NDArray[np.float32],
    usual: NDArray[np.float32],
    unmet: NDArray[np.bool_],
    missed: NDArray[np.float32],
    dependent: NDArray[np.bool_],
    lonely: NDArray[np.bool_],
    support_type: NDArray[np.uint8],
    deficits: NDArray[np.uint8],
    admitted: NDArray[np.bool_],
    pace: Pace,
    links: MissedLinks,
    illness: NDArray[np.float32],
    fell_ill: NDArray[np.bool_],
    minor_event: NDArray[np.bool_],
    setback: NDArray[np.bool_],
    recent_loss: NDArray[np.float32],
) -> None:
    """What befalls everybody this month, by four draws; illness of earlier months fades.

    Illness of the lonely is as if all of them lived alone, and in adapted homes it is as if they were not and no help
    were missed: `_anew` settles both. A crisis of mental health, twice as likely if lonely, is a setback that goes to
    A&E.
    """
    for i in range(illness.size):
        frailty = f4(deficits[i]) * f4(1.0 / DEFICITS)
        link = added(flag(unmet[i]), flag(lonely[i]), pace.unmet, positive(pace.alone)) - usual[i]
        link = link + links.meals * missed[i] - flag(dependent[i]) * against[2 * i]
        returning = pace.readmission + links.unmet_return * missed[i]
        rate = acute_rate(rates[2 * i], frailty, flag(admitted[i]), link, pace.per_frailty, returning)
        ill = befalls(one[i], rate)
        fall_rate = rates[2 * i + 1] * (f4(1.0) + links.falls * missed[i] - flag(dependent[i]) * against[2 * i + 1])
        falls = befalls(three[i], setback_rate(fall_rate, frailty, pace.setback_frailty))
        prone = pace.crisis * flag(support_type[i] == _MENTAL)
        breaks = befalls(four[i], prone * (f4(1.0) + flag(lonely[i])))
        fell_ill[i] = ill
        minor_event[i] = befalls(two[i], rate * pace.minor_ratio) | breaks
        setback[i] = falls | breaks
        illness[i] = not_tiny(illness[i] * pace.fade)
        recent_loss[i] = recent_loss[i] + pace.setback_bands * flag(falls | breaks)


@kernel
def _missed_into(
    unmet: NDArray[np.bool_],
    unmet_hours: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    adapted: NDArray[np.bool_],
    band: NDArray[np.uint8],
    setting: NDArray[np.uint8],
    out: NDArray[np.float32],
    dependent: NDArray[np.bool_],
) -> None:
    """Share of help missed, as `missed_share` has it, of people whose homes are not adapted, and who could miss any."""
    for i in range(out.size):
        share = min(unmet_hours[i] / max(hands_on[i], f4(0.1)), f4(1.0))
        out[i] = share if unmet[i] & ~adapted[i] else f4(0)
        dependent[i] = (band[i] >= MODERATE) & (setting[i] == HOME)


@kernel
def _month_of_illness(
    seed: np.uint64,
    month: np.uint32,
    alive: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    unmet: NDArray[np.bool_],
    unmet_hours: NDArray[np.float32],
    hands_on: NDArray[np.float32],
    adapted: NDArray[np.bool_],
    band: NDArray[np.uint8],
    setting: NDArray[np.uint8],
    lonely: NDArray[np.bool_],
    support_type: NDArray[np.uint8],
    deficits: NDArray[np.uint8],
    admitted: NDArray[np.bool_],
    rates: NDArray[np.uint64],
    against: NDArray[np.uint64],
    usual: NDArray[np.float32],
    pace: Pace,
    links: MissedLinks,
    illness: NDArray[np.float32],
    fell_ill: NDArray[np.bool_],
    minor_event: NDArray[np.bool_],
    setback: NDArray[np.bool_],
    recent_loss: NDArray[np.float32],
) -> None:
    """One month for everybody, block by block.

    ``rates`` is a pair table of acute illness and falls, ``against`` of what missed help adds to each in the mean;
    ``usual`` is a flat table of what loneliness alone adds to illness.
    """
    cells, missed = np.empty(BLOCK, dtype=np.int32), np.empty(BLOCK, dtype=np.float32)
    dependent, lonely_mean = np.empty(BLOCK, dtype=np.bool_), np.empty(BLOCK, dtype=np.float32)
    found, beside = np.empty(BLOCK, dtype=np.uint64), np.empty(BLOCK, dtype=np.uint64)
    both, both_beside = found.view(np.float32), beside.view(np.float32)
    one, two, three, four = (
        np.empty(BLOCK, dtype=np.float32),
        np.empty(BLOCK, dtype=np.float32),
        np.empty(BLOCK, dtype=np.float32),
        np.empty(BLOCK, dtype=np.float32),
    )
    for start in range(0, uid.size, BLOCK):
        end = min(start + BLOCK, uid.size)
        count = end - start
        cells_into(female[start:end], quintile[start:end], age_months[start:end], alive[start:end], cells[:count])
        look_up_pairs_into(rates, cells[:count], found[:count])
        look_up_pairs_into(against, cells[:count], beside[:count])
        look_up_into(usual, cells[:count], lonely_mean[:count])
        _missed_into(
            unmet[start:end],
            unmet_hours[start:end],
            hands_on[start:end],
            adapted[start:end],
            band[start:end],
            setting[start:end],
            missed[:count],
            dependent[:count],
        )
        draw4_into(seed, uid[start:end], month, _ILLNESS, one[:count], two[:count], three[:count], four[:count])
        _events(
            one[:count],
            two[:count],
            three[:count],
            four[:count],
            both[: 2 * count],
            both_beside[: 2 * count],
            lonely_mean[:count],
            unmet[start:end],
            missed[:count],
            dependent[:count],
            lonely[start:end],
            support_type[start:end],
            deficits[start:end],
            admitted[start:end],
            pace,
            links,
            illness[start:end],
            fell_ill[start:end],
            minor_event[start:end],
            setback[start:end],
            recent_loss[start:end],
        )


@kernel
def _anew(
    seed: np.uint64,
    month: np.uint32,
    rows: NDArray[np.int64],
    alone: NDArray[np.bool_],
    uid: NDArray[np.uint64],
    age_months: NDArray[np.int16],
    female: NDArray[np.bool_],
    quintile: NDArray[np.uint8],
    unmet: NDArray[np.bool_],
    missed: NDArray[np.float32],
    adapted: NDArray[np.bool_],
    band: NDArray[np.uint8],
    setting: NDArray[np.uint8],
    lonely: NDArray[np.bool_],
    support_type: NDArray[np.uint8],
    deficits: NDArray[np.uint8],
    admitted: NDArray[np.bool_],
    acute: NDArray[np.float32],
    usual: NDArray[np.float32],
    illness_mean: NDArray[np.float32],
    setbacks: NDArray[np.float32],
    falls_mean: NDArray[np.float32],
    pace: Pace,
    links: MissedLinks,
    fell_ill: NDArray[np.bool_],
    minor_event: NDArray[np.bool_],
    setback: NDArray[np.bool_],
    recent_loss: NDArray[np.float32],
) -> None:
    """Illness and falls of some people anew, by the same draws, now that it is known who lives alone or adapted.

    The tables are flat; ``alone`` and ``missed`` go with ``rows``.
    """
    for k in range(rows.size):
        i = rows[k]
        one, two, three, four = uniform4(seed, uid[i], month, _ILLNESS)
        cell = (np.int64(female[i]) * 5 + np.int64(quintile[i])) * AGES
        cell += min(np.int64(age_months[i]) // 12, np.int64(AGES - 1))
        dependent = f4((band[i] >= MODERATE) & (setting[i] == HOME))
        link = added(flag(unmet[i]), f4(alone[k]), pace.unmet, pace.alone) - usual[cell]
        link = link + links.meals * missed[k] - dependent * illness_mean[cell]
        frailty = f4(deficits[i]) * f4(1.0 / DEFICITS)
        returning = pace.readmission + links.unmet_return * missed[k]
        rate = acute_rate(acute[cell], frailty, flag(admitted[i]), link, pace.per_frailty, returning)
        prone = pace.crisis * flag(support_type[i] == _MENTAL)
        breaks = befalls(four, prone * (f4(1.0) + flag(lonely[i])))
        change = links.falls * missed[k] - dependent * falls_mean[cell] - links.adapted * f4(adapted[i])
        fall_rate = setbacks[cell] * (f4(1.0) + change)
        falls = befalls(three, setback_rate(fall_rate, frailty, pace.setback_frailty)) | breaks
        fell_ill[i] = befalls(one, rate)
        minor_event[i] = befalls(two, rate * pace.minor_ratio) | breaks
        if falls != setback[i]:
            recent_loss[i] = positive(recent_loss[i] + (pace.setback_bands if falls else -pace.setback_bands))
            setback[i] = falls


@kernel
def _losses(
    seed: np.uint64,
    uid: NDArray[np.uint64],
    month: np.uint32,
    rows: NDArray[np.int64],
    deficits: NDArray[np.uint8],
    level: np.float32,
    illness_share: np.float32,
    bands: np.float32,
    recent_loss: NDArray[np.float32],
) -> None:
    """The loss of function that an illness brings by itself, admitted or not."""
    for k in range(rows.size):
        i = rows[k]
        chance = illness_part(new_loss_chance(f4(deficits[i]) * f4(1.0 / DEFICITS), level), illness_share)
        if uniform(seed, uid[i], month, _LOSS) < chance:
            recent_loss[i] = recent_loss[i] + bands


class Illness(Process):
    """Acute illness, minor events, setbacks and crises of mental health."""

    name = "illness"
    reads = (
        "alive",
        "uid",
        "age_months",
        "female",
        "quintile",
        "deficits",
        "admitted",
        "unmet",
        "unmet_hours",
        "hands_on",
        "adapted",
        "band",
        "setting",
        "lonely",
        "household",
        "support_type",
    )
    writes = ("illness", "fell_ill", "minor_event", "setback", "recent_loss")

    def __init__(self, numbers: Numbers) -> None:
        self.rules = read_rules(IllnessRules, numbers)
        self.acute = acute_table(self.rules)
        self.setbacks = setback_table(self.rules)
        self.flat_acute, self.flat_setbacks = flat_table(self.acute), flat_table(self.setbacks)
        self.rates = pair_table(self.acute, self.setbacks)
        self.lonely_mean = np.zeros((2, 5, AGES), dtype=np.float32)
        self.missed = MissedHelp(numbers)
        self._centre()

    def _centre(self) -> None:
        """Lay out means as kernels take them."""
        rules, missed = self.rules, self.missed
        self.flat_lonely = flat_table(self.lonely_mean)
        self.flat_illness, self.flat_falls = flat_table(missed.illness_mean), flat_table(missed.falls_mean)
        self.against = pair_table(missed.illness_mean, missed.falls_mean)
        self.missed_links = missed.links(rules.readmission)
        self.pace = Pace(
            per_frailty=f4(rules.frailty),
            readmission=f4(rules.readmission - float(self.missed_links.unmet_return) * missed.back.mean),
            unmet=f4(rules.unmet),
            alone=f4(rules.alone),
            minor_ratio=f4(rules.minor_ratio),
            setback_frailty=f4(rules.setback_frailty),
            setback_bands=f4(rules.setback_bands),
            crisis=f4(rules.crisis),
            fade=f4(rules.fade),
        )

    def _of_the_lonely(self, model: DemandModel) -> NDArray[np.float32]:
        """What loneliness of those living alone adds for each person; not centred."""
        citizens = model.citizens
        links = np.zeros(citizens.size, dtype=np.float32)
        lonely = rows_with(citizens.lonely)
        links[lonely[people_with(citizens.household, lonely) == 1]] = f4(self.rules.alone)
        return links

    def settled(self, model: DemandModel) -> None:
        """Measure what links are measured against; the last time it is done the means are frozen."""
        rules = self.rules
        self.lonely_mean = group_means(self._of_the_lonely(model), model)
        self.missed.renew_means(model, rules.unmet, rules.frailty, rules.readmission, rules.setback_frailty)
        self._centre()

    def step(self, model: DemandModel) -> None:
        """One month's events and the function they cost."""
        citizens, rules = model.citizens, self.rules
        if model.settling:
            self.settled(model)
        _month_of_illness(
            model.luck_seed,
            model.month_word,
            citizens.alive,
            citizens.uid,
            citizens.age_months,
            citizens.female,
            citizens.quintile,
            citizens.unmet,
            citizens.unmet_hours,
            citizens.hands_on,
            citizens.adapted,
            citizens.band,
            citizens.setting,
            citizens.lonely,
            citizens.support_type,
            citizens.deficits,
            citizens.admitted,
            self.rates,
            self.against,
            self.flat_lonely,
            self.pace,
            self.missed_links,
            citizens.illness,
            citizens.fell_ill,
            citizens.minor_event,
            citizens.setback,
            citizens.recent_loss,
        )
        self._see_anew(model)
        ill = rows_with(citizens.fell_ill)
        citizens.illness[ill] = 1
        _losses(
            model.luck_seed,
            citizens.uid,
            model.month_word,
            ill,
            citizens.deficits,
            f4(rules.loss_level),
            f4(rules.illness_share),
            f4(rules.loss_size),
            citizens.recent_loss,
        )

    def _see_anew(self, model: DemandModel) -> None:
        """Settle what befell the lonely, of whom only those living alone are likelier to fall ill, and adapted homes.

        Nobody is likelier to by living alone than they were taken to be: of the lonely only those who fell ill matter.
        """
        citizens = model.citizens
        by_company = citizens.lonely & (citizens.fell_ill | citizens.minor_event)
        rows = rows_with(by_company | citizens.adapted)
        alone = citizens.lonely[rows]
        alone[alone] = people_with(citizens.household, rows[alone]) == 1
        _anew(
            model.luck_seed,
            model.month_word,
            rows,
            alone,
            citizens.uid,
            citizens.age_months,
            citizens.female,
            citizens.quintile,
            citizens.unmet,
            missed_share(citizens, rows),
            citizens.adapted,
            citizens.band,
            citizens.setting,
            citizens.lonely,
            citizens.support_type,
            citizens.deficits,
            citizens.admitted,
            self.flat_acute,
            self.flat_lonely,
            self.flat_illness,
            self.flat_setbacks,
            self.flat_falls,
            self.pace,
            self.missed_links,
            citizens.fell_ill,
            citizens.minor_event,
            citizens.setback,
            citizens.recent_loss,
        )

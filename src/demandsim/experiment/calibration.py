"""How near the base year comes to what is known of a place: targets, readings and the report of both.

Only the base scenario is compared: practice and cuts have no target, since their effects are what the model is for.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement, Setting
from demandsim.ledger import Month
from demandsim.parameters.register import register

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.place.profile import PlaceProfile

Readings = dict[str, float]
"""What was read off one run, by name."""

ALONE_BANDS = ((16, 25), (25, 45), (45, 65), (65, 75), (75, 200))
HOUR_BANDS = ((0.0, 9.5), (9.5, 19.5), (19.5, 34.5), (34.5, 49.5), (49.5, math.inf))
"""Hours a week of unpaid care as the Census asks: 1–9, 10–19, 20–34, 35–49, 50 and over."""

DRIFT_AGES = ((65, 75), (75, 85), (85, 200))


@dataclass(frozen=True)
class Target:
    """One known figure and how near the model must come.

    Attributes:
        name: Name of the reading it is held against.
        label: In plain English.
        value: The figure.
        band: How far off is still good.
        relative: The band is a share of the value, not an absolute distance.
        source: Where the figure comes from.
        fitted: Parameters were fitted to it; otherwise the model's figure is a prediction.
    """

    name: str
    label: str
    value: float
    band: float
    relative: bool
    source: str
    fitted: bool

    def met_by(self, simulated: float) -> bool:
        """Whether a simulated figure lies in the band."""
        allowed = self.band * abs(self.value) if self.relative else self.band
        return abs(simulated - self.value) <= allowed


def stock_readings(model: DemandModel) -> Readings:
    """What can be seen of a place at one moment: needs, homes, carers, clients."""
    c = model.citizens
    years = c.age_months.astype(np.int32) // 12
    here = c.alive
    home = here & (c.setting != Setting.CARE_HOME) & (c.setting != Setting.OTHER_COMMUNAL)
    old = here & (years >= 65)
    out: Readings = {}

    def share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
        return float(np.count_nonzero(part & whole) / max(np.count_nonzero(whole), 1))

    adl, any_help = c.band >= 2, c.band >= 1
    out["adl.men_65plus"] = share(adl, home & old & ~c.female)
    out["adl.women_65plus"] = share(adl, home & old & c.female)
    out["help.65_69"] = share(any_help, home & (years >= 65) & (years < 70))
    out["help.80plus"] = share(any_help, home & (years >= 80))
    out["unmet.65plus"] = share(c.unmet, home & old)
    out["adl.ratio"] = _standardised_ratio(model, adl, home & old, years)
    alone = _lives_alone(model)
    for low, high in ALONE_BANDS:
        for sex, is_sex in (("men", ~c.female), ("women", c.female)):
            out[f"alone.{sex}.{low}"] = share(alone, here & is_sex & (years >= low) & (years < high))
    adult = here & (years >= 16)
    out["partnered"] = share(c.partner >= 0, adult)
    five = here & (years >= 5)
    caring = c.care_given > 0
    out["carers"] = share(caring, five)
    for k, (low_hours, high_hours) in enumerate(HOUR_BANDS):
        band = (c.care_given > low_hours) & (c.care_given <= high_hours)
        out[f"carers.band{k}"] = share(band & caring, five & caring)
    clients = client_mask(model)
    out["long_term.all"] = float(np.count_nonzero(clients)) / model.scale
    out["long_term.65plus"] = share(clients, old)
    out["home_residents.75plus"] = share(c.setting == Setting.CARE_HOME, here & (years >= 75))
    out["lonely.65plus"] = share(c.lonely, old)
    out["wellbeing"] = float(c.wellbeing[adult].mean(dtype=np.float64))
    for low, high in DRIFT_AGES:
        ages = here & (years >= low) & (years < high)
        out[f"drift.adl.{low}"] = share(adl, ages)
        out[f"drift.packages.{low}"] = share(clients & home, ages)
    heavy = caring & (c.care_given >= 49.5)
    out["carers.strained_50plus"] = share(c.strain > 0.6, heavy)
    return out


def client_mask(model: DemandModel) -> NDArray[np.bool_]:
    """Who has long-term support that the council funds: at home, in a care home or of working age."""
    c = model.citizens
    at_home = np.isin(c.arrangement, (Arrangement.HOME_CARE, Arrangement.DIRECT_PAYMENT)) & c.council_funded
    in_home = (c.setting == Setting.CARE_HOME) & c.council_funded
    supported = (c.support_type > 0) & c.council_funded
    mask: NDArray[np.bool_] = c.alive & (at_home | in_home | supported)
    return mask


def _lives_alone(model: DemandModel) -> NDArray[np.bool_]:
    c = model.citizens
    housed = c.alive & (c.household >= 0) & (c.setting != Setting.CARE_HOME)
    sizes = np.bincount(c.household[housed])
    alone = np.zeros(c.size, dtype=np.bool_)
    alone[housed] = sizes[c.household[housed]] == 1
    return alone


def _standardised_ratio(
    model: DemandModel, adl: NDArray[np.bool_], who: NDArray[np.bool_], years: NDArray[np.int32]
) -> float:
    """Prevalence in the most deprived fifth against the least, at the age structure of all fifths together."""
    c = model.citizens
    ages = np.minimum((years - 65) // 5, 5)
    rate = {}
    weights = np.bincount(ages[who], minlength=6).astype(np.float64)
    for fifth in (0, 4):
        part = who & (c.quintile == fifth)
        people = np.bincount(ages[part], minlength=6)
        cases = np.bincount(ages[part & adl], minlength=6)
        seen = people > 0
        rate[fifth] = float((cases[seen] / people[seen]) @ weights[seen] / weights[seen].sum())
    return rate[0] / rate[4] if rate[4] > 0 else math.nan


class YearBooks:
    """Adds up the closed ledgers of one year."""

    def __init__(self) -> None:
        self.people: dict[str, float] = {}
        self.older: dict[str, float] = {}
        self.totals: dict[str, float] = {}
        self.costs: dict[tuple[str, str], float] = {}
        self.months = 0
        self.person_months_65 = 0.0

    def __call__(self, model: DemandModel, month: Month) -> None:
        """Take in one month."""
        self.months += 1
        self.person_months_65 += np.count_nonzero(model.citizens.alive & (model.citizens.age_months >= 65 * 12))
        for name, cells in month.people.items():
            by_age = cells.reshape(5, -1).sum(axis=1)
            self.people[name] = self.people.get(name, 0.0) + float(by_age.sum())
            self.older[name] = self.older.get(name, 0.0) + float(by_age[2:].sum())
        for name, value in month.totals.items():
            self.totals[name] = self.totals.get(name, 0.0) + value
        for key, pounds in month.costs.items():
            self.costs[key] = self.costs.get(key, 0.0) + pounds

    def readings(self, scale: float) -> Readings:
        """The year's flows: counts of the place, and rates per person-year at 65 and over."""
        years_65 = self.person_months_65 / 12.0
        out = {f"count.{name}": value / scale for name, value in self.people.items()}
        out |= {f"rate65.{name}": value / years_65 for name, value in self.older.items()}
        return out


def targets_of(profile: PlaceProfile) -> list[Target]:
    """Every known figure of a place that the base year is held against."""
    known: list[Target] = []

    def add(name: str, label: str, value: float, band: float, source: str, relative: bool = False, fitted: bool = True) -> None:
        known.append(Target(name, label, value, band, relative, source, fitted))

    def evidence_row(name: str, label: str, key: str, band: float, relative: bool = False, fitted: bool = True) -> None:
        row = register()[key]
        add(name, label, float(row.value), band, row.source, relative, fitted)

    add("count.deaths", "deaths, year 1", profile.deaths_latest, 0.03, _COMPONENTS, relative=True)
    add("count.births", "births, year 1", profile.births_latest, 0.03, _COMPONENTS, relative=True)
    evidence_row("adl.men_65plus", "men 65+ who need help with an ADL", "need.adl_any.men_65plus", 0.03)
    evidence_row("adl.women_65plus", "women 65+ who need help with an ADL", "need.adl_any.women_65plus", 0.03)
    evidence_row("help.65_69", "65–69 who need help with an ADL or IADL", "need.any_adl_iadl.age65_69", 0.03)
    evidence_row("help.80plus", "80+ who need help with an ADL or IADL", "need.any_adl_iadl.age80plus", 0.03)
    evidence_row("adl.ratio", "ADL need, most against least deprived fifth", "need.deprivation_ratio_adl", 0.3)
    evidence_row("unmet.65plus", "65+ with unmet need", "need.unmet_adl.65plus", 0.03)
    for (sex, low), value in profile.living_alone.items():
        add(f"alone.{sex}.{low}", f"{sex} from {low}, living alone", value, 0.03, _ALONE)
    add("partnered", "adults 16+ with a partner in the home", profile.partnered_share, 0.03, _PARTNERED)
    add("carers", "residents 5+ who give unpaid care", profile.carer_share, 0.015, _CARERS)
    for k, (label, value) in enumerate(zip(_HOUR_LABELS, profile.carer_hour_shares, strict=True)):
        add(f"carers.band{k}", f"carers who give {label} hours a week", value, 0.015, _CARERS)
    if profile.long_term_clients is not None:
        add("long_term.all", "people with long-term support, end of year 1", profile.long_term_clients, 0.15, _CLIENTS, True)
    evidence_row("rate65.requests", "requests per person 65+ a year", "sc.requests_rate_65plus", 0.15, relative=True)
    known[-1] = _scaled(known[-1], 1e-5)
    evidence_row("rate65.care_home_admissions_council", "council-funded care-home admissions per person 65+", "sc.carehome_admissions_65plus", 0.15, relative=True)
    known[-1] = _scaled(known[-1], 1e-5)
    key = f"target.emergency_admissions_65plus.{profile.code}"
    if key in register():
        evidence_row("rate65.emergency_admissions", "emergency admissions per person 65+", key, 0.15, relative=True)
    return known


def _scaled(target: Target, factor: float) -> Target:
    return Target(target.name, target.label, target.value * factor, target.band, target.relative, target.source, target.fitted)


_COMPONENTS = "ONS components of change, year to mid-2024"
_ALONE = "ONS Families and Households 2024 (UK rates)"
_PARTNERED = "ONS Census 2021 legal partnership, with the rule for cohabiting in the place builder"
_CARERS = "ONS Census 2021, hours of unpaid care"
_CLIENTS = "DHSC client level data, 31 March 2026"
_HOUR_LABELS = ("1–9", "10–19", "20–34", "35–49", "50 or more")


@dataclass(frozen=True)
class Line:
    """One line of the report: a target against the mean over seeds."""

    target: Target
    mean: float
    error: float
    met: bool


def compare_with_targets(targets: Sequence[Target], runs: Sequence[Mapping[str, float]]) -> list[Line]:
    """Hold the mean of several runs' readings against the targets.

    Args:
        targets: What is known.
        runs: Readings of each run, one mapping a seed.

    Returns:
        One line a target, with the standard error of the mean.
    """
    lines = []
    for target in targets:
        values = [run[target.name] for run in runs]
        mean = statistics.fmean(values)
        error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
        lines.append(Line(target, mean, error, target.met_by(mean)))
    return lines


ReadOff = Callable[["DemandModel"], Readings]

"""How near the base year comes to what is known of a place: targets, readings and the report of both.

Only the base scenario is compared: practice and cuts have no target, since their effects are what the model is for.
"""

from __future__ import annotations

import gc
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.citizens import Arrangement, Setting
from demandsim.experiment.care_targets import CareBooks, RangeTarget, further_targets
from demandsim.experiment.drift import drift_readings, mix_of
from demandsim.experiment.stocks import growth_beyond_ageing, held
from demandsim.ledger import Month
from demandsim.parameters.register import register
from demandsim.place.profile import england_people
from demandsim.place.tables import AGES, rows

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.place.profile import PlaceProfile

Readings = dict[str, float]
"""What was read off one run, by name."""

ALONE_BANDS = ((16, 25), (25, 45), (45, 65), (65, 75), (75, 200))
HOUR_BANDS = ((0.0, 9.5), (9.5, 19.5), (19.5, 34.5), (34.5, 49.5), (49.5, math.inf))
"""Hours a week of unpaid care as the Census asks: 1–9, 10–19, 20–34, 35–49, 50 and over."""


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

    @property
    def band_words(self) -> str:
        """The band as a report shows it."""
        return f"±{self.band:.0%}" if self.relative else f"±{self.band:g}"


def stock_readings(model: DemandModel) -> Readings:
    """What can be seen of a place at one moment: needs, homes, carers, clients.

    National targets of need are held against the place's rates at England's mix of age, sex and deprivation, since
    a poorer place has more need than England for that reason alone; readings named ``crude`` are the place's own.
    """
    c = model.citizens
    years = c.age_months.astype(np.int32) // 12
    here = c.alive
    home = here & (c.setting != Setting.CARE_HOME) & (c.setting != Setting.OTHER_COMMUNAL)
    old = here & (years >= 65)
    adult = here & (years >= 16)
    adl, any_help = c.band >= 2, c.band >= 1
    out: Readings = {}
    out |= {
        "adl.men_65plus": _at_england(model, adl, home & ~c.female, years, 65, 101),
        "adl.women_65plus": _at_england(model, adl, home & c.female, years, 65, 101),
        "help.65_69": _at_england(model, any_help, home, years, 65, 70),
        "help.80plus": _at_england(model, any_help, home, years, 80, 101),
        "unmet.65plus": _at_england(model, c.unmet, home, years, 65, 101),
        "adl.ratio": _fifths_ratio(model, adl, home, years),
        "crude.adl.65plus": _share(adl, home & old),
        "crude.unmet.65plus": _share(c.unmet, home & old),
        "lonely.65plus": _share(c.lonely, old),
        "lonely.16plus": _share(c.lonely, adult),
        "wellbeing": float(c.wellbeing[adult].mean(dtype=np.float64)),
        "partnered": _share(c.partner >= 0, adult),
        "home_residents.75plus": _share(c.setting == Setting.CARE_HOME, here & (years >= 75)),
    }
    alone = _lives_alone(model)
    for low, high in ALONE_BANDS:
        for sex, is_sex in (("men", ~c.female), ("women", c.female)):
            out[f"alone.{sex}.{low}"] = _share(alone, here & is_sex & (years >= low) & (years < high))
    out |= _caring_readings(model, here & (years >= 5))
    clients = client_mask(model)
    out["long_term.all"] = float(np.count_nonzero(clients)) / model.scale
    out["long_term.65plus"] = _share(clients, old)
    out["waiting.weeks"] = _mean_wait(model)
    return out


def _caring_readings(model: DemandModel, five_plus: NDArray[np.bool_]) -> Readings:
    c = model.citizens
    caring = five_plus & (c.care_given > 0)
    out = {"carers": _share(caring, five_plus)}
    for k, (low, high) in enumerate(HOUR_BANDS):
        out[f"carers.band{k}"] = _share((c.care_given > low) & (c.care_given <= high), caring)
    out["carers.strained_50plus"] = _share(c.strain > 0.6, caring & (c.care_given >= 49.5))
    return out


def _mean_wait(model: DemandModel) -> float:
    """Weeks that those who wait have waited so far, on average."""
    c = model.citizens
    waits = model.month - c.waiting_since[c.waiting > 0].astype(np.float64)
    return float(waits.mean() * 52.14 / 12) if waits.size else 0.0


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    return int(np.count_nonzero(part & whole)) / max(int(np.count_nonzero(whole)), 1)


def _rates_by_cell(
    model: DemandModel, part: NDArray[np.bool_], whole: NDArray[np.bool_], years: NDArray[np.int32], low: int, high: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """People and cases by sex, fifth and five-year group from ``low`` to below ``high``, shape (2, 5, groups)."""
    c = model.citizens
    groups = -(-(min(high, 95) - low) // 5)
    shape = (2, 5, groups)
    ages = np.minimum((years - low) // 5, groups - 1)
    inside = whole & (years >= low) & (years < high)

    def count(who: NDArray[np.bool_]) -> NDArray[np.float64]:
        code = (c.female[who].astype(np.int64) * 5 + c.quintile[who]) * groups + ages[who]
        return np.bincount(code, minlength=2 * 5 * groups).reshape(shape).astype(np.float64)

    return count(inside), count(inside & part)


def _at_england(
    model: DemandModel, part: NDArray[np.bool_], whole: NDArray[np.bool_], years: NDArray[np.int32], low: int, high: int
) -> float:
    """A share at England's mix of sex, fifth and five-year age, over the cells that the place has people in."""
    people, cases = _rates_by_cell(model, part, whole, years, low, high)
    england = england_people()[:, :, low:high]
    weight = np.zeros_like(people)
    for group in range(people.shape[2]):
        last = group == people.shape[2] - 1
        weight[:, :, group] = england[:, :, group * 5 : None if last else group * 5 + 5].sum(axis=2)
    seen = people > 0
    return float((cases[seen] / people[seen]) @ weight[seen] / weight[seen].sum())


def _fifths_ratio(
    model: DemandModel, part: NDArray[np.bool_], whole: NDArray[np.bool_], years: NDArray[np.int32]
) -> float:
    """Prevalence at 65+ in the most deprived fifth against the least, both at the age and sex mix of all fifths."""
    people, cases = _rates_by_cell(model, part, whole, years, 65, 101)
    weight = people.sum(axis=1)
    seen = (people[:, 0] > 0) & (people[:, 4] > 0)
    most, least = (float((cases[:, q][seen] / people[:, q][seen]) @ weight[seen]) for q in (0, 4))
    return most / least if least > 0 else math.nan


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


def targets_of(profile: PlaceProfile) -> list[Target | RangeTarget]:
    """Every known figure of a place that the base year is held against."""
    return [*core_targets(profile), *further_targets(profile)]


def core_targets(profile: PlaceProfile) -> list[Target]:
    """Those of them that the base was fitted to first: people, need, carers, requests, clients, admissions."""
    return [*_people_targets(profile), *_need_targets(), *_care_targets(profile)]


def _people_targets(profile: PlaceProfile) -> list[Target]:
    components = "ONS components of change, year to mid-2024"
    hours = list(profile.carers_by_hours.values())
    known = [
        Target("count.deaths", "deaths, year 1", profile.deaths, 0.03, True, components, True),
        Target("count.births", "births, year 1", profile.births, 0.03, True, components, True),
        Target("partnered", "adults 16+ with a partner", profile.partnered_share, 0.03, False, _PARTNERED, True),
        Target(
            "carers", "residents 5+ who give care", sum(hours) / profile.residents_5_plus, 0.015, False, _CARERS, True
        ),
    ]
    table = -np.log1p(-profile.qx[0]) * profile.deaths_factor
    scaled = "UK period life table 2024, scaled to the place's deaths"
    for k, sex in enumerate(("men", "women")):
        value = life_expectancy(table[k], 65)
        known.append(Target(f"e65.{sex}", f"{sex}'s life expectancy at 65", value, 0.3, False, scaled, True))
    for row in rows("living_alone.csv"):
        sex = "women" if row["sex"] == "female" else "men"
        share = float(row["living_alone"]) / float(row["people"]) * profile.living_alone_factor
        label = f"{sex} {row['band']} living alone"
        known.append(Target(f"alone.{sex}.{row['age_from']}", label, share, 0.03, False, _ALONE, True))
    for k, (label, people) in enumerate(zip(_HOUR_LABELS, hours, strict=True)):
        share = people / sum(hours)
        known.append(Target(f"carers.band{k}", f"of carers, {label} h a week", share, 0.015, False, _CARERS, True))
    return known


def _need_targets() -> list[Target]:
    rows_of_need = (
        ("adl.men_65plus", "men 65+ needing help with an ADL", "need.adl_any.men_65plus", 0.03),
        ("adl.women_65plus", "women 65+ needing help with an ADL", "need.adl_any.women_65plus", 0.03),
        ("help.65_69", "65–69 needing help, ADL or IADL", "need.any_adl_iadl.age65_69", 0.03),
        ("help.80plus", "80+ needing help, ADL or IADL", "need.any_adl_iadl.age80plus", 0.03),
        ("adl.ratio", "ADL need, most to least deprived", "need.deprivation_ratio_adl", 0.3),
        ("unmet.65plus", "65+ with unmet need", "need.unmet_adl.65plus", 0.03),
    )
    return [_evidence_target(name, label, key, band, False) for name, label, key, band in rows_of_need]


def _care_targets(profile: PlaceProfile) -> list[Target]:
    known = [
        _evidence_target("rate65.requests", "requests per person 65+", "sc.requests_rate_65plus", 0.15, True, 1e-5),
        _evidence_target(
            "rate65.care_home_admissions_council",
            "care-home admissions, council, per person 65+",
            "sc.carehome_admissions_65plus",
            0.15,
            True,
            1e-5,
        ),
    ]
    if profile.long_term_clients is not None:
        clients = "DHSC client level data, 31 March 2026"
        known.append(
            Target(
                "long_term.all", "people with long-term support", profile.long_term_clients, 0.15, True, clients, True
            )
        )
    key = f"target.emergency_admissions_65plus.{profile.code}"
    if key in register():
        label = "emergency admissions per person 65+"
        known.append(_evidence_target("rate65.emergency_admissions", label, key, 0.15, True))
    return known


def _evidence_target(name: str, label: str, key: str, band: float, relative: bool, factor: float = 1.0) -> Target:
    row = register()[key]
    return Target(name, label, float(row.value) * factor, band, relative, row.source, True)


_ALONE = "ONS Families and Households 2024, UK rates"
_PARTNERED = "ONS Census 2021, legal partnership"
_CARERS = "ONS Census 2021, unpaid care"
_HOUR_LABELS = ("1–9", "10–19", "20–34", "35–49", "50 or more")


@dataclass(frozen=True)
class Line:
    """One line of the report: a target against the mean over seeds."""

    target: Target | RangeTarget
    mean: float
    error: float
    met: bool


def compare_with_targets(targets: Sequence[Target | RangeTarget], runs: Sequence[Mapping[str, float]]) -> list[Line]:
    """Hold the mean of several runs' readings against the targets.

    Args:
        targets: What is known.
        runs: Readings of each run, one mapping a seed.

    Returns:
        One line a target, with the standard error of the mean.
    """
    lines = []
    for target in targets:
        values = [run[target.name] for run in runs if math.isfinite(run[target.name])]  # a ratio may have no base
        mean = statistics.fmean(values) if values else math.nan
        error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
        lines.append(Line(target, mean, error, target.met_by(mean)))
    return lines


class DeathsByAge:
    """Watches who dies at what age: deaths and person-years by sex and single year of age, shape (2, 101).

    Args:
        model: The model to watch from now on.
    """

    def __init__(self, model: DemandModel) -> None:
        self.deaths = np.zeros((2, AGES))
        self.person_years = np.zeros((2, AGES))
        mortality = next(process for process in model.processes if process.name == "mortality")
        step = mortality.step

        def watched(model: DemandModel) -> None:
            c = model.citizens
            before = c.alive.copy()
            code = c.female.astype(np.int64) * AGES + np.minimum(c.age_months // 12, AGES - 1)
            step(model)
            self.person_years += np.bincount(code[before], minlength=2 * AGES).reshape(2, AGES) / 12.0
            self.deaths += np.bincount(code[before & ~c.alive], minlength=2 * AGES).reshape(2, AGES)

        mortality.step = watched  # type: ignore[method-assign]

    def expectancy_65(self) -> dict[str, float]:
        """Period life expectancy at 65 of men and women, from what was seen."""
        rate = self.deaths / np.maximum(self.person_years, 1e-9)
        return {f"e65.{sex}": life_expectancy(rate[k], 65) for k, sex in enumerate(("men", "women"))}


def life_expectancy(rate: NDArray[np.float64], age: int) -> float:
    """Period life expectancy at an age from death rates by single year, the last held for ever.

    Args:
        rate: Deaths a person-year by single year of age.
        age: From which age.
    """
    years, alive = 0.0, 1.0
    for each in rate[age:-1]:
        dies = alive * each / (1.0 + 0.5 * each)
        years += alive - 0.5 * dies
        alive -= dies
    return years + alive / max(float(rate[-1]), 0.2)


@dataclass(frozen=True)
class BaseRun:
    """One seed of the base scenario to read off: what a worker process is asked for.

    Attributes:
        place: Name or code of the place.
        scale: Share of people simulated.
        seed: Seed of all luck.
        years: Years to run: drift is read between month 0 and their end.
    """

    place: str
    scale: float
    seed: int
    years: int


def read_off(run: BaseRun) -> dict[str, Readings]:
    """Run the base scenario once and read off month 0, the flows of year 1 and the end of the last year.

    Returns:
        ``"base"``: stocks at month 0 with the flows of year 1; ``"last"``: stocks at the end with the last flows.
    """
    from demandsim.model import DemandModel
    from demandsim.scenario.library import load_scenario

    model = DemandModel(load_scenario("sustained"), place=run.place, scale=run.scale, rng=run.seed)
    mix, stocks = mix_of(model), held(model)
    base = stock_readings(model) | drift_readings(model, mix)
    last: Readings = {}
    deaths = DeathsByAge(model)
    for year in range(run.years):
        books, care = YearBooks(), CareBooks()

        def watch(model: DemandModel, month: Month, books: YearBooks = books, care: CareBooks = care) -> None:
            books(model, month)
            care(model, month)

        model.on_month = watch
        model.run_for(12)
        last = books.readings(run.scale)
        if year == 0:
            base |= last | deaths.expectancy_65() | care.readings(model)
    last = stock_readings(model) | drift_readings(model, mix) | growth_beyond_ageing(model, stocks) | last
    # Models and their agents point at each other: dead ones would pile up in a worker.
    del model, deaths
    gc.collect()
    return {"base": base, "last": last}

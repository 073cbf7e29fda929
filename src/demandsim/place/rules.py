"""The numbers by which a place is built, each from its row of the evidence register."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demandsim.parameters.register import Numbers, register


@dataclass(frozen=True)
class Curve:
    """A quantity given at some ages or years, straight lines between, level beyond.

    Attributes:
        at: Ages (years) or years of birth, rising.
        value: Value at each.
    """

    at: tuple[float, ...]
    value: tuple[float, ...]

    def __call__(self, where: NDArray[Any]) -> NDArray[np.float64]:
        """The quantity at any ages or years."""
        return np.asarray(np.interp(where, self.at, self.value))


@cache
def _points(stem: str) -> tuple[tuple[float, str], ...]:
    """Rows ``stem_<number>`` of the register, in order of the number."""
    found = ((re.fullmatch(rf"{re.escape(stem)}_(\d+)", key), key) for key in register())
    return tuple(sorted((float(match[1]), key) for match, key in found if match))


def read_curve(stem: str, numbers: Numbers) -> Curve:
    """Read a curve from the rows of the register named ``stem_<age or year>``."""
    points = _points(stem)
    return Curve(tuple(at for at, _ in points), tuple(numbers[key] for _, key in points))


def _number(key: str) -> Any:
    """A field whose value is the register's row ``key``."""
    return field(metadata={"key": key})


def _curve(stem: str) -> Any:
    """A field whose value is the curve of the register's rows ``stem_<number>``."""
    return field(metadata={"stem": stem})


@dataclass(frozen=True)
class BuildingRules:
    """How people are put into homes and families; each field names its evidence key."""

    partnered_women: Curve = _curve("place.partnered_women")  # noqa: RUF009 (a field, not a value)
    partnered_men: Curve = _curve("place.partnered_men")  # noqa: RUF009 (a field, not a value)
    married_together: float = _number("place.married_together")
    unmarried_cohabiting: float = _number("place.unmarried_cohabiting")
    same_sex_couples: float = _number("place.same_sex_couples")
    couple_gap_years: float = _number("place.couple_gap_years")
    couple_gap_sd_women: float = _number("place.couple_gap_sd_women")
    couple_gap_sd_men: float = _number("place.couple_gap_sd_men")
    other_living_margin: float = _number("place.other_living_margin")
    alone_factor: float = _number("place.alone_factor")
    alone_young_start: float = _number("place.alone_young_start")
    communal_pooling: float = _number("place.communal_pooling")
    communal_steepness: float = _number("place.communal_steepness")
    care_home_share_65_74: float = _number("place.care_home_share_65_74")
    oldest_tilt: float = _number("place.oldest_tilt")
    childless: Curve = _curve("place.childless")  # noqa: RUF009 (a field, not a value)
    one_child: Curve = _curve("place.one_child")  # noqa: RUF009 (a field, not a value)
    two_children: Curve = _curve("place.two_children")  # noqa: RUF009 (a field, not a value)
    children_mean: Curve = _curve("place.children_mean")  # noqa: RUF009 (a field, not a value)
    birth_age: Curve = _curve("place.birth_age")  # noqa: RUF009 (a field, not a value)
    birth_age_sd: float = _number("place.birth_age_sd")
    birth_spacing: float = _number("place.birth_spacing")
    youngest_mother: float = _number("place.youngest_mother")
    oldest_mother: float = _number("place.oldest_mother")
    unpartnered_childless: float = _number("place.unpartnered_childless")
    partnered_second_draw: float = _number("place.partnered_second_draw")
    home_at_16_18: float = _number("place.home_at_16_18")
    lone_fathers: float = _number("place.lone_fathers")
    lone_father_gap: float = _number("place.lone_father_gap")
    lone_father_second_child: float = _number("place.lone_father_second_child")
    sibling_gap_years: float = _number("place.sibling_gap_years")
    with_parent: Curve = _curve("place.with_parent")  # noqa: RUF009 (a field, not a value)
    with_parent_men: float = _number("place.with_parent_men")
    child_near: float = _number("place.child_near")
    child_near_lone_father: float = _number("place.child_near_lone_father")
    partner_is_father: float = _number("place.partner_is_father")
    lone_man_childless: Curve = _curve("place.lone_man_childless")  # noqa: RUF009 (a field, not a value)
    sharer_household: float = _number("place.sharer_household")
    owner: Curve = _curve("place.owner")  # noqa: RUF009 (a field, not a value)
    owner_per_decile: float = _number("place.owner_per_decile")
    owner_couple: float = _number("place.owner_couple")
    income_deprivation: float = _number("place.income_deprivation")
    income_working_age: float = _number("place.income_working_age")
    income_65: float = _number("place.income_65")
    income_young: float = _number("place.income_young")
    widowed_cap: float = _number("place.widowed_cap")


@dataclass(frozen=True)
class ProfileRules:
    """Numbers behind the demographic rates of a place; each field names its evidence key."""

    oldest_tilt: float = _number("place.oldest_tilt")
    migration_child: float = _number("place.migration_child")
    migration_child_fall: float = _number("place.migration_child_fall")
    migration_labour: float = _number("place.migration_labour")
    migration_labour_peak: float = _number("place.migration_labour_peak")
    migration_labour_rise: float = _number("place.migration_labour_rise")
    migration_labour_fall: float = _number("place.migration_labour_fall")
    migration_level: float = _number("place.migration_level")
    deprivation_start: float = _number("place.deprivation_mortality_start")
    deprivation_fade: float = _number("place.deprivation_mortality_fade")
    need_working_age: float = _number("place.need_working_age")
    need_deprivation_ratio: float = _number("need.deprivation_ratio_adl")


def read[R: BuildingRules | ProfileRules](rules: type[R], numbers: Numbers | None) -> R:
    """Fill a dataclass of rules from the register, with a scenario's overrides if given."""
    source = Numbers() if numbers is None else numbers
    values: dict[str, Any] = {}
    for f in fields(rules):
        key = f.metadata.get("key")
        values[f.name] = read_curve(f.metadata["stem"], source) if key is None else float(source[key])
    return rules(**values)

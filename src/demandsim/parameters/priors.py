"""Priors: how likely each value in a parameter's range is, and joint draws of all parameters.

A row's low and high ends are read as the ends of what is thought possible: a draw never leaves them. Between them the
shape follows what the row is:

- **even** for the assumed effects of practice: half of all draws lie evenly between none and the usual value, half
  evenly between it and the high end, so that no effect at all is as likely as anything else below the usual value.
  The range is stretched down to none where the register's is not.
- **lognormal** for rates and ratios: the median is the usual value; each side's spread puts the end at the 95 %
  interval's, and what would lie beyond is left out.
- **beta** for shares, chances and everything else: a beta scaled to the range whose mode is the usual value and which
  gives that mode four times the weight of an end (the form known as PERT).

Fitted rows are held: their value goes with the others' usual values, and a range of their own would undo the fit.
Draws are stratified (Latin hypercube) in blocks of ten, each parameter by a stream of its own: more draws leave the
earlier ones as they are, and a new row leaves the draws of the others as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from demandsim.parameters.effects import EFFECTS_OF_PRACTICE
from demandsim.parameters.register import Evidence, register

Values = NDArray[np.float64]

BLOCK = 10
"""Draws that are stratified together."""

_TAIL = 0.025
"""What a lognormal prior leaves out at each end: the range is its 95 % interval."""

_MODE_WEIGHT = 4.0
"""Weight of the usual value in a scaled beta, against 1 for each end (PERT)."""

_RATE_OR_RATIO = re.compile(
    r"^(rate|ratio|odds|hazard|relative r|IRR|OR\b)|\bratio\b|\brate$"
    r"|per person-year|per (month|year)\b|\ba (month|year)\b"
)
HELD_UNITS = ("switch", "rows")
"""Units of rows that say how the model is run, not how the world is."""

_SHARE = re.compile(r"^(share|chance|probability|annual probability|0-1|0 to 1|added|%)")


class Shape(StrEnum):
    """Form of a prior."""

    EVEN = "even"
    LOGNORMAL = "lognormal"
    BETA = "beta"


@dataclass(frozen=True, slots=True)
class Prior:
    """How likely each value of one parameter is.

    Attributes:
        key: Evidence key.
        shape: Form.
        low: Low end; no draw is below it.
        usual: The register's value: median of an even or lognormal prior, mode of a beta.
        high: High end; no draw is above it.
    """

    key: str
    shape: Shape
    low: float
    usual: float
    high: float

    def quantile(self, share: ArrayLike) -> Values:
        """The value below which a share of all draws lies.

        Args:
            share: Shares, 0 to 1, any shape.

        Returns:
            Values in the row's unit, of the same shape.

        Raises:
            ValueError: If a share is not between 0 and 1.
        """
        u = np.asarray(share, dtype=np.float64)
        if not np.all((u >= 0) & (u <= 1)):
            raise ValueError(f"{self.key}: shares lie between 0 and 1")
        found = {Shape.EVEN: self._even, Shape.LOGNORMAL: self._lognormal, Shape.BETA: self._beta}[self.shape](u)
        return np.asarray(np.clip(found, self.low, self.high), dtype=np.float64)

    def _even(self, u: Values) -> Values:
        return np.interp(u, (0.0, 0.5, 1.0), (self.low, self.usual, self.high))

    def _lognormal(self, u: Values) -> Values:
        from scipy.special import ndtri

        z = ndtri(_TAIL + (1.0 - 2.0 * _TAIL) * u) / ndtri(1.0 - _TAIL)
        ends = np.where(z < 0, self.usual / self.low, self.high / self.usual)
        return np.asarray(self.usual * ends**z, dtype=np.float64)

    def _beta(self, u: Values) -> Values:
        from scipy.special import betaincinv

        width = self.high - self.low
        a = 1.0 + _MODE_WEIGHT * (self.usual - self.low) / width
        b = 1.0 + _MODE_WEIGHT * (self.high - self.usual) / width
        return np.asarray(self.low + width * betaincinv(a, b, u), dtype=np.float64)


def prior(key: str) -> Prior | None:
    """The prior of a parameter, or None where it is held.

    Args:
        key: Evidence key.

    Returns:
        None for a fitted row, one that holds words, one without a range, and a switch or size of the model.

    Raises:
        KeyError: If the register has no such row.
    """
    row = register()[key]
    low, high = row.range
    if row.status == "F" or row.unit in HELD_UNITS or row.number is None or low is None or high is None:
        return None
    if key in EFFECTS_OF_PRACTICE:
        low = min(low, 0.0)
    if not low < high or not low <= row.number <= high:
        return None
    return Prior(key, _shape(row, low), low, row.number, high)


def _shape(row: Evidence, low: float) -> Shape:
    if row.key in EFFECTS_OF_PRACTICE:
        return Shape.EVEN
    _, high = row.range
    inside = high is not None and row.number is not None and 0.0 < low < row.number < high
    if inside and not _SHARE.search(row.unit) and _RATE_OR_RATIO.search(row.unit):
        return Shape.LOGNORMAL
    return Shape.BETA


def draw(key: str, share: ArrayLike) -> Values:
    """Values of a parameter at shares of its prior.

    Args:
        key: Evidence key.
        share: Shares, 0 to 1.

    Returns:
        Values of the same shape; the register's own where the parameter is held.

    Raises:
        KeyError: If the register has no such row, or it holds words.
    """
    found = prior(key)
    if found is not None:
        return found.quantile(share)
    number = register()[key].number
    if number is None:
        raise KeyError(f"{key} holds words, no number")
    return np.full(np.shape(share), number)


def shares(key: str, count: int, design: int) -> Values:
    """Stratified shares of one parameter: each block of ten has one in each tenth, in an order of chance.

    Args:
        key: Whose; its stream depends on nothing else but the design's number.
        count: How many, from 0.
        design: Number of the design.

    Returns:
        Shares between 0 and 1, shape (count,); the first ones of a longer row.
    """
    from scipy.stats import qmc

    blocks = []
    for block in range(-(-count // BLOCK)):
        word = hashlib.sha256(f"{design}:{block}:{key}".encode()).digest()
        sampler = qmc.LatinHypercube(d=1, rng=np.random.default_rng(int.from_bytes(word[:16], "little")))
        blocks.append(sampler.random(BLOCK)[:, 0])
    return np.concatenate(blocks)[:count] if blocks else np.zeros(0)


def joint_draws(keys: Iterable[str], count: int, *, design: int = 1) -> list[dict[str, float]]:
    """So many joint draws of parameters, each drawn independently of the others.

    Args:
        keys: Evidence keys; those that are held are left out.
        count: How many.
        design: Number of the design: the same number gives the same draws.

    Returns:
        One map of key to value a draw; earlier draws do not depend on ``count``.
    """
    columns = {
        key: found.quantile(shares(key, count, design))
        for key in sorted(set(keys))
        if (found := prior(key)) is not None
    }
    return [{key: float(values[number]) for key, values in columns.items()} for number in range(count)]

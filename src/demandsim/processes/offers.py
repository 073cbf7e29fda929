"""Offers of help among friends: who helps a friend in need, and for how many hours.

Who offers is drawn once a year for each tie; more of those help who gave time or help within the year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel
from demandsim.luck import Purpose, uniform4
from demandsim.processes.accounts import Shown, moved_by_account

if TYPE_CHECKING:
    from demandsim.model import DemandModel

IN_NEED = 1
"""The bit of what matters of a person that says they need help."""

_HELP = np.uint32(Purpose.NEIGHBOUR_HELP)
_YEAR, _SIXTEEN, _SIXTEEN_BITS = np.uint64(12), np.uint64(16), np.uint64(0xFFFF)
_FAR_PAST = 1200


class Offers(NamedTuple):
    """Chances of offering help in a year, at all and with help given lately; least hours and what luck adds."""

    base: np.float32
    reciprocal: np.float32
    least: np.float32
    spread: np.float32


@kernel
def _yearly_luck(
    seed: np.uint64,
    year: np.uint32,
    turned: np.uint64,
    uid: NDArray[np.uint64],
    chance: NDArray[np.float32],
    extra: NDArray[np.float32],
) -> None:
    """Draw once a year for each tie; the year turns in a month of the tie's own, one in twelve of its identities."""
    for k in range(uid.size):
        own = ((uid[k] & _SIXTEEN_BITS) * _YEAR) >> _SIXTEEN
        a, b, _, _ = uniform4(seed, uid[k], year + np.uint32(own < turned), _HELP)
        chance[k] = a
        extra[k] = b


@kernel
def _offer(
    month: int,
    helping: NDArray[np.int64],
    chance: NDArray[np.float32],
    extra: NDArray[np.float32],
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    about: NDArray[np.uint8],
    contributed_month: NDArray[np.int16],
    moved: NDArray[np.float32],
    rules: Offers,
    offered: NDArray[np.float32],
) -> None:
    """Say along which ties help is given, and how many hours.

    More of those help who gave time or help within the year; ``moved`` is what else adds to their chance. The month of
    helping itself is noted afterwards by `_note_helpers`, so that nobody's chance depends on whose turn comes first.
    """
    for k in range(helping.size):
        if chance[k] < max(rules.base, rules.reciprocal) + max(moved[k], f4(0.0)):
            t = helping[k]
            a_helps = (np.int64(about[other[t]]) & IN_NEED) > 0
            helper = one[t] if a_helps else other[t]
            lately = np.int64(contributed_month[helper]) > month - 12
            if chance[k] < (rules.reciprocal if lately else rules.base) + moved[k]:
                hours = rules.least + rules.spread * extra[k]
                offered[t] = hours if a_helps else -hours


@kernel
def _note_helpers(
    month: int,
    helping: NDArray[np.int64],
    one: NDArray[np.int32],
    other: NDArray[np.int32],
    offered: NDArray[np.float32],
    contributed_month: NDArray[np.int16],
) -> None:
    """Remember that helpers gave."""
    for k in range(helping.size):
        t = helping[k]
        if offered[t] > f4(0.0):
            contributed_month[one[t]] = month
        elif offered[t] < f4(0.0):
            contributed_month[other[t]] = month


def offer_help(
    model: DemandModel, helping: NDArray[np.int64], about: NDArray[np.uint8], rules: Offers, shown: Shown
) -> None:
    """Renew the offers: friends who can help friends in need, more of those who gave time or help within the year.

    Args:
        model: The place.
        helping: Ties in which one needs help and the other can give it.
        about: What matters of each person, in bits.
        rules: Chances and hours.
        shown: What seeing their social account moves people to.
    """
    citizens, ties = model.citizens, model.ties
    ties.help[:] = 0.0
    chance, extra = np.empty((2, helping.size), dtype=np.float32)
    year, turned = divmod(model.month + _FAR_PAST, 12)
    _yearly_luck(model.luck_seed, np.uint32(year), np.uint64(turned), ties.uid[helping], chance, extra)
    helper = np.where(about[ties.b[helping]] & IN_NEED, ties.a[helping], ties.b[helping]).astype(np.int64)
    moved = (moved_by_account(model, helper, shown) * float(rules.reciprocal - rules.base)).astype(np.float32)
    _offer(
        model.month,
        helping,
        chance,
        extra,
        ties.a,
        ties.b,
        about,
        citizens.contributed_month,
        moved,
        rules,
        ties.help,
    )
    _note_helpers(model.month, helping, ties.a, ties.b, ties.help, citizens.contributed_month)

"""Keyed luck: every chance a person meets is a function of who they are, when it is and what it is about.

Philox4x32-10 (Salmon, Moraes, Dror and Shaw 2011) is a counter-based generator: it turns a counter of four
words and a key of two into four random words, with no state in between. Here the counter is (citizen, month,
purpose and block) and the key is the run's seed. The same citizen therefore meets the same chances in every
scenario, whatever happens to anybody else, in whatever order and on however many threads the work is done.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from demandsim.compiled import f4, kernel, rule

_LOW = np.uint64(0xFFFFFFFF)
_WORD = np.uint64(32)
_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_EIGHT = np.uint32(8)
_UNIT = f4(2.0**-24)
_BLOCKS = np.uint32(256)


class Purpose(IntEnum):
    """What a draw is about. A number is never reused: results of old seeds would change silently."""

    # set once for a person: drawn at month 0 of their life in the model
    DONOR = 1
    FUNCTION = 2
    CAPABILITY_BASE = 3
    LONELINESS_BASE = 4
    CONTACT_STYLE = 5
    WELLBEING_BASE = 6
    SAVINGS = 7
    CARING_WILL = 8
    CARING_HOURS = 9
    SUPPORT_TYPE = 10
    SUPPORT_LEVEL = 11
    DIRECT_PAYMENT = 12
    WORKER_START = 13
    PRESENCE = 15
    TIES_START = 16
    OTHER_CARING = 17
    ARRANGEMENT_START = 18
    WORK_START = 20
    # life course
    DEATH = 30
    NEWBORN = 32
    PARTNERING = 33
    SEPARATION = 34
    ARRIVAL = 37
    ARRIVAL_HOME = 38
    COMING_BACK = 40
    LIFE_COURSE = 41
    SHARING = 42
    RENEWAL = 43
    # health
    DEFICIT = 50
    ILLNESS = 52
    ILLNESS_LOSS = 56
    DISABILITY_ONSET = 58
    # social life
    TIES = 70
    GROUP_JOIN = 71
    GROUP_LEAVE = 72
    GROUP_LIFE = 73
    NEIGHBOUR_HELP = 74
    GROUPS_AT_START = 76
    # unpaid care
    BREAKDOWN = 90
    BREAKDOWN_LENGTH = 91
    CARER_SUPPORT = 92
    CARER_BREAK = 93
    CARER_SESSION = 94
    CARERS_ALLOWANCE = 95
    # front door to delivery
    CONTACT = 113
    OBSERVED_NEED = 114
    ANSWER = 115
    CHASE = 116
    ASSESSED_NEED = 117
    PLAN_FIT = 118
    GIVE_UP = 119
    REFERRAL = 120
    QUEUE = 121
    REVIEW = 124
    # acute care and homes
    ADMIT = 141
    HOSPITAL_DELAY = 143
    HOME_ENTRY = 144
    HOME_RETURN = 145
    HOME_FUNDER = 147
    HOME_TURN = 148
    # workforce
    WORKER_LEAVING = 160
    WORKER_SKILL = 162
    # working age
    WORKING_AGE_ENTRY = 170
    WORKING_AGE_ARRANGEMENT = 171
    FAMILY_LOST = 172
    # who does the work, and what goes wrong
    RUSHED_RETURN = 270
    ONLINE_FORM = 271
    PEER_MEETING = 272
    PEER_TIE = 273
    # providers, brokers and hosts
    EMPLOYER = 210
    PROVIDER_START = 211
    PROVIDER_EXIT = 212
    CONTRACT_END = 213
    CONTRACT_HANDOVER = 214
    LIVES_IN_HOME = 215
    HOME_MOVE = 216
    BROKER = 217
    MICRO_CLIENT = 218
    SHARED_LIVES = 219
    HOST_LEFT = 220
    # contracts, pools, hubs
    POOLED = 280
    RESULTS_CHOICE = 281
    RESULTS_RECORD = 282
    HUB_PLACE = 283
    HUB_YEAR = 284
    # coping, homes and therapy
    COPING = 230
    SENSORS = 231
    FALSE_ALARM = 232
    ADAPTATION = 233
    THERAPY_REFERRAL = 234
    THERAPY_TURN = 235
    THERAPY_GIVE_UP = 236
    APPOINTMENT_DAY = 237
    # a researcher's own processes
    USER_1 = 200
    USER_2 = 201
    USER_3 = 202
    USER_4 = 203
    # the council's answers to overspend
    EXTRA_REVIEW = 204
    PANEL = 205
    # trust, plans made together, standing
    TRUST = 250
    TOGETHER = 251
    HEARD = 252
    DISADVANTAGE = 253
    CARER_WORK = 254
    BENEFITS = 255
    ACCOUNT = 256


_NEWBORN = np.uint32(Purpose.NEWBORN)
_NO_SEED, _ONE, _THIRTY_ONE, _BORN_HERE = np.uint64(0), np.uint64(1), np.uint64(31), np.uint64(1 << 63)


@rule
def _mix(
    c0: np.uint32, c1: np.uint32, c2: np.uint32, c3: np.uint32, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """One round: two 32 by 32 bit products, crossed and keyed."""
    p0 = _M0 * np.uint64(c0)
    p1 = _M1 * np.uint64(c2)
    return (
        np.uint32(p1 >> _WORD) ^ c1 ^ np.uint32(k0),
        np.uint32(p1 & _LOW),
        np.uint32(p0 >> _WORD) ^ c3 ^ np.uint32(k1),
        np.uint32(p0 & _LOW),
    )


@rule
def philox(
    c0: np.uint32, c1: np.uint32, c2: np.uint32, c3: np.uint32, k0: np.uint64, k1: np.uint64
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """Philox4x32-10, its ten rounds written out so that a loop around it still vectorises.

    Args:
        c0: First counter word.
        c1: Second counter word.
        c2: Third counter word.
        c3: Fourth counter word.
        k0: First key word, below 2**32.
        k1: Second key word, below 2**32.

    Returns:
        Four random 32-bit words.
    """
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    c0, c1, c2, c3 = _mix(c0, c1, c2, c3, k0, k1)
    k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    return _mix(c0, c1, c2, c3, k0, k1)


@rule
def words(
    seed: np.uint64, uid: np.uint64, month: np.uint32, purpose: np.uint32
) -> tuple[np.uint32, np.uint32, np.uint32, np.uint32]:
    """The four random words of one person, one month, one purpose (first block)."""
    return philox(np.uint32(uid & _LOW), np.uint32(uid >> _WORD), month, purpose * _BLOCKS, seed & _LOW, seed >> _WORD)


@rule
def unit(word: np.uint32) -> np.float32:
    """A random word as a number in [0, 1): 24 bits, so that it can never round to 1."""
    return f4(word >> _EIGHT) * _UNIT


@rule
def uniform(seed: np.uint64, uid: np.uint64, month: np.uint32, purpose: np.uint32) -> np.float32:
    """One uniform number in [0, 1) for one person, one month, one purpose."""
    return unit(words(seed, uid, month, purpose)[0])


@rule
def uniform4(
    seed: np.uint64, uid: np.uint64, month: np.uint32, purpose: np.uint32
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Four independent uniform numbers for one person, one month, one purpose."""
    a, b, c, d = words(seed, uid, month, purpose)
    return unit(a), unit(b), unit(c), unit(d)


@rule
def bell(a: np.float32, b: np.float32, c: np.float32, d: np.float32) -> np.float32:
    """A bell-shaped number of mean 0 and variance 1 (range ±3.46) from four uniforms, by sums alone."""
    return ((a + b) + (c + d) - f4(2.0)) * f4(1.7320508)


@kernel
def _uniform_into(
    seed: np.uint64, uid: NDArray[np.uint64], month: np.uint32, purpose: np.uint32, out: NDArray[np.float32]
) -> None:
    for i in range(out.shape[0]):
        a, b, c, d = uniform4(seed, uid[i], month, purpose)
        out[i, 0] = a
        out[i, 1] = b
        out[i, 2] = c
        out[i, 3] = d


@kernel
def _first_into(
    seed: np.uint64, uid: NDArray[np.uint64], month: np.uint32, purpose: np.uint32, out: NDArray[np.float32]
) -> None:
    for i in range(out.size):
        out[i] = uniform(seed, uid[i], month, purpose)


@kernel
def _philox_into(counter: NDArray[np.uint32], key: NDArray[np.uint64], out: NDArray[np.uint32]) -> None:
    for i in range(out.shape[0]):
        a, b, c, d = philox(counter[i, 0], counter[i, 1], counter[i, 2], counter[i, 3], key[i, 0], key[i, 1])
        out[i, 0] = a
        out[i, 1] = b
        out[i, 2] = c
        out[i, 3] = d


def philox_words(counter: NDArray[np.uint32], key: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Philox4x32-10 over rows, for tests against published vectors.

    Args:
        counter: Shape (n, 4).
        key: Shape (n, 2).

    Returns:
        Random words, shape (n, 4).
    """
    out = np.empty_like(counter)
    _philox_into(counter, key.astype(np.uint64), out)
    return out


@cache  # as for purposes: turning a number into a word costs as much as a draw
def month_word(month: int) -> np.uint32:
    """A month as a counter word; months before the start (the run-in) are negative and wrap."""
    return np.uint32(month & 0xFFFFFFFF)


@cache
def _purpose_word(purpose: int) -> np.uint32:
    """A purpose as a counter word."""
    return np.uint32(purpose)


def draw4(seed: np.uint64, uid: NDArray[np.uint64], month: int, purpose: int) -> NDArray[np.float32]:
    """Four uniform numbers for each person: for plain-NumPy rules.

    Args:
        seed: The run's seed.
        uid: Who, shape (n,).
        month: When.
        purpose: What about: a `Purpose`.

    Returns:
        Shape (n, 4), each in [0, 1).
    """
    out = np.empty((uid.size, 4), dtype=np.float32)
    if uid.size:
        _uniform_into(np.uint64(seed), uid, month_word(month), _purpose_word(purpose), out)
    return out


def draw(seed: np.uint64, uid: NDArray[np.uint64], month: int, purpose: int) -> NDArray[np.float32]:
    """One uniform number in [0, 1) for each person, shape (n,): for plain-NumPy rules."""
    out = np.empty(uid.size, dtype=np.float32)
    if uid.size:
        _first_into(np.uint64(seed), uid, month_word(month), _purpose_word(purpose), out)
    return out


@kernel
def _child_uid_into(mother: NDArray[np.uint64], month: np.uint32, uid: NDArray[np.uint64]) -> None:
    for i in range(mother.size):
        a, b, _, _ = words(_NO_SEED, mother[i], month, _NEWBORN)
        uid[i] = _BORN_HERE | (np.uint64(a) << _THIRTY_ONE) | (np.uint64(b) >> _ONE)


def child_uid(mother: NDArray[np.uint64], month: int) -> NDArray[np.uint64]:
    """Identity of a newborn from its mother and the month: the same in every scenario where it is born.

    The top bit marks someone born during the run; residents and arrivals never have it.
    """
    uid = np.empty_like(mother)
    _child_uid_into(mother, month_word(month), uid)
    return uid


def arrival_uid(month: int, count: int) -> NDArray[np.uint64]:
    """Identities of a month's arrivals: from the month and the number in the flow, whatever the scenario.

    Shape (count,). Bit 62 marks an arrival; ``month + 2**20`` keeps run-in months apart.
    """
    first = (1 << 62) | ((month + (1 << 20)) << 24)
    return np.arange(first, first + count, dtype=np.uint64)

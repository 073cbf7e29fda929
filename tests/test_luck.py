"""Keyed luck: published vectors, uniformity, and that a person's draws are nobody else's business."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
from scipy import stats

from demandsim import luck

# The three known-answer vectors of Philox4x32-10 that its authors publish with Random123.
COUNTERS = np.array([[0] * 4, [0xFFFFFFFF] * 4, [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]], dtype=np.uint32)
KEYS = np.array([[0, 0], [0xFFFFFFFF] * 2, [0xA4093822, 0x299F31D0]], dtype=np.uint32)
ANSWERS = np.array(
    [
        [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8],
        [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD],
        [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1],
    ],
    dtype=np.uint32,
)


def test_published_vectors_are_met() -> None:
    np.testing.assert_array_equal(luck.philox_words(COUNTERS, KEYS), ANSWERS)


def test_vectors_and_draws_are_the_same_without_compilation() -> None:
    code = (
        "import numpy as np\n"
        "from demandsim import luck\n"
        f"c = np.array({COUNTERS.tolist()}, dtype=np.uint32)\n"
        f"k = np.array({KEYS.tolist()}, dtype=np.uint32)\n"
        f"assert luck.philox_words(c, k).tolist() == {ANSWERS.tolist()}\n"
        "u = luck.draw4(np.uint64(7), np.arange(5, dtype=np.uint64) + np.uint64(1 << 62), -3, 30)\n"
        "print(u.tobytes().hex(), luck.child_uid(np.arange(3, dtype=np.uint64), 5).tolist())\n"
    )

    def run(disable: str) -> str:
        environment = {**os.environ, "NUMBA_DISABLE_JIT": disable}
        return subprocess.run(
            [sys.executable, "-W", "error", "-c", code], env=environment, check=True, capture_output=True, text=True
        ).stdout

    assert run("1") == run("0")


def test_draws_are_uniform() -> None:
    """Kolmogorov-Smirnov on fixed keys; false-alarm rate 1 in 10,000 for each of the four words."""
    draws = luck.draw4(np.uint64(11), np.arange(100_000, dtype=np.uint64), 5, luck.Purpose.DEATH)
    assert draws.min() >= 0.0
    assert draws.max() < 1.0
    for word in range(4):
        assert stats.kstest(draws[:, word], "uniform").pvalue > 1e-4


def test_neighbouring_keys_are_unrelated() -> None:
    """Correlation of people, months, purposes and seeds next to each other is within 4.5 standard errors of none."""
    uid = np.arange(50_000, dtype=np.uint64)
    base = luck.draw(np.uint64(3), uid, 7, luck.Purpose.ILLNESS)
    others = [
        luck.draw(np.uint64(3), uid + np.uint64(1), 7, luck.Purpose.ILLNESS),
        luck.draw(np.uint64(3), uid, 8, luck.Purpose.ILLNESS),
        luck.draw(np.uint64(3), uid, 7, luck.Purpose.SETBACK),
        luck.draw(np.uint64(4), uid, 7, luck.Purpose.ILLNESS),
        luck.draw(np.uint64(3), uid + np.uint64(1 << 32), 7, luck.Purpose.ILLNESS),
    ]
    for other in others:
        assert abs(np.corrcoef(base, other)[0, 1]) < 4.5 / np.sqrt(uid.size)


def test_a_persons_draw_does_not_depend_on_who_else_is_there() -> None:
    everyone = np.arange(1000, dtype=np.uint64)
    some = everyone[::7]
    np.testing.assert_array_equal(luck.draw(np.uint64(1), everyone, 3, 40)[::7], luck.draw(np.uint64(1), some, 3, 40))


def test_the_largest_word_stays_below_one() -> None:
    assert float(luck.unit(np.uint32(0xFFFFFFFF))) < 1.0


def test_identities_of_the_born_and_the_arrived_never_meet() -> None:
    born = luck.child_uid(np.arange(20_000, dtype=np.uint64), 4)
    arrived = np.concatenate([luck.arrival_uid(month, 3000) for month in (-24, 0, 1, 119)])
    everyone = np.concatenate([born, arrived, np.arange(20_000, dtype=np.uint64)])
    assert np.unique(everyone).size == everyone.size


def test_purposes_are_numbered_once() -> None:
    values = [purpose.value for purpose in luck.Purpose.__members__.values()]
    assert len(set(values)) == len(luck.Purpose.__members__)

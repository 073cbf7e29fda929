"""Keyed luck: published vectors, uniformity, and that a person's draws are nobody else's business."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from scipy import stats

import demandsim
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
        luck.draw(np.uint64(3), uid, 7, luck.Purpose.DEFICIT),
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


# Draws whose month stands before the purpose, draws that are lasting by themselves, and draws that are not.
TOLD_A_MONTH = {"uniform", "uniform4", "words", "draw", "draw4", "draw_into", "draw2_into", "draw4_into"}
LASTING, OF_A_MONTH = {"lasting_draws", "give_bell", "bells"}, {"observe"}
FIXED = {"FOR_LIFE", "0", "1", "2", "_NOW"}
# Both uses of these are of different people, or of different words of the four.
APART = {
    "BENEFITS": "whose turn it is goes by the second word",
    "HUB_PLACE": "places are no people, and their turn goes by the second word",
    "NEWBORN": "identities are drawn with the mother's, without the run's seed",
    "WORKER_SKILL": "the month's draw is the second word",
}


def _purpose(node: ast.AST, names: dict[str, str]) -> str | None:
    """The purpose that an expression stands for, if it stands for one."""
    if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("Purpose", "luck.Purpose"):
        return node.attr
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.uint32":
        return _purpose(node.args[0], names)
    return names.get(node.id) if isinstance(node, ast.Name) else None


def _named(module: ast.Module) -> dict[str, str]:
    """Names that a module gives to purposes."""
    names: dict[str, str] = {}
    for line in module.body:
        if isinstance(line, ast.Assign):
            target, value = line.targets[0], line.value
            if isinstance(value, ast.GeneratorExp):  # A, B = (np.uint32(purpose) for purpose in (…, …))
                value = value.generators[0].iter
            both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = zip(target.elts, value.elts, strict=True) if both else [(target, value)]
            names |= {ast.unparse(name): found for name, of in pairs if (found := _purpose(of, {}))}
    return names


def _uses() -> dict[str, set[bool]]:
    """Of each purpose whether it has lasting draws (True), draws of a month (False), or both, read from the source."""
    uses: dict[str, set[bool]] = defaultdict(set)
    for path in Path(demandsim.__file__).parent.rglob("*.py"):
        module = ast.parse(path.read_text(encoding="utf-8"))
        names = _named(module)
        for call in (node for node in ast.walk(module) if isinstance(node, ast.Call)):
            of = ast.unparse(call.func).removeprefix("luck.")
            for before, each in zip([None, *call.args], call.args, strict=False):
                purpose = None if of == "np.uint32" else _purpose(each, names)
                if purpose is None:
                    continue
                where = f"{path.name}:{call.lineno}: say here how {of} draws"
                assert of in TOLD_A_MONTH | LASTING | OF_A_MONTH, where
                told = of in TOLD_A_MONTH and before is not None
                uses[purpose].add(of in LASTING or (told and ast.unparse(before) in FIXED))
    return uses


def test_no_purpose_has_both_lasting_draws_and_draws_of_a_month() -> None:
    """A lasting draw is that of month 0: whoever draws for the month too would meet the same luck there again."""
    uses = _uses()
    assert uses["FUNCTION"] == {True}
    assert uses["DEATH"] == {False}
    assert {purpose for purpose, kinds in uses.items() if len(kinds) > 1} == set(APART)


def test_every_purpose_is_drawn_for() -> None:
    """A purpose that nothing draws for would tell a reader of luck that the model does not have."""
    unused = {purpose.name for purpose in luck.Purpose} - set(_uses())
    assert {name for name in unused if not name.startswith("USER_")} == set()

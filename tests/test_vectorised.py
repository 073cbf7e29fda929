"""The loops over everybody work on many people at once: the compiler's own machine code is looked at.

A loop that falls back to one person at a time still gives the right answer, only many times slower; nothing else
would show it. Kernels are compiled anew here, from the types their signatures name, since code from the cache cannot
be inspected.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Callable
from typing import Any, get_args, get_origin, get_type_hints

import numba
import numpy as np
import pytest
from llvmlite import binding
from numba.core import types

from demandsim.processes import (
    capability,
    frailty,
    hazards,
    help_seeking,
    illness,
    met_need,
    mortality,
    need,
    recovery,
    strain,
)

FLOATS = re.compile(r"\bv(?:mul|add|sub)ps\b.*[yz]mm")
PHILOX = re.compile(r"\bvpmuludq\b.*[yz]mm")

ELEMENTWISE = (
    mortality._deaths_into,
    frailty._accrue,
    illness._events,
    recovery._recover,
    need._needs,
    capability._move,
    strain.wear,
    met_need._meet_need,
    help_seeking._look_at,
)
DRAWS = (hazards.draw_into, hazards.draw2_into, hazards.draw4_into)

pytestmark = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64")
    or numba.config.DISABLE_JIT
    or not binding.get_host_cpu_features().get("avx2", False),
    reason="looks for the wide registers of x86 processors",
)


def numba_type(hint: Any) -> Any:
    """The compiler's type for an annotation: an array, a tuple or a number."""
    if str(hint).startswith(("NDArray", "numpy.ndarray")):
        dtype = re.findall(r"numpy\.(\w+)\]", str(hint))[-1]
        return types.Array(numba.from_dtype(np.dtype(getattr(np, dtype))), 1, "C")
    if hasattr(hint, "_fields"):
        return types.NamedTuple([numba_type(field) for field in get_type_hints(hint).values()], hint)
    if get_origin(hint) is tuple:
        return types.BaseTuple.from_types([numba_type(part) for part in get_args(hint)])
    return numba.from_dtype(np.dtype(hint))


def assembly(function: Callable[..., Any]) -> str:
    """Machine code of a kernel, as a kernel is compiled."""
    hints = get_type_hints(function)
    hints.pop("return")
    compiled = numba.njit(nogil=True, error_model="numpy")(function)
    compiled.compile(tuple(numba_type(hint) for hint in hints.values()))
    (code,) = compiled.inspect_asm().values()
    return str(code)


@pytest.mark.parametrize("kernel", ELEMENTWISE, ids=lambda kernel: kernel.py_func.__qualname__)
def test_arithmetic_is_done_for_many_people_at_once(kernel: Any) -> None:
    assert len(FLOATS.findall(assembly(kernel.py_func))) >= 5


@pytest.mark.parametrize("kernel", DRAWS, ids=lambda kernel: kernel.py_func.__qualname__)
def test_draws_are_made_for_many_people_at_once(kernel: Any) -> None:
    assert len(PHILOX.findall(assembly(kernel.py_func))) >= 10


def test_a_look_up_among_draws_would_be_found_out() -> None:
    """The test sees the difference: a walk in which each step needs the last stays scalar."""

    def walk(step: np.ndarray[Any, np.dtype[np.float32]], out: np.ndarray[Any, np.dtype[np.float32]]) -> None:
        for i in range(1, out.size):
            out[i] = out[i - 1] * step[i] + step[i]

    assert not FLOATS.findall(assembly(walk))

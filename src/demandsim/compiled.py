"""How rules and kernels are compiled: the two decorators that every process uses.

A *rule* is a one- to three-line function that reads like the sentence it stands for; it is always inlined,
since a call left in a loop keeps the loop scalar. A *kernel* is one loop over the people. Both divide the way
NumPy does, so that no division can raise inside a loop.

All kernel arithmetic is ``float32``: parameters arrive as ``f4`` values, and a literal is written ``f4(0.5)``.
Compiled code and plain Python (``NUMBA_DISABLE_JIT=1``) then agree to the bit. Kernels call no ``exp``, ``log``
or power: these differ between maths libraries; functions of age are tables made once.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def _choose_cache_folder() -> None:
    """Point Numba's cache at a writable folder where neither the package nor the home is one."""
    if "NUMBA_CACHE_DIR" in os.environ:
        return
    package = Path(__file__).parent
    home = Path(os.path.expanduser("~"))
    if not (os.access(package, os.W_OK) or os.access(home, os.W_OK)):
        os.environ["NUMBA_CACHE_DIR"] = os.path.join(tempfile.gettempdir(), "demandsim-kernels")


_choose_cache_folder()

import numba  # noqa: E402  (the cache folder must be known before Numba is imported)

f4 = np.float32
"""The number type of every kernel."""


def rule[F: Callable[..., Any]](function: F) -> F:
    """Compile a small function that is inlined wherever it is used."""
    compiled: F = numba.njit(forceinline=True, error_model="numpy")(function)
    return compiled


def plain[F: Callable[..., Any]](function: F) -> F:
    """A rule as Python runs it: compiling one, which is kept nowhere, takes longer than the few calls outside loops."""
    as_written: F = getattr(function, "py_func", function)
    return as_written


@rule
def flag(is_so: np.bool_) -> np.float32:
    """A truth value as a number, 1 or 0: a choice between two numbers is quicker than a conversion."""
    return f4(1.0) if is_so else f4(0.0)


def kernel[F: Callable[..., Any]](function: F) -> F:
    """Compile a loop over people, cached on disk, free of Python's lock."""
    compiled: F = numba.njit(nogil=True, cache=True, error_model="numpy")(function)
    return compiled

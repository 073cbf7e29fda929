from __future__ import annotations

import copy
import pickle

import numpy as np

from demandsim.processes.scratch import Scratch


def test_an_array_is_kept_until_a_longer_one_is_asked_for() -> None:
    scratch = Scratch()
    first = scratch.array("hours", 100, np.float32)
    assert first.size == 100
    assert first.dtype == np.float32
    assert np.shares_memory(first, scratch.array("hours", 80, np.float32))
    assert scratch.array("hours", 1_000, np.float32).size == 1_000
    assert not np.shares_memory(first, scratch.array("other", 80, np.float32))


def test_a_copy_begins_without_what_was_held() -> None:
    scratch = Scratch()
    held = scratch.array("hours", 1_000, np.float32)
    for other in (copy.deepcopy(scratch), pickle.loads(pickle.dumps(scratch))):
        assert not np.shares_memory(held, other.array("hours", 1_000, np.float32))
    assert len(pickle.dumps(scratch)) < 200

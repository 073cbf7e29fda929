"""Every scenario of the library runs, and no two tell the same story but those declared equal."""

from __future__ import annotations

from pathlib import Path

import pytest

from demandsim import DemandModel, load_scenario

STEMS = sorted(path.stem for path in (Path(__file__).parents[2] / "scenarios").glob("*.yaml"))
MONTHS = 30


@pytest.mark.slow
def test_no_two_scenarios_share_a_digest_after_thirty_months() -> None:
    digests: dict[str, list[str]] = {}
    for stem in STEMS:
        model = DemandModel(load_scenario(stem), place="sunderland", scale=0.05, rng=5)
        model.run_for(MONTHS)
        digests.setdefault(model.digest(), []).append(stem)
    assert [names for names in digests.values() if len(names) > 1] == [["deficit", "sustained"]]

"""Every lever of practice belongs to one part."""

from __future__ import annotations

import pytest

from demandsim.scenario.levers import LEVERS
from demandsim.scenario.parts import PARTS, check_parts


def test_every_lever_is_in_one_part() -> None:
    check_parts(PARTS)
    assert sum(map(len, PARTS.values())) == len(LEVERS)


@pytest.mark.parametrize(
    ("parts", "trouble"),
    [
        ({**PARTS, "more": ("autonomy",)}, "autonomy: in two parts"),
        ({**PARTS, "more": ("kindness",)}, "kindness: no lever"),
        ({name: fields for name, fields in PARTS.items() if name != "the front door"}, "door_hours.*in no part"),
    ],
)
def test_other_parts_are_refused(parts: dict[str, tuple[str, ...]], trouble: str) -> None:
    with pytest.raises(ValueError, match=trouble):
        check_parts(parts)

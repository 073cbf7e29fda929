from __future__ import annotations

import pytest

from demandsim.parameters.noting import Noting


def test_what_is_read_is_noted_in_order() -> None:
    noting = Noting()
    assert noting["acute.fade"] == 0.6
    assert noting["cap.mean"] > 0
    assert noting.read == ["acute.fade", "cap.mean"]
    assert set(noting) >= {"acute.fade"}
    assert len(noting) > 1000
    with pytest.raises(KeyError, match="did you mean"):
        noting["acute.fad"]

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from demandsim.parameters.register import Numbers
from demandsim.processes.accounts import Shown, SocialAccounts, moved_by_account
from demandsim.processes.base import read_rules
from demandsim.scenario.terms import Terms
from tests.toy import toy_model


def _town(share: float) -> tuple[Any, Any]:
    model = toy_model(8_000)
    model.terms = Terms(visible_accounts_share=share)
    age = model.citizens.age_months[model.citizens.rows]
    return model, model.citizens.rows[(age >= 216) & (age < 780)]


def _moved(model: Any, rows: Any, numbers: dict[str, float] | None = None) -> Any:
    return moved_by_account(model, rows, read_rules(Shown, Numbers(numbers)))


def test_without_statements_nobody_is_moved_and_nobody_pays() -> None:
    model, rows = _town(0.0)
    model.citizens.council_funded[rows] = True
    assert not _moved(model, rows).any()
    SocialAccounts(Numbers()).step(model)
    assert not model.ledger.close().costs


def test_those_shown_are_moved_by_what_they_received_and_gave() -> None:
    model, rows = _town(0.5)
    citizens = model.citizens
    assert not _moved(model, rows).any()  # neither: nothing to see
    citizens.council_funded[rows] = True
    assert np.unique(_moved(model, rows)).tolist() == [0.0, 0.2]
    assert (_moved(model, rows) > 0).mean() == pytest.approx(0.5, abs=0.03)
    citizens.contributed_month[rows] = model.month - 3
    assert _moved(model, rows).max() == pytest.approx(0.3)
    citizens.council_funded[rows] = False
    assert _moved(model, rows, {"accounts.gave": -0.3}).min() == pytest.approx(-0.3)


def test_a_statement_may_do_nothing() -> None:
    model, rows = _town(1.0)
    model.citizens.council_funded[rows] = True
    assert not _moved(model, rows, {"accounts.received": 0.0, "accounts.gave": 0.0}).any()


def test_every_adult_shown_costs_a_statement_a_year() -> None:
    model, _ = _town(0.5)
    adults = np.count_nonzero(model.citizens.alive & (model.citizens.age_months >= 216))
    process, spent = SocialAccounts(Numbers()), 0.0
    for _ in range(12):
        process.step(model)
        spent += model.ledger.close().costs["accounts", "council"]
    assert spent == pytest.approx(0.5 * adults * 2)

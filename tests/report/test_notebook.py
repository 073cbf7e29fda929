"""What scripts and notebooks are given: tables, pictures, xarray, Parquet, and clear refusals."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from demandsim.api import Comparison, Simulation, load_results
from demandsim.experiment.errors import InputError
from demandsim.experiment.store import Store
from demandsim.report.headlines import headlines
from tests.experiment.fake import fake_plan, invented_rows, two_by_two_plan, with_draws, with_value


@pytest.fixture
def held() -> Comparison:
    plan = two_by_two_plan(years=3)
    return Comparison(plan, invented_rows(plan))


@pytest.fixture
def drawn() -> Comparison:
    found = with_draws(two_by_two_plan(years=3), 5)
    return Comparison(found.plan, found.measures)


def test_the_table_holds_every_headline_of_every_scenario(held: Comparison) -> None:
    table = held.table(2025)
    assert len(table) == len(headlines(held)) * 4
    row = table[(table["headline"] == "Council spending") & (table["scenario"] == "strengths")].iloc[0]
    found = held.difference("strengths", "deficit", "cost", 2025, "payer", "council")
    assert (row["difference"], row["low"], row["high"]) == (found.value, found.low, found.high)
    assert row["unit"] == "GBP"
    assert "low_with_parameters" not in table
    assert table[table["scenario"] == "deficit"]["difference"].isna().all()
    assert held.table().equals(held.table(2026))
    with pytest.raises(InputError, match="1999: not run"):
        held.table(1999)


def test_draws_add_the_range_with_parameters(drawn: Comparison) -> None:
    table = drawn.table()
    row = table[(table["headline"] == "People with unmet need") & (table["scenario"] == "strengths")].iloc[0]
    both = drawn.spread("strengths", "unmet_need_people", 2026, against="deficit").both
    assert (row["low_with_parameters"], row["high_with_parameters"]) == (both.low, both.high)
    frame = drawn.difference("unmet_need_people")
    assert set(frame["interval"]) == {"chance", "chance+parameters"}


def test_a_difference_by_year_or_as_one_number(held: Comparison) -> None:
    frame = held.difference("unmet_need_people", by="quintile")
    assert set(frame["scenario"]) == {"strengths", "deficit_cut30", "strengths_cut30"}
    row = frame[(frame.scenario == "strengths") & (frame.year == 2026) & (frame.group == "1")].iloc[0]
    one = held.difference("strengths", "deficit", "unmet_need_people", 2026, "quintile", "1")
    assert (row["value"], row["low"], row["high"], row["interval"]) == (one.value, one.low, one.high, "chance")
    levels = held.by_year("unmet_need_people")
    assert set(levels["scenario"]) == {s.name for s in held.plan.scenarios}


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda r: r.difference("unmet_need_peple"), "Did you mean unmet_need_people"),
        (lambda r: r.difference("wellbeing", by="payer"), "There are: all"),
        (lambda r: r.by_year("wellbeing", against="strength"), "Did you mean strengths"),
        (lambda r: r.to_xarray(by="payr"), "Did you mean payer"),
        (lambda r: r.plot.fan("happiness"), "no measure of these results"),
        (lambda r: r.to_parquet("nowhere/there/x.parquet"), "cannot be written"),
    ],
)
def test_what_is_not_there_is_refused_with_a_hint(held: Comparison, ask: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        ask(held)


def test_parquet_holds_every_row(drawn: Comparison, tmp_path: Path) -> None:
    path = drawn.to_parquet(tmp_path / "rows.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path), drawn.measures)
    before = path.read_bytes()
    assert drawn.to_parquet(path).read_bytes() == before


def test_xarray_holds_the_same_numbers(drawn: Comparison) -> None:
    held = drawn.to_xarray()
    assert dict(held.sizes) == {"scenario": 4, "replicate": 3, "year": 3}
    assert list(held.scenario.values) == [s.name for s in drawn.plan.scenarios]
    found = held["wellbeing"].sel(scenario="strengths", year=2026)
    assert found.values.tolist() == drawn.values("strengths", "wellbeing", 2026).tolist()
    assert found.attrs["units"] == "0-10"
    by_payer = drawn.to_xarray(by="payer", drawn=True)["cost"].sel(scenario="deficit", year=2025, payer="nhs")
    assert by_payer.values.tolist() == drawn.values("deficit", "cost", 2025, "payer", "nhs", drawn=True).tolist()
    rows = drawn.measures[drawn.measures["by"] == "quintile"].assign(by="age+quintile")
    rows["group"] = "85++" + rows["group"]
    more = Comparison(drawn.plan, pd.concat([drawn.measures, rows], ignore_index=True)).to_xarray(by="age+quintile")
    assert (list(more.age.values), list(more.quintile.values)) == (["85+"], list("12345"))
    both = drawn.to_xarray(by="payer+service")["cost"]
    assert set(both.dims) == {"scenario", "replicate", "year", "payer", "service"}


def test_xarray_that_is_missing_is_named(held: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name == "xarray":
            raise ModuleNotFoundError(name)
        return usual(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"demandsim\[sensitivity\]"):
        held.to_xarray()


def test_a_fan_shades_chance_and_what_is_not_known(held: Comparison, drawn: Comparison, tmp_path: Path) -> None:
    alone, both = held.plot.fan("wellbeing"), drawn.plot.fan("wellbeing")
    assert [c for c in alone.columns if c.endswith("low")] == ["95 % range from chance alone, low"]
    assert sum(c.endswith("low") for c in both.columns) == 2
    row = next(r for r in both.rows if r[:2] == ("strengths", 2026))
    found = drawn.spread("strengths", "wellbeing", 2026)
    assert row[2:] == pytest.approx((found.value, found.both.low, found.both.high, found.chance.low, found.chance.high))
    assert drawn.plot.fan("wellbeing").png == both.png
    assert "£ million" in held.plot.fan("council_balance").alt
    assert both.save(tmp_path / "fan.svg").read_bytes() == both.svg
    assert both.save(tmp_path / "fan.PNG").read_bytes() == both.png
    assert both._repr_svg_().startswith("<?xml")
    with pytest.raises(InputError, match=r"\.png or \.svg"):
        both.save(tmp_path / "fan.pdf")
    with pytest.raises(InputError, match="cannot be written"):
        both.save(tmp_path / "no" / "fan.svg")


def test_a_bridge_is_of_costs(held: Comparison) -> None:
    pytest.importorskip("demandsim.report.bridge")
    assert held.plot.bridge("cost", by="payer").rows
    with pytest.raises(InputError, match="has no bridge"):
        held.plot.bridge("wellbeing")


def test_a_notebook_shows_the_headlines(held: Comparison) -> None:
    page = held._repr_html_()
    assert "<table" in page
    assert "Sunderland, 2024 to 2026" in page
    assert "NaN" not in page
    plan = fake_plan(scenarios=fake_plan().scenarios[:1])
    alone = Simulation(plan, invented_rows(plan))
    assert "<table" in alone._repr_html_()
    assert str(alone).startswith("Sunderland")
    assert np.isfinite(alone.table()["value"]).all()


def test_a_life_is_not_traced_from_a_folder(tmp_path: Path) -> None:
    """A folder keeps what was found, not the scenarios: said so, instead of failing inside."""
    plan = fake_plan()
    Store(tmp_path).finish(plan, invented_rows(plan), failed=0, seconds=1.0)
    with pytest.raises(InputError, match="twin deficit strengths --citizen ID"):
        load_results(tmp_path).twin("S-0136")


def test_a_script_asks_for_the_acceptability_curve() -> None:
    plan = fake_plan()
    results = Comparison(plan, with_value(invented_rows(plan)))
    picture = results.plot.acceptability(years=2)
    assert picture.name == "acceptability"
    assert picture.svg == results.appraisal(years=2).plot().svg
    with pytest.raises(InputError, match="what was not simulated"):
        results.plot.acceptability(years=9)

"""Opening a results folder again: what was run, and its rows, checked before anything is believed.

A folder may come from anybody. Nothing in it is run or unpickled; the manifest is read as plain data, each field by
its type, and the table only after its hash has been compared.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from demandsim.experiment.comparison import Results
from demandsim.experiment.errors import InputError, StoreError
from demandsim.experiment.plan import Place, Plan
from demandsim.experiment.store import FORMAT, SCHEMA
from demandsim.measures.register import MEASURES

if TYPE_CHECKING:
    from demandsim.scenario.scenario import Scenario

OF_REPORTS = ("all", "outcome", "payer", "payer+service", "quintile", "service", "source")
"""Breakdowns that the brief and the appraisal tell."""
_MOST_BYTES = 10_000_000
"""A larger manifest is none of ours."""


@dataclass(frozen=True, slots=True)
class StoredBudget:
    """What a report needs of a budget.

    Attributes:
        cut_percent: Per cent off the base year, in real terms, once the cut is made.
        cut_years: Years over which it is made.
    """

    cut_percent: float
    cut_years: float


@dataclass(frozen=True, slots=True)
class StoredScenario:
    """What a folder keeps of a scenario: enough to report on it, not to run it.

    Attributes:
        name: Its name.
        digest: Hash of all that decides its results.
        budget: Its cut.
    """

    name: str
    digest: str
    budget: StoredBudget


def read_results(folder: Path, *, for_report: bool = False) -> Results:
    """The results in a folder.

    Args:
        folder: A results folder of `demandsim run` or `demandsim compare`.
        for_report: Give rows of `OF_REPORTS` alone: most rows are of other breakdowns, such as neighbourhoods.

    Raises:
        InputError: If it is missing, is none of ours, is not finished, or mixes results of several places or versions.
        StoreError: If it is damaged.
    """
    manifest = _manifest(folder)
    try:
        plan = _plan(manifest)
        known = _text(manifest["measures_sha256"])
        recorded = tuple(_text(scenario["run"]) for scenario in manifest["design"]["scenarios"])
    except (KeyError, TypeError, ValueError, InputError) as error:
        raise _damaged(folder, f"manifest.json lacks what it should hold: {error}") from error
    if plan.runs != recorded:
        raise InputError(
            f"{folder}: manifest.json mixes results of several places or versions: the runs it names are not those of "
            f"{plan.place.spoken}, model {plan.model}, data {plan.data}; nothing was written.\n"
            "  Keep one comparison to a folder: run it again with a new -o."
        )
    if not known:
        raise InputError(
            f"{folder}: its runs are not finished; nothing was written.\n"
            "  Give the `demandsim compare` that made it again: finished runs are used, only the rest is run."
        )
    return Results(plan, _rows(folder, plan, known, OF_REPORTS if for_report else ()))


def _manifest(folder: Path) -> dict[str, Any]:
    """The manifest as plain data."""
    path = folder / "manifest.json"
    if not folder.exists():
        raise InputError(
            f"{folder}: no such folder.\n  `demandsim compare A B -o {quote(str(folder))}` makes one.{_near(folder)}"
        )
    if not path.is_file():
        raise InputError(
            f"{folder}: no results folder of demandsim (it holds no manifest.json).\n"
            f"  Give the folder that `demandsim compare` named.{_near(folder)}"
        )
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("far too large")
        manifest = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise _damaged(folder, f"manifest.json cannot be read: {error}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).\n  Look at its permissions.") from error
    if isinstance(manifest, dict) and manifest.get("kind") == "sweep":
        raise InputError(
            f"{folder}: holds a sweep, no comparison.\n"
            f"  `demandsim export {quote(str(folder))}` gives its results as a table, `demandsim status "
            f"{quote(str(folder))}` how far it is."
        )
    if not isinstance(manifest, dict) or "design" not in manifest:
        raise InputError(
            f"{folder}: its manifest.json is not one of demandsim's.\n  Give the folder that `demandsim compare` named."
        )
    if manifest.get("format") != FORMAT:
        raise InputError(
            f"{folder}: written in format {manifest.get('format')!r}, and this version reads {FORMAT}.\n"
            "  Use the version that wrote it, or run the comparison again with a new -o."
        )
    if "told" not in manifest:
        raise InputError(
            f"{folder}: written by an older version, which kept too little for a report.\n"
            "  Give the `demandsim compare` that made it again, with a new -o."
        )
    return manifest


def _near(folder: Path) -> str:
    """Result folders that may have been meant: those inside, or beside it."""
    for place in (folder, folder.parent):
        try:
            found = sorted(path.parent for path in place.glob("*/manifest.json"))
        except OSError:
            continue
        if found:
            return f"\n  Did you mean {found[0]}?"
    return ""


def _damaged(folder: Path, what: str) -> StoreError:
    return StoreError(
        f"{folder}: damaged ({what}); nothing was written.\n"
        "  Give the `demandsim compare` that made it again: finished parts are checked and used again."
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 2000 or any(ord(c) < 32 and c not in "\t\n" for c in value):
        raise TypeError("text expected")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e18:
        raise TypeError("a number expected")
    return value


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError("a whole number expected")
    return value


def _plan(manifest: Mapping[str, Any]) -> Plan:
    """The plan of a manifest, with scenarios that can be told but not run."""
    design, told = manifest["design"], manifest["told"]
    scenarios = tuple(
        StoredScenario(
            _text(scenario["name"]),
            _text(scenario["digest"]),
            StoredBudget(_number(budget["cut_percent"]), _number(budget["cut_years"])),
        )
        for scenario, budget in zip(design["scenarios"], told["budgets"], strict=True)
    )
    draws = tuple(
        tuple(replace(scenario, digest=_text(digest)) for scenario, digest in zip(scenarios, drawn, strict=True))
        for drawn in told.get("draws", ())
    )
    return Plan(
        place=_place(design["place"], told["place"]),
        scenarios=cast("tuple[Scenario, ...]", scenarios),  # reports read their names, digests and cuts alone
        years=_whole(design["years"]),
        scale=_number(design["scale"]),
        seed=_whole(design["seed"]),
        replicates=_whole(manifest["replicates"]),
        cut=_number(design["cut"]),
        draws=cast("tuple[tuple[Scenario, ...], ...]", draws),
        model=_text(design["model"]),
        data=_text(design["data"]),
    )


def _place(place: Mapping[str, Any], told: Mapping[str, Any]) -> Place:
    from demandsim.place.names import PlaceError, find_place
    from demandsim.place.own import OwnFigures

    code, own = _text(place["code"]), None
    if told["own_figures"]:
        figures = {_text(name): _number(value) for name, value in told["own_figures"].items()}
        try:
            own = OwnFigures(find_place(code), figures, _text(told["own_source"]))
        except PlaceError as error:
            raise ValueError(str(error)) from error
    return Place(_text(told["given"]), _text(place["name"]), code, _text(told["note"]), own)


def _rows(folder: Path, plan: Plan, known: str, only: Sequence[str]) -> pd.DataFrame:
    """The table of all runs, whole and of this plan alone; once checked, of some breakdowns if any are named."""
    path = folder / "measures.parquet"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _damaged(folder, f"measures.parquet: {error.strerror}") from error
    if hashlib.sha256(content).hexdigest() != known:
        raise _damaged(folder, "measures.parquet does not match its hash in manifest.json")
    try:
        table = pq.read_table(io.BytesIO(content), page_checksum_verification=True)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(folder, "measures.parquet is no table") from error
    if not table.schema.equals(SCHEMA):
        raise _damaged(folder, "measures.parquet has other columns")
    pairs = table.select(["scenario", "run"]).group_by(["scenario", "run"]).aggregate([])
    found = set(zip(pairs["scenario"].to_pylist(), pairs["run"].to_pylist(), strict=True))
    names = [scenario.name for scenario in plan.scenarios]
    wanted = set(zip(names, plan.runs, strict=True))
    drawn = {pair for runs in plan.draw_runs for pair in zip(names, runs, strict=True)}
    if found - wanted - drawn:
        name, run = min(found - wanted - drawn)
        raise InputError(
            f"{folder}: mixes results: {name} ({run}) is of another place, version or setting; nothing was written.\n"
            "  Keep one comparison to a folder: run it again with a new -o."
        )
    if wanted - found:
        name = min(wanted - found)[0]
        raise InputError(
            f"{folder}: holds no finished run of {name}; nothing was written.\n"
            "  Give the `demandsim compare` that made it again: only what is missing is run."
        )
    strange = sorted(set(table["measure"].unique().to_pylist()) - set(MEASURES))
    if strange:
        raise InputError(
            f"{folder}: {strange[0]}: a measure that this version does not know (results of model {plan.model}).\n"
            "  Use the version that wrote it, or run the comparison again with a new -o."
        )
    if only:
        table = table.filter(pc.is_in(table["by"], value_set=pa.array(only)))
    frame: pd.DataFrame = table.to_pandas()
    return frame

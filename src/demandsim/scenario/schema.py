"""The scenario file as strict models: which keys it may hold, of which kind and between which limits.

Only what a file sets is ever read from these models (``exclude_unset``), so no field needs a default of meaning: what
is left out comes from the parent file, then from the evidence register.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from demandsim.scenario.errors import Path, did_you_mean, shown
from demandsim.scenario.levers import LEVERS
from demandsim.scenario.loader import Document
from demandsim.scenario.scenario import RESPONSES
from demandsim.scenario.terms import TERMS
from demandsim.written import did_you_mean_number

TODAY = "today"
"""Stands for a whole practice: every lever as in the base year."""


class _Strict(BaseModel):
    # built once, as part of the whole file: four times as quick to import
    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True, defer_build=True)


def _may_hold(words: str, **limits: Any) -> Any:
    """A key that a file may leave out, what it says and its limits."""
    return Field(default=None, description=words, **limits)


class AdoptionFile(_Strict):
    """How a practice is taken up."""

    start_year: int = _may_hold("Model year in which it begins, 0 for the first.", ge=0, le=50)
    years: float = _may_hold("Years to full adoption; 0 is at once.", ge=0, le=30)
    fidelity: float = _may_hold("How far of the way is ever gone.", ge=0, le=1)
    never_take_share: float = _may_hold("Share of workers who never take to it.", ge=0, le=1)
    training_hours_per_worker: float = _may_hold("Paid hours of training, once, over the adoption.", ge=0, le=500)
    double_running_share: float = _may_hold(
        "Cost of running old and new at once, share of spend: paid, no more.", ge=0, le=0.5
    )
    double_running_years: float = _may_hold("Years of double running, from the start.", ge=0, le=20)
    start_strain_added: float = _may_hold("Strain added to every care worker's when it begins.", ge=0, le=1)


class BudgetFile(_Strict):
    """Public money: the council's for adult social care and prevention, children's services, the NHS."""

    basis: Literal["per_need", "per_head", "real"] = _may_hold("What the budget grows with over the years.")
    cut_percent: float = _may_hold("Percent below the base year in real terms once the cut is made.", ge=0, le=90)
    cut_years: float = _may_hold("Years over which the cut is made.", ge=1, le=50)
    real_growth_percent_per_year: float = _may_hold("Growth in real terms, percent a year.", ge=-20, le=20)
    reserves_percent: float = _may_hold("Reserves at the start, percent of a year's budget.", ge=0, le=100)
    ring_fence_prevention: bool = _may_hold("Prevention is never cut in answer to overspend.")
    prevention_change_percent: float = _may_hold(
        "Percent by which the line of prevention changes over cut_years, in real terms.", ge=-100, le=1000
    )
    childrens_growth_percent_per_year: float = _may_hold(
        "Growth of children's services in real terms, percent a year, taken out of the same total.", ge=-10, le=20
    )
    nhs_change_percent: float = _may_hold(
        "Percent by which the money of the NHS changes over cut_years, in real terms; 0 is ring-fenced.", ge=-50, le=100
    )


def _practice_model() -> type[BaseModel]:
    """The levers of practice, group by group, as the table of levers lists them."""
    groups: dict[str, dict[str, Any]] = {}
    for lever in LEVERS:
        groups.setdefault(lever.group, {})[lever.key] = (float, _may_hold(lever.words, ge=lever.low, le=lever.high))
    models: dict[str, Any] = {
        name: (create_model(f"{name.title()}Levers", __base__=_Strict, **levers), Field(default=None))
        for name, levers in groups.items()
    }
    return create_model("PracticeFile", __base__=_Strict, **models)


PracticeFile: Any = _practice_model()


def _terms_model(section: str) -> Any:
    """The terms of a section, as the table of terms lists them, and when they begin."""
    keys: dict[str, Any] = {
        "start_year": (int, _may_hold("Model year from which these hold, 0 for the first.", ge=0, le=50))
    }
    keys |= {
        term.key: (float, _may_hold(term.words, ge=term.low, le=term.high)) for term in TERMS if term.section == section
    }
    return create_model(f"{section.title()}Terms", __base__=_Strict, **keys)


ServicesFile: Any = _terms_model("services")
CommunityFile: Any = _terms_model("community")
FinanceFile: Any = _terms_model("finance")


class ScenarioFile(_Strict):
    """One scenario file."""

    format: Literal[1] = Field(description="Version of this format.")
    name: str = _may_hold("The file's own name if left out.", pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=80)
    summary: str = _may_hold("What it tells, in a sentence or two.", max_length=2000)
    source: str = _may_hold("Where it comes from.", max_length=2000)
    extends: str = _may_hold("A library scenario, or a file in the same folder.", max_length=200)
    place: str = _may_hold("The place it was written for.", max_length=200)
    years: int = _may_hold("Years to simulate.", ge=1, le=60)
    practice: PracticeFile = _may_hold("Levers of practice; what is left out is as today.")
    adoption: AdoptionFile = _may_hold("How the practice is taken up.")
    budget: BudgetFile = _may_hold("The council's money.")
    services: ServicesFile = _may_hold("What services exist and who owns them, beyond today's.")
    community: CommunityFile = _may_hold("What is done for and with the community, beyond today's.")
    finance: FinanceFile = _may_hold("Where money comes from and on which conditions, beyond today's.")
    responses: list[Literal[RESPONSES]] = _may_hold("Answers to overspend, in order.")  # type: ignore[valid-type]
    parameters: dict[str, float] = _may_hold("Values of the evidence register to replace, by key.")


@cache
def json_schema() -> dict[str, Any]:
    """The scenario format as JSON Schema, for editors."""
    schema: dict[str, Any] = _bare(ScenarioFile.model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "A demandsim scenario"
    practice = schema["properties"]["practice"]
    schema["properties"]["practice"] = {
        "anyOf": [{"const": TODAY}, {"$ref": practice["$ref"]}],
        "description": practice["description"],
    }
    return schema


def _bare(schema: Any) -> Any:
    """A schema without the titles and null defaults that say nothing to an editor's user."""
    if isinstance(schema, dict):
        return {
            key: _bare(value)
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
        }
    return [_bare(value) for value in schema] if isinstance(schema, list) else schema


def schema_problems(document: Document) -> list[str]:
    """What is wrong with one file by itself, in the order of its lines."""
    if not isinstance(document.data, dict):
        found = "is empty" if document.data is None else "holds no keys"
        return [
            document.problem((), f"{found}: a scenario file starts with format: 1", "Write that as its first line.")
        ]
    data = dict(document.data)
    if data.get("practice") == TODAY:
        data["practice"] = {}
    found_lines: list[tuple[int, str]] = []
    if isinstance(data.get("format"), bool):  # true == 1, which pydantic's literals take at its word
        data["format"] = "true"
    try:
        ScenarioFile.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path = tuple(detail["loc"])
            message, hint = _in_plain_words(detail, path)
            found_lines.append((document.line(path) or 0, document.problem(path, message, hint)))
    return [text for _, text in sorted(found_lines, key=lambda found: found[0])]


def _field(path: Path) -> FieldInfo | None:
    """The declared field at a path of a file, or None where none is."""
    model: Any = ScenarioFile
    field: FieldInfo | None = None
    for part in path:
        fields = getattr(model, "model_fields", {})
        if part not in fields:
            return None
        field = fields[part]
        model = field.annotation
    return field


def value_kind(path: Path) -> type | None:
    """Of which type the value at a path of a file is, such as ``float``; None where there is none of its own type."""
    field = _field(path)
    return field.annotation if field is not None and isinstance(field.annotation, type) else None


def _known_keys(path: Path) -> list[str]:
    """The keys that the map at a path may hold."""
    field = _field(path)
    model: Any = ScenarioFile if not path else field.annotation if field else None
    return list(getattr(model, "model_fields", {}))


def _unknown_key(path: Path) -> str:
    """What to say of an unknown key: the nearest known beside it, else where a key of that name belongs."""
    key = str(path[-1])
    message = f'unknown key "{shown(key)}"'
    beside = did_you_mean(key, _known_keys(path[:-1]))
    if beside:
        return message + beside
    elsewhere = {lever.field: lever.path for lever in LEVERS} | {lever.key: lever.path for lever in LEVERS}
    elsewhere |= {term.field: term.path for term in TERMS} | {term.key: term.path for term in TERMS}
    for section in ("adoption", "budget"):
        elsewhere |= {name: f"{section}.{name}" for name in _known_keys((section,))}
    near = did_you_mean(key, elsewhere)
    if not near:
        return message
    return message + f'; did you mean "{elsewhere[near.split(chr(34))[1]]}"?'


def _in_plain_words(detail: ErrorDetails, path: Path) -> tuple[str, str]:
    """One of pydantic's errors as message and hint."""
    kind, value, limits = detail["type"], detail["input"], detail.get("ctx", {})
    field = _field(path)
    hint = (field.description or "") if field else ""
    if kind == "missing":
        return "is missing", "Write format: 1 as the first line."
    if kind == "extra_forbidden":
        known = _known_keys(path[:-1])
        return _unknown_key(path), f"Known here: {', '.join(known)}."
    if value is None:
        return "has no value", hint or "Give it one, or leave the key out."
    if kind in ("greater_than_equal", "less_than_equal"):
        side, limit = ("below", limits["ge"]) if "ge" in limits else ("above", limits["le"])
        return f"{value:g} is {side} {limit:g}", _limit_hint(path, value, hint)
    if kind == "literal_error":
        known = [word.strip("'") for word in str(limits["expected"]).replace(" or ", ", ").split(", ")]
        near = did_you_mean(value, known) if isinstance(value, str) else ""
        return f"{_named(value)} is not one of {', '.join(known)}{near}", hint
    if kind in _WANTED:
        text = kind in ("float_type", "int_type") and isinstance(value, str)
        meant = did_you_mean_number(value, share=_is_share(path)) if text else ""
        return f"{_named(value)} is not {_WANTED[kind]}", f"{hint}{meant}"
    if kind == "string_pattern_mismatch":
        return f"{_named(value)} is no name", "Letters, digits, underscores, dots and hyphens, a letter or digit first."
    return f"{_named(value)}: {detail['msg']}", hint


_WANTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "string_type": "text",
    "list_type": "a list",
    "dict_type": "a map of keys and values",
    "model_type": "a map of keys and values",
}


def _named(value: object) -> str:
    """A value with its kind, for messages."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "a map" if isinstance(value, dict) else "a list"
    return f'"{shown(value)}"' if isinstance(value, str) else shown(value)


def _limit_hint(path: Path, value: float, words: str) -> str:
    """What the number means, and what may have been meant by it."""
    if not _is_share(path):
        return words
    return f"{words} A share, from 0 to 1.{did_you_mean_number(value, share=True)}"


def _is_share(path: Path) -> bool:
    """Whether a number is a share of a whole, from 0 to 1."""
    return str(path[-1]).endswith("_share") or path[-1] == "fidelity"

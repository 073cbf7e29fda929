"""Commands that look something up and run nothing: places, scenarios, measures, checks, and this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from demandsim.cli_shared import INVALID, Json, print_json


def places(
    text: Annotated[str, typer.Argument(help="Part of a name or code; all places without it.")] = "",
    as_json: Json = False,
) -> None:
    """List places that can be simulated."""
    from demandsim.place.names import find_place, list_places

    found = list_places(text) or [find_place(text)]
    if as_json:
        print_json(places=[{"code": p.code, "name": p.name, "kind": p.kind, "council": p.council_name} for p in found])
        return
    for place in found:
        beside = "" if place.has_care_duty else f"  (adult social care: {place.council_name})"
        print(f"{place.code}  {place.name}{beside}")


def place_export(
    place: Annotated[str, typer.Argument(help="Name or code.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write (PLACE.yaml).")] = None,
) -> None:
    """Write a file in which a council can put its own figures."""
    from demandsim.experiment.errors import from_os_error
    from demandsim.place.names import find_place
    from demandsim.place.own import export_place

    found = find_place(place)
    slug = "-".join("".join(c if c.isalnum() else " " for c in found.name.lower()).split())
    target = output if output is not None else Path(f"{slug}.yaml")
    try:
        written = export_place(found, target)
    except OSError as error:
        raise from_os_error(error, str(target)) from error
    print(f"{written}\nUse it with: demandsim run sustained --place {_as_path(written)}")


def _as_path(path: Path) -> str:
    """A path as it may be typed in a command, told from a place's name."""
    return quote(str(path) if path.is_absolute() or len(path.parts) > 1 else f"./{path}")


def scenarios(as_json: Json = False) -> None:
    """List the scenario library, by group."""
    from dataclasses import asdict
    from itertools import groupby

    from demandsim.scenario.catalogue import catalogue
    from demandsim.scenario.library import list_scenarios

    entries, summaries = catalogue(), list_scenarios()
    if as_json:
        print_json(scenarios=[asdict(entry) | {"summary": summaries[entry.name]} for entry in entries])
        return
    for number, (group, members) in enumerate(groupby(entries, key=lambda entry: entry.group)):
        print(f"{chr(10) if number else ''}{group}")
        for entry in members:
            print(f"  {entry.name}\n    {entry.words.replace('`', '')}")
    print("\nAll values of one, and where they come from: demandsim explain NAME")


def measures(as_json: Json = False) -> None:
    """List what is measured, by family, each with its definition and unit."""
    import textwrap

    from demandsim.measures.register import BETTER, FAMILIES, as_records

    if as_json:
        print_json(measures=as_records())
        return
    for number, (family, members) in enumerate(FAMILIES.items()):
        print(f"{chr(10) if number else ''}{family}\n{'-' * len(family)}")
        for measure in members:
            better = "" if measure.direction == 0 else f", {BETTER[measure.direction]} is better"
            print(f"{measure.name} ({measure.unit}){better}")
            label = "" if measure.definition.startswith(measure.label) else f"{measure.label}. "
            for text in (f"{label}{measure.definition}", f"Source: {measure.source}."):
                print(textwrap.fill(text, 80, initial_indent="  ", subsequent_indent="  "))


def check(
    files: Annotated[list[str], typer.Argument(help="Scenario files, folders of them, or names of the library.")],
    as_json: Json = False,
) -> None:
    """Check scenario files; nothing is run."""
    from demandsim.experiment.prepare import place_problem
    from demandsim.scenario.explain import check as find_problems
    from demandsim.scenario.library import load_scenario, scenario_files

    files = list(scenario_files(files))
    problems = find_problems(files)
    if not problems:
        problems = [problem for file in files if (problem := place_problem(load_scenario(file)))]
    if as_json:
        print_json(problems=problems)
    elif not problems:
        print(f"{len(files)} scenario{'s' if len(files) != 1 else ''}: no problem found.")
    else:
        print("\n".join(problems), file=sys.stderr)
        print(f"{len(problems)} problem{'s' if len(problems) != 1 else ''} found.", file=sys.stderr)
    if problems:
        raise typer.Exit(INVALID)


def schema() -> None:
    """Print the scenario format as JSON Schema, for editors."""
    import json

    from demandsim.scenario.schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))


def explain(scenario: Annotated[str, typer.Argument(help="Scenario of the library, or a file.")]) -> None:
    """Show every resolved value of a scenario and where it came from."""
    from demandsim.scenario.explain import explain as tell
    from demandsim.scenario.library import load_scenario

    print(tell(load_scenario(scenario)), end="")


def doctor() -> None:
    """See whether this machine can run the model."""
    import tempfile
    import time

    import numpy as np

    from demandsim.experiment.kernels import cache_folder
    from demandsim.experiment.pool import workers
    from demandsim.experiment.versions import data_version, environment, model_version

    print(f"demandsim {model_version()}, data {data_version()}")
    for name, number in environment().items():
        print(f"{name} {number}")
    print(f"cores {workers(None)}")
    memory = _memory_gib()
    print(f"memory {memory:.1f} GiB" if memory else "memory unknown")
    if memory and memory < 1.5:
        print("  Little memory: use --jobs 1.")
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            print(f"kernel cache {folder}: writable")
    except OSError as error:
        print(f"kernel cache {folder}: not writable ({error.strerror}); kernels are compiled anew every time.")
        print("  Set NUMBA_CACHE_DIR to a folder you may write to.")
    started = time.perf_counter()
    from demandsim import luck

    drawn = luck.draw(np.uint64(1), np.arange(4, dtype=np.uint64), 0, 1)
    if not bool(((drawn >= 0) & (drawn < 1)).all()):
        raise RuntimeError("kernels give wrong numbers on this machine")
    print(f"kernels compile and run ({time.perf_counter() - started:.1f} s)")


def _memory_gib() -> float:
    """Memory of the machine, 0 where it cannot be told."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (AttributeError, ValueError, OSError):
        return 0.0

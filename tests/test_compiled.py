"""What is compiled is compiled once and kept: no process waits for it again at every start."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import demandsim
from demandsim.compiled import f4, plain
from demandsim.processes.hazards import hazard_chance

ROOT = Path(demandsim.__file__).parent
COMPILED = {"rule", "kernel"}


def decorated(function: ast.FunctionDef) -> set[str]:
    return {mark.id for mark in function.decorator_list if isinstance(mark, ast.Name)}


def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join((ROOT.name, *path.relative_to(ROOT).with_suffix("").parts))
        found[name.removesuffix(".__init__")] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def rules(module: ast.Module) -> set[str]:
    return {node.name for node in module.body if isinstance(node, ast.FunctionDef) and "rule" in decorated(node)}


def outside_loops(node: ast.AST) -> Iterator[ast.Call]:
    """Every call of a name that Python makes itself, not compiled code."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef) and decorated(child) & COMPILED:
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Name):
            yield child
        yield from outside_loops(child)


def test_python_calls_rules_plainly():
    """A rule is kept nowhere by itself: called from Python it would be compiled anew at every start."""
    parsed = modules()
    known = {name: rules(module) for name, module in parsed.items()}
    assert sum(map(len, known.values())) > 50
    wrong = []
    for name, module in parsed.items():
        here = set(known[name])
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom):
                here |= {
                    each.asname or each.name for each in node.names if each.name in known.get(str(node.module), ())
                }
        wrong += [f"{name}:{call.lineno} {call.func.id}" for call in outside_loops(module) if call.func.id in here]
    assert wrong == []


def test_a_plain_rule_gives_what_the_compiled_one_gives():
    for hazard in (0.0, 1e-7, 0.013, 0.2):
        assert np.float32(plain(hazard_chance)(f4(hazard))) == np.float32(hazard_chance(f4(hazard)))
    assert plain(len) is len

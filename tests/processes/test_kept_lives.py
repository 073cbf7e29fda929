"""Kept lives: they come back as they were, or not at all."""

import ast
from pathlib import Path

import numpy as np

from demandsim.parameters.register import Numbers
from demandsim.processes import kept_lives
from demandsim.processes.donors import Lives
from demandsim.processes.kept_lives import lives_of, load_lives, save_lives
from tests.processes.body_town import few_lives, profile


def equal(one: Lives, two: Lives) -> bool:
    first, second = kept_lives._arrays(one), kept_lives._arrays(two)
    return all(np.array_equal(first[name], second[name]) for name in first) and first.keys() == second.keys()


def test_lives_kept_in_a_file_come_back(tmp_path):
    path = tmp_path / "folder" / "lives-1.npz"
    save_lives(few_lives(), path)
    assert equal(load_lives(path), few_lives())


def test_a_damaged_file_is_not_believed(tmp_path):
    path = tmp_path / "lives-1.npz"
    save_lives(few_lives(), path)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    assert load_lives(path) is None
    path.write_bytes(b"nonsense")
    assert load_lives(path) is None
    assert load_lives(tmp_path / "missing.npz") is None


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    save_lives(few_lives(), blocked / "lives-1.npz")
    assert blocked.read_text() == "in the way"


def test_only_the_newest_files_stay(tmp_path):
    for number in range(kept_lives._HELD_FILES + 3):
        save_lives(few_lives(), tmp_path / f"lives-{number}.npz")
    assert len(list(tmp_path.iterdir())) == kept_lives._HELD_FILES


def test_lives_of_a_place_come_from_the_cache_folder_the_second_time(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(kept_lives, "_held", type(kept_lives._held)())
    monkeypatch.setattr(kept_lives, "LIVES", 60)
    first = lives_of(profile(), Numbers())
    assert len(list((tmp_path / "demandsim").glob("lives-*.npz"))) == 1
    monkeypatch.setattr(kept_lives, "_held", type(kept_lives._held)())
    monkeypatch.setattr(kept_lives, "live", None)
    assert equal(lives_of(profile(), Numbers()), first)


def test_another_rule_or_table_asks_for_other_lives():
    place = profile()
    keys = {
        kept_lives.lives_key(Numbers(), place.qx[0], place.quintile_ratio),
        kept_lives.lives_key(Numbers({"frailty.onset": 0.1}), place.qx[0], place.quintile_ratio),
        kept_lives.lives_key(Numbers(), place.qx[1], place.quintile_ratio),
    }
    assert len(keys) == 3


ROOMS = ("luck", "compiled", "processes.")
"""Where arithmetic lies; what else the rules import are declarations and the reading of parameters."""


def modules_from(name: str) -> set[str]:
    """Modules of arithmetic from which another takes something, directly or not, itself among them."""
    found, waiting = {name}, [name]
    while waiting:
        source = (Path(kept_lives.__file__).parents[1] / waiting.pop()).read_text(encoding="utf-8")
        imports = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module)
        inside = (node.module.removeprefix("demandsim.") for node in imports if node.module.startswith("demandsim."))
        names = {f"{module.replace('.', '/')}.py" for module in inside if module.startswith(ROOMS)}
        waiting += names - found
        found |= names
    return found


def test_a_change_in_any_module_that_lives_obey_asks_for_other_lives():
    obeyed = modules_from("processes/donors.py")
    assert {"luck.py", "processes/hazards.py"} < obeyed
    assert set(kept_lives._SOURCES) == obeyed - {"processes/base.py"}  # which holds no arithmetic

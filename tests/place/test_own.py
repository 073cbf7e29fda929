"""A council's own figures: exported, edited, read back, refused where wrong."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import pytest

from demandsim.place.names import PlaceError, find_place
from demandsim.place.own import FIGURES, export_place, load_own
from demandsim.scenario.errors import ScenarioError
from demandsim.scenario.loader import read_yaml


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "p.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_exported_file_changes_nothing_until_it_is_edited(tmp_path: Path) -> None:
    path = export_place("sunderland", tmp_path / "s.yaml")
    own = load_own(path, read_yaml)
    assert own.place == find_place("sunderland")
    assert dict(own.figures) == {}
    text = path.read_text(encoding="utf-8")
    assert all(f"# {name}:" in text for name in FIGURES)
    assert "  # care_home_residents:  # residents of care homes aged 65 and over, people (not published" in text
    path.write_text(text.replace("  # home_owner_share: 0.585 ", "  home_owner_share: 0.62 "), encoding="utf-8")
    assert dict(load_own(path, read_yaml).figures) == {"home_owner_share": 0.62}


def test_an_existing_file_is_left_alone_and_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "mine")
    with pytest.raises(PlaceError, match="exists already"):
        export_place("wigan", path)
    assert path.read_text(encoding="utf-8") == "mine"
    with pytest.raises(PlaceError, match="cannot write"):
        export_place("wigan", tmp_path / "nowhere" / "w.yaml")


def test_a_disk_that_fills_leaves_no_half_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class FullDisk(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    plainly = Path.open

    def on_full_disk(self: Path, mode: str = "r", **how: Any) -> Any:
        if mode != "x":
            return plainly(self, mode, **how)
        self.touch()
        return FullDisk()

    monkeypatch.setattr(Path, "open", on_full_disk)
    with pytest.raises(OSError, match="No space left"):
        export_place(find_place("wigan"), tmp_path / "w.yaml")
    assert not (tmp_path / "w.yaml").exists()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format: 1\nplace: wigan\nfigurs: {}\n", "did you mean figures?"),
        ("format: 1\nplace: wigan\nfigures: {death_factor: 1}\n", "did you mean figures.deaths_factor?"),
        ("format: 1\nplace: wigan\nfigures:\n  deaths_factor: 9\n", "p.yaml:4: .* from 0.4 to 2"),
        ("format: 1\nplace: wigan\nfigures: {deaths_factor: yes}\n", "must be a number"),
        ("format: 1\nplace: wigan\nfigures: {deaths_factor: true}\n", "must be a number"),
        ("format: 1\nplace: wigan\nfigures: [1]\n", "name: value"),
        ("format: 1\nplace: wigan\nfigures:\n  home_owner_share:2\n", "a space after the colon"),
        ("format: 1\nplace: wigan\nfigures: {home_owner_share: 58.4}\n", "Did you mean 0.584?"),
        ("format: 1\nplace: wigan\nfigures: {home_owner_share: 58.4%}\n", "Did you mean 0.584?"),
        ("format: 1\nplace: wigan\nfigures:\n  care_home_residents: 2,860\n", "Did you mean 2860?"),
        ("format: 1\nplace: wigan\nfigures:\n  care_home_residents: '2860'\n", "not '2860'. Did you mean 2860?"),
        ("format: 1\nplace: wigan\nfigures:\n  care_home_residents: -5\n", "from 0 to 50000 .*, not -5.$"),
        ("format: 1\nplace: wigan\nfigures:\n  care_home_residents:\n", "p.yaml:4: .* has no value; write a number"),
        ("format: 1\nplace: wigan\nfigures:\nhome_owner_share: 0.2\n", "p.yaml:4: .* belongs below `figures:`"),
        ("format: 1\nplace: wigan\nfigures:\n  source: ours\n", "start of a line"),
        ("format: 1\nplace: wigan\nfigures:\n  population: 300000\n", "ONS estimate of mid-2024"),
        ("format: 1\nplace: wigan\nfigures: {long_term_clients: 4000}\n", "comes out of the model"),
        ("format: 1\nplace: wigan\nnet_budget: 90000000\n", "a scenario says how it changes"),
        ("format: 2\nplace: wigan\n", "format must be 1"),
        ("format: 1\n", "place is missing"),
        ("format: 1\nplace: wigann\n", "did you mean Wigan"),
        ("- 1\n", "starts with"),
    ],
)
def test_what_is_wrong_in_a_file_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(PlaceError, match=says):
        load_own(written(tmp_path, text), read_yaml)


def test_what_is_not_plain_yaml_is_refused_by_the_strict_reader(tmp_path: Path) -> None:
    for text in ("format: 1\nformat: 1\n", "a: &x 1\nb: *x\n", "a: !!python/name:os.system\n", "a: [.nan]\n"):
        with pytest.raises(ScenarioError):
            load_own(written(tmp_path, text), read_yaml)

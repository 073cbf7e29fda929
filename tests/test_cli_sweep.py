from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from demandsim.cli import main
from tests.experiment.sweep.toys import TROUBLE, make_toy

FILE = """\
format: 1
scenarios: [deficit, strengths]
vary:
  adoption.years: {values: [1, 5]}
design: grid
replicates: 1
years: 1
scale: 0.02
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a sweep file, whose runs are a toy's."""
    from demandsim.experiment.sweep import estimate, folder, run

    real_sweep, real_retry, real_estimate = run.run_sweep, folder.retry, estimate.estimate
    monkeypatch.setattr(run, "run_sweep", lambda *a, **k: real_sweep(*a, **{**k, "make": make_toy, "jobs": 1}))
    monkeypatch.setattr(folder, "retry", lambda *a, **k: real_retry(*a, **{**k, "make": make_toy, "jobs": 1}))
    monkeypatch.setattr(estimate, "estimate", lambda *a, **k: real_estimate(*a, **{**k, "make": make_toy}))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cuts.yaml").write_text(FILE, encoding="utf-8")
    return tmp_path


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_a_sweep_from_dry_run_to_table(here: Path, capsys: Any):
    code, out, _ = call(capsys, "sweep", "cuts.yaml", "--dry-run")
    assert code == 0
    assert "2 points, 3 runs." in out
    assert "Measured just now" in out
    assert not (here / "results").exists()
    code, _, err = call(capsys, "sweep", "cuts.yaml", "--design-csv", "d.csv")
    assert (code, "2 points written to d.csv" in err) == (0, True)
    assert (here / "d.csv").read_text().startswith("point,place,scenario,run,adoption.years\n0,Sunderland,deficit,")
    code, out, _ = call(capsys, "sweep", "cuts.yaml", "-o", "s")
    assert code == 0
    assert "3 of 3 runs are finished." in out
    code, out, err = call(capsys, "sweep", "cuts.yaml", "-o", "s", "--json")
    content = json.loads(out)
    assert (content["schema_version"], content["sweep"]["reused"], content["sweep"]["failed"]) == (1, 3, 0)
    assert [json.loads(line)["event"] for line in err.splitlines()] == ["end"]
    code, out, _ = call(capsys, "status", "s")
    assert "3 finished, 0 failed, 0 missing" in out
    code, out, _ = call(capsys, "verify", "s")
    assert (code, "0 files damaged" in out) == (0, True)
    for target in ("r.csv", "r.parquet"):
        code, _, err = call(capsys, "export", "s", "-o", target, "--measure", "cost")
        assert (code, "rows written" in err) == (0, True)
    assert (here / "r.csv").read_text().startswith("point,place,adoption.years,run,scenario,replicate,year,measure,")
    assert call(capsys, "sweep", "cuts.yaml", "-o", "s", "--dry-run")[1].endswith("Nothing is left to run.\n")


@pytest.mark.parametrize(("cuts", "asked"), [("[0, 0.15, 0.3]", True), ("[0, 0.5, 30]", False), ("[0, 1]", False)])
def test_cuts_that_look_like_shares_are_asked_back_about(here: Path, capsys: Any, cuts: str, asked: bool):
    (here / "cuts.yaml").write_text(FILE + f"cuts: {cuts}\n", encoding="utf-8")
    code, _, err = call(capsys, "sweep", "cuts.yaml", "--dry-run")
    assert code == 0
    assert ("If 30 per cent is meant, write 30." in err) == asked


def test_failed_runs_leave_with_3_and_can_be_tried_again(here: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch):
    (here / "trouble").write_text("fail")
    monkeypatch.setenv(TROUBLE, str(here / "trouble"))
    code, out, _ = call(capsys, "sweep", "cuts.yaml", "-o", "s")
    assert code == 3
    assert "3 failed (ValueError: on purpose)." in out
    assert "demandsim retry s --failed" in out
    (here / "trouble").unlink()
    code, out, _ = call(capsys, "retry", "s", "--failed")
    assert (code, "3 of 3 runs are finished." in out) == (0, True)


def test_damage_leaves_with_4(here: Path, capsys: Any):
    call(capsys, "sweep", "cuts.yaml", "-o", "s")
    path = next((here / "s" / "parts").glob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    code, out, err = call(capsys, "verify", "s")
    assert code == 4
    assert "1 are missing" in out
    assert f"{path.name}: damaged" in err
    code, out, _ = call(capsys, "sweep", "cuts.yaml", "-o", "s")
    assert (code, "3 of 3 runs are finished, 2 of them before." in out) == (0, True)


def test_an_interrupted_sweep_prints_the_command_that_goes_on(here: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch):
    (here / "trouble").write_text("interrupt")
    monkeypatch.setenv(TROUBLE, str(here / "trouble"))
    code, _, err = call(capsys, "sweep", "cuts.yaml", "-o", "s")
    assert code == 130
    assert "To go on: demandsim sweep cuts.yaml -o s" in err


def test_shards_tell_what_is_left_to_others(here: Path, capsys: Any):
    code, out, _ = call(capsys, "sweep", "cuts.yaml", "-o", "s", "--shard", "0/2")
    assert code == 0
    assert "shard 0/2: 1 of 1 runs are finished." in out
    assert "2 runs of other shards are missing" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sweep", "none.yaml"), "no such file"),
        (("sweep", "cuts.yaml", "--shard", "2/2"), "Did you mean 1/2?"),
        (("sweep", "cuts.yaml", "--jobs", "0"), "whole number from 1"),
        (("sweep", "cuts.yaml", "--executor", "ray"), "Give local"),
        (("sweep", "cuts.yaml", "--executor", "dask"), "--scheduler ADDRESS"),
        (("sweep", "cuts.yaml", "--scheduler", "tcp://x:1"), "--executor dask"),
        (("sweep", "cuts.yaml", "--replicates", "0"), "not between 1 and"),
        (("status", "."), "no folder of a sweep"),
        (("verify", "nowhere"), "no folder of a sweep"),
        (("retry", "nowhere"), "no folder of a sweep"),
        (("export", "nowhere", "-o", "x.xlsx"), "neither .csv nor .parquet"),
        (("sweep", "cuts.yaml", "-o", "."), "no result of demandsim"),
    ],
)
def test_what_cannot_be_meant_leaves_with_2(here: Path, capsys: Any, words: tuple[str, ...], said: str):
    code, out, err = call(capsys, *words)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_commands_that_are_printed_can_be_given_as_they_stand(here: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch):
    """A folder's name may hold spaces: in what is printed to be typed it is one word all the same."""
    name, trouble = "Q3 cuts/out put", here / "trouble"
    told = [call(capsys, "status", name)[2]]
    trouble.write_text("fail 45")
    monkeypatch.setenv(TROUBLE, str(trouble))
    told += [call(capsys, "sweep", "cuts.yaml", "-o", name)[1], call(capsys, "status", name)[1]]
    told.append(call(capsys, "report", name)[2])
    told.append(call(capsys, "report", "Q3 report")[2])
    commands = [
        found for text in told for found in re.findall(r"demandsim [a-z]+ .*?(?=`|$)", text, flags=re.MULTILINE)
    ]
    assert {command.split()[1] for command in commands} == {"sweep", "export", "retry", "status", "compare"}
    for command in commands:
        assert {name, "Q3 report"} & set(shlex.split(command)), command

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demandsim import cli
from demandsim.cli_shared import per_cent
from demandsim.experiment.errors import ResourceError, StoppedError
from demandsim.experiment.runner import run_plan
from tests.experiment.fake import make_model


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The stand-in for the model, and a folder of one's own to work in."""
    monkeypatch.chdir(tmp_path)

    def run(plan: Any, *, folder: Path, jobs: int, progress: Any) -> Any:
        return run_plan(plan, folder=folder, jobs=1, progress=progress, make=fake_effects)

    monkeypatch.setattr("demandsim.api.run_with_workers", run)


def fake_effects(task: Any, on_month: Any) -> Any:
    """Give a real scenario the attributes that the stand-in reads."""
    from tests.experiment.fake import FakeScenario

    name = task.scenario.name
    stand_in = FakeScenario(name, effect=float("strengths" in name), cut=float("cut" in name))
    object.__setattr__(task, "scenario", stand_in)
    return make_model(task, on_month)


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        cli.main(list(words))
    shown = capsys.readouterr()
    assert isinstance(left.value.code, int)
    return left.value.code, shown.out, shown.err


QUICK = ("--years", "2", "--replicates", "2", "--scale", "0.5")


def test_compare_prints_the_answer_and_says_where_files_lie(capsys: Any, tmp_path: Path):
    code, out, err = call(capsys, "compare", "deficit", "strengths", "--cut", "30", *QUICK)
    assert code == 0
    assert "DOES PRACTICE SOFTEN THE CUT?" in out
    assert err == ""
    (folder,) = (tmp_path / "results").iterdir()
    assert folder.name.startswith("sunderland-")
    assert f"results/{folder.name}" in out
    assert {"manifest.json", "measures.parquet", "parts", "figures", "summary.md", "differences.csv"} <= {
        path.name for path in folder.iterdir()
    }


def test_json_is_one_object_alone_on_stdout(capsys: Any):
    code, out, _ = call(capsys, "compare", "deficit", "strengths", "--json", "-o", "out", *QUICK)
    found = json.loads(out)
    assert code == 0
    assert found["schema_version"] == 1
    assert found["place"]["code"] == "E08000024"
    assert [s["name"] for s in found["scenarios"]] == ["deficit", "strengths"]
    assert {"measures", "differences"} <= set(found)
    assert (found["yardstick"], found["seed"]) == ("deficit", 1)
    assert {s["cut_percent"] for s in found["scenarios"]} == {0}
    manifest = json.loads(Path("out/manifest.json").read_text(encoding="utf-8"))["design"]
    assert (found["model"], found["data"]) == (manifest["model"], manifest["data"])
    assert found["scale_bias"]["measured_scale"] == 0.25


def test_ranges_are_drawn_besides_the_replicates(capsys: Any):
    words = ("compare", "deficit", "strengths", "--no-brief", "-o", "out", *QUICK)
    code, out, err = call(capsys, *words, "--ranges", "3")
    assert (code, err) == (0, "")
    assert "CHANCE AND WHAT IS NOT KNOWN" in out
    code, out, _ = call(capsys, *words, "--ranges", "3", "--json")
    found = json.loads(out)
    assert found["draws"] == 3
    assert {r["interval"] for r in found["differences"]} == {"chance", "chance+parameters"}
    assert {e["grade"] for e in found["evidence"]} >= {"not yet measured"}
    code, out, err = call(capsys, *words, "--ranges", "2000")
    assert (code, out) == (2, "")
    assert "--ranges 2000: not possible" in err


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_locale_without_our_signs_is_no_bug(monkeypatch: pytest.MonkeyPatch, encoding: str):
    """As LC_ALL=C, or a file that Windows pipes into: our minus sign, lines and dots are not in both."""
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, encoding=encoding))
    with pytest.raises(SystemExit) as left:
        cli.main(["measures"])
    sys.stdout.flush()
    assert left.value.code == 0
    assert "… with care needs" in out.getvalue().decode("utf-8")


def test_a_cut_may_be_written_with_its_sign():
    assert [per_cent(text) for text in ("30", "30%", " 12.5 % ")] == [30.0, 30.0, 12.5]


def test_a_cut_that_looks_like_a_share_is_run_as_written_and_asked_back_about(capsys: Any):
    """0.3 is most likely three tenths to whoever writes it, and three thousandths to the command."""
    assert per_cent("0.3") == 0.3
    told = capsys.readouterr().err
    assert "--cut 0.3 takes 0.3 per cent off the budget" in told
    assert "If 30 per cent is meant, write 30." in told
    for plain in ("0.3%", "1", "30", "0"):
        per_cent(plain)
    assert capsys.readouterr().err == ""
    code, out, err = call(capsys, "run", "deficit", "--cut", "0.3", *QUICK)
    assert (code, err) == (0, told)
    assert "0.3 %" in out


def test_a_brief_is_written_and_made_again(capsys: Any, tmp_path: Path):
    code, out, _ = call(capsys, "compare", "deficit", "strengths", "-o", "out", *QUICK)
    assert code == 0
    assert "out/brief.html" in out
    written = (tmp_path / "out" / "brief.html").read_bytes()
    assert call(capsys, "report", "out")[0] == 0  # the same content is no overwriting
    code, out, err = call(capsys, "report", "out", "-o", "b.html")
    assert (code, out, err) == (0, "b.html\n", "")
    assert (tmp_path / "b.html").read_bytes() == written


def test_no_brief_is_written_where_none_is_wanted(capsys: Any, tmp_path: Path):
    code, out, _ = call(capsys, "compare", "deficit", "strengths", "--no-brief", "-o", "out", *QUICK)
    assert code == 0
    assert "brief" not in out
    assert not (tmp_path / "out" / "brief.html").exists()


def test_a_report_that_cannot_be_made_says_why(capsys: Any, tmp_path: Path):
    code, out, err = call(capsys, "report", "nowhere")
    assert (code, out) == (2, "")
    assert "no such folder" in err
    call(capsys, "run", "sustained", "-o", "alone", *QUICK)
    code, _, err = call(capsys, "report", "alone")
    assert code == 2
    assert "two side by side" in err
    call(capsys, "compare", "deficit", "strengths", "--no-brief", "-o", "out", *QUICK)
    (tmp_path / "mine.html").write_text("mine")
    assert call(capsys, "report", "out", "-o", "mine.html")[0] == 2
    assert (tmp_path / "mine.html").read_text() == "mine"
    table = tmp_path / "out" / "measures.parquet"
    table.write_bytes(table.read_bytes()[:-9])
    code, _, err = call(capsys, "report", "out")
    assert code == 4
    assert "Traceback" not in err
    assert not (tmp_path / "out" / "brief.html").exists()


def test_run_shows_years(capsys: Any):
    code, out, _ = call(capsys, "run", "sustained", "-o", "out", *QUICK)
    assert code == 0
    assert "2024      2025" in out


def test_quick_says_so(capsys: Any):
    code, out, _ = call(capsys, "run", "deficit", "--quick", "--years", "1", "-o", "out")
    assert code == 0
    assert "5 % of residents" in out
    assert "3 runs" in out
    assert "quick look" in out
    assert "Bias of a sample (here 14,430 people): among 20,202 people of Sunderland" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("run", "deficit", "--scale", "0"), "--scale 0"),
        (("run", "deficit", "--scale", "nan"), "--scale nan"),
        (("run", "deficit", "--scale", "0.0001"), "Give at least 0.0007"),
        (("run", "deficit", "--years", "-1"), "--years -1"),
        (("run", "deficit", "--seed", "-1"), "--seed -1"),
        (("run", "deficit", "--seed", "luck"), "--seed"),
        (("run", "deficit", "--jobs", "0"), "--jobs 0"),
        (("run", "defict"), 'did you mean "deficit"'),
        (("run", "deficit", "--place", "wigin"), "Wigan"),
        (("run", "deficit", "--place", "./none.yaml"), "none.yaml"),
        (("run", "none.yaml"), "none.yaml"),
        (("run", "deficit", "-o", "/dev/null/x"), "/dev/null/x"),
        (("compare", "deficit"), "two or more"),
        (("compare", "deficit", "deficit"), "named twice"),
        (("compare", "deficit", "strengths", "--cut", "101"), "--cut 101"),
        (("compare", "deficit", "strengths", "--cut", "0"), "--cut 0"),
        (("compare", "deficit", "strengths", "--cut", "nan%"), "--cut nan"),
        (("compare", "deficit", "strengths", "--cut", "deep"), "write --cut 30"),
        (("explain", "defict"), "deficit"),
        (("check", "defict"), "deficit"),
        (("places", "xyzzy"), "xyzzy"),
        (("places", "Rutlnd"), "did you mean Rutland?"),
        (("nonsense",), "nonsense"),
        (("run",), "scenario"),
    ],
)
def test_bad_input_is_one_message_and_code_2(capsys: Any, tmp_path: Path, words: tuple[str, ...], named: str):
    code, out, err = call(capsys, *words)
    assert code == 2
    assert named in err
    assert "Traceback" not in err
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_another_result_is_not_overwritten(capsys: Any):
    assert call(capsys, "run", "deficit", "-o", "out", *QUICK)[0] == 0
    before = {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}
    code, _, err = call(capsys, "run", "strengths", "-o", "out", *QUICK)
    assert code == 2
    assert "holds another result (scenarios deficit)" in err
    assert before == {path: path.read_bytes() for path in Path("out").rglob("*") if path.is_file()}


def test_a_damaged_part_is_said_on_stderr_and_the_answer_stays(capsys: Any):
    _, before, _ = call(capsys, "run", "deficit", "-o", "out", *QUICK)
    part = next(Path("out/parts").glob("*.parquet"))
    part.write_bytes(part.read_bytes()[:-1])
    code, after, err = call(capsys, "run", "deficit", "-o", "out", *QUICK)
    assert (code, after) == (0, before)
    assert f"{part}: damaged" in err
    assert part.with_suffix(".bad").name in err


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def run(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr("demandsim.api.run_with_workers", run)


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (StoppedError("stopped."), 130, "To go on: demandsim run deficit"),
        (KeyboardInterrupt(), 130, "To go on: demandsim run deficit"),
        (ResourceError("no room."), 5, "no room"),
        (MemoryError(), 5, "no memory"),
        (OSError(28, "No space left on device"), 5, "no space"),
        (ZeroDivisionError("x"), 1, "a bug (ZeroDivisionError"),
    ],
)
def test_each_end_has_its_code(
    capsys: Any, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int, said: str
):
    fail_with(monkeypatch, error)
    found, _, err = call(capsys, "run", "deficit")
    assert found == code
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--debug", "compare", "a", "b"], "Finished runs are kept. To go on: demandsim --debug compare a b"),
        (["twin", "deficit", "strengths"], "Stopped. To begin again: demandsim twin deficit strengths"),
        (["sweep", "cuts.yaml", "--dry-run"], "Stopped. To begin again: demandsim sweep cuts.yaml --dry-run"),
    ],
)
def test_only_what_keeps_its_runs_says_so_when_it_is_stopped(
    capsys: Any, monkeypatch: pytest.MonkeyPatch, given: list[str], said: str
):
    monkeypatch.setattr(cli, "_given", given)
    assert cli._interrupted() == 130
    assert said in capsys.readouterr().err


def in_bash(given: list[str], around: str) -> subprocess.CompletedProcess[str]:
    """Run the command line with what the shell puts after it."""
    code = f"from demandsim.cli import main; main({given})"
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(code)} {around}"
    return subprocess.run(command, shell=True, executable="/bin/bash", capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", ["measures", "schema", "places"])
def test_who_reads_the_first_line_alone_meets_no_error(command: str):
    done = in_bash([command], "| head -n 1; echo ${PIPESTATUS[0]}")
    assert done.stdout.splitlines()[-1] == "0"
    assert done.stderr == ""


@pytest.mark.skipif(sys.platform == "win32", reason="closes file descriptors")
@pytest.mark.parametrize("number", [1, 2])
def test_a_closed_stream_is_no_bug(number: int):
    done = in_bash(["places", "wigan"], f"{number}>&-")
    assert (done.returncode, done.stderr) == (0, "")


def test_debug_shows_the_traceback(monkeypatch: pytest.MonkeyPatch):
    fail_with(monkeypatch, ZeroDivisionError("x"))
    with pytest.raises(ZeroDivisionError):
        cli.main(["run", "deficit", "--debug"])


def test_failed_runs_are_code_3_and_the_rest_is_kept(capsys: Any, monkeypatch: pytest.MonkeyPatch):
    def broken(task: Any, on_month: Any) -> Any:
        if task.replicate == 2:
            raise ValueError("on purpose")
        return fake_effects(task, on_month)

    def run(plan: Any, *, folder: Path, jobs: int, progress: Any) -> Any:
        return run_plan(plan, folder=folder, make=broken)

    monkeypatch.setattr("demandsim.api.run_with_workers", run)
    code, out, err = call(capsys, "compare", "deficit", "strengths", "-o", "out", "--years", "1", "--replicates", "3")
    assert code == 3
    assert "2 runs of each" in out
    assert err.count("on purpose") == 1
    assert "try them again" in err


def test_lists_and_explanations(capsys: Any):
    assert "E08000024  Sunderland" in call(capsys, "places", "sunder")[1]
    assert "strengths_in_name_only" in call(capsys, "scenarios")[1]
    assert "unmet_need_people (people)" in call(capsys, "measures")[1]
    assert "practice" in call(capsys, "explain", "strengths")[1]
    assert call(capsys, "check", "deficit", "strengths")[:2] == (0, "2 scenarios: no problem found.\n")
    assert "demandsim 0." in call(capsys, "--version")[1]
    assert "kernels compile and run" in call(capsys, "doctor")[1]


@pytest.mark.parametrize("what", ["places", "scenarios", "measures"])
def test_lists_as_json(capsys: Any, what: str):
    found = json.loads(call(capsys, what, "--json")[1])
    assert found["schema_version"] == 1
    assert len(found[what]) > 3


def test_a_place_is_exported_and_not_overwritten(capsys: Any, tmp_path: Path):
    code, out, _ = call(capsys, "place", "export", "City of Sunderland")
    assert code == 0
    assert "--place ./sunderland.yaml" in out
    assert (tmp_path / "sunderland.yaml").exists()
    assert call(capsys, "place", "export", "sunderland")[0] == 2


HEAVY = {"mesa", "numba", "pandas", "matplotlib", "scipy", "pyarrow"}


@pytest.mark.parametrize(
    "words", [["--help"], ["places", "sund"], ["check", "deficit"], ["measures"], ["scenarios"], []]
)
def test_light_commands_import_nothing_heavy(words: list[str]):
    code = f"""
import sys, demandsim
if {bool(words)}:
    from demandsim.cli import main
    try:
        main({words})
    except SystemExit as left:
        assert left.code == 0
print("LOADED", *sorted(name for name in sys.modules if "." not in name))
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not HEAVY & set(shown.split("LOADED")[1].split())


@pytest.mark.parametrize(
    "words",
    [
        ["sweep", "none.yaml"],
        ["sweep", "bad.yaml"],
        ["sweep", "good.yaml", "--scheduler", "tcp://10.0.0.5:8786"],
        ["sweep", "good.yaml", "--shard", "3"],
        ["sweep", "small.yaml"],
        ["status", "nowhere"],
        ["retry", "nowhere"],
        ["compare", "deficit", "nosuch"],
        ["run", "deficit", "--jobs", "0"],
    ],
)
def test_what_is_wrong_is_told_without_waiting_for_the_model(tmp_path: Path, words: list[str]):
    sweep = "format: 1\nbase: deficit\nvary:\n  adoption.years: [1, 5]\n"
    for name, text in {"good": sweep, "bad": sweep + "  nothing: [1]\n", "small": sweep + "scale: 0.00001\n"}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    code = f"""
import sys
from demandsim.cli import main
try:
    main({words})
except SystemExit as left:
    assert left.code == 2
print("LOADED", *sorted(name for name in sys.modules if "." not in name))
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert not {"mesa", "numba", "pandas", "matplotlib", "scipy"} & set(shown.stdout.split("LOADED")[1].split())


def test_check_finds_a_place_that_there_is_not(capsys: Any, tmp_path: Path):
    mine = tmp_path / "mine.yaml"
    mine.write_text("format: 1\nextends: deficit\nplace: wigen\n")
    code, out, err = call(capsys, "check", str(mine))
    assert (code, out) == (2, "")
    assert "did you mean Wigan" in err


def test_the_schema_is_json_and_knows_every_lever(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "schema")
    schema = json.loads(out)
    assert code == 0
    assert schema["properties"]["format"]["const"] == 1
    assert {"DoorLevers", "FinanceTerms"} <= schema["$defs"].keys()


def test_check_takes_a_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    assert call(capsys, "check", str(folder))[0] == 2
    (folder / "a.yaml").write_text("format: 1\nextends: deficit\nyears: 3\n", encoding="utf-8")
    (folder / "notes.txt").write_text("not a scenario", encoding="utf-8")
    assert call(capsys, "check", str(folder))[:2] == (0, "1 scenario: no problem found.\n")
    (folder / "b.yaml").write_text("format: 1\nyaers: 3\n", encoding="utf-8")
    code, _, said = call(capsys, "check", str(folder))
    assert code == 2
    assert 'unknown key "yaers"; did you mean "years"?' in said


def test_scenarios_are_listed_by_group_with_a_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "scenarios")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "Today and the two practices"
    assert lines[1] == "  sustained"
    assert max(map(len, lines)) <= 80
    records = json.loads(call(capsys, "scenarios", "--json")[1])["scenarios"]
    assert {"group", "name", "words", "summary"} <= records[0].keys()


def folder_of_appraisal(where: Path) -> None:
    """A finished comparison whose rows hold QALYs."""
    import pandas as pd

    from demandsim.experiment.store import Store
    from tests.experiment.fake import fake_plan, invented_rows

    plan = fake_plan(years=3, replicates=3)
    frame = invented_rows(plan)
    more = frame[(frame.measure == "wellbeing") & (frame["by"] == "all")].assign(measure="qaly", unit="QALYs")
    store = Store(where)
    store.prepare(plan)
    store.finish(plan, pd.concat([frame, more], ignore_index=True), failed=0, seconds=0.0)


def test_appraise_prints_objectives_first_and_json(capsys: Any, tmp_path: Path):
    folder_of_appraisal(tmp_path / "out")
    before = sorted(path.name for path in (tmp_path / "out").iterdir())
    code, out, err = call(capsys, "appraise", "out")
    assert (code, err) == (0, "")
    assert out.index("Objectives") < out.index("Net present social value") < out.index("Benefit–cost ratio")
    assert "Who pays over 3 years" in out
    code, out, _ = call(capsys, "appraise", "out", "--years", "2", "--json")
    found = json.loads(out)
    assert code == 0
    assert (found["years"], found["value"], found["yardstick"]) == ([2024, 2025], "qaly", "deficit")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--years", "4"), "the run has 3 years, 2024 to 2026"),
        (("--value", "qaly", "--value", "wellbeing"), "count twice"),
        (("--value", "wellbeing"), "hold no wellbeing years"),
        (("--value", "money"), "not known"),
        (("--hours", "gold"), "not known"),
    ],
)
def test_an_appraisal_that_cannot_be_is_refused(capsys: Any, tmp_path: Path, words: tuple[str, ...], said: str):
    folder_of_appraisal(tmp_path / "out")
    code, out, err = call(capsys, "appraise", "out", *words)
    assert (code, out) == (2, "")
    assert said in err


def test_appraise_says_where_a_folder_is_missing(capsys: Any):
    code, _, err = call(capsys, "appraise", "nowhere")
    assert code == 2
    assert "nowhere: no such folder" in err


def test_equal_spend_and_who_gains_go_with_a_comparison(capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    import pandas as pd

    from demandsim.experiment.equal_spend import Matched, Tried, with_budget, with_equal_spend
    from demandsim.experiment.gains import CHANGES, COLUMNS, GROUPS, OUTCOMES

    def match(plan: Any, **_: Any) -> Any:
        equal = with_budget(plan.scenarios[1], 3.4)
        found = [Matched("strengths", "deficit", equal, 1e6, (Tried(0, 0.1), Tried(3.4, 0.001)), 0.05, 0.0025)]
        return with_equal_spend(plan, found), found

    def gains(plan: Any, **_: Any) -> pd.DataFrame:
        rows = [
            (scenario.name, "deficit", o.name, by, group, change, 1.0, 0.5, 1.5, "people")
            for scenario in plan.scenarios[1:]
            for o in OUTCOMES
            for by, groups in GROUPS.items()
            for group in groups
            for change in CHANGES
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    monkeypatch.setattr("demandsim.api.match_spending", match)
    monkeypatch.setattr("demandsim.experiment.gains.who_gains", gains)
    words = ("compare", "deficit", "strengths", "--equal-spend", "--who-gains", "-o", "out", *QUICK)
    code, out, err = call(capsys, *words)
    assert code == 0
    assert "strengths, with a cut of 3.40 % made over 8 years" in out.replace("\n", " ")
    assert "WHO GAINS AND WHO LOSES: strengths at equal spend against deficit" in out
    assert "looking for budgets of equal spend" in err
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"equal_spend.csv", "who_gains.csv", "pairing.csv", "costs_by_payer.csv"} <= files
    found = json.loads(call(capsys, *words, "--json")[1])
    assert {"equal_spend", "who_gains", "pairing"} <= set(found)

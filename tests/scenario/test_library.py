"""From files to scenarios: the library, inheritance, overrides, and every message a user may meet."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from demandsim.parameters.register import register
from demandsim.scenario import ScenarioError, library, list_scenarios, load_scenario
from demandsim.scenario.levers import LEVERS, practice_at
from demandsim.scenario.practice import blend
from demandsim.scenario.scenario import NO_ADOPTION, RESPONSES, USUAL_RESPONSES
from demandsim.scenario.terms import SECTIONS

SCENARIOS = Path(__file__).parents[2] / "scenarios"
REQUIRED = {
    "sustained",
    "deficit",
    "strengths",
    "deficit_cut30",
    "strengths_cut30",
    "strengths_in_name_only",
    "strengths_in_name_only_cut30",
    "severe_cuts",
    "cut_prevention_protected",
    "cut_prevention_first",
    "big_society",
    "third_sector_transfer",
    "social_productivity",
    "shift_culture",
    "shift_power",
    "shift_finance",
    "wigan_deal",
    "lincolnshire_better_lives",
    "sussex_appointment_days",
    "gateshead_relational",
    "kirklees_outcomes",
    "lambeth_alliance",
    "plymouth_shared_accountability",
    "barking_dagenham_community",
    "peterborough_citizen_power",
    "cambridgeshire_think_communities",
    "sunderland_seven_strands",
    "participle_relational",
    "direct_payments_at_scale",
    "shared_lives_at_scale",
    "area_coordination_only",
    "reablement_only",
    "carers_package_only",
    "peer_support_only",
    "brokerage_only",
    "pay_rise_only",
    "technology_only",
    "tighter_management",
    "payment_by_results",
    "social_impact_bond",
    "co_payment",
    "neighbourhood_commissioning",
    "community_hubs",
    "visible_social_accounts",
    "income_maximisation",
    "adoption_slow",
    "adoption_fast",
    "adoption_burnt_out_staff",
    "low_social_capital",
}


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(path: Path) -> list[str]:
    """Problems of a file, its folder left out of the words."""
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path)
    return [line.replace(f"{path.parent}/", "") for line in caught.value.problems]


# the library


def test_the_library_holds_what_was_promised() -> None:
    assert set(list_scenarios()) >= REQUIRED
    assert all(list_scenarios().values())


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_library_file_loads_under_its_own_name_and_is_described(path: Path) -> None:
    scenario = load_scenario(path.stem)
    assert scenario.name == path.stem
    assert scenario.digest == load_scenario(path).digest
    assert f"`{path.stem}`" in (SCENARIOS / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(SCENARIOS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_number_of_practice_names_its_evidence_row_and_holds_its_value(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    numbers_of_practice = [line for line in text.splitlines() if line.startswith("    ")]
    terms = [
        line
        for section in SECTIONS
        for block in text.split(f"\n{section}:\n")[1:]
        for line in block.split("\n\n")[0].splitlines()
    ]
    for line in numbers_of_practice + terms:
        value, comment = line.split(":", 1)[1].split("#")
        key, _, which = comment.strip().partition(", ")
        row = register()[key]
        assert row.number is not None
        low, high = row.range
        known = {"": row.number, "low end": low, "high end": high, "a quarter": row.number / 4, "none": 0.0}
        assert float(value) == known[which], line


def test_the_ends_of_practice_are_those_of_the_register() -> None:
    numbers = load_scenario("deficit").numbers
    assert load_scenario("deficit").practice == practice_at("deficit", numbers)
    assert load_scenario("strengths").practice == practice_at("strengths", numbers)


def test_every_strengths_lever_may_be_worth_no_change() -> None:
    """The range of each new lever end reaches its value in the other practice (published rows are as given)."""
    for lever in LEVERS:
        row, other = register()[lever.strengths], register()[lever.deficit]
        if row.key.startswith("practice.strengths."):
            assert other.number is not None
            assert row.holds(other.number), lever.path


def test_deficit_and_sustained_are_the_same_while_today_is_deficit() -> None:
    assert load_scenario("deficit").digest == load_scenario("sustained").digest
    assert load_scenario("strengths").digest != load_scenario("sustained").digest


def test_no_two_scenarios_are_the_same_but_those_declared_equal() -> None:
    stems = sorted(path.stem for path in SCENARIOS.glob("*.yaml"))
    by_digest: dict[str, list[str]] = {}
    for stem in stems:
        by_digest.setdefault(load_scenario(stem).digest, []).append(stem)
    assert [names for names in by_digest.values() if len(names) > 1] == [["deficit", "sustained"]]


@pytest.mark.parametrize("name", ["deficit", "strengths", "strengths_in_name_only"])
def test_a_cut_on_the_command_line_is_the_cut_of_the_library(name: str) -> None:
    cut, library_cut = load_scenario(name).with_cut(30), load_scenario(f"{name}_cut30")
    assert (cut.name, cut.digest) == (library_cut.name, library_cut.digest)
    assert cut.origins["budget.cut_percent"] == (30.0, "--cut")


def test_all_but_the_twins_differ() -> None:
    digests = {name: load_scenario(name).digest for name in list_scenarios() if name != "sustained"}
    assert len(set(digests.values())) == len(digests)


def test_in_name_only_moves_nothing_but_the_ask_and_the_placements() -> None:
    scenario = load_scenario("strengths_in_name_only")
    moved = {
        lever.field
        for lever in LEVERS
        if getattr(scenario.practice, lever.field) != getattr(scenario.base_practice, lever.field)
    }
    assert moved == {"family_ask_share", "placement_bands"}
    assert scenario.adoption.training_hours_per_worker == scenario.adoption.double_running_share == 0.0


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ScenarioError, match='no scenario "deficitt" in the library; did you mean "deficit"'):
        load_scenario("deficitt")
    with pytest.raises(ScenarioError, match="no scenario"):
        load_scenario("")


def test_the_packaged_folder_comes_before_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "lib" / "demandsim"
    (package / "scenario").mkdir(parents=True)
    monkeypatch.setattr(library, "__file__", str(package / "scenario" / "library.py"))
    with pytest.raises(ScenarioError, match="library is missing"):
        list_scenarios()
    (package / "scenarios").mkdir()
    write(package / "scenarios", "only.yaml", "format: 1\nsummary: one\n")
    assert list_scenarios() == {"only": "one"}
    assert load_scenario("only").practice == load_scenario("only").base_practice


# inheritance


def test_maps_merge_lists_and_today_replace(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "format: 1\nextends: strengths\nyears: 20\nresponses: [fees, trim]\n")
    child = write(
        tmp_path,
        "b.yaml",
        "format: 1\nextends: a.yaml\npractice:\n  visits: {longest_minutes: 60}\nresponses: [income]\n",
    )
    scenario, strengths = load_scenario(child), load_scenario("strengths")
    assert (scenario.name, scenario.years, scenario.responses) == ("b", 20, ("income",))
    assert scenario.practice.visit_minutes == 60.0
    assert scenario.practice.goal_share == strengths.practice.goal_share
    assert scenario.summary == ""
    assert scenario.origins["years"] == (20, f"{tmp_path}/a.yaml:3")
    assert scenario.origins["practice.visits.longest_minutes"] == (60.0, f"{child}:4")
    assert scenario.origins["practice.door.handoffs_per_case"][1].startswith("scenarios/strengths.yaml:")

    today = write(tmp_path, "c.yaml", "format: 1\nextends: b.yaml\npractice: today\n")
    assert load_scenario(today).practice == scenario.base_practice
    more = write(tmp_path, "d.yaml", "format: 1\nextends: c.yaml\npractice: {workers: {trained_share: 0.5}}\n")
    assert load_scenario(more).practice.visit_minutes == scenario.base_practice.visit_minutes
    assert load_scenario(more).practice.trained_share == 0.5


def test_a_minimal_file_is_the_present(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, "My town (draft).yaml", "format: 1\n"))
    assert scenario.name == "My-town--draft-"
    assert scenario.digest == load_scenario("sustained").digest
    assert scenario.adoption == NO_ADOPTION
    assert scenario.origins["budget.reserves_percent"] == (6.0, "default (budget.reserves_percent)")


def test_adoption_and_budget_left_out_are_those_written_out_in_the_library(tmp_path: Path) -> None:
    path = write(tmp_path, "a.yaml", "format: 1\npractice: {visits: {longest_minutes: 45}}\n")
    assert load_scenario(path).adoption == load_scenario("strengths").adoption
    assert load_scenario(path).budget == load_scenario("sustained").budget


@pytest.mark.parametrize(
    "parent",
    ["../a.yaml", "/etc/passwd", "sub/a.yaml", "..", ".hidden.yaml", "~/a.yaml", "C:\\a.yaml", "a\\b.yaml", "a.yaml/"],
)
def test_extends_leads_nowhere_else(tmp_path: Path, parent: str) -> None:
    (tmp_path / "in" / "sub").mkdir(parents=True)
    write(tmp_path, "a.yaml", "format: 1\n")
    write(tmp_path / "in" / "sub", "a.yaml", "format: 1\n")
    child = write(tmp_path / "in", "b.yaml", f"format: 1\nextends: '{parent}'\n")
    (message,) = refused(child)
    assert message.startswith("b.yaml:2  extends: ")
    assert "is neither a library scenario nor a file name in this folder" in message


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.yaml").symlink_to(write(tmp_path, "a.yaml", "format: 1\n"))
    child = write(tmp_path / "in", "b.yaml", "format: 1\nextends: a.yaml\n")
    assert "is a link that leads out of this folder" in refused(child)[0]


def test_circles_name_the_chain(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "format: 1\nextends: b.yaml\n")
    write(tmp_path, "b.yaml", "format: 1\nextends: c.yaml\n")
    start = write(tmp_path, "c.yaml", "format: 1\nextends: a.yaml\n")
    mend = "\n  Let one of them extend a scenario of the library."
    assert refused(start) == [f"b.yaml:2  extends: goes round in a circle: c.yaml → a.yaml → b.yaml → c.yaml{mend}"]
    self_made = write(tmp_path, "s.yaml", "format: 1\nextends: s.yaml\n")
    assert refused(self_made) == [f"s.yaml:2  extends: goes round in a circle: s.yaml → s.yaml{mend}"]


def test_ten_parents_are_enough(tmp_path: Path) -> None:
    write(tmp_path, "f0.yaml", "format: 1\n")
    for i in range(1, 12):
        write(tmp_path, f"f{i}.yaml", f"format: 1\nextends: f{i - 1}.yaml\n")
    assert load_scenario(tmp_path / "f10.yaml").name == "f10"
    assert "more than 10 files extend one another" in refused(tmp_path / "f11.yaml")[0]


def test_a_fault_in_a_parent_is_named_there(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "format: 1\nyears: 0\n")
    child = write(tmp_path, "b.yaml", "format: 1\nextends: a.yaml\n")
    assert refused(child) == ["a.yaml:2  years: 0 is below 1\n  Years to simulate."]


# messages

GOLDEN = [
    ("", "f.yaml:1  is empty: a scenario file starts with format: 1\n  Write that as its first line."),
    ("[1]", "f.yaml:1  holds no keys: a scenario file starts with format: 1\n  Write that as its first line."),
    ("years: 3", "f.yaml:1  format: is missing\n  Write format: 1 as the first line."),
    ("format: 2", "f.yaml:1  format: 2 is not one of 1\n  Version of this format."),
    ("format: true", 'f.yaml:1  format: "true" is not one of 1\n  Version of this format.'),
    (
        "format: 1\nbudgett: {}",
        'f.yaml:2  budgett: unknown key "budgett"; did you mean "budget"?\n  Known here: format, name, summary, '
        "source, extends, place, years, practice, adoption, budget, services, community, finance, responses, "
        "parameters.",
    ),
    (
        "format: 1\nbudget:\n  cut_precent: 30",
        'f.yaml:3  budget.cut_precent: unknown key "cut_precent"; did you mean "cut_percent"?\n  Known here: basis, '
        "cut_percent, cut_years, real_growth_percent_per_year, reserves_percent, ring_fence_prevention, "
        "prevention_change_percent, childrens_growth_percent_per_year, nhs_change_percent.",
    ),
    (
        "format: 1\npractice: {visits: {visit_minutes: 45}}",
        'f.yaml:2  practice.visits.visit_minutes: unknown key "visit_minutes"; did you mean "longest_minutes"?\n'
        "  Known here: longest_minutes, time_with_person_share, same_worker_share, pounds_per_hour.",
    ),
    (
        "format: 1\npractice: {carers: {longest_minutes: 45}}",
        'f.yaml:2  practice.carers.longest_minutes: unknown key "longest_minutes"; did you mean '
        '"practice.visits.longest_minutes"?\n  Known here: break_share, ',
    ),
    (
        "format: 1\npractice: {visits: {handoffs: 2}}",
        'f.yaml:2  practice.visits.handoffs: unknown key "handoffs"; did you mean "practice.door.handoffs_per_case"?',
    ),
    (
        "format: 1\ncut_percent: 30",
        'f.yaml:2  cut_percent: unknown key "cut_percent"; did you mean "budget.cut_percent"?\n  Known here: format, ',
    ),
    (
        "format: 1\nservices: {beds: 3}",
        'f.yaml:2  services.beds: unknown key "beds"\n  Known here: start_year, technology_share, ',
    ),
    (
        "format: 1\npractice:\n  workers:\n    trained_share: 80",
        "f.yaml:4  practice.workers.trained_share: 80 is above 1\n"
        "  Share of workers trained in relational work. A share, from 0 to 1. Did you mean 0.8?",
    ),
    (
        "format: 1\nbudget: {cut_percent: 30%}",
        'f.yaml:2  budget.cut_percent: "30%" is not a number\n'
        "  Percent below the base year in real terms once the cut is made. Did you mean 30?",
    ),
    (
        "format: 1\npractice: {workers: {trained_share: 50%}}",
        'f.yaml:2  practice.workers.trained_share: "50%" is not a number\n'
        "  Share of workers trained in relational work. Did you mean 0.5?",
    ),
    (
        "format: 1\npractice: {visits: {pounds_per_hour: £27}}",
        'f.yaml:2  practice.visits.pounds_per_hour: "£27" is not a number\n'
        "  What the council pays for an hour of home care, 2023/24 prices. Did you mean 27?",
    ),
    ("format: 1\nyears: ten", 'f.yaml:2  years: "ten" is not a whole number\n  Years to simulate.'),
    ("format: 1\nyears: 10.0", "f.yaml:2  years: 10.0 is not a whole number\n  Years to simulate."),
    ("format: 1\nyears: -3", "f.yaml:2  years: -3 is below 1\n  Years to simulate."),
    ("format: 1\nyears: true", "f.yaml:2  years: true is not a whole number\n  Years to simulate."),
    ("format: 1\nyears:", "f.yaml:2  years: has no value\n  Years to simulate."),
    (
        "format: 1\nbudget: {ring_fence_prevention: no}",
        'f.yaml:2  budget.ring_fence_prevention: "no" is not true or false\n'
        "  Prevention is never cut in answer to overspend.",
    ),
    ("format: 1\nbudget: 30", "f.yaml:2  budget: 30 is not a map of keys and values\n  The council's money."),
    (
        "format: 1\nbudget: {basis: per_heads}",
        'f.yaml:2  budget.basis: "per_heads" is not one of per_need, per_head, real; did you mean "per_head"?\n'
        "  What the budget grows with over the years.",
    ),
    (
        "format: 1\npractice: todya",
        'f.yaml:2  practice: "todya" is not a map of keys and values\n'
        "  Levers of practice; what is left out is as today.",
    ),
    (
        "format: 1\nresponses:\n  - trim\n  - visit",
        'f.yaml:4  responses[2]: "visit" is not one of prevention, reviews, threshold, placements, trim, visits, fees, '
        "posts, working_age, income; "
        'did you mean "visits"?',
    ),
    ("format: 1\nresponses: [trim, trim]", 'f.yaml:2  responses[2]: "trim" stands twice'),
    (
        "format: 1\nname: <script>",
        'f.yaml:2  name: "<script>" is no name\n'
        "  Letters, digits, underscores, dots and hyphens, a letter or digit first.",
    ),
    (
        "format: 1\nparameters: {soc.loss_aversoin: 2}",
        'f.yaml:2  parameters.soc.loss_aversoin: unknown evidence key; did you mean "soc.loss_aversion"?\n'
        "  Keys are those of the evidence register.",
    ),
    (
        "format: 1\nparameters:\n  soc.loss_aversion: 9",
        "f.yaml:3  parameters.soc.loss_aversion: 9 is above 2.5, the end of its range\n"
        "  lambda; recalled: Tversky & Kahneman 1992",
    ),
    (
        "format: 1\nparameters: {price.base_year: 3}",
        "f.yaml:2  parameters.price.base_year: holds words, no number: it cannot be set",
    ),
    (
        "format: 1\nparameters: {practice.strengths.visit_minutes: 50}",
        "f.yaml:2  parameters.practice.strengths.visit_minutes: is one end of a lever of practice\n"
        "  Set practice.visits.longest_minutes instead.",
    ),
    (
        "format: 1\nextends: deficitt",
        'f.yaml:2  extends: there is no scenario "deficitt" in the library; did you mean "deficit"?',
    ),
    ("format: 1\nextends: g.yaml", 'f.yaml:2  extends: there is no file "g.yaml" in this folder'),
]


@pytest.mark.parametrize(("text", "message"), GOLDEN, ids=range(len(GOLDEN)))
def test_what_users_are_told(tmp_path: Path, text: str, message: str) -> None:
    (found,) = refused(write(tmp_path, "f.yaml", text))
    assert found.startswith(message)


def test_all_problems_come_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = "format: 1\nyears: 0\npractice:\n  vists: {}\nbudget:\n  cut_percent: -1\n  basis: x\n"
    lines = [int(line.split(":")[1].split()[0]) for line in refused(write(tmp_path, "f.yaml", text))]
    assert lines == [2, 4, 6, 7]


def test_the_responses_of_the_schema_are_those_of_the_model(tmp_path: Path) -> None:
    order = ", ".join(reversed(RESPONSES))
    assert load_scenario(write(tmp_path, "f.yaml", f"format: 1\nresponses: [{order}]\n")).responses == RESPONSES[::-1]
    assert load_scenario(write(tmp_path, "g.yaml", "format: 1\nresponses: []\n")).responses == ()


# overrides and the base practice


def test_parameters_reach_the_numbers_and_the_registers_own_value_is_no_override(tmp_path: Path) -> None:
    scenario = load_scenario(write(tmp_path, "f.yaml", "format: 1\nparameters: {soc.loss_aversion: 1.5}\n"))
    assert scenario.numbers["soc.loss_aversion"] == 1.5
    assert scenario.digest != load_scenario("sustained").digest
    same = load_scenario(write(tmp_path, "g.yaml", "format: 1\nparameters: {soc.loss_aversion: 2}\n"))
    assert same.digest == load_scenario("sustained").digest


def test_today_can_be_part_of_the_way(tmp_path: Path) -> None:
    text = "format: 1\nextends: {}\nparameters: {{practice.today_share: 0.25}}\n"
    today = load_scenario(write(tmp_path, "t.yaml", text.format("sustained")))
    ends = load_scenario("deficit").practice, load_scenario("strengths").practice
    assert today.base_practice == blend(*ends, 0.25)
    assert today.practice == today.base_practice
    deficit = load_scenario(write(tmp_path, "d.yaml", text.format("deficit")))
    assert deficit.practice == ends[0] != deficit.base_practice
    assert deficit.adoption.share(35) == 1.0


def test_ring_fenced_prevention_is_no_answer_to_overspend(tmp_path: Path) -> None:
    text = "format: 1\nbudget: {ring_fence_prevention: true}\n"
    assert load_scenario(write(tmp_path, "f.yaml", text)).responses == USUAL_RESPONSES[1:]


# anything at all

PLAIN_KEYS = (
    "format name years extends practice visits longest_minutes adoption budget cut_percent responses parameters"
    " services x 0"
)
KEYS = st.sampled_from([*PLAIN_KEYS.split(), "soc.loss_aversion", "", "a\n", "\x85", "é"])
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from([1, "deficit", "today", "f.yaml", "trim", 0.5, 30, "../x.yaml"]),
)
TREES = st.recursive(
    LEAVES,
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(KEYS, below, max_size=4)),
    max_leaves=12,
)


QUICK = 20.0
"""Seconds that any refusal may take, on however busy a machine."""


@settings(max_examples=150, deadline=None, database=None)
@given(tree=st.one_of(TREES, st.dictionaries(KEYS, TREES, max_size=6)), formatted=st.booleans())
def test_any_tree_loads_or_is_refused(tree: Any, formatted: bool, tmp_path_factory: pytest.TempPathFactory) -> None:
    if formatted and isinstance(tree, dict):
        tree = {"format": 1, **tree}
    path = write(tmp_path_factory.getbasetemp(), "f.yaml", yaml.safe_dump(tree, allow_unicode=True))
    started = time.perf_counter()
    told = ["loaded"]
    try:
        load_scenario(path)
    except ScenarioError as error:
        told = error.problems
    assert time.perf_counter() - started < QUICK
    assert told
    assert all(line.replace("\n", "").isprintable() for line in told)


@settings(max_examples=100, deadline=None, database=None)
@given(name=st.text(max_size=40))
def test_any_name_loads_or_is_refused(name: str) -> None:
    started = time.perf_counter()
    told = ["loaded"]
    try:
        load_scenario(name)
    except ScenarioError as error:
        told = error.problems
    assert time.perf_counter() - started < QUICK
    assert told

"""The page's person is the one that `demandsim twin` gives, and what is told of them is the same."""

import json

import pytest

from demandsim.api import statement, twin
from demandsim.experiment.lives import TracedLives, plan_lives, trace_lives
from demandsim.experiment.plan import Plan
from demandsim.experiment.stories import KINDS, choose, choose_from, scan
from demandsim.report.twins import Twin
from demandsim.workshop.story import STORIES, Story, story_of

SETTINGS = {"place": "Sunderland", "years": 4, "scale": 0.012, "seed": 1}


@pytest.fixture(scope="module")
def plan() -> Plan:
    return plan_lives(["sustained", "strengths"], place="Sunderland", years=4, scale=0.012)


@pytest.fixture(scope="module")
def traced(plan: Plan) -> TracedLives:
    return trace_lives(plan, story="carer")


@pytest.fixture(scope="module")
def story(traced: TracedLives) -> Story:
    return story_of(traced)


@pytest.fixture(scope="module")
def told() -> Twin:
    return twin("sustained", "strengths", story="carer", place="Sunderland", years=4, scale=0.012, seed=1)


def test_it_is_the_person_of_the_command_line(story: Story, told: Twin) -> None:
    assert (story.id, story.name) == (told.id, told.name)
    assert story.portrait in " ".join(str(told).split())
    assert story.chosen == told.traced.chosen
    assert [(t.label, t.values) for t in story.totals] == [(t.label.strip(), t.values) for t in told.totals]


def test_events_are_those_of_the_two_lives(story: Story, told: Twin) -> None:
    before = [(h.month, h.words) for h in story.happenings if h.lives in ("both", "before")]
    now = [(h.month, h.words) for h in story.happenings if h.lives in ("both", "now")]
    assert sorted(before) == sorted((e.month, e.words) for e in told.told[0])
    assert sorted(now) == sorted((e.month, e.words) for e in told.told[1])
    assert [h.month for h in story.happenings] == sorted(h.month for h in story.happenings)


def test_the_two_lives_part_once_and_for_good(story: Story) -> None:
    assert story.parts_in >= 0
    assert all(h.lives == "both" for h in story.happenings if h.month < story.parts_in)


def test_the_account_is_that_of_the_statement(story: Story, told: Twin) -> None:
    of_one = statement("strengths", citizen=told.id, place="Sunderland", years=4, scale=0.012, seed=1)
    for side in ("put in", "got out"):
        pounds = sum(line.pounds for line in of_one.lines if line.side == side)
        assert sum(e.pounds[1] for e in story.account if e.side == side) == pytest.approx(pounds, abs=5)
        hours = sum(line.hours for line in of_one.lines if line.side == side)
        assert sum(e.hours[1] for e in story.account if e.side == side) == pytest.approx(hours)


def test_bars_and_lines_are_months_of_the_life(story: Story, traced: TracedLives) -> None:
    by_label = {lane.label: lane for lane in story.lanes}
    strained = next(t for t in story.totals if t.label == "Months strained by caring")
    assert sum(length for _, length in by_label["Strained by caring"].before) == strained.values[0]
    assert sum(length for _, length in by_label["Strained by caring"].now) == strained.values[1]
    assert len(story.wellbeing[0]) == len(traced.lives[0].months)
    assert all(met <= needed + 0.01 for met, needed in zip(story.help_met[1], story.help_needed[1], strict=True))


def test_everything_is_json_and_every_kind_has_a_name(story: Story) -> None:
    assert json.loads(json.dumps(story.content(), allow_nan=False))["name"] == story.name
    assert STORIES.keys() == KINDS.keys()


def test_the_title_is_about_what_the_room_asked_for(traced: TracedLives, story: Story) -> None:
    """One person can differ most in several ways: the title tells of the one that was asked for, if it differs."""
    changed = {t.label: round(t.values[1] - t.values[0]) for t in story.totals if t.label.startswith("Months")}
    strained = changed["Months strained by caring"]
    assert strained
    more = f"{abs(strained)} {'more' if strained > 0 else 'fewer'} months strained by caring under this plan"
    assert story_of(traced, "carer").title == f"{story.name}: {more}"
    assert not changed.get("Months in a care home")
    assert story_of(traced, "care_home").title == story.title


def test_runs_counted_before_choose_the_same_person(plan: Plan) -> None:
    first, second = (scan(task) for task in plan.tasks()[0])
    assert choose_from(first, second, "lonely", plan.years) == choose(plan, "lonely")

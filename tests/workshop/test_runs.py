"""What a page shows is what ``compare`` gives; runs are shared, kept and given up."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from demandsim.api import Comparison, compare
from demandsim.experiment.prepare import residents
from demandsim.workshop import answers
from demandsim.workshop.choices import BASELINE, CHOSEN, Choices, from_query
from demandsim.workshop.finder import watched_pairs
from demandsim.workshop.pool import JobFailedError, Rank, Say
from demandsim.workshop.runs import Runs, full_plan, place_of, sample_plan, sample_scale
from tests.workshop.pools import in_a_pool

OFF = "some levels are off"
SMALL = from_query("place=E08000024&years=1&cut=30&practice=50")[0]


def fails(say: Say) -> None:
    raise ValueError("on purpose")


def counts(say: Say, to: int) -> None:
    import time

    for number in range(to):
        say(number)
        time.sleep(0.01)


class _Held:
    """Like a model: it and what it holds point at each other."""

    def __init__(self) -> None:
        self.me, self.weight = self, bytearray(1000)


def stops_while_it_holds(say: Say) -> None:
    held = _Held()
    say("begun")
    for _ in range(10_000):
        import time

        time.sleep(0.01)
        say(None)
    assert held


def count_held(say: Say) -> None:
    import gc

    gc.unfreeze()
    say(sum(isinstance(found, _Held) for found in gc.get_objects()))


def test_of_a_sample_it_is_said_that_its_levels_are_off():
    """Not of a place of which everybody is run, nor of the long run of a large share of one."""

    async def begun(query: str) -> answers.Message:
        messages = answers.run(Runs(None), from_query(query)[0], [])  # type: ignore[arg-type]
        async with aclosing(messages):
            return await anext(messages)

    assert "Care-home admissions −" in asyncio.run(begun("place=sunderland"))["note"]
    assert OFF not in asyncio.run(begun("place=E06000053"))["note"]
    assert OFF not in answers.about(full_plan(from_query("place=kent&years=20")[0]))["note"]


def test_a_sample_is_about_six_thousand_people_and_never_more_than_all():
    for query in ("place=sunderland", "place=kent", "place=rutland", "place=birmingham"):
        place = place_of(from_query(query)[0])
        assert 5500 <= residents(place) * sample_scale(place) <= 6500


def test_the_full_run_of_the_largest_place_is_within_the_limit():
    plan = full_plan(from_query("place=kent&years=20&cut=5")[0])
    assert residents(plan.place) * plan.scale * plan.years * 2 <= 41e6
    assert full_plan(Choices()).scale == 1


@pytest.mark.slow
def test_todays_line_is_whole_before_the_plan_has_its_first_year():
    async def watch(pool):
        runs = Runs(pool)
        _ = [message async for message in answers.run(runs, SMALL.baseline, [], 1)]
        return [message async for message in answers.run(runs, SMALL, [], 1)]

    start, ghost, year, *_ = in_a_pool(watch)
    assert [start["kind"], ghost["kind"], year["kind"]] == ["start", "ghost", "year"]
    assert ghost["today"] == [year["today"]]


@pytest.mark.slow
def test_the_page_shows_what_compare_gives():
    async def watch(pool):
        return [message async for message in answers.run(Runs(pool), SMALL, [], 2)]

    messages = in_a_pool(watch)
    kinds = [message["kind"] for message in messages]
    assert kinds == ["start", "year", "picture", "picture", "done"]
    shown = messages[-2]
    scale = sample_scale(place_of(SMALL))
    same: Comparison = compare(
        [SMALL.baseline.scenario(), SMALL.scenario()], place="sunderland", years=1, scale=scale, replicates=2
    )
    assert shown["runs"] == 2
    for chart in shown["charts"]:
        unit = 1e6 if chart["key"] == "council_balance" else 1
        for which, name in (("today", BASELINE), ("plan", CHOSEN)):
            found = same.estimate(name, chart["key"], 2024)
            assert chart[which]["value"][0] == pytest.approx(found.value / unit, abs=1e-6)
            assert chart[which]["high"][0] == pytest.approx(found.high / unit, abs=1e-6)
        change = same.difference(CHOSEN, BASELINE, chart["key"], 2024)
        assert chart["change"]["low"][0] == pytest.approx(change.low / unit, abs=1e-6)
    council = next(bar for bar in shown["payers"] if bar["label"] == "Council")
    assert council["plan"] == pytest.approx(
        same.estimate(CHOSEN, "cost", "horizon", "payer", "council").value / 1e6, abs=1e-6
    )
    assert len(shown["payers"]) == len(same.groups("cost", "payer"))  # each has a name
    assert messages[1]["plan"]["unmet_need_people"] == pytest.approx(same.values(CHOSEN, "unmet_need_people", 2024)[0])


@pytest.mark.slow
def test_a_run_that_nobody_waits_for_is_stopped_and_one_that_was_done_is_kept():
    async def leave(pool):
        runs = Runs(pool)
        task = sample_plan(SMALL, 1).tasks()[0][0]
        first = await runs.whole(task, Rank.FIRST)
        assert await runs.whole(task, Rank.FIRST) == first
        long = sample_plan(Choices(years=20).with_values(cut=10), 1).tasks()[0][1]
        years = runs.years(long, Rank.FIRST)
        await anext(years)
        assert pool.busy() == 1
        await years.aclose()
        assert pool.busy() == 0
        return await runs.whole(task, Rank.BAND) == first  # the worker is free again

    assert in_a_pool(leave)


def test_two_who_ask_for_the_same_job_of_a_pool_are_served_in_order_of_rank():
    async def race(pool):
        order = []

        async def follow(name, ticket):
            async for _ in ticket:
                pass
            order.append(name)

        slow = pool.submit(counts, 100, rank=Rank.BAND)
        later = pool.submit(counts, 1, rank=Rank.BAND)
        first = pool.submit(counts, 1, rank=Rank.FIRST)
        await asyncio.gather(follow("slow", slow), follow("later", later), follow("first", first))
        return order

    assert in_a_pool(race)[0] == "first"


def test_a_job_that_fails_says_so_and_the_worker_goes_on():
    async def go(pool):
        with pytest.raises(JobFailedError, match="on purpose"):
            async for _ in pool.submit(fails, rank=Rank.FIRST):
                pass
        return [said async for said in pool.submit(counts, 3, rank=Rank.FIRST)]

    assert in_a_pool(go) == [0, 1, 2]


def test_a_worker_that_dies_is_replaced_and_its_job_done_again():
    async def go(pool):
        import os
        import signal

        ticket = pool.submit(counts, 50, rank=Rank.FIRST)
        said = []
        async for number in ticket:
            said.append(number)
            if len(said) == 5:
                os.kill(pool.pids[0], signal.SIGKILL)
        return said

    said = in_a_pool(go)
    assert said[-50:] == list(range(50))


def test_a_cancelled_job_frees_its_worker():
    async def go(pool):
        endless = pool.submit(counts, 10_000, rank=Rank.FIRST)
        async for _ in endless:
            break
        pool.cancel(endless)
        assert pool.busy() == 0
        return [said async for said in pool.submit(counts, 2, rank=Rank.FIRST)]

    assert in_a_pool(go) == [0, 1]


def test_a_job_that_was_given_up_leaves_nothing_behind():
    async def go(pool):
        for _ in range(3):
            ticket = pool.submit(stops_while_it_holds, rank=Rank.FIRST)
            async for _ in ticket:
                pool.cancel(ticket)
        return [said async for said in pool.submit(count_held, rank=Rank.FIRST)]

    assert in_a_pool(go) == [0]


def test_whichever_worker_is_free_first_takes_the_next_job():
    async def go(pool):
        order = []

        async def follow(name, ticket):
            async for _ in ticket:
                pass
            order.append(name)

        long = pool.submit(counts, 200, rank=Rank.BAND)
        short = [pool.submit(counts, 1, rank=Rank.BAND) for _ in range(4)]
        await asyncio.gather(follow("long", long), *(follow("short", ticket) for ticket in short))
        return order

    assert in_a_pool(go, workers=2) == ["short"] * 4 + ["long"]


def test_a_job_that_somebody_comes_to_wait_for_goes_first():
    async def go(pool):
        order = []

        async def follow(name, ticket):
            async for _ in ticket:
                pass
            order.append(name)

        slow = pool.submit(counts, 60, rank=Rank.BAND)
        later = pool.submit(counts, 1, rank=Rank.BAND, home=0)
        hastened = pool.submit(counts, 1, rank=Rank.AHEAD, home=0)
        pool.hasten(hastened, Rank.FIRST)
        await asyncio.gather(follow("slow", slow), follow("later", later), follow("hastened", hastened))
        return order

    assert in_a_pool(go)[0] == "hastened"


@pytest.mark.slow
def test_every_page_is_given_the_same_set_of_runs():
    async def go(pool):
        runs = Runs(pool)
        plan = sample_plan(SMALL, 2)
        shown = [message async for message in answers.run(runs, SMALL, [], 2)]
        submitted, pool.submit = pool.submit, None  # nothing further is run
        pairs = [found async for found in watched_pairs(runs, plan)][-1]
        pool.submit = submitted
        return shown, pairs

    shown, pairs = in_a_pool(go)
    assert len(pairs) == 2
    unmet = next(chart for chart in shown[-2]["charts"] if chart["key"] == "unmet_need_people")
    for which in ("before", "now"):
        seen = sum(getattr(pair, which).flows["unmet"].mean() for pair in pairs) / 2
        assert seen == pytest.approx(unmet[{"before": "today", "now": "plan"}[which]]["value"][0], abs=1e-6)


@pytest.mark.slow
def test_the_full_place_is_run_with_progress_and_can_be_cancelled():
    chosen = from_query("place=rutland&years=1&cut=30")[0]

    async def go(pool):
        messages = [message async for message in answers.full(pool, chosen)]
        again = answers.full(pool, chosen)
        async for message in again:
            if message["kind"] == "progress":
                break
        await again.aclose()
        return messages, pool.busy()

    messages, busy = in_a_pool(go)
    assert busy == 0
    kinds = [message["kind"] for message in messages]
    assert kinds[0] == "start"
    assert kinds[-2:] == ["picture", "done"]
    shares = [message["share"] for message in messages if message["kind"] == "progress"]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert messages[0]["sample"] == messages[0]["people"]
    assert messages[-2]["runs"] == 1


@pytest.mark.slow
def test_the_brief_of_a_plan_is_written():
    from demandsim.workshop.takeaway import brief_of

    content = in_a_pool(lambda pool: brief_of(pool, from_query("place=rutland&years=1&cut=30")[0]))
    assert content.startswith((b"<!doctype html>", b"<!DOCTYPE html>"))
    assert b"this plan" in content

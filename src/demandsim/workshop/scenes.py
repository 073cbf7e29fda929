"""The pages beside the main one: the map, a story and the inside. Routes only; what they show is made elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from itertools import groupby
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demandsim.experiment.errors import InputError
from demandsim.report.headlines import plain
from demandsim.report.life_words import date
from demandsim.workshop.answers import Message
from demandsim.workshop.areas import AREA_MEASURES
from demandsim.workshop.finder import find_lives, watched_pairs
from demandsim.workshop.flows import FLOW_MEASURES, flow_view
from demandsim.workshop.main_page import refusal
from demandsim.workshop.runs import REPLICATES, sample_plan
from demandsim.workshop.shelf import Shelf
from demandsim.workshop.shell import choices_of, page, render
from demandsim.workshop.story import STORIES, Story, story_of
from demandsim.workshop.tiles import FIFTHS, map_view

if TYPE_CHECKING:
    from demandsim.experiment.plan import Plan
    from demandsim.workshop.room import Room

FEWEST_PAIRS = 4
"""Pairs of runs from which the map says anything."""


def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.shelf
    return shelf


def _stream(request: Request, kind: str, messages: Callable[[], AsyncGenerator[Message]]) -> Response:
    """Stream messages to a page that may see them."""
    room: Room = request.app.state.room
    return refusal(request) or room.streams.answer(request, kind, messages)


async def show_map(request: Request) -> Response:
    """The map: neighbourhoods as tiles."""
    return page(request, "map.html", measures=AREA_MEASURES, fifths=FIFTHS)


async def map_data(request: Request) -> Response:
    """The map's numbers, first from a few pairs of runs, then from all."""
    choices, _ = choices_of(request)
    plan = sample_plan(choices)

    async def found() -> AsyncGenerator[Message]:
        yield {"kind": "progress", "done": 0, "of": REPLICATES}
        async for pairs in watched_pairs(request.app.state.room.runs, plan):
            yield {"kind": "progress", "done": len(pairs), "of": REPLICATES}
            if len(pairs) in (FEWEST_PAIRS, REPLICATES):
                view = map_view([p.before.areas for p in pairs], [p.now.areas for p in pairs], REPLICATES)
                yield {"kind": "map", "same": choices.is_baseline, **view.content()}

    return _stream(request, "map", found)


async def show_inside(request: Request) -> Response:
    """The inside: the system as a picture that moves."""
    return page(request, "inside.html", measures=FLOW_MEASURES)


async def inside_data(request: Request) -> Response:
    """The inside's numbers, first from one pair of runs, then from all."""
    choices, _ = choices_of(request)
    plan = sample_plan(choices)

    async def found() -> AsyncGenerator[Message]:
        yield {"kind": "progress", "done": 0, "of": REPLICATES}
        async for pairs in watched_pairs(request.app.state.room.runs, plan):
            yield {"kind": "progress", "done": len(pairs), "of": REPLICATES}
            if len(pairs) in (1, REPLICATES):
                view = flow_view([p.before.flows for p in pairs], [p.now.flows for p in pairs])
                yield {"kind": "inside", "same": choices.is_baseline, **view.content()}

    return _stream(request, "inside", found)


async def show_story(request: Request) -> Response:
    """A person's story: whom to choose from; the story itself is fetched."""
    return page(request, "story.html", stories=STORIES, kind=_kind(request), citizen=_citizen(request))


async def story_data(request: Request) -> Response:
    """One person's story, as the page shows it."""
    choices, _ = choices_of(request)
    plan = sample_plan(choices, 1)

    async def found() -> AsyncGenerator[Message]:
        if choices.is_baseline:
            yield {"kind": "sorry", "text": "Nothing has been changed yet, so there is only one life to tell."}
            return
        try:
            traced = await find_lives(_shelf(request), plan, kind=_kind(request), citizen=_citizen(request))
        except InputError as error:
            yield {"kind": "sorry", "text": _for_a_page(error)}
            return
        story = story_of(traced, "" if _citizen(request) else _kind(request))
        yield {"kind": "story", "id": story.id, "html": render("story_part.html", **_told(story, plan))}

    return _stream(request, "story", found)


def _told(story: Story, plan: Plan) -> dict[str, Any]:
    """What the story's template is given."""
    months = []
    for month, told in groupby(story.happenings, lambda happening: happening.month):
        words: dict[str, list[str]] = {"both": [], "before": [], "now": []}
        for happening in told:
            words[happening.lives].append(happening.words)
        months.append({"when": date(month), "parts": month == story.parts_in, **words})
    means = [f"{sum(values) / max(len(values), 1):.1f}" for values in story.wellbeing]
    parts = date(story.parts_in) if story.parts_in >= 0 else ""
    return {"story": story, "plan": plan, "months": months, "means": means, "parts": parts, "plain": plain}


def _for_a_page(error: InputError) -> str:
    """An error of the command line as a page says it: its first line, without the option's name."""
    said = str(error).splitlines()[0].split(": ", 1)[-1]
    return said[:1].upper() + said[1:]


def _kind(request: Request) -> str:
    """The kind of story asked for: the first where there is none of that name."""
    given = request.query_params.get("kind", "")
    return given if given in STORIES else next(iter(STORIES))


def _citizen(request: Request) -> str:
    """Whom the address names, if anybody."""
    return request.query_params.get("citizen", "")[:40]


ROUTES = (
    Route("/map", show_map),
    Route("/api/map", map_data),
    Route("/story", show_story),
    Route("/api/story", story_data),
    Route("/inside", show_inside),
    Route("/api/inside", inside_data),
)

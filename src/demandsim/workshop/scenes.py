"""The pages beside the main one: the map, a person's story and the inside. Routes only; each page's data has a module."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from demandsim.workshop.answers import line_by_line
from demandsim.workshop.areas import AREA_MEASURES
from demandsim.workshop.finder import find_lives, watched_pairs
from demandsim.workshop.flows import FLOW_MEASURES, flow_view
from demandsim.workshop.runs import sample_plan
from demandsim.workshop.shelf import Shelf
from demandsim.workshop.shell import choices_of, page, render
from demandsim.workshop.story import STORIES, story_of
from demandsim.workshop.tiles import FIFTHS, map_view

PAIRS = 12
"""Pairs of runs behind the map and the inside: as many as behind the range of the main page."""

FEWEST_PAIRS = 4
"""Pairs of runs from which the map says anything."""


def _shelf(request: Request) -> Shelf:
    shelf: Shelf = request.app.state.shelf
    return shelf


async def show_map(request: Request) -> Response:
    """The map: neighbourhoods as tiles."""
    return page(request, "map.html", measures=AREA_MEASURES, fifths=FIFTHS)


async def map_data(request: Request) -> Response:
    """The map's numbers, first from a few pairs of runs, then from all."""
    choices, _ = choices_of(request)
    plan = sample_plan(choices, PAIRS)

    async def found() -> AsyncIterator[dict[str, Any]]:
        yield {"kind": "progress", "done": 0, "of": PAIRS}
        async for pairs in watched_pairs(_shelf(request), plan):
            yield {"kind": "progress", "done": len(pairs), "of": PAIRS}
            if len(pairs) in (FEWEST_PAIRS, PAIRS):
                view = map_view([p.before.areas for p in pairs], [p.now.areas for p in pairs])
                yield {"kind": "map", "same": choices.is_baseline, **view.content()}

    return line_by_line(found())


async def show_inside(request: Request) -> Response:
    """The inside: the system as a picture that moves."""
    return page(request, "inside.html", measures=FLOW_MEASURES)


async def inside_data(request: Request) -> Response:
    """The inside's numbers, first from one pair of runs, then from all."""
    choices, _ = choices_of(request)
    plan = sample_plan(choices, PAIRS)

    async def found() -> AsyncIterator[dict[str, Any]]:
        yield {"kind": "progress", "done": 0, "of": PAIRS}
        async for pairs in watched_pairs(_shelf(request), plan):
            yield {"kind": "progress", "done": len(pairs), "of": PAIRS}
            if len(pairs) in (1, PAIRS):
                view = flow_view([p.before.flows for p in pairs], [p.now.flows for p in pairs])
                yield {"kind": "inside", "same": choices.is_baseline, **view.content()}

    return line_by_line(found())


async def show_story(request: Request) -> Response:
    """A person's story: whom to choose from; the story itself is fetched."""
    return page(request, "story.html", stories=STORIES, kind=_kind(request), citizen=_citizen(request))


async def story_data(request: Request) -> Response:
    """One person's story, as the page shows it."""
    choices, _ = choices_of(request)
    plan = sample_plan(choices, 1)

    async def found() -> AsyncIterator[dict[str, Any]]:
        if choices.is_baseline:
            yield {"kind": "sorry", "text": "Nothing has been changed yet, so there is only one life to tell."}
            return
        traced = await find_lives(_shelf(request), plan, kind=_kind(request), citizen=_citizen(request))
        story = story_of(traced)
        told = render("story_part.html", story=story, plan=plan, choices=choices)
        yield {"kind": "story", "id": story.id, "html": told}

    return line_by_line(found())


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

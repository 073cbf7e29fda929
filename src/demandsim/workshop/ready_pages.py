"""Pages for before the session: the printed fall-back, and the rehearsal that gets every plan ready.

A rehearsal runs the presets once for every page. Runs are kept, also for the next session, so that the same plans
appear at once, with the same numbers, and nothing is computed while the room looks on. Stories and sheets, made from
runs in seconds, are kept as long as the workshop is open.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from demandsim.workshop.answers import Message, results_of
from demandsim.workshop.choices import Choices
from demandsim.workshop.finder import find_lives, watched_pairs
from demandsim.workshop.pool import Rank
from demandsim.workshop.presets import Preset, presets
from demandsim.workshop.printed import PRINTED, Sheet, draw_sheet
from demandsim.workshop.runs import REPLICATES, sample_plan
from demandsim.workshop.shelf import Shelf
from demandsim.workshop.shell import choices_of, page
from demandsim.workshop.story import STORIES

if TYPE_CHECKING:
    from demandsim.workshop.room import Room

_LOOK_ONLY = "Only the facilitator gets a session ready."


def _printed() -> list[Preset]:
    return [preset for preset in presets() if preset.name in PRINTED]


async def show_printed(request: Request) -> Response:
    """The printed fall-back."""
    choices, _ = choices_of(request)
    sheets = [(preset, preset.choices(choices.place, choices.years).words) for preset in _printed()]
    return page(request, "printed.html", sheets=sheets)


async def printed_data(request: Request) -> Response:
    """The sheets of the fall-back, one after the other."""
    room: Room = request.app.state.room
    choices, _ = choices_of(request)

    async def found() -> AsyncGenerator[Message]:
        for preset in _printed():
            sheet = await _sheet(room, request.app.state.shelf, preset.choices(choices.place, choices.years))
            yield {"kind": "sheet", "name": preset.name, **sheet.content()}
        yield {"kind": "done"}

    return _for_the_facilitator(request, "printed", found)


async def _sheet(room: Room, shelf: Shelf, choices: Choices) -> Sheet:
    results = await results_of(room.runs, choices)
    plan = results.plan
    sheet: Sheet = await shelf.fetch(
        f"sheet {plan.identity}", draw_sheet, plan, results.measures, rank=Rank.BAND, home=0
    )
    return sheet


async def show_rehearsal(request: Request) -> Response:
    """The rehearsal: what is ready, and a button that gets everything ready."""
    room: Room = request.app.state.room
    choices, _ = choices_of(request)
    kept = {
        preset.name
        for preset in presets()
        if all(
            room.runs.is_kept(task)
            for pair in sample_plan(preset.choices(choices.place, choices.years)).tasks()
            for task in pair
        )
    }
    return page(request, "rehearsal.html", presets=presets(), kept=kept)


async def rehearse(request: Request) -> Response:
    """Run every preset for every page, telling what is ready."""
    room: Room = request.app.state.room
    shelf: Shelf = request.app.state.shelf
    choices, _ = choices_of(request)

    async def found() -> AsyncGenerator[Message]:
        """What is ready, as it becomes so."""
        for preset in presets():
            chosen = preset.choices(choices.place, choices.years)
            yield {"kind": "at", "name": preset.name, "what": "numbers"}
            await results_of(room.runs, chosen)
            async for pairs in watched_pairs(room.runs, sample_plan(chosen)):
                yield {"kind": "at", "name": preset.name, "what": f"map and inside, {len(pairs)} of {REPLICATES}"}
            if not chosen.is_baseline:
                yield {"kind": "at", "name": preset.name, "what": "a story"}
                await find_lives(shelf, sample_plan(chosen, 1), kind=next(iter(STORIES)))
            yield {"kind": "ready", "name": preset.name}
        for preset in _printed():
            await _sheet(room, shelf, preset.choices(choices.place, choices.years))
        yield {"kind": "done"}

    return _for_the_facilitator(request, "rehearse", found)


def _for_the_facilitator(request: Request, kind: str, found: Callable[[], AsyncGenerator[Message]]) -> Response:
    room: Room = request.app.state.room
    if not room.may_drive(request):
        return PlainTextResponse(_LOOK_ONLY, 403)
    return room.streams.answer(request, kind, found)


ROUTES = (
    Route("/printed", show_printed),
    Route("/api/printed", printed_data),
    Route("/rehearsal", show_rehearsal),
    Route("/api/rehearsal", rehearse),
)

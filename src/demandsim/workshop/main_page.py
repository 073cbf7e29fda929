"""The main page: levers, headline and charts, and what may be taken away from it."""

from __future__ import annotations

import asyncio
import re
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from demandsim.place.names import places
from demandsim.workshop import answers
from demandsim.workshop.choices import MOST_YEARS, Choices
from demandsim.workshop.levers import assumptions, decisions
from demandsim.workshop.presets import presets
from demandsim.workshop.shell import choices_of, page

if TYPE_CHECKING:
    from demandsim.workshop.room import Room

_LOOK_ONLY = "In this room only the facilitator moves the levers."


async def show(request: Request) -> Response:
    """The main page."""
    choices, _ = choices_of(request)
    return page(
        request,
        "main.html",
        decisions=decisions(),
        assumptions=assumptions(),
        presets=[(preset, preset.query(choices)) for preset in presets()],
        places=sorted(places(), key=lambda found: found.name),
        most_years=MOST_YEARS,
        written_styles=written_styles(),
    )


def refusal(request: Request) -> Response | None:
    """An answer for who may not drive and asks for anything but what the facilitator shows; else None."""
    room: Room = request.app.state.room
    choices, _ = choices_of(request)
    if room.may_drive(request) or choices == room.shown or choices == room.shown.baseline:
        return None
    return PlainTextResponse(_LOOK_ONLY, 403)


async def run(request: Request) -> Response:
    """Stream the sample's answer to the choices in the address."""
    room: Room = request.app.state.room
    choices, notes = choices_of(request)
    if room.is_facilitator(request):  # phones set out from what the facilitator shows
        room.ahead.look_from(choices)
    return refusal(request) or room.streams.answer(request, "run", lambda: answers.run(room.runs, choices, notes))


async def full(request: Request) -> Response:
    """Stream the progress and the answer of a run of the full place."""
    room: Room = request.app.state.room
    choices, _ = choices_of(request)
    if not room.may_drive(request):
        return PlainTextResponse(_LOOK_ONLY, 403)
    return room.streams.answer(request, "full", lambda: answers.full(room.slow_pool(), choices))


async def numbers(request: Request) -> Response:
    """Every number of the sample's answer as CSV, with its range."""
    from demandsim.workshop.takeaway import numbers_of

    room: Room = request.app.state.room
    choices, _ = choices_of(request)
    refused = refusal(request)
    if refused is not None:
        return refused
    content = await asyncio.to_thread(numbers_of, await answers.results_of(room.runs, choices), choices.query)
    return _to_keep(content, "text/csv", f"{_file_name(choices)}-numbers.csv")


async def plan_file(request: Request) -> Response:
    """What the room chose as a scenario file, with which the command line gives the same numbers."""
    from demandsim.workshop.takeaway import scenario_file

    choices, _ = choices_of(request)
    return refusal(request) or _to_keep(scenario_file(choices), "application/yaml", f"{choices.scenario().name}.yaml")


def _file_name(choices: Choices) -> str:
    """The place, as the name of a file may hold it."""
    return re.sub(r"[^a-z]+", "-", choices.place_name.lower()).strip("-")


def _to_keep(content: bytes, media_type: str, name: str) -> Response:
    """A file that the browser saves."""
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


async def brief(request: Request) -> Response:
    """The two-page brief of the choices in the address."""
    from demandsim.workshop.takeaway import brief_of

    room: Room = request.app.state.room
    choices, _ = choices_of(request)
    refused = refusal(request)
    if refused is not None:
        return refused
    if choices.is_baseline:
        return PlainTextResponse("A brief compares: move a lever first.", 409)
    content = await brief_of(room.pool, choices)
    return _to_keep(content, "text/html", f"{_file_name(choices)}-brief.html")


async def qr(request: Request) -> Response:
    """The address of this page as a QR code; in a shared room, the one for phones."""
    import io

    import segno

    choices, _ = choices_of(request)
    room: Room = request.app.state.room
    address = f"{room.address()}?{choices.query}"
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=6, border=2, xmldecl=False, title="Address of this page")
    return Response(out.getvalue(), media_type="image/svg+xml")


async def room_state(request: Request) -> Response:
    """What the facilitator shows; a GET with ``seen`` waits up to 20 seconds for something newer."""
    room: Room = request.app.state.room
    if request.method == "POST":
        if not room.is_facilitator(request):
            return PlainTextResponse(_LOOK_ONLY, 403)
        room.everyone_drives = request.query_params.get("everyone", "") == "yes"
        room.shown, _ = choices_of(request)
        await asyncio.to_thread(room.note)
        await room.tell()
    elif request.query_params.get("seen", "") == room.state_text and not room.ended:
        try:
            async with asyncio.timeout(20), room.changed:
                await room.changed.wait()
        except TimeoutError:
            pass
    return JSONResponse(
        {
            "state": room.state_text,
            "query": room.shown.query,
            "everyone": room.everyone_drives,
            "drives": room.may_drive(request),
        }
    )


def _plotly_path() -> Path:
    return Path(str(files("plotly") / "package_data" / "plotly.min.js"))


@cache
def written_styles() -> tuple[str, ...]:
    """Ids of styles that the charting library writes into a page unless an element has the id already.

    The page's policy forbids them, and they are for maps that no page draws. What the charts need stands in
    ``style.css``, whose link bears the name under which the library looks for its own.
    """
    found = re.findall(
        r'if\(!document\.getElementById\("([0-9a-f]{64})"\)\)', _plotly_path().read_text(encoding="utf-8")
    )
    return tuple(sorted(set(found)))


async def plotly_script(request: Request) -> Response:
    """The charting library as its installed package has it."""
    return FileResponse(
        _plotly_path(), media_type="text/javascript", headers={"cache-control": "public, max-age=86400"}
    )


ROUTES = (
    Route("/", show),
    Route("/api/run", run),
    Route("/api/full", full),
    Route("/api/room", room_state, methods=["GET", "POST"]),
    Route("/take/numbers.csv", numbers),
    Route("/take/brief.html", brief),
    Route("/take/plan.yaml", plan_file),
    Route("/qr.svg", qr),
    Route("/static/plotly.min.js", plotly_script),
)

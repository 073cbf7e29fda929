"""The shell of every page: navigation, the choices in the address, and a template that escapes whatever it is given.

A page of the workshop is a template that extends ``shell.html``, a module of script, and a route that calls `page`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from demandsim.experiment.versions import package_version
from demandsim.workshop.choices import Choices, from_query
from demandsim.workshop.presets import told

if TYPE_CHECKING:
    from demandsim.workshop.room import Room


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the workshop as the navigation lists it.

    Attributes:
        path: Its path below the room's address, without a slash in front; empty for the main page.
        label: What the navigation calls it.
    """

    path: str
    label: str


NAVIGATION: tuple[Page, ...] = (
    Page("", "The place"),
    Page("map", "The map"),
    Page("story", "A person’s story"),
    Page("inside", "The inside"),
    Page("rehearsal", "Rehearsal"),
)
"""The pages in the order in which a session visits them."""


@cache
def _environment() -> Environment:
    folder = files("demandsim.workshop") / "templates"
    loader = FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8"))
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def render(template: str, **context: Any) -> str:
    """A template filled in, with everything escaped that it is given.

    Args:
        template: File in ``templates``.
        context: What it needs.
    """
    return _environment().get_template(template).render(**context)


def base_of(request: Request) -> str:
    """The address below which the room's pages lie: ``/``, or ``/room/<token>/`` when it is shared."""
    return str(request.scope.get("root_path", "")) + "/"


def choices_of(request: Request) -> tuple[Choices, list[str]]:
    """The choices in a request's address, and notes on what was put right."""
    room: Room = request.app.state.room
    return from_query(request.url.query, room.place)


def page(request: Request, template: str, **context: Any) -> HTMLResponse:
    """A page: its template filled in.

    Args:
        request: The request.
        template: File in ``templates``.
        context: What the template needs beyond ``base``, ``navigation``, ``here``, ``choices``, ``plan``, ``notes``,
            ``room``, ``drives``, ``leads`` and ``version``, which every page gets.
    """
    room: Room = request.app.state.room
    choices, notes = choices_of(request)
    base = base_of(request)
    filled = render(
        template,
        base=base,
        navigation=NAVIGATION,
        here=request.url.path.removeprefix(base),
        choices=choices,
        plan=told(choices),
        notes=notes,
        room=room,
        drives=room.may_drive(request),
        leads=room.shared and room.is_facilitator(request),
        version=package_version(),
        **context,
    )
    return HTMLResponse(filled)

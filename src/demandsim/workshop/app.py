"""The web app of the workshop: its routes, behind the guard of `demandsim.workshop.safety`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from importlib.resources import files
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

from demandsim.workshop import main_page, ready_pages, scenes
from demandsim.workshop.room import Room
from demandsim.workshop.safety import Guard
from demandsim.workshop.shelf import Shelf


def routes() -> list[BaseRoute]:
    """Every page and every answer, below the room's address. A page of one's own adds its ``ROUTES`` here."""
    return [
        *main_page.ROUTES,
        *scenes.ROUTES,
        *ready_pages.ROUTES,
        Mount("/static", StaticFiles(directory=Path(str(files("demandsim.workshop") / "static")))),
    ]


def create_app(room: Room) -> Starlette:
    """The app of one room.

    Args:
        room: The room; its workers are started and stopped with the app.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        room.open()
        try:
            yield
        finally:
            room.close()

    below = routes()
    if room.shared:
        below = [Mount(f"/room/{room.token}", routes=below)]
    app = Starlette(routes=below, lifespan=lifespan, middleware=[Middleware(Guard, room=room)])
    app.state.room = room
    app.state.shelf = Shelf(room.pool)
    return app

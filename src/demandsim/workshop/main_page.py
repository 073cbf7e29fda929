"""The main page: levers, headline and charts."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from demandsim.workshop.levers import assumptions, decisions
from demandsim.workshop.shell import page


async def show(request: Request) -> Response:
    """The main page."""
    return page(request, "main.html", decisions=decisions(), assumptions=assumptions())


async def plotly_script(request: Request) -> Response:
    """The charting library as its installed package has it."""
    script = Path(str(files("plotly") / "package_data" / "plotly.min.js"))
    return FileResponse(script, media_type="text/javascript", headers={"cache-control": "public, max-age=86400"})


ROUTES = (Route("/", show),)

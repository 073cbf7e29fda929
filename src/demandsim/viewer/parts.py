"""A thin viewer for people who know Mesa: the model on a `SolaraViz` page, with sliders, charts and a step button.

It needs the extra ``mesa-viewer`` in an environment of its own, since Mesa's viewer and the workshop ask for different
versions of the same web server::

    python -m venv viewer && viewer/bin/pip install "demandsim[mesa-viewer]"
    viewer/bin/solara run demandsim.viewer.page

Charts are Matplotlib's: they need nothing but the page. What is chosen on the left acts at the next *Reset*, as in all
of Mesa's viewers, and numbers are of the people simulated, not of the real place. For a room of councillors there is
``demandsim workshop``.
"""

from __future__ import annotations

from typing import Any

from demandsim.model import DemandModel
from demandsim.scenario.library import list_scenarios, load_scenario

CHARTS = ("unmet_need_people", "waiting", "carers", "wellbeing", "care_home_residents")
"""What the model's data collector records and the page draws, a chart each."""

SCALE = 0.01
"""Share of the population at first: one in a hundred, so that a month takes a moment."""


class ViewedModel(DemandModel):
    """The model as Mesa's viewer builds it: from names and plain numbers.

    Args:
        scenario: Name of a scenario of the library.
        place: English council by name or code.
        scale: Share of the population to simulate.
        rng: Seed of all luck.
    """

    def __init__(
        self, scenario: str = "sustained", place: str = "Sunderland", scale: float = SCALE, rng: int = 1
    ) -> None:
        super().__init__(load_scenario(scenario), place=place, scale=scale, rng=int(rng))


def choices() -> dict[str, Any]:
    """What the page lets people choose, as `SolaraViz` takes it."""
    return {
        "scenario": {
            "type": "Select",
            "value": "sustained",
            "values": sorted(list_scenarios()),
            "label": "Scenario of the library",
        },
        "place": {"type": "InputText", "value": "Sunderland", "label": "English council"},
        "scale": {"type": "SliderFloat", "value": SCALE, "min": 0.005, "max": 0.05, "step": 0.005, "label": "Scale"},
        "rng": {"type": "SliderInt", "value": 1, "min": 1, "max": 100, "step": 1, "label": "Luck (seed)"},
    }


def viewer() -> Any:
    """The page: `demandsim.viewer.page` holds it.

    Raises:
        ImportError: If the extra ``mesa-viewer`` is not installed, saying how to install it.
    """
    try:
        from mesa.visualization import SolaraViz, make_plot_component
    except ImportError as error:
        raise ImportError(
            "the viewer needs Mesa's own extras, in an environment without the workshop: "
            'pip install "demandsim[mesa-viewer]"'
        ) from error
    return SolaraViz(
        ViewedModel(),
        components=[make_plot_component(name, backend="matplotlib") for name in CHARTS],
        model_params=choices(),
        name="demandsim",
    )

"""What the first worker does while the server still starts: it settles the place that the first page will show.

This module is quick to import, since whoever hires the worker has loaded nothing yet; the worker loads what it needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demandsim.workshop.worker import Say


def settle_place(say: Say, code: str) -> None:
    """A job: let the sample of a place settle in this worker, with the first luck.

    Args:
        say: Raises where nobody wants this any more.
        code: ONS code of the place.
    """
    from demandsim.experiment import kernels
    from demandsim.workshop.choices import Choices
    from demandsim.workshop.runs import sample_plan
    from demandsim.workshop.watch import settle

    if kernels.are_cold():  # they are compiled in the server first, and once
        return
    settle(say, sample_plan(Choices(place=code), 1).tasks()[0][0])

"""How the experiments write differences into Markdown tables."""

from __future__ import annotations

from demandsim.experiment.comparison import Estimate


def shown(found: Estimate, unit: float, decimals: int) -> str:
    """A difference with half its interval; bold where the interval leaves 0 out."""
    text = f"{found.value / unit:+,.{decimals}f} ±{found.half / unit:,.{decimals}f}"
    return f"**{text}**" if found.clear and round(found.value / unit, decimals) != 0 else text

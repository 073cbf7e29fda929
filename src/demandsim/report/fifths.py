"""Deprivation fifths that are not shown by themselves: nobody lives there, or too few people were simulated.

The fifths are those of England, so that many a council has nobody in one of them: no larger sample finds people there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demandsim.experiment.comparison import Results

FIFTH = "quintile"
FIFTHS = ("1", "2", "3", "4", "5")
NOBODY = "nobody"
TOO_FEW = "too few"
_ENDS = {"1": "most", "5": "least"}


def not_shown(results: Results) -> dict[str, str]:
    """The fifths that are not shown by themselves, and why: `NOBODY` or `TOO_FEW`."""
    few, empty = results.too_few(FIFTH), results.nobody(FIFTH)
    return {fifth: NOBODY if fifth in empty else TOO_FEW for fifth in FIFTHS if fifth in few}


def ends_title(results: Results) -> str:
    """What a picture is called where the two ends cannot be compared; empty where they can."""
    hidden = not_shown(results)
    ends = [end for end in _ENDS if end in hidden]
    if not ends:
        return ""
    if any(hidden[end] == TOO_FEW for end in ends):
        return "Too few people simulated to compare deprivation fifths"
    who = "here" if results.plan.scale == 1 else "simulated"
    return f"Nobody {who} lives in England's {' or '.join(_ENDS[end] for end in ends)} deprived fifth"


def few_note(results: Results) -> str:
    """Which deprivation fifths are not shown by themselves, and why; empty where all are."""
    hidden = not_shown(results)
    few = [fifth for fifth, why in hidden.items() if why == TOO_FEW]
    empty = [fifth for fifth, why in hidden.items() if why == NOBODY]
    told = []
    if few:
        told.append(
            f"{_named(few)}: too few people were simulated to be shown; give a larger --scale or more --replicates."
        )
    if empty:
        who = "nobody in" if results.plan.scale == 1 else "nobody simulated in"
        told.append(f"{_named(empty)} of England: {who} {results.plan.place.spoken} lives there.")
    return " ".join(told)


def _named(fifths: list[str]) -> str:
    return f"Deprivation fifth{'s' if len(fifths) > 1 else ''} {', '.join(fifths)}"

"""First names for people of a story. They say that somebody is meant, and nothing else: the names are invented too."""

from __future__ import annotations

from demandsim.experiment.trace import State

_BORN_EARLY = 54 * 12
"""Months of age from which the older list is taken."""

_WOMEN = ("Margaret", "Jean", "Patricia", "Shirley", "Dorothy", "Meera", "Kathleen", "Sheila", "Brenda", "Yvonne")
_MEN = ("Brian", "Kenneth", "Derek", "Alan", "Raymond", "Mohan", "Trevor", "Stanley", "Gordon", "Leroy")
_GIRLS = ("Sarah", "Emma", "Priya", "Laura", "Rachel", "Chloe", "Amina", "Hannah", "Grace", "Zoe")
_BOYS = ("James", "Daniel", "Imran", "Liam", "Matthew", "Ryan", "Kofi", "Jack", "Adam", "Ben")


def first_name(state: State) -> str:
    """A first name that goes with a person's sex and roughly with their age; the same each time.

    Args:
        state: The person's columns as first seen.
    """
    older = state["age_months"] >= _BORN_EARLY
    names = (_WOMEN if older else _GIRLS) if state["female"] else (_MEN if older else _BOYS)
    return names[int(state["uid"]) % len(names)]

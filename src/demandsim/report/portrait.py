"""A person as a story finds them: who they are, with whom they live, what they need and who helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from demandsim.agents.citizens import Band, Setting
from demandsim.agents.short_ids import short_id
from demandsim.experiment.trace import Life, State, TracedMonth
from demandsim.report.life_words import BAND_WORDS, SETTING_WORDS, age, date, from_kin, hours_cared, relation_word

_FIFTHS = (
    "the most deprived fifth of England",
    "the second most deprived fifth of England",
    "the middle fifth of England by deprivation",
    "the second least deprived fifth of England",
    "the least deprived fifth of England",
)
_HELPERS: dict[str, Callable[[State], float]] = {
    "kin": from_kin,
    "neighbours": lambda state: state["neighbour_hours"],
    "paid helpers": lambda state: state["paid_hours"] + state["relieved_hours"],
}


def portrait(life: Life, name: str) -> str:
    """A paragraph about the person as first seen.

    Args:
        life: Whose.
        name: The first name given to them.
    """
    first = life.first
    state = first.state
    she = "She" if state["female"] else "He"
    sex = ("girl" if state["female"] else "boy") if age(state) < 18 else "woman" if state["female"] else "man"
    when = f"In {date(max(first.month, 0))}"
    told = [
        f"{name} ({short_id(life.uid)}) is invented, and so is everybody around: a simulated {sex}, not a real person. "
        f"{when} {she.lower()} is {age(state)} and lives {_with_whom(first)}, in a neighbourhood of "
        f"{_FIFTHS[state['quintile']]}.",
        *_family(first, she),
        *_need(first, she),
        *_life(first, she),
    ]
    return " ".join(told)


def _with_whom(first: TracedMonth) -> str:
    setting = Setting(first.state["setting"])
    if setting != Setting.HOME:
        return SETTING_WORDS[setting]
    if first.household == 1:
        return "alone"
    partner = next((r for r in first.family if r.relation == "partner"), None)
    if partner is not None and partner.state["household"] == first.state["household"]:
        others = first.household - 2
        more = "" if not others else " and one other" if others == 1 else f" and {others} others"
        return f"with a {relation_word(partner)} of {age(partner.state)}{more}"
    return f"in a household of {first.household}"


def _family(first: TracedMonth, she: str) -> Iterator[str]:
    children = [r for r in first.family if r.relation in ("son", "daughter")]
    away = first.state["children_away"]
    here = [f"a {r.relation} of {age(r.state)}" for r in children]
    far = [f"{away} grown child{'ren' if away > 1 else ''} elsewhere"] if away else []
    if here or far:
        near = f"{_listed(here)} in the place" if here else ""
        yield f"{she} has {_listed([part for part in (near, *far) if part])}."
    parents = [f"{r.relation} ({age(r.state)})" for r in first.family if r.relation in ("mother", "father")]
    if parents and age(first.state) >= 18:
        her = "Her" if she == "She" else "His"
        yield f"{her} {_listed(parents)} live{'s' if len(parents) == 1 else ''} in the place, too."


def _need(first: TracedMonth, she: str) -> Iterator[str]:
    state = first.state
    band = Band(state["band"])
    if state["dementia"] > 0:
        yield f"{she} lives with dementia."
    if band == Band.NONE:
        yield f"{she} needs no help."
        return
    yield f"{she} has {BAND_WORDS[band]}: {state['hands_on']:.0f} hours of hands-on help a week."
    if state["setting"] == Setting.HOME and state["hands_on"] >= 0.5:
        yield from _who_helps(first) or ["Nobody gives any of it."]


def _who_helps(first: TracedMonth) -> list[str]:
    """Who gives how many hours a week, in sentences: what kin give beyond the hands-on need is being there."""
    state = first.state
    given = {who: round(float(hours(state))) for who, hours in _HELPERS.items() if hours(state) >= 0.5}
    told = []
    if given.get("kin", 0) > state["hands_on"]:
        told.append(f"Kin are there for {_hours(given.pop('kin'))}, company and watching over included.")
    if given:
        (who, hours), *others = given.items()
        told.append(f"{_listed([f'{who.capitalize()} give {_hours(hours)}', *(f'{w} {h}' for w, h in others)])}.")
    return told


def _hours(count: int) -> str:
    return f"{count} hour{'' if count == 1 else 's'}"


def _life(first: TracedMonth, she: str) -> Iterator[str]:
    state = first.state
    if state["working"]:
        yield f"{she} is in paid work."
    if (hours := hours_cared(state)) >= 1:
        strained = ", and is worn down by it" if state["strain"] > 0.6 else ""
        yield f"{she} cares for others {hours:.0f} hours a week, presence included{strained}."
    if state["lonely"]:
        yield f"{she} is often lonely."


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"

"""Events of a traced life in plain words: what happened in which month, read off one month's state against the last.

States that flicker (lonely one month, not the next) are told as spells: gaps of two months are closed, and what lasts
less than three months is not told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from demandsim.agents.citizens import NOBODY, Arrangement, Band, Call, Setting, Waiting
from demandsim.experiment.stories import CARER_HOURS
from demandsim.experiment.trace import DIED, Life, Relative, State, TracedMonth

FIRST_YEAR = 2024
"""Calendar year of month 0, which is April."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LASTS = 3
_IN_VAIN = "Asks for help, and gets none or the wrong kind."
BAND_WORDS = {
    Band.NONE: "no need of help",
    Band.LOW: "low need",
    Band.MODERATE: "moderate need",
    Band.HIGH: "high need",
    Band.VERY_HIGH: "very high need",
}
SETTING_WORDS = {
    Setting.HOME: "at home",
    Setting.CARE_HOME: "in a care home",
    Setting.OTHER_COMMUNAL: "in a communal home",
    Setting.SUPPORTED_LIVING: "in supported living",
    Setting.SHARED_LIVES: "with a Shared Lives host",
}
ARRANGEMENT_WORDS = {
    Arrangement.NONE: "none",
    Arrangement.HOME_CARE: "home care",
    Arrangement.DIRECT_PAYMENT: "direct payment",
    Arrangement.PRIVATE: "private help",
}
WAITING_WORDS = {Waiting.NOTHING: "no", Waiting.ASSESSMENT: "for an assessment", Waiting.HOME_CARE: "for home care"}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a life.

    Attributes:
        month: Months since April 2024.
        words: What, as a sentence without its subject.
    """

    month: int
    words: str


def date(month: int) -> str:
    """A month as people write it: ``Apr 2024`` for month 0."""
    return f"{_MONTHS[(month + 3) % 12]} {FIRST_YEAR + (month + 3) // 12}"


def iso_month(month: int) -> str:
    """A month as ``2024-04``."""
    return f"{FIRST_YEAR + (month + 3) // 12}-{(month + 3) % 12 + 1:02d}"


def age(state: State) -> int:
    """Age in whole years."""
    return int(state["age_months"]) // 12


def relation_word(relative: Relative) -> str:
    """What a relative is called: a partner is a husband, a wife or a partner by their own sex."""
    if relative.relation != "partner":
        return relative.relation
    return "wife or partner" if relative.state["female"] else "husband or partner"


def hours_cared(state: State) -> float:
    """Hours a week of care that a person gives, without those in which somebody else gives them a break."""
    return float(state["care_given"]) * (1.0 - float(state["carer_break"]))


def hours_to_friends(state: State) -> float:
    """Of these the hours that go to friends and neighbours."""
    return float(state["help_given"]) * (1.0 - float(state["carer_break"]))


def from_kin(state: State) -> float:
    """Hours a week that a person gets from kin themselves, without those in which others stand in for them."""
    return float(state["kin_hours"]) - float(state["relieved_hours"])


def is_strained(state: State, level: float) -> bool:
    """Whether somebody cares for ten hours a week or more and is strained by it.

    Args:
        state: Their columns.
        level: Strain above which a carer counts as strained.
    """
    return bool(state["care_given"] >= CARER_HOURS and state["strain"] > level)


def has_strained_carer(month: TracedMonth, level: float) -> bool:
    """Whether kin help the person, and one of the family is strained by caring."""
    return month.state["kin_hours"] > 0 and any(is_strained(r.state, level) for r in month.family)


def spells(flags: Sequence[bool], began: bool, lasts: int = _LASTS) -> Iterator[tuple[int, bool]]:
    """Where a state begins and ends: (place, whether it begins), short gaps closed and short spells left out.

    Args:
        flags: The state, month by month.
        began: Whether it held before the first.
        lasts: Months from which a spell or a gap counts.
    """
    state, k = began, 0
    while k < len(flags):
        run = k
        while run < len(flags) and flags[run] == flags[k]:
            run += 1
        if flags[k] != state and run - k >= lasts:
            state = flags[k]
            yield k, state
        k = run


def events(life: Life, strain_level: float) -> list[Event]:
    """Everything told of a life, in order.

    Args:
        life: The life.
        strain_level: Strain above which a carer counts as strained.
    """
    found: list[Event] = []
    before = life.first
    for now in life.months:
        if now is not before:
            found += [Event(now.month, words) for words in _happened(before, now)]
        before = now
    found += _spells_of(life, strain_level)
    if life.end == DIED:
        found.append(Event(life.end_month, f"Dies at the age of {age(before.state)}."))
    elif life.end:
        found.append(Event(life.end_month, "Moves away; what comes after is not known here."))
    return _gathered(sorted(found, key=lambda event: event.month))


def _gathered(told: Sequence[Event]) -> list[Event]:
    """The same events, with asking in vain again and again told once, when it begins."""
    found: list[Event] = []
    k = 0
    while k < len(told):
        times = 1
        while told[k].words == _IN_VAIN and k + times < len(told) and told[k + times].words == _IN_VAIN:
            times += 1
        if times > 2:
            until = date(told[k + times - 1].month)
            found.append(Event(told[k].month, f"Asks for help {times} times until {until}, each time in vain."))
        else:
            found += told[k : k + times]
        k += times
    return found


def _happened(before: TracedMonth, now: TracedMonth) -> Iterator[str]:
    """What happened in one month."""
    was, is_ = before.state, now.state
    yield from _family_events(before, now)
    if is_["setback"]:
        yield "A fall or other small setback."
    if is_["dementia"] > 0 and was["dementia"] == 0:
        yield "Dementia begins."
    yield from _hospital_events(is_)
    if is_["crisis"] > 0 and was["crisis"] == 0:
        yield "A crisis at home: help that was relied on is gone."
    if is_["band"] > was["band"] and is_["band"] >= Band.MODERATE and is_["band"] > Band.LOW:
        yield f"Now has {BAND_WORDS[Band(is_['band'])]}: {_hours(is_['hands_on'])} of help needed a week."
    yield from _door_events(was, is_, now.month)
    yield from _support_events(was, is_)
    yield from _setting_events(was, is_)
    if is_["broken_down"] > 0 and was["broken_down"] == 0:
        yield "Cannot go on caring: has to stop for a time."
    if is_["working"] != was["working"]:
        yield "Starts paid work." if is_["working"] else "Stops paid work."
    elif is_["working"] and is_["work_lost"] != was["work_lost"]:
        yield _work_words(int(was["work_lost"]), int(is_["work_lost"]))


def _work_words(before: int, now: int) -> str:
    """What became of paid work for the sake of caring; both are per cent of it given up."""
    if now >= 100:
        return "Gives up paid work to care."
    return "Works fewer hours, to care." if now > before else "Works as much as before caring."


def _family_events(before: TracedMonth, now: TracedMonth) -> Iterator[str]:
    was, is_ = before.state, now.state
    old = {relative.state["uid"]: relative for relative in before.family}
    partner = next((r for r in before.family if r.relation == "partner"), None)
    new = next((r for r in now.family if r.relation == "partner"), None)
    if is_["bereaved_month"] == now.month:
        whom = relation_word(partner) if partner else "partner"
        alone = " Lives alone from now on." if now.household == 1 else ""
        yield f"The {whom} dies.{alone}"
    elif was["partner"] != NOBODY and is_["partner"] == NOBODY:
        yield "Parts from the partner."
    if new is not None and (partner is None or new.state["uid"] != partner.state["uid"]):
        yield "Moves in with a new partner."
    for relative in now.family:
        last = old.get(relative.state["uid"])
        if last is None:
            if relative.relation in ("son", "daughter") and relative.state["age_months"] < 2:
                yield f"A {relative.relation} is born."
            continue
        if relative.state["broken_down"] > 0 and last.state["broken_down"] == 0:
            yield f"The {relation_word(relative)} cannot go on caring and has to stop for a time."
        if relative.relation == "partner" and relative.state["setting"] != last.state["setting"]:
            yield f"The {relation_word(relative)} now lives {SETTING_WORDS[Setting(relative.state['setting'])]}."


def _hospital_events(is_: State) -> Iterator[str]:
    days, waits = round(is_["hospital_trace"]), round(is_["delayed_days"])
    if is_["emergency_call"] not in (Call.NONE, Call.FALSE_ALARM):
        yield "An ambulance is called: cannot cope at home."
    if is_["admitted"]:
        held = f", {waits} of them waiting for support to be ready" if waits else ""
        yield f"Taken to hospital as an emergency: {_days(days)}{held}."
    elif waits:
        yield f"Still in hospital: {_days(waits)} more, waiting for support to be ready."
    elif is_["fell_ill"]:
        yield "Seriously ill, without going into hospital."


def _door_events(was: State, is_: State, month: int) -> Iterator[str]:
    listed, lists = was["waiting"], is_["waiting"]
    turned_away = is_["turned_away_month"] == month
    if listed == Waiting.ASSESSMENT and lists != listed:
        outcome = "; now waits for home care" if lists else "; turned away" if turned_away else ""
        yield f"{'Reviewed' if was['arrangement'] else 'Assessed'}{_after(was, month)}{outcome}."
    elif turned_away:
        yield _IN_VAIN
    elif is_["helped_month"] == month and not is_["reablement"] > was["reablement"]:
        yield "Asks for help, and gets an answer that fits."
    if lists and not listed:
        what = "a review of the support" if was["arrangement"] else "an assessment"
        yield f"Put on the list for {what}." if lists == Waiting.ASSESSMENT else "Waits for home care."


def _after(was: State, month: int) -> str:
    months = month - was["waiting_since"]
    return f" after {months} month{'s' if months > 1 else ''} on the list" if months >= 1 else ""


def _support_events(was: State, is_: State) -> Iterator[str]:
    if is_["reablement"] > was["reablement"]:
        yield f"Reablement begins: {_hours(is_['reablement_hours'])} a week to get going again."
    if is_["aids"] and not was["aids"]:
        yield "Gets aids and equipment for the home."
    old, new = was["arrangement"], is_["arrangement"]
    if new == old:
        return
    if new:
        kind = {
            Arrangement.HOME_CARE: "Home care begins",
            Arrangement.DIRECT_PAYMENT: "A direct payment begins",
            Arrangement.PRIVATE: "Help paid for privately begins",
        }.get(new, "Support at home begins")
        yield f"{kind}: {_hours(is_['paid_hours'])} of need met a week."
    elif is_["setting"] == was["setting"]:
        name = ARRANGEMENT_WORDS.get(old, "support").capitalize()
        yield f"{name} ends."


def _setting_events(was: State, is_: State) -> Iterator[str]:
    if is_["setting"] != was["setting"]:
        if is_["setting"] == Setting.CARE_HOME:
            pays = "the council pays part" if is_["council_funded"] else "pays the fees from own means"
            yield f"Moves to a care home; {pays}."
        elif is_["setting"] == Setting.HOME:
            yield "Comes home again."
        else:
            yield f"Now lives {SETTING_WORDS[Setting(is_['setting'])]}."
    elif is_["setting"] == Setting.CARE_HOME and is_["council_funded"] and not was["council_funded"]:
        yield "Savings have run low: the council now pays part of the fees."


def _spells_of(life: Life, level: float) -> list[Event]:
    """States told as spells."""
    told: tuple[tuple[Callable[[TracedMonth], bool], str, str], ...] = (
        (lambda m: bool(m.state["unmet"]), "Help falls well short of need.", "Help meets most of the need again."),
        (lambda m: bool(m.state["lonely"]), "Often lonely from now on.", "No longer often lonely."),
        (lambda m: m.state["group"] != NOBODY, "Joins a community group.", "Leaves the community group."),
        (lambda m: bool(m.state["volunteer"]), "Gives time as a volunteer.", "Stops volunteering."),
        (
            lambda m: m.state["care_given"] >= CARER_HOURS,
            "Cares for somebody ten hours a week or more.",
            "No longer cares ten hours a week.",
        ),
        (lambda m: is_strained(m.state, level), "Strained by caring.", "The strain of caring eases."),
        (
            lambda m: has_strained_carer(m, level),
            "Somebody of the family who helps is strained by caring.",
            "Nobody of the family is strained by caring any more.",
        ),
        (lambda m: m.state["carer_break"] > 0, "Gets breaks from caring.", "The breaks end."),
    )
    found = []
    for test, begins, ends in told:
        flags = [test(month) for month in life.months]
        for place, on in spells(flags, test(life.first)):
            found.append(Event(life.months[place].month, begins if on else ends))
    return found


def _hours(hours: float) -> str:
    whole = round(hours)
    if whole == 0:
        return "less than an hour" if hours > 0 else "no hours"
    return f"{whole} hour" if whole == 1 else f"{whole} hours"


def _days(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"

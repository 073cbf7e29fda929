"""What a room may move: seven decisions and, apart from them, what is assumed.

A decision of the room stands for many values of a scenario: the dial of practice alone moves thirty levers of
`demandsim.scenario.levers` together. Limits and today's values come from the evidence register wherever it has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from demandsim.parameters.register import register

Pane = Literal["decision", "assumption"]


@dataclass(frozen=True, slots=True)
class RoomLever:
    """One thing that a room may move.

    Attributes:
        key: Its name in the address of the page.
        label: What the room calls it.
        meaning: What it means, in one line.
        low: Least value.
        high: Greatest value.
        step: Distance between two values.
        today: Value in the present carried on.
        unit: Unit after the number; empty for a switch.
        pane: Whether it is for the council to decide, or assumed.
        ends: What the least and the greatest value are, in a word or two.
        switch: Whether it is only off (0) or on (1).
    """

    key: str
    label: str
    meaning: str
    low: float
    high: float
    step: float
    today: float
    unit: str
    pane: Pane = "decision"
    ends: tuple[str, str] = ("", "")
    switch: bool = False

    def nearest(self, value: float) -> float:
        """The value on the lever's scale that is nearest to one given."""
        inside = min(max(value, self.low), self.high)
        return float(round(self.low + round((inside - self.low) / self.step) * self.step, 6))

    def shown(self, value: float) -> str:
        """A value with its unit, as people read it."""
        if self.switch:
            return "on" if value else "off"
        return f"{value:g}\u00a0{self.unit}"

    @property
    def today_shown(self) -> str:
        """Today's value in few words."""
        return f"{self.today:g}\u00a0{self.unit.split()[0]}"


def _ends(key: str) -> tuple[float, float, float]:
    """Central value, low and high end of a row of the register."""
    row = register()[key]
    low, high = row.range
    assert row.number is not None
    assert low is not None
    assert high is not None
    return row.number, low, high


@cache
def room_levers() -> tuple[RoomLever, ...]:
    """Every lever of the room: seven decisions, then the assumptions."""
    cut_years, cut_soonest, cut_latest = _ends("budget.cut_years")
    pace, soonest, latest = _ends("practice.adoption_years")
    training, least, most = _ends("practice.training_hours")
    doubters, fewest, most_doubters = _ends("practice.never_take_share")
    return (
        RoomLever(
            "practice",
            "Way of working",
            "From fixed packages to what people can do.",
            0,
            100,
            5,
            0,
            "% strengths-based",
            ends=("Deficit-based", "Strengths-based"),
        ),
        RoomLever(
            "carers",
            "Help for unpaid carers",
            "Breaks, information, emergency back-up.",
            0,
            100,
            5,
            0,
            "% of full offer",
            ends=("As today", "Full offer"),
        ),
        RoomLever(
            "community",
            "Money for the community",
            "Area coordinators, peer support, local groups.",
            0,
            100,
            5,
            0,
            "% of full offer",
            ends=("As today", "Full offer"),
        ),
        RoomLever(
            "cut",
            "Cut to care budget",
            "Below today, after inflation and growing need.",
            0,
            50,
            5,
            0,
            "%",
            ends=("No cut", "Half"),
        ),
        RoomLever(
            "over",
            "Years to make the cut",
            "In equal steps; fewer years is faster.",
            cut_soonest,
            cut_latest,
            1,
            cut_years,
            "years",
            ends=("Fast", "Slow"),
        ),
        RoomLever(
            "fence",
            "Protect prevention",
            "Groups and carers’ breaks are spared.",
            0,
            1,
            1,
            0,
            "",
            switch=True,
        ),
        RoomLever(
            "pace",
            "Years to change practice",
            "Staff train over these years; 0 is at once.",
            soonest,
            latest,
            1,
            pace,
            "years",
            ends=("At once", "Slow"),
        ),
        RoomLever(
            "training",
            "Training for each worker",
            "Paid hours away from people, once, if the way of working changes all the way.",
            least,
            most,
            2,
            training,
            "hours",
            pane="assumption",
            ends=("None", "Eight days"),
        ),
        RoomLever(
            "doubters",
            "Workers who never take to it",
            "For them the change goes on paper only. No source opened for this model says how many there are.",
            100 * fewest,
            100 * most_doubters,
            5,
            100 * doubters,
            "%",
            pane="assumption",
            ends=("None", "Four in ten"),
        ),
    )


def decisions() -> tuple[RoomLever, ...]:
    """What the room decides."""
    return tuple(lever for lever in room_levers() if lever.pane == "decision")


def assumptions() -> tuple[RoomLever, ...]:
    """What the room assumes."""
    return tuple(lever for lever in room_levers() if lever.pane == "assumption")

"""What a measure is, and the sources that many share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["state", "flow", "cost", "share"]

OWN = "demandsim, own definition"
SALT = "Adult social care activity (SALT), NHS Digital, the same people counted where the model can"
HSE = "Health Survey for England 2021, social care for older adults"
CENSUS = "Census 2021, unpaid care"
HES = "Hospital episode statistics, emergency care"
ASCWDS = "Adult social care workforce data set, Skills for Care"
ONS = "ONS, mid-year population estimates and components of change"
MONEY = "Base-year (2023/24) prices, every payer reported"


@dataclass(frozen=True, slots=True)
class Measure:
    """What one measure means.

    Attributes:
        name: Its name in results.
        label: Plain words for tables and pictures.
        definition: Who and what is counted, and when; of a share, what it is a share of.
        unit: Unit of the value.
        direction: 1 where more is better, -1 where less is better, 0 where it depends on who looks.
        kind: ``state`` (mean over the months of a year), ``flow`` (sum over the year), ``cost`` (sum over the year,
            pounds of the base year) or ``share`` (sum over sum, a state). Over a horizon a state or share is that of
            the last year, a flow or cost the sum.
        source: Where the definition comes from.
        decimals: Decimals shown to people.
    """

    name: str
    label: str
    definition: str
    unit: str
    direction: Literal[-1, 0, 1]
    kind: Kind
    source: str
    decimals: int = 0

    @property
    def summed(self) -> bool:
        """Whether a horizon adds the years up (else it takes the last)."""
        return self.kind in ("flow", "cost")

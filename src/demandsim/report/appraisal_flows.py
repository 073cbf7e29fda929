"""What an option pays and gives more than the first scenario, year by year: what an appraisal adds up."""

from __future__ import annotations

from dataclasses import dataclass

from demandsim.experiment.comparison import Results, Values
from demandsim.measures.appraisal import present_value
from demandsim.measures.costs import FINANCE, Hours
from demandsim.measures.productivity import PUBLIC
from demandsim.report.costs import by_year, hours_flows

TRANSFERS = ("benefits", "carers_allowance", "delay_charge", "lost_earnings", "pooled_budget", *FINANCE)
"""Public money that moves between pockets and delivers nothing: no optimism is added to it."""


@dataclass(frozen=True, slots=True)
class Flows:
    """Differences between two scenarios by year and run: of the replicates, or of the draws of parameters.

    Attributes:
        results: What was run.
        name: The option.
        first: The scenario it is held against.
        years: Years from the first.
        drawn: Whether the draws of parameters are read instead of the replicates.
    """

    results: Results
    name: str
    first: str
    years: int
    drawn: bool = False

    def gap(self, measure: str, by: str = "all", group: str = "all") -> Values:
        """What the option has more than the first, shape (years, runs)."""
        ours, first = (
            by_year(self.results, scenario, measure, by, group, drawn=self.drawn)
            for scenario in (self.name, self.first)
        )
        return (ours - first)[: self.years]

    def paid(self, payer: str) -> Values:
        """What a payer pays more. Debt paid back is left out: what it was borrowed for has been counted already."""
        flows = self.gap("cost", "payer", payer)
        if payer == "council":
            flows = flows - self.gap("cost", "payer+service", "council+debt")
        return flows

    def family(self, hours: Hours) -> dict[str, Values]:
        """What families bear more: hours, and pay lost where hours are not valued by that pay already."""
        ours, first = (
            hours_flows(self.results, scenario, hours, drawn=self.drawn) for scenario in (self.name, self.first)
        )
        found = {"family_hours": (ours - first)[: self.years]}
        if hours == "replacement":
            found["family_pay"] = self.paid("family") - found["family_hours"]
        return found

    def by_service(self, factors: Values) -> dict[str, float]:
        """What public payers spend more on each service, mean present value; transfers are left out.

        Args:
            factors: Discount factors of the years, shape (years,).
        """
        found: dict[str, float] = {}
        for group in self.results.groups("cost", "payer+service"):
            payer, service = group.split("+", 1)
            if payer in PUBLIC and service not in TRANSFERS:
                flows = self.gap("cost", "payer+service", group)
                found[service] = found.get(service, 0.0) + float(present_value(flows, factors).mean())
        return found

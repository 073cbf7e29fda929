"""Terms: what a scenario changes besides practice and the size of the budget – services, community, finance.

Practice is how people are worked with, and is taken up over years. Terms are decisions: they hold from the start year
of their section. What none has decided is as today (`AS_TODAY`): 0, at which a term does nothing, but for the capital
limits of the means test, which stand still in cash.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

SECTIONS = ("services", "community", "finance")
"""Sections of a scenario file that hold terms."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term.

    Attributes:
        section: Section of a scenario file.
        key: Name within the section, unit included.
        field: Field of `Terms`.
        low: Least value a file may hold.
        high: Greatest value a file may hold.
        words: What it is, in a sentence.
    """

    section: str
    key: str
    field: str
    low: float
    high: float
    words: str

    @property
    def path(self) -> str:
        """Where it stands in a scenario file."""
        return f"{self.section}.{self.key}"


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The terms in force in one month; each stands as it does today unless a scenario sets it.

    Attributes:
        technology_share: Share of people supported at home who have sensors and remote checks.
        digital_door_share: Share of requests that are answered by a form or a machine.
        adaptations: Homes adapted a year per 100,000 people aged 65 and over, beyond today's.
        third_sector_share: Share of home care handed to charities, the service unchanged.
        mutual_share: Share of home care handed to mutuals that their workers own.
        community_hubs: Mutual community hubs per 100,000 people.
        visible_accounts_share: Share of adults who are shown what they put in and get out over their life.
        income_advice: People a year per 100,000 who are helped to the benefits they are entitled to.
        let_go_share: Share of public support for groups that is given up in the hope that citizens carry on.
        co_payment_percent: Percent of the cost of care at home that clients pay whatever their means.
        tax_freeze_years: Years for which council tax stays frozen.
        invest_percent: Percent of the yearly budget put into prevention ahead of its return.
        invest_years: Years of that investment.
        results_share: Share of home care and reablement that is paid by results.
        bond_percent: Percent of the yearly budget that investors put into prevention under an outcomes contract.
        bond_years: Years of that contract.
        neighbourhood_share: Share of money for prevention and groups that neighbourhoods decide on.
        means_limits_frozen_share: Share of inflation that the capital limits of the means test do not follow.
    """

    technology_share: float = 0.0
    digital_door_share: float = 0.0
    adaptations: float = 0.0
    third_sector_share: float = 0.0
    mutual_share: float = 0.0
    community_hubs: float = 0.0
    visible_accounts_share: float = 0.0
    income_advice: float = 0.0
    let_go_share: float = 0.0
    co_payment_percent: float = 0.0
    tax_freeze_years: float = 0.0
    invest_percent: float = 0.0
    invest_years: float = 0.0
    results_share: float = 0.0
    bond_percent: float = 0.0
    bond_years: float = 0.0
    neighbourhood_share: float = 0.0
    means_limits_frozen_share: float = 1.0


AS_TODAY = Terms()
"""The terms of the base year, which hold until a scenario decides otherwise."""


_SHARE = (0.0, 1.0)


def _term(section: str, key: str, field: str, limits: tuple[float, float], words: str) -> Term:
    return Term(section, key, field, *limits, words)


TERMS: tuple[Term, ...] = (
    _term(
        "services",
        "technology_share",
        "technology_share",
        _SHARE,
        "Share of people supported at home who have sensors and remote checks.",
    ),
    _term(
        "services",
        "digital_door_share",
        "digital_door_share",
        _SHARE,
        "Share of requests that are answered by a form or a machine.",
    ),
    _term(
        "services",
        "adaptations_per_100k_65plus_per_year",
        "adaptations",
        (0, 20_000),
        "Homes adapted a year per 100,000 people aged 65 and over, beyond today's.",
    ),
    _term(
        "services",
        "third_sector_share",
        "third_sector_share",
        _SHARE,
        "Share of home care handed to charities, the service unchanged.",
    ),
    _term(
        "services",
        "mutual_share",
        "mutual_share",
        _SHARE,
        "Share of home care handed to mutuals that their workers own.",
    ),
    _term("community", "hubs_per_100k", "community_hubs", (0, 50), "Mutual community hubs per 100,000 people."),
    _term(
        "community",
        "visible_accounts_share",
        "visible_accounts_share",
        _SHARE,
        "Share of adults who are shown what they put in and get out over their life.",
    ),
    _term(
        "community",
        "income_advice_people_per_100k_per_year",
        "income_advice",
        (0, 20_000),
        "People a year per 100,000 who are helped to the benefits they are entitled to.",
    ),
    _term(
        "community",
        "let_go_share",
        "let_go_share",
        _SHARE,
        "Share of public support for groups that is given up in the hope that citizens carry on.",
    ),
    _term(
        "finance",
        "co_payment_percent",
        "co_payment_percent",
        (0, 100),
        "Percent of the cost of care at home that clients pay whatever their means.",
    ),
    _term(
        "finance",
        "council_tax_freeze_years",
        "tax_freeze_years",
        (0, 30),
        "Years for which council tax stays frozen.",
    ),
    _term(
        "finance",
        "invest_to_save_percent",
        "invest_percent",
        (0, 20),
        "Percent of the yearly budget put into prevention ahead of its return.",
    ),
    _term("finance", "invest_to_save_years", "invest_years", (0, 20), "Years of that investment."),
    _term(
        "finance",
        "payment_by_results_share",
        "results_share",
        _SHARE,
        "Share of home care and reablement that is paid by results.",
    ),
    _term(
        "finance",
        "outcomes_contract_percent",
        "bond_percent",
        (0, 20),
        "Percent of the yearly budget that investors put into prevention under an outcomes contract.",
    ),
    _term("finance", "outcomes_contract_years", "bond_years", (0, 20), "Years of that contract."),
    _term(
        "finance",
        "neighbourhood_budget_share",
        "neighbourhood_share",
        _SHARE,
        "Share of money for prevention and groups that neighbourhoods decide on.",
    ),
    _term(
        "finance",
        "means_limits_frozen_share",
        "means_limits_frozen_share",
        _SHARE,
        "Share of inflation that the capital limits of the means test do not follow: 1 frozen in cash, 0 uprated.",
    ),
)
"""Every field of `Terms` once."""


@dataclass(frozen=True, kw_only=True)
class Agreed:
    """The terms of a scenario and when each section of them begins.

    Attributes:
        terms: The terms once they hold.
        start_years: Model year from which they do, in the order of `SECTIONS`; 0 is the first.
    """

    terms: Terms
    start_years: tuple[int, ...] = (0,) * len(SECTIONS)

    def start_year(self, section: str) -> int:
        """Model year from which a section's terms hold."""
        return self.start_years[SECTIONS.index(section)]

    def in_month(self, month: int) -> Terms:
        """The terms in force in a month; those of today before their section begins.

        Args:
            month: Months since month 0; negative in the run-in.
        """
        waiting = {
            term.field: today
            for term in TERMS
            if month < 12 * self.start_year(term.section)
            and getattr(self.terms, term.field) != (today := getattr(AS_TODAY, term.field))
        }
        return replace(self.terms, **waiting) if waiting else self.terms

    def years_since(self, section: str, month: int) -> float:
        """Years since a section's terms began to hold; negative before."""
        return month / 12.0 - self.start_year(section)


NOTHING_AGREED = Agreed(terms=AS_TODAY)
"""No terms beyond today's."""

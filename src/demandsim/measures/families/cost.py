"""Cost: who paid for what, and whether the council balances."""

from __future__ import annotations

from demandsim.measures.definition import MONEY, Measure

COST = (
    Measure(
        "cost",
        "Cost",
        "What was spent, by who paid and on what service. Families' unpaid care is valued at the register's "
        "replacement cost of an hour (carers.replacement_cost_hour, carried to 2023/24 prices): payer family, service "
        "unpaid_care. The council's is its budget less its balance: it holds debt paid back (debt), and what it "
        "borrows to invest (invest_to_save) and raises by more tax and charges (local_tax) is taken off.",
        "GBP",
        0,
        "cost",
        MONEY,
    ),
    Measure(
        "own_money",
        "Citizens' own money",
        "What citizens pay themselves, by what for: charges of the council for support that it pays for too "
        "(charges), care that they buy and pay in full (self_funding), what they raise and give for groups and hubs "
        "(giving), more council tax and charges of other kinds (local_tax), less benefits won (benefits).",
        "GBP",
        0,
        "cost",
        "Base-year (2023/24) prices; charges as in the Care and Support (Charging) Regulations 2014",
    ),
    Measure(
        "council_balance",
        "Council balance",
        "Council adult social care budget of the year, with what more tax and charges bring in, less what was spent: "
        "below zero is overspent.",
        "GBP",
        1,
        "cost",
        "Local Government Finance Act 1988: a council must balance its year",
    ),
    Measure(
        "council_debt",
        "Council debt for care",
        "What the council has borrowed for overspends that its reserves could not carry, and not yet repaid out of "
        "later years' budgets.",
        "GBP",
        -1,
        "state",
        MONEY,
    ),
    Measure(
        "section_114",
        "Section 114 notice",
        "1 if the council issues a section 114 notice in the year (reserves gone, year not balanced), else 0; "
        "over replicates the share of runs.",
        "share of runs",
        -1,
        "state",
        "Local Government Finance Act 1988, section 114",
        2,
    ),
    Measure(
        "cost_per_resident",
        "Cost per resident",
        "What each payer spends in the year per person who lives in the place.",
        "GBP per resident",
        0,
        "share",
        MONEY,
    ),
    Measure(
        "cost_per_supported",
        "Council cost per person supported",
        "The council's cost of the year (cost, by payer) per adult whose long-term support it pays for in whole or "
        "part, people with working-age support at home included.",
        "GBP per person",
        0,
        "share",
        MONEY,
    ),
    Measure(
        "support_cost",
        "Council spending on long-term support",
        "What the council spends on home care, direct payments, care homes and working-age support, shared out among "
        "the people who have it: by planned hours, or by head in homes.",
        "GBP",
        0,
        "cost",
        MONEY,
    ),
)

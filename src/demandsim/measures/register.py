"""The register of measures: everything that is read off a run, each defined once."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Kind = Literal["state", "flow", "cost", "share"]


@dataclass(frozen=True, slots=True)
class Measure:
    """What one measure means.

    Attributes:
        name: Its name in results.
        label: Plain words for tables and pictures.
        definition: Who and what is counted, and when.
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


_OWN = "demandsim, own definition"
_SALT = "Adult social care activity (SALT), NHS Digital, the same people counted where the model can"
_HSE = "Health Survey for England 2021, social care for older adults"
_CENSUS = "Census 2021, unpaid care"
_HES = "Hospital episode statistics, emergency care"
_ASCWDS = "Adult social care workforce data set, Skills for Care"
_ONS = "ONS, mid-year population estimates and components of change"
_MONEY = "Base-year (2023/24) prices, every payer reported"

_ALL = (
    # demand
    Measure(
        "population",
        "People",
        "People who live in the place, mean of the months.",
        "people",
        0,
        "state",
        _ONS,
    ),
    Measure(
        "need_people",
        "People with care needs",
        "Adults who need hands-on help: need band moderate or above, wherever they live. By band, low is shown too.",
        "people",
        -1,
        "state",
        _HSE,
    ),
    Measure(
        "need_hours",
        "Hours of help needed a week",
        "Hands-on hours a week that adults need, wherever they live.",
        "hours a week",
        -1,
        "state",
        _OWN,
    ),
    Measure(
        "help_hours",
        "Hours of help given a week",
        "Hours a week of need met at home by kin, by neighbours and friends, and by paid help.",
        "hours a week",
        0,
        "state",
        _OWN,
    ),
    Measure(
        "unmet_need_people",
        "People with unmet need",
        "Adults with need band moderate or above whose help from all sources falls short of the hands-on help needed.",
        "people",
        -1,
        "state",
        _HSE,
    ),
    Measure(
        "unmet_need_hours",
        "Unmet hours of need a week",
        "Hands-on hours a week that adults need and nobody gives.",
        "hours a week",
        -1,
        "state",
        _OWN,
    ),
    Measure("contacts", "Contacts", "Contacts with the council's front door.", "contacts", 0, "flow", _OWN),
    Measure(
        "requests",
        "Requests for support",
        "Contacts by people who have no long-term support.",
        "requests",
        0,
        "flow",
        _SALT,
    ),
    Measure(
        "failure_demand_share",
        "Contacts that are failure demand",
        "Contacts by people who asked before and got the wrong answer or none, and chases of late answers, "
        "as a share of all contacts.",
        "share",
        -1,
        "share",
        "Seddon, failure demand; counted here, never assumed",
        3,
    ),
    Measure(
        "failure_demand",
        "Failure demand",
        "Contacts by people who come back because help failed them, by cause: the answer was wrong, help came late or "
        "not at all, what staff knew was lost at a hand-off, or visits were too short to finish the task.",
        "contacts",
        -1,
        "flow",
        "Seddon, failure demand; counted here, never assumed",
    ),
    Measure(
        "turned_away",
        "Turned away",
        "Contacts and assessments that ended without the help asked for.",
        "people",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "wait_weeks_median",
        "Weeks waited for assessment",
        "Median weeks from joining the queue to the assessment, of those assessed in the year; interpolated within "
        "months.",
        "weeks",
        -1,
        "state",
        "ADASS surveys, waits for assessment",
        1,
    ),
    Measure(
        "waiting_people",
        "People waiting",
        "Adults waiting for an assessment or for support to begin, mean of the months.",
        "people",
        -1,
        "state",
        "ADASS surveys, people waiting",
    ),
    Measure(
        "passed_over",
        "Passed over by providers",
        "People whom a provider paid by results did not take on though it was their turn, counted each month; by need "
        "band too.",
        "people",
        -1,
        "flow",
        _OWN,
    ),
    Measure("assessments", "Assessments", "Assessments completed.", "assessments", 0, "flow", _OWN),
    Measure("reviews", "Reviews of packages", "Reviews of council-funded support at home.", "reviews", 0, "flow", _OWN),
    Measure(
        "statutory_breaches",
        "Decisions below the law",
        "Decisions of the council in answer to overspend that leave need unmet which the law asks it to meet: a "
        "refusal or an ended package above the lawful threshold, a refused rise, a place in a home refused at very "
        "high need.",
        "decisions",
        -1,
        "flow",
        "Care Act 2014, sections 13 and 18",
    ),
    Measure(
        "withheld_hours",
        "Hours of planned help withheld",
        "Hours of help at home that plans hold and the council has trimmed off them.",
        "hours",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "placements_refused",
        "Care-home places refused",
        "Requests for a place in a care home that the council's funding panel refused; who asks again counts again.",
        "requests",
        0,
        "flow",
        _OWN,
    ),
    Measure("plans", "New support plans", "Support plans agreed.", "plans", 0, "flow", _OWN),
    # supply
    Measure(
        "long_term_clients",
        "People with council-funded support",
        "Adults whose long-term support at home or in a care home the council pays for in whole or part, "
        "mean of the months.",
        "people",
        0,
        "state",
        _SALT,
    ),
    Measure("home_care_hours", "Hours of home care", "Hours of home care delivered.", "hours", 0, "flow", _OWN),
    Measure(
        "direct_payment_hours",
        "Hours bought with direct payments",
        "Hours of help bought with direct payments.",
        "hours",
        0,
        "flow",
        _OWN,
    ),
    Measure(
        "private_hours", "Hours bought privately", "Hours of help that people buy themselves.", "hours", 0, "flow", _OWN
    ),
    Measure(
        "direct_payment_share",
        "Share with a direct payment",
        "Of adults with council-funded support at home, those with a direct payment.",
        "share",
        0,
        "share",
        "Adult Social Care Outcomes Framework, self-directed support",
        3,
    ),
    Measure(
        "reablement_starts",
        "Reablement episodes",
        "Episodes of reablement begun.",
        "episodes",
        0,
        "flow",
        _SALT,
    ),
    Measure(
        "vacancies",
        "Home-care posts vacant",
        "Vacant home-care posts as a share of all posts, mean of the months.",
        "share",
        -1,
        "share",
        _ASCWDS,
        3,
    ),
    Measure(
        "turnover",
        "Home-care staff turnover",
        "Home-care workers who left in the year as a share of those in post.",
        "share",
        -1,
        "share",
        _ASCWDS,
        3,
    ),
    Measure(
        "agency_hours",
        "Hours of agency cover",
        "Worker hours that agencies cover beyond the base year's, because posts stand empty.",
        "hours",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "peer_hours",
        "Hours with peer supporters",
        "Hours that paid peer supporters spend with people.",
        "hours",
        0,
        "flow",
        _OWN,
    ),
    Measure(
        "continuity",
        "Visits by the named worker",
        "Share of home-care visits made by the person's own named worker.",
        "share",
        1,
        "share",
        _OWN,
        3,
    ),
    Measure(
        "relationship",
        "Relationship with the care worker",
        "Mean strength of relationship, 0 to 1, of people with a named home-care worker.",
        "0-1",
        1,
        "share",
        _OWN,
        3,
    ),
    Measure(
        "home_care_by_owner",
        "Home-care workers' hours a week",
        "Hours a week of visits and travel by home-care workers, by who owns their employer, mean of the months.",
        "hours a week",
        0,
        "state",
        _OWN,
    ),
    Measure(
        "provider_exits",
        "Providers that stopped",
        "Home-care providers and care homes of the place that gave up or handed their contract back. There are as many "
        "in a sample as in the whole place.",
        "providers",
        -1,
        "flow",
        _OWN,
        1,
    ),
    Measure(
        "people_rehoused",
        "People whose provider stopped",
        "Clients who had to look for care anew, and residents who had to move, as a provider, home or micro-enterprise "
        "stopped.",
        "people",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "micro_enterprises",
        "Micro-enterprises",
        "Micro-enterprises started with a catalyst's help and not folded, mean of the months.",
        "enterprises",
        0,
        "state",
        _OWN,
        1,
    ),
    Measure(
        "brokered_in_vain",
        "Brokered in vain",
        "New plans for which a broker looked for another answer and nothing was free, so that a standard package was "
        "planned.",
        "plans",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "volunteers",
        "Volunteers",
        "Adults who give time to a community group, mean of the months.",
        "people",
        1,
        "state",
        _OWN,
    ),
    Measure(
        "hubs",
        "Community hubs open",
        "Mutual community hubs that are open, mean of the months.",
        "hubs",
        1,
        "state",
        _OWN,
        1,
    ),
    # outcomes
    Measure(
        "wellbeing",
        "Wellbeing of adults (0 to 10)",
        "Mean life satisfaction of adults.",
        "0-10",
        1,
        "share",
        "ONS personal wellbeing, life satisfaction",
        3,
    ),
    Measure(
        "capability",
        "Capability of adults (0 to 1)",
        "Mean skill, confidence and agency of adults.",
        "0-1",
        1,
        "share",
        _OWN,
        3,
    ),
    Measure(
        "loneliness",
        "Adults often or always lonely",
        "Share of adults who are often or always lonely.",
        "share",
        -1,
        "share",
        "Community Life Survey, direct measure of loneliness",
        4,
    ),
    Measure(
        "loneliness_65plus",
        "People 65+ often or always lonely",
        "Share of people aged 65 and over who are often or always lonely.",
        "share",
        -1,
        "share",
        "Community Life Survey, direct measure of loneliness",
        4,
    ),
    Measure(
        "carers",
        "Unpaid carers",
        "People who give unpaid care in an average month.",
        "people",
        0,
        "state",
        _CENSUS,
    ),
    Measure(
        "carer_hours",
        "Hours of unpaid care a week",
        "Hours a week of unpaid care, presence included.",
        "hours a week",
        0,
        "state",
        _CENSUS,
    ),
    Measure(
        "carer_strain",
        "Strained carers (10+ hours)",
        "Carers of 10 hours a week or more whose strain is above 0.6.",
        "people",
        -1,
        "state",
        _OWN,
    ),
    Measure(
        "carer_breakdowns",
        "Carer breakdowns",
        "Carers who can go on no longer: their caring stops at once.",
        "people",
        -1,
        "flow",
        _OWN,
    ),
    Measure("break_hours", "Hours of carers' breaks", "Caring hours replaced by breaks.", "hours", 0, "flow", _OWN),
    Measure(
        "care_home_admissions",
        "Care-home admissions",
        "Moves into a care home, whoever pays.",
        "admissions",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "care_home_admissions_council",
        "Care-home admissions, council-funded",
        "Moves into a care home that the council pays for.",
        "admissions",
        -1,
        "flow",
        _SALT,
    ),
    Measure(
        "care_home_residents",
        "Care-home residents",
        "People who live in a care home, mean of the months.",
        "people",
        0,
        "state",
        "Census 2021, communal establishments",
    ),
    Measure("ae_visits", "A&E visits", "Visits to accident and emergency.", "visits", -1, "flow", _HES),
    Measure(
        "emergency_admissions",
        "Emergency admissions",
        "Emergency admissions to hospital, all ages that the model admits.",
        "admissions",
        -1,
        "flow",
        _HES,
    ),
    Measure(
        "emergency_admissions_65plus",
        "Emergency admissions, 65+",
        "Emergency admissions to hospital of people aged 65 and over.",
        "admissions",
        -1,
        "flow",
        _HES,
    ),
    Measure("readmissions", "Readmissions", "Emergency admissions soon after another.", "admissions", -1, "flow", _HES),
    Measure("bed_days", "Hospital bed days", "Days in hospital after emergency admission.", "days", -1, "flow", _HES),
    Measure(
        "delayed_days",
        "Delayed days in hospital",
        "Days in hospital spent waiting for support to be ready.",
        "days",
        -1,
        "flow",
        "NHS England, delayed transfers of care",
    ),
    Measure(
        "control",
        "Control over daily life (0 to 10)",
        "Mean control over daily life of adults who need hands-on help: 0 none, 10 as much as they want.",
        "0-10",
        1,
        "share",
        "Adult Social Care Survey, control over daily life; reckoned here from circumstances",
        2,
    ),
    Measure(
        "trust",
        "Trust of people with support",
        "Mean trust in services of people with council-funded support, -1 to 1; 0 is what people were used to at the "
        "start.",
        "-1 to 1",
        1,
        "share",
        _OWN,
        3,
    ),
    Measure(
        "trust_places",
        "Trust in neighbourhoods",
        "Mean of what neighbourhoods think of services, by adults in them, -1 to 1; 0 as at the start.",
        "-1 to 1",
        1,
        "share",
        _OWN,
        3,
    ),
    Measure(
        "heard_out",
        "Heard at an open door",
        "People below the screen who were heard in a full conversation.",
        "people",
        0,
        "flow",
        _OWN,
    ),
    Measure(
        "readmission_share",
        "Readmissions, share of emergency admissions 65+",
        "Of emergency admissions of people aged 65 and over, those that follow another of the month before.",
        "share",
        -1,
        "share",
        "NHS England, emergency readmissions within 30 days of discharge",
        3,
    ),
    Measure(
        "social_emergencies",
        "Taken to A&E unable to cope",
        "Visits to A&E without an illness: found after a long lie, a night without help, a carer who broke down.",
        "visits",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "social_admissions",
        "Admitted unable to cope",
        "Emergency admissions out of those visits.",
        "admissions",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "long_lies",
        "Long lies after a fall",
        "Falls of frail people who live alone, are not ill besides, and lie on the floor for an hour or more.",
        "falls",
        -1,
        "flow",
        _OWN,
    ),
    Measure(
        "therapy_wait_weeks",
        "Weeks waited for therapy",
        "Mean weeks on the list for musculoskeletal therapy of the people seen, in clinics and on appointment days.",
        "weeks",
        -1,
        "share",
        _OWN,
        1,
    ),
    Measure(
        "appointment_day_people",
        "Seen on Community Appointment Days",
        "People on the list for therapy who were seen on a Community Appointment Day.",
        "people",
        0,
        "flow",
        _OWN,
    ),
    Measure(
        "plans_together",
        "Plans made together",
        "Support plans made together with the person.",
        "plans",
        0,
        "flow",
        _OWN,
    ),
    Measure(
        "carers_work_lost",
        "Carers who gave up work",
        "People who gave up paid work, or part of it, to care, mean of the months.",
        "people",
        -1,
        "state",
        _OWN,
    ),
    Measure(
        "people_advised",
        "Helped to benefits",
        "People helped to benefits that they are entitled to and did not claim.",
        "people",
        0,
        "flow",
        _OWN,
    ),
    Measure(
        "turned_away_share",
        "Turned away when they ask",
        "Of people who turned to the front door in a month, the share who were turned away in it.",
        "share",
        -1,
        "share",
        _OWN,
        3,
    ),
    Measure(
        "people_disadvantaged",
        "Adults of unequal standing",
        "Adults in multiple disadvantage or of a minority group, mean of the months.",
        "people",
        0,
        "state",
        _OWN,
    ),
    Measure(
        "need_people_disadvantaged",
        "… with care needs",
        "Of adults of unequal standing, those with need band moderate or above.",
        "people",
        -1,
        "state",
        _OWN,
    ),
    Measure(
        "unmet_need_people_disadvantaged",
        "… with unmet need",
        "Of adults of unequal standing, those with unmet need.",
        "people",
        -1,
        "state",
        _OWN,
    ),
    Measure(
        "long_term_clients_disadvantaged",
        "… with council-funded support",
        "Of adults of unequal standing, those whose support at home or in a care home the council pays for.",
        "people",
        0,
        "state",
        _OWN,
    ),
    Measure(
        "turned_away_share_disadvantaged",
        "… turned away when they ask",
        "The same for adults of unequal standing.",
        "share",
        -1,
        "share",
        _OWN,
        3,
    ),
    Measure(
        "wellbeing_disadvantaged",
        "… wellbeing (0 to 10)",
        "Mean life satisfaction of adults of unequal standing.",
        "0-10",
        1,
        "share",
        _OWN,
        3,
    ),
    Measure("homes_adapted", "Homes adapted", "Homes adapted beyond today's provision.", "homes", 0, "flow", _OWN),
    Measure("births", "Births", "Births.", "people", 0, "flow", _ONS),
    Measure("deaths", "Deaths", "Deaths.", "people", -1, "flow", _ONS),
    Measure("arrivals", "Arrivals", "People who move in.", "people", 0, "flow", _ONS),
    Measure("departures", "Departures", "People who move away.", "people", 0, "flow", _ONS),
    Measure(
        "outcomes_paid",
        "Outcomes paid for",
        "Clients for whom providers paid by results recorded the outcome that is paid for, truly reached or not.",
        "people",
        0,
        "flow",
        _OWN,
    ),
    # money
    Measure(
        "cost",
        "Cost",
        "What was spent, by who paid and on what service. Families' unpaid care is valued at the register's "
        "replacement cost of an hour (carers.replacement_cost_hour): payer family, service unpaid_care.",
        "GBP",
        0,
        "cost",
        _MONEY,
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
        _MONEY,
    ),
    Measure(
        "section_114",
        "Section 114 notice",
        "1 if the council has issued a section 114 notice (reserves gone, year not balanced), else 0; "
        "over replicates the share of runs.",
        "share of runs",
        -1,
        "state",
        "Local Government Finance Act 1988, section 114",
        2,
    ),
)

MEASURES: dict[str, Measure] = {measure.name: measure for measure in _ALL}
"""Every measure by name, in the order of the month."""


def as_records() -> list[dict[str, object]]:
    """The register as plain records: what ``demandsim measures --json`` prints."""
    return [asdict(measure) for measure in MEASURES.values()]

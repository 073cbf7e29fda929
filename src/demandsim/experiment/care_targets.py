"""Further targets of the base year: how care, hospital and workforce run, beyond those that the base was fitted to.

Most are predictions. Their bands are the ranges of the evidence register, which for one place are often national ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.agents.cells import AGE_BANDS, CELLS
from demandsim.agents.citizens import Arrangement, Setting
from demandsim.ledger import Month
from demandsim.parameters.register import register

if TYPE_CHECKING:
    from demandsim.model import DemandModel
    from demandsim.place.profile import PlaceProfile

_BANDS = {"65_74": 2, "75_84": 3, "85plus": 4}
"""Age bands of the place targets, by their place in `AGE_BANDS`."""

_BAND_WORDS = {"65_74": "65–74", "75_84": "75–84", "85plus": "85+"}

_CELLS_A_BAND = CELLS // len(AGE_BANDS)
_WEEKS_A_YEAR = 365.25 / 7
_DAYS_A_MONTH = 365.25 / 12
_HOMES = ("residential", "nursing")
_OLDER_SERVICES = ("home_care", "direct_payment", *_HOMES)
"""Services of long-term support to older people, as costs are booked."""


@dataclass(frozen=True)
class RangeTarget:
    """A known figure with the range in which the model's must lie.

    Attributes:
        name: Name of the reading.
        label: In plain English.
        value: The figure.
        low: Low end of the range.
        high: High end of the range.
        source: Where the figure comes from.
        fitted: Parameters were fitted to it; otherwise the model's figure is a prediction.
    """

    name: str
    label: str
    value: float
    low: float
    high: float
    source: str
    fitted: bool

    def met_by(self, simulated: float) -> bool:
        """Whether a simulated figure lies in the range."""
        return self.low <= simulated <= self.high

    @property
    def band_words(self) -> str:
        """The range as a report shows it."""
        return f"{self.low:g} to {self.high:g}"


class CareBooks:
    """Watches a year for what the ledger alone does not tell: who asked, who had support, and by which age."""

    def __init__(self) -> None:
        self.by_age: dict[str, NDArray[np.float64]] = {}
        self.totals: dict[str, float] = {}
        self.costs: dict[tuple[str, str], float] = {}
        self.person_months = np.zeros(len(AGE_BANDS))
        self.client_months = {"home_care": 0, "home_care_65": 0, "direct_65": 0}
        self.resident_months = {"all": 0, "council": 0}
        self.asked: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        self.months = 0

    def __call__(self, model: DemandModel, month: Month) -> None:
        """Take in one month."""
        self.months += 1
        c = model.citizens
        for name, cells in month.people.items():
            self.by_age[name] = self.by_age.get(name, np.zeros(len(AGE_BANDS))) + cells.reshape(len(AGE_BANDS), -1).sum(
                axis=1
            )
        for name, value in month.totals.items():
            self.totals[name] = self.totals.get(name, 0.0) + value
        for key, pounds in month.costs.items():
            self.costs[key] = self.costs.get(key, 0.0) + pounds
        self.person_months += np.bincount(c.cell[c.alive] // _CELLS_A_BAND, minlength=len(AGE_BANDS))
        self._count_clients(model)
        asked = c.contacted & ~c.council_funded
        if self.asked.size < asked.size:
            self.asked = np.concatenate([self.asked, np.zeros(asked.size - self.asked.size, dtype=np.bool_)])
        self.asked[: asked.size] |= asked

    def _count_clients(self, model: DemandModel) -> None:
        c = model.citizens
        paid = c.alive & c.council_funded & (c.support_type == 0)
        older = c.age_months >= 65 * 12
        at_home = paid & (c.arrangement == Arrangement.HOME_CARE)
        direct = paid & (c.arrangement == Arrangement.DIRECT_PAYMENT)
        home = c.alive & older & (c.setting == Setting.CARE_HOME)
        self.client_months["home_care"] += int(np.count_nonzero(at_home))
        self.client_months["home_care_65"] += int(np.count_nonzero(at_home & older))
        self.client_months["direct_65"] += int(np.count_nonzero(direct & older))
        self.resident_months["all"] += int(np.count_nonzero(home))
        self.resident_months["council"] += int(np.count_nonzero(home & c.council_funded))

    def readings(self, model: DemandModel) -> dict[str, float]:
        """What the year came to, at its end."""
        out = {**self._requests(), **self._support(), **self._hospital(), **self._work()}
        return out | self._money(model) | _volunteering(model)

    def _older(self, name: str) -> float:
        """A year's total at 65 and over."""
        return float(self.by_age.get(name, np.zeros(len(AGE_BANDS)))[2:].sum())

    def _requests(self) -> dict[str, float]:
        """What becomes of requests, which come from people without long-term support; shares at 65 and over."""
        requests = max(self._older("requests"), 1.0)
        reablement, supported = self._older("reablement_starts"), self._older("new_clients")
        low_level = self._older("low_level_support")
        return {
            "requests.per_person": float(self.by_age["requests"].sum()) / max(int(self.asked.sum()), 1),
            "requests.reablement65": reablement / requests,
            "requests.long_term65": supported / requests,
            "requests.low_level65": low_level / requests,
            "requests.no_direct65": 1.0 - (reablement + supported + low_level) / requests,
        }

    def _support(self) -> dict[str, float]:
        """Packages and care homes."""
        months, residents = self.client_months, self.resident_months
        weeks = max(months["home_care"] / self.months, 1e-9) * _WEEKS_A_YEAR * self.months / 12.0
        entries = max(self.totals.get("care_home_admissions_65", 0.0), 1e-9)
        return {
            "home_care.hours_week": float(self.by_age["home_care_hours"].sum()) / weeks,
            "direct_payment.share65": months["direct_65"] / max(months["direct_65"] + months["home_care_65"], 1),
            "care_home.stay_days": residents["all"] * _DAYS_A_MONTH / entries,
            "care_home.self_funders": 1.0 - residents["council"] / max(residents["all"], 1),
        }

    def _hospital(self) -> dict[str, float]:
        """Emergency admissions and bed days per person-year by age; delay and return as shares."""
        out: dict[str, float] = {}
        for name, reading in (("emergency_admissions", "admissions"), ("bed_days", "bed_days")):
            for band, k in _BANDS.items():
                out[f"{reading}.{band}"] = float(self.by_age[name][k]) / (self.person_months[k] / 12.0)
        out["delayed.share"] = self._older("delayed_days") / max(self._older("bed_days"), 1.0)
        oldest = slice(_BANDS["75_84"], None)
        back, all_in = self.by_age["readmissions"][oldest].sum(), self.by_age["emergency_admissions"][oldest].sum()
        out["readmitted.75plus"] = float(back / max(all_in, 1.0))
        return out

    def _work(self) -> dict[str, float]:
        """Home-care workers: who leaves in a year, and posts not filled."""
        totals = self.totals
        return {
            "work.turnover": totals["leavers"] / max(totals["workers"] / self.months, 1e-9),
            "work.vacancy": totals["vacancies"] / max(totals["posts"], 1e-9),
        }

    def _money(self, model: DemandModel) -> dict[str, float]:
        """What the council spends, net of charges, and its split."""

        def net(*services: str) -> float:
            return sum(
                pounds for (service, payer), pounds in self.costs.items() if payer == "council" and service in services
            )

        spent = sum(pounds for (_, payer), pounds in self.costs.items() if payer == "council")
        older, working_age = net(*_OLDER_SERVICES), net("working_age")
        adults = float(self.person_months[1:].sum()) / 12.0
        return {
            "spend.adult": spent / max(adults, 1.0),
            "spend.working_age": working_age / max(older + working_age, 1e-9),
            "spend.homes65": net(*_HOMES) / max(older, 1e-9),
            "spend.home_care65": net("home_care") / max(older, 1e-9),
            "spend.reablement": net("reablement") / max(spent, 1e-9),
        }


def _volunteering(model: DemandModel) -> dict[str, float]:
    """Adults who volunteer with a group of the model, and the most against the least deprived fifth."""
    c = model.citizens
    adults = c.alive & (c.age_months >= 16 * 12)

    def share(who: NDArray[np.bool_]) -> float:
        return int(np.count_nonzero(who & c.volunteer)) / max(int(np.count_nonzero(who)), 1)

    most, least = share(adults & (c.quintile == 0)), share(adults & (c.quintile == 4))
    return {"volunteers.16plus": share(adults), "volunteers.ratio": most / least if least > 0 else float("nan")}


_NATIONAL = (
    ("requests.per_person", "requests per person who asks, in a year", "sc.requests_per_person", True),
    ("requests.reablement65", "of requests 65+, to reablement", "sc.request_to_stmax_share_65plus", False),
    ("requests.long_term65", "of requests 65+, to long-term support", "sc.request_to_longterm_share_65plus", True),
    ("requests.no_direct65", "of requests 65+, no direct support", "sc.request_no_direct_support_share", False),
    ("home_care.hours_week", "home care paid by the council, h a week", "sc.homecare_hours_per_person_week", False),
    ("direct_payment.share65", "of clients 65+ at home, direct payments", "sc.direct_payment_share_65plus", False),
    ("care_home.stay_days", "days in a care home, mean", "sc.carehome_los_mean_days", True),
    ("care_home.self_funders", "of residents 65+, paying for themselves", "target.self_funders", False),
    ("delayed.share", "of bed days 65+, waiting for social care", "target.delayed_share", False),
    ("readmitted.75plus", "of admissions 75+, back within a month", "service.readmission_30d_75plus", True),
    ("work.turnover", "home-care workers who leave in a year", "wf.turnover_rate_2022_23", True),
    ("work.vacancy", "home-care posts not filled", "wf.vacancy_rate_2022_23", True),
    ("carers.strained_50plus", "of carers of 50 h and more, strained", "carers.stressed_share_known", True),
    (
        "volunteers.16plus",
        "adults who volunteer monthly for any cause (here: in local groups alone)",
        "target.volunteers",
        False,
    ),
    ("volunteers.ratio", "volunteering, most to least deprived", "target.volunteers_ratio", False),
    ("spend.reablement", "of council spend, reablement", "sc.spend_stmax_share_gross", False),
)
"""Reading, label, evidence row, and whether it was fitted to."""

_LOCAL = (
    *((f"admissions.{band}", f"emergency admissions a head, {words}") for band, words in _BAND_WORDS.items()),
    *((f"bed_days.{band}", f"emergency bed days a head, {words}") for band, words in _BAND_WORDS.items()),
    ("spend.adult", "council spend on adult care, £ an adult"),
    ("spend.working_age", "of long-term spend, working age"),
    ("spend.homes65", "of long-term spend 65+, care homes"),
    ("spend.home_care65", "of long-term spend 65+, home care"),
)
"""Readings whose targets the register holds for each place: ``target.<reading>.<code>``."""


def further_targets(profile: PlaceProfile) -> list[RangeTarget]:
    """What else is known of a place, or of England where the place has no figure of its own."""
    known = [_from_row(name, label, key, fitted) for name, label, key, fitted in _NATIONAL]
    for name, label in _LOCAL:
        key = f"target.{name}.{profile.code}"
        if key in register():
            known.append(_from_row(name, label, key, False))
    return known


def _from_row(name: str, label: str, key: str, fitted: bool) -> RangeTarget:
    row = register()[key]
    low, high = row.range
    assert low is not None
    assert high is not None
    return RangeTarget(name, label, float(row.value), low, high, row.source, fitted)

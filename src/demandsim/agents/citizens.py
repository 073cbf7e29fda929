"""Citizens as columns: everything the model remembers of a person."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from demandsim.columns import ColumnSet, Row, column

if TYPE_CHECKING:
    import pandas as pd

DEFICITS = 36
"""Health deficits that are counted: the length of the electronic frailty index (Clegg et al 2016)."""

NOBODY = -1
"""A link that points to nobody."""

NEVER = -30000
"""A month that has not happened."""


class Setting(IntEnum):
    """Where a person lives."""

    HOME = 0
    CARE_HOME = 1
    OTHER_COMMUNAL = 2
    SUPPORTED_LIVING = 3
    SHARED_LIVES = 4


class Arrangement(IntEnum):
    """How long-term support at home reaches a person."""

    NONE = 0
    HOME_CARE = 1
    DIRECT_PAYMENT = 2
    PRIVATE = 3


class Waiting(IntEnum):
    """What a person waits for."""

    NOTHING = 0
    ASSESSMENT = 1
    HOME_CARE = 2


class Concern(IntEnum):
    """What a person is worried about when they seek help."""

    NONE = 0
    TASKS = 1
    RECOVERY = 2
    EQUIPMENT = 3
    COMPANY = 4
    RELIEF = 5
    INFORMATION = 6


class Failure(IntEnum):
    """How help failed a person who may come back for it."""

    NONE = 0
    WRONG = 1
    LATE = 2
    LOST = 3
    RUSHED = 4


class SupportType(IntEnum):
    """Long-term need of working age: what kind, if any."""

    NONE = 0
    LEARNING = 1
    PHYSICAL = 2
    MENTAL = 3


class Band(IntEnum):
    """Need band of a person's limitation."""

    NONE = 0
    LOW = 1
    MODERATE = 2
    HIGH = 3
    VERY_HIGH = 4


class Disadvantage(IntEnum):
    """What makes services harder to reach and to get on with: bits, so that one person may have both."""

    MULTIPLE = 1
    MINORITY = 2


class Call(IntEnum):
    """Why somebody called for an ambulance this month although no illness of its own brought them to it."""

    NONE = 0
    LIE = 1
    NIGHT = 2
    CARER = 3
    FALSE_ALARM = 4


class Citizens(ColumnSet):
    """The people of a place. Rows not in use have ``alive`` False and every other column at its default."""

    # who
    alive: NDArray[np.bool_] = column("?", 0, "", "in use: lives in the place")
    uid: NDArray[np.uint64] = column("u8", 0, "", "identity, the same in every scenario")
    age_months: NDArray[np.int16] = column("i2", 0, "months", "completed months of age")
    female: NDArray[np.bool_] = column("?", 0, "", "woman")
    neighbourhood: NDArray[np.int32] = column("i4", 0, "", "index of the neighbourhood (LSOA)")
    quintile: NDArray[np.uint8] = column("u1", 0, "", "deprivation fifth, 0 most deprived … 4 least")
    household: NDArray[np.int32] = column("i4", NOBODY, "", "household number; -1 in a communal home")
    setting: NDArray[np.uint8] = column("u1", Setting.HOME, "", "where the person lives: `Setting`")
    cell: NDArray[np.uint16] = column("u2", 0, "", "reporting cell: see `demandsim.agents.cells`")
    birth_luck: NDArray[np.uint8] = column("u1", 0, "1/256", "this month's draw for a birth, rounded down")
    pairing_luck: NDArray[np.uint8] = column("u1", 0, "1/256", "this month's draw for a partner, rounded down")
    parting_luck: NDArray[np.uint8] = column("u1", 0, "1/256", "this month's draw for parting, rounded down")
    moving_luck: NDArray[np.uint8] = column("u1", 0, "1/256", "this month's draw for moving away, rounded down")
    # kin: rows, -1 nobody
    partner: NDArray[np.int32] = column("i4", NOBODY, "row", "partner in the household")
    mother: NDArray[np.int32] = column("i4", NOBODY, "row", "mother, if she lives in the place")
    father: NDArray[np.int32] = column("i4", NOBODY, "row", "father, if he lives in the place")
    children_away: NDArray[np.uint8] = column("u1", 0, "people", "living adult children outside the place")
    bereaved_month: NDArray[np.int16] = column("i2", NEVER, "month", "when a partner died")
    # means
    income_band: NDArray[np.uint8] = column("u1", 0, "", "fifth of income, 0 lowest … 4 highest")
    owner: NDArray[np.bool_] = column("?", 0, "", "household owns its home")
    savings: NDArray[np.float32] = column("f4", 0, "GBP", "capital other than the home")
    working: NDArray[np.bool_] = column("?", 0, "", "in paid work, but for what `work_lost` says")
    work_lost: NDArray[np.uint8] = column("u1", 0, "%", "part of paid work given up to care for somebody")
    disadvantage: NDArray[np.uint8] = column("u1", 0, "", "`Disadvantage`, in bits")
    advised: NDArray[np.bool_] = column("?", 0, "", "was helped to the benefits they are entitled to")
    # body
    deficits: NDArray[np.uint8] = column("u1", 0, "count", "health deficits of 36: frailty = deficits / 36")
    dementia: NDArray[np.int16] = column("i2", 0, "months", "months since onset of dementia; 0 none")
    function_luck: NDArray[np.float32] = column("f4", 0, "sd", "lasting personal difference in function (u)")
    recent_loss: NDArray[np.float32] = column("f4", 0, "bands", "recent loss of function, mending (s)")
    scar: NDArray[np.float32] = column("f4", 0, "bands", "loss of function that settled (v)")
    illness: NDArray[np.float32] = column("f4", 0, "share", "acute illness: 1 at onset, fading (ill)")
    fell_ill: NDArray[np.bool_] = column("?", 0, "", "admission-grade illness this month")
    minor_event: NDArray[np.bool_] = column("?", 0, "", "illness or injury this month that is not of admission grade")
    setback: NDArray[np.bool_] = column("?", 0, "", "fall or other small setback this month")
    emergency_call: NDArray[np.uint8] = column("u1", 0, "", "called an ambulance though not ill this month: `Call`")
    admitted: NDArray[np.bool_] = column("?", 0, "", "admitted to hospital as an emergency this month")
    admitted_last: NDArray[np.bool_] = column("?", 0, "", "admitted last month")
    reablement: NDArray[np.uint8] = column("u1", 0, "months", "months of reablement still to come")
    reablement_hours: NDArray[np.float32] = column("f4", 0, "h/week", "reablement received a week")
    therapy_wait: NDArray[np.uint8] = column("u1", 0, "months", "month on the list for therapy, from 1; 0 not on it")
    # working-age long-term need
    support_type: NDArray[np.uint8] = column("u1", 0, "", "`SupportType`")
    support_level: NDArray[np.float32] = column("f4", 0, "bands", "limitation that comes with the support type")
    family_support: NDArray[np.bool_] = column("?", 0, "", "support rests on parents who share the home")
    # function and need
    limitation: NDArray[np.float32] = column("f4", 0, "bands", "loss of function on the need scale (x)")
    hands_on: NDArray[np.float32] = column("f4", 0, "h/week", "hands-on help needed (H_a)")
    need_hours: NDArray[np.float32] = column("f4", 0, "h/week", "help needed in all, presence included (H)")
    band: NDArray[np.uint8] = column("u1", 0, "", "`Band`")
    aids: NDArray[np.bool_] = column("?", 0, "", "has aids or adaptations")
    adapted: NDArray[np.bool_] = column("?", 0, "", "lives in a home adapted for them beyond today's provision")
    # agency and feeling
    capability_base: NDArray[np.float32] = column("f4", 0.6, "0-1", "capability to which a person returns (c_b)")
    capability: NDArray[np.float32] = column("f4", 0.6, "0-1", "skill, confidence and agency (c)")
    loneliness_luck: NDArray[np.float32] = column("f4", 0, "", "lasting personal difference in loneliness")
    loneliness: NDArray[np.float32] = column("f4", 0, "", "latent loneliness")
    lonely: NDArray[np.bool_] = column("?", 0, "", "often or always lonely")
    wellbeing_luck: NDArray[np.float32] = column("f4", 0, "points", "lasting personal difference in life satisfaction")
    wellbeing: NDArray[np.float32] = column("f4", 7.45, "0-10", "life satisfaction")
    # social life
    friends: NDArray[np.uint8] = column("u1", 0, "count", "close ties outside the family that count now")
    group: NDArray[np.int32] = column("i4", NOBODY, "", "community group the person belongs to")
    volunteer: NDArray[np.bool_] = column("?", 0, "", "gives time to a group")
    contributed_month: NDArray[np.int16] = column("i2", NEVER, "month", "last gave time or help to others")
    ties_wanted: NDArray[np.uint8] = column("u1", 0, "count", "everyday friendships a person keeps up if they can")
    knows_member: NDArray[np.bool_] = column("?", 0, "", "a friend belongs to a community group")
    new_friend: NDArray[np.bool_] = column("?", 0, "", "a tie began to count as friendship this month")
    help_given: NDArray[np.float32] = column("f4", 0, "h/week", "informal help taken up by friends and neighbours")
    # help received, hours of need met a week
    kin_hours: NDArray[np.float32] = column("f4", 0, "h/week", "help from partner and other kin")
    relieved_hours: NDArray[np.float32] = column(
        "f4", 0, "h/week", "of kin_hours, what others give while kin have a break from caring"
    )
    neighbour_hours: NDArray[np.float32] = column("f4", 0, "h/week", "help from neighbours and friends")
    paid_hours: NDArray[np.float32] = column("f4", 0, "h/week", "need met by paid help at home")
    paid_hours_before: NDArray[np.float32] = column("f4", 0, "h/week", "paid_hours of last month")
    unmet_hours: NDArray[np.float32] = column("f4", 0, "h/week", "hands-on need that nobody meets")
    unmet: NDArray[np.bool_] = column("?", 0, "", "has unmet need: see `need.unmet_cut`")
    gap_fill: NDArray[np.float32] = column("f4", 0, "h/week", "what kin give beyond their share to fill a gap (g)")
    kin_spare: NDArray[np.float32] = column("f4", 0, "h/week", "what kin could still give")
    done_for: NDArray[np.float32] = column("f4", 0, "share", "help done for the person that they could do (F)")
    enabling_hours: NDArray[np.float32] = column(
        "f4", 0, "h/month", "minutes of working with, beyond rapport and task (E)"
    )
    # support arrangement
    arrangement: NDArray[np.uint8] = column("u1", 0, "", "`Arrangement`")
    arrangement_month: NDArray[np.int16] = column("i2", NEVER, "month", "when the arrangement began")
    plan_hours: NDArray[np.float32] = column("f4", 0, "h/week", "need hours the plan buys, before the trim")
    council_funded: NDArray[np.bool_] = column("?", 0, "", "the council pays (part of) the arrangement or home")
    worker: NDArray[np.int32] = column("i4", NOBODY, "row", "named home-care worker")
    relationship: NDArray[np.float32] = column(
        "f4", 0, "0-1", "with the worker: grows with contact, lost at a hand-off (r)"
    )
    waiting: NDArray[np.uint8] = column("u1", 0, "", "`Waiting`")
    waiting_since: NDArray[np.int16] = column("i2", NEVER, "month", "since when")
    urgent: NDArray[np.bool_] = column("?", 0, "", "waits as a crisis")
    review_due: NDArray[np.bool_] = column("?", 0, "", "a review of the arrangement is due and not yet done")
    together: NDArray[np.bool_] = column("?", 0, "", "the plan was made together with the person")
    # seeking help
    trust: NDArray[np.int8] = column("i1", 0, "1/100", "trust in services beyond what their neighbourhood thinks")
    contact_style: NDArray[np.float32] = column("f4", 1, "ratio", "how readily a person asks for help (a), mean 1")
    concern: NDArray[np.uint8] = column("u1", 0, "", "`Concern`")
    asked_in_vain: NDArray[np.bool_] = column("?", 0, "", "asked, and is still without the help (again)")
    failed_by: NDArray[np.uint8] = column("u1", 0, "", "how help last failed them: `Failure`")
    helped_month: NDArray[np.int16] = column("i2", NEVER, "month", "last got a fitting answer")
    turned_away_month: NDArray[np.int16] = column("i2", NEVER, "month", "last got a wrong answer or none")
    contacted: NDArray[np.bool_] = column("?", 0, "", "contacted the front door this month")
    crisis: NDArray[np.uint8] = column("u1", 0, "months", "crisis at home, months still to run")
    delayed_days: NDArray[np.float32] = column("f4", 0, "days", "days kept in hospital waiting for support this month")
    # unpaid care
    care_given: NDArray[np.float32] = column("f4", 0, "h/week", "unpaid care given, presence included")
    cares_at_home: NDArray[np.bool_] = column("?", 0, "", "gives care to someone in the same home")
    care_burden: NDArray[np.float32] = column(
        "f4", 1, "ratio", "weight of an hour of care: 1, more where the nights or dementia are part of it"
    )
    other_caring: NDArray[np.float32] = column(
        "f4", 0, "h/week", "care for people or needs outside the model's kin ties"
    )
    caring_will: NDArray[np.float32] = column("f4", 0, "0-1", "personal readiness to care: a uniform draw")
    caring_style: NDArray[np.float32] = column("f4", 1, "ratio", "personal multiple of caring hours, mean 1")
    presence_hours: NDArray[np.float32] = column(
        "f4", 0, "h/week", "personal hours of just being there as a carer in the home of someone in moderate need"
    )
    carer_capability: NDArray[np.float32] = column("f4", 0.5, "0-1", "skill and confidence as a carer")
    strain: NDArray[np.float32] = column("f4", 0, "0-1", "strain from caring (y)")
    carer_break: NDArray[np.float32] = column("f4", 0, "share", "share of caring hours replaced by breaks")
    carer_informed: NDArray[np.uint8] = column(
        "u1", 0, "months", "months for which information and training still count"
    )
    carer_backup: NDArray[np.bool_] = column("?", 0, "", "has an emergency back-up slot")
    broken_down: NDArray[np.uint8] = column("u1", 0, "months", "months still to run of a breakdown: gives no care")
    hospital_trace: NDArray[np.float32] = column("f4", 0, "days", "bed days this month")
    earlier_stay: NDArray[np.float32] = column(
        "f4", 0, "days", "days this month of a hospital stay begun in an earlier one"
    )

    @property
    def age(self) -> NDArray[np.float32]:
        """Age in years."""
        return self.age_months.astype(np.float32) / np.float32(12)

    @property
    def frailty(self) -> NDArray[np.float32]:
        """Frailty: the share of 36 health deficits that a person has."""
        return self.deficits.astype(np.float32) / np.float32(DEFICITS)

    @property
    def sex(self) -> NDArray[np.str_]:
        """``"female"`` or ``"male"``."""
        return np.where(self.female, "female", "male")

    def to_frame(self) -> pd.DataFrame:
        """The living as a pandas DataFrame, one row a person, with every column and the derived age, sex, frailty.

        ``quintile`` counts as people read it: 1 most deprived to 5 least.
        """
        import pandas as pd

        rows = self.rows
        derived = {"uid": self.uid[rows], "age": self.age[rows], "sex": self.sex[rows]}
        derived |= {"frailty": self.frailty[rows], "quintile": self.quintile[rows] + np.uint8(1)}
        rest = {name: values[rows] for name, values in self.state().items() if name not in ("alive", *derived)}
        return pd.DataFrame({**derived, **rest})


class Citizen(Row, columns=Citizens):
    """One citizen: a live view of a row."""

    @property
    def age(self) -> float:
        """Age in years."""
        return float(self._data.age_months[self.row]) / 12

    @property
    def frailty(self) -> float:
        """Frailty, 0 to 1."""
        return float(self._data.deficits[self.row]) / DEFICITS

    @property
    def sex(self) -> str:
        """``"female"`` or ``"male"``."""
        return "female" if self._data.female[self.row] else "male"

"""Life expectancy, and how much of it is lived in health and without need of help."""

from __future__ import annotations

from dataclasses import replace

from demandsim.measures.definition import Measure

_PERIOD = (
    "From the deaths and years lived of the year: how long people would live on "
    "average if they met its death rates at every age"
)
_ABSENT = "Too few people in the sample: no figure."
_METHOD = "ONS method for local areas: abridged period life table of Chiang in five-year bands up to 90 and over"
_SULLIVAN = f"Sullivan's method on that table. {_METHOD}"
_WELL = "with no need of help and not more than mildly frail (electronic frailty index up to 0.24)"
_FREE = "with no need of help with daily life (need band none)"


def _expectancies() -> tuple[Measure, ...]:
    made = []
    for end, label, from_age in (("", "at birth", "at birth"), ("_65", "at 65", "at age 65")):
        whole = "life_expectancy_65" if end else "life_expectancy_birth"
        for name, words, definition, source in (
            (whole, "Life expectancy", f"{_PERIOD}; {from_age}. {_ABSENT}", _METHOD),
            (
                f"healthy_life_expectancy{end}",
                "Healthy life expectancy",
                f"Of life expectancy {from_age}, years {_WELL}. Surveys ask people how they feel instead, and their "
                f"figures are lower. {_ABSENT}",
                _SULLIVAN,
            ),
            (
                f"disability_free_life_expectancy{end}",
                "Disability-free life expectancy",
                f"Of life expectancy {from_age}, years {_FREE}. Surveys count any limiting illness, and their figures "
                f"are lower. {_ABSENT}",
                _SULLIVAN,
            ),
        ):
            made.append(Measure(name, f"{words} {label}", definition, "years", 1, "state", source, 2))
    return tuple(made)


_OF_A_YEAR = _expectancies()

EXPECTANCIES = (
    *_OF_A_YEAR,
    *(
        replace(
            measure,
            name=f"{measure.name}_horizon",
            label=f"{measure.label}, years so far",
            definition=f"{measure.definition.split(f' {_ABSENT}')[0]} All years from the first to this one are taken "
            f"together, so that the last year's figure is that of the horizon. {_ABSENT}",
        )
        for measure in _OF_A_YEAR
    ),
    Measure(
        "expectancy_error",
        "Standard error of an expectancy",
        "Standard error, from chance in one run, of each life expectancy of the place as a whole.",
        "years",
        0,
        "state",
        "Chiang 1984 with the last band after Silcocks et al 2001; Sullivan's part after Jagger et al 2014",
        3,
    ),
)

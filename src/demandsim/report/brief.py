"""The brief: two pages that a councillor reads, as one HTML file that asks nothing of the network."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demandsim.experiment.comparison import Results
from demandsim.experiment.equal_spend import SUFFIX
from demandsim.experiment.misses import PEOPLE_ALONE, calibration
from demandsim.experiment.store import write_once
from demandsim.experiment.versions import package_version
from demandsim.report.answer import UNMET_NEED, setting_line
from demandsim.report.brief_figures import band_words, brief_pictures
from demandsim.report.brief_tables import evidence_table, options_table, over_time_table, picture_table
from demandsim.report.brief_value import gap_table, value_notes, values_sentence
from demandsim.report.canvas import Picture
from demandsim.report.evidence import graded, how_graded
from demandsim.report.fifths import few_note
from demandsim.report.headlines import called, cut_in_words, in_words
from demandsim.report.pairs import Pair, break_even_sentences, pairs
from demandsim.report.ranges import ranges_sentence
from demandsim.report.scale import scale_note
from demandsim.report.sentences import (
    before_and_after,
    cut_sentence,
    money_sentence,
    notice_sentence,
    practice_sentence,
    softening_sentence,
)
from demandsim.scenario.library import in_library

LEAVES_OUT = (
    "Children as clients (their services are a line of the budget)",
    "benefits beyond advice on them",
    "ethnicity beyond unequal standing",
    "planned hospital care",
    "care-home staffing",
)
"""What no run tells; docs/model.md says more."""

_WEAKLY_HELD = (
    "People are synthetic: no resident is shown. Capability has no measure in any survey; carers’ breakdown and the "
    "size of every effect of practice are assumptions. The ± in tables is from chance alone, with every parameter at "
    "its middle: "
)
_NOT_HELD = "it does not hold what is not known of the parameters."
_HELD_APART = "what is not known of the parameters is told apart, as ranges."


def question(results: Results, chosen: Sequence[Pair]) -> str:
    """What the brief answers."""
    years, plan = results.years, results.plan
    span = f"from {years[0]} to {years[-1]}" if len(years) > 1 else f"in {years[0]}"
    cut = f", and does it soften the {cut_in_words(results)}" if plan.cut else ""
    return (
        f"What changes in {plan.place.spoken} {span} under {called(plan, chosen[0].ours)} "
        f"rather than {called(plan, chosen[0].against)}{cut}?"
    )


def answer_sentences(results: Results, chosen: Sequence[Pair]) -> list[str]:
    """The answer in three sentences: with a cut, before it, after it, whether it is softened; else who pays too."""
    before, after = before_and_after(results, chosen[0].ours)
    first = chosen[0]
    said = [practice_sentence(results, first.ours, first.against, before)]
    if len(chosen) > 1:
        cut = chosen[1]
        said.append(practice_sentence(results, cut.ours, cut.against, after))
        said.append(softening_sentence(results, (first.ours, cut.ours), (first.against, cut.against)))
    elif results.has("cost", "payer", "council"):
        said += break_even_sentences(results, first)
    return said


def _cautions(results: Results, chosen: Sequence[Pair]) -> list[str]:
    """What must be said beside the answer: money overspent, notices, the cut's own harm."""
    said = [
        money_sentence(results, pair.ours, pair.against, when)
        for pair, when in zip(chosen, before_and_after(results, chosen[0].ours), strict=False)
    ]
    if len(chosen) > 1:
        said.append(cut_sentence(results, (chosen[0].against, chosen[1].against)))
    said.append(notice_sentence(results))
    return [sentence for sentence in said if sentence]


def _ranges(results: Results, chosen: Sequence[Pair]) -> list[str]:
    """For each budget, what stays clear when parameters are drawn too; nothing where none were."""
    return [
        f"{when}, {told}"
        for pair, when in zip(chosen, before_and_after(results, chosen[0].ours), strict=False)
        if (told := ranges_sentence(results, pair.ours, pair.against))
    ]


def _break_even(results: Results, chosen: Sequence[Pair]) -> list[tuple[str, str]]:
    if not results.has("cost", "payer", "council"):
        return []
    return [(pair.budget, " ".join(break_even_sentences(results, pair))) for pair in chosen]


def _calibration(place: str) -> str:
    """How the base year of the place was held against what is known."""
    check = calibration().get(place)
    if check is None:
        others = ", ".join(calibration())
        return f"Not calibrated for this place: the base year was held against known figures of {others} alone."
    what, beyond = "", ""
    if place in PEOPLE_ALONE:
        what, beyond = " of births, deaths and households", " Care in this place was not compared with anything."
    if not check.misses:
        return (
            f"{check.checked} figures{what} of the base year were held against what is known: all lie in their bands."
            f"{beyond}"
        )
    told = "; ".join(f"{m.figure} {m.simulated} ({m.known})" for m in check.misses)
    number = len(check.misses)
    verb = "misses its band" if number == 1 else "miss their bands"
    return f"{number} of {check.checked} figures{what} of the base year {verb} – simulated (known): {told}.{beyond}"


def _own_figures(results: Results) -> str:
    own = results.plan.place.own
    if own is None or not own.figures:
        return "None: every figure of the place is published or modelled, none is the council’s own."
    named = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in sorted(own.figures.items()))
    source = f" (source: {own.source})" if own.source else ""
    return f"{named}{source}; all others are published or modelled."


def command(results: Results) -> str:
    """What gives these results again, with this version."""
    plan = results.plan
    asked = [scenario.name for scenario in plan.practices if not scenario.name.endswith(SUFFIX)]
    words = ["demandsim", "compare", *map(_as_typed, asked), "--place", plan.place.given]
    words += ["--years", str(plan.years), "--scale", f"{plan.scale:g}", "--seed", str(plan.seed)]
    words += ["--replicates", str(plan.replicates)]
    words += ["--cut", f"{plan.cut:g}"] if plan.cut else []
    words += ["--ranges", str(len(plan.draws))] if plan.draws else []
    matched = any(scenario.name.endswith(SUFFIX) for scenario in plan.scenarios)
    words += ["--equal-spend"] if matched else []
    return shlex.join(words)


def _as_typed(name: str) -> str:
    """A scenario as it is named on the command line: by its file where the library does not hold it."""
    return name if in_library(name) else f"{name}.yaml"


def _provenance(results: Results) -> list[tuple[str, str]]:
    plan, number = results.plan, len(results.replicates)
    last = plan.seed + plan.replicates - 1
    runs = f"{number} of each of {len(plan.scenarios)} scenarios, seeds {plan.seed} to {last}, luck shared"
    if number < plan.replicates:
        runs += f"; {plan.replicates - number} of {plan.replicates} planned are missing from at least one scenario"
    return [
        ("Result", plan.identity),
        ("Model", plan.model),
        ("Data", f"{plan.data}; base year 2023/24, first month April 2024"),
        ("Runs", runs),
        ("Scenarios", ", ".join(f"{scenario.name} {scenario.digest[:12]}" for scenario in plan.scenarios)),
    ]


def inline_svg(picture: Picture) -> str:
    """A picture's SVG for the inside of a page: no prolog, and ids that no other picture has."""
    text = picture.svg.decode()
    text = text[text.index("<svg ") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = text.replace("*{stroke", "figure svg *{stroke")
    text = re.sub(r'\bid="([^"]+)"', rf'id="{picture.name}-\1"', text)
    text = text.replace('aria-labelledby="t d"', f'aria-labelledby="{picture.name}-t {picture.name}-d"')
    text = re.sub(r"url\(#([^)]+)\)", rf"url(#{picture.name}-\1)", text)
    text = re.sub(r'href="#([^"]+)"', rf'href="#{picture.name}-\1"', text)
    return re.sub(r' width="[^"]*pt" height="[^"]*pt"', "", text, count=1)


@dataclass(frozen=True, slots=True)
class Loose:
    """What a brief says that goes out by itself: no results folder lies beside it.

    Attributes:
        option: What the option consists of, in words.
        again: What gives the results again.
    """

    option: str
    again: str


def _content(results: Results, chosen: Sequence[Pair], drawn: Sequence[Picture], loose: Loose | None) -> dict[str, Any]:
    plan = results.plan
    shown = {s for pair in chosen for s in (pair.against, pair.ours)}
    others = [in_words(scenario.name) for scenario in plan.practices if scenario.name not in shown]
    figures = [(picture, inline_svg(picture), picture_table(picture)) for picture in drawn]
    first_page = ("brief_need", "brief_balance")
    return {
        "place": plan.place.heading,
        "title": f"{called(plan, chosen[0].ours).capitalize()} or {called(plan, chosen[0].against)} "
        f"in {plan.place.spoken}?",
        "question": question(results, chosen),
        "answer": answer_sentences(results, chosen),
        "cautions": _cautions(results, chosen),
        "break_even": _break_even(results, chosen),
        "options": options_table(results, chosen),
        "ranges": _ranges(results, chosen),
        "gaps": gap_table(results, chosen),
        "few": few_note(results),
        "value_notes": value_notes(results, chosen),
        "values": values_sentence(results, chosen),
        "over_time": over_time_table(results, chosen),
        "first_figures": [figure for figure in figures if figure[0].name in first_page],
        "second_figures": [figure for figure in figures if figure[0].name not in first_page],
        "band": band_words(results),
        "unmet_need": UNMET_NEED,
        "setting": setting_line(results),
        "others": others,
        "evidence": evidence_table(),
        "evidence_note": how_graded(graded(results)),
        "leaves_out": "; ".join(LEAVES_OUT),
        "weakly_held": _WEAKLY_HELD + (_HELD_APART if results.has_ranges else _NOT_HELD),
        "calibration": _calibration(plan.place.name),
        "own_figures": _own_figures(results),
        "place_note": plan.place.note,
        "scale_note": scale_note(plan) or "Every resident was simulated.",
        "provenance": _provenance(results),
        "command": loose.again if loose else command(results),
        "option_told": loose.option if loose else "",
        "in_folder": loose is None,
        "version": package_version(),
    }


def brief_html(
    results: Results,
    option: str | None = None,
    drawn: Sequence[Picture] | None = None,
    loose: Loose | None = None,
) -> bytes:
    """The brief as one HTML file. The same results give the same bytes.

    Args:
        results: What was run: two scenarios or more.
        option: Name of the scenario that is held against the first; the second if left out.
        drawn: The brief's pictures if they have been drawn already.
        loose: Of a brief without a results folder.

    Raises:
        InputError: If there is no second scenario, or none of that name.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    chosen = pairs(results, option)
    pictures = brief_pictures(results, chosen) if drawn is None else drawn
    environment = Environment(
        loader=PackageLoader("demandsim.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("brief.html.j2").render(_content(results, chosen, pictures, loose)).encode()


def write_brief(path: Path, results: Results, option: str | None = None) -> None:
    """Write the brief to a file; one that holds anything else is left as it is.

    Raises:
        InputError: If the file cannot be written or holds something else, or there is nothing to compare.
        ResourceError: If the disk is full.
    """
    write_once(path, brief_html(results, option))

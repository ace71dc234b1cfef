"""Sentences of a bisect: between which versions the changes came, and what stays open."""

from __future__ import annotations

import shlex
from pathlib import Path

from evenfold.bisect.record import Bisect, BisectStep
from evenfold.render.cells import signed
from evenfold.render.media import sentence
from evenfold.render.words import counted, listed
from evenfold.stats.change_search import HIGHER, LOWER, OPEN, SAME, Finding, PathStep
from evenfold.stats.verdicts import BETTER, EQUIVALENT, FASTER, SLOWER, UNDECIDED, WORSE

TIME_WORDS: dict[Finding, str] = {
    HIGHER: SLOWER, LOWER: FASTER, SAME: EQUIVALENT, OPEN: UNDECIDED,
}  # fmt: skip
SCORE_WORDS: dict[Finding, str] = {**TIME_WORDS, HIGHER: BETTER, LOWER: WORSE}


def verdict_word(bisect: Bisect, step: PathStep) -> str:
    """Return the verdict of a step: slower, faster, better, worse, equivalent or undecided."""
    words = SCORE_WORDS if bisect.settings.quantity == "score" else TIME_WORDS
    return words[step.finding(bisect.search.margin)]


def bisect_conclusion(bisect: Bisect, style: str = "table") -> str:
    """Return the answer in a few sentences.

    Parameters
    ----------
    bisect
        The bisect.
    style
        The format of the text, for names with special characters.
    """
    return sentence(" ".join(_sentences(bisect)), style)


def step_sentence(bisect: Bisect, step: BisectStep) -> str:
    """Return the result of a comparison that was just made, in one line."""
    made = PathStep(step.first, step.last, *bisect.ends(step), error=step.error)
    where = f"{bisect.versions[step.first].name} to {bisect.versions[step.last].name}"
    return f"{where}: {step_interval_text(bisect, step)}, {verdict_word(bisect, made)}"


def step_interval_text(bisect: Bisect, step: BisectStep) -> str:
    """Return an estimate with its interval: ``1.0832 [1.0701, 1.0964]``."""
    if bisect.settings.quantity == "score":
        return f"{signed(step.estimate)} [{signed(step.low)}, {signed(step.high)}]"
    return f"{step.estimate:.4f} [{step.low:.4f}, {step.high:.4f}]"


def next_bisect_command(bisect: Bisect, file: Path) -> str:
    """Return the command that is useful after a bisect."""
    changes = bisect.search.changes
    base = shlex.quote(str(file.parents[2]))
    steps = [bisect.step(change.first, change.last) for change in changes]
    races = [step.race for step in steps if step is not None and step.race is not None]
    if races:
        race = file.parents[1] / "races" / f"{races[0]}.json"
        return f"evenfold compare {shlex.quote(str(race))}"
    return f"evenfold report --results {base}"


def _sentences(bisect: Bisect) -> list[str]:
    if not bisect.steps:
        return ["Nothing is compared yet."]
    changes = bisect.search.changes
    sentences = [_change_sentence(bisect, change) for change in changes]
    if not changes:
        sentences.append(_no_change_sentence(bisect))
    if bisect.is_complete:
        sentences += _open_sentences(bisect)
    else:
        sentences.append("The search is not complete: the same command goes on with it.")
    left_out = [version.name for version in bisect.versions if version.unusable]
    if left_out:
        verb = "was" if len(left_out) == 1 else "were"
        sentences.append(f"{listed(left_out)} could not be measured and {verb} left out.")
    return sentences


def _change_sentence(bisect: Bisect, change: PathStep) -> str:
    first, last = (bisect.versions[place] for place in (change.first, change.last))
    step = bisect.step(change.first, change.last)
    assert step is not None, "a named change was measured"
    word, what = verdict_word(bisect, change), _what(bisect)
    note = f" ({last.note})" if last.note else ""
    size = _size_text(bisect, step)
    inside = [v for v in bisect.versions[change.first + 1 : change.last] if not v.unusable]
    if not inside:
        return f"{what} became {word} between {first.name} and {last.name}{note}: {size}."
    return (
        f"{what} became {word} between {first.name} and {last.name}{note}: {size}; no single step "
        f"of the {counted(len(inside) + 1, 'step')} between them is shown to be the cause."
    )


def _what(bisect: Bisect) -> str:
    settings = bisect.settings
    if settings.quantity == "score":
        return f"The {settings.metric} of {settings.model}"
    nouns = {"epoch": "Training", "fit": "A fit", "predict": "Prediction"}
    return f"{nouns[settings.quantity]} of {settings.model}"


def _size_text(bisect: Bisect, step: BisectStep) -> str:
    if bisect.settings.quantity == "score":
        return f"a difference of {step_interval_text(bisect, step)}"
    return f"{step_interval_text(bisect, step)} times as long"


def _no_change_sentence(bisect: Bisect) -> str:
    first, last = bisect.versions[0].name, bisect.versions[-1].name
    whole = bisect.search.whole
    if whole.finding(bisect.search.margin) != SAME:
        return f"No change of {_lower(_what(bisect))} is shown between {first} and {last}."
    text = f"{_what(bisect)} is equivalent in {first} and {last}"
    if bisect.settings.thorough:
        return f"{text}, and no step between them is shown to change it."
    return (
        f"{text}; changes between them that cancel each other are not excluded (--thorough "
        "compares every step)."
    )


def _open_sentences(bisect: Bisect) -> list[str]:
    steps = bisect.search.open_steps
    if not steps:
        return []
    names = [
        f"{bisect.versions[step.first].name} to {bisect.versions[step.last].name}" for step in steps
    ]
    more = "--repeats" if bisect.settings.quantity == "score" else "a larger --budget"
    return [f"Undecided: {listed(names)}; use another --name and {more} to decide."]


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]

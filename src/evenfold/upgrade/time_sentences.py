"""Sentences on the times of an upgrade: what became slower or faster, and how much."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from evenfold.render.cells import number
from evenfold.render.words import counted, listed
from evenfold.stats.verdicts import EQUIVALENT, FASTER, SLOWER, UNDECIDED
from evenfold.upgrade.results import ModelUpgrade, TimeChange, UpgradeSettings

# A sentence names so many times at most; the table has all.
MOST_NAMED = 4


def time_sentences(models: Sequence[ModelUpgrade], settings: UpgradeSettings) -> list[str]:
    """Return sentences on the times that are shown to be slower or faster, and on undecided ones.

    Each ratio is one of the table, which has its interval.
    """
    times = dict(_named_times(models))
    if not times:
        return []
    before = settings.environments[0]
    sentences = [
        _of_verdict(word, {name: t for name, t in times.items() if t.verdict == word}, settings)
        for word in (SLOWER, FASTER)
    ]
    if not any(sentences):
        text = f"by more than {100 * settings.margin:.3g} %"
        if all(time.verdict == EQUIVALENT for time in times.values()):
            sentences = [f"No time differs from that in {before} {text}."]
        else:
            sentences = [f"No time is shown to be slower or faster than in {before} {text}."]
    undecided = [name for name, time in times.items() if time.verdict == UNDECIDED]
    if undecided:
        names = undecided
        if len(undecided) > MOST_NAMED:
            names = [counted(len(undecided), "time")]
        sentences.append(f"Undecided: {listed(names)}.")
    return [sentence for sentence in sentences if sentence]


def _named_times(models: Sequence[ModelUpgrade]) -> Iterator[tuple[str, TimeChange]]:
    """Yield each time that was raced, with its name: ``an epoch of conv1d``."""
    for model in models:
        unit = "an epoch" if model.measure == "epoch" else "a fit"
        for name, time in ((unit, model.training), ("a prediction of one row", model.prediction)):
            if isinstance(time, TimeChange):
                yield f"{name} of {model.model}", time


def _of_verdict(word: str, times: Mapping[str, TimeChange], settings: UpgradeSettings) -> str:
    """Return ``An epoch of a takes 1.74 times as long as in old, and ... 1.17 times: slower.``"""
    if not times:
        return ""
    before = settings.environments[0]
    # The largest changes are named.
    order = sorted(times, key=lambda name: -abs(math.log(times[name].ratio.estimate)))
    named = [name for name in times if name in order[:MOST_NAMED]]
    first, *others = ((name, _times(times[name].ratio.estimate)) for name in named)
    unit = "as long" if settings.clock == "wall" else "as much CPU time"
    clauses = [f"{first[0]} takes {first[1]} {unit} as in {before}"]
    clauses += [f"{name} {ratio}" for name, ratio in others]
    left = len(times) - len(named)
    if left:
        clauses.append(f"{counted(left, 'other time')} changed less")
    text = clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])}, and {clauses[-1]}"
    return f"{text[0].upper()}{text[1:]}: {word}."


def _times(ratio: float) -> str:
    """Return ``1.74 times``: at least two significant digits of the difference from 1."""
    if not 0.5 < ratio < 2 or ratio == 1:
        return f"{number(ratio)} times"
    return f"{ratio:.{max(2, 1 - math.floor(math.log10(abs(ratio - 1))))}f} times"

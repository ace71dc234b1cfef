"""Sentences on models over several data sets: the conclusion, and how to read the table."""

from __future__ import annotations

import math
import textwrap

from evenfold.render.words import counted, listed
from evenfold.score.across_datasets import AcrossDatasets
from evenfold.score.captions import WIDTH
from evenfold.score.conclusions import amount, metric_words
from evenfold.stats.dataset_ranks import FEWEST_TO_REJECT
from evenfold.stats.next_dataset import CERTAINTY, FEWEST_DATASETS
from evenfold.stats.verdicts import (
    BETTER,
    EQUIVALENT,
    NOT_BETTER,
    NOT_WORSE,
    WORSE,
    ScoreVerdict,
)


def across_conclusion(across: AcrossDatasets) -> str:
    """Return the verdict over data sets in one or two sentences; empty without a contender."""
    named = {m: one for m, one in across.contenders.items() if one.datasets}
    if not named:
        return ""
    if all(one.verdict is None for one in named.values()):
        count = counted(_most_compared(across), "data set")
        return (
            f"{count} cannot show which model is better on the next one: {FEWEST_DATASETS} are the "
            "least."
        )
    words = _margin_words(across)
    sentences: dict[ScoreVerdict, str] = {
        BETTER: f"better than {across.reference}{words}",
        WORSE: f"worse than {across.reference}{words}",
        EQUIVALENT: f"equivalent to {across.reference}",
        NOT_WORSE: f"not worse than {across.reference}{words}",
        NOT_BETTER: f"not better than {across.reference}{words}",
    }
    parts = []
    for verdict, text in sentences.items():
        models = [model for model, one in named.items() if one.verdict == verdict]
        if models:
            parts.append(f"{listed(models)} {'is' if len(models) == 1 else 'are'} {text}")
    chance = f"{100 * CERTAINTY:.0f} %"
    if parts:
        first = f"On the next data set, with a probability of {chance} or more: {'; '.join(parts)}."
    else:
        first = (
            f"On the next data set, no contender is better or worse than {across.reference}{words} "
            f"with a probability of {chance}."
        )
    return f"{first}{_best_words(across)}" if len(named) > 1 else first


def _best_words(across: AcrossDatasets) -> str:
    best, beyond = across.best_of_reference
    count = counted(len(across.scores), "data set")
    return (
        f" {across.reference} has the best score on {best} of {count}, and by more than the margin "
        f"on {beyond}."
    )


def across_caption(across: AcrossDatasets) -> str:
    """Describe the probabilities, the tests and the ranks, and what few data sets can show."""
    count = len(across.scores)
    parts = [
        f"{counted(count, 'data set')}, each with its own folds; the reference is "
        f"{across.reference}, the margin {across.margin:g} of {metric_words(across.metric)}. "
        "Wins, ties and losses: differences above, within and below the margin.",
        "Probabilities are those of the true difference on the next data set, if it is drawn as "
        "these were, by a hierarchical model (Corani et al. 2017): true differences have a t "
        "distribution, and a study's estimate is normal around the true one. Δ is its location "
        "with a 95 % interval, above 0 if the model is better. The probabilities of several "
        "contenders are not adjusted for each other.",
        "p: Wilcoxon's signed ranks against the reference, without a margin, adjusted by Holm.",
    ]
    most = _most_compared(across)
    if most < FEWEST_DATASETS:
        parts.append(f"Fewer than {FEWEST_DATASETS} data sets have no prediction.")
    if 0 < most < FEWEST_TO_REJECT:
        parts.append(
            "So few say little about others like them: the probabilities rest on the uniform "
            f"priors too. With {counted(most, 'data set')} the smallest possible p is "
            f"{2 / 2**most:.3g}: a signed-rank test at 5 % needs {FEWEST_TO_REJECT}."
        )
    parts += [*_rank_sentences(across), *_gaps(across)]
    text = " ".join(parts)
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def _most_compared(across: AcrossDatasets) -> int:
    """On how many data sets a contender is compared at most."""
    return max((len(one.datasets) for one in across.contenders.values()), default=0)


def _margin_words(across: AcrossDatasets) -> str:
    if not across.margin:
        return f" in {metric_words(across.metric)}"
    return f" by more than {amount(across.metric, across.margin)}"


def _rank_sentences(across: AcrossDatasets) -> list[str]:
    ranks = across.ranks
    if ranks is None:
        return []
    friedman = "" if math.isnan(ranks.p) else f" (Friedman's test of all models: p {ranks.p:.2g})"
    return [
        f"Mean ranks, 1 for the best{friedman}, differ at 5 % if they are more than "
        f"{ranks.critical:.2f} apart (Nemenyi's critical difference for all pairs)."
    ]


def _gaps(across: AcrossDatasets) -> list[str]:
    """Which models lack data sets."""
    counts = {model: len(one.datasets) for model, one in across.contenders.items()}
    return [
        f"{model} is compared on {number} of them."
        for model, number in counts.items()
        if number < len(across.scores)
    ]

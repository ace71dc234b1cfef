"""How many fits of each model were planned, finished, and have a value of a metric."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from evenfold.render.words import counted, listed
from evenfold.score.model_scores import ModelScores
from evenfold.stats.comparisons import Comparison
from evenfold.stats.metric_names import POSITIVE_CLASS_METRICS
from evenfold.stats.score_intervals import Design

if TYPE_CHECKING:
    import pandas as pd

# Why a built-in metric has no value in some test rows.
UNDEFINED_REASONS: Mapping[str, str] = {
    "roc_auc": "test folds of one class",
    "average_precision": "test folds of one class",
    "f1": "test folds without a row of a class, true or predicted",
    "sensitivity": "test folds without a row of the positive class",
    "specificity": "test folds with rows of the positive class only",
}
# Metrics of the counts of all fits together, where the predictions are known.
POOLED_METRICS = ("f1", "mcc")
LACKS_A_CLASS = "test folds that lack a class"
NO_POSITIVE_CLASS = "the data have no positive class"
NOT_A_NUMBER = "the metric returned no finite number"


@dataclass(frozen=True)
class FitCounts:
    """The fits of one model: all that are planned, those that finished, those with a value."""

    planned: int
    finished: int
    defined: int

    @property
    def is_complete(self) -> bool:
        """Whether every planned fit has a value."""
        return self.defined >= self.planned


def planned_fits(design: Design) -> int:
    """Return the number of fits of each model in a design."""
    return design.folds * design.repeats


def count_fits(scores: ModelScores, models: Iterable[str], metric: str) -> dict[str, FitCounts]:
    """Count the fits of each model.

    A metric of the predictions of all fits together needs no value in each of them.

    Parameters
    ----------
    scores
        The scores of the finished fits.
    models
        The models that were planned.
    metric
        The metric whose values are counted.
    """
    planned = planned_fits(scores.design)
    counts = {}
    for model in models:
        finished = len(scores.rows_of(model))
        is_pooled = metric in POOLED_METRICS and scores.basis == "rows" and model in scores.tested
        if is_pooled and np.isfinite(scores.values(model, metric).estimate):
            defined = finished
        else:
            defined = int(np.isfinite(scores.of_fits(model, metric)).sum())
        counts[model] = FitCounts(planned, finished, defined)
    return counts


def of_planned(number: int, planned: int) -> str:
    """Return `` (6 of 10 fits)`` for a cell, and nothing where no fit is missing."""
    return f" ({number} of {counted(planned, 'fit')})" if number < planned else ""


def missing_notes(
    scores: ModelScores,
    models: Sequence[str],
    metrics: Sequence[str],
    reasons: Mapping[str, str] | None = None,
    left_out: Iterable[str] = (),
) -> list[str]:
    """Return a sentence on each kind of fit or value that is missing from what was planned.

    Parameters
    ----------
    scores
        The scores of the finished fits.
    models
        The models that were planned.
    metrics
        The metrics of the table, the one of the verdicts first.
    reasons
        Why values of a metric are missing, by metric; without one, the reason that it usually has.
    left_out
        Models whose missing fits have another message, such as those that were skipped.
    """
    expected = [model for model in models if model not in set(left_out)]
    notes: list[str] = []
    for place, metric in enumerate(metrics):
        counts = count_fits(scores, expected, metric)
        if place == 0:
            notes += _unfinished_notes(counts)
        reason = (reasons or {}).get(metric) or undefined_reason(metric, scores.scores)
        if place > 0 and not any(count.defined for count in counts.values()):
            continue  # no column: a metric that this task does not have
        notes += _undefined_notes(
            metric, counts, reason, "means and verdicts" if not place else "means"
        )
    return notes


def undefined_reason(metric: str, scores: pd.DataFrame) -> str:
    """Return why a metric has no value in some fits."""
    if metric in ("roc_auc", "average_precision") and scores.get("sensitivity") is not None:
        is_binary = bool(scores["sensitivity"].notna().any())
        return UNDEFINED_REASONS[metric] if is_binary else LACKS_A_CLASS
    if metric in POSITIVE_CLASS_METRICS and not scores[metric].notna().any():
        return NO_POSITIVE_CLASS
    return UNDEFINED_REASONS.get(metric, NOT_A_NUMBER)


def pair_notes(
    comparisons: Mapping[str, Comparison],
    scores: ModelScores,
    has_fits: Iterable[str],
) -> list[str]:
    """Return why models that have fits are not compared with the reference."""
    reference, *others = scores.models
    present = set(has_fits)
    alone = [model for model in others if model in present and model not in comparisons]
    if not alone or reference not in present:
        return []
    if scores.basis == "none" or planned_fits(scores.design) == 1:
        return ["Without intervals there is no verdict."]
    few = "fits" if scores.basis == "fits" else "rows in fits"
    return [
        f"Fewer than two {few} of {listed(alone)} can be paired with those of {reference}: there "
        "is no verdict."
    ]


def _unfinished_notes(counts: Mapping[str, FitCounts]) -> Iterator[str]:
    for count, models in _grouped(counts):
        missing = count.planned - count.finished
        if missing <= 0:
            continue
        if not count.finished:
            yield f"No fit of {listed(models)} finished: there are no means and no verdicts."
            continue
        have = f"{listed(models)} {'have' if len(models) > 1 else 'has'}"
        yield (
            f"{have} {count.finished} of {counted(count.planned, 'fit')}: the others failed or are "
            "not saved; means and verdicts use these."
        )


def _undefined_notes(
    metric: str, counts: Mapping[str, FitCounts], reason: str, used: str
) -> Iterator[str]:
    for count, models in _grouped(counts):
        missing = count.finished - count.defined
        if not missing:
            continue
        if not count.defined:
            fits = f"any fit of {listed(models)} ({reason})"
            yield f"{metric} is not defined in {fits}: there is no mean and no verdict."
            continue
        each = " each" if len(models) > 1 else ""
        yield (
            f"{metric} is not defined in {missing} of {counted(count.finished, 'fit')}{each} of "
            f"{listed(models)} ({reason}): {used} use the other {count.defined}."
        )


def _grouped(counts: Mapping[str, FitCounts]) -> Iterator[tuple[FitCounts, list[str]]]:
    """Yield models that have the same counts together, in order of appearance."""
    groups: dict[FitCounts, list[str]] = {}
    for model, count in counts.items():
        groups.setdefault(count, []).append(model)
    yield from groups.items()

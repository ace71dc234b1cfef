"""The first sentence and the last line of a table of scores: the conclusion, and what is next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenfold.render.words import listed
from evenfold.stats.comparisons import Comparison
from evenfold.stats.verdicts import (
    BETTER,
    EQUIVALENT,
    NOT_BETTER,
    NOT_WORSE,
    UNDECIDED,
    WORSE,
    ScoreVerdict,
)

METRIC_WORDS = {
    "balanced_accuracy": "balanced accuracy",
    "roc_auc": "ROC AUC",
    "log_loss": "log loss",
    "brier": "Brier score",
    "average_precision": "average precision",
    "f1": "F1",
    "mcc": "MCC",
}
# Metrics that are shares, whose differences are points: hundredths.
OF_POINTS = {
    "accuracy", "balanced_accuracy", "roc_auc", "average_precision", "f1", "sensitivity",
    "specificity",
}  # fmt: skip


def metric_words(metric: str) -> str:
    """Return a metric's name as a sentence has it."""
    return METRIC_WORDS.get(metric, metric)


def amount(metric: str, difference: float) -> str:
    """Return a difference of a metric in words: ``1 point of accuracy``, ``0.01 of log loss``."""
    words = metric_words(metric)
    if metric not in OF_POINTS:
        return f"{difference:.4g} of {words}"
    points = float(f"{100 * difference:.4g}")
    return f"{points:g} {'point' if points == 1 else 'points'} of {words}"


def conclusion(comparisons: Mapping[str, Comparison], reference: str, metric: str) -> str:
    """State in one sentence which contenders are shown to be better or worse.

    Parameters
    ----------
    comparisons
        The comparison of each contender, in the order of the table; the sentence is empty without
        any.
    reference
        What they are compared with, such as the reference's name.
    metric
        The metric of the verdicts.
    """
    if not comparisons:
        return ""
    if len(comparisons) == 1:
        ((contender, comparison),) = comparisons.items()
        return _of_one(contender, comparison, reference, metric)
    margin = next(iter(comparisons.values())).margin
    beyond = _beyond(metric, margin)
    if all(comparison.verdict == EQUIVALENT for comparison in comparisons.values()):
        return f"No model differs from {reference}{beyond}."
    better = [name for name, one in comparisons.items() if one.verdict == BETTER]
    worse = [name for name, one in comparisons.items() if one.verdict == WORSE]
    if not better and not worse:
        return f"No model is shown to be better or worse than {reference}{beyond}."
    shown = f"{_subject(better or worse, len(comparisons))} shown to be"
    if better and worse:
        return (
            f"{shown} better than {reference}{beyond}, and {listed(worse)} "
            f"{_are(worse)} shown to be worse."
        )
    return f"{shown} {'better' if better else 'worse'} than {reference}{beyond}."


def next_step(comparisons: Mapping[str, Comparison], reference: str, study: str = "") -> str:
    """Return the next useful command after a table of scores.

    Parameters
    ----------
    comparisons
        The comparison of each contender.
    reference
        The reference's name.
    study
        What the table is of; "" after the command that ran the study.
    """
    if not comparisons:
        return "Next: evenfold score MODEL OTHER compares models on the same splits."
    undecided = [one for one in comparisons.values() if one.verdict == UNDECIDED]
    if undecided:
        options = f"the options of {study}" if study else "the same options"
        # Twice a margin of 0 is no difference that rows could be planned for.
        plan = " and --plan" if undecided[0].margin else ", --plan and --detect DIFFERENCE"
        return (
            f"Next: evenfold score with {options}{plan} shows how many rows an undecided "
            "difference needs."
        )
    order: Sequence[ScoreVerdict] = (BETTER, EQUIVALENT, NOT_WORSE, NOT_BETTER, WORSE)
    ranked = sorted(comparisons, key=lambda name: order.index(comparisons[name].verdict))
    return f"Next: evenfold race {reference} {ranked[0]} compares their speed."


def _of_one(contender: str, comparison: Comparison, reference: str, metric: str) -> str:
    words, margin = metric_words(metric), comparison.margin
    beyond = _beyond(metric, margin)
    same = (
        f"is equivalent to {reference}, within {amount(metric, margin)}"
        if margin
        else f"does not differ from {reference} in {words}"
    )
    sentences: dict[ScoreVerdict, str] = {
        BETTER: f"{contender} is better than {reference}{beyond}.",
        WORSE: f"{contender} is worse than {reference}{beyond}.",
        EQUIVALENT: f"{contender} {same}.",
        NOT_WORSE: f"{contender} is not worse than {reference}{beyond}; it may be better.",
        NOT_BETTER: f"{contender} is not better than {reference}{beyond}; it may be worse.",
        UNDECIDED: f"Whether {contender} is better or worse than {reference}{beyond} is undecided; "
        f"detectable difference: {amount(metric, comparison.detectable)}.",
    }
    return sentences[comparison.verdict]


def _beyond(metric: str, margin: float) -> str:
    return f" by more than {amount(metric, margin)}" if margin else f" in {metric_words(metric)}"


def _subject(names: Sequence[str], contenders: int) -> str:
    if len(names) == contenders:
        return f"{'Both' if contenders == 2 else f'All {contenders}'} contenders are"
    return f"Only {listed(names)} {_are(names)}"


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"

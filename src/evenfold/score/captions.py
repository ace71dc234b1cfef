"""Captions of score tables: what scores, intervals, verdicts and seconds are."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.render.words import counted, listed
from evenfold.score.conclusions import metric_words
from evenfold.score.fit_counts import POOLED_METRICS
from evenfold.score.model_scores import Basis, ModelScores
from evenfold.score.study_scores import StudyScores
from evenfold.stats.comparisons import Comparison
from evenfold.stats.metric_names import margin_of
from evenfold.stats.score_intervals import Design

if TYPE_CHECKING:
    import pandas as pd

COST_CAPTION = """\
Fit s: median [least, most] of the study's fits, each run beside as many others as there were
workers. A model's own search for settings is part of its fit."""
WIDTH = 100


def design_text(design: Design) -> str:
    """Describe the protocol."""
    if design.folds > 1:
        return f"{design.folds} folds × {design.repeats}{repeated_text(design)}"
    return f"{counted(design.repeats, 'seed')} of one split, of this split only"


def repeated_text(design: Design) -> str:
    """State how many repeats or splits are the same as others, with a separator before it."""
    counts = design.counts
    if counts is None:
        return ""
    same = f"{counts.splits - counts.distinct} of {counts.splits} splits have the rows of another"
    if counts.partitions < design.repeats:
        repeats = design.repeats - counts.partitions
        same = f"{repeats} of {design.repeats} repeats are the same partition as another"
    return f"; {same} (the groups allow no other), and intervals count the same rows once"


def study_heading(study: StudyScores) -> str:
    """Name a study in one line: its dataset, protocol and environment."""
    return f"{study.dataset}, {study.protocol}, {study.label}: {design_text(study.design)}"


def study_caption(
    scores: ModelScores, metric: str, rope: float | None, comparisons: Mapping[Any, Comparison]
) -> str:
    """Describe the intervals and, if models are compared with the reference, the verdicts.

    Parameters
    ----------
    scores
        The scores of the table.
    metric, rope
        The metric of the verdicts and their margin; None for the metric's own.
    comparisons
        The comparisons of the table.
    """
    parts = [interval_text(scores), *_left_out(scores)]
    if metric in POOLED_METRICS and scores.basis == "rows":
        parts.append(f"{metric_words(metric)} is that of the predictions of all fits together.")
    if comparisons:
        parts.append(verdict_text(scores.reference, metric, rope, comparisons))
    if jumping := scores.jumping(metric):
        parts.append(
            f"Predictions of {listed(jumping)} jump when a few training rows change: "
            f"{'its' if len(jumping) == 1 else 'their'} intervals are widened."
        )
    if unknown := scores.without_interval(metric):
        parts.append(
            f"{metric} of {listed(unknown)} has no interval: it is not defined without some test "
            "row, or it never varies and its plug-in states no low and high."
        )
    return textwrap.fill(" ".join(parts), WIDTH, break_long_words=False, break_on_hyphens=False)


def interval_text(scores: ModelScores) -> str:
    """State what scores and intervals estimate, and how."""
    design, protocol = scores.design, design_text(scores.design)
    if scores.basis == "none":
        reason = f": {scores.why_no_rows}" if scores.why_no_rows else ""
        return f"Scores without intervals{reason}. {protocol}: seeds say nothing about other rows."
    if scores.basis == "fits":
        reason = f", since {scores.why_no_rows}" if scores.why_no_rows else ""
        return (
            f"Scores with 95 % intervals: means over fits, {protocol}, corrected for overlap "
            f"(Nadeau and Bengio){reason}."
        )
    if design.folds == 1:
        tested = next(iter(scores.tested.values()))
        rows = counted(len(np.unique(tested.row)), "test row")
        return (
            f"Scores with 95 % intervals: {protocol}. They estimate the score of models trained on "
            f"these training rows, averaged over seeds; intervals rest on the {rows}."
        )
    unit = _unit_words(scores)
    return (
        f"Scores with 95 % intervals: {protocol}. They estimate the expected score of models that "
        "are trained in this way on training sets of this size, averaged over seeds; intervals "
        f"rest on the variation over test {unit} and over fits."
    )


def basis_text(basis: Basis) -> str:
    """State what the intervals of differences between environments rest on; "" without any."""
    if basis == "none":
        return ""
    if basis == "rows":
        return "Intervals of these differences rest on the predictions of the test rows."
    return (
        "Intervals of these differences rest on the scores of fits, corrected for overlap (Nadeau "
        "and Bengio)."
    )


def verdict_text(
    reference: str, metric: str, rope: float | None, comparisons: Mapping[Any, Comparison]
) -> str:
    """State what verdicts judge, the margin, and for how many comparisons they are adjusted."""
    count = len(comparisons)
    each = 100 * (1 - next(iter(comparisons.values())).level)
    adjusted = "The interval of the difference holds for this one comparison (95 %)."
    if count > 1:
        number = "both" if count == 2 else f"all {count}"
        adjusted = (
            f"Intervals of differences hold for {number} comparisons at once ({each:.4g} % each)."
        )
    return (
        f"Verdicts: {metric} against the reference {reference}, above 0 is better; the margin is "
        f"{margin_of(metric, rope):g} (smaller differences do not matter in practice). {adjusted}"
    )


def positive_caption(metric: str, positive: str | None, is_default: bool = False) -> str:
    """State which class sensitivity, specificity and other metrics of two classes are about.

    Parameters
    ----------
    metric
        The metric of the verdicts.
    positive
        The name of the positive class; None for data without one.
    is_default
        Whether evenfold chose it, because the user named none.
    """
    if positive is None:
        return ""
    text = f'The positive class is "{positive}".'
    if metric == "sensitivity":
        text = f'Sensitivity: share of the rows of class "{positive}" that are predicted as it.'
    if metric == "specificity":
        text = (
            f'Specificity: share of the rows of other classes than "{positive}" that are not '
            "predicted as it."
        )
    return f"{text} {positive_warning(positive)}" if is_default else text


def positive_warning(positive: str) -> str:
    """State that the positive class is a default, and how to set it."""
    return (
        f'"{positive}" is the default, the last of two labels; set another with --positive LABEL.'
    )


def compare_caption(metric: str, rope: float | None, studies: Sequence[StudyScores]) -> str:
    """Describe the verdicts and the margin in the tables of ``evenfold compare``."""
    margin = margin_of(metric, rope)
    cost = f"\n{COST_CAPTION}" if any(has_training_cost(study.scores) for study in studies) else ""
    return (
        f"Verdicts on {metric}: above 0 is better; the margin is {margin:g} (smaller differences "
        "do not matter\nin practice). Intervals of differences hold for all comparisons of a table "
        "at once. In the matrix of\nall pairs, pairs with the reference are those of the table; "
        "the others are adjusted for all pairs.\nThe number beside a verdict is the difference, "
        f"row minus column, above 0 if the row is better.{cost}"
    )


def has_training_cost(scores: pd.DataFrame) -> bool:
    """Whether the seconds of all fits are those of the models' own training.

    They are if Keras trained the networks: the compiled engine's seconds are not a model's cost.
    """
    if not {"engine", "fit_seconds"} <= set(scores.columns):
        return False
    engines = set(scores["engine"])
    return "compiled" not in engines and "keras" in engines


def _unit_words(scores: ModelScores) -> str:
    return "groups" if next(iter(scores.tested.values())).group is not None else "rows"


def _left_out(scores: ModelScores) -> list[str]:
    """What one repeat or one seed leaves out of the intervals."""
    design = scores.design
    if scores.basis != "rows" or design.repeats > 1:
        return []
    if design.folds == 1:
        return ["With one seed, variation over seeds does not show in the intervals."]
    return [
        f"With one repeat, variation over seeds and training sets shows in {design.folds} folds "
        "only."
    ]

"""Captions of score tables: what means, intervals, verdicts and seconds are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenfold.render.words import counted
from evenfold.score.fit_counts import planned_fits
from evenfold.score.studies import StudyScores
from evenfold.stats.metric_names import margin_of
from evenfold.stats.score_intervals import Comparison, Design

if TYPE_CHECKING:
    import pandas as pd

COST_CAPTION = """\
Fit s: median [least, most] of the study's fits, each run beside as many others as there were
workers. A model's own search for settings is part of its fit."""


def design_text(design: Design) -> str:
    """Describe the protocol, and what its intervals are corrected for."""
    if design.folds > 1:
        text = f"{design.folds} folds × {design.repeats}, corrected for overlap (Nadeau and Bengio)"
        return text + repeated_text(design)
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
    design: Design,
    reference: str,
    metric: str,
    margin: float,
    comparisons: Mapping[Any, Comparison],
) -> str:
    """Describe the intervals and, if models are compared with the reference, the verdicts."""
    if planned_fits(design) == 1:
        return f"Scores of one fit, {design_text(design)}."
    means = f"Means with 95 % intervals, {design_text(design)}."
    if not comparisons:
        return means
    width = max(comparison.difference.half_width for comparison in comparisons.values())
    return (
        f"{means} Verdicts: {metric} against {reference}, "
        f"above 0 is better;\np-values are Holm-adjusted, the margin is {margin:g} (smaller "
        "differences do not matter in practice).\nHalf-width of the widest interval of a "
        f"difference: {width:.4f}. The probabilities (Bayesian correlated\nt-test) are "
        "informational only."
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
        f"Verdicts on {metric}, paired fit by fit; p-values are Holm-adjusted over the pairs of a "
        f"table;\nthe margin is {margin:g} (smaller differences do not matter in practice). In the "
        "matrix, the number beside\neach verdict is the probability that the row is better "
        f"(Bayesian correlated t-test); it is\ninformational only.{cost}"
    )


def has_training_cost(scores: pd.DataFrame) -> bool:
    """Whether the seconds of all fits are those of the models' own training.

    They are if Keras trained the networks: the compiled engine's seconds are not a model's cost.
    """
    if not {"engine", "fit_seconds"} <= set(scores.columns):
        return False
    engines = set(scores["engine"])
    return "compiled" not in engines and "keras" in engines

"""What would settle the undecided verdicts of a table of scores, in one sentence a pair."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evenfold.render.words import counted
from evenfold.score.model_scores import ModelScores
from evenfold.stats.comparisons import Comparison
from evenfold.stats.row_variance import difference_variance
from evenfold.stats.score_intervals import Design
from evenfold.stats.settling import (
    CHANCE,
    MOST_TIMES,
    Settlement,
    UndecidedDifference,
    settle,
)
from evenfold.stats.verdicts import UNDECIDED

MOST_PAIRS = 3
StudyModel = tuple[ModelScores, str]
Unit = Literal["rows", "test rows", "groups"]


@dataclass(frozen=True)
class Advice:
    """What would settle the comparison of a model with the reference.

    Parameters
    ----------
    settlement
        The rows or repeats that settle it with a chance of 80 %.
    rows, repeats
        The numbers that the study has: independent rows, or groups, and repeats or seeds.
    unit
        What rows are called: ``rows``, ``test rows`` or ``groups``.
    design
        The design of the study.
    seconds_per_repeat
        The median time of the fits of one repeat of both models, one after the other; None where
        it is unknown.
    """

    settlement: Settlement
    rows: int
    repeats: int
    unit: Unit
    design: Design
    seconds_per_repeat: float | None

    @property
    def needed(self) -> tuple[int | None, int | None]:
        """The rows and the repeats, in all, each alone, or together where neither is enough."""
        return self.settlement.together or (self.settlement.rows, self.settlement.repeats)

    @property
    def further_repeats(self) -> int | None:
        """The repeats, or seeds, to add; None if no number of them is enough."""
        needed = self.settlement.repeats
        return None if needed is None else needed - self.repeats

    @property
    def further_seconds(self) -> float | None:
        """The time of the further repeats; None if no number of them is enough."""
        further, each = self.further_repeats, self.seconds_per_repeat
        return None if further is None or each is None else further * each


def settle_comparisons(
    scores: ModelScores, comparisons: Mapping[str, Comparison], metric: str
) -> dict[str, Advice]:
    """Return what would settle each undecided comparison with the reference.

    Parameters
    ----------
    scores
        The scores of the study.
    comparisons
        The comparison of each model with the reference.
    metric
        The metric of the verdicts.
    """
    reference = scores.reference
    found = {
        model: settle_pair((scores, model), (scores, reference), comparison, metric)
        for model, comparison in comparisons.items()
    }
    return {model: advice for model, advice in found.items() if advice is not None}


def settle_pair(
    contender: StudyModel, reference: StudyModel, comparison: Comparison, metric: str
) -> Advice | None:
    """Return what would settle a comparison; None if it is decided, or its variance is unknown.

    Parameters
    ----------
    contender, reference
        The two models, each of a study.
    comparison
        Their comparison.
    metric
        The metric of the verdicts.
    """
    if comparison.verdict != UNDECIDED:
        return None
    difference = _difference(contender, reference, comparison, metric)
    if difference is None:
        return None
    scores = contender[0]
    return Advice(
        settlement=settle(difference),
        rows=difference.rows,
        repeats=difference.repeats,
        unit=_unit(scores),
        design=scores.design,
        seconds_per_repeat=_seconds(contender, reference),
    )


def advice_lines(advice: Mapping[str, Advice], reference: str) -> list[str]:
    """Return one sentence for each pair, at most ``MOST_PAIRS`` of them."""
    lines = [_sentence(model, reference, one) for model, one in advice.items()]
    more = len(lines) - MOST_PAIRS
    rest = [f"{counted(more, 'more pair')} undecided: see --format json"] if more > 0 else []
    return [*lines[:MOST_PAIRS], *(f"{line}." for line in rest)]


def advice_numbers(advice: Mapping[str, Advice], models: Sequence[str]) -> dict[str, list[float]]:
    """Return columns of a table of numbers, with one value a model; NaN where there is none."""
    columns: dict[str, list[float]] = {
        name: [] for name in ("rows_to_settle", "repeats_to_settle", "seconds_to_settle")
    }
    for model in models:
        one = advice.get(model)
        values = (None,) * 3 if one is None else (*one.needed, one.further_seconds)
        for column, value in zip(columns.values(), values, strict=True):
            column.append(float("nan") if value is None else float(value))
    return columns


def _difference(
    contender: StudyModel, reference: StudyModel, comparison: Comparison, metric: str
) -> UndecidedDifference | None:
    """What is known of a difference; None where its variance is not."""
    (scores, model), (others, other) = contender, reference
    if scores.basis == others.basis == "rows":
        values, reference_values = scores.values(model, metric), others.values(other, metric)
        variance = difference_variance(values, reference_values)
        by_rows, by_fits = variance.total - variance.fits, variance.fits
        freedom, rows = variance.freedom, len(np.intersect1d(values.row, reference_values.row))
    elif "none" in (scores.basis, others.basis) or not scores.tested:
        return None
    else:
        # Of Nadeau and Bengio's variance, shares are known; their sum follows from the half-width.
        overlap, of_fits = scores.design.test_to_train, 1 / comparison.pairs
        whole = _squared_error(comparison)
        by_rows, by_fits = (whole * part / (overlap + of_fits) for part in (overlap, of_fits))
        freedom = max(comparison.pairs - 1.0, 1.0)
        rows = max(len(np.unique(one.unit)) for one in scores.tested.values())
    return UndecidedDifference(
        estimate=comparison.difference.estimate,
        half_width=comparison.difference.half_width,
        margin=comparison.margin,
        by_rows=by_rows,
        by_fits=by_fits,
        freedom=freedom,
        rows=rows,
        repeats=scores.design.repeats,
    )


def _squared_error(comparison: Comparison) -> float:
    from scipy.special import stdtrit

    critical = float(stdtrit(max(comparison.pairs - 1.0, 1.0), 1 - comparison.level / 2))
    return (comparison.difference.half_width / critical) ** 2


def _unit(scores: ModelScores) -> Unit:
    tested = next(iter(scores.tested.values()), None)
    if tested is not None and tested.group is not None:
        return "groups"
    return "rows" if scores.design.folds > 1 else "test rows"


def _seconds(*models: StudyModel) -> float | None:
    """The median time of the fits of one repeat of some models, one after the other."""
    total = 0.0
    for scores, model in models:
        if "fit_seconds" not in scores.scores:
            return None
        total += scores.design.folds * float(np.median(scores.of_fits(model, "fit_seconds")))
    return total if np.isfinite(total) else None


def _sentence(model: str, reference: str, advice: Advice) -> str:
    pair = f"{model} against {reference}"
    rows, repeats = _rows_text(advice), _repeats_text(advice)
    kind = _repeats_words(advice.design)
    if rows and repeats:
        return f"{pair}: {repeats}, or {rows}, would decide it with {100 * CHANCE:.0f} % chance."
    if repeats:
        return f"{pair}: {repeats} would decide it with {100 * CHANCE:.0f} % chance."
    if rows:
        return (
            f"{pair}: {rows} would decide it with {100 * CHANCE:.0f} % chance; more {kind} of the "
            f"same {advice.rows:,} would not."
        )
    if together := advice.settlement.together:
        rows = f"about {_rounded(together[0]):,} {advice.unit} like these {advice.rows:,}"
        return (
            f"{pair}: {rows} with {together[1]:,} {kind} instead of {advice.repeats:,} would "
            f"decide it with {100 * CHANCE:.0f} % chance; neither would alone."
        )
    return (
        f"{pair}: neither more {kind} nor {MOST_TIMES:,} times as many {advice.unit} would decide "
        "it."
    )


def _rows_text(advice: Advice) -> str:
    needed = advice.settlement.rows
    return f"about {_rounded(needed):,} {advice.unit} like these {advice.rows:,}" if needed else ""


def _rounded(count: int) -> int:
    """A count with two digits that matter, rounded up: no prediction has more."""
    unit = int(10 ** max(math.floor(math.log10(count)) - 1, 0))
    return -(-count // unit) * unit


def _repeats_text(advice: Advice) -> str:
    needed, further = advice.settlement.repeats, advice.further_repeats
    if needed is None or further is None:
        return ""
    fits = counted(further * advice.design.folds, "more fit")
    seconds = advice.further_seconds
    time = "" if not seconds else f", about {_minutes(seconds)}"
    words = _repeats_words(advice.design)
    return f"{needed:,} {words} instead of {advice.repeats:,} ({fits} of each{time})"


def _repeats_words(design: Design) -> str:
    return "repeats" if design.folds > 1 else "seeds"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} minutes"

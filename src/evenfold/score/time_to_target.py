"""Time to a target: the epochs and seconds in which the fits of networks reach a score."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from evenfold.render.cells import MedianRange
from evenfold.score.target import ScoreTarget, TargetMetric
from evenfold.stats.comparisons import Interval
from evenfold.stats.score_intervals import Design
from evenfold.stats.waiting_times import independent_fits, median_time, share_interval

if TYPE_CHECKING:
    import pandas as pd

# Rows that a network is not trained on: those that its Model(validation=...) holds back, or the
# test part of a holdout.
CurveRows = Literal["validation", "test"]
CURVES: Final[Mapping[CurveRows, Mapping[TargetMetric, str]]] = {
    "validation": {"accuracy": "val_accuracy", "log_loss": "val_loss"},
    "test": {"accuracy": "held_out_accuracy", "log_loss": "held_out_log_loss"},
}
# The seconds of each epoch, which fits by Keras' own ``fit`` save.
EPOCH_SECONDS = "epoch_seconds"
Values = NDArray[np.float64]
History = Mapping[str, Values]  # of one fit: each quantity by epoch
Histories = Mapping[str, Sequence[History]]  # of every fit, by model
NAN = float("nan")


@dataclass(frozen=True)
class TargetTimes:
    """How the fits of a network reach a target.

    Times are infinite where the target is never reached.

    Parameters
    ----------
    model
        The network.
    rows
        The rows that the curve is of.
    fits, reached
        The number of fits with a curve, and of those that reach the target.
    share
        The share that reaches it, with its interval.
    epochs
        The median epoch that first reaches it, from 1, with its interval.
    seconds
        The median time to it without the start-up, with its interval; None without seconds of
        epochs.
    start_up
        What the first epoch takes longer than the others of its fit: median, least and most.
    trained
        The epochs that fits trained: median, least and most.
    planned
        The epochs of the model; None in a study of an older evenfold.
    saved_seconds
        What the planned epochs that early stopping left out would have taken: median, least and
        most; None without seconds or planned epochs.
    """

    model: str
    rows: CurveRows
    fits: int
    reached: int
    share: Interval
    epochs: Interval
    seconds: Interval | None
    start_up: MedianRange | None
    trained: MedianRange
    planned: int | None
    saved_seconds: MedianRange | None

    @property
    def saved_share(self) -> float:
        """The share of the planned epochs that the median fit left out; NaN if it is unknown."""
        return NAN if self.planned is None else 1 - self.trained.middle / self.planned


@dataclass(frozen=True)
class TimeToTarget:
    """How the networks of a study reach a target.

    Parameters
    ----------
    target
        The target.
    design
        The folds and repeats of the study.
    models
        The networks with a curve, in the order of the study.
    without
        The networks that have no curve of rows that they are not trained on.
    """

    target: ScoreTarget
    design: Design
    models: tuple[TargetTimes, ...]
    without: tuple[str, ...] = ()


def time_to_target(
    target: ScoreTarget,
    histories: Histories,
    design: Design,
    planned: Mapping[str, int],
) -> TimeToTarget:
    """Compute how the networks of a study reach a target.

    All are judged on the same kind of rows where all have a curve of it: validation rows if each
    network holds some back, or else test rows.

    Parameters
    ----------
    target
        The target.
    histories
        The training histories of every fit of each network, in the order of the study.
    design
        The folds and repeats.
    planned
        The epochs of each network, as far as they are known.
    """
    rows = {model: _rows_with_curves(fits, target) for model, fits in histories.items()}
    curved = {model: each for model, each in rows.items() if each}
    shared = [each for each in CURVES if all(each in some for some in curved.values())]
    return TimeToTarget(
        target=target,
        design=design,
        models=tuple(
            _times(model, (shared or each)[0], histories[model], target, design, planned.get(model))
            for model, each in curved.items()
        ),
        without=tuple(model for model, each in rows.items() if not each),
    )


def histories_of_table(table: pd.DataFrame, models: Iterable[str]) -> Histories:
    """Return the histories in a table with one row for each fit and epoch, by model.

    Parameters
    ----------
    table
        A study's training histories.
    models
        The models of the study, in its order.
    """
    quantities = [name for name in table if name not in ("model", "split", "seed", "epoch")]
    found: dict[str, list[History]] = {}
    for (model, _, _), fit in table.groupby(["model", "split", "seed"], observed=True, sort=False):
        named = {str(name): fit[name].to_numpy(np.float64) for name in quantities}
        history = {name: values for name, values in named.items() if np.isfinite(values).all()}
        found.setdefault(str(model), []).append(history)
    return {model: found[model] for model in models if model in found}


def _rows_with_curves(fits: Sequence[History], target: ScoreTarget) -> list[CurveRows]:
    """The kinds of rows of which every fit of a network has a curve."""
    return [
        rows
        for rows, curves in CURVES.items()
        if fits and all(curves[target.metric] in history for history in fits)
    ]


def _times(
    model: str,
    rows: CurveRows,
    fits: Sequence[History],
    target: ScoreTarget,
    design: Design,
    planned: int | None,
) -> TargetTimes:
    curves = [history[CURVES[rows][target.metric]] for history in fits]
    epochs = np.array([_first(target.reached(curve)) for curve in curves])
    trained = np.array([len(curve) for curve in curves], np.float64)
    independent = independent_fits(len(fits), design)
    reached = int(np.isfinite(epochs).sum())
    each = np.array([_epoch_seconds(history) for history in fits])
    has_seconds = bool(np.isfinite(each).all())
    first = np.array([history[EPOCH_SECONDS][0] for history in fits]) if has_seconds else each
    return TargetTimes(
        model=model,
        rows=rows,
        fits=len(fits),
        reached=reached,
        share=share_interval(reached, len(fits), independent),
        epochs=median_time(epochs, independent, 1.0),
        seconds=median_time(epochs * each, independent) if has_seconds else None,
        start_up=_spread(np.maximum(first - each, 0)) if has_seconds else None,
        trained=_spread(trained),
        planned=planned,
        saved_seconds=_spread((planned - trained) * each) if has_seconds and planned else None,
    )


def _first(reached: NDArray[np.bool_]) -> float:
    """The first epoch that reaches the target, from 1; infinite if none does."""
    return float(np.argmax(reached)) + 1 if reached.any() else math.inf


def _epoch_seconds(history: History) -> float:
    """The median time of an epoch of a fit after its first; NaN without one."""
    seconds = history.get(EPOCH_SECONDS, np.empty(0))
    return float(np.median(seconds[1:])) if len(seconds) > 1 else NAN


def _spread(values: Values) -> MedianRange:
    return MedianRange(float(np.median(values)), float(values.min()), float(values.max()))

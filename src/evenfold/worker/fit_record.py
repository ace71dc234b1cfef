"""The record of a finished fit: what it cost, and its history."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any, Mapping, Sequence

import numpy as np

from evenfold.worker.train import NANOSECONDS, PreparedFit


@dataclass(frozen=True)
class FitRecord:
    """What one fit cost, in seconds, bytes and counts, and its history.

    ``history`` has one float per epoch for each quantity that Keras reports; ``epoch_seconds`` one
    float per epoch, the first with tracing. Both are empty for estimators, whose parameters are not
    counted. ``jit_compile`` says whether XLA compiled the training. ``peak_gpu_bytes`` is the peak
    of the process so far, None on a CPU.
    """

    seed: int
    epochs: int | None
    batch_size: int | None
    build_seconds: float
    fit_seconds: float
    epoch_seconds: tuple[float, ...]
    history: dict[str, list[float]]
    parameters: int | None
    trainable_parameters: int | None
    jit_compile: bool | None
    peak_gpu_bytes: int | None

    @property
    def first_epoch_seconds(self) -> float | None:
        """Seconds from the start of ``fit`` to the end of its first epoch, tracing included."""
        return self.epoch_seconds[0] if self.epoch_seconds else None

    @property
    def steady_epoch_seconds(self) -> float | None:
        """Median seconds of the epochs after the first; None with fewer than two epochs."""
        return median(self.epoch_seconds[1:]) if len(self.epoch_seconds) > 1 else None


def record(fit: PreparedFit) -> FitRecord:
    """Return what a finished fit cost."""
    weights = fit.model.weights if fit.is_keras else None
    trainable = fit.model.trainable_weights if fit.is_keras else None
    return FitRecord(
        seed=fit.seed,
        epochs=len(fit.ends) if fit.is_keras else None,
        batch_size=fit.batch_size if fit.is_keras else None,
        build_seconds=fit.build_seconds,
        fit_seconds=fit.seconds,
        epoch_seconds=tuple(epoch_seconds(fit)),
        history=history_numbers(fit.history or {}),
        parameters=_count(weights),
        trainable_parameters=_count(trainable),
        jit_compile=is_compiled(fit),
        peak_gpu_bytes=fit.framework.backend.peak_gpu_bytes(fit.device) if fit.is_keras else None,
    )


def epoch_seconds(
    fit: PreparedFit, spent: Sequence[int] = (), imported: float = 0.0
) -> list[float]:
    """Return the seconds of each epoch of a finished fit, the first with what comes before it.

    Parameters
    ----------
    fit
        The fit.
    spent
        Nanoseconds after each epoch, if any, that are no part of the training.
    imported
        Seconds of imports in the training, which are taken out of the first epoch.
    """
    marks = [fit.started, *fit.ends]
    starts = [mark + pause for mark, pause in zip(marks, [0, *(spent or [0] * len(marks))])]
    seconds = [(end - start) * NANOSECONDS for start, end in zip(starts, marks[1:])]
    # The modules of a training are imported before its first step, or while it is traced.
    return [max(first - imported, 0.0) for first in seconds[:1]] + seconds[1:]


def history_numbers(history: Mapping[str, Sequence[Any]]) -> dict[str, list[float]]:
    """Return a history of Keras as floats: a quantity of several values is one for each."""
    columns: dict[str, list[float]] = {}
    for name, values in history.items():
        rows = [np.asarray(value, np.float64).ravel() for value in values]
        for i in range(len(rows[0]) if rows else 0):
            key = name if np.shape(values[0]) == () else f"{name}_{i}"
            columns[key] = [float(row[i]) for row in rows]
    return columns


def is_compiled(fit: PreparedFit) -> bool | None:
    """Return whether Keras compiles the training (``jit_compile``); None for an estimator."""
    if not fit.is_keras:
        return None
    # Before TensorFlow 2.11 Keras has it under the private name alone, if at all.
    return bool(getattr(fit.model, "jit_compile", getattr(fit.model, "_jit_compile", False)))


def _count(weights: list[Any] | None) -> int | None:
    if weights is None:
        return None
    return sum(int(np.prod(tuple(weight.shape))) for weight in weights)

"""A training of many epochs by the programs of a model, for one fit or for several at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator, Sequence

import numpy as np

from evenfold.worker.engines.jax.programs import State, TrainingPrograms, capacity


@dataclass(frozen=True)
class Run:
    """What a training needs beside its state; several at once have equally many rows.

    ``x`` are float32 rows, ``y`` their labels, ``order_seed`` what the order of the rows in each
    epoch is drawn from, or None for their own order. ``watched`` are rows to predict after each
    epoch.
    """

    x: np.ndarray
    y: np.ndarray
    order_seed: int | None
    watched: np.ndarray

    def order(self, epoch: int) -> np.ndarray:
        """Return the order of the rows in an epoch: the same on every machine."""
        if self.order_seed is None:
            return np.arange(len(self.x))
        return np.random.RandomState([self.order_seed, epoch]).permutation(len(self.x))


@dataclass(frozen=True)
class Trained:
    """A finished training: history and outputs have one item per epoch, and perhaps per fit."""

    state: State
    history: dict[str, np.ndarray]
    outputs: np.ndarray


def train(
    programs: TrainingPrograms, state: State, runs: Sequence[Run], epochs: int, batch_size: int
) -> Trained:
    """Train all fits that the programs are compiled for.

    Parameters
    ----------
    programs
        The programs of the model; without an axis of fits there is one run.
    state
        The state in which the training begins.
    runs
        One for each fit, all with equally many rows.
    epochs, batch_size
        Numbers of the training.
    """
    import jax

    rows = len(runs[0].x)
    count = rows // batch_size
    size = capacity(rows, runs[0].x[:1].nbytes)
    stacked = _stack if programs.has_fits else _only
    x, y = (jax.device_put(stacked(_spread(part, size))) for part in _columns(runs))
    watched = jax.device_put(stacked(run.watched for run in runs))
    results, outputs = [], []
    for epoch in range(epochs):
        orders = [run.order(epoch) for run in runs]
        spread = stacked(_spread([order.astype(np.int32) for order in orders], size))
        state = programs.epoch(state, x, y, spread, count, batch_size)
        if count * batch_size < rows:
            rest = [order[count * batch_size :] for order in orders]
            parts = (stacked(part[r] for part, r in zip(column, rest)) for column in _columns(runs))
            state = programs.last_batch(state, *parts)
        results.append(programs.results(state[3]))
        if len(runs[0].watched):
            outputs.append(programs.outputs(state, watched)[0])
    history: dict[str, Any] = jax.tree_util.tree_map(lambda *v: np.stack(v), *results)
    units = np.asarray(jax.device_get(outputs), np.float32)
    return Trained(jax.block_until_ready(state), history, units)


def _columns(runs: Sequence[Run]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return [run.x for run in runs], [run.y for run in runs]


def _spread(parts: Sequence[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """Yield arrays of ``size`` rows that begin with those of the parts."""
    for part in parts:
        whole = np.zeros((size, *part.shape[1:]), part.dtype)
        whole[: len(part)] = part
        yield whole


def _stack(arrays: Iterator[np.ndarray]) -> np.ndarray:
    return np.stack(list(arrays))


def _only(arrays: Iterator[np.ndarray]) -> np.ndarray:
    (array,) = arrays
    return array

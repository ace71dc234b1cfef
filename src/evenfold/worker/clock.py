"""The clock of a race: a contender made ready in this process, and samples of its time.

Building, resetting and checking are outside the clock; a result is materialised inside it. The
clock is of wall time, or of the CPU time of this process, all its threads together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Callable, Protocol

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import FitError, Skip
from evenfold.worker import inference, train
from evenfold.worker.device import Framework
from evenfold.worker.optimizers import variables
from evenfold.worker.plugin import Plugin

WALL, CPU = "wall", "cpu"
CLOCKS: dict[str, Callable[[], int]] = {WALL: perf_counter_ns, CPU: process_time_ns}
MOST_REPEATS = 10**7
# A sample that takes so many times as long as its clock says gets no longer.
MOST_UNCLOCKED = 20
# A sample so many times as long as is asked for is surely long enough.
SURELY = 10
# So many more repeats than are thought to be needed: a clock near the limit is read twice.
AMPLE = 1.2


@dataclass(frozen=True)
class Entry:
    """What is to be timed, and on what.

    ``clock`` is one of ``CLOCKS``. ``path`` and ``rows`` are of a prediction. ``weights`` is the
    file that keeps a trained network's weights from one launch to the next. ``delay`` is added
    inside the clock, as a share of what it held: what a race is tested with.
    """

    plugin: Plugin
    fold: Fold
    seed: int
    framework: Framework
    device: str = "cpu"
    clock: str = WALL
    path: str = inference.REFERENCE
    rows: int = 1
    delay: float = 0.0
    weights: Path | None = None

    def __post_init__(self) -> None:
        """Raises Skip where the clock does not hold what is to be timed."""
        if self.clock == CPU and self.device.startswith("gpu"):
            raise Skip("CPU time does not tell what a GPU does: race it by wall time")

    def prepare(self, epochs: int | None = None) -> train.Prepared:
        """A fresh model, built from the seed."""
        return train.prepare(
            self.plugin, self.fold, self.seed, self.framework, self.device, epochs, self.now
        )

    @property
    def now(self) -> Callable[[], int]:
        """What is read, in ns."""
        return CLOCKS[self.clock]

    def spent(self, nanoseconds: int) -> int:
        """Nanoseconds, and those of a spin as long as ``delay``, a share of them."""
        if not self.delay:
            return nanoseconds
        started = self.now()
        until = started + nanoseconds * self.delay
        while self.now() < until:
            pass
        return nanoseconds + self.now() - started


@dataclass(frozen=True)
class Sample:
    """What the clock held: nanoseconds in all, of so many epochs, fits or predictions."""

    nanoseconds: int
    units: int


class Epochs:
    """Epochs after the first of one ``fit``, on a traced model, from the same state every time.

    What a ``fit`` pays once, before its first epoch has ended and after its last, is no epoch's.
    TensorFlow takes 2 ms to let go of the last epoch's data, or 60 where a timer has to run out.
    """

    def __init__(self, entry: Entry, whole: train.Prepared | None) -> None:
        """Builds a model and trains it for an epoch, so that it is traced.

        Raises Skip for an estimator, FitError when the training goes wrong.
        """
        self.entry = entry
        self.fit = entry.prepare(epochs=1)
        if not self.fit.is_keras:
            raise Skip("an estimator has no epochs: race its fit or predict")
        run_checked(entry, self.fit)
        state = [*self.fit.model.weights, *variables(self.fit.model.optimizer)]
        self.state = [(variable, np.array(variable.numpy())) for variable in state]

    def take(self, repeats: int) -> Sample:
        """One sample; fewer units than ``repeats`` when a callback ends the training early.

        Raises FitError when that is in the first epoch.
        """
        for variable, value in self.state:
            variable.assign(value)
        fit = train.again(self.fit, self.entry.plugin, repeats + 1)
        train.run(fit)
        _require_finite(self.entry, fit)
        if len(fit.ends) < 2:
            raise FitError(
                f"{self.entry.plugin.name}: its training ends in its first epoch, and epochs are "
                "timed from the second on: race its fit"
            )
        return Sample(self.entry.spent(fit.ends[-1] - fit.ends[0]), len(fit.ends) - 1)


class Fits:
    """A fit: the whole training of a fresh model, tracing included."""

    def __init__(self, entry: Entry, whole: train.Prepared | None) -> None:
        """Trains once where that has not been done: what a process pays once is paid then."""
        self.entry = entry
        if whole is None:
            run_checked(entry, entry.prepare(epochs=1))

    def take(self, repeats: int) -> Sample:
        """One sample: the clock stands still while models are built."""
        nanoseconds = 0
        for _ in range(repeats):
            fit = self.entry.prepare()
            train.run(fit)
            nanoseconds += self.entry.spent(fit.finished - fit.started)
            _require_finite(self.entry, fit)
        return Sample(nanoseconds, repeats)


class Predictions:
    """A prediction: one batch on an inference path, by a model that was trained in full."""

    def __init__(self, entry: Entry, whole: train.Prepared | None) -> None:
        """Raises Skip where the path does not apply, FitError where it predicts something else."""
        self.entry = entry
        model = (whole or _trained_before(entry) or whole_fit(entry)).model
        fold, framework = entry.fold, entry.framework
        shape = (entry.rows, *fold.x_test.shape[1:])
        self.x = inference.as_input(model, np.resize(fold.x_test, shape))
        self.expected = inference.predict(
            model, self.x, framework, entry.device, fold.task.n_classes
        )
        rows = inference.as_input(model, fold.x_train)
        self.run = inference.prepare_unplaced_path(entry.path, model, framework, rows)
        self.take(2)

    def take(self, repeats: int) -> Sample:
        """One sample; what was predicted last is checked."""
        run, x, now = self.run, self.x, self.entry.now
        with self.entry.framework.scope(self.entry.device):
            started = now()
            for _ in range(repeats):
                outputs = run(x)
            nanoseconds = self.entry.spent(now() - started)
        self._check(outputs)
        return Sample(nanoseconds, repeats)

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """What the path predicts of rows in the model's dtype: float64, (rows, n_classes)."""
        with self.entry.framework.scope(self.entry.device):
            return inference.probabilities(
                self.run(x), self.entry.fold.task.n_classes, self.entry.path
            )

    def _check(self, outputs: np.ndarray) -> None:
        found = inference.probabilities(outputs, self.entry.fold.task.n_classes, self.entry.path)
        inference.agreement(self.entry.path, self.expected, found, self.entry.plugin.name)


class Timed(Protocol):
    """A contender that is ready."""

    entry: Entry

    def take(self, repeats: int) -> Sample:
        """One sample of so many units."""


MEASURES: dict[str, Callable[[Entry, train.Prepared | None], Timed]] = {
    "epoch": Epochs,
    "fit": Fits,
    "predict": Predictions,
}


def whole_fit(entry: Entry) -> train.Prepared:
    """One training of full length, checked; a network's weights are kept in ``entry.weights``.

    Raises Skip as the plug-in does, and FitError when a loss is not finite or no weight changed.
    """
    fit = entry.prepare()
    run_checked(entry, fit)
    if fit.is_keras and entry.weights is not None:
        np.savez(str(entry.weights), *fit.model.get_weights())
    return fit


def run_checked(entry: Entry, fit: train.Prepared) -> None:
    """Trains, and raises FitError when a loss is not finite or a network's weights are the same."""
    before = fit.model.get_weights() if fit.is_keras else []
    train.run(fit)
    _require_finite(entry, fit)
    after = fit.model.get_weights() if fit.is_keras else []
    if before and all(np.array_equal(a, b) for a, b in zip(before, after)):
        raise FitError(f"{entry.plugin.name}: the training changed no weight")


def calibrate(timed: Timed, least_seconds: float) -> int:
    """How many repeats make a sample of at least that length; it also warms up.

    What is sampled for the first time may take longer than ever after: it has to be long enough
    twice. Epochs are warm, each sample has begun with one that is not counted.
    """
    repeats, before = 1, 0
    while True:
        began = perf_counter_ns()
        sample = timed.take(repeats)
        whole = (perf_counter_ns() - began) * train.NANOSECONDS
        seconds = max(sample.nanoseconds, 1) * train.NANOSECONDS
        most_seconds = MOST_UNCLOCKED * least_seconds
        # A training that ends early does not get longer.
        if whole >= most_seconds or sample.units < repeats or repeats == MOST_REPEATS:
            return repeats
        if seconds >= least_seconds:
            surely = isinstance(timed, Epochs) or seconds >= SURELY * least_seconds
            if surely or repeats == before:
                return repeats
            before = repeats
            continue
        longer = min(AMPLE * least_seconds / seconds, AMPLE * most_seconds / whole)
        repeats = min(max(math.ceil(longer * repeats), repeats + 1), MOST_REPEATS)


def _trained_before(entry: Entry) -> train.Prepared | None:
    if entry.weights is None or not entry.weights.exists():
        return None
    fit = entry.prepare()
    with np.load(str(entry.weights), allow_pickle=False) as arrays:
        fit.model.set_weights([arrays[f"arr_{i}"] for i in range(len(arrays.files))])
    return fit


def _require_finite(entry: Entry, fit: train.Prepared) -> None:
    if not all(np.isfinite(values).all() for values in (fit.history or {}).values()):
        raise FitError(f"{entry.plugin.name}: the training diverged: a loss is not finite")

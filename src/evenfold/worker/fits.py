"""One fit of a score study: trained by an engine, with its predictions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from time import perf_counter
from typing import Sequence, Union

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.errors import FitError, Skip
from evenfold.worker import inference, train
from evenfold.worker.curves import curve_probabilities, record_predictions, watched_rows
from evenfold.worker.device import Framework, open_framework, without_framework
from evenfold.worker.engines.compiled import CompiledTraining
from evenfold.worker.engines.state import make_generators_resettable
from evenfold.worker.memory import resident
from evenfold.worker.paths.base import BatchFunction
from evenfold.worker.plugin import Plugin
from evenfold.worker.protocol import Engine, FittedEngine

# Either a training, or why the model has none.
CompiledOrReason = Union[CompiledTraining, str]


@dataclass(frozen=True)
class StudyFit:
    """A finished fit of a study.

    ``engine`` trained the model, and ``note`` says why it is not the requested one.
    ``probabilities`` are float64 of shape ``(test rows, classes)``; ``curves`` are those of
    training and test rows after each epoch, ``(epochs, rows, classes)``, or None. ``seconds`` are
    of the training alone, and no benchmark.
    """

    engine: FittedEngine
    note: str
    probabilities: np.ndarray
    curves: np.ndarray | None
    history: dict[str, list[float]]
    seconds: float
    peak_bytes: int | None


@dataclass(frozen=True)
class _Training:
    """A finished training: the model as a function of a batch, and what was recorded."""

    engine: FittedEngine
    model: object
    predict: BatchFunction
    history: dict[str, list[float]]
    epoch_outputs: Sequence[np.ndarray] | np.ndarray


class Fitter:
    """Fits models in this process; a compiled training is traced once and kept.

    The framework is opened for the first network: estimators need none.

    Parameters
    ----------
    threads
        Threads of the framework; None leaves the number to it.
    determinism
        Whether the framework computes deterministically.
    """

    def __init__(self, threads: int | None, determinism: bool) -> None:
        """Import and build nothing yet."""
        self._settings = (threads, determinism)
        self._compiled: dict[tuple[str, str, Task], CompiledOrReason] = {}

    def fit(
        self, plugin: Plugin, fold: Fold, seed: int, engine: Engine, watch: bool = False
    ) -> StudyFit:
        """Train on a fold and predict its test rows.

        Parameters
        ----------
        plugin, fold, seed
            The model, its data and its seed.
        engine
            ``compiled`` where the model allows it, or ``keras``.
        watch
            Whether to predict all rows after every epoch of a network, for learning curves.

        Raises
        ------
        Skip
            As the plug-in does.
        FitError
            If a loss or an output is not finite.
        """
        is_network = plugin.model.epochs is not None
        open_or_not = open_framework if is_network else without_framework
        framework = open_or_not(*self._settings)
        rows = watched_rows(fold) if watch and is_network else None
        note = ""
        if is_network:
            _seed_alike(framework)
        if is_network and engine == "compiled":
            try:
                return self._fit_compiled(plugin, fold, seed, framework, rows)
            except Skip as reason:
                note = str(reason)
        started = perf_counter()
        training = _train_keras(plugin, fold, seed, framework, rows)
        return _finish(plugin, fold, training, note, perf_counter() - started, rows)

    def _fit_compiled(
        self, plugin: Plugin, fold: Fold, seed: int, framework: Framework, rows: np.ndarray | None
    ) -> StudyFit:
        """Train by the compiled engine; raises Skip with the reason if only ``fit`` may be able."""
        started = perf_counter()
        compiled = self._find_compiled(plugin, fold, framework)
        if not isinstance(compiled, CompiledTraining):
            raise Skip(compiled)
        history = compiled.fit(fold, seed, watched=rows)
        training = _Training(
            "compiled", compiled.model, compiled.predict, history, compiled.outputs
        )
        seconds = perf_counter() - started
        try:
            return _finish(plugin, fold, training, "", seconds, rows)
        except FitError as error:
            # If it is the model's fault, it fails in fit too, with the same message.
            raise Skip(f"its compiled training fails: {error}") from error

    def _find_compiled(self, plugin: Plugin, fold: Fold, framework: Framework) -> CompiledOrReason:
        """Return the traced training of a model, or the reason why there is none."""
        key = (plugin.name, plugin.sources.digest, fold.task)
        if key not in self._compiled:
            try:
                self._compiled[key] = CompiledTraining(plugin, fold, framework)
            except Skip as skip:
                self._compiled[key] = str(skip)
        return self._compiled[key]


def _seed_alike(framework: Framework) -> None:
    """Let a seed mean the same in both engines, in whatever order models are fitted."""
    with suppress(Skip):  # what has no compiled engine has no other seeds
        framework.backend.require_compiled_engine()
        make_generators_resettable()


def _finish(
    plugin: Plugin,
    fold: Fold,
    training: _Training,
    note: str,
    seconds: float,
    rows: np.ndarray | None,
) -> StudyFit:
    """Predict the test rows, and check that the training and the predictions are finite."""
    if not all(np.isfinite(values).all() for values in training.history.values()):
        raise FitError(f"{plugin.name}: the training diverged: a loss is not finite")
    outputs = training.predict(inference.as_input(training.model, fold.x_test))
    has_curves = rows is not None and training.engine != "estimator"
    n_classes = fold.task.n_classes
    return StudyFit(
        engine=training.engine,
        note="" if training.engine == "estimator" else note,
        probabilities=inference.probabilities(outputs, n_classes),
        curves=curve_probabilities(training.epoch_outputs, n_classes) if has_curves else None,
        history=training.history,
        seconds=seconds,
        peak_bytes=resident("VmHWM"),
    )


def _train_keras(
    plugin: Plugin, fold: Fold, seed: int, framework: Framework, rows: np.ndarray | None
) -> _Training:
    fit = train.prepare(plugin, fold, seed, framework)
    epoch_outputs: list[np.ndarray] = []
    if rows is not None:
        fit.callbacks.append(record_predictions(rows, epoch_outputs, framework))
    train.run(fit)
    engine: FittedEngine = "keras" if fit.is_keras else "estimator"
    predict = inference.prepare_path(inference.REFERENCE, fit.model, framework, fold.x_test)
    return _Training(
        engine, fit.model, predict, train.history_numbers(fit.history or {}), epoch_outputs
    )

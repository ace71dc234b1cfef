"""One fit of a score study: trained by an engine, with its predictions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Callable, Sequence, Union

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.errors import FitError, Skip
from evenfold.worker import fit_record, inference, train
from evenfold.worker.curves import (
    WatchTime,
    curve_probabilities,
    record_predictions,
    watched_rows,
)
from evenfold.worker.device import (
    Framework,
    open_framework,
    requested_device,
    without_framework,
)
from evenfold.worker.engines.choice import compile_training, seed_alike
from evenfold.worker.engines.jax.training import BegunFit, JaxTraining
from evenfold.worker.engines.training import CompiledTraining
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
    of the training alone, without building the model and without imports, and no benchmark: those
    of stock ``fit`` hold the tracing of its graph, which each fit does anew, those of the compiled
    engine do not. ``epoch_seconds`` are those of each epoch, of stock ``fit`` alone.
    """

    engine: FittedEngine
    note: str
    probabilities: np.ndarray
    curves: np.ndarray | None
    history: dict[str, list[float]]
    seconds: float
    peak_bytes: int | None
    epoch_seconds: Sequence[float] = ()


@dataclass(frozen=True)
class _Training:
    """A finished training: the model as a function of a batch, and what was recorded."""

    engine: FittedEngine
    seconds: float
    model: object
    predict: BatchFunction
    history: dict[str, list[float]]
    epoch_outputs: Sequence[np.ndarray] | np.ndarray
    epoch_seconds: Sequence[float] = ()


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
        self.open_framework: Callable[[], Framework] = partial(open_framework, threads, determinism)
        self.without_framework = partial(without_framework, threads, determinism)
        self._compiled: dict[tuple[str, str, Task, bool], CompiledOrReason] = {}

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
        framework = self._framework(plugin)
        rows = watched_rows(fold) if watch and is_network else None
        note = ""
        if is_network:
            with suppress(Skip):  # what has no compiled engine has no other seeds
                seed_alike(framework)
        if is_network and engine == "compiled":
            try:
                return self._fit_compiled(plugin, fold, seed, framework, rows)
            except Skip as reason:
                note = str(reason)
        training = _train_keras(plugin, fold, seed, framework, rows)
        return _finish(plugin, fold, training, note, rows)

    def _fit_compiled(
        self, plugin: Plugin, fold: Fold, seed: int, framework: Framework, rows: np.ndarray | None
    ) -> StudyFit:
        """Train by the compiled engine; raises Skip with the reason if only ``fit`` may be able."""
        compiled = self._find_compiled(plugin, fold, framework)
        if not isinstance(compiled, CompiledTraining):
            raise Skip(compiled)
        # Its file was run anew for this fit: what it counts begins anew too.
        compiled.plugin = plugin
        history = compiled.fit(fold, seed, watched=rows)
        training = _compiled_training(compiled, history)
        try:
            return _finish(plugin, fold, training, "", rows)
        except FitError as error:
            # If it is the model's fault, it fails in fit too, with the same message.
            raise Skip(f"its compiled training fails: {error}") from error

    def begin(self, plugin: Plugin, fold: Fold, seed: int) -> BegunFit:
        """Begin a fit that is to be trained with others; raises Skip if its engine cannot."""
        framework = self._framework(plugin)
        compiled = self._find_compiled(plugin, fold, framework)
        if not isinstance(compiled, JaxTraining):
            raise Skip("its engine trains one fit at a time")
        compiled.plugin = plugin
        return compiled.begin(fold, seed)

    def fit_together(
        self, plugin: Plugin, fits: Sequence[BegunFit], at_once: int, watch: bool
    ) -> list[StudyFit]:
        """Train fits of one model at once, as ``fit`` does one; raises Skip if one of them fails.

        Parameters
        ----------
        plugin, fits
            The model, and its fits, with equally many rows.
        at_once
            The number of fits that the engine's program trains.
        watch
            Whether to predict all rows after every epoch.
        """
        compiled = self._find_compiled(plugin, fits[0].fold, self._framework(plugin))
        assert isinstance(compiled, JaxTraining)
        rows = [watched_rows(fit.fold) for fit in fits] if watch else None
        finished = []
        for number, history in enumerate(compiled.fit_together(fits, at_once, watched=rows)):
            training = _compiled_training(compiled, history)
            watched = rows[number] if rows else None
            try:
                finished.append(_finish(plugin, fits[number].fold, training, "", watched))
            except FitError as error:
                raise Skip(f"its compiled training fails: {error}") from error
        return finished

    def prepare(self, plugin: Plugin, fold: Fold, engine: Engine) -> bool:
        """Trace a model's compiled training if it is not known yet.

        Returns
        -------
        bool
            Whether the model was built for that: the state of the process is then not the one in
            which a fit begins.
        """
        if plugin.model.epochs is None or engine != "compiled":
            return False
        known = len(self._compiled)
        self._find_compiled(plugin, fold, self._framework(plugin))
        return len(self._compiled) > known

    def _framework(self, plugin: Plugin) -> Framework:
        is_network = plugin.model.epochs is not None
        return self.open_framework() if is_network else self.without_framework()

    def _find_compiled(self, plugin: Plugin, fold: Fold, framework: Framework) -> CompiledOrReason:
        """Return the traced training of a model, or the reason why there is none."""
        is_weighted = fold.sample_weight is not None
        key = (plugin.name, plugin.sources.digest, fold.task, is_weighted)
        if key not in self._compiled:
            try:
                self._compiled[key] = compile_training(
                    plugin, fold, framework, requested_device(framework)
                )
            except Skip as skip:
                self._compiled[key] = str(skip)
        return self._compiled[key]


def _finish(
    plugin: Plugin,
    fold: Fold,
    training: _Training,
    note: str,
    rows: np.ndarray | None,
) -> StudyFit:
    """Predict the test rows, and check that the training and the predictions are finite."""
    if not all(np.isfinite(values).all() for values in training.history.values()):
        raise FitError(f"{plugin.name}: the training diverged: a loss is not finite")
    outputs = training.predict(inference.as_input(training.model, fold.x_test))
    has_curves = rows is not None and training.engine != "estimator"
    n_classes = fold.task.n_classes
    probabilities = inference.probabilities(outputs, n_classes)
    inference.require_rows(probabilities, fold.x_test)
    return StudyFit(
        engine=training.engine,
        note="" if training.engine == "estimator" else note,
        probabilities=probabilities,
        curves=curve_probabilities(training.epoch_outputs, n_classes) if has_curves else None,
        history=training.history,
        seconds=training.seconds,
        peak_bytes=resident("VmHWM"),
        epoch_seconds=training.epoch_seconds,
    )


def _compiled_training(compiled: CompiledTraining, history: dict[str, list[float]]) -> _Training:
    return _Training(
        "compiled", compiled.seconds, compiled.model, compiled.predict, history, compiled.outputs
    )


def _train_keras(
    plugin: Plugin, fold: Fold, seed: int, framework: Framework, rows: np.ndarray | None
) -> _Training:
    # An estimator computes on the CPU whatever the device of networks is.
    is_network = plugin.model.epochs is not None
    device = requested_device(framework) if is_network else "cpu"
    fit = train.prepare(plugin, fold, seed, framework, device)
    epoch_outputs: list[np.ndarray] = []
    watching = WatchTime()
    if rows is not None:
        fit.callbacks.append(record_predictions(rows, epoch_outputs, watching, framework))
    train.run(fit)
    engine: FittedEngine = "keras" if fit.is_keras else "estimator"
    predict = inference.prepare_path(inference.REFERENCE, fit.model, framework, fold.x_test, device)
    history = fit_record.history_numbers(fit.history or {})
    seconds = fit.seconds - watching.seconds
    imported = fit.import_seconds - watching.import_seconds
    of_epochs: list[float] = []
    if fit.is_keras:
        of_epochs = fit_record.epoch_seconds(fit, watching.nanoseconds, imported)
    return _Training(engine, seconds, fit.model, predict, history, epoch_outputs, of_epochs)

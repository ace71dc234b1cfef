"""One fit: a model built outside the clock, and trained inside."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter_ns
from typing import Any, Callable

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import PluginError, Skip
from evenfold.worker.build import build, describe_model, is_keras
from evenfold.worker.callbacks import fit_callbacks
from evenfold.worker.device import Framework
from evenfold.worker.plugin import Plugin
from evenfold.worker.process_state.imports import import_seconds
from evenfold.worker.process_state.keras_names import set_name_counters
from evenfold.worker.row_weights import (
    explained,
    network_arguments,
    weight_arguments,
    weights_by_class,
    weights_by_row,
)
from evenfold.worker.seeds import seed_process, set_random_state
from evenfold.worker.source_modules import SourceModules, active
from evenfold.worker.validation import held_back_rows

NANOSECONDS = 1e-9


@dataclass
class PreparedFit:
    """A fresh model with its data in memory: everything that the clock does not measure is done.

    ``now`` reads the clock, in nanoseconds; ``started``, ``ends`` (of each epoch) and ``finished``
    are its readings. ``import_seconds`` are those of modules that the training imported, which a
    later one finds imported. ``history`` is that of Keras. ``validation`` is the input and the
    labels that are held back, with their weights if rows have any. ``sample_weight`` are the
    weights of the training rows. ``class_weights`` are the weights of classes in a network's loss
    where rows have none, ``row_weights`` the arguments with which ``fit`` takes weights of rows.
    """

    modules: SourceModules
    framework: Framework
    device: str
    model: Any
    x: np.ndarray
    y: np.ndarray
    seed: int
    epochs: int | None
    batch_size: int
    callbacks: list[Any]
    ends: list[int]
    build_seconds: float
    now: Callable[[], int] = perf_counter_ns
    started: int = 0
    finished: int = 0
    import_seconds: float = 0.0
    history: dict[str, list[float]] | None = None
    sample_weight: np.ndarray | None = None
    validation: tuple[np.ndarray, ...] | None = None
    class_weights: dict[int, float] | None = None
    row_weights: dict[str, Any] = field(default_factory=dict)

    @property
    def is_keras(self) -> bool:
        """Whether the model is a Keras model rather than an estimator."""
        return is_keras(self.model)

    @property
    def seconds(self) -> float:
        """Seconds of the training, without those of imports."""
        return (self.finished - self.started) * NANOSECONDS - self.import_seconds


def prepare(
    plugin: Plugin,
    fold: Fold,
    seed: int,
    framework: Framework,
    device: str = "cpu",
    epochs: int | None = None,
    now: Callable[[], int] = perf_counter_ns,
) -> PreparedFit:
    """Build a fresh, seeded model on its device, with the training rows in its dtype.

    Parameters
    ----------
    plugin
        The model.
    fold
        Its data: a Keras model gets the rows as float32, an estimator as float64.
    seed
        The seed of weights, shuffling and dropout, or an estimator's ``random_state``.
    framework
        The opened framework.
    device
        ``cpu``, ``gpu`` or, with a number, ``gpu:1``.
    epochs
        Replaces a network's own number of epochs.
    now
        The clock that ``run`` reads, in nanoseconds.

    Raises
    ------
    Skip
        With the plug-in's reason, or because its framework or the device does not fit.
    PluginError
        If ``build`` fails or returns a model that cannot be trained; names the model and its file.
    """
    set_name_counters(plugin.names)
    seed_process(seed)
    with framework.scope(device):
        started = perf_counter_ns()
        model = build(plugin, fold.task)
        build_seconds = (perf_counter_ns() - started) * NANOSECONDS
        fit = PreparedFit(
            modules=plugin.modules,
            framework=framework,
            device=device,
            model=model,
            x=fold.x_train,
            y=fold.y_train,
            seed=seed,
            epochs=None,
            batch_size=plugin.model.batch_size,
            callbacks=[],
            ends=[],
            build_seconds=build_seconds,
            now=now,
            sample_weight=fold.sample_weight,
        )
        if not fit.is_keras:
            return _weighted(_prepare_estimator(fit), plugin, fold)
        return _weighted(_prepare_network(fit, plugin, epochs), plugin, fold)


def _weighted(fit: PreparedFit, plugin: Plugin, fold: Fold) -> PreparedFit:
    """Add the weights of rows, and of classes as computed on the rows that are trained on."""
    class_weight, description = plugin.model.class_weight, describe_model(plugin)
    by_class = None
    if class_weight is not None:
        by_class = weights_by_class(class_weight, fit.y, fold, description, fit.sample_weight)
    if fit.is_keras and fit.sample_weight is None:
        return replace(fit, class_weights=by_class)
    weights = weights_by_row(by_class, fit.sample_weight, fit.y)
    if weights is None:
        return fit
    if fit.is_keras:
        # Keras does not take both kinds of weights in every version.
        return replace(fit, row_weights=network_arguments(fit.model, weights, description))
    of_classes = fit.sample_weight is None
    arguments = weight_arguments(fit.model, weights, description, of_classes)
    return replace(fit, row_weights=arguments)


def _prepare_network(fit: PreparedFit, plugin: Plugin, epochs: int | None) -> PreparedFit:
    if plugin.model.epochs is None:
        raise PluginError(f"{describe_model(plugin)}: a Keras model needs Model(..., epochs=...)")
    fit.x = fit.x.astype(np.float32)
    _hold_back(fit, plugin)
    return prepare_again(fit, plugin, epochs or plugin.model.epochs)


def _hold_back(fit: PreparedFit, plugin: Plugin) -> None:
    """Take the rows of the model's validation out of its training rows."""
    if plugin.model.validation is None:
        return
    share = plugin.model.validation
    train, held_back = held_back_rows(describe_model(plugin), fit.y, share, fit.seed)
    fit.validation = fit.x[held_back], fit.y[held_back]
    if fit.sample_weight is not None:
        fit.validation += (fit.sample_weight[held_back].astype(np.float32),)
        fit.sample_weight = fit.sample_weight[train]
    fit.x, fit.y = fit.x[train], fit.y[train]


def _prepare_estimator(fit: PreparedFit) -> PreparedFit:
    if fit.device.startswith("gpu"):
        raise Skip("an estimator runs on the CPU")
    set_random_state(fit.model, fit.seed)
    return fit


def prepare_again(fit: PreparedFit, plugin: Plugin, epochs: int) -> PreparedFit:
    """Prepare a further training of a network, from its present weights."""
    ends: list[int] = []
    with active(plugin.modules):
        callbacks = fit_callbacks(plugin.model, describe_model(plugin), ends, fit.now)
    return replace(fit, epochs=epochs, callbacks=callbacks, ends=ends, history=None)


def run(fit: PreparedFit) -> None:
    """Train until the last weight update is done: exactly this is what the clock measures."""
    with active(fit.modules), fit.framework.scope(fit.device):
        imported = import_seconds()
        fit.started = fit.now()
        if fit.is_keras:
            with explained(fit.model, fit.row_weights):
                history = fit.model.fit(
                    fit.x,
                    fit.y,
                    batch_size=fit.batch_size,
                    epochs=fit.epochs,
                    callbacks=fit.callbacks,
                    validation_data=fit.validation,
                    class_weight=fit.class_weights,
                    verbose=0,
                    **fit.row_weights,
                )
            fit.framework.backend.synchronize(fit.model)
            fit.history = history.history
        else:
            fit.model.fit(fit.x, fit.y, **fit.row_weights)
        fit.finished = fit.now()
        fit.import_seconds = import_seconds() - imported

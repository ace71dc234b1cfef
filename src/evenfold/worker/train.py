"""One fit: building a model outside the clock, training it inside, and what is to be told of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import median
from time import perf_counter_ns
from typing import Any, Callable

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.errors import PluginError, Skip
from evenfold.worker.device import Framework
from evenfold.worker.plugin import Plugin

NANOSECONDS = 1e-9


@dataclass
class Prepared:
    """A fresh model with its data in memory: all that the clock does not hold has been done.

    ``now`` is the clock that is read, in ns; ``ends`` are its readings at the end of each epoch.
    ``history`` is Keras' own.
    """

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
    history: dict[str, list[float]] | None = None

    @property
    def is_keras(self) -> bool:
        """Whether the model is a Keras model, and not an estimator."""
        return is_keras(self.model)


@dataclass(frozen=True)
class FitRecord:
    """What one fit cost and how it went; seconds, bytes and counts, never the model.

    ``history`` holds a list of one float an epoch for each quantity that Keras reports;
    ``epoch_seconds`` one float an epoch, the first with tracing. Estimators have neither, and no
    counted parameters. ``jit_compile`` is whether XLA compiled the training. ``peak_gpu_bytes``
    is of the whole process so far, None on a CPU.
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
        """From the start of ``fit`` to the end of its first epoch: tracing included."""
        return self.epoch_seconds[0] if self.epoch_seconds else None

    @property
    def steady_epoch_seconds(self) -> float | None:
        """The median epoch after the first; None with fewer than two epochs."""
        return median(self.epoch_seconds[1:]) if len(self.epoch_seconds) > 1 else None


def is_keras(model: Any) -> bool:
    """Whether a built model is a Keras model; else it is an estimator."""
    return hasattr(model, "train_step") and hasattr(model, "compile")


def require_network(model: Any) -> None:
    """Raises Skip for an estimator."""
    if not is_keras(model):
        raise Skip("an estimator is no network: it has the paths predict and onnx")


def prepare(
    plugin: Plugin,
    fold: Fold,
    seed: int,
    framework: Framework,
    device: str = "cpu",
    epochs: int | None = None,
    now: Callable[[], int] = perf_counter_ns,
) -> Prepared:
    """A fresh, seeded model on its device, with the fold's training part in its dtype.

    A Keras model is handed float32, an estimator float64. ``epochs``, where given, replaces a
    network's own number; ``now`` is the clock.

    Raises Skip with the plug-in's reason, or because its framework or the device is not for it;
    PluginError, naming model and file, when ``build`` fails or returns what cannot be trained.
    """
    framework.backend.seed(seed)
    with framework.scope(device):
        started = perf_counter_ns()
        model = build(plugin, fold.task)
        build_seconds = (perf_counter_ns() - started) * NANOSECONDS
        if not is_keras(model):
            if device.startswith("gpu"):
                raise Skip("an estimator runs on the CPU")
            set_random_state(model, seed)
            return Prepared(
                framework, device, model, fold.x_train, fold.y_train, seed,
                None, plugin.model.batch_size, [], [], build_seconds, now,
            )  # fmt: skip
        if plugin.model.epochs is None:
            raise PluginError(f"{_named(plugin)}: a Keras model needs Model(..., epochs=...)")
        ends: list[int] = []
        return Prepared(
            framework=framework,
            device=device,
            model=model,
            x=fold.x_train.astype(np.float32),
            y=fold.y_train,
            seed=seed,
            epochs=epochs or plugin.model.epochs,
            batch_size=plugin.model.batch_size,
            callbacks=[*plugin.model.callbacks(), _epoch_clock(ends, now)],
            ends=ends,
            build_seconds=build_seconds,
            now=now,
        )


def again(fit: Prepared, plugin: Plugin, epochs: int) -> Prepared:
    """A further training of a network that has been prepared, from where its weights are."""
    ends: list[int] = []
    callbacks = [*plugin.model.callbacks(), _epoch_clock(ends, fit.now)]
    return replace(fit, epochs=epochs, callbacks=callbacks, ends=ends, history=None)


def run(fit: Prepared) -> None:
    """The training itself, to the last weight update: this is what the clock holds."""
    with fit.framework.scope(fit.device):
        fit.started = fit.now()
        if fit.is_keras:
            history = fit.model.fit(
                fit.x,
                fit.y,
                batch_size=fit.batch_size,
                epochs=fit.epochs,
                callbacks=fit.callbacks,
                verbose=0,
            )
            fit.framework.backend.synchronize(fit.model)
            fit.history = history.history
        else:
            fit.model.fit(fit.x, fit.y)
        fit.finished = fit.now()


def record(fit: Prepared) -> FitRecord:
    """What a finished fit cost and how it went."""
    marks = [fit.started, *fit.ends]
    weights = fit.model.weights if fit.is_keras else None
    trainable = fit.model.trainable_weights if fit.is_keras else None
    return FitRecord(
        seed=fit.seed,
        epochs=len(fit.ends) if fit.is_keras else None,
        batch_size=fit.batch_size if fit.is_keras else None,
        build_seconds=fit.build_seconds,
        fit_seconds=(fit.finished - fit.started) * NANOSECONDS,
        epoch_seconds=tuple((b - a) * NANOSECONDS for a, b in zip(marks, marks[1:])),
        history={k: [float(v) for v in values] for k, values in (fit.history or {}).items()},
        parameters=_count(weights),
        trainable_parameters=_count(trainable),
        jit_compile=is_compiled(fit),
        peak_gpu_bytes=fit.framework.backend.peak_gpu_bytes(fit.device) if fit.is_keras else None,
    )


def is_compiled(fit: Prepared) -> bool | None:
    """Whether Keras compiles the training, ``jit_compile``: by XLA, or on PyTorch by itself.

    None for an estimator.
    """
    if not fit.is_keras:
        return None
    # Before TensorFlow 2.11 Keras has it under this name alone, if at all.
    return bool(getattr(fit.model, "jit_compile", getattr(fit.model, "_jit_compile", False)))


def build(plugin: Plugin, task: Task) -> Any:
    """What the plug-in builds for a task, checked: compiled, and of the right output width.

    Raises Skip and PluginError as ``prepare`` does.
    """
    try:
        model = plugin.model.build(task)
    except Skip:
        raise
    except ModuleNotFoundError as error:
        raise Skip(f"{error.name} is not installed") from error
    except Exception as error:
        raise PluginError(
            f"{_named(plugin)}: build raised {type(error).__name__} for {task}: {error}"
        ) from error
    if is_keras(model):
        _check_network(plugin, task, model)
    elif not (hasattr(model, "fit") and hasattr(model, "predict_proba")):
        raise PluginError(
            f"{_named(plugin)}: build must return a compiled Keras model or an estimator with "
            f"fit and predict_proba, found {type(model).__name__}"
        )
    return model


def set_random_state(estimator: Any, seed: int) -> None:
    """Seeds an estimator and all that are inside it, where they take a ``random_state``."""
    if not hasattr(estimator, "get_params"):
        return
    names = estimator.get_params(deep=True)
    own = {name: seed for name in names if name.split("__")[-1] == "random_state"}
    if own:
        estimator.set_params(**own)


def _check_network(plugin: Plugin, task: Task, model: Any) -> None:
    if getattr(model, "optimizer", None) is None:
        raise PluginError(f"{_named(plugin)}: the model is not compiled: call model.compile(...)")
    if not model.built:
        model.build((None, *task.input_shape))
    try:
        shape = tuple(model.output_shape)
    except (AttributeError, RuntimeError, ValueError):  # a subclassed model may not know
        shape = tuple(model(np.zeros((1, *task.input_shape), np.float32), training=False).shape)
    if len(shape) != 2 or shape[-1] != task.output_units:
        raise PluginError(
            f"{_named(plugin)}: the output has shape {shape}, "
            f"expected (rows, {task.output_units}): end with Dense(task.output_units)"
        )


def _named(plugin: Plugin) -> str:
    return f"model {plugin.name} ({plugin.path})"


def _count(weights: list[Any] | None) -> int | None:
    if weights is None:
        return None
    return sum(int(np.prod(tuple(weight.shape))) for weight in weights)


def _epoch_clock(ends: list[int], now: Callable[[], int]) -> Any:
    import keras

    class EpochClock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            ends.append(now())

    return EpochClock()

"""Constructs: options of ``compile``, data types, shapes of the data, and callbacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builders.constructs import (
    Breakage,
    Construct,
    NotInThisVersion,
    keras_major,
    keras_name,
    network,
    set_policy,
)
from evenfold.contract import Task


def _compiled_with(**options: Any) -> Callable[[Task], Any]:
    return lambda task: network(task, **options)


def _loss_weights(task: Task) -> Any:
    return network(task, loss_weights=[0.5])


def _auto_scaled(name: str) -> Callable[[Task], Any]:
    """Adam under the policy mixed_float16; Keras wraps it for the scale of the loss."""

    def build(task: Task) -> Any:
        optimizer = keras_name(f"optimizers.{name}")(learning_rate=0.02)
        return _under_policy("mixed_float16", task, optimizer)

    return build


def _under_policy(policy: str, task: Task, optimizer: Any = None) -> Any:
    import keras

    set_policy(policy)
    try:
        layers = [
            keras.Input(task.input_shape),
            keras.layers.Dense(5, activation="tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(
                task.output_units, activation=task.output_activation, dtype="float32"
            ),
        ]
        model = keras.Sequential(layers)
        optimizer = optimizer or keras.optimizers.SGD(0.1)
        model.compile(optimizer=optimizer, loss=task.loss, metrics=["accuracy"])
    finally:
        set_policy("float32")
    return model


def _policy(policy: str) -> Callable[[Task], Any]:
    return lambda task: _under_policy(policy, task)


def _policy_of_a_layer(dtype: str) -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        import keras

        layers = keras.layers
        return network(
            task,
            layers.Dense(5, activation="tanh", dtype=dtype),
            layers.Dense(4, activation="tanh", dtype="float32"),
        )

    return build


def _leaked_policy(task: Task) -> Any:
    """A policy that ``build`` sets and leaves, as most plug-ins do."""
    import keras

    set_policy("mixed_bfloat16")
    last = {"activation": task.output_activation, "dtype": "float32"}
    model = keras.Sequential([
        keras.Input(task.input_shape),
        keras.layers.Dense(5, activation="tanh"),
        keras.layers.Dense(task.output_units, **last),
    ])  # fmt: skip
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=task.loss, metrics=["accuracy"])
    return model


def _floatx(task: Task) -> Any:
    """Floating type of the whole of Keras, set by ``build`` and left."""
    import keras

    keras.backend.set_floatx("float64")
    if keras_major() < 3:
        set_policy("float64")
    return network(task)


def _loss_scaled(**options: Any) -> Any:
    """SGD in a LossScaleOptimizer; ``fixed`` is a scale that never changes."""
    import keras
    import tensorflow as tf

    inner = keras.optimizers.SGD(0.1)
    if keras_major() < 3:
        if "fixed" in options:
            options = {"dynamic": False, "initial_scale": options["fixed"]}
        return tf.keras.mixed_precision.LossScaleOptimizer(inner, **options)
    if "fixed" in options:
        raise NotInThisVersion("LossScaleOptimizer has no fixed scale")
    return keras_name("optimizers.LossScaleOptimizer")(inner, **options)


def _loss_scale(**options: Any) -> Callable[[Task], Any]:
    return lambda task: network(task, optimizer=_loss_scaled(**options))


def _overflowing(task: Task) -> Any:
    """A dynamic scale that begins too high: the first steps are skipped."""
    return _under_policy("mixed_float16", task, _loss_scaled(initial_scale=2.0**23))


def _run_functions_eagerly(task: Task) -> Any:
    """All of TensorFlow is set to run eagerly, by ``build``."""
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    return network(task)


def _callback(name: str, **options: Any) -> Callable[[], list[Any]]:
    return lambda: [keras_name(f"callbacks.{name}")(**options)]


def _rate_by_epoch() -> list[Any]:
    import keras

    return [keras.callbacks.LearningRateScheduler(lambda epoch, rate: 0.3 / (1 + epoch))]


def _own_callback() -> list[Any]:
    import keras

    class Shrink(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if batch == 1:
                self.model.set_weights([w * 0.9 for w in self.model.get_weights()])

    return [Shrink()]


OPTIONS: dict[str, tuple[Callable[[Task], Any], Breakage]] = {
    "steps_per_execution": (_compiled_with(steps_per_execution=3), "last batch dropped"),
    "run_eagerly": (_compiled_with(run_eagerly=True), "last batch dropped"),
    "run_functions_eagerly": (_run_functions_eagerly, "last batch dropped"),
    "jit_compile True": (_compiled_with(jit_compile=True), "last batch dropped"),
    "jit_compile False": (_compiled_with(jit_compile=False), "last batch dropped"),
    "loss_weights": (_loss_weights, "loss altered"),
    "auto_scale_loss off": (_compiled_with(auto_scale_loss=False), "loss altered"),
    "LossScaleOptimizer": (_loss_scale(), "last batch dropped"),
    "LossScaleOptimizer, growing": (
        _loss_scale(initial_scale=8.0, dynamic_growth_steps=2),
        "last batch dropped",
    ),
    "LossScaleOptimizer, fixed": (_loss_scale(fixed=64.0), "last batch dropped"),
}
HALF: dict[str, Callable[[Task], Any]] = {
    "policy mixed_bfloat16": _policy("mixed_bfloat16"),
    "policy mixed_float16": _policy("mixed_float16"),
    "policy mixed_float16 with Adam": _auto_scaled("Adam"),
    "policy mixed_float16, scale too high": _overflowing,
    "a policy that build leaves set": _leaked_policy,
    "a layer of float16": _policy_of_a_layer("float16"),
}
DOUBLE: dict[str, Callable[[Task], Any]] = {
    "policy float64": _policy("float64"),
    "a layer of float64": _policy_of_a_layer("float64"),
    "floatx float64": _floatx,
}
CALLBACKS: dict[str, tuple[Callable[[], list[Any]], Breakage]] = {
    "EarlyStopping": (_callback("EarlyStopping", monitor="loss", patience=1), "last batch dropped"),
    "ReduceLROnPlateau": (
        _callback("ReduceLROnPlateau", monitor="loss", patience=0, min_delta=1.0),
        "last batch dropped",
    ),
    "LearningRateScheduler": (_rate_by_epoch, "last batch dropped"),
    "a callback that changes weights": (_own_callback, "last batch dropped"),
}


def _plain(task: Task) -> Any:
    return network(task)


def _batch_norm(task: Task) -> Any:
    return network(task, keras_name("layers.BatchNormalization")())


CONSTRUCTS = (
    *(Construct(n, "training options", b, by) for n, (b, by) in OPTIONS.items()),
    Construct("class_weight of the model", "training options", _plain, class_weight="balanced"),
    Construct("sample weights of the data", "training options", _plain, has_sample_weights=True),
    *(Construct(n, "data types", b, "last batch dropped", tolerance=1e-3) for n, b in HALF.items()),
    *(Construct(n, "data types", b, "last batch dropped") for n, b in DOUBLE.items()),
    Construct("a batch larger than all rows", "data", _batch_norm, batch_size=100),
    Construct("batches of one row", "data", _plain, rows=20, batch_size=1),
    Construct("batches of one row, BatchNormalization", "data", _batch_norm, rows=20, batch_size=1),
    Construct("one row left over", "data", _batch_norm, rows=65),
    Construct("no row left over", "data", _batch_norm, rows=64),
    Construct("one epoch", "data", _plain, epochs=1),
    Construct("twelve epochs", "data", _plain, epochs=12),
    Construct("five classes", "data", _batch_norm, n_classes=5),
    Construct("rows in a new order in every epoch", "random layers", _plain,
              "labels of other rows", is_random=True, epochs=6),
    *(Construct(n, "callbacks", _plain, by, callbacks=make, epochs=6)
      for n, (make, by) in CALLBACKS.items()),
)  # fmt: skip

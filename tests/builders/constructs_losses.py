"""Constructs: losses, penalties and constraints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builders.constructs import Construct, keras_name, network
from evenfold.contract import Task


def _loss(name: str, **options: Any) -> Callable[[Task], Any]:
    return lambda task: network(task, loss=keras_name(f"losses.{name}")(**options))


def _one_hot(name: str, **options: Any) -> Callable[[Task], Any]:
    """A loss of one-hot labels, made of the integer labels."""

    def build(task: Task) -> Any:
        import tensorflow as tf

        function = keras_name(f"losses.{name}")(**options)

        def loss(labels: Any, outputs: Any) -> Any:
            labels = tf.cast(tf.reshape(labels, [-1]), tf.int32)
            return function(tf.one_hot(labels, task.n_classes), outputs)

        return network(task, loss=loss)

    return build


def _from_logits(task: Task) -> Any:
    """A loss that takes the outputs, which are probabilities, for logits."""
    name = "BinaryCrossentropy" if task.n_classes == 2 else "SparseCategoricalCrossentropy"
    return network(task, loss=keras_name(f"losses.{name}")(from_logits=True))


def _own_function(task: Task) -> Any:
    import tensorflow as tf

    def absolute(labels: Any, outputs: Any) -> Any:
        labels = tf.reshape(tf.cast(labels, outputs.dtype), tf.shape(outputs))
        return tf.reduce_mean(tf.abs(labels - outputs) ** 1.5, axis=-1)

    return network(task, loss=absolute)


def _own_class(task: Task) -> Any:
    import tensorflow as tf

    class Brier(keras_name("losses.Loss")):  # type: ignore[misc]
        def call(self, labels: Any, outputs: Any) -> Any:
            labels = tf.reshape(tf.cast(labels, outputs.dtype), tf.shape(outputs))
            return tf.reduce_sum(tf.square(labels - outputs), axis=-1)

    return network(task, loss=Brier())


def _add_loss(task: Task) -> Any:
    import keras
    import tensorflow as tf

    class Penalised(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            self.add_loss(0.1 * tf.reduce_mean(tf.square(x)))
            return x

    return network(task, keras.layers.Dense(5, activation="tanh"), Penalised())


def _layer(**options: Any) -> Callable[[Task], Any]:
    """Two Dense layers with regularizers or constraints, given by functions that make them."""

    def build(task: Task) -> Any:
        import keras

        def made() -> dict[str, Any]:
            return {key: v() if callable(v) else v for key, v in options.items()}

        layers = [keras.layers.Dense(n, activation="tanh", **made()) for n in (5, 4)]
        return network(task, *layers, optimizer=keras.optimizers.SGD(0.3))

    return build


def _regularizer(name: str, *values: Any) -> Callable[[], Any]:
    return lambda: keras_name(f"regularizers.{name}")(*values)


def _constraint(name: str, **values: Any) -> Callable[[], Any]:
    return lambda: keras_name(f"constraints.{name}")(**values)


def _own_regularizer(task: Task) -> Any:
    import keras
    import tensorflow as tf

    def fourth(weights: Any) -> Any:
        return 0.05 * tf.reduce_sum(tf.convert_to_tensor(weights) ** 4)

    layer = keras.layers.Dense(5, activation="tanh", kernel_regularizer=fourth)
    return network(task, layer)


def _activity_layer(task: Task) -> Any:
    import keras

    layers = keras.layers
    return network(task, layers.Dense(5, "tanh"), layers.ActivityRegularization(l1=0.01, l2=0.02))


FOCAL = {"gamma": 1.5, "apply_class_balancing": True, "alpha": 0.4}
LOSSES: dict[str, Callable[[Task], Any]] = {
    "binary_crossentropy by name": lambda task: network(task, loss="binary_crossentropy"),
    "BinaryCrossentropy, label smoothing": _loss("BinaryCrossentropy", label_smoothing=0.2),
    "BinaryCrossentropy, from logits": _from_logits,
    "BinaryFocalCrossentropy": _loss("BinaryFocalCrossentropy", **FOCAL),
    "BinaryCrossentropy, reduction sum": _loss("BinaryCrossentropy", reduction="sum"),
    "MeanSquaredError": _loss("MeanSquaredError"),
    "MeanAbsoluteError": _loss("MeanAbsoluteError"),
    "Huber": _loss("Huber", delta=0.3),
    "LogCosh": _loss("LogCosh"),
    "Hinge": _loss("Hinge"),
    "SquaredHinge": _loss("SquaredHinge"),
    "Poisson": _loss("Poisson"),
    "MeanSquaredLogarithmicError": _loss("MeanSquaredLogarithmicError"),
    "Dice": _loss("Dice"),
    "Tversky": _loss("Tversky", alpha=0.3),
    "a loss that is a function": _own_function,
    "a loss that is a class": _own_class,
    "add_loss in a layer": _add_loss,
}
MANY_CLASSES: dict[str, Callable[[Task], Any]] = {
    "SparseCategoricalCrossentropy": _loss("SparseCategoricalCrossentropy"),
    "SparseCategoricalCrossentropy, from logits": _from_logits,
    "SparseCategoricalCrossentropy, ignore_class": _loss(
        "SparseCategoricalCrossentropy", ignore_class=3
    ),
    "CategoricalCrossentropy, label smoothing": _one_hot(
        "CategoricalCrossentropy", label_smoothing=0.1
    ),
    "CategoricalFocalCrossentropy": _one_hot("CategoricalFocalCrossentropy"),
    "CategoricalHinge": _one_hot("CategoricalHinge"),
    "KLDivergence": _one_hot("KLDivergence"),
    "CosineSimilarity": _one_hot("CosineSimilarity"),
}
L1_L2 = ("L1L2", 0.01, 0.02)
PENALTIES: dict[str, Callable[[Task], Any]] = {
    "kernel_regularizer by name": _layer(kernel_regularizer="l2"),
    "kernel_regularizer L1": _layer(kernel_regularizer=_regularizer("L1", 0.01)),
    "kernel_regularizer L1L2": _layer(kernel_regularizer=_regularizer(*L1_L2)),
    "bias_regularizer": _layer(bias_regularizer=_regularizer("L1", 0.3)),
    "activity_regularizer": _layer(activity_regularizer=_regularizer("L2", 0.05)),
    "OrthogonalRegularizer": _layer(kernel_regularizer=_regularizer("OrthogonalRegularizer", 0.1)),
    "a regularizer that is a function": _own_regularizer,
    "ActivityRegularization": _activity_layer,
}
CONSTRAINTS: dict[str, Callable[[Task], Any]] = {
    "constraint max_norm": _layer(kernel_constraint=_constraint("MaxNorm", max_value=0.5)),
    "constraint non_neg": _layer(kernel_constraint=_constraint("NonNeg")),
    "constraint unit_norm": _layer(kernel_constraint=_constraint("UnitNorm")),
    "constraint min_max_norm, on biases too": _layer(
        kernel_constraint=_constraint("MinMaxNorm", min_value=0.3, max_value=0.6, rate=0.5),
        bias_constraint=_constraint("NonNeg"),
    ),
}

CONSTRUCTS = (
    *(Construct(n, "losses", build, "loss altered") for n, build in LOSSES.items()),
    *(Construct(n, "losses", b, "loss altered", n_classes=5) for n, b in MANY_CLASSES.items()),
    *(Construct(n, "penalties", b, "penalties dropped") for n, b in PENALTIES.items()),
    *(Construct(n, "penalties", b, "constraints dropped") for n, b in CONSTRAINTS.items()),
)  # fmt: skip

"""Constructs: losses, metrics, penalties and constraints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builders.constructs import Construct, keras_major, keras_name, network
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
    """The last layer is linear, and a sigmoid follows for predictions alone."""
    import keras

    name = "BinaryCrossentropy" if task.n_classes == 2 else "SparseCategoricalCrossentropy"
    loss = keras_name(f"losses.{name}")(from_logits=True)
    layers = [
        keras.Input(shape=task.input_shape),
        keras.layers.Dense(5, activation="tanh"),
        keras.layers.Dense(task.output_units),
    ]
    model = keras.Sequential(layers)
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss=loss, metrics=["accuracy"])
    return model


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


def _integer_labels(task: Task) -> Any:
    """A loss whose value depends on labels being whole numbers: it halves them by ``//``."""
    import tensorflow as tf

    def halved(labels: Any, outputs: Any) -> Any:
        steps = tf.cast((labels + 1) / 2, tf.float32) if labels.dtype.is_floating else None
        whole = tf.cast((labels + 1) // 2, tf.float32) if steps is None else steps
        return tf.reduce_mean(tf.square(tf.reshape(whole, [-1, 1]) - outputs), axis=-1)

    return network(task, loss=halved)


def _add_loss(task: Task) -> Any:
    import keras
    import tensorflow as tf

    class Penalised(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            self.add_loss(0.1 * tf.reduce_mean(tf.square(x)))
            return x

    return network(task, keras.layers.Dense(5, activation="tanh"), Penalised())


def _metric(*metrics: Any, **options: Any) -> Callable[[Task], Any]:
    """Metrics, each a name that Keras knows or a pair of a class and its arguments."""

    def build(task: Task) -> Any:
        made = [
            metric if isinstance(metric, str) else keras_name(f"metrics.{metric[0]}")(**metric[1])
            for metric in metrics
        ]
        return network(task, metrics=made, **options)

    return build


def _by_classes(name: str, **options: Any) -> Callable[[Task], Any]:
    """A metric of one-hot labels, made of the integer labels."""

    def build(task: Task) -> Any:
        import tensorflow as tf

        class OneHot(keras_name(f"metrics.{name}")):  # type: ignore[misc]
            def update_state(self, labels: Any, outputs: Any, sample_weight: Any = None) -> Any:
                labels = tf.cast(tf.reshape(labels, [-1]), tf.int32)
                labels = tf.one_hot(labels, task.n_classes)
                return super().update_state(labels, outputs, sample_weight)

        return network(task, metrics=[OneHot(**options)])

    return build


def _own_metric(task: Task) -> Any:
    import tensorflow as tf

    class Mass(keras_name("metrics.Metric")):  # type: ignore[misc]
        def __init__(self, name: str = "mass", **options: Any) -> None:
            super().__init__(name=name, **options)
            self.total = self.add_weight(name="total", initializer="zeros")
            self.most = self.add_weight(name="most", initializer="zeros")

        def update_state(self, labels: Any, outputs: Any, sample_weight: Any = None) -> None:
            self.total.assign_add(tf.cast(tf.reduce_sum(outputs), tf.float32))
            self.most.assign(tf.maximum(self.most, tf.cast(tf.reduce_max(outputs), tf.float32)))

        def result(self) -> Any:
            return self.total + self.most

        def reset_state(self) -> None:
            self.total.assign(0.0)
            self.most.assign(0.0)

    return network(task, metrics=[Mass()])


def _metric_of_several(task: Task) -> Any:
    """A metric whose result is a dict: Keras puts each item in the history."""
    import tensorflow as tf

    class Spread(keras_name("metrics.Metric")):  # type: ignore[misc]
        def __init__(self, name: str = "spread", **options: Any) -> None:
            super().__init__(name=name, **options)
            self.high = self.add_weight(name="high", initializer="zeros")
            self.low = self.add_weight(name="low", initializer="zeros")

        def update_state(self, labels: Any, outputs: Any, sample_weight: Any = None) -> None:
            self.high.assign(tf.maximum(self.high, tf.reduce_max(outputs)))
            self.low.assign_add(tf.reduce_min(outputs))

        def result(self) -> Any:
            return {"high": self.high + 0.0, "low": self.low + 0.0}

    return network(task, metrics=[Spread()])


def _metric_function(task: Task) -> Any:
    import tensorflow as tf

    def certainty(labels: Any, outputs: Any) -> Any:
        return tf.reduce_mean(tf.abs(outputs - 0.5), axis=-1)

    return network(task, metrics=[certainty, "accuracy"])


def _add_metric(task: Task) -> Any:
    """A layer with a metric of its own."""
    import keras
    import tensorflow as tf

    class Watched(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.mean = keras.metrics.Mean(name="activity")

        def call(self, x: Any) -> Any:
            value = tf.reduce_mean(tf.abs(x))
            if keras_major() >= 3:
                self.mean.update_state(value)
            else:
                self.add_metric(self.mean(value))
            return x

    return network(task, keras.layers.Dense(5, activation="tanh"), Watched())


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
AT = {"thresholds": [0.3, 0.5, 0.7]}
METRICS: dict[str, Callable[[Task], Any]] = {
    "no metrics": _metric(),
    "BinaryAccuracy at a threshold": _metric(("BinaryAccuracy", {"threshold": 0.4})),
    "AUC": _metric(("AUC", {})),
    "AUC of precision and recall": _metric(("AUC", {"curve": "PR", "num_thresholds": 50})),
    "Precision at one threshold": _metric(("Precision", {"thresholds": 0.4})),
    "Precision and Recall": _metric(("Precision", {}), ("Recall", {})),
    "Precision at several thresholds": _metric(("Precision", AT)),
    "counts of true and false positives": _metric(
        ("TruePositives", {}), ("FalsePositives", {}), ("TrueNegatives", {}), ("FalseNegatives", {})
    ),
    "SensitivityAtSpecificity": _metric(("SensitivityAtSpecificity", {"specificity": 0.8})),
    "RecallAtPrecision": _metric(("RecallAtPrecision", {"precision": 0.6})),
    "MeanSquaredError as a metric": _metric("mse", "mae"),
    "RootMeanSquaredError": _metric(("RootMeanSquaredError", {})),
    "BinaryCrossentropy as a metric": _metric(("BinaryCrossentropy", {"label_smoothing": 0.1})),
    "F1Score": _metric(("F1Score", {"threshold": 0.5})),
    "a metric of one name twice": _metric(
        ("BinaryAccuracy", {"name": "a"}), ("BinaryAccuracy", {"name": "b", "threshold": 0.2})
    ),
    "weighted_metrics": _metric("mse", weighted_metrics=["accuracy"]),
    "a metric that is a function": _metric_function,
    "a metric that is a class": _own_metric,
    "a metric whose result is a dict": _metric_of_several,
    "a metric in a layer": _add_metric,
}
CLASS_METRICS: dict[str, Callable[[Task], Any]] = {
    "SparseTopKCategoricalAccuracy": _metric(("SparseTopKCategoricalAccuracy", {"k": 2})),
    "SparseCategoricalCrossentropy as a metric": _metric(("SparseCategoricalCrossentropy", {})),
    "F1Score by class, a vector": _by_classes("F1Score"),
    "F1Score, macro": _by_classes("F1Score", average="macro"),
    "MeanIoU of one-hot labels": _by_classes("OneHotMeanIoU", num_classes=5),
    "AUC, multi-label": _by_classes("AUC", multi_label=True, num_labels=5),
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
    Construct("a loss of integer labels", "losses", _integer_labels, "labels as floats",
              n_classes=2),
    *(Construct(n, "losses", b, "loss altered", n_classes=5) for n, b in MANY_CLASSES.items()),
    *(Construct(n, "metrics", b, "metrics not reset") for n, b in METRICS.items()),
    *(Construct(n, "metrics", b, "metrics not reset", n_classes=5)
      for n, b in CLASS_METRICS.items()),
    *(Construct(n, "penalties", b, "penalties dropped") for n, b in PENALTIES.items()),
    *(Construct(n, "penalties", b, "constraints dropped") for n, b in CONSTRAINTS.items()),
)  # fmt: skip

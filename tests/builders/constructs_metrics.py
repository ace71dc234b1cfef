"""Constructs: metrics of ``compile``, of layers, and of a plug-in's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builders.constructs import Construct, keras_major, keras_name, network
from evenfold.contract import Task


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


def _metric_of_integers(task: Task) -> Any:
    """A metric that sees the type of the labels: it halves them by ``//``."""
    import tensorflow as tf

    class Halves(keras_name("metrics.Mean")):  # type: ignore[misc]
        def update_state(self, labels: Any, outputs: Any, sample_weight: Any = None) -> Any:
            halves = labels / 2 if labels.dtype.is_floating else labels // 2
            return super().update_state(tf.cast(halves, tf.float32))

    return network(task, metrics=[Halves(name="halves")])


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


CONSTRUCTS = (
    *(Construct(n, "metrics", b, "metrics not reset") for n, b in METRICS.items()),
    Construct("a metric of integer labels", "metrics", _metric_of_integers, "labels as floats"),
    *(Construct(n, "metrics", b, "metrics not reset", n_classes=5)
      for n, b in CLASS_METRICS.items()),
)  # fmt: skip

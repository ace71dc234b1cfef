"""Constructs: layers, models and training steps of a plug-in's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builders.constructs import (
    Breakage,
    Construct,
    NotInThisVersion,
    compiled,
    head,
    keras_major,
    network,
)
from evenfold.contract import Task


def _dense(units: int = 5, **options: Any) -> Any:
    import keras

    return keras.layers.Dense(units, activation="tanh", **options)


def _tied(task: Task) -> Any:
    """A layer that uses another's weights, transposed."""
    import keras
    import tensorflow as tf

    first = _dense(4)

    class Back(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.tied = first

        def call(self, x: Any) -> Any:
            return tf.matmul(x, tf.transpose(tf.convert_to_tensor(self.tied.kernel)))

    return network(task, first, Back())


def _lambda(task: Task) -> Any:
    import keras

    return network(task, _dense(), keras.layers.Lambda(lambda x: x * x))


def _subclassed(task: Task) -> Any:
    import keras

    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = _dense(), head(task)
            self.more = [_dense(4), _dense(3)]

        def call(self, x: Any, training: bool = False) -> Any:
            x = self.first(x)
            for layer in self.more:
                x = layer(x)
            return self.last(x)

    return compiled(Net(), task)


def _subclassed_with_dropout(task: Task) -> Any:
    import keras

    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = _dense(), head(task)
            self.dropout = keras.layers.Dropout(0.5)

        def call(self, x: Any, training: bool = False) -> Any:
            return self.last(self.dropout(self.first(x), training=training))

    return compiled(Net(), task)


def _counter(task: Task) -> Any:
    """A layer that counts its calls in training, and scales by the count."""
    import keras
    import tensorflow as tf

    class Counted(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.calls = self.add_weight(
                name="calls", shape=(), initializer="zeros", trainable=False
            )
            self.built = True

        def call(self, x: Any, training: bool = False) -> Any:
            if training:
                self.calls.assign_add(1.0)
            return x * (1.0 + 0.1 * tf.convert_to_tensor(self.calls))

    return network(task, _dense(), Counted())


def _untracked_counter(task: Task) -> Any:
    """A layer whose state Keras does not know: a ``tf.Variable`` in a list of a plain object."""
    import keras
    import tensorflow as tf

    class Holder:
        def __init__(self) -> None:
            self.calls = tf.Variable(0.0, trainable=False)

    class Counted(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.holder = Holder()

        def call(self, x: Any, training: bool = False) -> Any:
            if training:
                self.holder.calls.assign_add(1.0)
            return x * (1.0 + 0.1 * self.holder.calls)

    return network(task, _dense(), Counted())


def _python_counter(task: Task) -> Any:
    """A layer that counts in Python: in a graph once, whatever ``fit`` does."""
    import keras

    class Counted(keras.layers.Layer):  # type: ignore[misc]
        calls = 0

        def call(self, x: Any) -> Any:
            self.calls += 1
            return x * 0.5

    return network(task, _dense(), Counted())


def _running_mean(task: Task) -> Any:
    """A layer with a running mean of its own, which predictions use."""
    import keras
    import tensorflow as tf

    class Centered(keras.layers.Layer):  # type: ignore[misc]
        def build(self, shape: Any) -> None:
            self.mean = self.add_weight(
                name="mean", shape=(shape[-1],), initializer="zeros", trainable=False
            )
            self.built = True

        def call(self, x: Any, training: bool = False) -> Any:
            if training:
                batch = tf.reduce_mean(x, axis=0)
                mean = tf.convert_to_tensor(self.mean)
                self.mean.assign(0.8 * mean + 0.2 * batch)
                return x - batch
            return x - tf.convert_to_tensor(self.mean)

    return network(task, _dense(), Centered())


def _own_train_step(task: Task) -> Any:
    import keras

    class Net(keras.Sequential):  # type: ignore[misc]
        def train_step(self, data: Any) -> Any:
            x, y = data[:2]
            return super().train_step((x * 0.5, y))

    model = Net([keras.Input(task.input_shape), _dense(), head(task)])
    return compiled(model, task)


def _own_compute_loss(task: Task) -> Any:
    import keras

    class Net(keras.Sequential):  # type: ignore[misc]
        def compute_loss(self, *rest: Any, **more: Any) -> Any:
            return 0.5 * super().compute_loss(*rest, **more)

    if not hasattr(keras.Model, "compute_loss"):
        raise NotInThisVersion("models have no compute_loss")
    model = Net([keras.Input(task.input_shape), _dense(), head(task)])
    return compiled(model, task)


def _own_call(task: Task) -> Any:
    """A Sequential with a ``call`` of its own, which adds what its inputs are."""
    import keras

    class Net(keras.Sequential):  # type: ignore[misc]
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return super().call(inputs * 0.5, training=training)

    model = Net([keras.Input(task.input_shape), _dense(), head(task)])
    return compiled(model, task)


def _metrics_of_the_model(task: Task) -> Any:
    """A model that adds a metric tensor or a loss of its own in ``call``."""
    import keras
    import tensorflow as tf

    class Net(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.first, self.last = _dense(), head(task)
            self.mean = keras.metrics.Mean(name="mean_activity")

        def call(self, x: Any, training: bool = False) -> Any:
            x = self.first(x)
            if keras_major() >= 3:
                self.mean.update_state(tf.reduce_mean(x))
            self.add_loss(0.05 * tf.reduce_mean(tf.square(x)))
            return self.last(x)

    return compiled(Net(), task)


MODELS: dict[str, tuple[Callable[[Task], Any], Breakage]] = {
    "tied weights": (_tied, "last batch dropped"),
    "Lambda": (_lambda, "last batch dropped"),
    "a subclassed model": (_subclassed, "last batch dropped"),
    "a layer that counts its calls": (_counter, "training flag off"),
    "a layer with state that Keras does not know": (_untracked_counter, "training flag off"),
    "a layer that counts in Python": (_python_counter, "last batch dropped"),
    "a layer with a running mean of its own": (_running_mean, "training flag off"),
    "train_step of the plug-in's own": (_own_train_step, "last batch dropped"),
    "compute_loss of the plug-in's own": (_own_compute_loss, "loss altered"),
    "call of the plug-in's own": (_own_call, "last batch dropped"),
    "a loss and a metric in call": (_metrics_of_the_model, "penalties dropped"),
}
CONSTRUCTS = (
    *(Construct(n, "models", b, by) for n, (b, by) in MODELS.items()),
    Construct("Dropout in a subclassed model", "random layers", _subclassed_with_dropout,
              "training flag off", is_random=True, epochs=6),
)  # fmt: skip

"""Constructs: shapes of models, frozen layers, and models that are not fresh."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from builders.constructs import (
    Breakage,
    Construct,
    compiled,
    head,
    keras_name,
    network,
)
from evenfold.contract import Task


def _dense(units: int = 5, **options: Any) -> Any:
    import keras

    return keras.layers.Dense(units, activation="tanh", **options)


def _functional(join: Callable[[Any], Any]) -> Callable[[Task], Any]:
    """A functional model: from its input to what stands before the last layer."""

    def build(task: Task) -> Any:
        import keras

        x = keras.Input(task.input_shape)
        return compiled(keras.Model(x, head(task)(join(x))), task)

    return build


def _branches(x: Any) -> Any:
    return keras_name("layers.Concatenate")()([_dense(3)(x), _dense(4)(x), x])


def _residual(x: Any) -> Any:
    first = _dense(4)(x)
    return keras_name("layers.Add")()([first, _dense(4)(_dense(3)(first))])


def _merged(x: Any) -> Any:
    layers = [_dense(4)(x) for _ in range(3)]
    product = keras_name("layers.Multiply")()(layers[:2])
    return keras_name("layers.Maximum")()([product, keras_name("layers.Average")()(layers)])


def _dotted(x: Any) -> Any:
    return keras_name("layers.Dot")(axes=1)([_dense(4)(x), _dense(4)(x)])


def _shared(x: Any) -> Any:
    """One layer of two places."""
    layer = _dense(6)
    return layer(layer(x))


def _shared_batch_norm(x: Any) -> Any:
    """One BatchNormalization of two places: its statistics change twice a step."""
    layer = keras_name("layers.BatchNormalization")()
    return layer(_dense(6)(layer(x)))


def _sub_model(x: Any) -> Any:
    import keras

    inner = keras.Sequential([keras.Input((6,)), _dense(4), _dense(3)])
    return inner(x)


def _nested_sub_models(x: Any) -> Any:
    import keras

    inner = keras.Sequential([keras.Input((6,)), _dense(4), keras.layers.BatchNormalization()])
    y = keras.Input((6,))
    outer = keras.Model(y, keras.layers.add([inner(y), _dense(4)(y)]))
    return outer(x)


def _shared_sub_model(x: Any) -> Any:
    import keras

    inner = keras.Sequential([keras.Input((6,)), _dense(6)])
    return inner(inner(x))


def _dropout_in_sub_model(x: Any) -> Any:
    import keras

    return keras.Sequential([keras.Input((6,)), _dense(5), keras.layers.Dropout(0.5)])(x)


def _without_layers(x: Any) -> Any:
    """Operators of Python on a symbolic tensor."""
    inner = _dense(4)(x)
    return inner * 0.5 + inner


def _frozen(task: Task) -> Any:
    first = _dense()
    first.trainable = False
    return network(task, first, _dense(4))


def _frozen_sub_model(task: Task) -> Any:
    import keras

    inner = keras.Sequential([keras.Input((6,)), _dense(4), _dense(3)])
    inner.trainable = False
    x = keras.Input(task.input_shape)
    return compiled(keras.Model(x, head(task)(inner(x))), task)


def _frozen_after_compile(task: Task) -> Any:
    """Frozen once the model is compiled: Keras versions differ in what that means."""
    model = network(task, _dense(), _dense(4))
    model.layers[0].trainable = False
    return model


def _thawed_after_compile(task: Task) -> Any:
    model = _frozen(task)
    model.layers[0].trainable = True
    return model


def _given_weights(task: Task) -> Any:
    """Weights that ``build`` sets."""
    model = network(task)
    rng = np.random.RandomState(4)
    model.set_weights([rng.normal(size=w.shape) * 0.4 for w in model.get_weights()])
    return model


def _trained_in_build(task: Task) -> Any:
    """A model that ``build`` has trained already: its optimizer's slots are not fresh."""
    import keras

    model = network(task, optimizer=keras.optimizers.Adam(0.02))
    rng = np.random.RandomState(4)
    x = rng.normal(size=(32, *task.input_shape)).astype(np.float32)
    model.fit(x, (x.sum(axis=1) > 0).astype(np.int64), epochs=2, shuffle=False, verbose=0)
    return model


FUNCTIONAL: dict[str, Callable[[Any], Any]] = {
    "several branches": _branches,
    "a residual connection": _residual,
    "Multiply, Average and Maximum": _merged,
    "Dot": _dotted,
    "a shared layer": _shared,
    "a shared BatchNormalization": _shared_batch_norm,
    "a sub-model": _sub_model,
    "a sub-model in a sub-model": _nested_sub_models,
    "a shared sub-model": _shared_sub_model,
    "operators on tensors": _without_layers,
}
MODELS: dict[str, tuple[Callable[[Task], Any], Breakage]] = {
    "a frozen layer": (_frozen, "frozen layers trained"),
    "a frozen sub-model": (_frozen_sub_model, "frozen layers trained"),
    "a layer frozen after compile": (_frozen_after_compile, "last batch dropped"),
    "a layer thawed after compile": (_thawed_after_compile, "last batch dropped"),
    "weights set in build": (_given_weights, "last batch dropped"),
    "a model trained in build": (_trained_in_build, "last batch dropped"),
}
CONSTRUCTS = (
    *(Construct(n, "models", _functional(join), "last batch dropped")
      for n, join in FUNCTIONAL.items()),
    *(Construct(n, "models", b, by) for n, (b, by) in MODELS.items()),
    Construct("Dropout in a sub-model", "random layers", _functional(_dropout_in_sub_model),
              "training flag off", is_random=True, epochs=6),
)  # fmt: skip

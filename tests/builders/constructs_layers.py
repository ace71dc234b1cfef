"""Constructs: normalization, random layers, preprocessing and initializers, on flat rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from builders.constructs import (
    FEATURES,
    Breakage,
    Construct,
    compiled,
    head,
    keras_name,
    need_keras,
    network,
)
from evenfold.contract import Task


def _dense(units: int = 5, activation: str = "tanh") -> Any:
    import keras

    return keras.layers.Dense(units, activation=activation)


def _between(name: str, **options: Any) -> Callable[[Task], Any]:
    """A layer between two Dense layers."""
    return lambda task: network(task, _dense(), keras_name(f"layers.{name}")(**options), _dense(4))


def _first(name: str, **options: Any) -> Callable[[Task], Any]:
    """A layer before a Dense layer."""
    return lambda task: network(task, keras_name(f"layers.{name}")(**options), _dense())


def _frozen_batch_norm(task: Task) -> Any:
    layer = keras_name("layers.BatchNormalization")()
    layer.trainable = False
    return network(task, _dense(), layer, _dense(4))


def _batch_norm_in_frozen_model(task: Task) -> Any:
    import keras

    inner = keras.Sequential(
        [keras.Input((FEATURES,)), _dense(), keras.layers.BatchNormalization()]
    )
    inner.trainable = False
    model = keras.Sequential([keras.Input(task.input_shape), inner, _dense(4), head(task)])
    return compiled(model, task)


def _batch_norm_in_inference_mode(task: Task) -> Any:
    """A sub-model is called with ``training=False``: its statistics stay."""
    import keras

    inner = keras.Sequential(
        [keras.Input((FEATURES,)), _dense(), keras.layers.BatchNormalization()]
    )
    x = keras.Input(task.input_shape)
    return compiled(keras.Model(x, head(task)(inner(x, training=False))), task)


def _spectral(task: Task) -> Any:
    return network(task, keras_name("layers.SpectralNormalization")(_dense()))


def _adapted(task: Task) -> Any:
    """Normalization that is adapted in ``build``, with rows of its own."""
    layer = keras_name("layers.Normalization")(axis=-1)
    layer.adapt(np.random.RandomState(1).normal(1.0, 2.0, size=(50, FEATURES)).astype(np.float32))
    return network(task, layer, _dense())


def _given_statistics(task: Task) -> Any:
    mean, variance = np.linspace(-1, 1, FEATURES), np.linspace(0.5, 2, FEATURES)
    layer = keras_name("layers.Normalization")(axis=-1, mean=mean, variance=variance)
    return network(task, layer, _dense())


def _codes(task: Task) -> Any:
    """Discretization and an Embedding of its codes."""
    import keras

    edges = [-1.0, -0.3, 0.3, 1.0]
    layers = keras.layers
    return network(
        task, layers.Discretization(bin_boundaries=edges), layers.Embedding(6, 3), layers.Flatten()
    )


def _one_hot_codes(task: Task) -> Any:
    import keras

    layers = keras.layers
    encoding = layers.CategoryEncoding(num_tokens=6, output_mode="multi_hot")
    edges = [-1.0, -0.3, 0.3, 1.0]
    return network(task, layers.Discretization(bin_boundaries=edges), encoding, _dense())


def _initialized(name: str, **options: Any) -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        import keras

        initializer = keras_name(f"initializers.{name}")(**options)
        return network(task, keras.layers.Dense(5, "tanh", kernel_initializer=initializer))

    return build


def _own_initializer(task: Task) -> Any:
    """An initializer that draws from numpy's generator, which a fit seeds."""
    import keras

    def drawn(shape: Any, dtype: Any = None, **_: Any) -> Any:
        return np.random.normal(size=tuple(shape)).astype(np.float32) * 0.3

    return network(task, keras.layers.Dense(5, "tanh", kernel_initializer=drawn))


def _gaussian_noise_in_call(task: Task) -> Any:
    """A layer of the plug-in's own that draws with ``tf.random``."""
    import keras
    import tensorflow as tf

    class Noise(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any, training: bool = False) -> Any:
            return x + tf.random.normal(tf.shape(x), stddev=0.5) if training else x

    return network(task, _dense(), Noise(), _dense(4))


def _numpy_in_call(task: Task) -> Any:
    """A layer of the plug-in's own that draws with numpy in every step."""
    import keras
    import tensorflow as tf

    class Noise(keras.layers.Layer):  # type: ignore[misc]
        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            draw = tf.numpy_function(lambda: np.float32(np.random.normal()), [], tf.float32)
            return x + tf.ensure_shape(draw, []) * 0.5

    return network(task, _dense(), Noise(), _dense(4))


def _seed_generator(task: Task) -> Any:
    """A layer of the plug-in's own that draws with a Keras SeedGenerator."""
    need_keras(3)
    import keras

    class Noise(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.generator = keras.random.SeedGenerator()

        def call(self, x: Any, training: bool = False) -> Any:
            if not training:
                return x
            return x + keras.random.normal(keras.ops.shape(x), stddev=0.5, seed=self.generator)

    return network(task, _dense(), Noise(), _dense(4))


NORMALIZATION: dict[str, tuple[Callable[[Task], Any], Breakage]] = {
    "BatchNormalization": (_between("BatchNormalization"), "statistics not updated"),
    "BatchNormalization, momentum 0.5": (
        _between("BatchNormalization", momentum=0.5, epsilon=0.01),
        "statistics not updated",
    ),
    "BatchNormalization, neither center nor scale": (
        _between("BatchNormalization", center=False, scale=False),
        "statistics not updated",
    ),
    "BatchNormalization, other initial values": (
        _between("BatchNormalization", moving_mean_initializer="ones", gamma_initializer="zeros",
                 beta_initializer="ones"),
        "statistics not updated",
    ),
    "BatchNormalization, renorm": (
        _between("BatchNormalization", renorm=True), "statistics not updated"
    ),
    "BatchNormalization, frozen": (_frozen_batch_norm, "frozen layers trained"),
    "BatchNormalization in a frozen sub-model": (
        _batch_norm_in_frozen_model, "frozen layers trained"
    ),
    "BatchNormalization in a sub-model with training=False": (
        _batch_norm_in_inference_mode, "last batch dropped"
    ),
    "LayerNormalization": (_between("LayerNormalization"), "last batch dropped"),
    "GroupNormalization": (
        lambda task: network(task, _dense(6), keras_name("layers.GroupNormalization")(groups=2)),
        "last batch dropped",
    ),
    "UnitNormalization": (_between("UnitNormalization"), "last batch dropped"),
    "RMSNormalization": (_between("RMSNormalization"), "last batch dropped"),
    "SpectralNormalization": (_spectral, "training flag off"),
}  # fmt: skip
PREPROCESSING: dict[str, Callable[[Task], Any]] = {
    "Normalization, adapted in build": _adapted,
    "Normalization, statistics given": _given_statistics,
    "Rescaling": _first("Rescaling", scale=0.5, offset=0.1),
    "Discretization and Embedding": _codes,
    "Discretization and CategoryEncoding": _one_hot_codes,
}
RANDOM: dict[str, Callable[[Task], Any]] = {
    "Dropout": _between("Dropout", rate=0.5),
    "Dropout with a seed": _between("Dropout", rate=0.5, seed=3),
    "Dropout with noise_shape": _between("Dropout", rate=0.5, noise_shape=(None, 1)),
    "two Dropout layers": lambda task: network(
        task, *(layer for n in (5, 4) for layer in (_dense(n), keras_name("layers.Dropout")(0.4)))
    ),
    "AlphaDropout": _between("AlphaDropout", rate=0.4),
    "GaussianDropout": _between("GaussianDropout", rate=0.4),
    "GaussianNoise": _between("GaussianNoise", stddev=0.7),
    "GaussianNoise with a seed": _between("GaussianNoise", stddev=0.7, seed=5),
    "tf.random in a layer": _gaussian_noise_in_call,
    "numpy's generator in a layer": _numpy_in_call,
    "a SeedGenerator in a layer": _seed_generator,
}
FLAT: dict[str, Callable[[Task], Any]] = {
    "PReLU": _between("PReLU"),
    "LeakyReLU": _between("LeakyReLU"),
    "ELU": _between("ELU"),
    "Softmax as a layer": _between("Softmax"),
    "EinsumDense": _between("EinsumDense", equation="ab,bc->ac", output_shape=4, bias_axes="c"),
    "activation gelu": lambda task: network(task, _dense(5, "gelu")),
    "activation swish": lambda task: network(task, _dense(5, "swish")),
}
INITIALIZERS: dict[str, Callable[[Task], Any]] = {
    "HeNormal": _initialized("HeNormal"),
    "Orthogonal": _initialized("Orthogonal"),
    "TruncatedNormal with a seed": _initialized("TruncatedNormal", stddev=0.3, seed=11),
    "VarianceScaling": _initialized("VarianceScaling", scale=0.5, mode="fan_avg"),
    "an initializer of the plug-in's own": _own_initializer,
}

CONSTRUCTS = (
    *(Construct(n, "normalization", b, by) for n, (b, by) in NORMALIZATION.items()),
    *(Construct(n, "preprocessing", b, "last batch dropped") for n, b in PREPROCESSING.items()),
    *(Construct(n, "random layers", b, "training flag off", is_random=True, epochs=6)
      for n, b in RANDOM.items()),
    *(Construct(n, "layers", b, "last batch dropped") for n, b in FLAT.items()),
    *(Construct(n, "initializers", b, "seed of another fit") for n, b in INITIALIZERS.items()),
)  # fmt: skip

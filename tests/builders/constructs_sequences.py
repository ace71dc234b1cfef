"""Constructs: convolutions, recurrent layers and attention, on sequences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from builders.constructs import (
    CHANNELS,
    STEPS,
    Construct,
    NotInThisVersion,
    compiled,
    flat_network,
    head,
    keras_name,
    network,
)
from evenfold.contract import Task


def _layer(name: str, *arguments: Any, **options: Any) -> Callable[[Task], Any]:
    return lambda task: flat_network(task, keras_name(f"layers.{name}")(*arguments, **options))


def _after_convolution(name: str, *arguments: Any, **options: Any) -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        convolution = keras_name("layers.Conv1D")(4, 2, activation="tanh")
        return flat_network(task, convolution, keras_name(f"layers.{name}")(*arguments, **options))

    return build


def _bidirectional(name: str, **options: Any) -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        inner = keras_name(f"layers.{name}")(3, return_sequences=True)
        return flat_network(task, keras_name("layers.Bidirectional")(inner, **options))

    return build


def _stacked(task: Task) -> Any:
    import keras

    cells = [keras.layers.LSTMCell(3), keras.layers.GRUCell(3)]
    return network(task, keras.layers.RNN(cells))


def _own_cell(task: Task) -> Any:
    import keras
    import tensorflow as tf

    class Leaky(keras.layers.Layer):  # type: ignore[misc]
        state_size = 3
        output_size = 3

        def build(self, shape: Any) -> None:
            self.kernel = self.add_weight(
                shape=(shape[-1], 3), initializer="glorot_uniform", name="kernel"
            )
            self.built = True

        def call(self, x: Any, states: Any) -> Any:
            new = tf.tanh(tf.matmul(x, self.kernel) + 0.8 * states[0])
            return new, [new]

    return network(task, keras.layers.RNN(Leaky()))


def _masked(task: Task) -> Any:
    import keras

    layers = keras.layers
    return network(task, layers.ReLU(), layers.Masking(0.0), layers.LSTM(3))


def _stateful(name: str) -> Callable[[Task], Any]:
    """Batches are of one size, so all rows are in whole batches."""

    def build(task: Task) -> Any:
        import keras

        x = keras.Input(batch_shape=(8, STEPS, CHANNELS))
        inner = keras_name(f"layers.{name}")(3, stateful=True)(x)
        return compiled(keras.Model(x, head(task)(inner)), task)

    return build


def _self_attention(name: str, **options: Any) -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        import keras

        layers = keras.layers
        x = keras.Input(task.input_shape)
        inner = layers.Dense(4, activation="tanh")(x)
        inner = keras_name(f"layers.{name}")(**options)([inner, inner])
        return compiled(keras.Model(x, head(task)(layers.Flatten()(inner))), task)

    return build


def _multi_head(dropout: float = 0.0, name: str = "MultiHeadAttention") -> Callable[[Task], Any]:
    def build(task: Task) -> Any:
        import keras

        layers = keras.layers
        options = {"num_heads": 2, "key_dim": 3, "dropout": dropout}
        if name == "GroupQueryAttention":
            options = {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}
        x = keras.Input(task.input_shape)
        inner = keras_name(f"layers.{name}")(**options)(x, x)
        inner = layers.LayerNormalization()(layers.add([inner, x]))
        pooled = layers.GlobalAveragePooling1D()(inner)
        return compiled(keras.Model(x, head(task)(pooled)), task)

    return build


def _causal_attention(task: Task) -> Any:
    import keras

    layers = keras.layers
    x = keras.Input(task.input_shape)
    attention = layers.MultiHeadAttention(num_heads=1, key_dim=2)
    try:
        inner = attention(x, x, use_causal_mask=True)
    except TypeError as error:
        raise NotInThisVersion("MultiHeadAttention has no use_causal_mask") from error
    return compiled(keras.Model(x, head(task)(layers.Flatten()(inner))), task)


def _image(name: str, *arguments: Any, **options: Any) -> Callable[[Task], Any]:
    """A layer of images: a sequence with its channels as columns."""

    def build(task: Task) -> Any:
        layer = keras_name(f"layers.{name}")(*arguments, **options)
        return flat_network(task, keras_name("layers.Reshape")((STEPS, CHANNELS, 1)), layer)

    return build


def _distributed(task: Task) -> Any:
    import keras

    layers = keras.layers
    return flat_network(task, layers.TimeDistributed(layers.Dense(3, activation="tanh")))


CONVOLUTIONS: dict[str, Callable[[Task], Any]] = {
    "Conv1D": _layer("Conv1D", 4, 3, activation="relu"),
    "Conv1D, causal, dilated": _layer("Conv1D", 4, 2, padding="causal", dilation_rate=2),
    "Conv1D, same, strides": _layer("Conv1D", 4, 3, padding="same", strides=2),
    "Conv1D, groups": _layer("Conv1D", 4, 3, groups=2, padding="same"),
    "SeparableConv1D": _layer("SeparableConv1D", 4, 3, depth_multiplier=2),
    "DepthwiseConv1D": _layer("DepthwiseConv1D", 3, depth_multiplier=2),
    "Conv1DTranspose": _layer("Conv1DTranspose", 3, 3, strides=2),
    "Conv2D": _image("Conv2D", 4, 2),
    "DepthwiseConv2D": _image("DepthwiseConv2D", 2),
    "MaxPooling1D": _after_convolution("MaxPooling1D", 2),
    "AveragePooling1D": _after_convolution("AveragePooling1D", 2, padding="same"),
    "GlobalMaxPooling1D": _after_convolution("GlobalMaxPooling1D"),
    "GlobalAveragePooling1D": _after_convolution("GlobalAveragePooling1D"),
    "UpSampling1D": _after_convolution("UpSampling1D", 2),
    "ZeroPadding1D": _after_convolution("ZeroPadding1D", 1),
    "Cropping1D": _after_convolution("Cropping1D", 1),
    "Permute": _after_convolution("Permute", (2, 1)),
    "BatchNormalization after a convolution": _after_convolution("BatchNormalization"),
    "TimeDistributed": _distributed,
}
RECURRENT: dict[str, Callable[[Task], Any]] = {
    "SimpleRNN": _layer("SimpleRNN", 3),
    "LSTM": _layer("LSTM", 3),
    "LSTM, unrolled": _layer("LSTM", 3, unroll=True),
    "LSTM, return_sequences": _layer("LSTM", 3, return_sequences=True),
    "LSTM, go_backwards": _layer("LSTM", 3, go_backwards=True),
    "GRU": _layer("GRU", 3),
    "GRU, reset_after off": _layer("GRU", 3, reset_after=False),
    "Bidirectional LSTM": _bidirectional("LSTM"),
    "Bidirectional GRU, summed": _bidirectional("GRU", merge_mode="sum"),
    "stacked cells": _stacked,
    "a cell of the plug-in's own": _own_cell,
    "Masking before an LSTM": _masked,
    "ConvLSTM1D": lambda task: flat_network(
        task,
        keras_name("layers.Reshape")((3, 2, CHANNELS)),
        keras_name("layers.ConvLSTM1D")(2, 2, padding="same"),
    ),
}
ATTENTION: dict[str, Callable[[Task], Any]] = {
    "Attention": _self_attention("Attention"),
    "Attention, scaled": _self_attention("Attention", use_scale=True),
    "AdditiveAttention": _self_attention("AdditiveAttention"),
    "MultiHeadAttention": _multi_head(),
    "MultiHeadAttention, causal": _causal_attention,
    "GroupQueryAttention": _multi_head(name="GroupQueryAttention"),
}
RANDOM: dict[str, Callable[[Task], Any]] = {
    "SpatialDropout1D": _after_convolution("SpatialDropout1D", 0.5),
    "LSTM with dropout": _layer("LSTM", 3, dropout=0.5),
    "LSTM with recurrent_dropout": _layer("LSTM", 3, recurrent_dropout=0.5),
    "LSTM with a seeded dropout": _layer("LSTM", 3, dropout=0.5, seed=4),
    "GRU with dropout": _layer("GRU", 3, dropout=0.4, recurrent_dropout=0.3),
    "MultiHeadAttention with dropout": _multi_head(dropout=0.4),
    "Attention with dropout": _self_attention("Attention", dropout=0.5),
}

CONSTRUCTS = (
    *(Construct(n, "layers", b, "last batch dropped", layout="sequence")
      for n, b in CONVOLUTIONS.items()),
    *(Construct(n, "recurrent layers", b, "last batch dropped", layout="sequence")
      for n, b in RECURRENT.items()),
    *(Construct(f"{n}, stateful", "recurrent layers", _stateful(n), "last batch dropped",
                layout="sequence", rows=64, batch_size=8) for n in ("LSTM", "GRU")),
    *(Construct(n, "attention", b, "last batch dropped", layout="sequence")
      for n, b in ATTENTION.items()),
    *(Construct(n, "random layers", b, "training flag off", is_random=True, epochs=6,
                layout="sequence") for n, b in RANDOM.items()),
)  # fmt: skip

"""What is compiled at once is made of listed Keras constructs alone, and each trains as in fit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.models import BUILT_IN, NETWORK
from evenfold import Model, Task
from evenfold.plugins.models import load_model
from evenfold.worker import train
from evenfold.worker.engines import proven
from evenfold.worker.engines.choice import compile_training

TASK = Task((6, 3), 2)


@pytest.fixture(autouse=True)
def keras(compiled_framework):
    return pytest.importorskip("keras")


def network(*layers, optimizer="adam", loss="binary_crossentropy", **arguments):
    import keras

    dense = keras.layers.Dense
    model = keras.Sequential(
        [keras.Input(TASK.input_shape), *layers, keras.layers.Flatten(), dense(1, "sigmoid")]
    )
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], **arguments)
    return model


def test_built_in_networks_are_proven(built_in_files):
    """Their studies do not pay for a comparison with fit."""
    for name in sorted(BUILT_IN):
        plugin = load_model(name, built_in_files[name])
        if plugin.model.epochs is not None:
            shape = (30,) if plugin.model.layout == "flat" else (30, 1)
            assert "" == proven.unproven(plugin.model.build(Task(shape, 2)))


def unproven_networks(keras):
    """By what is unproven, a network with it."""
    layers, optimizers = keras.layers, keras.optimizers

    class Dense(layers.Dense):
        pass

    def relu(x):
        return 0.5 * keras.activations.relu(x)

    class Shifted(keras.losses.BinaryCrossentropy):
        pass

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = layers.Dense(1, "sigmoid")

        def call(self, x):
            return self.last(x)

    patched = layers.Dense(2)
    patched.call = lambda x: x
    inputs = keras.Input(TASK.input_shape)
    functional = keras.Model(inputs, layers.Dense(1, "sigmoid")(layers.Flatten()(2 * inputs + 1)))
    subclassed = Net()
    for model in (functional, subclassed):
        model.compile("adam", "binary_crossentropy")
    return {
        "a subclass of the same name": network(Dense(2)),
        "a function of the same name": network(layers.Dense(2, activation=relu)),
        "an unlisted layer": network(layers.LSTM(2)),
        "an unlisted option": network(layers.Conv1D(2, 2, dilation_rate=2)),
        "a patched layer": network(patched),
        "an unlisted activation": network(layers.Dense(2, activation="hard_sigmoid")),
        "a penalty by a function": network(layers.Dense(2, kernel_regularizer=lambda w: 0.0)),
        "another dtype": network(layers.Dense(2, dtype="float64")),
        "an own loss": network(loss=Shifted()),
        "an own metric": network(weighted_metrics=["accuracy"]),
        "weights of losses": network(loss_weights=[2.0]),
        "an unlisted optimizer": network(optimizer=optimizers.Ftrl(0.1)),
        "an own schedule": network(optimizer=optimizers.SGD(own_schedule(keras))),
        "operators on tensors": functional,
        "a subclassed model": subclassed,
    }


def own_schedule(keras):
    class Own(keras.optimizers.schedules.LearningRateSchedule):
        def __call__(self, step):
            return 0.1

        def get_config(self):
            return {}

    return Own()


def test_what_is_not_listed_is_unproven(keras):
    for name, model in unproven_networks(keras).items():
        assert proven.unproven(model), name


def test_a_newer_keras_is_unproven(keras, monkeypatch):
    model = network()
    assert "" == proven.unproven(model)
    monkeypatch.setattr(keras, "__version__", "3.99.0")
    assert "Keras 3.99.0" == proven.unproven(model)


def test_listed_names_are_of_keras(keras):
    for names, module in (
        (proven.LAYERS, keras.layers),
        (proven.SCHEDULES, keras.optimizers.schedules),
        (proven.ACTIVATIONS, keras.activations),
    ):
        missing = {name for name in names if not hasattr(module, name)}
        assert missing <= {"silu"}


def every_listed_construct(keras):
    """One network of all listed layers that draw no random numbers, and its optimizer."""
    layers = keras.layers
    inputs = keras.Input(TASK.input_shape)
    x = layers.Conv1D(4, 2, padding="same", activation="tanh", kernel_regularizer="l2")(inputs)
    x = layers.BatchNormalization(momentum=0.8)(x)
    pooled = layers.MaxPooling1D(2, strides=1)(x)
    averaged = layers.AveragePooling1D(2, strides=1)(x)
    x = layers.LayerNormalization()(layers.Add()([pooled, averaged]))
    x = layers.Activation("elu")(layers.ReLU(max_value=6.0)(x))
    ends = [
        layers.GlobalAveragePooling1D()(x),
        layers.GlobalMaxPooling1D()(x),
        layers.Flatten()(layers.Reshape((4, 5))(x)),
    ]
    x = layers.Concatenate()(ends)
    x = layers.Dense(3, "softplus", kernel_constraint="max_norm", bias_regularizer="l1")(x)
    frozen = layers.Dense(3, "relu", trainable=False)
    return keras.Model(inputs, layers.Dense(1, "sigmoid")(frozen(x)))


SCHEDULED = "keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.7))"


@pytest.mark.slow(reason="the model is traced for both engines")
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "adagrad", SCHEDULED])
def test_listed_constructs_train_as_in_fit(write_model, framework, keras, optimizer):
    """Each layer once, in one graph; XLA compiles it where Keras 3 is."""

    def build(task):
        rule = eval(optimizer, {"keras": keras}) if "." in optimizer else optimizer
        model = every_listed_construct(keras)
        model.compile(optimizer=rule, loss=task.loss, metrics=["accuracy"])
        return model

    plugin = replace(
        write_model(NETWORK), model=Model(build, layout="sequence", epochs=3, batch_size=16)
    )
    rng = np.random.RandomState(3)
    x, y = rng.normal(size=(41, *TASK.input_shape)), np.arange(41) % 2
    from evenfold import Fold

    fold = Fold(TASK, "sequence", x, y, x[:5])
    engine = compile_training(plugin, fold, framework)
    history = engine.fit(fold, 5, shuffle=False)
    assert "" == engine.unproven
    stock = train.prepare(plugin, fold, 5, framework).model
    expected = stock.fit(
        x.astype(np.float32), y, batch_size=16, epochs=3, shuffle=False, verbose=0
    ).history
    for name in expected:
        np.testing.assert_allclose(history[name], expected[name], rtol=0, atol=1e-5)
    for ours, theirs in zip(engine.model.get_weights(), stock.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4)

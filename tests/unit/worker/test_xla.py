"""Steps compiled by XLA: their random numbers, and what becomes of what XLA does not know."""

from __future__ import annotations

import numpy as np
import pytest

from builders.models import NETWORK
from evenfold.worker.engines.choice import compile_training
from evenfold.worker.engines.tensorflow import trace, xla

RATE = 0.3
SHAPE = (200, 500)
UNCOMPILABLE = NETWORK.replace(
    "    model = keras.Sequential([",
    """
    import numpy as np
    import tensorflow as tf

    class Outside(keras.layers.Layer):
        def call(self, x):
            return tf.ensure_shape(tf.grad_pass_through(
                lambda x: tf.numpy_function(np.asarray, [x], tf.float32))(x), x.shape)

    model = keras.Sequential([""",
).replace("    keras.layers.Dense(", "    Outside(),\n    keras.layers.Dense(", 1)


@pytest.fixture(autouse=True)
def keras(tensorflow_framework):
    """Keras 3 on TensorFlow; of older ones XLA takes none."""
    keras = pytest.importorskip("keras")
    if int(keras.__version__.split(".")[0]) < 3:
        pytest.skip("layers of Keras 2 do not say whether XLA can compile them")
    return keras


class Drawing:
    """Stands for a model: a training step is one mask of a dropout layer."""

    def __init__(self, layer):
        import tensorflow as tf

        self.layer = layer
        self.kept = tf.Variable(tf.zeros(SHAPE))

    def train_step(self, data):
        self.kept.assign(self.layer(data[0], training=True))


def masks(keras, count, seed):
    """Return which values XLA's dropout kept, as booleans, in so many steps."""
    import tensorflow as tf

    drawing = Drawing(keras.layers.Dropout(RATE, seed=seed))
    step = xla.train_step(drawing)
    draws = []
    for _ in range(count):
        step(tf.ones(SHAPE), tf.zeros(1))
        draws.append(drawing.kept.numpy() > 0)
    return draws


def test_masks_are_of_their_rate_and_know_nothing_of_each_other(keras):
    """Within five standard deviations: of every row and column, of steps, and of seeds."""
    first, second = masks(keras, 2, seed=1)
    other = masks(keras, 1, seed=2)[0]
    keep, spread = 1 - RATE, np.sqrt(RATE * (1 - RATE))
    for axis in (0, 1):
        means = first.mean(axis=axis)
        assert np.abs(means - keep).max() < 5 * spread / np.sqrt(first.shape[axis])
    rows, columns = (first[1:], first[:-1]), (first[:, 1:], first[:, :-1])
    for a, b in ((first, second), (first, other), rows, columns):
        both = (a & b).mean()
        sure = keep**2
        assert abs(both - sure) < 5 * np.sqrt(sure * (1 - sure) / a.size)


def test_the_same_seed_gives_the_same_masks(keras):
    (a, b), (c, d) = (masks(keras, 2, seed=3) for _ in range(2))
    assert np.array_equal(a, c)
    assert np.array_equal(b, d)


def test_outside_a_step_random_functions_are_tensorflows_own(keras):
    import tensorflow as tf

    before = (tf.random.stateless_uniform, tf.nn.experimental.stateless_dropout)
    masks(keras, 1, seed=1)
    assert before == (tf.random.stateless_uniform, tf.nn.experimental.stateless_dropout)


def test_a_stock_network_is_taken(write_model, flat_fold, framework):
    engine = compile_training(write_model(NETWORK), flat_fold, framework)
    engine.fit(flat_fold, 1, epochs=1)
    assert engine.in_xla


def test_what_xla_cannot_compile_is_trained_without_it(write_model, flat_fold, framework):
    """And exactly as if it had never been tried."""
    plain = compile_training(write_model(NETWORK, "net"), flat_fold, framework)
    plain.in_xla = False
    plain._run = trace.training(plain.model, plain.task, in_xla=False)
    engine = compile_training(write_model(UNCOMPILABLE, "net"), flat_fold, framework)
    histories = [engine.fit(flat_fold, 4) for _ in range(2)]
    assert not engine.in_xla
    assert [plain.fit(flat_fold, 4)] * 2 == histories

"""The compiled engine on TensorFlow: its graph, its kernels, its random operators."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from builders.models import BLOCKS
from evenfold import Fold
from evenfold.errors import Skip
from evenfold.worker.engines.choice import compile_training


@pytest.fixture(autouse=True)
def tensorflow(tensorflow_framework):
    """Only on TensorFlow."""


@pytest.fixture(scope="module")
def fold(cancer, tutorial_split):
    from evenfold.data.folds import make_fold

    return make_fold(cancer, tutorial_split, "sequence")


@pytest.fixture
def blocks(write_model):
    return write_model(BLOCKS.format(rate=0.5), "blocks")


def digest(model):
    weights = b"".join(np.asarray(w).tobytes() for w in model.get_weights())
    return hashlib.sha256(weights).hexdigest()


BY_TENSORFLOW = """
    model.set_weights([tf.random.normal(w.shape, stddev=0.1, {seed}).numpy() + 0.5
                       for w in model.get_weights()])
    optimizer ="""


@pytest.mark.parametrize("seed", ["", "seed=3"])
def test_initial_weights_by_tensorflow_are_those_of_the_seed(write_model, fold, framework, seed):
    """Its operators count how often they have drawn, until its seed is set."""
    text = BLOCKS.format(rate=0.5).replace("import keras", "import keras, tensorflow as tf")
    text = text.replace("\n    optimizer =", BY_TENSORFLOW.format(seed=seed), 1)
    engine = compile_training(write_model(text, "drawn"), fold, framework)
    seen = {}
    for number in (1, 2, 1, 1, 2):
        engine.fit(fold, number, epochs=2)
        assert seen.setdefault(number, digest(engine.model)) == digest(engine.model)
    assert 2 == len(set(seen.values()))
    assert not engine.keeps_kernels


OWN_LAYER = """
    class Noise(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            self.held = [tf.random.Generator.from_seed(1)]

        def call(self, x, training=False):
            return x + {drawn} if training else x

    layers = keras.layers
    layers.Noise = Noise
"""
DRAWN = {
    "by an operator": "tf.random.normal([1], stddev=0.1)",
    "in Python": "tf.reshape(tf.py_function(lambda: tf.random.normal([1]), [], tf.float32), [1])",
}


@pytest.mark.parametrize("drawn", DRAWN)
def test_what_draws_by_itself_is_left_to_fit(write_model, fold, framework, drawn):
    """The same seed would not give the same fit in any order and any process."""
    text = BLOCKS.format(rate=0.5).replace("import keras", "import keras, tensorflow as tf")
    text = text.replace("    layers = keras.layers\n", OWN_LAYER.format(drawn=DRAWN[drawn]))
    text = text.replace("layers.Flatten(),", "layers.Noise(), layers.Flatten(),")
    with pytest.raises(Skip, match=r"it draws"):
        compile_training(write_model(text, "noisy"), fold, framework)


def test_a_generator_in_a_list_is_set_again(write_model, fold, framework):
    """No layer tracks it, and fit begins it anew too."""
    text = BLOCKS.format(rate=0.0).replace("import keras", "import keras, tensorflow as tf")
    drawn = "self.held[0].normal([1], stddev=0.1)"
    text = text.replace("    layers = keras.layers\n", OWN_LAYER.format(drawn=drawn))
    text = text.replace("layers.Flatten(),", "layers.Noise(), layers.Flatten(),")
    engine = compile_training(write_model(text, "noisy"), fold, framework)
    assert "Noise" == engine.unproven
    seen = {}
    for seed in (1, 2, 1):
        engine.fit(fold, seed)
        assert seen.setdefault(seed, digest(engine.model)) == digest(engine.model)


def test_a_fit_is_the_same_whether_or_not_tensorflows_seed_is_set(blocks, fold, framework):
    """It is not where Keras draws all there is to draw: to set it takes as long as ten epochs."""
    engine = compile_training(blocks, fold, framework)
    engine.fit(fold, 1)
    assert engine.keeps_kernels
    expected, engine.keeps_kernels = digest(engine.model), False
    for seed in (2, 1):
        engine.fit(fold, seed)
    assert expected == digest(engine.model)


def test_folds_of_other_row_counts_need_no_new_tracing(blocks, fold, framework):
    engine = compile_training(blocks, fold, framework)
    engine.fit(fold, 1, epochs=1)
    for rows in (1, 31, 64, 100):
        part = Fold(fold.task, fold.layout, fold.x_train[:rows], fold.y_train[:rows], fold.x_test)
        history = engine.fit(part, 1, epochs=1)
        assert np.isfinite(history["loss"]).all()
    assert 1 == engine.traces()


IN_A_WORKER = """
import sys
import numpy as np
from evenfold.contract import Fold, Task
from evenfold.worker import device, train
from evenfold.worker.engines.tensorflow import xla
from evenfold.plugins.models import load_model
from evenfold.worker.engines.choice import compile_training
from pathlib import Path

framework = device.open_framework(threads=1)
rng = np.random.default_rng(0)
x = rng.normal(size=(71, 6, 1))
fold = Fold(Task((6, 1), 2), "sequence", x, (x.sum(axis=(1, 2)) > 0).astype(np.int64), x[:5])
for file in sys.argv[1:]:
    plugin = load_model(Path(file).stem, Path(file))
    engine = compile_training(plugin, fold, framework)
    stock = train.prepare(plugin, fold, 5, framework).model
    expected = stock.fit(x.astype(np.float32), fold.y_train, batch_size=32, epochs=3,
                         shuffle=False, verbose=0).history
    histories = [engine.fit(fold, seed, shuffle=False) for seed in (5, 6, 5)]
    assert engine.in_one_thread
    assert engine.in_xla == (not engine.unproven and xla.can_compile(engine.model))
    assert histories[0] == histories[2] != histories[1]
    for name in expected:
        np.testing.assert_allclose(histories[0][name], expected[name], rtol=0, atol=1e-4)
print("equal")
"""
RECURRENT = """
from evenfold import Model

def build(task):
    import keras
    layers = keras.layers
    model = keras.Sequential([
        keras.Input(shape=task.input_shape),
        layers.LSTM(4, return_sequences=True, unroll=False),
        layers.GRU(4, reset_after=True),
        layers.Dense(task.output_units, activation=task.output_activation),
    ])
    model.compile(optimizer=keras.optimizers.RMSprop(0.01), loss=task.loss, metrics=["accuracy"])
    return model

MODEL = Model(build, layout="sequence", epochs=3)
"""


@pytest.mark.slow(reason="a process of its own imports TensorFlow")
def test_in_a_worker_loops_inside_loops_end_and_train_as_fit_does(run_python, tmp_path):
    """There operators are run in one thread, which loops of the model's own must not block."""
    files = {"blocks": BLOCKS.format(rate=0.0), "recurrent": RECURRENT}
    for name, text in files.items():
        (tmp_path / f"{name}.py").write_text(text)
    done = run_python("-c", IN_A_WORKER, *(tmp_path / f"{name}.py" for name in files))
    assert "equal" == done.stdout.strip(), done.stderr

"""The compiled engine trains as ``model.fit`` does, and again exactly so from the same seed."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from builders.models import BLOCKS, NETWORK, SUBCLASSED
from evenfold import Fold
from evenfold.errors import Skip
from evenfold.worker import train
from evenfold.worker.engines.compiled import CompiledTraining
from evenfold.worker.engines.stock import STOCK
from evenfold.worker.fits import Fitter


@pytest.fixture(autouse=True)
def tensorflow(framework):
    if framework.name != "tensorflow":
        pytest.skip("the compiled engine is TensorFlow's")


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


def test_without_chance_the_losses_are_those_of_fit(write_model, fold, framework):
    """Batch statistics, a penalty, clipping, a smaller last batch; three epochs in one order."""
    plugin = write_model(BLOCKS.format(rate=0.0), "blocks")
    # First, since it changes how Keras 2 draws initial weights.
    engine = CompiledTraining(plugin, fold, framework)
    stock = train.prepare(plugin, fold, 5, framework).model
    expected = stock.fit(
        fold.x_train.astype(np.float32), fold.y_train,
        batch_size=32, epochs=3, shuffle=False, verbose=0,
    ).history  # fmt: skip
    history = engine.fit(fold, 5, shuffle=False)
    assert len(fold.x_train) % 32
    assert set(expected) == set(history)
    for name in expected:
        np.testing.assert_allclose(history[name], expected[name], rtol=0, atol=1e-4)
    for ours, theirs in zip(engine.model.get_weights(), stock.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-3)


def test_the_same_seed_gives_the_same_fit_in_any_order(blocks, fold, framework):
    engine = CompiledTraining(blocks, fold, framework)
    seen = {}
    for seed in (1, 2, 1, 3, 2):
        engine.fit(fold, seed)
        assert seen.setdefault(seed, digest(engine.model)) == digest(engine.model)
    assert 3 == len(set(seen.values()))


def test_another_engine_gives_the_same_fit(blocks, fold, framework):
    first, second = (CompiledTraining(blocks, fold, framework) for _ in range(2))
    first.fit(fold, 9)
    second.fit(fold, 4)
    second.fit(fold, 9)
    assert digest(first.model) == digest(second.model)


def test_seeds_differ_in_dropout_alone_too(write_model, fold, framework):
    """From equal weights and in one order, masks still depend on the seed."""
    text = (
        BLOCKS.format(rate=0.5)
        .replace(
            "    model.compile",
            "    rng = __import__('numpy').random.RandomState(0)\n"
            "    model.set_weights([rng.normal(size=w.shape) * 0.1 + 0.5"
            " for w in model.get_weights()])\n    model.compile",
            1,
        )
        .replace("    optimizer =", "    model.build((None, *task.input_shape))\n    optimizer =")
    )
    engine = CompiledTraining(write_model(text, "even"), fold, framework)
    losses = [engine.fit(fold, seed, epochs=1, shuffle=False)["loss"] for seed in (1, 2, 1)]
    assert losses[0] == losses[2]
    assert losses[0] != losses[1]


BY_TENSORFLOW = """
    model.set_weights([tf.random.normal(w.shape, stddev=0.1, {seed}).numpy() + 0.5
                       for w in model.get_weights()])
    optimizer ="""


@pytest.mark.parametrize("seed", ["", "seed=3"])
def test_initial_weights_by_tensorflow_are_those_of_the_seed(write_model, fold, framework, seed):
    """Its operators count how often they have drawn, until its seed is set."""
    text = BLOCKS.format(rate=0.5).replace("import keras", "import keras, tensorflow as tf")
    text = text.replace("\n    optimizer =", BY_TENSORFLOW.format(seed=seed), 1)
    engine = CompiledTraining(write_model(text, "drawn"), fold, framework)
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
        CompiledTraining(write_model(text, "noisy"), fold, framework)


def test_a_generator_in_a_list_is_set_again(write_model, fold, framework):
    """No layer tracks it, and fit begins it anew too."""
    text = BLOCKS.format(rate=0.0).replace("import keras", "import keras, tensorflow as tf")
    drawn = "self.held[0].normal([1], stddev=0.1)"
    text = text.replace("    layers = keras.layers\n", OWN_LAYER.format(drawn=drawn))
    text = text.replace("layers.Flatten(),", "layers.Noise(), layers.Flatten(),")
    engine = CompiledTraining(write_model(text, "noisy"), fold, framework)
    assert "Noise" == engine.unproven
    seen = {}
    for seed in (1, 2, 1):
        engine.fit(fold, seed)
        assert seen.setdefault(seed, digest(engine.model)) == digest(engine.model)


def test_a_fit_is_the_same_whether_or_not_tensorflows_seed_is_set(blocks, fold, framework):
    """It is not where Keras draws all there is to draw: to set it takes as long as ten epochs."""
    engine = CompiledTraining(blocks, fold, framework)
    engine.fit(fold, 1)
    assert engine.keeps_kernels
    expected, engine.keeps_kernels = digest(engine.model), False
    for seed in (2, 1):
        engine.fit(fold, seed)
    assert expected == digest(engine.model)


def test_epochs_are_shuffled_anew(blocks, fold, framework):
    engine = CompiledTraining(blocks, fold, framework)
    shuffled, plain = (engine.fit(fold, 1, shuffle=shuffle)["loss"] for shuffle in (True, False))
    assert shuffled != plain


def test_folds_of_other_row_counts_need_no_new_tracing(blocks, fold, framework):
    engine = CompiledTraining(blocks, fold, framework)
    engine.fit(fold, 1, epochs=1)
    for rows in (1, 31, 64, 100):
        part = Fold(fold.task, fold.layout, fold.x_train[:rows], fold.y_train[:rows], fold.x_test)
        history = engine.fit(part, 1, epochs=1)
        assert np.isfinite(history["loss"]).all()
    assert 1 == engine.traces()


def test_it_predicts_what_predict_does(blocks, fold, framework):
    """To float32's rounding, for parts of any number of rows."""
    engine = CompiledTraining(blocks, fold, framework)
    for seed, rows in ((1, 114), (2, 57), (3, 1)):
        engine.fit(fold, seed, epochs=1)
        x = fold.x_test[:rows].astype(np.float32)
        expected = engine.model.predict(x, batch_size=rows, verbose=0)
        np.testing.assert_allclose(engine.predict(x), expected, rtol=0, atol=1e-6)


def test_several_classes(write_model, framework):
    from evenfold.data.datasets import built_in
    from evenfold.data.folds import make_fold
    from evenfold.data.splits import holdout

    wine = built_in("wine")
    fold = make_fold(wine, holdout(wine)[0], "flat")
    history = CompiledTraining(write_model(NETWORK, "net"), fold, framework).fit(fold, 0, epochs=20)
    assert history["loss"][-1] < history["loss"][0] / 2


def test_a_subclassed_network_is_trained_and_watched(write_model, flat_fold, framework):
    """It may not know the shape of its output before it is called."""
    engine = CompiledTraining(write_model(SUBCLASSED, "net"), flat_fold, framework)
    engine.fit(flat_fold, 1, watched=flat_fold.x_test.astype(np.float32))
    assert (2, len(flat_fold.x_test), 1) == engine.outputs.shape


def test_callbacks_are_left_to_fit(write_model, flat_fold, framework):
    text = NETWORK.replace("epochs=3", "epochs=3, callbacks=lambda: [object()]")
    with pytest.raises(Skip, match="callbacks act between epochs"):
        CompiledTraining(write_model(text), flat_fold, framework)


OWN = """
    class Own(keras.Sequential):
        def {name}(self, *args, **more):
            return super().{name}(*args, **more)

    model = Own(["""


def own(name):
    return NETWORK.replace("    model = keras.Sequential([", OWN.format(name=name))


EAGER = NETWORK.replace('metrics=["accuracy"])', 'metrics=["accuracy"], run_eagerly=True)')


@pytest.mark.parametrize(
    ("text", "why"),
    [
        *((own(name), f"its {name} is its own") for name in STOCK),
        (EAGER, "it is compiled to run eagerly"),
    ],
)
def test_what_a_graph_would_change_is_left_to_fit_and_noted(write_model, flat_fold, text, why):
    fitted = Fitter(None, False).fit(write_model(text), flat_fold, 0, "compiled")
    assert ("keras", why) == (fitted.engine, fitted.note)
    assert 3 == len(fitted.history["loss"])


IN_A_WORKER = """
import sys
import numpy as np
from evenfold.contract import Fold, Task
from evenfold.worker import device, train
from evenfold.worker.engines import xla
from evenfold.plugins.models import load_model
from evenfold.worker.engines.compiled import CompiledTraining
from pathlib import Path

framework = device.open_framework(threads=1)
rng = np.random.default_rng(0)
x = rng.normal(size=(71, 6, 1))
fold = Fold(Task((6, 1), 2), "sequence", x, (x.sum(axis=(1, 2)) > 0).astype(np.int64), x[:5])
for file in sys.argv[1:]:
    plugin = load_model(Path(file).stem, Path(file))
    engine = CompiledTraining(plugin, fold, framework)
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

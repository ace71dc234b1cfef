"""The compiled engine trains as ``model.fit`` does, and again exactly so from the same seed."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from builders.models import BLOCKS, NETWORK, SUBCLASSED
from evenfold.errors import Skip
from evenfold.worker import train
from evenfold.worker.engines.choice import compile_training
from evenfold.worker.engines.stock import STOCK
from evenfold.worker.fits import Fitter


@pytest.fixture(autouse=True)
def compiled(compiled_framework):
    """Every compiled engine passes these tests."""


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
    engine = compile_training(plugin, fold, framework)
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
    engine = compile_training(blocks, fold, framework)
    seen = {}
    for seed in (1, 2, 1, 3, 2):
        engine.fit(fold, seed)
        assert seen.setdefault(seed, digest(engine.model)) == digest(engine.model)
    assert 3 == len(set(seen.values()))


def test_another_engine_gives_the_same_fit(blocks, fold, framework):
    first, second = (compile_training(blocks, fold, framework) for _ in range(2))
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
    engine = compile_training(write_model(text, "even"), fold, framework)
    losses = [engine.fit(fold, seed, epochs=1, shuffle=False)["loss"] for seed in (1, 2, 1)]
    assert losses[0] == losses[2]
    assert losses[0] != losses[1]


def test_epochs_are_shuffled_anew(blocks, fold, framework):
    engine = compile_training(blocks, fold, framework)
    shuffled, plain = (engine.fit(fold, 1, shuffle=shuffle)["loss"] for shuffle in (True, False))
    assert shuffled != plain


def test_it_predicts_what_predict_does(blocks, fold, framework):
    """To float32's rounding, for parts of any number of rows."""
    engine = compile_training(blocks, fold, framework)
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
    history = compile_training(write_model(NETWORK, "net"), fold, framework).fit(fold, 0, epochs=20)
    assert history["loss"][-1] < history["loss"][0] / 2


def test_a_subclassed_network_is_trained_and_watched(write_model, flat_fold, framework):
    """It may not know the shape of its output before it is called."""
    engine = compile_training(write_model(SUBCLASSED, "net"), flat_fold, framework)
    engine.fit(flat_fold, 1, watched=flat_fold.x_test.astype(np.float32))
    assert (2, len(flat_fold.x_test), 1) == engine.outputs.shape


def test_callbacks_are_left_to_fit(write_model, flat_fold, framework):
    text = NETWORK.replace("epochs=3", "epochs=3, callbacks=lambda: [object()]")
    with pytest.raises(Skip, match="callbacks act between epochs"):
        compile_training(write_model(text), flat_fold, framework)


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

"""The compiled engine begins, trains and ends as ``fit`` does, or leaves a model to it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.models import DIVERGES, NETWORK
from evenfold import Fold
from evenfold.errors import FitError, Skip
from evenfold.worker import optimizers, train
from evenfold.worker.engines.choice import compile_training
from evenfold.worker.engines.tensorflow import state, trace
from evenfold.worker.fits import Fitter

DENSE = NETWORK.replace("        keras.layers.Dropout(0.5),\n", "").replace(
    "MODEL = Model(build, epochs=3)", "MODEL = Model(build, epochs=3, batch_size=16)"
)
MADE = "keras.optimizers.Adam(learning_rate=0.01)"
OWN = """
    class Own(keras.layers.Layer):
        {body}

    model = keras.Sequential(["""


@pytest.fixture(autouse=True)
def tensorflow(tensorflow_framework):
    """Only on TensorFlow."""


@pytest.fixture(scope="module")
def fold(flat_fold):
    rows = slice(0, 41)  # two batches and a smaller one
    return replace(flat_fold, x_train=flat_fold.x_train[rows], y_train=flat_fold.y_train[rows])


def keras_3():
    import keras

    return int(keras.__version__.split(".")[0]) >= 3


def with_optimizer(optimizer):
    return DENSE.replace(MADE, optimizer)


def with_layer(body):
    """A network with a layer of its own."""
    text = DENSE.replace("import keras\n", "import keras\n    import tensorflow as tf\n", 1)
    text = text.replace("\n    model = keras.Sequential([", OWN.format(body=body), 1)
    return text.replace("keras.layers.Dense(4", "Own(),\n        keras.layers.Dense(4", 1)


def largest_difference(plugin, fold, framework):
    """Of weights and losses, between the engine's second fit and stock ``fit``."""
    engine = compile_training(plugin, fold, framework)
    engine.fit(fold, 9)
    history = engine.fit(fold, 5, shuffle=False)
    stock = train.prepare(plugin, fold, 5, framework).model
    expected = stock.fit(
        fold.x_train.astype(np.float32), fold.y_train,
        batch_size=16, epochs=3, shuffle=False, verbose=0,
    ).history  # fmt: skip
    assert set(expected) == set(history)
    pairs = [
        *zip(engine.model.get_weights(), stock.get_weights(), strict=True),
        *((np.array(history[name]), np.array(expected[name])) for name in expected),
    ]
    return max(float(np.abs(a - b).max()) for a, b in pairs)


OPTIMIZERS = {
    "accumulators begin at 0.1": "keras.optimizers.Adagrad(0.1)",
    "accumulators begin at 0.1 and one is divided by": "keras.optimizers.Ftrl(0.1)",
    "a product begins at 1": "keras.optimizers.Nadam(0.05)",
}
AVERAGED = {
    "averaged at the end": "keras.optimizers.Adam(0.05, use_ema=True, ema_momentum=0.8)",
    "averaged every three steps": (
        "keras.optimizers.SGD(0.2, use_ema=True, ema_momentum=0.8, ema_overwrite_frequency=3)"
    ),
}
KERAS_3 = {
    "a scale begins at 2^15": "keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam(0.05))",
    "gradients are left over": "keras.optimizers.SGD(0.2, gradient_accumulation_steps=2)",
}


@pytest.mark.slow(reason="each optimizer is traced for both engines")
@pytest.mark.parametrize("name", [*OPTIMIZERS, *AVERAGED, *KERAS_3])
def test_optimizers_begin_and_end_as_in_fit(write_model, fold, framework, name):
    if name in KERAS_3 and not keras_3():
        pytest.skip("of Keras 3")
    if name in AVERAGED and not hasattr(__import__("keras").optimizers.Adam(), "use_ema"):
        pytest.skip("of Keras 2.11")
    text = with_optimizer({**OPTIMIZERS, **AVERAGED, **KERAS_3}[name])
    assert largest_difference(write_model(text), fold, framework) < 1e-5


@pytest.mark.slow(reason="the model is traced for both engines")
def test_slots_that_begin_at_zero_would_show(write_model, fold, framework, monkeypatch):
    original = state.copy

    def zeroing(sources, targets):
        original(sources, targets)
        for variable in targets:
            if "accumulator" in variable.name:
                variable.assign(variable * 0)

    plugin = write_model(with_optimizer(OPTIMIZERS["accumulators begin at 0.1"]))
    monkeypatch.setattr(state, "copy", zeroing)
    assert largest_difference(plugin, fold, framework) > 1e-3


@pytest.mark.slow(reason="the model is traced for both engines")
def test_averages_that_are_not_put_in_place_would_show(write_model, fold, framework, monkeypatch):
    plugin = write_model(with_optimizer(AVERAGED["averaged at the end"]))
    if not hasattr(__import__("keras").optimizers.Adam(), "use_ema"):
        pytest.skip("of Keras 2.11")
    monkeypatch.setattr(optimizers, "finalize", lambda model: None)
    assert largest_difference(plugin, fold, framework) > 1e-3


@pytest.mark.slow(reason="the model is traced for both engines")
def test_a_model_trained_in_build_goes_on_from_there(write_model, fold, framework):
    """Its optimizer has counted steps, and its slots are not those of a new one."""
    trained = """
    model.fit(__import__("numpy").ones((8, *task.input_shape)), __import__("numpy").ones(8),
              epochs=2, verbose=0)
    return model
"""
    plugin = write_model(DENSE.replace("    return model\n", trained))
    assert largest_difference(plugin, fold, framework) < 1e-5


COUNTS_IN_A_LIST = """def __init__(self):
            super().__init__()
            self.kept = {"count": tf.Variable(0.0, trainable=False)}

        def call(self, x, training=False):
            if training:
                self.kept["count"].assign_add(1.0)
            return x * (1 + 0.1 * self.kept["count"])"""
COUNTS_IN_PYTHON = """calls = 0

        def call(self, x):
            Own.calls += 1
            return x * Own.calls"""


@pytest.mark.slow(reason="the model is traced for both engines")
def test_state_that_keras_does_not_track_is_set_again(write_model, fold, framework):
    assert largest_difference(write_model(with_layer(COUNTS_IN_A_LIST)), fold, framework) < 1e-5


LEFT = {
    "Python that runs when traced": (
        with_layer(COUNTS_IN_PYTHON),
        "it trains otherwise than in fit",
    ),
    "a metric of several values": (
        DENSE.replace(
            'metrics=["accuracy"]',
            "metrics=[lambda y, p: keras.metrics.binary_accuracy(y, p), Vector()]",
        ).replace(
            "    model = keras.Sequential([",
            """    class Vector(keras.metrics.Mean):
        def result(self):
            import tensorflow as tf
            return tf.stack([super(Vector, self).result()] * 2)

        def update_state(self, y, p, sample_weight=None):
            return super(Vector, self).update_state(p)

    model = keras.Sequential([""",
            1,
        ),
        "is not one number",
    ),
    "a build with random options": (
        DENSE.replace('"relu"', '__import__("random").choice(["relu", "elu", "tanh", "gelu"])'),
        "its build does not configure the same model for each seed",
    ),
    "several steps at once": (
        DENSE.replace('metrics=["accuracy"]', 'metrics=["accuracy"], steps_per_execution=2'),
        "it is compiled to run several steps per execution",
    ),
    "a step of this object": (
        DENSE.replace(
            "    return model", "    model.train_step = model.train_step\n    return model"
        ),
        "its train_step is its own",
    ),
}


@pytest.mark.slow(reason="each model is traced for both engines")
@pytest.mark.parametrize("name", LEFT)
def test_what_differs_is_left_to_fit(write_model, fold, framework, name):
    text, reason = LEFT[name]
    with pytest.raises(Skip, match=reason):
        compile_training(write_model(text), fold, framework)


@pytest.mark.slow(reason="the model is traced for both engines")
def test_a_metric_of_several_values_is_one_column_for_each(write_model, fold):
    fitted = Fitter(None, False).fit(
        write_model(LEFT["a metric of several values"][0]), fold, 0, "compiled"
    )
    assert "keras" == fitted.engine
    names = {name.rstrip("01") for name in fitted.history if name.endswith(("_0", "_1"))}
    (name,) = names
    assert fitted.history[f"{name}0"] == fitted.history[f"{name}1"]


def test_a_fit_that_fails_is_repeated_by_fit_and_the_next_is_compiled(
    write_model, fold, monkeypatch
):
    """Neither the order of fits nor the worker changes the engine of another fit."""
    plugin = write_model(DENSE)
    fitter = Fitter(None, False)
    expected = fitter.fit(plugin, fold, 1, "compiled")
    (engine,) = fitter._compiled.values()
    run = engine._run

    def fail(*arguments):
        raise ValueError("no such\nthing")

    def diverge(*arguments):
        history, outputs = run(*arguments)
        return {name: values * np.nan for name, values in history.items()}, outputs

    for broken, note in ((fail, "ValueError: no such"), (diverge, "a loss is not finite")):
        monkeypatch.setattr(engine, "_run", broken)
        repeated = fitter.fit(plugin, fold, 1, "compiled")
        assert "keras" == repeated.engine
        assert note in repeated.note
        assert "\n" not in repeated.note
        assert np.isfinite(repeated.history["loss"]).all()
    monkeypatch.setattr(engine, "_run", run)
    again = fitter.fit(plugin, fold, 1, "compiled")
    assert ("compiled", "") == (again.engine, again.note)
    assert expected.history == again.history


@pytest.mark.slow(reason="the model is traced for both engines")
def test_a_layer_frozen_after_compile_is_trained_as_keras_does(write_model, fold, framework):
    """Keras 2 trains it, Keras 3 does not."""
    text = DENSE.replace("    return", "    model.layers[0].trainable = False\n    return")
    if keras_3():
        assert largest_difference(write_model(text), fold, framework) < 1e-5
    else:
        with pytest.raises(Skip, match="a layer is frozen or thawed after compile"):
            compile_training(write_model(text), fold, framework)


def test_what_cannot_be_traced_is_left_to_fit_in_one_sentence(
    write_model, fold, framework, monkeypatch
):
    def fail(*arguments):
        raise RuntimeError("in user code:\n\n    File one\n\n    no such\n")

    monkeypatch.setattr(trace, "training", fail)
    with pytest.raises(Skip, match=r"^its compiled training fails: RuntimeError: no such$"):
        compile_training(write_model(DENSE), fold, framework)


def test_what_fails_in_fit_too_is_the_error_of_fit(write_model, fold):
    with pytest.raises(FitError, match="the training diverged: a loss is not finite"):
        Fitter(None, False).fit(write_model(DIVERGES), fold, 0, "compiled")


@pytest.mark.slow(reason="the model is traced for both engines")
def test_the_engine_does_not_depend_on_the_first_fold(write_model, fold, framework):
    """A worker that begins with rows of zeros, or of one class, decides as any other."""
    empty = Fold(fold.task, fold.layout, fold.x_train * 0, fold.y_train * 0, fold.x_test * 0)
    plugin = write_model(with_layer(COUNTS_IN_A_LIST))
    a, b = (compile_training(plugin, first, framework) for first in (fold, empty))
    assert a.unproven == b.unproven == "Own"
    assert a.fit(fold, 3) == b.fit(fold, 3)

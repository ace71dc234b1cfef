"""One fit: building, training and its record."""

from __future__ import annotations

import numpy as np
import pytest

from builders.models import NETWORK
from evenfold import Fold, Task
from evenfold.errors import PluginError, Skip
from evenfold.plugins.models import load_model
from evenfold.worker import fit_record, seeds, train


def fit(plugin, fold, framework, seed=1, **more):
    prepared = train.prepare(plugin, fold, seed, framework, **more)
    train.run(prepared)
    return prepared


TUTORIAL = [
    ((29, 32), 96), ((29, 32), 128), ((29, 32), 0),
    ((28, 64), 4160), ((28, 64), 256), ((28, 64), 0),
    ((1792,), 0), ((64,), 114_752), ((64,), 0), ((1,), 65),
]  # fmt: skip


def layer_table(plugin):
    """Output shape and parameters of each layer, on the tutorial's data."""
    model = train.build(plugin, Task((30, 1), 2))
    return [(tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers]


def test_conv1d_is_the_tutorials_network(built_in_files, framework):
    """Layer by layer: output shapes and parameters of the tutorial's table."""
    plugin = load_model("conv1d", built_in_files["conv1d"])
    assert layer_table(plugin) == TUTORIAL
    model = train.build(plugin, Task((30, 1), 2))
    rates = [layer.rate for layer in model.layers if hasattr(layer, "rate")]
    assert [0.2, 0.5, 0.5] == rates
    assert 5e-5 == pytest.approx(float(np.asarray(model.optimizer.learning_rate)), rel=1e-6)
    assert (50, 32) == (plugin.model.epochs, plugin.model.batch_size)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Conv1D(32, 2", "Conv1D(32, 3"),
        ("Conv1D(64, 2", "Conv1D(48, 2"),
        ("layers.BatchNormalization(),\n", ""),
    ],
)  # fmt: skip
def test_another_network_is_not_the_tutorials(built_in_files, write_model, framework, old, new):
    text = built_in_files["conv1d"].read_text()
    assert old in text
    assert layer_table(write_model(text.replace(old, new, 1))) != TUTORIAL


def test_a_record_tells_costs_and_course(network, flat_fold, framework):
    record = fit_record.record(fit(network, flat_fold, framework))
    assert (3, 3) == (record.epochs, len(record.history["loss"]))
    assert {"loss", "accuracy"} == set(record.history)
    assert record.history["loss"][-1] < record.history["loss"][0]
    assert (30 * 4 + 4 + 4 + 1,) * 2 == (record.parameters, record.trainable_parameters)
    assert sum(record.epoch_seconds) <= record.fit_seconds
    # Tracing is in the first epoch.
    assert record.first_epoch_seconds > record.steady_epoch_seconds > 0
    assert record.build_seconds > 0


def test_conv1d_counts_what_is_not_trained(built_in_files, cancer, tutorial_split, framework):
    from evenfold.data.folds import make_fold

    plugin = load_model("conv1d", built_in_files["conv1d"])
    fold = make_fold(cancer, tutorial_split, "sequence")
    record = fit_record.record(fit(plugin, fold, framework, epochs=1))
    assert (119_457, 119_265) == (record.parameters, record.trainable_parameters)
    assert record.steady_epoch_seconds is None


def test_an_estimator_has_no_epochs(estimator, flat_fold, framework):
    record = fit_record.record(fit(estimator, flat_fold, framework, epochs=9))
    assert (None, (), {}, None) == (
        record.epochs,
        record.epoch_seconds,
        record.history,
        record.parameters,
    )
    assert record.fit_seconds > 0


@pytest.mark.parametrize("jit_compile", [True, False])
def test_the_record_says_whether_keras_compiles_the_training(
    write_model, flat_fold, framework, jit_compile
):
    """In every Keras from TensorFlow 2.8 on, whatever it calls it."""
    if framework.name == "torch" and jit_compile:
        pytest.skip("PyTorch compiles with a compiler of C++, which need not be there")
    old = 'metrics=["accuracy"])'
    assert old in NETWORK
    plugin = write_model(NETWORK.replace(old, f'metrics=["accuracy"], jit_compile={jit_compile})'))
    assert jit_compile is fit_record.record(fit(plugin, flat_fold, framework)).jit_compile


def test_keras_compiles_no_estimator(estimator, flat_fold, framework):
    assert fit_record.record(fit(estimator, flat_fold, framework)).jit_compile is None


def test_the_same_seed_gives_the_same_initial_weights(network, flat_fold, framework):
    first, again, other = (
        train.prepare(network, flat_fold, seed, framework).model.get_weights() for seed in (3, 3, 4)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not all(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


ONE_THREAD = """
import hashlib, sys
import numpy as np
from pathlib import Path
from evenfold.data.datasets import built_in
from evenfold.data.folds import make_fold
from evenfold.data.splits import holdout
from evenfold.worker import device, train
from evenfold.plugins.folders import built_in_folder
from evenfold.plugins.models import load_model
framework = device.open_framework(threads=1, determinism=True)
data = built_in("breast_cancer")
plugin = load_model("conv1d", built_in_folder() / "conv1d.py")
fold = make_fold(data, holdout(data)[0], "sequence")
for seed in (1, 2, 1):
    fit = train.prepare(plugin, fold, seed, framework, epochs=2)
    train.run(fit)
    weights = b"".join(np.asarray(w).tobytes() for w in fit.model.get_weights())
    print(hashlib.sha256(weights).hexdigest())
"""


@pytest.mark.slow(reason="two processes import TensorFlow")
def test_the_same_seed_gives_the_same_fit_bit_for_bit(run_python, framework):
    """On one thread with determinism on, within a process and between two."""
    lines = [run_python("-c", ONE_THREAD).stdout.split()[-3:] for _ in range(2)]
    assert lines[0] == lines[1]
    first, other, again = lines[0]
    assert first == again
    assert first != other


def test_keras_is_handed_float32_and_an_estimator_float64(network, estimator, flat_fold, framework):
    dtypes = [train.prepare(p, flat_fold, 0, framework).x.dtype for p in (network, estimator)]
    assert [np.float32, np.float64] == dtypes


def test_every_random_state_inside_an_estimator_is_set():
    from sklearn.ensemble import BaggingClassifier, RandomForestClassifier

    nested = BaggingClassifier(RandomForestClassifier())
    seeds.set_random_state(nested, 5)
    states = {k: v for k, v in nested.get_params().items() if k.endswith("random_state")}
    assert {"random_state": 5, "estimator__random_state": 5} == states


def test_the_same_seed_gives_the_same_forest(write_model, flat_fold, framework):
    text = """
    from evenfold import Model
    def build(task):
        from sklearn.ensemble import RandomForestClassifier
        return RandomForestClassifier(5)
    MODEL = Model(build)
    """
    forest = write_model(text)
    first, again, other = (
        fit(forest, flat_fold, framework, seed).model.predict_proba(flat_fold.x_test)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_callbacks_are_fresh_for_every_fit(write_model, flat_fold, framework):
    """An early stop in one fit does not stop the next."""
    text = NETWORK.replace(
        "MODEL = Model(build, epochs=3)",
        """
def callbacks():
    import keras
    class Stop(keras.callbacks.Callback):
        seen = 0
        def on_epoch_end(self, epoch, logs=None):
            self.seen += 1
            self.model.stop_training = self.seen == 2
    return [Stop()]

MODEL = Model(build, epochs=9, callbacks=callbacks)
""",
    )
    plugin = write_model(text)
    records = [fit_record.record(fit(plugin, flat_fold, framework)) for _ in range(2)]
    assert [2, 2] == [record.epochs for record in records]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return None", "build must return a compiled Keras model or an estimator.*NoneType"),
        ("return object()", "found object"),
        ("raise ValueError('boom')", r"build raised ValueError for Task\(.*: boom"),
        ("return 1 / 0", "build raised ZeroDivisionError"),
        (
            "import keras; return keras.Sequential([keras.Input(shape=task.input_shape),"
            " keras.layers.Dense(1)])",
            "the model is not compiled",
        ),
        (
            "import keras; m = keras.Sequential([keras.Input(shape=task.input_shape),"
            " keras.layers.Dense(7)]); m.compile('sgd', 'mse'); return m",
            r"the output has shape \(None, 7\), expected \(rows, 1\): end with Dense",
        ),
        (
            "import keras; m = keras.Sequential([keras.Input(shape=task.input_shape),"
            " keras.layers.Dense(1)]); m.compile('sgd', 'mse'); return m",
            r"a Keras model needs Model\(\.\.\., epochs=\.\.\.\)",
        ),
    ],
)
def test_what_cannot_be_trained_is_told(write_model, flat_fold, framework, body, message):
    text = f"from evenfold import Model\ndef build(task):\n    {body}\nMODEL = Model(build)\n"
    plugin = write_model(text)
    with pytest.raises(PluginError, match=r"model mine \(.*mine\.py\): .*" + message):
        train.prepare(plugin, flat_fold, 0, framework)


def test_a_missing_framework_is_a_reasoned_skip(write_model, flat_fold, framework):
    text = """
    from evenfold import Model
    def build(task):
        import no_such_framework
    MODEL = Model(build)
    """
    with pytest.raises(Skip, match="no_such_framework is not installed"):
        train.prepare(write_model(text), flat_fold, 0, framework)


@pytest.mark.parametrize(("name", "steps"), [("conv1d", 2), ("conv1d_three_block", 3)])
def test_too_few_steps_are_a_reasoned_skip(built_in_files, name, steps):
    with pytest.raises(Skip, match=f"the data has {steps}"):
        train.build(load_model(name, built_in_files[name]), Task((steps, 1), 2))


def test_an_estimator_is_skipped_on_a_gpu(estimator, flat_fold, framework, monkeypatch):
    from contextlib import nullcontext

    monkeypatch.setattr(framework.backend, "scope", lambda device: nullcontext())
    with pytest.raises(Skip, match="an estimator runs on the CPU"):
        train.prepare(estimator, flat_fold, 0, framework, "gpu")


@pytest.mark.parametrize(("features", "classes"), [(1, 2), (2, 3), (3, 5), (3000, 2)])
def test_built_in_models_fit_any_shape(built_in_files, framework, classes, features):
    """One epoch on tables as narrow and as wide as they come, two classes and more."""
    from evenfold.worker import inference

    rng = np.random.default_rng(0)
    y = np.arange(60) % classes
    for name in sorted(built_in_files):
        plugin = load_model(name, built_in_files[name])
        shape = (features,) if plugin.model.layout == "flat" else (features, 1)
        x = rng.normal(size=(60, *shape)) + y.reshape(-1, *[1] * len(shape))
        fold = Fold(Task(shape, classes), plugin.model.layout, x, y, x[:7])
        try:
            trained = fit(plugin, fold, framework, epochs=1)
        except Skip:
            assert name.startswith("conv1d")
            assert features < 4
            continue
        predicted = inference.predict(trained.model, fold.x_test, framework, "cpu", classes)
        assert (7, classes) == predicted.shape


def test_one_training_row_fits(network, framework):
    x = np.ones((1, 4))
    fold = Fold(Task((4,), 2), "flat", x, np.array([1]), x)
    assert fit_record.record(fit(network, fold, framework)).epochs == 3

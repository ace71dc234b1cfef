"""Predictions: every path gives the same numbers, and outputs are checked probabilities."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from builders.models import NETWORK, SUBCLASSED
from evenfold.contract import Fold, Task
from evenfold.errors import FitError, Skip, UsageError
from evenfold.worker import inference, paths, train

EXACT = [name for name in inference.path_names() if inference.is_exact(name)]
LOSSY = [name for name in inference.path_names() if name not in EXACT]


@pytest.fixture(scope="module")
def trained(request, framework, built_in_files, cancer, tutorial_split):
    from evenfold.data.folds import make_fold
    from evenfold.plugins.models import load_model

    plugin = load_model("conv1d", built_in_files["conv1d"])
    fold = make_fold(cancer, tutorial_split, "sequence")
    fit = train.prepare(plugin, fold, 0, framework, epochs=2)
    train.run(fit)
    return fit.model, fold


@pytest.fixture(scope="module")
def prepared(trained, framework):
    """Prepare a path of the trained network, each once: a conversion takes seconds."""
    model, fold = trained
    return cache(lambda path: inference.prepare_path(path, model, framework, fold.x_train))


@pytest.fixture(scope="module")
def subclassed(flat_fold, framework, tmp_path_factory):
    """Return a trained network that may not know the shape of its input."""
    from evenfold.plugins.models import load_model

    file = tmp_path_factory.mktemp("models") / "net.py"
    file.write_text(SUBCLASSED)
    fit = train.prepare(load_model("net", file), flat_fold, 0, framework, epochs=1)
    train.run(fit)
    return fit.model


def test_the_paths_are_the_files():
    """A file that is not registered would never run."""
    files = {file.stem for file in Path(paths.__file__).parent.glob("*.py")}
    assert files - {"__init__", "base"} == set(inference.path_names())
    assert (
        "predict", "call", "function", "litert", "litert_float16", "litert_int8", "onnx",
        "savedmodel", "xla",
    ) == inference.path_names()  # fmt: skip
    assert {"litert_float16", "litert_int8"} == set(inference.path_names()) - set(EXACT)


@pytest.mark.parametrize("path", EXACT[1:])
@pytest.mark.parametrize("rows", [1, 32, 114])
def test_every_path_gives_the_probabilities_of_predict(trained, prepared, path, rows):
    """Dropout and batch statistics are off on each."""
    model, fold = trained
    x = inference.as_input(model, fold.x_test[:rows])
    try:
        run = prepared(path)
    except Skip as skip:
        if "cannot convert" in str(skip):
            raise
        pytest.skip(str(skip))
    expected = prepared("predict")(x)
    np.testing.assert_allclose(run(x), expected, rtol=0, atol=inference.TOLERANCE)


def test_a_path_takes_batches_of_any_size_in_turn(trained, prepared):
    """What was planned for one size does not stay for the next."""
    model, fold = trained
    for path in EXACT:
        try:
            run = prepared(path)
        except Skip:
            continue
        for rows in (3, 1, 3):
            x = inference.as_input(model, fold.x_test[:rows])
            expected = prepared("predict")(x)
            np.testing.assert_allclose(run(x), expected, rtol=0, atol=inference.TOLERANCE)


def test_a_path_keeps_the_weights_that_it_was_made_of(trained, prepared):
    """What is exported is the trained model, not its architecture."""
    model, fold = trained
    x = inference.as_input(model, fold.x_test)
    before = prepared("predict")(x)
    assert before.std() > 1e-3
    for path in ("litert", "savedmodel"):
        try:
            run = prepared(path)
        except Skip:
            continue
        weights = model.get_weights()
        model.set_weights([np.zeros_like(array) for array in weights])
        predicted = run(x)
        model.set_weights(weights)
        np.testing.assert_allclose(predicted, before, rtol=0, atol=inference.TOLERANCE)


@pytest.mark.parametrize("path", LOSSY)
def test_a_rounded_model_is_smaller_and_near(trained, prepared, path):
    """Rounded it is, and no constant: its probabilities follow those of predict."""
    model, fold = trained
    x = inference.as_input(model, fold.x_test)
    try:
        run = prepared(path)
        whole = prepared("litert")
    except Skip as skip:
        pytest.skip(str(skip))
    expected = prepared("predict")(x)
    predicted = run(x)
    difference = np.abs(predicted - expected).max()
    assert 0 < difference < 0.1
    assert np.corrcoef(predicted[:, 0], expected[:, 0])[0, 1] > 0.99
    assert inference.size_bytes(run) < 0.7 * inference.size_bytes(whole)
    assert difference == pytest.approx(inference.agreement(path, expected, predicted, "net"))


def test_int8_is_calibrated_by_the_training_rows(trained, prepared, framework):
    """Ranges of other rows cut off what lies outside them."""
    model, fold = trained
    x = inference.as_input(model, fold.x_test)
    expected = prepared("predict")(x)
    differences = []
    for rows in (fold.x_train, fold.x_train / 1000):
        try:
            run = inference.prepare_path("litert_int8", model, framework, rows)
        except Skip as skip:
            pytest.skip(str(skip))
        differences.append(np.abs(run(x) - expected).max())
    assert differences[0] < differences[1] / 5


def test_an_exact_path_that_differs_is_refused():
    """A model's name and both paths are in the message."""
    expected, predicted = np.array([[0.5, 0.5]]), np.array([[0.6, 0.4]])
    with pytest.raises(
        FitError, match=r"net: call gives .* differ from predict's by 0\.1, allowed"
    ):
        inference.agreement("call", expected, predicted, "net")
    assert 0.1 == pytest.approx(inference.agreement("litert_int8", expected, predicted, "net"))


def test_what_is_converted_tells_its_size(trained, prepared):
    """A trained network's weights alone take four bytes each."""
    model, _ = trained
    weights = 4 * sum(array.size for array in model.get_weights())
    for path in EXACT:
        try:
            run = prepared(path)
        except Skip:
            continue
        size = inference.size_bytes(run)
        if path in ("litert", "onnx", "savedmodel"):
            assert weights / 2 < size < 20 * weights
        else:
            assert size is None


@pytest.mark.parametrize("path", EXACT[1:])
def test_a_subclassed_network_is_run_alike_or_skipped(subclassed, flat_fold, framework, path):
    """It may not know the shape of its input."""
    x = inference.as_input(subclassed, flat_fold.x_test)
    expected = inference.prepare_path("predict", subclassed, framework, flat_fold.x_train)(x)
    try:
        run = inference.prepare_path(path, subclassed, framework, flat_fold.x_train)
    except Skip as skip:
        pytest.skip(str(skip))
    np.testing.assert_allclose(run(x), expected, rtol=0, atol=inference.TOLERANCE)


def test_an_estimator_is_run_by_predict_and_where_it_can_be_by_onnx(
    estimator, flat_fold, framework
):
    fit = train.prepare(estimator, flat_fold, 0, framework)
    train.run(fit)
    for path in set(inference.path_names()) - {"predict", "onnx"}:
        with pytest.raises(Skip, match="an estimator"):
            inference.prepare_path(path, fit.model, framework, flat_fold.x_train)
    x = inference.as_input(fit.model, flat_fold.x_test)
    try:
        run = inference.prepare_path("onnx", fit.model, framework, flat_fold.x_train)
    except Skip as skip:
        pytest.skip(str(skip))
    expected = inference.prepare_path("predict", fit.model, framework, flat_fold.x_train)(x)
    np.testing.assert_allclose(run(x), expected, rtol=0, atol=inference.TOLERANCE)


def test_an_unknown_path_is_a_usage_error(framework):
    with pytest.raises(UsageError, match=r"no inference path '\.\./call': there are predict, call"):
        inference.prepare_path("../call", None, framework, np.zeros((1, 3)))


def test_a_single_unit_is_the_probability_of_class_1():
    predicted = inference.probabilities(np.array([[0.25], [1.0]], np.float32), 2)
    np.testing.assert_array_equal([[0.75, 0.25], [0.0, 1.0]], predicted)
    assert np.float64 == predicted.dtype


def test_rounding_of_a_softmax_is_mended():
    predicted = inference.probabilities(np.array([[0.3334, 0.3333, 0.3334]]), 3)
    assert 1.0 == pytest.approx(predicted.sum(), abs=1e-15)


@pytest.mark.parametrize(
    ("outputs", "classes", "message"),
    [
        ([[np.nan]], 2, "not finite"),
        ([[np.inf, 0.0]], 2, "not finite"),
        ([[1.5]], 2, "outside"),
        ([[-0.1, 1.1]], 2, "outside"),
        ([[0.2, 0.2]], 2, "does not sum to 1"),
        ([[0.2, 0.2, 0.6]], 2, r"shape \(1, 3\), expected \(rows, 2\)"),
        ([0.2], 2, r"shape \(1,\), expected \(rows, 2\)"),
    ],
)
def test_what_are_no_probabilities_is_refused(outputs, classes, message):
    with pytest.raises(FitError, match=message):
        inference.probabilities(np.array(outputs), classes)


def test_no_rows_are_no_error():
    assert (0, 2) == inference.probabilities(np.zeros((0, 1)), 2).shape


def test_a_batchs_bytes_are_of_the_two_largest_layers(trained, estimator, flat_fold, framework):
    """Of conv1d: 28 x 64 twice, and 29 x 32 is less."""
    model, _ = trained
    assert 4 * 10 * 2 * 28 * 64 == inference.batch_bytes(model, 10)
    assert (
        inference.batch_bytes(train.prepare(estimator, flat_fold, 0, framework).model, 10) is None
    )


@pytest.mark.parametrize("classes", [3, 10])
def test_a_rounded_softmax_of_several_classes_is_probabilities(write_model, framework, classes):
    """In steps of 1/256 a row need not sum to 1 as nearly as in float32."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(90, 4)), np.arange(90) % classes
    fold = Fold(Task((4,), classes), "flat", x, y, x)
    model = train.prepare(write_model(NETWORK, "net"), fold, 0, framework).model
    for path in LOSSY:
        try:
            run = inference.prepare_path(path, model, framework, x)
        except Skip as skip:
            pytest.skip(str(skip))
        outputs = run(inference.as_input(model, x))
        predicted = inference.probabilities(outputs, classes, path)
        np.testing.assert_allclose(1, predicted.sum(axis=1), rtol=1e-12)
    with pytest.raises(FitError, match="does not sum to 1"):
        inference.probabilities(outputs * 0.9, classes, path)


def test_int8_is_shown_rows_of_every_part(trained, framework):
    """Sorted by who they are of, the first ones are not like the others."""
    model, fold = trained
    x = inference.as_input(model, fold.x_test)
    expected = inference.prepare_path("predict", model, framework, fold.x_train)(x)
    rows = np.concatenate([np.zeros((600, *fold.x_train.shape[1:])), fold.x_train])
    try:
        run = inference.prepare_path("litert_int8", model, framework, rows)
    except Skip as skip:
        pytest.skip(str(skip))
    assert np.abs(run(x) - expected).max() < 0.2


RECURRENT = """
from evenfold import Model

def build(task):
    import keras
    layers = keras.layers
    model = keras.Sequential([
        keras.Input(shape=task.input_shape),
        layers.LSTM(3),
        layers.Dense(task.output_units, activation=task.output_activation),
    ])
    model.compile("adam", task.loss)
    return model

MODEL = Model(build, layout="sequence", epochs=1)
"""


@pytest.fixture(scope="module")
def recurrent(framework, tmp_path_factory):
    """A trained LSTM: plug-in, fold, fit, and each path prepared once, or the reason."""
    from evenfold.plugins.models import load_model

    file = tmp_path_factory.mktemp("models") / "recurrent.py"
    file.write_text(RECURRENT)
    plugin = load_model("recurrent", file)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(24, 5, 1)), np.arange(24) % 2
    fold = Fold(Task((5, 1), 2), "sequence", x, y, x[:8])
    fit = train.prepare(plugin, fold, 0, framework)
    train.run(fit)

    @cache
    def path(name):
        try:
            return inference.prepare_path(name, fit.model, framework, fold.x_train)
        except Skip as skip:
            return str(skip)

    return plugin, fold, fit, path


@pytest.mark.parametrize("name", inference.path_names())
def test_a_path_of_an_lstm_predicts_or_is_skipped_in_one_line(recurrent, name, capfd):
    _, fold, fit, path = recurrent
    run, x = path(name), inference.as_input(fit.model, fold.x_test)
    if isinstance(run, str):
        assert "\n" not in run
        assert len(run) <= 150
        assert "error:" not in capfd.readouterr().err
    else:
        tolerance = inference.TOLERANCE if inference.is_exact(name) else 0.1
        np.testing.assert_allclose(run(x), path("predict")(x), rtol=0, atol=tolerance)


def test_what_litert_cannot_convert_is_named(recurrent, framework):
    if framework.name != "tensorflow":
        pytest.skip("LiteRT converts TensorFlow's models")
    reason = recurrent[3]("litert")
    if not isinstance(reason, str):
        pytest.skip("this TensorFlow's LiteRT converts an LSTM")
    assert reason.startswith("LiteRT cannot convert it: ConverterError: 'tf.TensorListReserve' op")


def test_a_race_of_an_unsupported_path_is_skipped_with_the_reason(recurrent, framework):
    from evenfold.worker.clock import Workload
    from evenfold.worker.samplers import PredictionSampler

    plugin, fold, fit, path = recurrent
    if not isinstance(path("litert"), str):
        pytest.skip("LiteRT converts it")
    workload = Workload(
        plugin, fold, 0, framework, "cpu", clock="wall", path="litert", rows=1, delay=0.0,
        weights=None,
    )  # fmt: skip
    with pytest.raises(Skip) as skipped:
        PredictionSampler(workload, fit)
    assert path("litert") == str(skipped.value)


def test_an_operator_that_a_path_lacks_is_a_reason_and_a_wrong_prediction_is_none(framework):
    """A lookup of strings: SavedModel has it, LiteRT, ONNX and XLA have not."""
    if framework.name != "tensorflow":
        pytest.skip("a layer of TensorFlow's")
    import keras
    import tensorflow as tf

    class Lookup(keras.layers.Layer):
        def __init__(self):
            super().__init__()
            entries = tf.lookup.KeyValueTensorInitializer(["0", "1"], [0.25, 0.75])
            self.table = tf.lookup.StaticHashTable(entries, 0.0)

        def call(self, x):
            return self.table.lookup(tf.strings.as_string(tf.cast(x > 0, tf.int32)))

        def compute_output_shape(self, shape):
            return shape

    model = keras.Sequential([keras.Input((1,)), Lookup()])
    x = np.array([[-1], [1]], np.float32)
    reasons = {}
    for name in inference.path_names():
        try:
            run = inference.prepare_path(name, model, framework, x)
            np.testing.assert_allclose(run(x), [[0.25], [0.75]])
        except Skip as skip:
            reasons[name] = str(skip)
    assert {"litert", "litert_float16", "litert_int8", "onnx", "xla"} == set(reasons)
    assert all(len(reason) <= 150 and "\n" not in reason for reason in reasons.values())
    assert "XLA cannot convert it: InvalidArgumentError: No registered 'AsString'" in reasons["xla"]


def test_complex_outputs_are_no_probabilities():
    """numpy would leave the imaginary part out."""
    with pytest.raises(FitError, match="outputs are complex numbers"):
        inference.probabilities(np.full((3, 2), 0.5 + 1j), 2)


@pytest.mark.parametrize("rows", [0, 2, 4])
def test_outputs_are_of_the_rows_that_were_asked_for(rows):
    with pytest.raises(FitError, match=f"outputs have {rows} rows, expected 3"):
        inference.require_rows(np.full((rows, 2), 0.5), np.zeros((3, 4)))

"""Predictions: every path gives the same numbers, and outputs are checked probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from conftest import SUBCLASSED
from evenfold.errors import FitError, Skip, UsageError
from evenfold.worker import infer, train


@pytest.fixture(scope="module")
def trained(request, framework, built_in_files, cancer, tutorial_split):
    from evenfold.data.folds import make_fold
    from evenfold.worker import plugins

    plugin = plugins.load("conv1d", built_in_files)
    fold = make_fold(cancer, tutorial_split, "sequence")
    fit = train.prepare(plugin, fold, 0, framework, epochs=2)
    train.run(fit)
    return fit.model, fold


def test_the_paths_are_the_files():
    assert (
        "predict", "call", "function", "litert", "onnx", "savedmodel", "xla",
    ) == infer.path_names()  # fmt: skip


@pytest.mark.parametrize("path", infer.path_names()[1:])
@pytest.mark.parametrize("rows", [1, 32, 114])
def test_every_path_gives_the_probabilities_of_predict(trained, framework, path, rows):
    """Dropout and batch statistics are off on each."""
    model, fold = trained
    x = infer.as_input(model, fold.x_test[:rows])
    try:
        run = infer.prepare_path(path, model, framework)
    except Skip as skip:
        pytest.skip(str(skip))
    expected = infer.prepare_path("predict", model, framework)(x)
    np.testing.assert_allclose(run(x), expected, rtol=0, atol=infer.TOLERANCE)


def test_a_path_takes_batches_of_any_size_in_turn(trained, framework):
    """What was planned for one size does not stay for the next."""
    model, fold = trained
    for path in infer.path_names():
        try:
            run = infer.prepare_path(path, model, framework)
        except Skip:
            continue
        for rows in (3, 1, 3):
            x = infer.as_input(model, fold.x_test[:rows])
            expected = infer.prepare_path("predict", model, framework)(x)
            np.testing.assert_allclose(run(x), expected, rtol=0, atol=infer.TOLERANCE)


def test_a_path_keeps_the_weights_that_it_was_made_of(trained, framework):
    """What is exported is the trained model, not its architecture."""
    model, fold = trained
    x = infer.as_input(model, fold.x_test)
    before = infer.prepare_path("predict", model, framework)(x)
    assert before.std() > 1e-3
    for path in ("litert", "savedmodel"):
        try:
            run = infer.prepare_path(path, model, framework)
        except Skip:
            continue
        weights = model.get_weights()
        model.set_weights([np.zeros_like(array) for array in weights])
        found = run(x)
        model.set_weights(weights)
        np.testing.assert_allclose(found, before, rtol=0, atol=infer.TOLERANCE)


@pytest.mark.parametrize("path", infer.path_names()[1:])
def test_a_subclassed_network_is_run_alike_or_skipped(write_model, flat_fold, framework, path):
    """It may not know the shape of its input."""
    fit = train.prepare(write_model(SUBCLASSED, "net"), flat_fold, 0, framework, epochs=1)
    train.run(fit)
    x = infer.as_input(fit.model, flat_fold.x_test)
    expected = infer.prepare_path("predict", fit.model, framework)(x)
    try:
        run = infer.prepare_path(path, fit.model, framework)
    except Skip as skip:
        pytest.skip(str(skip))
    np.testing.assert_allclose(run(x), expected, rtol=0, atol=infer.TOLERANCE)


def test_an_estimator_is_run_by_predict_and_where_it_can_be_by_onnx(
    estimator, flat_fold, framework
):
    fit = train.prepare(estimator, flat_fold, 0, framework)
    train.run(fit)
    for path in set(infer.path_names()) - {"predict", "onnx"}:
        with pytest.raises(Skip, match="an estimator"):
            infer.prepare_path(path, fit.model, framework)
    x = infer.as_input(fit.model, flat_fold.x_test)
    try:
        run = infer.prepare_path("onnx", fit.model, framework)
    except Skip as skip:
        pytest.skip(str(skip))
    expected = infer.prepare_path("predict", fit.model, framework)(x)
    np.testing.assert_allclose(run(x), expected, rtol=0, atol=infer.TOLERANCE)


def test_an_unknown_path_is_a_usage_error(framework):
    with pytest.raises(UsageError, match=r"no inference path '\.\./call': one of predict, call"):
        infer.prepare_path("../call", None, framework)


def test_a_single_unit_is_the_probability_of_class_1():
    found = infer.probabilities(np.array([[0.25], [1.0]], np.float32), 2)
    np.testing.assert_array_equal([[0.75, 0.25], [0.0, 1.0]], found)
    assert np.float64 == found.dtype


def test_rounding_of_a_softmax_is_mended():
    found = infer.probabilities(np.array([[0.3334, 0.3333, 0.3334]]), 3)
    assert 1.0 == pytest.approx(found.sum(), abs=1e-15)


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
        infer.probabilities(np.array(outputs), classes)


def test_no_rows_are_no_error():
    assert (0, 2) == infer.probabilities(np.zeros((0, 1)), 2).shape

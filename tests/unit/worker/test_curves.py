"""What a network predicts after every epoch: the same training, watched; no worker has labels."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from builders.models import BLOCKS, ESTIMATOR, NETWORK
from evenfold.score.runner import learning_curves_of
from evenfold.worker import fit_record
from evenfold.worker.fits import Fitter

PARTS = ("training", "held_out")
ENGINES = ("compiled", "keras")


@pytest.fixture(scope="module")
def fitter():
    return Fitter(None, False)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_last_epochs_predictions_are_the_fits(
    fitter, write_model, flat_fold, framework, engine
):
    fitted = fitter.fit(write_model(NETWORK, "net"), flat_fold, 3, engine, True)
    rows = len(flat_fold.x_train) + len(flat_fold.x_test)
    assert (3, rows, 2) == fitted.curves.shape
    held_out = fitted.curves[-1, len(flat_fold.x_train) :]
    np.testing.assert_allclose(fitted.probabilities, held_out, rtol=0, atol=1e-5)
    # Untrained weights predict otherwise.
    assert np.abs(fitted.curves[0] - fitted.curves[-1]).max() > 0.01


@pytest.mark.parametrize("engine", ENGINES)
def test_to_watch_changes_nothing(fitter, write_model, flat_fold, framework, engine):
    plugin = write_model(NETWORK, "net")
    watched, alone = (fitter.fit(plugin, flat_fold, 5, engine, w) for w in (True, False))
    assert alone.curves is None
    assert alone.history == watched.history
    assert np.array_equal(alone.probabilities, watched.probabilities)


def test_both_engines_see_the_same_where_there_is_no_chance(
    fitter, cancer, tutorial_split, write_model, compiled_framework
):
    """Batch statistics included: what is watched is the model as it predicts, not as it trains."""
    from evenfold.data.folds import make_fold

    fold = make_fold(cancer, tutorial_split, "sequence")
    text = BLOCKS.format(rate=0.0).replace("batch_size=32", f"batch_size={len(fold.x_train)}")
    plugin = write_model(text, "whole")
    seen = [fitter.fit(plugin, fold, 4, engine, True).curves for engine in ENGINES]
    np.testing.assert_allclose(*seen, rtol=0, atol=1e-3)


def test_an_estimator_has_none(fitter, write_model, flat_fold):
    """Whether or not its file says how many epochs it would have."""
    for text in (ESTIMATOR, ESTIMATOR.replace("Model(build", "Model(build, epochs=2")):
        fitted = fitter.fit(write_model(text, "bayes"), flat_fold, 3, "compiled", True)
        assert "estimator" == fitted.engine
        assert fitted.curves is None


def test_training_and_held_out_rows_are_not_mixed_up(cancer, tutorial_split):
    """All of the training part right in the second epoch, all of the held-out part wrong."""
    truth = np.eye(2)[cancer.y]
    train, test = truth[tutorial_split.train], truth[tutorial_split.test]
    epochs = [np.full((len(cancer.y), 2), 0.5), np.concatenate([train, 1 - test])]
    curves = learning_curves_of(cancer, tutorial_split, np.array(epochs).tolist())
    assert 1.0 == curves["training_accuracy"][1]
    assert 0.0 == curves["held_out_accuracy"][1]
    assert [np.log(2)] * 2 == pytest.approx([curves[f"{p}_log_loss"][0] for p in PARTS])
    assert curves["training_log_loss"][1] < 1e-9 < 30 < curves["held_out_log_loss"][1]


@pytest.mark.parametrize("watch", [False, True])
def test_fit_by_keras_has_the_seconds_of_each_epoch_without_what_is_watched(
    fitter, write_model, flat_fold, framework, watch
):
    fitted = fitter.fit(write_model(NETWORK, "net"), flat_fold, 3, "keras", watch)
    assert len(fitted.epoch_seconds) == len(fitted.history["loss"]) == 3
    assert min(fitted.epoch_seconds) > 0
    # What comes after the last epoch belongs to the fit alone.
    assert sum(fitted.epoch_seconds) <= fitted.seconds


def test_the_compiled_engine_has_no_seconds_of_epochs(
    fitter, write_model, flat_fold, compiled_framework
):
    fitted = fitter.fit(write_model(NETWORK, "net"), flat_fold, 3, "compiled", False)
    assert fitted.epoch_seconds == ()


def test_an_epoch_begins_after_what_was_watched_before_it():
    """Epochs of 2, 3 and 4 s, with 5 and 6 s of predictions after the first two."""
    second = 10**9
    fit = SimpleNamespace(started=second, ends=[3 * second, 11 * second, 21 * second])
    assert fit_record.epoch_seconds(fit, [5 * second, 6 * second, second]) == [2, 3, 4]
    assert fit_record.epoch_seconds(fit) == [2, 8, 10]
    assert fit_record.epoch_seconds(fit, imported=0.5) == [1.5, 8, 10]

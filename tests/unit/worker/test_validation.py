"""Validation rows: held back from the training rows for callbacks that monitor them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.models import NETWORK
from evenfold import Fold, Task
from evenfold.errors import PluginError
from evenfold.worker import fit_record, train
from evenfold.worker.fits import Fitter
from evenfold.worker.validation import held_back_rows
from strategies import PROPERTY, SEEDS, labels

STOPS = """
def callbacks():
    import keras
    return [keras.callbacks.{callback}]

MODEL = Model(build, epochs=15, batch_size=8, callbacks=callbacks{more})
"""


def stopping(callback, more=", validation=0.25"):
    """A network whose validation loss soon gets worse, by its learning rate."""
    text = NETWORK.replace(
        "MODEL = Model(build, epochs=3)", STOPS.format(callback=callback, more=more)
    )
    return text.replace("learning_rate=0.01", "learning_rate=0.5")


def noise(rows=48):
    """Labels that nothing in the rows tells: a validation loss gets worse soon."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(rows, 5)), np.arange(rows) % 2
    return Fold(Task((5,), 2), "flat", x, y, x[:8])


@PROPERTY
@given(y=labels(smallest=2), share=st.floats(0.01, 0.6), seed=SEEDS)
def test_each_class_is_in_both_parts_by_its_share(y, share, seed):
    kept, held_back = held_back_rows("net", y, share, seed)
    assert np.arange(len(y)).tolist() == sorted([*kept, *held_back])
    for label in np.unique(y):
        rows, count = (y == label).sum(), (y[held_back] == label).sum()
        assert count == max(1, round(share * rows))
        assert count < rows
    again = held_back_rows("net", y, share, seed)
    assert (kept.tolist(), held_back.tolist()) == (again[0].tolist(), again[1].tolist())


def test_another_seed_holds_back_other_rows():
    y = np.arange(60) % 3
    assert (
        held_back_rows("net", y, 0.2, 0)[1].tolist() != held_back_rows("net", y, 0.2, 1)[1].tolist()
    )


@pytest.mark.parametrize(("y", "share"), [([0, 0, 1], 0.1), ([0, 0, 0, 1, 1, 1], 0.9)])
def test_a_share_that_leaves_a_class_without_rows_is_refused(y, share):
    with pytest.raises(PluginError, match=rf"^net: Model\(validation={share}\) leaves no row to"):
        held_back_rows("net", np.array(y), share, 0)


def test_early_stopping_stops_by_rows_that_are_not_trained_on(write_model, framework):
    plugin = write_model(stopping("EarlyStopping(patience=2, restore_best_weights=True)"))
    fit = train.prepare(plugin, noise(), 1, framework)
    assert (36, 12) == (len(fit.x), len(fit.validation[1]))
    assert not {tuple(row) for row in fit.x} & {tuple(row) for row in fit.validation[0]}
    train.run(fit)
    record = fit_record.record(fit)
    assert record.epochs < 15
    assert record.epochs == len(record.epoch_seconds) == len(record.history["val_loss"])
    losses = record.history["val_loss"]
    assert min(losses) == losses[-3]
    x, y = fit.validation
    restored = fit.model.evaluate(x, y, verbose=0, return_dict=True)
    assert min(losses) == pytest.approx(restored["loss"], rel=1e-5)


def test_a_study_trains_with_validation_rows_by_fit_and_says_why(write_model, framework):
    plugin = write_model(stopping("EarlyStopping(patience=2)"))
    fitted = Fitter(None, False).fit(plugin, noise(), 1, "compiled", watch=True)
    assert "keras" == fitted.engine
    assert len(fitted.curves) == len(fitted.history["val_loss"]) < 15
    bare = write_model(NETWORK.replace("epochs=3", "epochs=3, validation=0.25"), "bare")
    fitted = Fitter(None, False).fit(bare, noise(), 1, "compiled")
    assert ("keras", "it is validated after each epoch") == (fitted.engine, fitted.note)
    assert 3 == len(fitted.history["val_loss"])


@pytest.mark.parametrize(
    ("callback", "name", "quantity"),
    [
        ("EarlyStopping()", "EarlyStopping", "loss"),
        ("EarlyStopping(monitor='val_accuracy')", "EarlyStopping", "accuracy"),
        ("ReduceLROnPlateau()", "ReduceLROnPlateau", "loss"),
        ("ModelCheckpoint('a.keras', save_best_only=True)", "ModelCheckpoint", "loss"),
    ],
)
def test_a_callback_that_monitors_rows_that_are_not_there_is_refused(
    write_model, framework, callback, name, quantity
):
    plugin = write_model(stopping(callback, more=""))
    message = (
        rf"model mine \(.*mine\.py\): {name} monitors val_{quantity}, but the model has no "
        rf"validation rows: write Model\(\.\.\., validation=0\.1\) or monitor {quantity}$"
    )
    with pytest.raises(PluginError, match=message):
        train.prepare(plugin, noise(), 1, framework)


@pytest.mark.parametrize(
    "callback", ["EarlyStopping(monitor='loss')", "ModelCheckpoint('{epoch}.keras')",
                 "TerminateOnNaN()"],
)  # fmt: skip
def test_a_callback_that_needs_no_validation_rows_is_taken(write_model, framework, callback):
    fit = train.prepare(write_model(stopping(callback, more="")), noise(), 1, framework)
    assert callback.partition("(")[0] in [type(each).__name__ for each in fit.callbacks]


def test_a_quantity_that_is_not_reported_ends_the_training(write_model, framework):
    fit = train.prepare(
        write_model(stopping("EarlyStopping('val_auc', mode='max')")), noise(), 1, framework
    )
    message = "EarlyStopping monitors val_auc, which the training does not report: monitor one of"
    with pytest.raises(PluginError, match=rf"^model mine .*: {message} accuracy, loss, val_acc"):
        train.run(fit)

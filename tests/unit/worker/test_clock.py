"""The clock of a race and its samplers: units, first states, and refusals."""

from __future__ import annotations

import sys
import time
from time import sleep

import numpy as np
import pytest

from builders.broken_models import BROKEN
from builders.models import CHEAP, DIVERGES, NETWORK
from evenfold.errors import DeviceError, FitError, Skip, UsageError
from evenfold.worker import inference
from evenfold.worker.calibration import CLOCKS, CPU, WALL, Sample, calibrate
from evenfold.worker.clock import Workload
from evenfold.worker.device import open_framework, requested_device, without_framework
from evenfold.worker.samplers import (
    EpochSampler,
    FitSampler,
    PredictionSampler,
    train_fully,
)

# Notes, at the beginning of every training, all that the training goes on from.
NOTING = NETWORK.replace(
    "MODEL = Model(build, epochs=3)",
    """
NOTES = []

def callbacks():
    import keras

    class Notes(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            from evenfold.worker.optimizers import variables
            state = [*self.model.weights, *variables(self.model.optimizer)]
            NOTES.append([variable.numpy().copy() for variable in state])

    return [Notes()]

MODEL = Model(build, epochs=3, callbacks=callbacks)
""",
)
STOPS_EARLY = NETWORK.replace(
    "MODEL = Model(build, epochs=3)",
    """
def callbacks():
    import keras
    return [keras.callbacks.EarlyStopping(monitor="loss", patience=0, min_delta=1e9)]

MODEL = Model(build, epochs=3, callbacks=callbacks)
""",
)

NAP = 1.0  # seconds
SLEEPS = NETWORK.replace(
    "MODEL = Model(build, epochs=3)",
    f"""
def callbacks():
    import time
    import keras
    class Sleeps(keras.callbacks.Callback):
        def on_WHEN(self, *_, **__):
            time.sleep({NAP})
    return [Sleeps()]

MODEL = Model(build, epochs=3, callbacks=callbacks)
""",
)


@pytest.fixture
def enter(write_model, flat_fold, request):
    """A model's text as a workload; ``network`` opens the framework for it."""

    def make(text, opened=None, **options):
        opened = opened or without_framework()
        return Workload(write_model(text), flat_fold, 1, opened, **options)

    return make


class Steady:
    """Takes a microsecond a unit."""

    is_warm = False

    def __init__(self, most=10**9):
        self.taken = []
        self.most = most

    def take(self, repeats):
        self.taken.append(repeats)
        units = min(repeats, self.most)
        return Sample(1000 * units, units)


@pytest.mark.parametrize("seconds", [1e-9, 1e-6, 0.05])
def test_samples_are_made_long_enough(seconds):
    steady = Steady()
    repeats = calibrate(steady, seconds)
    assert 1000 * repeats >= seconds * 1e9
    assert repeats <= max(1, 1.3 * seconds * 1e6 + 1)


class Warming(Steady):
    """Takes nine times as long at first."""

    def take(self, repeats):
        sample = super().take(repeats)
        return Sample(sample.nanoseconds * (9 if len(self.taken) == 1 else 1), sample.units)


@pytest.mark.parametrize("seconds", [3e-6, 0.05])
def test_a_first_sample_that_is_slow_is_not_believed(seconds):
    """But one that is long by far is: it need not be taken again."""
    warming = Warming()
    repeats = calibrate(warming, seconds)
    assert 1000 * repeats >= seconds * 1e9
    steady = Steady()
    assert 1 == calibrate(steady, 1e-6 / 20)
    assert [1] == steady.taken


def test_what_gets_no_longer_is_taken_as_it_is():
    steady = Steady(most=7)
    assert calibrate(steady, 0.05) > 7
    assert 2 == len(steady.taken)


@pytest.mark.parametrize("clock", [WALL, CPU])
@pytest.mark.parametrize("measure", [FitSampler, PredictionSampler])
def test_a_delay_is_a_share_inside_the_clock(enter, measure, clock, monkeypatch):
    """Whatever the work takes, the sample is that much longer, and so is what really passes."""
    samples = []
    real = Workload.with_delay

    def noted(workload, nanoseconds):
        began = workload.now()
        delayed = real(workload, nanoseconds)
        samples.append((nanoseconds, delayed, workload.now() - began))
        return delayed

    monkeypatch.setattr(Workload, "with_delay", noted)
    measure(enter(CHEAP, clock=clock, delay=0.5), None).take(3)
    measure(enter(CHEAP, clock=clock), None).take(3)
    slowed, plain = samples[: len(samples) // 2], samples[len(samples) // 2 :]
    assert all(delayed >= 1.5 * work for work, delayed, _ in slowed)
    assert all(passed >= 0.5 * work for work, _, passed in slowed)
    assert all(delayed == work for work, delayed, _ in plain)


NAPS = CHEAP.replace(
    "        far = ((x", f"        __import__('time').sleep({NAP / 5})\n        far = ((x"
)


NAPS_IN_FITS = CHEAP.replace(
    "    def fit(self, x, y):\n",
    f"    def fit(self, x, y):\n        __import__('time').sleep({NAP / 5})\n",
)


@pytest.mark.parametrize(
    ("measure", "text"), [(FitSampler, NAPS_IN_FITS), (PredictionSampler, NAPS)]
)
@pytest.mark.parametrize(("clock", "waits"), [(WALL, True), (CPU, False)])
def test_cpu_time_does_not_hold_a_wait(enter, clock, waits, measure, text):
    assert text != CHEAP
    sample = measure(enter(text, clock=clock), None).take(1)
    assert waits == (sample.nanoseconds > 0.9 * NAP / 5 * 1e9)


def test_an_epochs_cpu_time_holds_no_wait(enter, framework):
    slept = EpochSampler(
        enter(SLEEPS.replace("on_WHEN", "on_epoch_begin"), framework, clock=CPU), None
    )
    assert slept.take(1).nanoseconds < 0.9 * NAP * 1e9


def test_cpu_time_is_of_all_threads(enter):
    """What another thread computes, while the first waits for it, is in it."""
    other = CHEAP.replace(
        "    def predict_proba(self, x):\n",
        "    def predict_proba(self, x):\n        import hashlib, threading\n"
        "        def work():\n            hashlib.sha256(bytes(10**8)).digest()\n"
        "        other = threading.Thread(target=work)\n"
        "        other.start()\n        other.join()\n",
    )
    alone = PredictionSampler(enter(CHEAP, clock=CPU), None).take(1).nanoseconds
    assert alone < 0.02e9 < PredictionSampler(enter(other, clock=CPU), None).take(1).nanoseconds


def test_cpu_time_does_not_apply_to_a_gpu(enter):
    with pytest.raises(Skip, match="race it by wall time"):
        enter(CHEAP, clock=CPU, device="gpu:0")
    enter(CHEAP, clock=WALL, device="gpu:0")


class Waits:
    """Says a microsecond a unit, and takes a hundredth of a second."""

    is_warm = False

    def __init__(self):
        self.taken = []

    def take(self, repeats):
        self.taken.append(repeats)
        sleep(0.01 * repeats)
        return Sample(1000 * repeats, repeats)


def test_what_waits_nearly_all_the_time_is_not_waited_for(enter):
    """By its clock alone a sample would be of a thousand repeats, and take ten seconds."""
    waits = Waits()
    assert calibrate(waits, 0.001) <= 3
    assert sum(waits.taken) < 10


@pytest.mark.parametrize("measure", [FitSampler, PredictionSampler])
def test_estimators_have_fits_and_predictions(enter, measure):
    sample = measure(enter(CHEAP, rows=7), None).take(5)
    assert 5 == sample.units
    assert sample.nanoseconds > 0


def test_a_prediction_is_of_so_many_rows(enter, flat_fold):
    for rows in (1, 3, 1000):
        ready = PredictionSampler(enter(CHEAP, rows=rows), None)
        assert (rows, flat_fold.x_test.shape[1]) == ready.x.shape


def test_estimators_have_no_epochs(enter):
    with pytest.raises(Skip, match="no epochs: race its fit or predict"):
        EpochSampler(enter(CHEAP), None)


def test_every_epoch_sample_begins_with_the_same_weights_and_optimizer(enter, framework):
    """And ends with others."""
    workload = enter(NOTING, framework)
    epochs = EpochSampler(workload, None)
    notes = sys.modules[workload.plugin.model.callbacks.__module__].NOTES
    notes.clear()
    for repeats in (1, 2, 1):
        assert repeats == epochs.take(repeats).units
    for later in notes[1:]:
        for first, again in zip(notes[0], later, strict=True):
            np.testing.assert_array_equal(first, again)
    trained = epochs.fit.model.get_weights()
    assert not all(np.array_equal(a, b) for a, b in zip(notes[0], trained, strict=False))


def test_an_epoch_is_believed_at_once(enter, framework, monkeypatch):
    """One that is not counted has been run before it."""
    epochs = EpochSampler(enter(NETWORK, framework), None)
    taken = []
    monkeypatch.setattr(epochs, "take", lambda repeats: (taken.append(repeats), Sample(100, 1))[1])
    assert 1 == calibrate(epochs, 1e-7)
    assert [1] == taken


def test_epochs_that_are_not_run_are_not_counted(enter, framework):
    epochs = EpochSampler(enter(STOPS_EARLY, framework), None)
    assert epochs.take(50).units < 50
    assert calibrate(epochs, 1e6) >= 2


@pytest.mark.parametrize(
    ("when", "counted"),
    [("train_begin", 0), ("train_end", 0), ("epoch_begin", 3), ("epoch_end", 3)],
)
def test_what_a_fit_pays_once_is_no_epochs(enter, framework, when, counted, monkeypatch):
    """A callback that sleeps: only what belongs to the epochs after the first is in the clock.

    Nothing but sleep moves this clock.
    """
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    monkeypatch.setitem(CLOCKS, WALL, lambda: round(sum(slept) * 1e9))
    epochs = EpochSampler(enter(SLEEPS.replace("WHEN", when), framework), None)
    assert counted * NAP * 1e9 == epochs.take(3).nanoseconds
    assert sum(slept) >= NAP


def test_a_training_that_ends_in_its_first_epoch_has_nothing_to_time(enter, framework):
    text = SLEEPS.replace(f"time.sleep({NAP})", "self.model.stop_training = True")
    epochs = EpochSampler(enter(text.replace("WHEN", "epoch_end"), framework), None)
    with pytest.raises(FitError, match=r"mine: its training ends in its first epoch.*race its fit"):
        epochs.take(3)


def test_a_fit_is_whole_and_of_a_fresh_model(enter, framework):
    workload = enter(NOTING, framework)
    fits = FitSampler(workload, train_fully(workload))
    notes = sys.modules[workload.plugin.model.callbacks.__module__].NOTES
    assert 2 == fits.take(2).units
    for first, again in zip(notes[0], notes[1], strict=True):
        np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("path", inference.path_names())
def test_a_trained_networks_weights_go_from_launch_to_launch(enter, framework, tmp_path, path):
    """What is timed in a later launch has been trained in the first."""
    workload = enter(NETWORK, framework, path=path, weights=tmp_path / "weights.npz")
    try:
        first = PredictionSampler(workload, train_fully(workload))
    except Skip as skip:
        pytest.skip(str(skip))
    later = PredictionSampler(workload, None)
    np.testing.assert_array_equal(first.expected, later.expected)
    untrained = workload.prepare().model
    predicted = inference.predict(untrained, later.x, framework, "cpu", 2)
    assert np.abs(predicted - later.expected).max() > inference.TOLERANCE
    assert 3 == later.take(3).units


def test_a_path_that_predicts_something_else_is_refused(enter, framework):
    if framework.name == "torch":
        pytest.skip("Keras on PyTorch has no compiled function")
    text = BROKEN["save_and_load"][0]
    with pytest.raises(FitError, match=r"mine: function gives probabilities that differ"):
        PredictionSampler(enter(text, framework, path="function"), None)


def test_a_path_that_an_estimator_has_not_is_a_skip(enter):
    with pytest.raises(Skip, match="an estimator is no network"):
        PredictionSampler(enter(CHEAP, path="function"), None)


@pytest.mark.parametrize("measure", [EpochSampler, FitSampler])
def test_training_that_changes_nothing_is_refused(enter, framework, measure):
    workload = enter(BROKEN["training_changes_weights"][0], framework)
    with pytest.raises(FitError, match="mine: the training changed no weight"):
        measure(workload, None)


def test_a_diverged_training_is_refused(enter, framework):
    """PyTorch's loss itself refuses what is not finite."""
    error, message = FitError, "mine: the training diverged: a loss is not finite"
    if framework.name == "torch":
        error, message = RuntimeError, "should be between 0 and 1"
    with pytest.raises(error, match=message):
        train_fully(enter(DIVERGES, framework))


def test_the_device_is_the_environments(monkeypatch, framework):
    assert "cpu" == requested_device(framework)
    monkeypatch.setenv("EVENFOLD_DEVICE", "cpu:0")
    assert "cpu:0" == requested_device(framework)
    monkeypatch.setenv("EVENFOLD_DEVICE", "gpu:99")
    with pytest.raises(DeviceError, match="EVENFOLD_DEVICE=gpu:99: "):
        requested_device(open_framework())
    monkeypatch.setenv("EVENFOLD_DEVICE", "tpu")
    with pytest.raises(UsageError, match="EVENFOLD_DEVICE=tpu names no device"):
        requested_device(framework)

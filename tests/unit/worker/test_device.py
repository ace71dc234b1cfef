"""Devices: which ones a framework finds, which one is requested, and where a fit runs."""

from __future__ import annotations

import pytest

from evenfold.errors import DeviceError, UsageError
from evenfold.worker import device


class Seen:
    """A framework that finds the devices of a test."""

    def __init__(self, gpus):
        self.gpus = gpus

    def devices(self, kind):
        return ["cpu:0"] if kind == "cpu" else self.gpus

    def missing(self, kind):
        return f"devices({kind!r}) finds none"


def framework(gpus=()):
    return device.Framework("tensorflow", Seen(list(gpus)), None, False)


def test_auto_skips_the_gpu_with_the_reason():
    expected = (("cpu", None), ("gpu", "no GPU: devices('gpu') finds none"))
    assert expected == device.require(framework(), "auto")


@pytest.mark.parametrize("choice", ["gpu", "all"])
def test_a_requested_gpu_that_is_missing_is_an_error_that_says_where_it_was_searched(choice):
    with pytest.raises(DeviceError, match=rf"device {choice}: no GPU: devices\('gpu'\) finds"):
        device.require(framework(), choice)


@pytest.mark.parametrize(
    ("choice", "kinds"),
    [("cpu", ["cpu"]), ("gpu", ["gpu"]), ("all", ["cpu", "gpu"]), ("auto", ["cpu", "gpu"])],
)
def test_a_gpu_that_is_there_is_used(choice, kinds):
    required = device.require(framework(["GPU:0"]), choice)
    assert [(kind, None) for kind in kinds] == list(required)


def test_the_real_framework_finds_a_cpu_and_says_where_it_searched(request):
    real = request.getfixturevalue("framework")
    assert real.devices("cpu")
    assert "gpu" in real.missing("gpu").lower()


def test_keras_is_that_of_tensorflow(framework):
    """What a plug-in imports as keras is what users of tf.keras get in that version."""
    if framework.name != "tensorflow":
        pytest.skip("TensorFlow's")
    import keras
    import tensorflow as tf

    for name in ("Adam", "SGD", "RMSprop", "Adagrad"):
        assert getattr(keras.optimizers, name) is getattr(tf.keras.optimizers, name)
    assert keras.layers.Conv1D is tf.keras.layers.Conv1D
    assert keras.callbacks.EarlyStopping is tf.keras.callbacks.EarlyStopping


def test_settings_are_set_once_a_process(request):
    request.getfixturevalue("framework")
    with pytest.raises(UsageError, match="only once a process"):
        device.open_framework(threads=7)


def test_a_backend_that_is_not_installed_is_a_usage_error(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "mxnet")
    with pytest.raises(UsageError, match="KERAS_BACKEND=mxnet, but Keras can run on"):
        device.backend_name()


TWO_DEVICES = """
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
half = tf.config.LogicalDeviceConfiguration()
tf.config.set_logical_device_configuration(cpu, [half, half])
import sys
from pathlib import Path
import numpy as np
from evenfold import Fold, Task
from evenfold.worker import device, inference, train
from evenfold.plugins.models import load_model
framework = device.open_framework()
path = Path(sys.argv[1])
plugin = load_model(path.stem, path)
x = np.random.default_rng(0).normal(size=(64, 5))
fold = Fold(Task((5,), 2), "flat", x, np.arange(64) % 2, x)
for where in ("cpu:0", "cpu:1"):
    fit = train.prepare(plugin, fold, 0, framework, where)
    before = fit.model.get_weights()
    train.run(fit)
    assert any((a != b).any() for a, b in zip(before, fit.model.get_weights()))
    devices = {getattr(w, "value", w).device if not callable(getattr(w, "value", None))
               else w.device for w in fit.model.weights}
    with framework.scope(where):
        output = fit.model(x.astype("float32"), training=False)
    print(where, sorted(d[-5:] for d in devices), output.device[-5:])
"""


@pytest.mark.slow(reason="a process of its own imports TensorFlow")
def test_a_fit_is_placed_on_the_requested_device(run_python, network, request):
    """Seen with two logical CPU devices: weights and outputs are on the requested device."""
    if request.getfixturevalue("framework").name != "tensorflow":
        pytest.skip("logical devices are TensorFlow's")
    done = run_python("-c", TWO_DEVICES, network.path)
    assert 0 == done.returncode, done.stderr
    expected = ["cpu:0 ['CPU:0'] CPU:0", "cpu:1 ['CPU:1'] CPU:1"]
    assert expected == done.stdout.splitlines()

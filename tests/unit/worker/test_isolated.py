"""A fit in a process of its own: its peak memory, and how it fails."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from evenfold.contract import Fold, Task
from evenfold.errors import FitError, Skip
from evenfold.worker import isolated, train
from evenfold.worker.memory import resident

linux = pytest.mark.skipif(resident("VmHWM") is None, reason="there is no /proc here")

ALLOCATES = """
from evenfold import Model

class Hungry:
    def fit(self, x, y):
        block = bytearray(300_000_000)
        block[::4096] = b"x" * len(block[::4096])
        return self

    def predict_proba(self, x):
        return x

def build(task):
    return Hungry()

MODEL = Model(build)
"""


@linux
def test_the_peak_is_of_the_fit_alone(write_model, estimator, flat_fold, framework):
    """300 MB taken inside fit are seen; what this process holds is not."""
    ballast = bytearray(500_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    hungry = write_model(ALLOCATES, "hungry")
    memory = [
        isolated.measure_fit(plugin, flat_fold, train.prepare(plugin, flat_fold, 0, framework))
        for plugin in (hungry, estimator)
    ]
    assert memory[0].peak_bytes > 300_000_000
    assert memory[1].peak_bytes < 300_000_000


@linux
def test_the_peak_of_a_prediction_is_what_it_takes_beyond_what_was_there(
    write_model, estimator, flat_fold, framework
):
    """100 MB held since the training do not count, 200 MB taken by a prediction of many rows do."""
    text = ALLOCATES.replace("300_000_000", "100_000_000").replace(
        "        return self\n", "        self.kept = block\n        return self\n"
    )
    text = text.replace(
        "        return x\n",
        "        import numpy as np\n"
        "        np.ones(200_000 * len(x), np.uint8)\n"
        "        return np.full((len(x), 2), 0.5)\n",
    )
    plugin = write_model(text, "predicts")
    fit = train.prepare(plugin, flat_fold, 0, framework)
    memory = isolated.measure_path(plugin, flat_fold, fit, "predict", 1000)
    assert 200 == pytest.approx(memory / 1e6, rel=0.1)
    assert isolated.measure_path(plugin, flat_fold, fit, "predict", 10) < 50e6
    with pytest.raises(Skip, match="an estimator"):
        isolated.measure_path(plugin, flat_fold, fit, "litert", 10)


def test_the_error_of_a_process_that_dies_ends_with_its_last_lines(
    write_model, flat_fold, framework
):
    text = ALLOCATES.replace(
        "block = bytearray(300_000_000)",
        "import os, sys; print('last words', file=sys.stderr, flush=True); os._exit(9)",
    )
    plugin = write_model(text, "dies")
    with pytest.raises(FitError, match=r"dies: its own process ended with 9:\nlast words"):
        isolated.measure_fit(plugin, flat_fold, train.prepare(plugin, flat_fold, 0, framework))


def test_a_process_that_hangs_is_ended(write_model, flat_fold, framework):
    text = ALLOCATES.replace("block = bytearray(300_000_000)", "import time; time.sleep(600)")
    plugin = write_model(text, "hangs")
    fit = train.prepare(plugin, flat_fold, 0, framework)
    with pytest.raises(FitError, match="hangs: no answer within 3 s in its own process"):
        isolated.measure_fit(plugin, flat_fold, fit, timeout=3)


PRINTS_WEIGHTS = """
import os, sys
from evenfold import Model

class Weighted:
    def fit(self, x, y, sample_weight):
        print("weights", sample_weight.tolist(), file=sys.stderr, flush=True)
        os._exit(9)

    def predict_proba(self, x):
        return x

def build(task):
    return Weighted()

MODEL = Model(build, class_weight={"sick": 4.0})
"""


def test_the_fit_has_the_weights_that_the_names_of_the_classes_give(write_model, framework):
    """``sick`` is the second class of the data and the first of the mapping."""
    x = np.arange(4.0).reshape(4, 1)
    fold = Fold(Task((1,), 2), "flat", x, np.array([0, 0, 1, 0]), x[:1], ("healthy", "sick"))
    plugin = write_model(PRINTS_WEIGHTS, "weighted")
    fit = train.prepare(plugin, fold, 0, framework)
    for measure in (isolated.measure_fit, partial(isolated.measure_path, path="predict", rows=1)):
        with pytest.raises(FitError, match=r"weights \[1\.0, 1\.0, 4\.0, 1\.0\]"):
            measure(plugin, fold, fit)

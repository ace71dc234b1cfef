"""What the tests share: the real framework, the real data, and model files written for a test."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

NETWORK = """
from evenfold import Model

def build(task):
    import keras
    model = keras.Sequential([
        keras.Input(shape=task.input_shape),
        keras.layers.Dense(4, activation="relu"),
        keras.layers.Dropout(0.5),
        keras.layers.Dense(task.output_units, activation=task.output_activation),
    ])
    model.compile(optimizer=keras.optimizers.Adam(learning_rate=0.01), loss=task.loss,
                  metrics=["accuracy"])
    return model

MODEL = Model(build, epochs=3)
"""

# On every framework: with relu, units may all die at once and the loss stays finite.
DIVERGES = NETWORK.replace("learning_rate=0.01", "learning_rate=1e30").replace(
    'activation="relu"', 'activation="exponential"'
)

ESTIMATOR = """
from evenfold import Model

def build(task):
    from sklearn.naive_bayes import GaussianNB
    return GaussianNB()

MODEL = Model(build)
"""

SUBCLASSED = """
from evenfold import Model

def build(task):
    import keras

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.last = keras.layers.Dense(task.output_units, activation=task.output_activation)

        def call(self, x, training=False):
            return self.last(x)

    model = Net()
    model.compile(optimizer="adam", loss=task.loss, metrics=["accuracy"])
    return model

MODEL = Model(build, layout="flat", epochs=2)
"""

# Needs numpy alone, so that its process is there at once.
CHEAP = """
import numpy as np
from evenfold import Model

class Nearest:
    def fit(self, x, y):
        self.means = np.array([x[y == label].mean(axis=0) for label in np.unique(y)])
        return self

    def predict_proba(self, x):
        far = ((x[:, None] - self.means) ** 2).sum(axis=2)
        far = np.exp(far.min(axis=1, keepdims=True) - far)
        return far / far.sum(axis=1, keepdims=True)

def build(task):
    return Nearest()

MODEL = Model(build)
"""


def interruptible(arguments):
    """A Python in a group of its own, which heeds Ctrl-C even where the tests do not."""
    return subprocess.Popen(
        [sys.executable, *map(str, arguments)], cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip


def running(pid):
    """Whether a process is there and has not ended."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        pass
    if os.path.exists("/proc/self/stat"):
        return False
    with suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


@pytest.fixture(scope="session")
def framework():
    from evenfold.worker.device import open_framework

    opened = open_framework()
    if opened.name is None:
        pytest.skip("no framework is installed")
    return opened


@pytest.fixture(scope="session")
def built_in_files():
    from evenfold.worker import plugins

    return plugins.find([plugins.built_in_folder()]).files


@pytest.fixture(scope="session")
def cancer():
    from evenfold.data.datasets import built_in

    return built_in("breast_cancer")


@pytest.fixture(scope="session")
def tutorial_split(cancer):
    from evenfold.data.protocols import holdout

    return holdout(cancer)[0]


@pytest.fixture(scope="session")
def flat_fold(cancer, tutorial_split):
    from evenfold.data.folds import make_fold

    return make_fold(cancer, tutorial_split, "flat")


@pytest.fixture
def write_model(tmp_path):
    """Writes a model file and returns it loaded."""
    from evenfold.worker import plugins

    def write(text, name="mine"):
        folder = tmp_path / "models"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return plugins.load(name, {name: path})

    return write


@pytest.fixture
def network(write_model):
    return write_model(NETWORK, "network")


@pytest.fixture
def estimator(write_model):
    return write_model(ESTIMATOR, "estimator")


@pytest.fixture
def run_python():
    """Runs this Python in a process of its own, far from the checkout's configuration."""

    def run(*arguments, cwd=ROOT, timeout=300, **environment):
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=cwd,
            timeout=timeout,
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        )

    return run


@pytest.fixture
def results(tmp_path, monkeypatch):
    """One environment's bench run of the repository."""
    monkeypatch.chdir(tmp_path)
    bench = "epyc-2c/tf2.21"
    without = shutil.ignore_patterns("scores")
    shutil.copytree(ROOT / "results" / bench, tmp_path / "results" / bench, ignore=without)
    return tmp_path / "results"


@pytest.fixture
def told_of(results):
    """What a report shows and its only problem, where one of its files says something."""

    def told_of(file, says):
        from evenfold.reporting import read_shown

        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(says))
        shown, (problem,) = read_shown(results)
        assert str(file) in problem
        return shown, problem

    return told_of

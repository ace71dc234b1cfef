"""What tests build: model files as text, and processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

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

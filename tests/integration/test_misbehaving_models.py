"""Models that misbehave beside a good one: each is one failed cell, and nothing of them stays."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import pytest

from builders.commands import run_command
from builders.processes import running

MODEL = """
import os, subprocess, sys
import numpy as np
from evenfold import Model

class Base:
    def fit(self, x, y):
        return self

    def predict_proba(self, x):
        return np.full((len(x), 2), 0.5)

class Odd(Exception):
    def __str__(self):
        raise ValueError

class Own(Base):
    {method}

MODEL = Model(lambda task: Own())
"""
FIT, PREDICT = "def fit(self, x, y):\n        ", "def predict_proba(self, x):\n        "
NOISE = (
    "[os.write(f, b'{}\\n') for f in range(3, 12) if os.path.exists(f'/proc/self/fd/{f}')"
    " and 'pipe' in os.readlink(f'/proc/self/fd/{f}')]; return self"
)
BAD = {
    "short": (PREDICT + "return super().predict_proba(x)[:-1]", "rows, expected"),
    "complex_": (PREDICT + "return super().predict_proba(x) + 1j", "complex numbers"),
    "interrupts": (FIT + "raise KeyboardInterrupt", "KeyboardInterrupt"),
    "textless": (FIT + "raise Odd", "its message cannot be shown"),
    "long": (FIT + "raise ValueError('x' * 10**7)", "ValueError: xxx"),
    "lines": (FIT + "raise ValueError('x\\n' * 1000)", "ValueError: x"),
    "noise": (FIT + NOISE, "its output is not its own"),
    "exits": (FIT + "os._exit(0)", "its process ended: exit code 0"),
}
LEAVES = FIT + (
    "child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    "        open(os.environ['PIDS'], 'a').write(f'{child.pid} ')\n        return self"
)
FORKS = FIT + "os.fork()\n        return self"


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="for Linux")
@pytest.mark.slow(reason="ten models are fitted, most in a worker of their own")
def test_each_is_one_failed_cell(tmp_path):
    bad = {name: method for name, (method, _) in BAD.items()}
    models = {"good": "pass", **bad, "forks": FORKS, "leaves": LEAVES}
    for name, method in models.items():
        (tmp_path / f"{name}.py").write_text(MODEL.replace("{method}", method))
    rows = [f"{n * 0.37 % 3:.3f},{n * 7 % 11},{n % 2}" for n in range(40)]
    (tmp_path / "d.csv").write_text("\n".join(["a,b,y", *rows, ""]))
    done = run_command(
        "score", *models, "--models", ".", "--dataset", "d.csv", "--target", "y", "--folds", 2,
        "--repeats", 1, "--jobs", 2, "--timeout", 60, "--store", "s.sqlite", "--format", "json",
        cwd=tmp_path, PIDS=str(tmp_path / "pids"),
    )  # fmt: skip
    assert 3 == done.returncode, done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 20000
    for name, (_, reason) in BAD.items():
        start = f"evenfold: {name}:"
        (message,) = [line for line in done.stderr.splitlines() if line.startswith(start)]
        assert reason in message
    scored = {row["model"] for row in json.loads(done.stdout)}
    assert {"good", "forks", "leaves"} == scored - set(BAD)
    with sqlite3.connect(tmp_path / "s.sqlite") as connection:
        kept = connection.execute("SELECT model FROM fits JOIN series ON series = id").fetchall()
    assert sorted([("good",), ("forks",), ("leaves",)] * 2) == sorted(kept)
    pids = (tmp_path / "pids").read_text().split()
    assert pids
    assert not [pid for pid in pids if running(pid)]
    assert not list(Path(tmp_path).glob("core*"))

"""Two studies are started on one store: one runs, the other is refused, and no fit is twice."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from builders.commands import run_command

MODEL = """
import time
import numpy as np
from evenfold import Model

class Own:
    def fit(self, x, y):
        time.sleep(0.1)
        return self

    def predict_proba(self, x):
        return np.full((len(x), 2), 0.5)

MODEL = Model(lambda task: Own())
"""
FITS = 12


@pytest.mark.skipif(os.name != "posix", reason="processes share a file of SQLite")
@pytest.mark.slow(reason="three studies, two of them processes at the same time")
def test_two_harnesses_share_a_store_in_turns(tmp_path):
    (tmp_path / "own.py").write_text(MODEL)
    rows = [f"{n * 0.37 % 3:.3f},{n * 7 % 11},{n % 2}" for n in range(40)]
    (tmp_path / "d.csv").write_text("\n".join(["a,b,y", *rows, ""]))
    study = ["score", "own", "--models", ".", "--dataset", "d.csv", "--target", "y",
             "--folds", "2", "--repeats", str(FITS // 2), "--jobs", "1", "--store", "s.sqlite",
             "--format", "json"]  # fmt: skip
    command = [sys.executable, "-m", "evenfold", *study]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(command, cwd=tmp_path, **pipes) for _ in range(2)]
    outputs = [process.communicate(timeout=120) for process in started]
    codes = [process.returncode for process in started]
    assert {0, 2} == set(codes), outputs
    refused, whole = outputs[codes.index(2)], outputs[codes.index(0)]
    assert "s.sqlite is in use by another study: wait until it ends" in refused[1]
    assert "Traceback" not in refused[1]
    again = run_command(*study, cwd=tmp_path)
    assert 0 == again.returncode, again.stderr
    assert json.loads(whole[0]) == json.loads(again.stdout)
    with closing(sqlite3.connect(tmp_path / "s.sqlite")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM fits").fetchone()
    assert FITS == count

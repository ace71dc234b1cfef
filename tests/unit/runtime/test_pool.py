"""Worker processes and their supervision: replaced when they have grown, ended when not needed."""

from __future__ import annotations

import os

import numpy as np
import pytest

from evenfold.runtime import pool
from evenfold.runtime.pool import WorkerConfig, run_jobs

TELLS_ITS_PROCESS = """
from evenfold import Model

def build(task):
    import os
    from sklearn.dummy import DummyClassifier
    with open({told!r}, "a") as file:
        file.write(str(os.getpid()) + "\\n")
    return DummyClassifier(strategy="prior")

MODEL = Model(build)
"""


@pytest.fixture
def jobs(tmp_path, flat_fold):
    """Five fits of a model that notes the process it is built in, and those notes."""
    told, path, fold = tmp_path / "told", tmp_path / "tells.py", tmp_path / "fold.npz"
    path.write_text(TELLS_ITS_PROCESS.format(told=str(told)))
    np.savez(fold, x_train=flat_fold.x_train, y_train=flat_fold.y_train, x_test=flat_fold.x_test)
    job = {"model": "tells", "path": str(path), "layout": "flat", "fold": str(fold),
           "n_classes": 2, "engine": "compiled", "curves": False}  # fmt: skip
    made = [{**job, "key": str(number), "seed": number} for number in range(5)]
    return made, lambda: told.read_text().split()


def test_a_worker_serves_many_fits(jobs):
    made, told = jobs
    answers = [answer for _, answer in run_jobs(made, 1, WorkerConfig())]
    assert ["estimator"] * 5 == [answer["engine"] for answer in answers]
    assert 1 == len(set(told()))


def test_a_worker_that_has_grown_is_replaced(jobs, monkeypatch):
    made, told = jobs
    monkeypatch.setattr(pool, "MOST_RESIDENT_BYTES", 1)
    assert 5 == len(list(run_jobs(made, 1, WorkerConfig())))
    assert 5 == len(set(told()))


def test_who_stops_listening_ends_the_workers(jobs):
    made, told = jobs
    answers = run_jobs(made, 2, WorkerConfig())
    next(answers)
    answers.close()
    for process in set(told()):
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)

"""Worker processes and their supervision: replaced when they have grown, ended when not needed."""

from __future__ import annotations

import os

import numpy as np
import pytest

from evenfold.plugins.sources import read_sources
from evenfold.runtime import pool
from evenfold.runtime.pool import WorkerConfig, run_jobs

NOTES_ITS_PROCESS = """
from evenfold import Model

def build(task):
    import os
    from sklearn.dummy import DummyClassifier
    with open({processes!r}, "a") as file:
        file.write(str(os.getpid()) + "\\n")
    return DummyClassifier(strategy="prior")

MODEL = Model(build)
"""


@pytest.fixture
def jobs(tmp_path, flat_fold):
    """Five fits of a model that notes the process it is built in, and those notes."""
    processes, path, fold = tmp_path / "processes", tmp_path / "notes.py", tmp_path / "fold.npz"
    path.write_text(NOTES_ITS_PROCESS.format(processes=str(processes)))
    np.savez(fold, x_train=flat_fold.x_train, y_train=flat_fold.y_train, x_test=flat_fold.x_test)
    sources = read_sources(path).save(tmp_path / "sources.json")
    job = {"model": "notes", "sources": str(sources), "layout": "flat", "fold": str(fold),
           "n_classes": 2, "engine": "compiled", "curves": False}  # fmt: skip
    fits = [{**job, "key": str(number), "seed": number} for number in range(5)]
    return fits, lambda: processes.read_text().split()


def test_a_worker_serves_many_fits(jobs):
    fits, processes = jobs
    answers = [answer for _, answer in run_jobs(fits, 1, WorkerConfig())]
    assert ["estimator"] * 5 == [answer["engine"] for answer in answers]
    assert 1 == len(set(processes()))


@pytest.mark.slow(reason="every worker process imports TensorFlow")
def test_a_worker_that_has_grown_is_replaced(jobs, monkeypatch):
    fits, processes = jobs
    monkeypatch.setattr(pool, "MOST_RESIDENT_BYTES", 1)
    assert 5 == len(list(run_jobs(fits, 1, WorkerConfig())))
    assert 5 == len(set(processes()))


def test_closing_the_iterator_ends_the_workers(jobs):
    fits, processes = jobs
    answers = run_jobs(fits, 2, WorkerConfig())
    next(answers)
    answers.close()
    for process in set(processes()):
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)

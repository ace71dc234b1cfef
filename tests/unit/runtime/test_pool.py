"""Worker processes and their supervision: replaced when they have grown, ended when not needed."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.errors import DataError, WorkerError
from evenfold.plugins.sources import read_sources
from evenfold.runtime import pool
from evenfold.runtime.pool import WorkerConfig, run_jobs
from evenfold.runtime.worker_process import OutOfStepError
from evenfold.worker.fold_files import write_fold

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
    write_fold(fold, flat_fold)
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


class FailingProcess:
    """A process that answers another message first, and then nothing."""

    is_usable = True

    def __init__(self, error):
        self.error, self.is_stopped = error, False

    def ask(self, message, timeout):
        raise self.error

    def stop(self):
        self.is_stopped = True


def test_no_ended_process_remains_after_a_second_failure(tmp_path, monkeypatch):
    worker = pool.PoolWorker(WorkerConfig(), tmp_path)
    first, second = FailingProcess(OutOfStepError("first")), FailingProcess(WorkerError("second"))
    worker.process = first

    def start():
        worker.process = second
        return second

    monkeypatch.setattr(worker, "start", start)
    with pytest.raises(WorkerError, match="second"):
        worker.ask({"do": "load", "model": "m", "sources": "s"}, 1)
    assert worker.process is None
    assert (True, True) == (first.is_stopped, second.is_stopped)


def test_closing_the_iterator_ends_the_workers(jobs):
    fits, processes = jobs
    answers = run_jobs(fits, 2, WorkerConfig())
    next(answers)
    answers.close()
    for process in set(processes()):
        with pytest.raises(ProcessLookupError):
            os.kill(int(process), 0)


@given(st.lists(st.sampled_from("abc")), st.integers(1, 5))
def test_jobs_of_one_model_are_taken_together_and_in_order(models, most):
    pending = pool._Pending({"sources": model} for model in models)
    taken = []
    while jobs := pending.take(most):
        assert 1 == len({job["sources"] for job in jobs})
        assert len(jobs) <= most
        taken += [job["sources"] for job in jobs]
    assert models == taken


FORKS = """
from evenfold import Model

def build(task):
    import os
    from sklearn.dummy import DummyClassifier
    os.fork()
    return DummyClassifier(strategy="prior")

MODEL = Model(build)
"""
WRITES_LATER = """
from evenfold import Model

def build(task):
    import os, threading, time
    from sklearn.dummy import DummyClassifier
    def write():
        time.sleep(0.5)
        for fd in range(3, 64):
            try:
                os.write(fd, b'{"engine": "estimator"}\\n')
            except OSError:
                pass
    threading.Thread(target=write).start()
    return DummyClassifier(strategy="prior")

MODEL = Model(build)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="for systems with fork")
@pytest.mark.parametrize("text", [FORKS, WRITES_LATER])
def test_what_a_model_leaves_answers_for_no_other(jobs, tmp_path, text):
    """Neither a process that it forked, which runs on as itself, nor a thread that writes."""
    fits, _ = jobs
    (tmp_path / "odd.py").write_text(text)
    sources = str(read_sources(tmp_path / "odd.py").save(tmp_path / "odd.json"))
    odd = {**fits[0], "key": "odd", "model": "odd", "sources": sources}
    answers = list(run_jobs([odd, *fits], 1, WorkerConfig(timeout=60)))
    assert ["odd", *"01234"] == [job["key"] for job, _ in answers]
    for _, answer in answers[1:]:
        assert "estimator" == answer["engine"], answer
        assert 2 == len(answer["probabilities"][0])


def test_jobs_are_made_as_workers_take_them(jobs):
    """The folds of a study are not all on disk at once."""
    fits, _ = jobs
    made = []

    def making():
        for fit in fits:
            made.append(fit)
            yield fit

    answers = run_jobs(making(), 1, WorkerConfig())
    next(answers)
    assert len(made) <= 2
    assert len(list(answers)) == 4


def test_an_error_in_making_a_job_is_raised_after_the_answers_before_it(jobs):
    fits, _ = jobs

    def making():
        yield fits[0]
        raise DataError("the second fold has an outlier")

    answers = run_jobs(making(), 1, WorkerConfig())
    assert next(answers)[0] == fits[0]
    with pytest.raises(DataError, match="outlier"):
        next(answers)

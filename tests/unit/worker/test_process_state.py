"""Each fit runs as if it were the first of its process."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stdout

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import stateful_models
from builders.stateful_models import COUNTS, DRAWS, OF_PYTHON, outcome, save_jobs
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.pool import PoolWorker, WorkerConfig, run_jobs
from evenfold.runtime.staging import stage
from evenfold.worker.process_state.state import unchanged_process

TEXTS = {
    **{name: stateful_models.estimator(change) for name, change in OF_PYTHON.items()},
    **{f"{name}_import": stateful_models.estimator(change, True)
       for name, change in OF_PYTHON.items()},
    "draws": DRAWS,
    "counts": COUNTS,
}  # fmt: skip


@pytest.fixture(scope="module")
def worker():
    with scratch() as folder:
        worker = PoolWorker(WorkerConfig(), stage(folder / "worker"))
        try:
            yield worker
        finally:
            worker.stop()


@pytest.fixture(scope="module")
def jobs(tmp_path_factory):
    return save_jobs(tmp_path_factory.mktemp("stateful"), TEXTS)


@pytest.fixture(scope="module")
def alone(jobs):
    """What each fit gives in a process in which no other model has run."""
    harmless = {name: jobs[name] for name in ("draws", "counts")}
    return {
        job["key"]: outcome(answer)
        for of_model in harmless.values()
        for job, answer in run_jobs(of_model, 1, WorkerConfig())
    }


@pytest.fixture(scope="module")
def first_outcomes():
    return {}


@given(st.lists(st.tuples(st.sampled_from(sorted(TEXTS)), st.integers(0, 1)), max_size=8))
@settings(max_examples=8, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
def test_no_order_of_estimators_changes_a_bit(worker, jobs, alone, first_outcomes, order):
    """After whatever models, ``draws`` and ``counts`` give what they give alone."""
    for name, number in [*order, ("draws", 0), ("counts", 1)]:
        job = jobs[name][number]
        found = outcome(worker.fit(job))
        assert alone.get(job["key"]) in (None, found), (order, job["key"])
        assert found == first_outcomes.setdefault(job["key"], found), (order, job["key"])


def test_models_that_change_their_process_run_in_it(worker, jobs):
    """What can be restored is: the next fit has the same process."""
    answers = [worker.fit(of_model[0]) for of_model in jobs.values()]
    assert [] == [answer for answer in answers if "probabilities" not in answer]
    assert [] == [answer["leftover"] for answer in answers if "leftover" in answer]


def test_a_process_in_which_something_is_left_is_replaced(worker, tmp_path):
    change = "import os, numpy as np; os.nice(1); np.random.seed(os.getpid() % 2**31)"
    texts = {"nice": stateful_models.estimator(change), "draws": DRAWS}
    jobs = save_jobs(tmp_path, texts)
    answer = worker.fit(jobs["nice"][0])
    assert ["the priority"] == answer["leftover"]
    assert worker.process is None
    assert os.getpriority(os.PRIO_PROCESS, 0) == _priority(worker, jobs["draws"][0])


def _priority(worker, job):
    assert "probabilities" in worker.fit(job)
    return os.getpriority(os.PRIO_PROCESS, worker.process.process.pid)


LEAVES_FILES = """
from pathlib import Path
from evenfold import Model

OWN = Path(__file__).with_name("own.txt").exists()


def build(task):
    from sklearn.dummy import DummyClassifier
    assert OWN
    assert not list(Path().iterdir())
    Path("log.csv").write_text("mine")
    return DummyClassifier()


MODEL = Model(build)
"""
READS_RELATIVE = """
from evenfold import Model


def build(task):
    import numpy as np
    np.load("weights.npz")


MODEL = Model(build)
"""


def test_a_fit_runs_in_an_empty_folder_of_its_own(worker, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.txt").touch()
    jobs = save_jobs(tmp_path, {"leaves": LEAVES_FILES})
    before = set(os.listdir(tmp_path))
    for job in jobs["leaves"]:
        assert "probabilities" in worker.fit(job)
    assert before == set(os.listdir(tmp_path))


def test_a_relative_path_of_the_users_folder_is_explained(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "weights.npz").touch()
    jobs = save_jobs(tmp_path, {"reads": READS_RELATIVE}, fits=1)
    ((_, answer),) = run_jobs(jobs["reads"], 1, WorkerConfig())
    assert answer["failed"].endswith(
        f"weights.npz exists in {tmp_path}, but each fit runs in an empty folder of its own: open "
        "it as Path(__file__).parent / ..., or by its absolute path"
    )


IMPORTS_IN_FIT = """
from evenfold import Model


def build(task):
    from sklearn.dummy import DummyClassifier

    class Slow(DummyClassifier):
        def fit(self, x, y):
            import slow_helper
            import sklearn.gaussian_process
            return super().fit(x, y)

    return Slow(strategy="prior")


MODEL = Model(build)
"""


def test_the_seconds_of_a_fit_hold_no_import(tmp_path):
    (tmp_path / "slow_helper.py").write_text("import time\ntime.sleep(1.5)\n")
    jobs = save_jobs(tmp_path, {"slow": IMPORTS_IN_FIT})
    answers = [answer for _, answer in run_jobs(jobs["slow"], 1, WorkerConfig())]
    seconds = [answer["seconds"] for answer in answers]
    assert [True, True] == [0 < each < 0.7 for each in seconds], seconds


def test_what_a_file_replaces_does_not_reach_the_harness():
    """Neither in a library that is imported already, nor in one that the file imports."""
    argsort = np.argsort
    sys.modules.pop("this", None)
    with unchanged_process(), redirect_stdout(io.StringIO()):
        import this

        text, np.argsort, np.bool7, np.product7, this.s = this.s, None, bool, np.prod, ""
    assert argsort is np.argsort
    assert not hasattr(np, "bool7")
    assert not hasattr(np, "product7")
    assert text == this.s

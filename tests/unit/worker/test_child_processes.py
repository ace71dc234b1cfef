"""Processes that models start: they get the models' modules, and nothing of another model."""

from __future__ import annotations

import numpy as np
import pytest

from builders.plugin_files import TAIL, write_files
from builders.stateful_models import save_jobs
from evenfold.plugins.sources import read_sources
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.pool import PoolWorker, WorkerConfig
from evenfold.runtime.staging import stage
from evenfold.worker.plugin import load_plugin
from evenfold.worker.source_modules import active

RUNS = """
from joblib import Parallel, delayed
from _parts.base import Part


class Own(Part):
    pass


def run():
    return Parallel(2)(delayed(Own)(number) for number in (1, 2))


VALUE = 1
"""
PART = "class Part:\n    def __init__(self, number):\n        self.number = number\n"
IN_PROCESSES = """
import os
{change}
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from evenfold import Model


def variable():
    return "OF_A_MODEL" in os.environ


class Own(ClassifierMixin, BaseEstimator):
    def fit(self, x, y):
        from joblib import Parallel, delayed
        self.classes_ = np.unique(y)
        self.share_ = np.mean(Parallel(2)(delayed(variable)() for _ in range(2)))
        return self

    def predict_proba(self, x):
        return np.full((len(x), 2), [1 - self.share_, self.share_])


def build(task):
    return Own()


MODEL = Model(build)
"""


def test_classes_of_a_plug_in_and_of_its_helpers_reach_other_processes(tmp_path):
    files = {"net.py": RUNS + TAIL, "_parts/base.py": PART}
    file = write_files(tmp_path, files) / "net.py"
    plugin = load_plugin("net", read_sources(file))
    with active(plugin.modules):
        parts = plugin.modules.entry.run()
    assert [1, 2] == [part.number for part in parts]
    assert {plugin.modules.entry.Own} == {type(part) for part in parts}


@pytest.mark.slow(reason="starts four processes that import numpy and joblib")
def test_processes_of_one_model_are_not_used_by_the_next(tmp_path):
    texts = {
        "sets": IN_PROCESSES.format(change="os.environ['OF_A_MODEL'] = '1'"),
        "asks": IN_PROCESSES.format(change=""),
    }
    jobs = save_jobs(tmp_path, texts)
    with scratch() as folder:
        worker = PoolWorker(WorkerConfig(), stage(folder / "worker"))
        try:
            answers = {name: worker.fit(jobs[name][0]) for name in texts}
        finally:
            worker.stop()
    shares = {name: np.unique(answer["probabilities"]) for name, answer in answers.items()}
    assert {"sets": [0, 1], "asks": [0, 1]} == {name: [*s] for name, s in shares.items()}
    assert 1 == answers["sets"]["probabilities"][0][1]
    assert 0 == answers["asks"]["probabilities"][0][1]

"""A launch of a suite: processes of both contenders sample each benchmark together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from builders.suites import NAMES, make_project
from evenfold.errors import UsageError
from evenfold.race.launch import Launch
from evenfold.runtime.staging import stage
from evenfold.suite.contenders import parse_suite_contenders, resolve_suite_contenders
from evenfold.suite.launch import FailedBenchmarkError, SuiteConfig, SuiteLaunch


@pytest.fixture(scope="module")
def launch(tmp_path_factory):
    """One launch, for two processes start with it."""
    folder = tmp_path_factory.mktemp("launch")
    project = make_project(folder / "project")
    specs = parse_suite_contenders(["a", "b"])
    suite = (project / "bench/test_mine.py").relative_to(project)
    contenders = resolve_suite_contenders(specs, suite, project, folder, {})
    staged = stage(folder / "staged", "suite_serve")
    config = SuiteConfig("wall", 1, 60.0, staged, folder / "bytecode", least_seconds=0.001)
    with SuiteLaunch(config, contenders, np.random.default_rng(0)) as launch:
        launch.answers = launch.collect(describe=False)
        with launch.pinned():
            yield launch


def test_both_contenders_have_the_same_benchmarks(launch):
    assert [[one["name"] for one in answer["benchmarks"]] for answer in launch.answers] == [
        NAMES
    ] * 2
    assert launch.ready_seconds > 0


def test_blocks_are_counterbalanced_and_repeats_are_found_once(launch):
    repeats, samples = launch.measure("test_work", "test_marked", None, 2)
    assert len(samples.order) == len(samples.seconds) == 8
    blocks = np.reshape(samples.order, (4, 2))
    assert np.array_equal(blocks[::2], blocks[1::2, ::-1])
    assert all(1e-6 < seconds < 0.1 for seconds in samples.seconds)
    again, samples = launch.measure("test_marked", "test_wrong", (2, 3), 1)
    assert again == (2, 3)
    assert len(samples.order) == 4
    assert min(repeats) > 1


@dataclass
class Worker:
    stopped: bool = False

    def stop(self):
        self.stopped = True


@pytest.mark.parametrize(("kind", "stopped"), [(SuiteLaunch, False), (Launch, True)])
def test_a_failure_in_a_common_sample_ends_the_processes_of_models_alone(kind, stopped):
    """Samples of CPU time are taken at the same moment."""
    processes = object.__new__(kind)
    processes.workers = {number: Worker() for number in range(2)}
    answered = []

    def action(number):
        if number == 0:
            raise UsageError("a: it fails")
        answered.append(number)

    with pytest.raises(UsageError, match="a: it fails"):
        processes.at_once(action, range(2))
    assert answered == [1]
    assert {worker.stopped for worker in processes.workers.values()} == {stopped}


def test_a_failing_benchmark_is_named_and_the_next_one_runs(launch):
    for name, message in (("test_wrong", "assert 5 == 7"), ("test_raises", "ZeroDivisionError"),
                          ("test_early", "not here")):  # fmt: skip
        with pytest.raises(FailedBenchmarkError, match=message) as raised:
            launch.measure(name, "test_work", (1, 1), 1)
        assert raised.value.is_skipped == (name == "test_early")
    launch.measure("test_work", None, (1, 1), 1)
    record = launch.suite_record([])
    assert record.whole_seconds > record.ready_seconds

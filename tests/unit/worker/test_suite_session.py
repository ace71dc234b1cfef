"""A suite's worker: it collects benchmarks, and samples one while its test waits."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

import pytest

from builders.suites import NAMES, make_project
from evenfold.runtime.staging import stage
from evenfold.runtime.worker_process import WorkerProcess
from evenfold.worker.suite_samples import BenchmarkStandIn, CallSampler


class SuiteWorker(WorkerProcess):
    def do(self, message):
        return self.ask(message, 60)

    def collect(self, root, suite="bench/test_mine.py", packages=("pkg",)):
        return self.do({"do": "collect", "root": str(root), "suite": suite,
                        "paths": [str(root / "src"), str(root)], "packages": list(packages),
                        "clock": "wall", "describe": True})  # fmt: skip

    def open(self, name, following=None):
        return self.do({"do": "open", "name": name, "following": following})


def start(folder: Path) -> SuiteWorker:
    worker = SuiteWorker(Path(sys.executable), stage(folder, "suite_serve"), dict(os.environ))
    worker.greet(1, False)
    return worker


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    """One process for all tests of the suite: pytest starts once."""
    folder = tmp_path_factory.mktemp("suite")
    worker = start(folder / "staged")
    worker.collected = worker.collect(make_project(folder / "project"))
    yield worker
    worker.stop()


def test_tests_with_the_fixture_or_the_mark_are_benchmarks(worker):
    benchmarks = worker.collected["benchmarks"]
    assert [one["name"] for one in benchmarks] == NAMES
    digests = {one["name"]: one["digest"] for one in benchmarks}
    assert digests["test_setup[1]"] == digests["test_setup[2]"] != digests["test_work"]
    assert worker.collected["versions"]["pytest"] == pytest.__version__


def test_a_test_waits_while_its_function_is_sampled(worker):
    assert worker.open("test_work", "test_marked") == {}
    repeats = worker.do({"do": "calibrate", "seconds": 0.002})["repeats"]
    sample = worker.do({"do": "sample", "repeats": repeats})
    assert sample["units"] == repeats > 5
    assert 0.0005 < sample["nanoseconds"] * 1e-9 < 1
    assert worker.do({"do": "close"}) == {}
    assert worker.open("test_marked") == {}
    assert worker.do({"do": "sample", "repeats": 3})["units"] == 3
    assert worker.do({"do": "close"}) == {}


@pytest.mark.parametrize("name", ["test_setup[2]", "test_setup[1]"])
def test_setup_gives_arguments_and_the_own_assertions_hold(worker, name):
    assert worker.open(name) == {}
    assert worker.do({"do": "sample", "repeats": 4})["units"] == 4
    assert worker.do({"do": "close"}) == {}


def test_an_assertion_after_the_benchmark_fails_it(worker):
    assert worker.open("test_wrong") == {}
    assert worker.do({"do": "sample", "repeats": 1})["units"] == 1
    assert "assert 5 == 7" in worker.do({"do": "close"})["failed"]


def test_an_error_in_the_function_fails_its_sample_and_the_worker_goes_on(worker):
    assert worker.open("test_raises") == {}
    assert "ZeroDivisionError" in worker.do({"do": "sample", "repeats": 1})["failed"]
    assert "ZeroDivisionError" in worker.do({"do": "close"})["failed"]
    assert worker.open("test_work") == {}
    assert worker.do({"do": "close"}) == {}


def test_a_test_that_never_gets_to_its_benchmark_is_answered(worker):
    assert "not here" in worker.open("test_early")["skip"]
    assert "never calls benchmark" in worker.open("test_unused")["failed"]
    assert "no benchmark is open" in worker.do({"do": "sample", "repeats": 1})["failed"]


LIMITED = """
class Limit:
    # In place of pytest-timeout, whose plug-in has this name.

    def pytest_runtest_setup(self, item):
        assert item.get_closest_marker("timeout").args == (0,)

def pytest_configure(config):
    config.addinivalue_line("markers", "timeout: seconds")
    config.pluginmanager.register(Limit(), "timeout")
"""


def test_a_limit_of_a_tests_time_does_not_end_one_that_waits(tmp_path):
    test = "@pytest.mark.timeout(1)\ndef test_a(benchmark):\n    benchmark(len, '')\n"
    root = make_project(tmp_path / "project", f"import pytest\n\n{test}")
    (root / "bench/conftest.py").write_text(LIMITED)
    worker = start(tmp_path / "staged")
    try:
        worker.collect(root)
        assert worker.open("test_a") == {}
    finally:
        worker.stop()


@pytest.mark.parametrize(
    ("suite", "packages", "message"),
    [
        ("import nowhere_at_all\n", (), "No module named 'nowhere_at_all'"),
        (
            "import json\n\ndef test_a(benchmark): pass\n",
            ("json",),
            "package json is imported from",
        ),
    ],
    ids=["import error", "foreign package"],
)
def test_a_suite_that_is_not_the_projects_is_refused(tmp_path, suite, packages, message):
    root = make_project(tmp_path / "project", suite)
    worker = start(tmp_path / "staged")
    try:
        assert message in worker.collect(root, packages=packages)["failed"]
    finally:
        worker.stop()


def test_a_stand_in_returns_the_functions_result_and_is_used_once():
    samples = []
    benchmark = BenchmarkStandIn(lambda sampler: samples.append(sampler.take(3)), "wall")
    assert benchmark(max, 3, 2) == 3
    assert samples[0].units == 3
    with pytest.raises(RuntimeError, match="twice"):
        benchmark(max, 3, 2)
    with pytest.raises(RuntimeError, match=r"benchmark\.weave"):
        BenchmarkStandIn(samples.append, "wall").weave("x")


def test_a_function_whose_code_runs_later_is_refused():
    async def coroutine():
        pass

    def generator():
        yield

    for function in (coroutine, generator, partial(coroutine)):
        with pytest.raises(RuntimeError, match="whose call runs none of its code"):
            BenchmarkStandIn(lambda sampler: sampler.take(1), "wall")(function)


def test_setup_and_teardown_are_outside_the_clock():
    import time

    log = []
    sampler = CallSampler(
        log.append, ("x",), {}, "wall", lambda: time.sleep(0.01), lambda item: log.append("torn")
    )
    assert sampler.take(2).nanoseconds < 5e6
    assert log == ["x", "torn"] * 2

"""Suites of pytest benchmarks: a project that has one, and races of suites with known ratios."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from evenfold.suite.record import (
    BenchmarkSamples,
    SuiteBenchmark,
    SuiteContenderRecord,
    SuiteLaunchRecord,
    SuiteRace,
    SuiteSettings,
    UnracedBenchmark,
)

CONFTEST = """
import pytest

@pytest.fixture(scope="module")
def size():
    yield 1000
    print("torn down")
"""
SUITE = """
import pytest
from pkg import work

calls = []

def test_work(benchmark, size):
    assert benchmark(work, size) == sum(i * i for i in range(size))

@pytest.mark.parametrize("n", [1, 2])
def test_setup(benchmark, n):
    assert benchmark.pedantic(work, setup=lambda: ((n,), {}), rounds=3) == n - 1

@pytest.mark.benchmark(group="x")
def test_marked(size):
    calls.append(work(size))

def test_wrong(benchmark):
    assert benchmark(work, 3) == 7

def test_raises(benchmark):
    benchmark(lambda: 1 / 0)

def test_early(benchmark):
    pytest.skip("not here")

def test_unused(benchmark):
    pass

def test_plain():
    assert calls
"""
NAMES = ["test_work", "test_setup[1]", "test_setup[2]", "test_marked", "test_wrong", "test_raises",
         "test_early", "test_unused"]  # fmt: skip


def make_project(folder: Path, suite: str = SUITE) -> Path:
    (folder / "src" / "pkg").mkdir(parents=True)
    (folder / "bench").mkdir()
    (folder / "src/pkg/__init__.py").write_text(
        "def work(n):\n    return sum(i * i for i in range(n))\n"
    )
    (folder / "bench/conftest.py").write_text(CONFTEST)
    (folder / "bench/test_mine.py").write_text(suite)
    (folder / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-n 3 --nope"\n')
    return folder


def suite_samples(ratio, chance, blocks=4):
    """Blocks of two contenders, the second that many times as slow."""
    order, seconds = [], []
    for block in range(blocks):
        turn = [0, 1] if block % 2 else [1, 0]
        order += turn
        seconds += [float(0.002 * (ratio if n else 1) * chance.normal(1, 1e-4)) for n in turn]
    return BenchmarkSamples(tuple(order), tuple(seconds))


def suite_race(ratios=(1.0, 1.1), launches=5, judged=(5,), planned=5, unraced=True):
    """A race of a suite with one benchmark for each ratio."""
    chance = np.random.default_rng(0)
    environment = {"name": "python3.13", "versions": {}, "flags": {}, "python": "3.13.0"}
    contenders = tuple(
        SuiteContenderRecord(name, spec, commit, "d", environment)
        for name, spec, commit in (("base", "base#main", "c" * 40), ("head", "head", None))
    )
    return SuiteRace(
        name="test_mine-base-vs-head",
        machine="epyc-2c",
        settings=SuiteSettings("bench/test_mine.py", 0.02, 1, 3, 60.0),
        planned=planned,
        judged=judged,
        contenders=contenders,
        benchmarks=tuple(SuiteBenchmark(f"test_{n}", (3, 3)) for n in range(len(ratios))),
        unraced=(UnracedBenchmark("test_new", "only head has it"),) if unraced else (),
        launches=tuple(
            SuiteLaunchRecord("2026-01-01T00:00:00+00:00", (1,), (1, 0), (5, 6), (0, 9), 0.5, 3.0,
                              tuple(suite_samples(ratio, chance) for ratio in ratios))
            for _ in range(launches)
        ),
    )  # fmt: skip

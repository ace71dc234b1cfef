"""Results of pytest-benchmark and asv: read with their types, or refused in one sentence."""

from __future__ import annotations

import copy
import json

import pytest

from builders.other_tools import ASV, PYTEST_BENCHMARK, asv_run, benchmark_run
from evenfold.errors import ResultsError
from evenfold.history.other_tools import read_other_file, read_other_results


@pytest.fixture
def file(tmp_path):
    return tmp_path / "0001_x.json"


def test_a_run_of_pytest_benchmark_has_the_median_of_each_benchmark(file):
    file.write_text(json.dumps(benchmark_run(0.012)))
    (result,) = read_other_file(file)
    assert ("pytest-benchmark", 0.012, "abcdef0123", True) == (
        result.source, result.value, result.revision, result.is_time,
    )  # fmt: skip
    assert "bench/test_x.py::test_one" == result.benchmark
    assert "epyc-7b12-64c" == result.machine
    assert "secret-host" not in result.machine


def test_a_result_of_asv_has_one_value_for_each_combination_of_parameters(file):
    file.write_text(json.dumps(asv_run({"s.Suite.time_x": [[0.1, 0.2, None, float("nan")],
                                                           [["1", "2"], ["'a'", "'b'"]], "v"],
                                        "s.track_size": [[7], [], "v"],
                                        "s.time_failed": [None, [], "v"]})))  # fmt: skip
    results = read_other_file(file)
    names = ["s.Suite.time_x(1, 'a') [py3.12]", "s.Suite.time_x(1, 'b') [py3.12]",
             "s.track_size [py3.12]"]  # fmt: skip
    assert names == [result.benchmark for result in results]
    assert [0.1, 0.2, 7] == [result.value for result in results]
    assert [True, True, False] == [result.is_time for result in results]


def test_results_are_found_in_the_usual_folders(tmp_path):
    for place, content in (
        (".benchmarks/Linux-CPython", PYTEST_BENCHMARK),
        (".asv/results/m", ASV),
    ):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "0001.json").write_text(json.dumps(content))
    (tmp_path / ".asv/results/benchmarks.json").write_text("{}")
    (tmp_path / ".asv/results/m/machine.json").write_text("{}")
    (tmp_path / "package.json").write_text("{}")
    results, problems = read_other_results([tmp_path])
    assert {"pytest-benchmark", "asv"} == {result.source for result in results}
    assert [] == problems


def changed(content, path, value):
    content = copy.deepcopy(content)
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "neither"),
        ([], "neither"),
        (changed(PYTEST_BENCHMARK, ("datetime",), "yesterday"), "isoformat"),
        (changed(PYTEST_BENCHMARK, ("datetime",), 3), "datetime"),
        (changed(PYTEST_BENCHMARK, ("benchmarks",), {}), "benchmarks"),
        (changed(PYTEST_BENCHMARK, ("benchmarks", 0, "stats", "median"), -1), "no time"),
        (changed(PYTEST_BENCHMARK, ("benchmarks", 0, "stats", "median"), "1"), "median"),
        (changed(PYTEST_BENCHMARK, ("machine_info",), None), "machine_info"),
        (changed(ASV, ("version",), 1), "version"),
        (changed(ASV, ("date",), 1e300), "date"),
        (changed(ASV, ("results",), []), "results"),
        (changed(ASV, ("results", "s.time_x"), [[1.0, 2.0], [], "v"]), "2 results of 1"),
        (changed(ASV, ("results", "s.time_x"), [1.0, [], "v"]), "no lists"),
        (changed(ASV, ("results", "s.time_x"), [[1.0], [1], "v"]), "lists of texts"),
        (changed(ASV, ("params",), 7), "params"),
    ],
)
def test_a_damaged_file_ends_in_one_sentence(content, message, file):
    file.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=message) as caught:
        read_other_file(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_truncated_file_ends_in_one_sentence(file):
    file.write_text(json.dumps(ASV)[:100])
    with pytest.raises(ResultsError, match="truncated or not JSON"):
        read_other_file(file)

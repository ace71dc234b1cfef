"""Results on disk: where a run goes, a round trip, and files that are not ours."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.errors import ResultsError
from evenfold.runtime import results_folder as folder
from evenfold.runtime.environment import Environment

WHEN = datetime(2026, 1, 2, 3, 4, 5)
ENVIRONMENT = Environment(
    name="tf9.9",
    machine="abacus-2c",
    python="3.12.1",
    versions={"numpy": "2.0"},
    system="Linux x86_64",
    processor="Abacus",
    cores=2,
)


def bench(samples=3, **info):
    stats = {"median": 0.2, "data": [0.1] * samples}
    entry = {"name": "test", "extra_info": {"kind": "training", **info}, "stats": stats}
    return {"machine_info": {"node": "secret-host", "cpu": 2}, "benchmarks": [entry]}


@pytest.mark.parametrize(
    ("chosen", "complete", "base"),
    [
        (None, True, "root/results"),
        (None, False, "root/.evenfold/runs/20260102T030405"),
        (Path("mine"), True, "mine"),
        (Path("mine"), False, "mine"),
    ],
)
def test_where_a_run_goes(chosen, complete, base):
    """Only a complete default run goes into results, unless a folder is given."""
    found = folder.folder_of(ENVIRONMENT, Path("root"), chosen, complete, WHEN)
    assert Path(base) / "abacus-2c" / "tf9.9" == found


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(info=st.dictionaries(st.text().filter(lambda key: key != "kind"), json_values))
def test_results_survive_a_round_trip(tmp_path_factory, info):
    """What was told of a benchmark is read back to the last digit, whatever its text."""
    place = tmp_path_factory.mktemp("run")
    written = bench()
    written["benchmarks"][0]["extra_info"].update(info)
    folder.write_bench(place, ENVIRONMENT, written, complete=True)
    read = folder.read_bench(place / "bench.json")
    assert written["benchmarks"] == read["benchmarks"]
    assert {"schema": folder.BENCH_SCHEMA, "complete": True} == read["evenfold"]


def test_the_environment_is_beside_it(tmp_path):
    folder.write_bench(tmp_path, ENVIRONMENT, bench(), complete=False)
    assert ENVIRONMENT.to_json() == {
        **folder.read_json(tmp_path / "environment.json"),
        "gpus": (),
    }


def test_the_hosts_name_is_left_out(tmp_path):
    folder.write_bench(tmp_path, ENVIRONMENT, bench(), complete=True)
    assert "secret-host" not in (tmp_path / "bench.json").read_text()


@pytest.mark.parametrize(("samples", "kept"), [(1000, 1000), (1001, 1000), (123_456, 1000)])
def test_a_benchmark_keeps_at_most_1000_samples(tmp_path, samples, kept):
    written = bench()
    written["benchmarks"][0]["stats"]["data"] = list(range(samples))
    folder.write_bench(tmp_path, ENVIRONMENT, written, complete=True)
    data = folder.read_bench(tmp_path / "bench.json")["benchmarks"][0]["stats"]["data"]
    assert kept == len(set(data))
    assert 0 == data[0]
    assert data[-1] >= samples * 0.99 - 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"evenfold": {"schema": 1}, "bench', "truncated or not JSON"),
        ("", "truncated or not JSON"),
        ("\udcff\x00", "truncated or not JSON"),
        ("[]", "is not a bench.json of evenfold"),
        ('{"benchmarks": []}', "is not a bench.json of evenfold"),
        ('{"evenfold": {"schema": 1}}', "is not a bench.json of evenfold"),
        ('{"evenfold": {"schema": 99}, "benchmarks": []}', "has schema 99, this evenfold knows"),
    ],
)
def test_a_file_that_is_not_ours_is_named(tmp_path, text, message):
    file = tmp_path / "bench.json"
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ResultsError, match=rf"bench\.json .*{message}"):
        folder.read_bench(file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ResultsError, match=r"bench\.json cannot be read: No such file"):
        folder.read_bench(tmp_path / "bench.json")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    """A file is the old one or the whole new one."""
    file = tmp_path / "bench.json"
    folder.write_json(file, {"old": 1})
    with pytest.raises(TypeError):
        folder.write_json(file, {"new": object()})
    assert {"old": 1} == json.loads(file.read_text())


FULL = """
import resource, signal, sys
from pathlib import Path
from evenfold.errors import ResultsError
from evenfold.runtime.results_folder import write_json
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    write_json(Path(sys.argv[1]), {"new": "x" * 5000})
except ResultsError as error:
    print(error)
"""


@pytest.mark.skipif(os.name != "posix", reason="there is no such limit")
def test_a_write_that_stops_half_way_leaves_the_old_file_and_no_part_of_the_new(tmp_path):
    """The system writes the first thousand bytes, as on a disk that is full."""
    file = tmp_path / "bench.json"
    folder.write_json(file, {"old": 1})
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(file)], capture_output=True, text=True, check=True
    )
    assert f"{file} cannot be written: File too large" == done.stdout.strip()
    assert {"old": 1} == json.loads(file.read_text())
    assert [file] == list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(ResultsError, match=r"bench\.json cannot be written: "):
        folder.write_json(tmp_path / "taken" / "bench.json", {})

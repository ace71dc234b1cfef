"""bench.json and environment.json: a round trip, and files that are not ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.bench import training
from evenfold.bench.record import SCHEMA, is_full_run, lost_models, read_bench, write_bench
from evenfold.errors import ResultsError
from evenfold.runtime.environment import Environment
from evenfold.runtime.results_folder import read_json

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
    write_bench(place, ENVIRONMENT, written, complete=True)
    read = read_json(place / "bench.json")
    assert written["benchmarks"] == read["benchmarks"]
    assert {"schema": SCHEMA, "complete": True, "full": True} == read["evenfold"]


def test_a_run_with_all_paths_is_known_by_its_file(tmp_path):
    """Those of earlier versions are, and what cannot be read is not."""
    assert not is_full_run(tmp_path)
    for full in (False, True):
        write_bench(tmp_path, ENVIRONMENT, bench(), complete=True, full=full)
        assert full == is_full_run(tmp_path)
    file = tmp_path / "bench.json"
    file.write_text(file.read_text().replace(', "full": true', "").replace('"full": true,', ""))
    assert is_full_run(tmp_path)
    file.write_text("{")
    assert not is_full_run(tmp_path)


def test_the_environment_is_beside_it(tmp_path):
    write_bench(tmp_path, ENVIRONMENT, bench(), complete=False)
    assert ENVIRONMENT.to_json() == {
        **read_json(tmp_path / "environment.json"),
        "gpus": (),
    }


def test_the_hosts_name_is_left_out(tmp_path):
    write_bench(tmp_path, ENVIRONMENT, bench(), complete=True)
    assert "secret-host" not in (tmp_path / "bench.json").read_text()


@pytest.mark.parametrize(("samples", "kept"), [(1000, 1000), (1001, 1000), (123_456, 1000)])
def test_a_benchmark_keeps_at_most_1000_samples(tmp_path, samples, kept):
    written = bench()
    written["benchmarks"][0]["stats"]["data"] = list(range(samples))
    write_bench(tmp_path, ENVIRONMENT, written, complete=True)
    data = read_json(tmp_path / "bench.json")["benchmarks"][0]["stats"]["data"]
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
        read_bench(file)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ResultsError, match=r"bench\.json cannot be read: No such file"):
        read_bench(tmp_path / "bench.json")


def run_of(*models):
    return {"benchmarks": [training(model=model, epochs=2) for model in models]}


def test_models_that_another_run_replaces_are_known(tmp_path):
    assert lost_models(tmp_path, run_of("one")) == []
    write_bench(tmp_path, ENVIRONMENT, run_of("one", "two"), complete=False)
    assert lost_models(tmp_path, run_of("one", "two", "three")) == []
    assert lost_models(tmp_path, run_of("three", "two")) == ["one"]
    (tmp_path / "bench.json").write_text("{")
    assert lost_models(tmp_path, run_of("one")) == ["models that cannot be read"]

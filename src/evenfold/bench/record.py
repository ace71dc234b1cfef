"""``bench.json``: pytest-benchmark's JSON, thinned, and the part of it that is read again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from evenfold.errors import ResultsError
from evenfold.runtime.environment import Environment
from evenfold.runtime.records import converted
from evenfold.runtime.results_folder import read_json, write_json

SCHEMA = 1  # 1: pytest-benchmark's JSON with an object "evenfold" beside "benchmarks"
MOST_SAMPLES = 1000


class Statistics(msgspec.Struct, frozen=True):
    """Statistics of the samples of a benchmark, in seconds; NaN for what is not of its kind."""

    median: float
    min: float = math.nan
    max: float = math.nan
    q1: float = math.nan
    q3: float = math.nan


# The statistics that tables show of each kind of benchmark.
SHOWN = {"training": ("median", "min", "max"), "inference": ("median", "q1", "q3")}


class TrainingInfo(msgspec.Struct, frozen=True, kw_only=True, tag="training", tag_field="kind"):
    """What a training benchmark measured, a list an entry for each round.

    An estimator has no ``epochs`` and no seconds of an epoch.
    """

    model: str
    device: str
    accuracy: list[float | None]
    log_loss: list[float | None]
    steady_epoch_seconds: list[float | None]
    parameters: int | None
    epochs: int | None
    fingerprint: str | None = None
    split: str | None = None


class InferenceInfo(msgspec.Struct, frozen=True, kw_only=True, tag="inference", tag_field="kind"):
    """What a benchmark of one inference path at one batch size measured.

    ``exact`` is whether the path has to give the probabilities of ``predict``; ``percentiles`` are
    seconds by percentile; ``scores`` are those of the test part. Older runs lack what has a
    default.
    """

    model: str
    device: str
    path: str
    rows: int
    exact: bool = True
    first_seconds: float | None = None
    conversion_seconds: float | None = None
    size_bytes: int | None = None
    peak_bytes: int | None = None
    largest_difference: float | None = None
    percentiles: dict[str, float] = {}
    scores: dict[str, float | None] | None = None
    scores_of_predict: dict[str, float | None] | None = None
    fingerprint: str | None = None
    split: str | None = None


class Benchmark(msgspec.Struct, frozen=True):
    """One benchmark: what it measured and the statistics of its times."""

    extra_info: TrainingInfo | InferenceInfo
    stats: Statistics


def write_bench(
    folder: Path,
    environment: Environment,
    bench: Mapping[str, Any],
    complete: bool,
    full: bool = True,
) -> None:
    """Write ``environment.json`` and ``bench.json``, each whole or not at all.

    The host's name is left out, and a benchmark keeps at most 1,000 samples, evenly spaced.

    Parameters
    ----------
    folder
        The folder of the run.
    environment
        The environment of the run.
    bench
        The JSON object of pytest-benchmark.
    complete
        Whether all models were measured with the defaults.
    full
        Whether all paths and batch sizes were.

    Raises
    ------
    ResultsError
        The folder cannot be written.
    """
    machine_info = {k: v for k, v in bench.get("machine_info", {}).items() if k != "node"}
    content = {
        "evenfold": {"schema": SCHEMA, "complete": complete, "full": full},
        **bench,
        "machine_info": machine_info,
        "benchmarks": [_thinned(entry) for entry in bench["benchmarks"]],
    }
    write_json(folder / "environment.json", environment.to_json())
    write_json(folder / "bench.json", content)


def is_full_run(folder: Path) -> bool:
    """Return whether a folder has a ``bench.json`` of all paths and batch sizes.

    Those of earlier versions are all of this kind.
    """
    try:
        content = read_json(folder / "bench.json")
    except ResultsError:
        return False
    about = content.get("evenfold") if isinstance(content, dict) else None
    return isinstance(about, dict) and about.get("full", True) is not False


def lost_models(folder: Path, bench: Mapping[str, Any]) -> list[str]:
    """Return the models in a folder's ``bench.json`` that another run lacks, which replaces it."""
    file = folder / "bench.json"
    if not file.exists():
        return []
    try:
        earlier = read_bench(file)
    except ResultsError:
        return ["models that cannot be read"]
    infos = (entry.get("extra_info", {}) for entry in bench["benchmarks"])
    measured = {info.get("model") for info in infos}
    return sorted({benchmark.extra_info.model for benchmark in earlier} - measured)


def read_bench(file: Path) -> list[Benchmark]:
    """Read the benchmarks of training and inference in a ``bench.json``.

    Raises
    ------
    ResultsError
        The file is missing, truncated, of another kind or of a newer schema, or a benchmark lacks
        a field or has one that cannot be. The message names the file and the field.
    """
    content = read_json(file)
    about = content.get("evenfold") if isinstance(content, dict) else None
    schema = about.get("schema") if isinstance(about, dict) else None
    if not isinstance(schema, int) or not isinstance(content.get("benchmarks"), list):
        raise ResultsError(f"{file} is not a bench.json of evenfold: nothing was read from it")
    if schema > SCHEMA:
        raise ResultsError(
            f"{file} has schema {schema}, this evenfold knows up to {SCHEMA}: "
            "read it with a newer evenfold"
        )
    try:
        return read_benchmarks(content["benchmarks"])
    except ValueError as error:
        raise ResultsError(f"{file}: an entry is not evenfold's: {error}") from error


def read_benchmarks(entries: list[Any]) -> list[Benchmark]:
    """Convert and check the entries of training and inference; leave out those of other kinds.

    Raises
    ------
    ValueError
        An entry lacks a field or has one that cannot be.
    """
    benchmarks = []
    for entry in entries:
        info = entry.get("extra_info") if isinstance(entry, dict) else None
        if not isinstance(info, dict):
            raise ValueError(f"expected an object with extra_info, found {entry!r:.40}")
        if info.get("kind") in ("training", "inference"):
            benchmark = converted(entry, Benchmark, refuse_unknown=False)
            _require_times(benchmark)
            benchmarks.append(benchmark)
    return benchmarks


def _require_times(benchmark: Benchmark) -> None:
    kind = "training" if isinstance(benchmark.extra_info, TrainingInfo) else "inference"
    for name in SHOWN[kind]:
        value = getattr(benchmark.stats, name)
        if not value > 0:
            raise ValueError(f"stats.{name}: expected seconds above 0, found {value}")


def _thinned(entry: dict[str, Any]) -> dict[str, Any]:
    data = entry["stats"].get("data") or []
    if len(data) <= MOST_SAMPLES:
        return entry
    step = len(data) / MOST_SAMPLES
    samples = [data[int(number * step)] for number in range(MOST_SAMPLES)]
    return {**entry, "stats": {**entry["stats"], "data": samples}}

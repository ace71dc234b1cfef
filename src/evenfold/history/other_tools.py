"""Results of pytest-benchmark and asv: sequential measurements, read with their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from itertools import product
from pathlib import Path
from typing import Any

from evenfold.errors import ResultsError
from evenfold.history.series import Source
from evenfold.render.media import visible
from evenfold.runtime.environment import machine_slug
from evenfold.runtime.record_checks import is_number
from evenfold.runtime.records import converted
from evenfold.runtime.results_folder import natural, read_each, read_json

# Below folders of results, what other tools wrote is looked for in their usual folders.
FOLDERS = (".benchmarks", ".asv")
NOT_RESULTS = ("machine.json", "benchmarks.json")
ASV_VERSION = 2


@dataclass(frozen=True)
class OtherResult:
    """What another tool measured of one benchmark in one run.

    Parameters
    ----------
    source, machine, benchmark
        The tool, the machine's name, and the benchmark with its parameters.
    is_time
        Whether the value is in seconds.
    value
        The median of a run, above 0.
    revision
        The commit; empty where it is unknown.
    when
        When it was measured, or the date of the commit.
    host
        What else tells machines apart; it is not shown.
    """

    source: Source
    machine: str
    benchmark: str
    is_time: bool
    value: float
    revision: str
    when: datetime
    host: str = field(default="", repr=False)


@dataclass(frozen=True)
class _Stats:
    median: float


@dataclass(frozen=True)
class _Benchmark:
    fullname: str
    stats: _Stats


@dataclass(frozen=True)
class _Commit:
    id: str | None = None


@dataclass(frozen=True)
class _Cpu:
    brand_raw: str = ""
    count: int = 1


@dataclass(frozen=True)
class _Machine:
    node: str = ""
    cpu: _Cpu = _Cpu()


@dataclass(frozen=True)
class _BenchmarkRun:
    """A file of pytest-benchmark, of which other fields are ignored."""

    benchmarks: tuple[_Benchmark, ...]
    datetime: str
    machine_info: _Machine = _Machine()
    commit_info: _Commit = _Commit()


@dataclass(frozen=True)
class _AsvRun:
    """A file of asv's results, of which other fields are ignored."""

    version: int
    commit_hash: str
    date: float
    env_name: str
    result_columns: tuple[str, ...]
    results: dict[str, tuple[Any, ...]]
    params: dict[str, Any] = field(default_factory=dict)


def read_other_results(paths: Iterable[Path]) -> tuple[list[OtherResult], list[str]]:
    """Read the results of other tools that the paths are or hold.

    Returns
    -------
    results
        Every benchmark of every file.
    problems
        A line on each file that cannot be read.
    """
    files = (file for path in paths for file in _files(path))
    read, problems = read_each(files, read_other_file)
    return [result for _, results in read for result in results], problems


def read_other_file(file: Path) -> list[OtherResult]:
    """Read a file of pytest-benchmark or asv.

    Raises
    ------
    ResultsError
        The file is of neither, or damaged; the message names it and the field.
    """
    content = read_json(file)
    try:
        if isinstance(content, dict) and "machine_info" in content and "benchmarks" in content:
            return list(_of_pytest_benchmark(content))
        if isinstance(content, dict) and "result_columns" in content:
            return list(_of_asv(content))
    except (ValueError, OverflowError, OSError) as error:
        text = f"{file} is not a whole result of another tool: {error}"
        raise ResultsError(f"{text}. Write it anew, or remove it") from error
    raise ResultsError(
        f"{file} is neither a result of pytest-benchmark (--benchmark-save) nor one of asv 0.5 or "
        "later"
    )


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*.json"), key=natural):
        is_theirs = any(folder in file.absolute().parts for folder in FOLDERS)
        if is_theirs and file.name not in NOT_RESULTS and not file.name.endswith("-profile.json"):
            yield file


def _of_pytest_benchmark(content: dict[str, Any]) -> Iterator[OtherResult]:
    run = converted(content, _BenchmarkRun, refuse_unknown=False)
    when, cpu = _date(run.datetime), run.machine_info.cpu
    machine = machine_slug(cpu.brand_raw, cpu.count) if cpu.brand_raw else ""
    for number, benchmark in enumerate(run.benchmarks):
        median = benchmark.stats.median
        if not is_number(median, 1e-12, 1e9):
            raise ValueError(f"benchmarks[{number}].stats.median: {median!r} is no time")
        yield OtherResult(
            source="pytest-benchmark",
            machine=machine,
            benchmark=visible(benchmark.fullname),
            is_time=True,
            value=median,
            revision=visible(run.commit_info.id or ""),
            when=when,
            host=run.machine_info.node,
        )


def _of_asv(content: dict[str, Any]) -> Iterator[OtherResult]:
    if content.get("version") != ASV_VERSION:
        raise ValueError(f"version: {content.get('version')!r}, and {ASV_VERSION} can be read")
    run = converted(content, _AsvRun, refuse_unknown=False)
    if not is_number(run.date, 0, 1e14):
        raise ValueError(f"date: {run.date!r} is no time in milliseconds")
    when = datetime.fromtimestamp(run.date / 1000, timezone.utc)
    machine = run.params.get("machine", "")
    cpu = run.params.get("cpu", "")
    for name, cells in run.results.items():
        columns = dict(zip(run.result_columns, cells, strict=False))
        is_time = name.rpartition(".")[2].startswith("time")
        for parameters, value in _asv_values(name, columns):
            # Skipped and failed ones have no value; there is no ratio of values below 0.
            if is_number(value):
                yield OtherResult(
                    source="asv",
                    machine=machine_slug(cpu, 1) if isinstance(cpu, str) and cpu else "",
                    benchmark=visible(f"{name}{parameters} [{run.env_name}]"),
                    is_time=is_time,
                    value=value,
                    revision=visible(run.commit_hash),
                    when=when,
                    host=str(machine),
                )


def _asv_values(name: str, columns: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the parameters and the value of each result of a benchmark."""
    values = columns.get("result")
    if values is None:
        return
    parameters = columns.get("params") or []
    if not isinstance(values, list) or not isinstance(parameters, list):
        raise ValueError(f"results.{name}: result and params are no lists")
    if not all(isinstance(one, list) for one in parameters):
        raise ValueError(f"results.{name}.params: expected lists of texts")
    combinations = list(product(*parameters))
    if len(combinations) != len(values):
        raise ValueError(
            f"results.{name}: {len(values)} results of {len(combinations)} combinations"
        )
    for combination, value in zip(combinations, values, strict=True):
        yield f"({', '.join(map(str, combination))})" if combination else "", value


def _date(text: str) -> datetime:
    when = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return when if when.tzinfo else when.replace(tzinfo=timezone.utc)

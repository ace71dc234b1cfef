"""Bench runs on disk: each bench.json with its environment.json, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from evenfold.bench.record import Benchmark, read_bench
from evenfold.errors import ResultsError
from evenfold.files.path_names import missing_path
from evenfold.runtime import environment
from evenfold.runtime.environment_file import read_environment
from evenfold.runtime.results_folder import natural


@dataclass(frozen=True)
class Result:
    """One bench run.

    Parameters
    ----------
    label
        The environment's name, with its machine or folder where several runs share it.
    machine
        The machine's name.
    environment
        The content of environment.json.
    benchmarks
        The benchmarks of training and inference, at least one.
    file
        The bench.json.
    """

    label: str
    machine: str
    environment: dict[str, Any] = field(repr=False)
    benchmarks: list[Benchmark] = field(repr=False)
    file: Path

    @property
    def rows(self) -> tuple[str | None, str | None]:
        """The fingerprint of the data and the name of the split."""
        info = self.benchmarks[0].extra_info
        return info.fingerprint, info.split


@dataclass(frozen=True)
class Results:
    """The runs that could be read, the reference first, and a line on each that could not."""

    results: tuple[Result, ...]
    problems: tuple[str, ...]


def local_results(root: Path) -> Path:
    """Return the folder of this machine's committed results, below ``root``."""
    return root / "results" / environment.current_environment(None, root=root).machine


def _no_others(path: Path) -> bool:
    return False


def nothing_here(path: Path) -> str:
    """Return the message on a file or folder that holds no result."""
    return (
        f"{path}: no bench.json here, no scores and no races: run pytest bench/ "
        "--benchmark-only, evenfold score or evenfold race"
    )


def read_results(
    paths: Sequence[Path], holds_others: Callable[[Path], bool] = _no_others
) -> Results:
    """Read every bench.json that the paths are or hold.

    A file that is truncated, foreign, of a newer schema, or of other rows than the first one is a
    problem, and the others are read.

    Parameters
    ----------
    paths
        Files, or folders that are searched in natural order: tf2.8 before tf2.12.
    holds_others
        Whether a path is or holds results of another kind, which other readers read.

    Raises
    ------
    ResultsError
        Nothing could be read, and no path holds other results. The message has all problems.
    """
    results: list[Result] = []
    problems: list[str] = []
    others = {path for path in paths if holds_others(path)}
    for path in paths:
        files = _bench_files(path, path in others)
        if not path.exists():
            problems.append(missing_path(path))
        elif not files and path not in others:
            problems.append(nothing_here(path))
        for file in files:
            try:
                result = _read(file)
                if results and result.rows != results[0].rows:
                    raise ResultsError(f"{file} is of other rows than {results[0].file}: left out")
                results.append(result)
            except ResultsError as error:
                problems.append(str(error))
    if not results and not others:
        raise ResultsError("; ".join(problems) or "no results were named")
    return Results(tuple(_labelled(results)), tuple(problems))


def _bench_files(path: Path, is_other: bool) -> list[Path]:
    """Return the bench.json files that a path is or holds, in natural order."""
    if path.is_file():
        return [] if is_other else [path]
    return sorted(path.rglob("bench.json"), key=natural)


def _read(file: Path) -> Result:
    benchmarks = read_bench(file)
    info = read_environment(file.with_name("environment.json"))
    if not benchmarks:
        raise ResultsError(f"{file} holds no training and no inference: nothing to show")
    return Result(info["name"], info["machine"], info, benchmarks, file)


def _labelled(results: list[Result]) -> list[Result]:
    """Label each run by its environment, else with its machine too, else by its folder."""
    for label in (
        lambda result: result.label,
        lambda result: f"{result.machine}/{result.label}",
        lambda result: str(result.file.parent),
    ):
        labels = [label(result) for result in results]
        if len(set(labels)) == len(labels):
            break
    return [replace(result, label=text) for text, result in zip(labels, results, strict=True)]

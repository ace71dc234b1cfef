"""Results found on disk: each bench.json with its environment.json, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import NoneType
from typing import Any

from evenfold.errors import ResultsError
from evenfold.runtime import environment
from evenfold.runtime.results_folder import natural, read_bench, read_environment

NEEDED = {
    "training": ("accuracy", "log_loss", "parameters", "epochs", "steady_epoch_seconds"),
    "inference": ("path", "rows"),
}
EACH_ROUND = ("accuracy", "log_loss", "steady_epoch_seconds")
STATISTICS = {"training": ("median", "min", "max"), "inference": ("median", "q1", "q3")}


@dataclass(frozen=True)
class Result:
    """One bench run: ``label`` names its environment, alone or with its machine."""

    label: str
    machine: str
    environment: dict[str, Any]
    benchmarks: list[dict[str, Any]]
    file: Path

    @property
    def rows(self) -> tuple[Any, Any]:
        """What was measured on: the data's fingerprint and the split's name."""
        info = self.benchmarks[0]["extra_info"]
        return info.get("fingerprint"), info.get("split")


@dataclass(frozen=True)
class Results:
    """The runs that could be read, the reference first, and a line on each that could not."""

    results: tuple[Result, ...]
    problems: tuple[str, ...]


def here(root: Path) -> Path:
    """The folder of this machine's committed results, below ``root``."""
    now = environment.current(None, root=root)
    return root / "results" / now.machine


def _no_others(path: Path) -> bool:
    return False


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
        if not files and path not in others:
            problems.append(
                f"{path}: no bench.json here, no scores and no races: run pytest bench/ "
                "--benchmark-only, evenfold score or evenfold race"
            )
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
    bench = read_bench(file)
    told = read_environment(file.with_name("environment.json"))
    timed = [entry for entry in bench["benchmarks"] if _is_timed(file, entry)]
    if not timed:
        raise ResultsError(f"{file} holds no training and no inference: nothing to show")
    return Result(told["name"], told["machine"], told, timed, file)


def _is_timed(file: Path, entry: Any) -> bool:
    try:
        info, stats = entry["extra_info"], entry["stats"]
        kind = info.get("kind")
        if kind not in NEEDED:
            return False
        missing = [key for key in ("model", "device", *NEEDED[kind]) if key not in info]
        wrong = [key for key in STATISTICS[kind] if not stats[key] > 0]
        wrong += [key for key in EACH_ROUND if kind == "training" and not _numbers(info.get(key))]
    except (KeyError, TypeError, AttributeError) as error:
        raise ResultsError(f"{file}: an entry is not evenfold's: {error!r}") from error
    if missing or wrong:
        found = ", ".join(missing + wrong)
        raise ResultsError(f"{file}: an entry is not evenfold's: missing or wrong {found}")
    return True


def _numbers(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(v, (int, float, NoneType)) for v in values)


def _labelled(results: list[Result]) -> list[Result]:
    """Labels that tell all apart: the environment, else with its machine, else with its folder."""
    for label in (
        lambda result: result.label,
        lambda result: f"{result.machine}/{result.label}",
        lambda result: str(result.file.parent),
    ):
        labels = [label(result) for result in results]
        if len(set(labels)) == len(labels):
            break
    return [
        Result(label, r.machine, r.environment, r.benchmarks, r.file)
        for label, r in zip(labels, results, strict=True)
    ]

"""From what a user asks for to a study that has run, and its files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.data import splits as protocols
from evenfold.data.datasets import Dataset
from evenfold.runtime import environment
from evenfold.runtime.environment import Environment, environment_name
from evenfold.runtime.interpreters import Interpreter
from evenfold.runtime.pool import WorkerConfig, describe_worker, run_jobs
from evenfold.runtime.results_folder import folder_of, require_writable, write_json
from evenfold.score.store import Fit, Store
from evenfold.score.studies import own_environment
from evenfold.score.study import Cell, Outcome, Runner, Study, plan, run, score_table
from evenfold.stats.score_intervals import Design
from evenfold.worker.protocol import Engine, EnvironmentInfo

if TYPE_CHECKING:
    import pandas as pd

USUAL = "kfold10x10"  # the protocol that a file's name does not tell


@dataclass(frozen=True)
class Request:
    """What a user asks for; ``complete`` is a default study of all built-in models."""

    dataset: Dataset
    models: Mapping[str, Path]
    design: Design
    root: Path
    jobs: int
    engine: Engine = "compiled"
    seed: int = 0
    timeout: float | None = None
    store: Path | None = None
    results: Path | None = None
    complete: bool = False
    interpreter: Interpreter = field(default_factory=Interpreter)
    scheduler: str | None = None

    @property
    def store_file(self) -> Path:
        """Where finished fits are kept: by default beside the folder of results."""
        results = (self.results or self.root / "results").resolve()
        return self.store or results.parent / ".evenfold" / "fits.sqlite"


@dataclass(frozen=True)
class Scored:
    """A study that has run: its scores and their file, what did not come to one, where it ran."""

    scores: pd.DataFrame
    outcome: Outcome
    file: Path
    environment: Environment


@dataclass(frozen=True)
class Planned:
    """What would run: ``seconds`` by cell key of those fits that are there already."""

    cells: Sequence[Cell]
    seconds: Mapping[str, float]
    slots: int


@dataclass(frozen=True)
class _Site:
    """Where fits run: what it tells of itself, who runs them, and how many at a time."""

    told: EnvironmentInfo
    runner: Runner
    slots: int


def run_request(request: Request, tell: Callable[[int, int], None]) -> Scored:
    """Plans, runs what is missing, and writes the scores.

    Raises the errors of data, plug-ins, store and results, each before the first fit where it
    can be known then.
    """
    require_writable(request.results or request.root)
    with _site(request) as site:
        where = _environment(request, site.told)
        study = _study(request, site.told, where.name)
        cells = plan(study)
        base = folder_of(where, request.root, request.results, request.complete, datetime.now())
        with Store(request.store_file) as store:
            outcome = run(study, cells, store, site.runner, tell)
    scores = score_table(study, cells, outcome.fits)
    folder = base / "scores"
    file = folder / f"{_stem(study)}.csv"
    if len(scores):
        folder.mkdir(parents=True, exist_ok=True)
        write_json(own_environment(file), where.to_json())
        _export(file, study, cells, outcome.fits, scores)
    return Scored(scores, outcome, file, where)


def planned(request: Request) -> Planned:
    """The plan's cells, and which of them the store has already."""
    with _site(request) as site:
        where = _environment(request, site.told)
        cells = plan(_study(request, site.told, where.name))
        if not request.store_file.exists():
            return Planned(cells, {}, site.slots)
        with Store(request.store_file) as store:
            return Planned(cells, store.known(cell.key for cell in cells), site.slots)


@contextmanager
def _site(request: Request) -> Iterator[_Site]:
    if request.scheduler is None:
        config = WorkerConfig(request.interpreter, request.timeout)
        yield _Site(
            describe_worker(config), lambda jobs: run_jobs(jobs, request.jobs, config), request.jobs
        )
        return
    from evenfold.runtime.cluster import Cluster

    cluster = Cluster(request.scheduler, request.timeout)
    try:
        yield _Site(cluster.info, cluster.run, cluster.slots)
    finally:
        cluster.close()


def _environment(request: Request, told: EnvironmentInfo) -> Environment:
    name = request.interpreter.name or environment_name(told["backend"], told["versions"])
    return environment.current(
        told["backend"],
        threads=1,
        flags=told["flags"],
        root=request.root,
        name=name,
        python=told["python"],
        versions=told["versions"],
    )


def _study(request: Request, told: EnvironmentInfo, name: str) -> Study:
    """The study that a request means, its splits drawn with the run's seed."""
    design, dataset = request.design, request.dataset
    if design.folds > 1:
        splits = protocols.kfold(dataset, design.folds, design.repeats, request.seed)
        protocol, seeds = f"kfold{design.folds}x{design.repeats}", 1
    else:
        splits, protocol, seeds = protocols.holdout(dataset), "holdout", design.repeats
    return Study(
        dataset=dataset,
        protocol=protocol,
        design=protocol.partition("x")[0],
        splits=splits,
        seeds=seeds,
        models=request.models,
        engine=request.engine,
        run_seed=request.seed,
        environment=name,
        told=told,
    )


def _stem(study: Study) -> str:
    usual = study.protocol == USUAL
    return study.dataset.name if usual else f"{study.dataset.name}.{study.protocol}"


def _export(
    file: Path,
    study: Study,
    cells: Sequence[Cell],
    fits: Mapping[str, Fit],
    scores: pd.DataFrame,
) -> None:
    folder, name = file.parent, file.stem
    done = [cell for cell in cells if cell.key in fits]
    labels = {f"y/{split.name}": study.dataset.y[split.test] for split in study.splits}
    predictions = {_name(cell): fits[cell.key].probabilities for cell in done}
    classes = {"classes": np.array(study.dataset.class_names)}
    if study.dataset.positive is not None:
        classes["positive"] = np.array(study.dataset.positive)
    _save(folder / f"{name}.predictions.npz", {**predictions, **labels, **classes})
    _save(folder / f"{name}.history.npz", dict(_histories(done, fits)))
    # Last: a table is there when all that belongs to it is.
    part = folder / f".{file.name}.{os.getpid()}"
    scores.to_csv(part, index=False, lineterminator="\n")
    os.replace(part, file)


def _histories(cells: Iterable[Cell], fits: Mapping[str, Fit]) -> Iterable[tuple[str, np.ndarray]]:
    for cell in cells:
        for quantity, values in fits[cell.key].history.items():
            yield f"{_name(cell)}/{quantity}", np.array(values)


def _name(cell: Cell) -> str:
    return f"{cell.model}/{cell.split.name}/{cell.seed}"


def _save(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}.npz")
    named: dict[str, Any] = dict(arrays)
    np.savez_compressed(part, **named)
    os.replace(part, file)

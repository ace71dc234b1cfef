"""From what a user asks for to a study that has run, and its files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.data import protocols
from evenfold.data.datasets import Dataset
from evenfold.results import environment
from evenfold.results.folder import folder_of, require_writable, write_json
from evenfold.results.stats import Design
from evenfold.results.store import Fit, Store
from evenfold.study.score import Cell, Outcome, Study, plan, run, score_table
from evenfold.worker import device

if TYPE_CHECKING:
    import pandas as pd

# What a fit does not depend on, of the packages that an environment tells.
HARNESS = frozenset({"evenfold", "pandas", "pytest", "pytest-benchmark", "scipy"})


@dataclass(frozen=True)
class Request:
    """What a user asks for; ``complete`` is a default study of all built-in models."""

    dataset: Dataset
    models: Mapping[str, Path]
    design: Design
    engine: str
    seed: int
    jobs: int
    timeout: float | None
    store: Path | None
    results: Path | None
    complete: bool
    root: Path


@dataclass(frozen=True)
class Scored:
    """A study that has run: its scores, and what did not come to one."""

    scores: pd.DataFrame
    outcome: Outcome
    folder: Path


def study_of(request: Request) -> Study:
    """The study that a request means, its splits drawn with the run's seed."""
    design, dataset = request.design, request.dataset
    if design.folds > 1:
        splits = protocols.kfold(dataset, design.folds, design.repeats, request.seed)
        protocol, seeds = f"kfold{design.folds}x{design.repeats}", 1
    else:
        splits, protocol, seeds = protocols.holdout(dataset), "holdout", design.repeats
    versions = environment.installed_versions()
    return Study(
        dataset=dataset,
        protocol=protocol,
        splits=splits,
        seeds=seeds,
        models=request.models,
        engine=request.engine,
        run_seed=request.seed,
        versions={name: v for name, v in versions.items() if name not in HARNESS},
    )


def run_request(request: Request, tell: Callable[[int, int], None]) -> Scored:
    """Plans, runs what is missing, and writes the scores.

    Raises the errors of data, plug-ins, store and results, each before the first fit where it
    can be known then.
    """
    require_writable(request.results or request.root)
    study = study_of(request)
    cells = plan(study)
    told = environment.current(device.backend_name(), threads=1, root=request.root)
    base = folder_of(told, request.root, request.results, request.complete, datetime.now())
    file = request.store or (request.results or request.root / ".evenfold") / "fits.sqlite"
    with Store(file) as store:
        outcome = run(study, cells, store, request.jobs, request.timeout, tell)
    scores = score_table(study, cells, outcome.fits)
    if len(scores):
        folder = base / "scores"
        _export(folder, study, cells, outcome.fits, scores)
        write_json(folder / "environment.json", told.to_json())
    return Scored(scores, outcome, base / "scores")


def missing(request: Request) -> tuple[list[Cell], int]:
    """The plan's cells, and how many of them the store does not have yet."""
    cells = plan(study_of(request))
    file = request.store or (request.results or request.root / ".evenfold") / "fits.sqlite"
    if not file.exists():
        return cells, len(cells)
    with Store(file) as store:
        return cells, len(cells) - len(store.known(cell.key for cell in cells))


def _export(
    folder: Path,
    study: Study,
    cells: Sequence[Cell],
    fits: Mapping[str, Fit],
    scores: pd.DataFrame,
) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = study.dataset.name
    part = folder / f".{name}.csv.{os.getpid()}"
    scores.to_csv(part, index=False, lineterminator="\n")
    os.replace(part, folder / f"{name}.csv")
    done = [cell for cell in cells if cell.key in fits]
    labels = {f"y/{split.name}": study.dataset.y[split.test] for split in study.splits}
    predictions = {_name(cell): fits[cell.key].probabilities for cell in done}
    _save(folder / f"{name}.predictions.npz", {**predictions, **labels})
    _save(folder / f"{name}.history.npz", dict(_histories(done, fits)))


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

"""A score study: every model on the same splits, planned, fitted where missing, kept and scored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.contract import Layout
from evenfold.data.datasets import Dataset
from evenfold.data.folds import make_fold
from evenfold.data.seeds import derive
from evenfold.data.splits import Split
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.environment import HARNESS
from evenfold.runtime.pool import JobAnswer
from evenfold.score.store import Fit, Place, Series, Store
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.metrics import CURVE_METRICS, compute_scores
from evenfold.worker.engines import compiled
from evenfold.worker.plugin import load_plugin
from evenfold.worker.protocol import Engine, EnvironmentInfo, FitAnswer, FitJob

if TYPE_CHECKING:
    import pandas as pd

FIRST_COLUMNS = ("model", "dataset", "protocol", "split", "seed")
HOLDOUT = "holdout"
Runner = Callable[[list[FitJob]], Iterator[JobAnswer]]


@dataclass(frozen=True)
class Cell:
    """One fit of the plan; ``key`` is of all that its outcome depends on."""

    model: str
    path: Path
    layout: Layout
    split: Split
    seed: int
    key: str
    place: Place


@dataclass(frozen=True)
class Study:
    """What is asked: ``models`` are files by name, ``splits`` each with the number of its seeds.

    ``design`` is ``kfold10`` or ``holdout``; ``told`` what a worker told of its environment.
    """

    dataset: Dataset
    protocol: str
    design: str
    splits: Sequence[Split]
    seeds: int
    models: Mapping[str, Path]
    engine: Engine
    run_seed: int
    environment: str
    told: EnvironmentInfo

    @property
    def has_curves(self) -> bool:
        """Whether networks are scored after every epoch: where there is one split, the held-out
        part is what tutorials draw.
        """
        return self.design == HOLDOUT


@dataclass
class Outcome:
    """Fits by cell key, and what the others came to: reasons by cell key and by model."""

    fits: dict[str, Fit] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)


def plan(study: Study) -> list[Cell]:
    """Every cell, a model after the other.

    Raises PluginError for a model file that cannot be loaded: its code is run.
    """
    cells = []
    for name, path in study.models.items():
        plugin = load_plugin(name, path)
        made = _made(study, path, plugin.settings)
        series = _series(study, name, made)
        for split in study.splits:
            for number in range(study.seeds):
                seed = derive(study.run_seed, name, split.name, number)
                key = _key(study, made, split, seed)
                place = Place(series, split.name, seed)
                cells.append(Cell(name, path, plugin.model.layout, split, seed, key, place))
    return cells


def run(
    study: Study,
    cells: Sequence[Cell],
    store: Store,
    runner: Runner,
    tell: Callable[[int, int], None],
) -> Outcome:
    """Fits what the store lacks, each kept as it finishes; ``tell(done, to do)`` follows."""
    known = store.known(cell.key for cell in cells)
    missing = {cell.key: cell for cell in cells if cell.key not in known}
    outcome = Outcome()
    with scratch() as folder:
        jobs = _jobs(study, missing.values(), folder)
        for done, (job, answer) in enumerate(runner(jobs), 1):
            _keep(study, missing[job["key"]], answer, store, outcome)
            tell(done, len(missing))
    outcome.fits = store.get(cell.key for cell in cells)
    return outcome


def score_table(study: Study, cells: Iterable[Cell], fits: Mapping[str, Fit]) -> pd.DataFrame:
    """One row a finished fit of the plan, sorted by the first five columns."""
    import pandas as pd

    rows = []
    for cell in cells:
        fit = fits.get(cell.key)
        if fit is None:
            continue
        told = _scores(study, cell, fit)
        first = (cell.model, study.dataset.name, study.protocol, cell.split.name, cell.seed)
        rest = (*(told[name] for name in METRIC_NAMES), fit.seconds, fit.peak_bytes)
        rows.append((*first, fit.engine, *rest))
    columns = [*FIRST_COLUMNS, "engine", *METRIC_NAMES, "fit_seconds", "peak_bytes"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(list(FIRST_COLUMNS), ignore_index=True)


def _series(study: Study, model: str, made: str) -> Series:
    return Series(
        dataset=study.dataset.name,
        fingerprint=study.dataset.fingerprint,
        design=study.design,
        environment=study.environment,
        engine=study.engine,
        run_seed=study.run_seed,
        model=model,
        made=made,
    )


def _made(study: Study, file: Path, settings: Mapping[str, Any]) -> str:
    """The digest of the model, and of all that fits it: engine, versions and flags."""
    text = hashlib.sha256(file.read_bytes()).hexdigest()
    engine = [study.engine, compiled.VERSION if study.engine == "compiled" else None]
    told = study.told
    versions = sorted((k, v) for k, v in told["versions"].items() if k not in HARNESS)
    where = [versions, told["python"], told["backend"], sorted(told["flags"].items())]
    return _digest([text, sorted(settings.items()), engine, where])


def _key(study: Study, made: str, split: Split, seed: int) -> str:
    rows = hashlib.sha256(np.concatenate([split.train, [-1], split.test]).tobytes()).hexdigest()
    return _digest([made, study.dataset.fingerprint, rows, seed, study.has_curves])


def _digest(parts: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _jobs(study: Study, cells: Iterable[Cell], folder: Path) -> list[FitJob]:
    files: dict[tuple[str, str], Path] = {}
    jobs: list[FitJob] = []
    for cell in cells:
        place = (cell.split.name, cell.layout)
        if place not in files:
            files[place] = folder / f"{len(files)}.npz"
            fold = make_fold(study.dataset, cell.split, cell.layout)
            np.savez(files[place], x_train=fold.x_train, y_train=fold.y_train, x_test=fold.x_test)
        jobs.append(
            {
                "key": cell.key,
                "model": cell.model,
                "path": str(cell.path),
                "layout": cell.layout,
                "fold": str(files[place]),
                "n_classes": study.dataset.n_classes,
                "seed": cell.seed,
                "engine": study.engine,
                "curves": study.has_curves,
            }
        )
    return jobs


def _keep(study: Study, cell: Cell, answer: FitAnswer, store: Store, outcome: Outcome) -> None:
    if "skip" in answer:
        outcome.skipped[cell.model] = answer["skip"]
    elif "failed" in answer:
        outcome.failed[cell.key] = answer["failed"]
    else:
        fit = Fit(
            answer["engine"],
            answer["note"],
            answer["seconds"],
            answer["peak_bytes"],
            np.array(answer["probabilities"], dtype=np.float64),
            {**answer["history"], **curves_of(study, cell, answer["curves"])},
        )
        store.put(cell.key, cell.place, fit, _scores(study, cell, fit))


def curves_of(study: Study, cell: Cell, told: Any) -> dict[str, list[float]]:
    """Accuracy and log loss after each epoch, of the training and of the held-out part.

    ``told`` are probabilities of training rows and then test rows, ``(epochs, rows, classes)``, or
    None.
    """
    if told is None:
        return {}
    train, test = cell.split.train, cell.split.test
    epochs = np.array(told, dtype=np.float64)
    parts = {
        "training": (train, epochs[:, : len(train)]),
        "held_out": (test, epochs[:, len(train) :]),
    }
    found: dict[str, list[float]] = {}
    for part, (rows, predicted) in parts.items():
        for metric, score in CURVE_METRICS.items():
            values = [score(study.dataset.y[rows], of_epoch) for of_epoch in predicted]
            found[f"{part}_{metric}"] = values
    return found


def _scores(study: Study, cell: Cell, fit: Fit) -> Mapping[str, float]:
    return compute_scores(
        study.dataset.y[cell.split.test], fit.probabilities, study.dataset.positive
    )

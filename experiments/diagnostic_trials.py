"""Trials of the diagnostics: data with models, their findings, and cases of known truth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from evenfold.data.datasets import Dataset
from evenfold.data.duplicates import count_duplicates
from evenfold.data.folds import make_fold
from evenfold.data.splits import Split, kfold
from evenfold.score.data_findings import data_findings
from evenfold.score.findings import logistic_baseline
from evenfold.score.model_findings import FitCurves, ModelEvidence, Place, model_findings
from evenfold.score.row_predictions import FITS_OF_SPLIT
from evenfold.stats.metrics import compute_scores
from evenfold.stats.score_intervals import Design
from evenfold.stats.tested_rows import TestedRows

Kind = Literal["constructed", "real"]
# A model that is made anew for each fit, with its seed.
Maker = Callable[[int], Any]
FOLDS, REPEATS = 5, 2


def logistic(seed: int) -> Any:
    """Return logistic regression, whatever the seed."""
    return LogisticRegression(max_iter=300)


@dataclass(frozen=True)
class Trial:
    """Data, models and curves, of which the diagnostics speak or are silent.

    ``curves`` has the learning curves of a model's fits in order, ``digests`` those of the rows of
    its fits; a holdout is of the last fifth of the rows.
    """

    dataset: Dataset
    models: Mapping[str, Maker] = field(default_factory=lambda: {"logistic": logistic})
    metric: str = "accuracy"
    design: Design = field(default_factory=lambda: Design(FOLDS, REPEATS))
    curves: Mapping[str, Sequence[FitCurves]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """Trials of one kind, with the codes that must fire and those that may; all others may not."""

    name: str
    kind: Kind
    must: tuple[str, ...]
    make: Callable[[int], Trial]
    may: tuple[str, ...] = ()


def fired_codes(trial: Trial) -> set[str]:
    """Return the codes of all findings on a trial."""
    dataset, design = trial.dataset, trial.design
    splits = _splits(dataset, design)
    scores, tested = fitted_models(trial)
    evidence = ModelEvidence(scores, tested, design, trial.metric)
    baseline = logistic_baseline(dataset, splits, evidence)
    evidence = ModelEvidence(scores, tested, design, trial.metric, _curves(trial, scores), baseline)
    findings = data_findings(dataset, count_duplicates(dataset, splits), trial.metric)
    return {finding.code for finding in [*findings, *model_findings(evidence)]}


def fitted_models(trial: Trial) -> tuple[pd.DataFrame, dict[str, TestedRows]]:
    """Return the scores of every fit of a trial, and the predictions of each model."""
    splits = _splits(trial.dataset, trial.design)
    tables, tested = [], {}
    for name, make in trial.models.items():
        tested[name], table = _fitted(name, make, trial, splits)
        tables.append(table)
    return pd.concat(tables, ignore_index=True), tested


def table_of(
    x: NDArray[np.float64], y: NDArray[np.int64], groups: NDArray[Any] | None = None, **parts: Any
) -> Dataset:
    """Return a dataset of columns without names of their own."""
    names = tuple(f"x{number}" for number in range(x.shape[1]))
    classes = tuple(f"class {label}" for label in range(int(y.max()) + 1))
    positive = 1 if len(classes) == 2 else None
    return Dataset("trial", x, y, names, classes, positive, groups, **parts)


def _splits(dataset: Dataset, design: Design) -> list[Split]:
    if design.folds > 1:
        return kfold(dataset, design.folds, design.repeats, 0)
    rows = np.random.default_rng(0).permutation(len(dataset.y))
    cut = len(rows) // 5
    return [Split("holdout", np.sort(rows[cut:]), np.sort(rows[:cut]))]


def _fitted(
    name: str, make: Maker, trial: Trial, splits: Sequence[Split]
) -> tuple[TestedRows, pd.DataFrame]:
    dataset, seeds = trial.dataset, trial.design.repeats if trial.design.folds == 1 else 1
    fits, probabilities, rows = [], [], []
    for seed in range(seeds):
        for number, split in enumerate(splits):
            fold = make_fold(dataset, split, "flat")
            model = make(1000 * seed + number).fit(fold.x_train, fold.y_train)
            p = np.zeros((len(split.test), dataset.n_classes))
            p[:, model.classes_] = model.predict_proba(fold.x_test)
            probabilities.append(p)
            fits.append((seed * FITS_OF_SPLIT + number, split))
            scores = compute_scores(dataset.y[split.test], p, dataset.positive)
            digest = f"{trial.digests.get(name, 'same')} of {split.name}"
            rows.append(
                {"model": name, "split": split.name, "seed": seed, "rows": digest, **scores}
            )
    row = np.concatenate([split.test for _, split in fits])
    fit = np.repeat([number for number, _ in fits], [len(split.test) for _, split in fits])
    groups = dataset.groups
    group = None
    if groups is not None:
        group = np.unique(groups, return_inverse=True)[1].reshape(-1)[row]
    tested = TestedRows(
        row, fit, dataset.y[row], np.concatenate(probabilities), dataset.positive, group
    )
    return tested, pd.DataFrame(rows)


def _curves(trial: Trial, scores: pd.DataFrame) -> dict[Place, FitCurves]:
    found: dict[Place, FitCurves] = {}
    for model, curves in trial.curves.items():
        of_model = scores[scores["model"] == model]
        for (split, seed), one in zip(
            zip(of_model["split"], of_model["seed"], strict=True), curves, strict=True
        ):
            found[model, str(split), int(seed)] = one
    return found

"""The predictions of a study, model by model, as intervals of scores need them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenfold.data.datasets import Dataset
from evenfold.data.splits import Split
from evenfold.score.array_checks import (
    CLASSES,
    GROUPS,
    LABELS,
    POSITIVE,
    ROWS,
    Arrays,
    check_arrays,
)
from evenfold.score.fit import Fit
from evenfold.score.plan import PlannedFit, Study
from evenfold.stats.score_intervals import Design
from evenfold.stats.tested_rows import TestedRows

if TYPE_CHECKING:
    import pandas as pd

FOLD = re.compile(r"r([0-9]{1,9})f([0-9]{1,9})")
# The number of a fit is its split's, and this for each fit of the split before it.
FITS_OF_SPLIT = 10**6


def prediction_arrays(
    study: Study, planned: Iterable[PlannedFit], fits: Mapping[str, Fit]
) -> dict[str, np.ndarray]:
    """Return the predictions of a study that has run, as its file of predictions holds them.

    Parameters
    ----------
    study, planned
        The study and its fits.
    fits
        The finished fits by key.
    """
    arrays = {fit_name(fit): fits[fit.key].probabilities for fit in planned if fit.key in fits}
    for split in study.splits:
        arrays |= {f"{name}/{split.name}": v for name, v in split_arrays(study.dataset, split)}
    arrays[CLASSES] = np.array(study.dataset.class_names)
    if study.dataset.positive is not None:
        arrays[POSITIVE] = np.array(study.dataset.positive)
    return arrays


def fit_name(fit: PlannedFit) -> str:
    """Return the name of a fit's array."""
    return f"{fit.model}/{fit.split.name}/{fit.seed}"


def split_arrays(dataset: Dataset, split: Split) -> list[tuple[str, np.ndarray]]:
    """Return the labels, the numbers and, where there are some, the groups of the test rows."""
    arrays = [(LABELS, dataset.y[split.test]), (ROWS, split.test.astype(np.int64))]
    if dataset.groups is not None:
        codes = np.unique(dataset.groups, return_inverse=True)[1]
        arrays.append((GROUPS, codes[split.test].astype(np.int64)))
    return arrays


def rows_by_model(scores: pd.DataFrame, arrays: Arrays, design: Design) -> dict[str, TestedRows]:
    """Return the predictions of every test row of every fit, by model.

    Fits of the same split are numbered in the order of the table, so that the fits of one number of
    two models belong together.

    Parameters
    ----------
    scores
        One row for each fit: ``model``, ``split`` and ``seed``.
    arrays
        The predictions, labels, rows and groups, named as in a file of predictions.
    design
        The folds and repeats.

    Returns
    -------
    dict
        Empty where a model's test rows are unknown, as in files of an older evenfold.

    Raises
    ------
    KeyError, ValueError, IndexError
        The arrays are not those of the fits.
    """
    splits = list(dict.fromkeys(scores["split"]))
    if any(f"{ROWS}/{split}" not in arrays for split in splits):
        return {}
    check_arrays(arrays, scores)
    return {
        str(model): _of_model(str(model), scores[scores["model"] == model], arrays, design)
        for model in scores["model"].unique()
    }


def _of_model(model: str, scores: pd.DataFrame, arrays: Arrays, design: Design) -> TestedRows:
    fits = _numbered_fits(scores, design)
    probabilities = [arrays[f"{model}/{split}/{seed}"] for _, split, seed in fits]
    counts = [len(of_fit) for of_fit in probabilities]

    def of_fits(name: str) -> np.ndarray:
        values = [arrays[f"{name}/{split}"] for _, split, _ in fits]
        if [len(of_fit) for of_fit in values] != counts:
            raise ValueError(f"{model}: predictions and {name} have different numbers of rows")
        return np.concatenate(values)

    has_groups = f"{GROUPS}/{fits[0][1]}" in arrays
    return TestedRows(
        row=of_fits(ROWS).astype(np.int64),
        fit=np.repeat([number for number, _, _ in fits], counts).astype(np.int64),
        y=of_fits(LABELS).astype(np.int64),
        probabilities=np.concatenate(probabilities).astype(np.float64),
        positive=int(arrays[POSITIVE]) if POSITIVE in arrays else None,
        group=of_fits(GROUPS).astype(np.int64) if has_groups else None,
    )


def _numbered_fits(scores: pd.DataFrame, design: Design) -> Sequence[tuple[int, str, str]]:
    """The number, split and seed of each fit; a number is the same in every study of the design."""
    before = scores.groupby("split", observed=True, sort=False).cumcount()
    fits = zip(before, scores["split"].astype(str), scores["seed"], strict=True)
    return sorted(
        (int(number) * FITS_OF_SPLIT + split_number(split, design), split, seed)
        for number, split, seed in fits
    )


def split_number(split: str, design: Design) -> int:
    """Return the number of a split in the design, 0 for a holdout."""
    match = FOLD.fullmatch(split)
    return int(match[1]) * design.folds + int(match[2]) if match else 0

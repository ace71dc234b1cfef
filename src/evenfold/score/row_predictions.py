"""The predictions of a saved study, model by model, as intervals of scores need them."""

from __future__ import annotations

import numpy as np

from evenfold.errors import ResultsError
from evenfold.score.predictions import POSITIVE, Arrays, file_beside, read_arrays
from evenfold.score.studies import StudyScores
from evenfold.stats.tested_rows import TestedRows

ROWS, LABELS, GROUPS = "rows", "y", "groups"


def read_tested_rows(study: StudyScores) -> dict[str, TestedRows]:
    """Read the predictions of every test row of every fit, by model.

    Fits of the same split are numbered in the order of the table of scores, so that the fits of one
    number of two models belong together.

    Returns
    -------
    dict
        Empty for files of an older evenfold, which do not know which rows a split tests.

    Raises
    ------
    ResultsError
        The file does not exist, or is not what a study writes.
    """
    file = file_beside(study, "predictions")
    arrays = read_arrays(file)
    splits = list(dict.fromkeys(study.scores["split"]))
    if any(f"{ROWS}/{split}" not in arrays for split in splits):
        return {}
    try:
        return {
            str(model): _of_model(str(model), study, arrays, splits)
            for model in study.scores["model"].unique()
        }
    except (KeyError, ValueError, IndexError) as error:
        raise ResultsError(f"{file} is not what a study writes: {error}") from error


def _of_model(model: str, study: StudyScores, arrays: Arrays, splits: list[str]) -> TestedRows:
    scores = study.scores[study.scores["model"] == model]
    numbers = scores.groupby("split", observed=True, sort=False).cumcount()
    # The number of a fit: its place among those of its split, times the splits, plus the split's.
    fits = [
        (int(number) * len(splits) + splits.index(split), split, seed)
        for number, split, seed in zip(numbers, scores["split"], scores["seed"], strict=True)
    ]
    fits.sort()
    probabilities = [arrays[f"{model}/{split}/{seed}"] for _, split, seed in fits]
    counts = [len(of_fit) for of_fit in probabilities]

    def of_fits(name: str) -> np.ndarray:
        values = [arrays[f"{name}/{split}"] for _, split, _ in fits]
        if [len(of_fit) for of_fit in values] != counts:
            raise ValueError(f"{model}: predictions and {name} have different numbers of rows")
        return np.concatenate(values)

    has_groups = f"{GROUPS}/{splits[0]}" in arrays
    return TestedRows(
        row=of_fits(ROWS).astype(np.int64),
        fit=np.repeat([number for number, _, _ in fits], counts).astype(np.int64),
        y=of_fits(LABELS).astype(np.int64),
        probabilities=np.concatenate(probabilities).astype(np.float64),
        positive=int(arrays[POSITIVE]) if POSITIVE in arrays else None,
        group=of_fits(GROUPS).astype(np.int64) if has_groups else None,
    )

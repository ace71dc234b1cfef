"""The files beside a study's scores: predictions of the test rows, and training histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import ResultsError
from evenfold.files.arrays import read_npz
from evenfold.score.array_checks import CLASSES, POSITIVE, Arrays, check_arrays

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.score.study_scores import StudyScores


@dataclass(frozen=True)
class Predictions:
    """The predictions of every test row of every fit.

    Parameters
    ----------
    table
        One row for each fit and test row: ``model``, ``split``, ``seed``, ``row`` (its place in the
        split's test part, from 0), ``label`` (the code of its class) and ``p0``, ``p1``, … (the
        probabilities of the codes).
    classes
        The names of the classes, by code.
    positive
        The code of the positive class, or None.
    """

    table: pd.DataFrame
    classes: tuple[str, ...]
    positive: int | None


def read_predictions(study: StudyScores) -> Predictions:
    """Read the predictions of a study's fits; in an older file, classes are named by their codes.

    Raises
    ------
    ResultsError
        The file does not exist, or is not what a study writes.
    """
    file = study.file if study.arrays else file_beside(study, "predictions")
    try:
        arrays = study.read_predictions()
        check_arrays(arrays, study.scores)
        table = _prediction_table(arrays, study.scores)
        codes = sum(name[1:].isdigit() for name in table.columns)
        classes = tuple(str(name) for name in arrays.get(CLASSES, np.arange(codes)))
        positive = int(arrays[POSITIVE]) if POSITIVE in arrays else None
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ResultsError(f"{file} is not what a study writes: {error}") from error
    return Predictions(table, classes, positive)


def positive_class(study: StudyScores) -> str | None:
    """Return the name of a saved study's positive class; None if it has none, or none is known."""
    if study.arrays is not None:  # a store has no names of classes
        return None
    try:
        arrays = study.read_predictions()
        names, code = arrays[CLASSES], int(arrays[POSITIVE])
        return str(names[code]) if names.ndim == 1 and 0 <= code < len(names) else None
    except (KeyError, ResultsError, ValueError, TypeError):
        return None


def read_histories(study: StudyScores) -> pd.DataFrame:
    """Read the training histories of a study's networks.

    Returns
    -------
    DataFrame
        One row for each fit and epoch: ``model``, ``split``, ``seed``, ``epoch`` (from 1) and the
        quantities that Keras reports, of the training rows while the weights change.

    Raises
    ------
    ResultsError
        The file does not exist, or is not what a study writes.
    """
    file = file_beside(study, "history")
    histories: dict[tuple[str, str, int], dict[str, NDArray[Any]]] = {}
    try:
        for name, values in read_arrays(file).items():
            model, split, seed, quantity = name.split("/", 3)
            histories.setdefault((model, split, int(seed)), {})[quantity] = values
        table = _history_table(dict(sorted(histories.items())))
    except (ValueError, TypeError, IndexError) as error:
        raise ResultsError(f"{file} is not what a study writes: {error}") from error
    return table


def _history_table(histories: Mapping[tuple[str, str, int], Arrays]) -> pd.DataFrame:
    """One row for each fit and epoch; a quantity that a fit lacks is NaN there."""
    import pandas as pd

    epochs = [_epochs(quantities) for quantities in histories.values()]
    for quantities, one in zip(histories.values(), epochs, strict=True):
        if any(v.shape != (len(one),) or v.dtype.kind not in "fiu" for v in quantities.values()):
            raise ValueError("the quantities of a fit are not lists of one number of epochs")
    of_fit = np.repeat(np.arange(len(epochs)), [len(one) for one in epochs])
    fits = pd.DataFrame(list(histories), columns=["model", "split", "seed"]).take(of_fit)
    columns: dict[str, NDArray[Any]] = {
        "epoch": np.array([epoch for one in epochs for epoch in one], np.int64)
    }
    for name in dict.fromkeys(name for quantities in histories.values() for name in quantities):
        columns[name] = np.concatenate(
            [
                quantities[name] if name in quantities else np.full(len(one), np.nan)
                for quantities, one in zip(histories.values(), epochs, strict=True)
            ]
        )
    return fits.reset_index(drop=True).assign(**columns)


def _prediction_table(arrays: Arrays, scores: pd.DataFrame) -> pd.DataFrame:
    """The fits of a table of scores, in its order, each with all its test rows."""
    import pandas as pd

    fits = list(zip(scores["model"], scores["split"], scores["seed"], strict=True))
    probabilities = [arrays[f"{model}/{split}/{seed}"] for model, split, seed in fits]
    labels = [arrays[f"y/{split}"] for _, split, _ in fits]
    counts = [len(of_fit) for of_fit in probabilities]
    if [len(of_fit) for of_fit in labels] != counts:
        raise ValueError("predictions and labels have different numbers of rows")
    fit_numbers = np.repeat(np.arange(len(fits)), counts)
    columns = {
        "model": pd.Categorical(scores["model"]).take(fit_numbers),
        "split": pd.Categorical(scores["split"]).take(fit_numbers),
        "seed": np.array([int(seed) for _, _, seed in fits])[fit_numbers],
        "row": np.concatenate([np.arange(count) for count in counts]),
        "label": np.concatenate(labels),
    }
    table = pd.DataFrame(np.concatenate(probabilities)).add_prefix("p")
    return pd.concat([pd.DataFrame(columns), table], axis=1)


def _epochs(quantities: Arrays) -> range:
    return range(1, 1 + len(next(iter(quantities.values()))))


def file_beside(study: StudyScores, content: Literal["predictions", "history"]) -> Path:
    """Return the file of predictions or histories of a study."""
    return study.file.with_name(f"{study.file.stem}.{content}.npz")


def read_arrays(file: Path) -> Arrays:
    """Read the arrays of a file beside a study's scores.

    Raises
    ------
    ResultsError
        The file does not exist, or is not what a study writes.
    """
    try:
        return read_npz(file)
    except OSError as error:
        reason = error.strerror or error
        raise ResultsError(f"{file} cannot be read: {reason}") from error
    except ValueError as error:
        raise ResultsError(f"{file} is truncated or not what a study writes: {error}") from error

"""The files beside a study's scores: predictions of the test rows, and training histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
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

    @property
    def positive_code(self) -> int:
        """The code of the positive class, or else of the last."""
        return len(self.classes) - 1 if self.positive is None else self.positive

    @cached_property
    def by_repeat(self) -> dict[str, list[tuple[NDArray[np.float64], NDArray[np.float64]]]]:
        """Of each model, the pooled predictions of each repeat, in which a row is predicted once.

        They are 1.0 for rows of the positive class, else 0.0, and its probabilities; both of shape
        ``(rows,)``.
        """
        table = self.table.assign(repeat=repeats(self.table))
        return {
            str(model): _by_repeat(of_model, self.positive_code)
            for model, of_model in table.groupby("model", sort=True, observed=True)
        }


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


def repeats(table: pd.DataFrame) -> pd.Series:
    """Return the repeat of every prediction: the number in the split's name, or else the seed."""
    import pandas as pd

    splits = pd.Categorical(table["split"]).remove_unused_categories()
    by_split = splits.categories.to_series().astype(str).str.extract(r"^r(\d+)f\d+$")[0]
    codes, numbers = pd.factorize(by_split, sort=True)
    if (codes >= 0).all():
        found = pd.Categorical.from_codes(codes[splits.codes], numbers)
        return pd.Series(found, index=table.index)
    found = by_split.to_numpy()[splits.codes]
    return pd.Series(found, index=table.index).fillna(table["seed"].astype(str)).astype("category")


def _by_repeat(
    of_model: pd.DataFrame, positive: int
) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    repeat = of_model["repeat"].cat.codes.to_numpy()
    order = np.argsort(repeat, kind="stable")
    ends = np.flatnonzero(np.diff(repeat[order])) + 1
    truth = np.asarray(of_model["label"] == positive, np.float64)[order]
    p = of_model[f"p{positive}"].to_numpy(np.float64)[order]
    return list(zip(np.split(truth, ends), np.split(p, ends), strict=True))


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

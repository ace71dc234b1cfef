"""What a study keeps of each fit beside its scores: predictions of the test rows, and histories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import ResultsError
from evenfold.score.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

CLASSES, POSITIVE = "classes", "positive"
FIT = ("model", "split", "seed")
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Predictions:
    """Every test row of every fit, and what the classes are called.

    ``table`` has one row a fit and test row: ``model``, ``split``, ``seed``, ``row`` (the place in
    the split's test part, from 0), ``label`` (the class' code) and ``p0``, ``p1``, … (the
    probabilities of the codes). ``classes`` are names by code, and ``positive`` is the code of the
    class that sensitivity is about, or None.
    """

    table: pd.DataFrame
    classes: tuple[str, ...]
    positive: int | None


def read_predictions(study: StudyScores) -> Predictions:
    """The predictions of a study's fits; an older file's classes are called after their codes.

    Raises ResultsError, naming the file, for one that is not there or not what a study writes.
    """
    file = _file(study, "predictions")
    arrays = _arrays(file)
    try:
        table = _table(arrays, study)
        codes = sum(name[1:].isdigit() for name in table.columns)
        classes = tuple(str(name) for name in arrays.get(CLASSES, np.arange(codes)))
        positive = int(arrays[POSITIVE]) if POSITIVE in arrays else None
        if len(classes) != codes or (positive is not None and not 0 <= positive < codes):
            raise ValueError(f"{codes} classes, called {classes}, the positive one {positive}")
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise ResultsError(f"{file} is not what a study writes: {error}") from error
    return Predictions(table, classes, positive)


def read_histories(study: StudyScores) -> pd.DataFrame:
    """One row a fit and epoch: ``model``, ``split``, ``seed``, ``epoch`` (from 1), and quantities.

    The quantities are Keras' own: of the training part, as the weights went. Estimators have none.
    Raises ResultsError, naming the file, as ``read_predictions`` does.
    """
    import pandas as pd

    file = _file(study, "history")
    found: dict[tuple[str, str, int], dict[str, NDArray[Any]]] = {}
    try:
        for name, values in _arrays(file).items():
            model, split, seed, quantity = name.split("/", 3)
            found.setdefault((model, split, int(seed)), {})[quantity] = values
        parts = [
            pd.DataFrame({**_told(*fit), "epoch": _epochs(of_fit), **of_fit})
            for fit, of_fit in sorted(found.items())
        ]
    except (ValueError, TypeError, IndexError) as error:
        raise ResultsError(f"{file} is not what a study writes: {error}") from error
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*FIT, "epoch"])


def _table(arrays: Arrays, study: StudyScores) -> pd.DataFrame:
    """The fits of the table of scores, in its order, each with all its test rows."""
    import pandas as pd

    scores = study.scores
    fits = list(zip(scores["model"], scores["split"], scores["seed"], strict=True))
    found = [arrays[f"{model}/{split}/{seed}"] for model, split, seed in fits]
    counts = [len(probabilities) for probabilities in found]
    labels = [arrays[f"y/{split}"] for _, split, _ in fits]
    if [len(values) for values in labels] != counts:
        raise ValueError("predictions and labels are not of the same rows")
    table = pd.DataFrame(np.concatenate(found)).add_prefix("p")
    of_fit = np.repeat(np.arange(len(fits)), counts)
    told = {name: pd.Categorical(scores[name]).take(of_fit) for name in ("model", "split")}
    seeds = np.array([int(seed) for _, _, seed in fits])[of_fit]
    rows = np.concatenate([np.arange(count) for count in counts])
    first = {**told, "seed": seeds, "row": rows, "label": np.concatenate(labels)}
    return pd.concat([pd.DataFrame(first), table], axis=1)


def _told(model: str, split: str, seed: int) -> dict[str, Any]:
    return {"model": model, "split": split, "seed": seed}


def _epochs(of_fit: Arrays) -> range:
    return range(1, 1 + len(next(iter(of_fit.values()))))


def _file(study: StudyScores, what: str) -> Path:
    return study.file.with_name(f"{study.file.stem}.{what}.npz")


def _arrays(file: Path) -> Arrays:
    try:
        with np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except OSError as error:
        why = error.strerror or error
        raise ResultsError(f"{file} cannot be read: {why}") from error
    except (BadZipFile, ValueError, EOFError, KeyError, AttributeError) as error:
        raise ResultsError(f"{file} is truncated or not what a study writes: {error}") from error

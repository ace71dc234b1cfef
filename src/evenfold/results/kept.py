"""What a study keeps of each fit beside its scores: predictions of the test rows, and histories."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import ResultsError
from evenfold.results.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

FIT = ["model", "split", "seed"]
Arrays = dict[str, NDArray[np.generic]]


def predictions(study: StudyScores) -> pd.DataFrame:
    """One row a fit and test row: ``model``, ``split``, ``seed``, ``row``, ``label``, ``p0``, ….

    ``row`` is the place in the split's test part, from 0; ``label`` the class' code and ``p0``, …
    the probabilities of the codes. Raises ResultsError, naming the file, for one that is not there
    or is not what a study writes.
    """
    import pandas as pd

    file = study.file.with_name(f"{study.file.stem}.predictions.npz")
    arrays = _arrays(file)
    parts = []
    try:
        for model, split, seed, probabilities in _by_fit(arrays, study):
            labels = arrays[f"y/{split}"]
            rows, classes = probabilities.shape
            columns = {f"p{code}": probabilities[:, code] for code in range(classes)}
            told = {"model": model, "split": split, "seed": seed}
            parts.append(pd.DataFrame({**told, "row": range(rows), "label": labels, **columns}))
    except (KeyError, ValueError, IndexError) as error:
        raise ResultsError(f"{file} is not what a study writes: {error}") from error
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*FIT])


def histories(study: StudyScores) -> pd.DataFrame:
    """One row a fit and epoch: ``model``, ``split``, ``seed``, ``epoch`` (from 1), and quantities.

    The quantities are Keras' own: of the training part, as the weights went. Estimators have none.
    Raises ResultsError, naming the file, as ``predictions`` does.
    """
    import pandas as pd

    file = study.file.with_name(f"{study.file.stem}.history.npz")
    found: dict[tuple[str, str, int], dict[str, NDArray[np.generic]]] = {}
    try:
        for name, values in _arrays(file).items():
            model, split, seed, quantity = name.split("/", 3)
            found.setdefault((model, split, int(seed)), {})[quantity] = values
        parts = [
            pd.DataFrame(
                {"model": model, "split": split, "seed": seed, "epoch": _epochs(of_fit), **of_fit}
            )
            for (model, split, seed), of_fit in sorted(found.items())
        ]
    except (ValueError, IndexError) as error:
        raise ResultsError(f"{file} is not what a study writes: {error}") from error
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*FIT, "epoch"])


def _by_fit(
    arrays: Arrays, study: StudyScores
) -> Iterator[tuple[str, str, int, NDArray[np.generic]]]:
    """The fits of the table of scores, in its order, each with its probabilities."""
    table = study.scores
    for model, split, seed in zip(table["model"], table["split"], table["seed"], strict=True):
        yield model, split, int(seed), arrays[f"{model}/{split}/{seed}"]


def _epochs(of_fit: dict[str, NDArray[np.generic]]) -> range:
    return range(1, 1 + len(next(iter(of_fit.values()))))


def _arrays(file: Path) -> Arrays:
    try:
        with np.load(file, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except OSError as error:
        why = error.strerror or error
        raise ResultsError(f"{file} cannot be read: {why}") from error
    except (BadZipFile, ValueError, EOFError, KeyError, AttributeError) as error:
        raise ResultsError(f"{file} is truncated or not what a study writes: {error}") from error

"""The files that a study would replace: models that it lacks stay, or a note says what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from evenfold.errors import ResultsError
from evenfold.files.reading import read_file
from evenfold.render.words import counted, listed
from evenfold.runtime.environment import differences
from evenfold.score.predictions import file_beside, read_arrays
from evenfold.score.split_counts import rows_by_split
from evenfold.score.studies import read_study
from evenfold.score.study_scores import StudyScores

if TYPE_CHECKING:
    import pandas as pd

SETTINGS = ("threads", "determinism")


@dataclass(frozen=True)
class OtherModels:
    """The models of an earlier study that stay in the files of a new one.

    Parameters
    ----------
    models
        Their names in the order of the earlier study.
    scores
        Their rows in the table of scores, as texts.
    predictions, histories
        Their arrays by name.
    skipped
        Why models of the earlier study were skipped.
    """

    models: tuple[str, ...]
    scores: pd.DataFrame
    predictions: Mapping[str, NDArray[Any]]
    histories: Mapping[str, NDArray[Any]]
    skipped: Mapping[str, str]


def find_other_models(
    file: Path, environment: Mapping[str, Any], scores: pd.DataFrame, stays: bool
) -> tuple[OtherModels | None, tuple[str, ...]]:
    """Read the models that a file of scores has, and a new study lacks.

    Parameters
    ----------
    file
        The file that will be written.
    environment
        The content of the new study's environment.json.
    scores
        The new study's scores.
    stays
        Whether models of the same rows and environment stay; False for the study of all models,
        which is what its file holds.

    Returns
    -------
    others
        What stays; None without any.
    notes
        A sentence on what is replaced.
    """
    if not file.exists():
        return None, ()
    try:
        earlier = read_study(file)
    except ResultsError as error:
        return None, (f"{file} is replaced: it could not be read ({error})",)
    models = tuple(model for model in earlier.models if model not in environment["models"])
    if not models:
        return None, ()
    reason = _difference(earlier, environment, scores)
    if not reason and stays:
        try:
            return _read(earlier, models), ()
        except (ResultsError, ValueError) as error:
            reason = str(error)
    fits = counted(int(earlier.scores["model"].isin(models).sum()), "fit")
    because = f": {reason}" if reason else ""
    return None, (f"{file}: the scores of {listed(models)} ({fits}) are replaced{because}",)


def _difference(earlier: StudyScores, environment: Mapping[str, Any], scores: pd.DataFrame) -> str:
    """Return why fits of two studies do not belong into one file; "" if they do."""
    if not earlier.data or earlier.data != environment["data"]:
        return "they are of other data"
    if dict(rows_by_split(earlier.scores)) != dict(rows_by_split(scores)):
        return "their splits have other rows"
    before = {"versions": {}, "flags": {}, "python": None, **earlier.environment}
    changes = differences(before, environment)
    changes += [
        f"{name} was {before.get(name)}, is {environment.get(name)}"
        for name in SETTINGS
        if before.get(name) != environment.get(name)
    ]
    return "; ".join(changes)


def _read(earlier: StudyScores, models: tuple[str, ...]) -> OtherModels:
    """Read what stays. Raises ResultsError or ValueError."""
    import pandas as pd

    table = pd.read_csv(BytesIO(read_file(earlier.file)), dtype=str, keep_default_na=False)
    predictions = read_arrays(file_beside(earlier, "predictions"))
    histories = read_arrays(file_beside(earlier, "history"))
    skipped = earlier.environment.get("skipped", {})
    return OtherModels(
        models=models,
        scores=table[table["model"].isin(models)],
        predictions={n: a for n, a in predictions.items() if n.rsplit("/", 2)[0] in models},
        histories={n: a for n, a in histories.items() if n.split("/", 1)[0] in models},
        skipped={model: reason for model, reason in skipped.items() if model in models},
    )

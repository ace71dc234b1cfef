"""The files of a score study: its scores, predictions, histories and environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.data.splits import splits_digest
from evenfold.files.writing import locked_folder, write_whole
from evenfold.runtime.environment import Environment
from evenfold.runtime.results_folder import write_json
from evenfold.score.earlier_studies import find_other_models
from evenfold.score.fit import Fit
from evenfold.score.plan import PlannedFit, Study
from evenfold.score.row_predictions import fit_name, prediction_arrays
from evenfold.score.studies import environment_file

if TYPE_CHECKING:
    import pandas as pd

# The protocol that is left out of the names of files.
DEFAULT_PROTOCOL = "kfold10x10"


def scores_file(folder: Path, study: Study) -> Path:
    """Return the name of a study's table of scores in a folder of results."""
    name = study.dataset.name
    if study.protocol != DEFAULT_PROTOCOL:
        name = f"{name}.{study.protocol}"
    return folder / "scores" / f"{name}.csv"


def write_study(
    file: Path,
    environment: Environment,
    study: Study,
    planned: Sequence[PlannedFit],
    fits: Mapping[str, Fit],
    skipped: Mapping[str, str],
    scores: pd.DataFrame,
    stays: bool,
) -> tuple[str, ...]:
    """Write a table of scores and the files that belong to it, each whole or not at all.

    Parameters
    ----------
    file
        The table; predictions, histories and environment go beside it.
    environment
        Where the fits ran.
    study, planned, fits
        The study, its fits and their results by key.
    skipped
        Why models were skipped, by model.
    scores
        The table's content.
    stays
        Whether other models that the files have of the same rows and environment stay in them.

    Returns
    -------
    tuple of str
        Sentences on what was replaced.
    """
    digests = {"data": study.dataset.fingerprint, "splits": splits_digest(study.splits)}
    duplicates = asdict(study.duplicates)
    models = {"models": [model for model in study.models if model not in skipped]}
    reference = {"reference": next(iter(study.models))}
    about = {**digests, "duplicates": duplicates, **reference, **models, "skipped": dict(skipped)}
    content = {**environment.to_json(), **about}
    finished = [fit for fit in planned if fit.key in fits]
    predictions = prediction_arrays(study, planned, fits)
    histories = dict(_histories(finished, fits))
    with locked_folder(file.parent):
        others, notes = find_other_models(file, content, scores, stays)
        table = scores
        if others is not None:
            content["models"] += others.models
            content["skipped"] = {**others.skipped, **skipped}
            predictions = {**predictions, **others.predictions}
            histories = {**histories, **others.histories}
            table = _with_rows(scores, others.scores)
        write_json(environment_file(file), content)
        _save(file.with_suffix(".predictions.npz"), predictions)
        _save(file.with_suffix(".history.npz"), histories)
        # The table comes last: where it is, everything that belongs to it is complete.
        write_whole(file, table.to_csv(index=False, lineterminator="\n").encode())
    return notes


def _with_rows(scores: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Return a table of scores with rows of other models, as texts, sorted by model."""
    import pandas as pd

    text = StringIO(scores.to_csv(index=False, lineterminator="\n"))
    table = pd.read_csv(text, dtype=str, keep_default_na=False)
    merged = pd.concat([table, others[list(table.columns)]])
    return merged.sort_values("model", kind="stable", ignore_index=True)


def _histories(
    planned: Iterable[PlannedFit], fits: Mapping[str, Fit]
) -> Iterable[tuple[str, np.ndarray]]:
    for fit in planned:
        for quantity, values in fits[fit.key].history.items():
            yield f"{fit_name(fit)}/{quantity}", np.array(values)


def _save(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    named: dict[str, Any] = dict(arrays)
    write_whole(file, lambda stream: np.savez_compressed(stream, **named))

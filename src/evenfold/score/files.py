"""The files of a score study: its scores, predictions, histories and environment."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.data.splits import splits_digest
from evenfold.runtime.environment import Environment
from evenfold.runtime.results_folder import write_json
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
) -> None:
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
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    digests = {"data": study.dataset.fingerprint, "splits": splits_digest(study.splits)}
    duplicates = asdict(study.duplicates)
    models = {"models": [model for model in study.models if model not in skipped]}
    reference = {"reference": next(iter(study.models))}
    about = {**digests, "duplicates": duplicates, **reference, **models, "skipped": dict(skipped)}
    content = {**environment.to_json(), **about}
    write_json(environment_file(file), content)
    finished = [fit for fit in planned if fit.key in fits]
    _save(file.with_suffix(".predictions.npz"), prediction_arrays(study, planned, fits))
    _save(file.with_suffix(".history.npz"), dict(_histories(finished, fits)))
    # The table comes last: where it is, everything that belongs to it is complete.
    part = file.with_name(f".{file.name}.{os.getpid()}")
    scores.to_csv(part, index=False, lineterminator="\n")
    os.replace(part, file)


def _histories(
    planned: Iterable[PlannedFit], fits: Mapping[str, Fit]
) -> Iterable[tuple[str, np.ndarray]]:
    for fit in planned:
        for quantity, values in fits[fit.key].history.items():
            yield f"{fit_name(fit)}/{quantity}", np.array(values)


def _save(file: Path, arrays: Mapping[str, np.ndarray]) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}.npz")
    named: dict[str, Any] = dict(arrays)
    np.savez_compressed(part, **named)
    os.replace(part, file)

"""The files of a score study: its scores, predictions, histories and environment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.data.splits import splits_digest
from evenfold.diagnostics.finding import Finding
from evenfold.errors import ResultsError
from evenfold.files.writing import locked_folder, write_whole
from evenfold.runtime.environment import Environment
from evenfold.runtime.environment_file import read_environment
from evenfold.runtime.results_folder import write_json
from evenfold.score.earlier_studies import OtherModels, find_other_models
from evenfold.score.fit import Fit
from evenfold.score.fit_energy import StudyCosts
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
    findings: Sequence[Finding] | None = None,
    costs: StudyCosts | None = None,
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
    findings
        What may be wrong with the study; None if nothing looked for it.
    costs
        The planned epochs of networks, and the energy of fits.

    Returns
    -------
    tuple of str
        Sentences on what was replaced.
    """
    content = _environment_content(environment, study, skipped)
    content |= (costs or StudyCosts()).to_json()
    if findings is not None:
        content["findings"] = [finding.to_json() for finding in findings]
    finished = [fit for fit in planned if fit.key in fits]
    predictions = prediction_arrays(study, planned, fits)
    histories = dict(_histories(finished, fits))
    with locked_folder(file.parent):
        others, notes = find_other_models(file, content, scores, stays)
        table = scores
        if others is not None:
            notes += _add_models(file, content, others, study)
            predictions = {**predictions, **others.predictions}
            histories = {**histories, **others.histories}
            table = _with_rows(scores, others.scores)
        text = table.to_csv(index=False, lineterminator="\n").encode()
        content["written"] = _date_of(text, file)
        write_json(environment_file(file), content)
        _save(file.with_suffix(".predictions.npz"), predictions)
        _save(file.with_suffix(".history.npz"), histories)
        # The table comes last: where it is, everything that belongs to it is complete.
        write_whole(file, text)
    return notes


def _date_of(table: bytes, file: Path) -> str:
    """Return when a table was first written as it is: now, unless the file holds it already."""
    with suppress(OSError, ResultsError):
        if file.read_bytes() == table:
            earlier = read_environment(environment_file(file)).get("written")
            if earlier is not None:
                return str(earlier)
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def _environment_content(
    environment: Environment, study: Study, skipped: Mapping[str, str]
) -> dict[str, Any]:
    """Return the content of a study's environment.json."""
    return {
        **environment.to_json(),
        "data": study.dataset.fingerprint,
        "splits": splits_digest(study.splits),
        "engine": study.engine,
        "run_seed": study.run_seed,
        "seeds": study.seeds,
        "duplicates": asdict(study.duplicates),
        "reference": next(iter(study.models)),
        "models": [model for model in study.models if model not in skipped],
        "skipped": dict(skipped),
    }


def _add_models(
    file: Path, content: dict[str, Any], others: OtherModels, study: Study
) -> tuple[str, ...]:
    """Add the models that stay to an environment.json; return a note if the reference stays."""
    models = list(dict.fromkeys([*content["models"], *others.models]))
    if "findings" in content:
        content["findings"] += others.findings
    for name, of_others in others.costs.items():
        content[name] = {**of_others, **content.get(name, {})}
    reasons = {**others.skipped, **content["skipped"]}
    content["models"] = models
    content["skipped"] = {model: why for model, why in reasons.items() if model not in models}
    if others.reference not in others.models or others.reference in study.models:
        return ()
    content["reference"] = others.reference
    return (
        f"{file}: {others.reference} stays the reference; to change it, score it again with "
        "another model first",
    )


def _with_rows(scores: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """Return a table of scores with rows of other models, as texts, sorted by model."""
    import pandas as pd

    text = StringIO(scores.to_csv(index=False, lineterminator="\n"))
    table = pd.read_csv(text, dtype=str, keep_default_na=False)
    # Tables of an older evenfold lack some columns.
    merged = pd.concat([table, others.reindex(columns=table.columns, fill_value="")])
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

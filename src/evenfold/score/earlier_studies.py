"""The files that a study would replace: models that it lacks stay, or a note says what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from evenfold.diagnostics.finding import finding_from_json
from evenfold.errors import ResultsError
from evenfold.files.reading import read_file
from evenfold.render.words import counted, listed
from evenfold.runtime.environment import differences
from evenfold.score.options import ScoreOptions
from evenfold.score.predictions import file_beside, read_arrays
from evenfold.score.split_counts import rows_by_split
from evenfold.score.studies import read_study
from evenfold.score.study_scores import StudyScores

if TYPE_CHECKING:
    import pandas as pd

# Names of the settings of an environment.json that fits depend on, by its fields; files of an older
# evenfold may lack some.
SETTINGS = {
    "threads": "threads",
    "determinism": "determinism",
    "engine": "engine",
    "run_seed": "--seed",
    "seeds": "--seeds",
}


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
        Why other models of the earlier study were skipped.
    reference
        The earlier study's reference; "" in files of an older evenfold.
    findings
        The records of what may be wrong with these models.
    costs
        The planned epochs of their networks, and the energy of their fits, as far as known.
    """

    models: tuple[str, ...]
    scores: pd.DataFrame
    predictions: Mapping[str, NDArray[Any]]
    histories: Mapping[str, NDArray[Any]]
    skipped: Mapping[str, str]
    reference: str
    findings: tuple[dict[str, Any], ...] = ()
    costs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def find_other_models(
    file: Path, environment: Mapping[str, Any], scores: pd.DataFrame, stays: bool
) -> tuple[OtherModels | None, tuple[str, ...]]:
    """Read the models that a file of scores has, and of which a new study has no scores.

    Parameters
    ----------
    file
        The file that will be written.
    environment
        The content of the new study's environment.json, without the models that stay.
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
        Sentences on what is replaced, and on models whose earlier scores stay in place of new ones.
    """
    if not file.exists():
        return None, ()
    try:
        earlier = read_study(file)
    except ResultsError as error:
        return None, (f"{file} is replaced: it could not be read ({error})",)
    before, now = set(earlier.scores["model"]), set(scores["model"])
    reason = _difference(earlier, environment, scores)
    models = tuple(m for m in earlier.models if m in (before if reason else before - now))
    if not models:
        return None, ()
    if not reason and stays:
        try:
            return _read(earlier, models), _without_new_scores(file, models, environment)
        except (ResultsError, ValueError) as error:
            reason = str(error)
    fits = counted(int(earlier.scores["model"].isin(models).sum()), "fit")
    because = f": {reason}" if reason else ""
    return None, (f"{file}: the scores of {listed(models)} ({fits}) are replaced{because}",)


def _without_new_scores(
    file: Path, models: tuple[str, ...], environment: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return a note on the models that stay although the new study has them."""
    requested = {*environment["models"], *environment["skipped"]}
    if without := [model for model in models if model in requested]:
        return (f"{file}: the earlier scores of {listed(without)} stay, as there are no new ones",)
    return ()


def _difference(earlier: StudyScores, environment: Mapping[str, Any], scores: pd.DataFrame) -> str:
    """Return why fits of two studies do not belong into one file; "" if they do."""
    if not earlier.data or earlier.data != environment["data"]:
        return "they are of other data"
    if not _has_equal_splits(earlier, environment, scores):
        return "their splits have other rows"
    before = {**_defaults(earlier), **earlier.environment}
    changes = differences(before, environment)
    changes += [
        f"{name} was {before.get(field)}, is {environment.get(field)}"
        for field, name in SETTINGS.items()
        if before.get(field) != environment.get(field)
    ]
    return "; ".join(changes)


def _has_equal_splits(
    earlier: StudyScores, environment: Mapping[str, Any], scores: pd.DataFrame
) -> bool:
    """Whether the splits have the same rows; those of failed fits are in no table."""
    if digest := earlier.environment.get("splits"):
        return bool(digest == environment["splits"])
    return dict(rows_by_split(earlier.scores)) == dict(rows_by_split(scores))


def _defaults(earlier: StudyScores) -> dict[str, Any]:
    """Return what an environment.json of an older evenfold lacks; options have their defaults."""
    options = ScoreOptions()
    return {
        "versions": {}, "flags": {}, "python": None,
        "engine": options.engine, "run_seed": options.seed,
        "seeds": 1 if earlier.design.folds > 1 else earlier.design.repeats,
    }  # fmt: skip


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
        skipped={model: reason for model, reason in skipped.items() if model not in models},
        reference=earlier.environment.get("reference", ""),
        findings=tuple(
            part.to_json()
            for finding in map(finding_from_json, earlier.environment.get("findings", ()))
            if (part := finding.about(models))
        ),
        costs={
            name: {m: value for m, value in earlier.environment[name].items() if m in models}
            for name in ("epochs", "energy")
            if name in earlier.environment
        },
    )

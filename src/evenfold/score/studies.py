"""Saved score studies: the CSV files in folders of results, and stores of fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.errors import ResultsError
from evenfold.files.reading import read_file
from evenfold.render.words import counted
from evenfold.runtime.environment_file import read_environment
from evenfold.runtime.results_folder import natural, read_each
from evenfold.score.split_counts import DIGEST_COLUMNS, with_split_counts
from evenfold.score.stored_scores import read_stored_arrays
from evenfold.score.stored_studies import StoredStudy, read_stored_studies
from evenfold.score.study_scores import StudyScores
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.score_intervals import Design

if TYPE_CHECKING:
    import pandas as pd

TEXT_COLUMNS = ("model", "dataset", "protocol", "split", "seed", "engine")
NUMBER_COLUMNS = (*METRIC_NAMES, "fit_seconds", "peak_bytes")
# Metrics that tables of an older evenfold lack.
LATER_METRICS = ("average_precision", "f1", "mcc")
PROTOCOL = re.compile(r"kfold([0-9]{1,9})x([0-9]{1,9})|holdout")
SEED = re.compile(r"[0-9]{1,20}")
STORE_SUFFIX = ".sqlite"


@dataclass(frozen=True)
class Studies:
    """The studies that could be read, a line on each problem, and notes."""

    studies: tuple[StudyScores, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def study_files(path: Path) -> list[Path]:
    """Return the files of scores that a path is or holds, in natural order."""
    if path.is_file():
        return [path] if path.suffix in (STORE_SUFFIX, ".csv") else []
    return sorted(path.rglob("scores/*.csv"), key=natural)


def read_studies(paths: Iterable[Path], metrics: Iterable[str] = METRIC_NAMES) -> Studies:
    """Read every study that the paths are or hold.

    A file that is truncated, foreign or newer is a problem, and the others are read. Another
    problem is a model with fewer fits than others: its study is read, and may be incomplete.

    Parameters
    ----------
    paths
        CSV files of scores, stores, or folders of results.
    metrics
        The metrics that are read from a store.
    """

    def read(file: Path) -> list[StudyScores]:
        if file.suffix == STORE_SUFFIX:
            return [_from_store(file, stored) for stored in read_stored_studies(file, metrics)]
        return [read_study(file)]

    files = (file for path in paths for file in study_files(path))
    read_files, problems = read_each(files, read)
    studies, outdated = _without_outdated([study for _, each in read_files for study in each])
    problems += outdated
    for study in studies:
        problems += _incomplete_models(study) if study.environment else ()
    notes = [line for study in studies for line in study.notes]
    return Studies(tuple(_labelled(studies)), tuple(problems), tuple(notes))


def environment_file(file: Path) -> Path:
    """Return the environment.json of a file of scores.

    Each study has its own: the studies of one folder may have had different versions.
    """
    return file.with_suffix(".environment.json")


def read_study(file: Path) -> StudyScores:
    """Read the study in a CSV file of scores.

    Raises
    ------
    ResultsError
        The file, or its environment.json, is not what a study writes.
    """
    table = _read_table(file)
    (dataset, *more), (protocol, *others) = table["dataset"].unique(), table["protocol"].unique()
    match = PROTOCOL.fullmatch(protocol)
    if more or others or match is None or table["data"].nunique() > 1:
        raise ResultsError(f"{file} must hold one dataset and one protocol that evenfold knows")
    own = environment_file(file)
    # Older studies share the environment.json of their folder.
    environment = read_environment(own if own.exists() else file.with_name("environment.json"))
    fits = int(table.groupby("model").size().max())
    design = Design(int(match[1]), int(match[2])) if match[1] else Design(1, fits)
    return StudyScores(
        label=environment["name"],
        machine=environment["machine"],
        dataset=dataset,
        protocol=protocol,
        design=with_split_counts(design, table),
        scores=table,
        file=file,
        environment=environment,
        order=_order(environment),
    )


def _order(environment: Mapping[str, Any]) -> tuple[str, ...]:
    """The models of an environment.json, the reference first."""
    models = [str(model) for model in environment.get("models", ())]
    reference = environment.get("reference")
    return tuple(dict.fromkeys([*([reference] if reference else []), *models]))


def _from_store(file: Path, stored: StoredStudy) -> StudyScores:
    return StudyScores(
        label=stored.environment,
        machine="",
        dataset=stored.dataset,
        protocol=stored.protocol,
        design=with_split_counts(stored.design, stored.scores),
        scores=stored.scores,
        file=file,
        environment={},
        left_out=stored.left_out,
        order=stored.models,
        arrays=partial(read_stored_arrays, file, stored.scores),
    )


def _read_table(file: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        content = read_file(file)
        if not content.endswith(b"\n"):
            raise ResultsError(f"{file} is truncated or not a table of scores: its end is missing")
        # As text first: not every version of pandas keeps every digit of a float.
        table = pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False)
        older = [name for name in LATER_METRICS if name not in table]
        known = [name for name in NUMBER_COLUMNS if name not in older]
        columns = (*TEXT_COLUMNS, *known)
        if tuple(table.columns) == columns:
            table = table.assign(**dict.fromkeys(DIGEST_COLUMNS, ""))
        if tuple(table.columns) != (*columns, *DIGEST_COLUMNS) or table.empty:
            raise ResultsError(f"{file} is not a table of scores: it has other columns or no rows")
        table = table.assign(**dict.fromkeys(older, ""))[[*TEXT_COLUMNS, *NUMBER_COLUMNS,
                                                          *DIGEST_COLUMNS]]  # fmt: skip
        if wrong := [seed for seed in table["seed"].unique() if not SEED.fullmatch(seed)]:
            raise ValueError(f"seed: {wrong[0]!r:.40} is not a whole number")
        numbers = table[list(NUMBER_COLUMNS)].replace("", "nan")
        return table.assign(**{name: numbers[name].map(float) for name in numbers.columns})
    except (ValueError, TypeError, OSError) as error:
        raise ResultsError(f"{file} is truncated or not a table of scores: {error}") from error


def _without_outdated(studies: Sequence[StudyScores]) -> tuple[list[StudyScores], list[str]]:
    """Drop studies that a newer file beside them replaces, which has the protocol in its name."""
    places = [(study.file.parent, study.dataset, study.protocol) for study in studies]
    is_newer = [study.file.stem.endswith(study.protocol) for study in studies]
    replaced = {place for place, newer in zip(places, is_newer, strict=True) if newer}
    current, problems = [], []
    for study, place, newer in zip(studies, places, is_newer, strict=True):
        if newer or place not in replaced:
            current.append(study)
        else:
            problems.append(
                f"{study.file} is of {study.protocol}, as a newer file beside it is: delete it"
            )
    return current, problems


def _incomplete_models(study: StudyScores) -> Iterator[str]:
    present = set(study.scores["model"])
    for model in study.environment.get("models", ()):
        if model not in present:
            yield (
                f"{study.file}: {model} has no fits: all of them failed; run evenfold score again "
                "to see why"
            )
    fits = study.scores.groupby("model", observed=True).size()
    most = max(fits.max(), study.design.folds * study.design.repeats)
    for model, count in fits[fits < most].items():
        yield (
            f"{study.file}: {model} has {counted(count, 'fit')} of {most}: some failed, or the "
            "file is cut off; verdicts use the fits that both models have"
        )


def _labelled(studies: list[StudyScores]) -> Iterator[StudyScores]:
    """Add the machine to each label where there are several machines."""
    machines = {study.machine for study in studies}
    for study in studies:
        label = f"{study.machine}/{study.label}" if len(machines) > 1 else study.label
        yield replace(study, label=label)

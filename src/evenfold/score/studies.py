"""Score studies found on disk: the CSV files of results folders, and stores of fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.errors import ResultsError
from evenfold.runtime.results_folder import natural, read_each, read_environment
from evenfold.score.store import FitSeries, read_scores
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.score_intervals import Design

if TYPE_CHECKING:
    import pandas as pd

WORDS = ("model", "dataset", "protocol", "split", "seed", "engine")
COLUMNS = (*WORDS, *METRIC_NAMES, "fit_seconds", "peak_bytes")
PROTOCOL = re.compile(r"kfold(\d+)x(\d+)|holdout")
STORE_SUFFIX = ".sqlite"


@dataclass(frozen=True)
class StudyScores:
    """The scores of one study in one environment: ``model``, ``split``, ``seed`` and metrics.

    ``label`` names the environment, with its machine where that is needed; ``told`` is its
    environment.json, empty for a store. ``left_out`` says which fits of a store are not in it.
    """

    label: str
    machine: str
    dataset: str
    protocol: str
    design: Design
    scores: pd.DataFrame
    file: Path
    environment: dict[str, Any]
    left_out: tuple[str, ...] = ()

    @property
    def environment_name(self) -> str:
        """The environment's name, without its machine."""
        name: str = self.environment.get("name", self.label)
        return name


@dataclass(frozen=True)
class Studies:
    """The studies that could be read, a line on each that could not, and what else to tell."""

    studies: tuple[StudyScores, ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def study_files(path: Path) -> list[Path]:
    """The files of scores that a path is or holds, in natural order."""
    if path.is_file():
        return [path] if path.suffix in (STORE_SUFFIX, ".csv") else []
    return sorted(path.rglob("scores/*.csv"), key=natural)


def read_studies(paths: Iterable[Path], metrics: Iterable[str] = METRIC_NAMES) -> Studies:
    """Every study that the paths are or hold; of a store, only those metrics.

    A file that is truncated, foreign or newer is a problem, and the others are read. Another
    problem is a model with fewer fits than others: its study is read, and may be cut off.
    """

    def read(file: Path) -> list[StudyScores]:
        return [*_from_store(file, metrics)] if file.suffix == STORE_SUFFIX else [_from_csv(file)]

    files = (file for path in paths for file in study_files(path))
    every, problems = read_each(files, read)
    found, stale = _newest([study for _, studies in every for study in studies])
    problems += stale
    problems += [problem for study in found if study.environment for problem in _fewer(study)]
    notes = (line for study in found for line in study.left_out)
    return Studies(tuple(_labelled(found)), tuple(problems), tuple(notes))


def environment_file(file: Path) -> Path:
    """Beside a file of scores, what it was made in; ``environment.json`` was for a whole folder.

    Studies of one folder need not have had the same versions of everything.
    """
    return file.with_suffix(".environment.json")


def _from_csv(file: Path) -> StudyScores:
    import pandas as pd

    try:
        if not file.read_bytes().endswith(b"\n"):
            raise ResultsError(f"{file} is truncated or not a table of scores: its end is missing")
        # As text first: only so is every digit of a float kept in every version of pandas.
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        if tuple(table.columns) != COLUMNS or table.empty:
            raise ResultsError(f"{file} is not a table of scores: its columns are others")
        numbers = table[list(COLUMNS[len(WORDS) :])].replace("", "nan")
        table = table.assign(**{name: numbers[name].map(float) for name in numbers.columns})
    except (ValueError, TypeError, OSError) as error:
        raise ResultsError(f"{file} is truncated or not a table of scores: {error}") from error
    (dataset, *more), (protocol, *others) = table["dataset"].unique(), table["protocol"].unique()
    match = PROTOCOL.fullmatch(protocol)
    if more or others or match is None:
        raise ResultsError(f"{file}: one dataset and one known protocol belong in a file")
    own = environment_file(file)
    told = read_environment(own if own.exists() else file.with_name("environment.json"))
    fits = int(table.groupby("model").size().max())
    design = Design(int(match[1]), int(match[2])) if match[1] else Design(1, fits)
    return StudyScores(told["name"], told["machine"], dataset, protocol, design, table, file, told)


def _newest(found: Sequence[StudyScores]) -> tuple[list[StudyScores], list[str]]:
    """Without studies that another file of their folder is of: files were named otherwise once."""
    places = [(study.file.parent, study.dataset, study.protocol) for study in found]
    says = [study.file.stem.endswith(study.protocol) for study in found]
    named = {place for place, told in zip(places, says, strict=True) if told}
    kept, problems = [], []
    for study, place, told in zip(found, places, says, strict=True):
        if told or place not in named:
            kept.append(study)
        else:
            problems.append(
                f"{study.file} is of {study.protocol}, as a newer file beside it is: delete it"
            )
    return kept, problems


def _fewer(study: StudyScores) -> Iterator[str]:
    fits = study.scores.groupby("model", observed=True).size()
    most = max(fits.max(), study.design.folds * study.design.repeats)
    for model, count in fits[fits < most].items():
        yield (
            f"{study.file}: {model} has {count} fits of {most}: some failed, or the file was cut "
            "off; verdicts are on the fits that both have"
        )


def _from_store(file: Path, metrics: Iterable[str]) -> Iterator[StudyScores]:
    import pandas as pd

    series, table = read_scores(file, metrics)
    counts = table["series"].value_counts()
    groups: dict[tuple[Any, ...], dict[str, int]] = {}
    left_out: dict[tuple[Any, ...], list[str]] = {}
    # Numbers rise: a later series of a model takes the place of one that was made otherwise.
    for number, found in sorted(series.items()):
        if number not in counts:
            continue
        of_models = groups.setdefault(_study_of(found), {})
        if found.model in of_models:
            left_out.setdefault(_study_of(found), []).append(
                f"{file}: {counts[of_models[found.model]]} fits of {found.model} in "
                f"{found.environment} are left out: its file, or a version of what fits it, was "
                "another"
            )
        of_models[found.model] = number
    for study, numbers in groups.items():
        dataset, _, design, environment, _, run_seed = study
        models = {number: model for model, number in numbers.items()}
        part = table[table["series"].isin(list(models))]
        part = part.assign(model=pd.Categorical(part["series"].map(models)))
        folds = int(design.removeprefix("kfold")) if design != "holdout" else 1
        repeats = max(1, round(int(part.groupby("series").size().max()) / folds))
        protocol = f"{design}x{repeats}" if folds > 1 else design
        if run_seed:
            protocol += f", run seed {run_seed}"
        yield StudyScores(
            environment, "", dataset, protocol, Design(folds, repeats), part, file, {},
            tuple(left_out.get(study, ())),
        )  # fmt: skip


def _study_of(series: FitSeries) -> tuple[Any, ...]:
    return (
        series.dataset, series.fingerprint, series.design,
        series.environment, series.engine, series.run_seed,
    )  # fmt: skip


def _labelled(found: list[StudyScores]) -> Iterator[StudyScores]:
    machines = {study.machine for study in found}
    for study in found:
        label = f"{study.machine}/{study.label}" if len(machines) > 1 else study.label
        yield replace(study, label=label)

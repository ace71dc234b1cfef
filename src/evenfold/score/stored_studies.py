"""Studies read from a store of fits: fits of one design, environment and engine are a study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evenfold.render.words import counted
from evenfold.score.fit import FitSeries, StudyKey
from evenfold.score.stored_scores import read_scores
from evenfold.stats.score_intervals import Design

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StoredStudy:
    """The scores of one study in a store.

    ``models`` are in the order of the last study, the reference first; ``left_out`` has messages on
    fits that are not among the scores.
    """

    environment: str
    dataset: str
    protocol: str
    design: Design
    scores: pd.DataFrame
    left_out: tuple[str, ...]
    models: tuple[str, ...] = ()


@dataclass
class _SeriesOfModels:
    """The number of each model's series, and messages on series that a later one replaces."""

    numbers: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def read_stored_studies(file: Path, metrics: Iterable[str]) -> Iterator[StoredStudy]:
    """Read the studies in a store.

    A model's file or environment may have changed between studies: its last version counts, and
    earlier fits are left out with a message.

    Parameters
    ----------
    file
        The store.
    metrics
        The built-in metrics to read.

    Raises
    ------
    ResultsError
        The file is not a store, or has a newer schema.
    """
    stored = read_scores(file, metrics)
    counts = stored.table["series"].value_counts()
    for key, study in _group(file, stored.series, counts).items():
        models = stored.orders.get(key, ())
        yield replace(_stored_study(key, study, stored.table), models=models)


def _group(
    file: Path, series: Mapping[int, FitSeries], counts: pd.Series
) -> dict[StudyKey, _SeriesOfModels]:
    studies: dict[StudyKey, _SeriesOfModels] = {}
    # Numbers rise with time, so that a later series replaces an earlier one of its model.
    for number, each in sorted(series.items()):
        if number not in counts:
            continue
        study = studies.setdefault(_study_key(each), _SeriesOfModels())
        if each.model in study.numbers:
            earlier = int(counts[study.numbers[each.model]])
            study.left_out.append(
                f"{file}: {counted(earlier, 'fit')} of {each.model} in "
                f"{each.environment} {'is' if earlier == 1 else 'are'} left out: its "
                "file, or a version of what fits it, was different"
            )
        study.numbers[each.model] = number
    return studies


def _study_key(series: FitSeries) -> StudyKey:
    return StudyKey(
        dataset=series.dataset,
        fingerprint=series.fingerprint,
        design=series.design,
        environment=series.environment,
        engine=series.engine,
        run_seed=series.run_seed,
    )


def _stored_study(key: StudyKey, study: _SeriesOfModels, table: pd.DataFrame) -> StoredStudy:
    import pandas as pd

    models = {number: model for model, number in study.numbers.items()}
    fits = table[table["series"].isin(list(models))]
    # Fits that follow replace those of a split that was drawn in another way.
    split, rows = (fits[name].cat.codes.to_numpy() for name in ("split", "rows"))
    latest = np.zeros(len(fits["split"].cat.categories), rows.dtype)
    latest[split] = rows  # of equal indices, the last one counts
    scores = fits[rows == latest[split]]
    left_out = list(study.left_out)
    if len(scores) < len(fits):
        left_out.append(
            f"{len(fits) - len(scores)} fits of {key.dataset} in {key.environment} are left out: "
            "their splits had other rows"
        )
    scores = scores.assign(model=pd.Categorical(scores["series"].map(models)))
    scores = scores.assign(data=key.fingerprint)
    folds = int(key.design.removeprefix("kfold")) if key.design != "holdout" else 1
    repeats = max(1, round(int(scores.groupby("series").size().max()) / folds))
    protocol = f"{key.design}x{repeats}" if folds > 1 else key.design
    if key.run_seed:
        protocol += f", run seed {key.run_seed}"
    return StoredStudy(
        environment=key.environment,
        dataset=key.dataset,
        protocol=protocol,
        design=Design(folds, repeats),
        scores=scores,
        left_out=tuple(left_out),
    )

"""Saved studies of the same models on several data sets, which are compared over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.render.words import counted
from evenfold.score.across_captions import across_caption, across_conclusion
from evenfold.score.across_datasets import AcrossDatasets
from evenfold.score.across_tables import across_numbers, across_table, dataset_table
from evenfold.score.study_scores import StudyScores
from evenfold.stats.next_dataset import FEWEST_DATASETS

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class DatasetGroup:
    """Studies of several data sets in one environment, with one protocol and one reference."""

    studies: tuple[StudyScores, ...]

    @property
    def title(self) -> str:
        """The data sets, the protocol and the environment in one line."""
        first = self.studies[0]
        return f"{counted(len(self.studies), 'data set')}, {first.protocol}, {first.label}"

    def across(self, metric: str, rope: float | None) -> AcrossDatasets:
        """Return the models compared over the data sets."""
        if (metric, rope) not in self._compared:
            scores = {study.dataset: study.model_scores for study in self.studies}
            self._compared[metric, rope] = AcrossDatasets(scores, metric, rope)
        return self._compared[metric, rope]

    @cached_property
    def _compared(self) -> dict[tuple[str, float | None], AcrossDatasets]:
        return {}


def dataset_groups(
    studies: Sequence[StudyScores], fewest: int = FEWEST_DATASETS
) -> list[DatasetGroup]:
    """Return the groups of studies that are compared over data sets, of ``fewest`` or more.

    Of several studies of one data set in a group, the last is used: in a store, and in folders by
    time, earlier ones are of rows that have changed since.
    """
    groups: dict[tuple[str, str, str], dict[str, StudyScores]] = {}
    for study in studies:
        if study.ignores_groups or len(study.models) < 2:  # the same rows have a study with groups
            continue
        key = (study.label, study.protocol, study.models[0])
        groups.setdefault(key, {})[study.dataset] = study
    return [
        DatasetGroup(tuple(by_dataset.values()))
        for by_dataset in groups.values()
        if len(by_dataset) >= fewest
    ]


def group_texts(
    studies: Sequence[StudyScores], metric: str, rope: float | None, style: str
) -> Iterator[str]:
    """Yield the tables over data sets, with their sentences, as text."""
    for group in dataset_groups(studies):
        across = group.across(metric, rope)
        yield sentence(group.title, style)
        yield sentence(across_conclusion(across), style)
        yield write(across_table(across), style)
        yield write(dataset_table(across), style)
        yield sentence(across_caption(across), style)


def group_numbers(studies: Sequence[StudyScores], metric: str, rope: float | None) -> pd.DataFrame:
    """Return the numbers over data sets of every group, as of ``across_numbers``.

    ``environment`` and ``protocol`` name the group.
    """
    import pandas as pd

    tables = [
        across_numbers(group.across(metric, rope)).assign(
            environment=group.studies[0].label, protocol=group.studies[0].protocol
        )
        for group in dataset_groups(studies)
    ]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()

"""The scores of one saved study, with its predictions, intervals and comparisons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.data.duplicates import Duplicates, duplicate_findings
from evenfold.errors import ResultsError
from evenfold.score.array_checks import Arrays
from evenfold.score.groups_ignored import GROUPS_IGNORED_NAME
from evenfold.score.model_scores import ModelScores
from evenfold.score.predictions import file_beside, read_arrays
from evenfold.score.row_predictions import rows_by_model
from evenfold.score.split_counts import rows_by_split
from evenfold.stats.comparisons import IntervalMethod
from evenfold.stats.metrics import Metric
from evenfold.stats.score_intervals import Design
from evenfold.stats.tested_rows import TestedRows

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StudyScores:
    """The scores of one study in one environment.

    Parameters
    ----------
    label
        The environment's name, with its machine where several machines are compared.
    machine
        The machine's name; empty for a store.
    dataset, protocol, design
        What was split, and how.
    scores
        One row for each fit: ``model``, ``split``, ``seed``, metrics, and digests: ``data`` of the
        dataset, and ``rows`` of the split's rows. They are "" in files of an older evenfold.
    file
        The CSV file or the store.
    environment
        The content of the study's environment.json; empty for a store.
    left_out
        Messages on the fits of a store that are not among the scores.
    undefined
        Why a metric of a plug-in is not defined in some fits, by metric.
    interval
        How intervals are computed.
    own_metrics
        The metrics of plug-ins among the scores, by name.
    order
        The models in the order of the study, the reference first; empty if it is unknown.
    arrays
        Reads the predictions; None for the file beside the scores.
    """

    label: str
    machine: str
    dataset: str
    protocol: str
    design: Design
    scores: pd.DataFrame = field(repr=False)
    file: Path
    environment: dict[str, Any] = field(repr=False)
    left_out: tuple[str, ...] = ()
    undefined: Mapping[str, str] = field(default_factory=dict)
    interval: IntervalMethod = "rows"
    own_metrics: Mapping[str, Metric] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    arrays: Callable[[], Arrays] | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The models in the order of the study, the reference first; it may have no scores."""
        names = {str(model) for model in self.scores["model"].unique()}
        ordered = [m for n, m in enumerate(self.order) if m in names or (n == 0 and names)]
        return (*ordered, *sorted(names - set(ordered)))

    @property
    def ignores_groups(self) -> bool:
        """Whether folds split groups, which makes the scores optimistic."""
        return self.dataset.endswith(GROUPS_IGNORED_NAME)

    def read_predictions(self) -> Arrays:
        """Read the predictions of every fit, and labels, rows and groups of every split.

        Raises
        ------
        ResultsError
            There is no file of predictions, or it is not what a study writes.
        """
        return self._arrays_of_file if self.arrays is None else self.arrays()

    @cached_property
    def _arrays_of_file(self) -> Arrays:
        """The arrays of the file of predictions, which is read once."""
        return read_arrays(file_beside(self, "predictions"))

    @cached_property
    def model_scores(self) -> ModelScores:
        """The scores with their intervals and comparisons."""
        tested, reason, _ = self._tested
        return ModelScores(
            scores=self.scores,
            models=self.models,
            design=self.design,
            tested=tested,
            method=self.interval,
            own_metrics=self.own_metrics,
            why_no_rows=reason,
        )

    @property
    def damage(self) -> str:
        """Why the predictions in a store cannot be used; "" if they can, and for files."""
        return self._tested[1] if self._tested[2] else ""

    @cached_property
    def _tested(self) -> tuple[Mapping[str, TestedRows], str, bool]:
        """The tested rows by model, or why there are none, and whether a store is damaged."""
        if self.interval != "rows":
            return {}, "", False
        try:
            tested = rows_by_model(self.scores, self.read_predictions(), self.design)
        except ResultsError as error:
            reason = "their predictions cannot be read"
            return ({}, f"{reason} ({error})", True) if self.arrays else ({}, reason, False)
        except (KeyError, ValueError, IndexError, TypeError):
            return {}, "the saved predictions are not those of these fits", False
        return tested, "" if tested else "an older evenfold saved no numbers of test rows", False

    @cached_property
    def rows_by_split(self) -> pd.Series:
        """The digest of the rows of each split."""
        return rows_by_split(self.scores)

    @property
    def data(self) -> str:
        """The digest of the dataset; "" if it is unknown."""
        if "data" not in self.scores or self.scores.empty:
            return ""
        return str(self.scores["data"].iloc[0])

    @property
    def duplicates(self) -> Duplicates | None:
        """Rows that are alike in both parts of a split; None for older studies."""
        counts = self.environment.get("duplicates")
        return None if counts is None else Duplicates(**counts)

    @property
    def notes(self) -> tuple[str, ...]:
        """Messages on the study as a whole."""
        skipped = self.environment.get("skipped", {})
        notes = [f"{model} was skipped: {reason}" for model, reason in skipped.items()]
        notes += [finding.note for finding in duplicate_findings(self.duplicates)]
        return (*self.left_out, *(f"{self.file}: {note}" for note in notes))

    @property
    def environment_name(self) -> str:
        """The environment's name, without its machine."""
        name: str = self.environment.get("name", self.label)
        return name

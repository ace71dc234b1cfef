"""The result of ``evenfold.score``: comparisons of models as text, table and HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.render.cells import NONE
from evenfold.render.notebook import html_table
from evenfold.render.tables import write
from evenfold.score.captions import COST_CAPTION, has_training_cost, study_caption
from evenfold.score.pairing import compare_with_first
from evenfold.score.tables import score_summary
from evenfold.stats.metric_names import margin_of
from evenfold.stats.score_intervals import Comparison, Design
from evenfold.stats.verdicts import WORSE

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class ScoreComparison:
    """The scores of every fit, and the comparison of each model with the first.

    In a notebook it is shown as a table.

    Parameters
    ----------
    scores
        One row for each fit: ``model``, ``dataset``, ``protocol``, ``split``, ``seed``, ``engine``,
        the metrics, ``fit_seconds`` (not a benchmark) and ``peak_bytes``.
    models
        The names of the models, the first the reference.
    metric
        The metric of the verdicts.
    design
        The folds and repeats.
    rope
        The margin of the verdicts; None for the metric's own.
    failed
        The reason of each kind of fit that failed.
    skipped
        The reason of each model that was skipped.
    file
        The table of scores on disk.
    groups_ignored
        The scores if groups were split across folds, which are optimistic; None for data without
        groups.
    """

    scores: pd.DataFrame
    models: Sequence[str]
    metric: str
    design: Design
    rope: float | None
    failed: Sequence[str]
    skipped: Mapping[str, str]
    file: Path
    groups_ignored: pd.DataFrame | None = None

    @cached_property
    def verdicts(self) -> dict[str, Comparison]:
        """The comparison of each model after the first with the first."""
        return compare_with_first(self.scores, self.models, self.metric, self.design, self.rope)

    @property
    def is_any_worse(self) -> bool:
        """Whether a model is worse than the first."""
        return any(comparison.verdict == WORSE for comparison in self.verdicts.values())

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each model, all cells text: means with 95 % intervals and the verdict."""
        table = self._summary(self.scores)
        if self.groups_ignored is None or self.groups_ignored.empty:
            return table
        means = self._summary(self.groups_ignored).set_index("model")[self.metric]
        column = [means.get(model, NONE) for model in table["model"]]
        place = list(table.columns).index("verdict") + 1
        table.insert(place, f"{self.metric}, groups ignored", column)
        return table

    @property
    def caption(self) -> str:
        """What the intervals and verdicts are."""
        margin = margin_of(self.metric, self.rope)
        text = study_caption(self.design, self.models[0], self.metric, margin, self.verdicts)
        if has_training_cost(self.scores):
            text += f"\n{COST_CAPTION}"
        if self.groups_ignored is not None:
            text += "\nGroups ignored: the score if groups were split across folds (optimistic)."
        return text

    def _summary(self, scores: pd.DataFrame) -> pd.DataFrame:
        return score_summary(scores, self.models, self.metric, self.design, self.rope)

    def __repr__(self) -> str:
        return f"{write(self.table, 'markdown')}\n\n{self.caption}"

    def _repr_html_(self) -> str:
        return html_table(self.table, self.caption)

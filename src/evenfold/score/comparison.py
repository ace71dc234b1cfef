"""The result of ``evenfold.score``: comparisons of models as text, table and HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from evenfold.render.cells import NONE
from evenfold.render.notebook import html_table
from evenfold.render.tables import write
from evenfold.score.tables import COST, caption, comparisons, score_summary, tells_cost
from evenfold.stats.score_intervals import ROPE, Comparison, Design

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Comparisons:
    """Scores of every fit, and what they say of the models; the first model is the reference.

    ``scores`` has one row a fit: ``model``, ``dataset``, ``protocol``, ``split``, ``seed``,
    ``engine``, the metrics, ``fit_seconds`` (no benchmark) and ``peak_bytes``. ``failed`` has a
    reason for each kind of fit that failed, ``skipped`` one by model. ``claimed`` are the scores of
    splits that divide groups, where rows have some. In a notebook it is a table.
    """

    scores: pd.DataFrame
    models: Sequence[str]
    metric: str
    design: Design
    rope: float | None
    failed: Sequence[str]
    skipped: Mapping[str, str]
    claimed: pd.DataFrame | None = None

    @cached_property
    def verdicts(self) -> dict[str, Comparison]:
        """Each model after the first against the first."""
        return comparisons(self.scores, self.models, self.metric, self.design, self.rope)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a model, all cells text: means with 95 % intervals and the verdict."""
        asked = self.models, self.metric, self.design, self.rope
        table = score_summary(self.scores, *asked)
        if self.claimed is None or self.claimed.empty:
            return table
        other = score_summary(self.claimed, *asked).set_index("model")[self.metric]
        told = [other.get(model, NONE) for model in table["model"]]
        beside = list(table.columns).index("verdict") + 1
        table.insert(beside, f"{self.metric}, groups ignored", told)
        return table

    @property
    def caption(self) -> str:
        """What the intervals and verdicts are."""
        margin = ROPE[self.metric] if self.rope is None else self.rope
        told = caption(self.design, self.models[0], self.metric, margin, self.verdicts)
        if tells_cost(self.scores):
            told += f"\n{COST}"
        if self.claimed is None:
            return told
        return f"{told}\nGroups ignored: what splits would have claimed that divide them."

    def __repr__(self) -> str:
        return f"{write(self.table, 'markdown')}\n\n{self.caption}"

    def _repr_html_(self) -> str:
        return html_table(self.table, self.caption)

"""The result of ``evenfold.score``: comparisons of models as text, table and HTML."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from evenfold.data.duplicates import Duplicates
from evenfold.diagnostics.finding import Finding, finding_lines
from evenfold.render.cells import NONE
from evenfold.render.notebook import html_table
from evenfold.render.tables import write
from evenfold.score.captions import (
    COST_CAPTION,
    has_training_cost,
    positive_caption,
    study_caption,
)
from evenfold.score.conclusions import conclusion, next_step
from evenfold.score.fit_counts import FitCounts, count_fits, missing_notes, pair_notes
from evenfold.score.model_scores import ModelScores
from evenfold.score.numbers import score_numbers, summary_numbers, table_metrics
from evenfold.score.settling import Advice, advice_lines, advice_numbers, settle_comparisons
from evenfold.score.split_counts import rows_by_split, with_split_counts
from evenfold.score.tables import reference_notes, score_summary
from evenfold.stats.comparisons import Comparison, IntervalMethod
from evenfold.stats.metric_names import depends_on_positive
from evenfold.stats.metrics import Metric
from evenfold.stats.score_intervals import Design
from evenfold.stats.tested_rows import TestedRows
from evenfold.stats.verdicts import WORSE, ScoreVerdict

if TYPE_CHECKING:
    import pandas as pd


WEIGHTS_CAPTION = "Models are trained with the sample weights of the data; scores are unweighted."
GROUPS_CAPTION = "Groups ignored: the score if groups were split across folds (optimistic)."


class UnfinishedFit(NamedTuple):
    """A planned fit without scores."""

    model: str
    split: str
    seed: int
    status: Literal["failed", "skipped"]


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
        A message on each kind of fit that failed.
    skipped
        The reason of each model that was skipped.
    file
        The table of scores on disk.
    unfinished
        The fits that are planned and have no scores: model, split, seed, and ``failed`` or
        ``skipped``.
    undefined
        Why a metric of a plug-in is not defined in some fits, by metric.
    positive
        The name of the positive class, which sensitivity and specificity are about; None for data
        without one.
    positive_is_default
        Whether evenfold chose the positive class, because the user named none.
    groups_ignored
        The scores if groups were split across folds, which are optimistic; None for data without
        groups.
    duplicates
        Test rows that also occur among the training rows; None if they were not counted.
    findings
        What may be wrong with the study, in the order of codes; the silenced ones are left out.
    data_notes
        Notes on reading the data, such as labels that are equal as numbers.
    model_notes
        Sentences on what evenfold chose for models of Python code.
    engines
        A sentence on each network that Keras' ``fit`` trained instead of the compiled engine.
    tested, tested_ignoring_groups
        The predictions of every test row, by model: those of ``scores`` and ``groups_ignored``.
    interval
        How intervals are computed: ``rows`` or ``nadeau-bengio``.
    own_metrics
        The metrics of plug-ins among the scores, by name.
    is_weighted
        Whether models were trained with sample weights of the data.
    """

    scores: pd.DataFrame
    models: Sequence[str]
    metric: str
    design: Design
    rope: float | None
    failed: Sequence[str]
    skipped: Mapping[str, str]
    file: Path
    unfinished: Sequence[UnfinishedFit] = ()
    undefined: Mapping[str, str] = field(default_factory=dict)
    positive: str | None = None
    positive_is_default: bool = False
    groups_ignored: pd.DataFrame | None = None
    duplicates: Duplicates | None = None
    findings: tuple[Finding, ...] = ()
    data_notes: Sequence[str] = ()
    model_notes: Sequence[str] = ()
    engines: Sequence[str] = ()
    tested: Mapping[str, TestedRows] = field(default_factory=dict)
    tested_ignoring_groups: Mapping[str, TestedRows] = field(default_factory=dict)
    interval: IntervalMethod = "rows"
    own_metrics: Mapping[str, Metric] = field(default_factory=dict)
    is_weighted: bool = False

    @cached_property
    def model_scores(self) -> ModelScores:
        """The scores with their intervals and comparisons."""
        return self._model_scores(self.scores, self.design, self.tested)

    @cached_property
    def verdicts(self) -> dict[str, Comparison]:
        """The comparison of each model after the first with the first, where there is one.

        There is none with fewer than two test rows, or fits, that both models have.
        """
        return self.model_scores.compare_with_reference(self.metric, self.rope)

    @property
    def is_any_worse(self) -> bool:
        """Whether a model is worse than the first."""
        return any(comparison.verdict == WORSE for comparison in self.verdicts.values())

    @cached_property
    def counts(self) -> dict[str, FitCounts]:
        """The fits of each model: planned, finished, and those in which the metric is defined."""
        return count_fits(self.model_scores, self.models, self.metric)

    @property
    def is_complete(self) -> bool:
        """Whether every planned fit has a value, but for models that are skipped.

        A study whose reference is skipped, and with it every comparison, is not complete.
        """
        return not self.failed and all(
            count.is_complete or (model in self.skipped and model != self.models[0])
            for model, count in self.counts.items()
        )

    @cached_property
    def notes(self) -> list[str]:
        """A sentence on what is missing, and on networks that ``fit`` trained."""
        if not len(self.scores):
            skipped = set(self.models) <= set(self.skipped)
            return [f"{'Every model was skipped' if skipped else 'No fit finished'}: no scores."]
        has_fits = [model for model, count in self.counts.items() if count.finished]
        notes = [f"{model} was skipped: {reason}." for model, reason in self.skipped.items()]
        notes += reference_notes(self.model_scores)
        metrics = table_metrics(self.scores, self.metric)
        notes += missing_notes(
            self.model_scores, self.models, metrics, self.undefined, self.skipped
        )
        notes += pair_notes(self.verdicts, self.model_scores, has_fits)
        return [*notes, *self.engines, *self.model_notes]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row of numbers for each model; what is missing is NaN.

        Columns: ``model``, ``fits`` and ``fits_planned`` (integers), ``metric``; ``mean``, ``low``
        and ``high``, the score in that metric with the ends of its 95 % interval; ``difference``,
        ``difference_low`` and ``difference_high``, from the first model; ``verdict``; the
        ``detectable`` difference; each other metric ``NAME`` with ``NAME_low`` and ``NAME_high``.
        For data with groups ``mean_groups_ignored``. All but names and counts are floats.
        """
        table = summary_numbers(self.model_scores, self.metric, self.rope)
        if self.groups_ignored is not None and not self.groups_ignored.empty:
            ignored = summary_numbers(self._ignoring_groups(), self.metric, self.rope)
            means = ignored.set_index("model")["mean"]
            table["mean_groups_ignored"] = table["model"].map(means).astype(float)
        return table

    @cached_property
    def text_table(self) -> pd.DataFrame:
        """The table as it is printed: all cells are text, as ``0.9701 [0.9585, 0.9817]``."""
        table = score_summary(self.model_scores, self.metric, self.rope)
        if self.groups_ignored is None or self.groups_ignored.empty:
            return table
        ignoring = score_summary(self._ignoring_groups(), self.metric, self.rope)
        means = ignoring.set_index("model")[self.metric]
        column = [means.get(model, NONE) for model in table["model"]]
        place = list(table.columns).index("verdict") + 1
        table.insert(place, f"{self.metric}, groups ignored", column)
        return table

    @cached_property
    def numbers(self) -> pd.DataFrame:
        """One row of numbers for each model: fits, means, intervals and the comparison.

        ``data`` is the digest of the dataset, ``distinct_splits`` the number of splits whose rows
        differ, ``duplicate_share`` the share of test rows that also occur among the training rows,
        ``conflicting_rows`` the number of rows that have the features of a row with another label,
        ``findings`` the codes of what may be wrong with the model or with the whole study. Of an
        undecided model, ``rows_to_settle`` and ``repeats_to_settle`` are the numbers, in all, that
        decide it with 80 % chance, each alone, or together where neither is enough;
        ``seconds_to_settle`` is the time of the further repeats.
        """
        numbers = score_numbers(self.model_scores, self.metric, self.rope)
        numbers["data"] = self.scores["data"].iloc[0] if len(self.scores) else None
        numbers["distinct_splits"] = self.scores["rows"].nunique()
        numbers["positive"] = self.positive
        if self.groups_ignored is not None:
            ignored = score_numbers(self._ignoring_groups(), self.metric, self.rope)
            for name in ("", "_low", "_high", "_defined"):
                numbers[f"{self.metric}_groups_ignored{name}"] = ignored[f"{self.metric}{name}"]
        if self.duplicates is not None:
            numbers["duplicate_share"] = self.duplicates.share
            numbers["conflicting_rows"] = self.duplicates.conflicting_rows
        for name, value in advice_numbers(self.settling, list(numbers["model"])).items():
            numbers[name] = value
        numbers["findings"] = [
            " ".join(
                finding.code
                for finding in self.findings
                if model in finding.subjects or not set(finding.subjects) & set(self.models)
            )
            for model in numbers["model"]
        ]
        numbers["skipped"] = [self.skipped.get(model) for model in self.models]
        return numbers

    @cached_property
    def fits(self) -> pd.DataFrame:
        """One row for each planned fit: its scores, ``status`` and the ``positive`` class.

        ``status`` is ``finished``, ``failed`` or ``skipped``; without scores the metrics are NaN.
        """
        count = len(self.scores)
        table = self.scores.reindex(range(count + len(self.unfinished)))
        places = list(zip(*(fit[:3] for fit in self.unfinished), strict=True)) or [(), (), ()]
        for column, values in zip(("model", "split", "seed"), places, strict=True):
            table[column] = [*self.scores[column], *values]
        for column in ("dataset", "protocol", "data"):
            table[column] = table[column].ffill()
        rows = rows_by_split(self.scores)
        table["rows"] = table["rows"].fillna(table["split"].map(rows))
        table["positive"] = self.positive
        table["status"] = ["finished"] * count + [fit[3] for fit in self.unfinished]
        return table

    @property
    def caption(self) -> str:
        """What the intervals and verdicts are, and what is missing."""
        text = study_caption(self.model_scores, self.metric, self.rope, self.verdicts)
        positive = positive_caption(
            self.metric, self.positive, self.positive_is_default and self.depends_on_positive
        )
        cost = COST_CAPTION if has_training_cost(self.scores) else ""
        groups = "" if self.groups_ignored is None else GROUPS_CAPTION
        weights = WEIGHTS_CAPTION if self.is_weighted else ""
        return "\n".join(filter(None, [text, weights, *self.notes, positive, cost, groups]))

    @cached_property
    def settling(self) -> dict[str, Advice]:
        """What would settle the verdict of each undecided model: rows, or repeats and seconds."""
        return settle_comparisons(self.model_scores, self.verdicts, self.metric)

    @property
    def settling_text(self) -> str:
        """What would settle the undecided verdicts, a line a pair; empty if all are decided."""
        return "\n".join(advice_lines(self.settling, self.models[0]))

    @property
    def finding_text(self) -> str:
        """What may be wrong with the study, a line each; empty if nothing is."""
        return "\n".join(finding_lines(self.findings))

    @property
    def depends_on_positive(self) -> bool:
        """Whether the metric of the verdicts may change with the positive class."""
        return depends_on_positive(self.metric)

    @property
    def conclusion(self) -> str:
        """The result in one sentence; empty without a comparison."""
        ordered = {m: self.verdicts[m] for m in self.models if m in self.verdicts}
        return conclusion(ordered, self.models[0], self.metric)

    @property
    def next_step(self) -> str:
        """The next useful command."""
        return next_step(self.verdicts, self.models[0])

    def without_evidence(self, words: Collection[ScoreVerdict]) -> dict[str, str]:
        """Return the contenders whose verdict is not one of these words, with what they have."""
        return {
            model: self.verdicts[model].verdict if model in self.verdicts else "no verdict"
            for model in self.models[1:]
            if model not in self.verdicts or self.verdicts[model].verdict not in words
        }

    def _ignoring_groups(self) -> ModelScores:
        assert self.groups_ignored is not None
        design = with_split_counts(replace(self.design, counts=None), self.groups_ignored)
        return self._model_scores(self.groups_ignored, design, self.tested_ignoring_groups)

    def _model_scores(
        self, scores: pd.DataFrame, design: Design, tested: Mapping[str, TestedRows]
    ) -> ModelScores:
        return ModelScores(
            scores=scores,
            models=tuple(self.models),
            design=design,
            tested=tested,
            method=self.interval,
            own_metrics=self.own_metrics,
        )

    def __repr__(self) -> str:
        table = write(self.text_table, "markdown")
        caption = self._caption_with_data_notes
        parts = [self.conclusion, table, caption, self.settling_text, self.finding_text]
        parts.append(self.next_step)
        return "\n\n".join(filter(None, parts))

    def _repr_html_(self) -> str:
        parts = [self._caption_with_data_notes, self.settling_text, self.finding_text]
        parts.append(self.next_step)
        caption = "\n".join(filter(None, parts))
        ends = self.table[["low", "mean", "high"]]
        drawn = [(low, mean, high) for low, mean, high in ends.itertuples(index=False)]
        intervals = {self.metric: drawn}
        return html_table(self.text_table, caption, conclusion=self.conclusion, intervals=intervals)

    @property
    def _caption_with_data_notes(self) -> str:
        # The command line prints these notes when it has read the data.
        coded = {finding.note for finding in self.findings}
        notes = [note for note in self.data_notes if note not in coded]
        return "\n".join([self.caption, *notes])

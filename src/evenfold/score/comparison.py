"""The result of ``evenfold.score``: comparisons of models as text, table and HTML."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from evenfold.data.duplicates import Duplicates
from evenfold.diagnostics.finding import Finding, finding_lines
from evenfold.errors import UsageError
from evenfold.render.cells import NONE
from evenfold.score.conclusions import conclusion, next_step
from evenfold.score.fit_counts import FitCounts, count_fits
from evenfold.score.fit_energy import FitEnergy
from evenfold.score.model_scores import ModelScores
from evenfold.score.numbers import summary_numbers
from evenfold.score.result_tables import planned_fits_table, result_numbers
from evenfold.score.result_texts import result_caption, result_html, result_notes, result_text
from evenfold.score.settling import Advice, advice_lines, settle_comparisons
from evenfold.score.split_counts import with_split_counts
from evenfold.score.tables import score_summary
from evenfold.score.time_tables import target_numbers
from evenfold.score.time_to_target import TimeToTarget
from evenfold.stats.comparisons import Comparison, IntervalMethod
from evenfold.stats.metric_names import depends_on_positive
from evenfold.stats.metrics import Metric
from evenfold.stats.score_intervals import Design
from evenfold.stats.tested_rows import TestedRows
from evenfold.stats.verdicts import WORSE, ScoreVerdict

if TYPE_CHECKING:
    import pandas as pd


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
    times
        How networks reach a target; None without one.
    energy
        The energy of the fits that ran; None if it was not measured.
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
    times: TimeToTarget | None = None
    energy: FitEnergy | None = None

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
        return result_notes(self)

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
            ignored = summary_numbers(self.ignoring_groups(), self.metric, self.rope)
            means = ignored.set_index("model")["mean"]
            table["mean_groups_ignored"] = table["model"].map(means).astype(float)
        return table

    @cached_property
    def text_table(self) -> pd.DataFrame:
        """The table as it is printed: all cells are text, as ``0.9701 [0.9585, 0.9817]``."""
        table = score_summary(self.model_scores, self.metric, self.rope)
        if self.groups_ignored is None or self.groups_ignored.empty:
            return table
        ignoring = score_summary(self.ignoring_groups(), self.metric, self.rope)
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
        ``seconds_to_settle`` is the time of the further repeats. With a target, the columns of
        ``time_table`` follow with ``target_`` before their names; ``energy_joules`` is the median
        of a fit, where energy was measured.
        """
        return result_numbers(self)

    @property
    def time_table(self) -> pd.DataFrame:
        """How each network reaches the target: one row of numbers; what never comes is NaN.

        Columns: ``model``, ``metric``, ``target``, ``rows`` that the curve is of, ``fits``,
        ``reached``; ``share`` of the fits that reach it, ``epochs`` and ``seconds`` (medians), each
        with the ends ``_low`` and ``_high`` of its 95 % interval; ``start_up_seconds``,
        ``epochs_trained``, ``epochs_planned``, ``saved_epochs_share`` and ``saved_seconds``, of
        early stopping (medians).

        Raises
        ------
        UsageError
            No target was given.
        """
        if self.times is None:
            raise UsageError("there is no target: give one with time_to, such as accuracy=0.95")
        return target_numbers(self.times)

    @cached_property
    def fits(self) -> pd.DataFrame:
        """One row for each planned fit: its scores, ``status`` and the ``positive`` class.

        ``status`` is ``finished``, ``failed`` or ``skipped``; without scores the metrics are NaN.
        """
        return planned_fits_table(self)

    @property
    def caption(self) -> str:
        """What the intervals and verdicts are, and what is missing."""
        return result_caption(self)

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

    def ignoring_groups(self) -> ModelScores:
        """Return the scores if groups were split across folds; there must be some."""
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
        return result_text(self)

    def _repr_html_(self) -> str:
        return result_html(self)

"""The scores of some models, with the intervals and comparisons that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.comparisons import ERROR, Comparison, Interval, IntervalMethod
from evenfold.stats.jackknife import jackknife_values
from evenfold.stats.metrics import Metric
from evenfold.stats.row_forms import row_values
from evenfold.stats.row_intervals import compare_pairs, scale_of, score_interval
from evenfold.stats.row_variance import RowValues
from evenfold.stats.score_intervals import Design, compare, interval
from evenfold.stats.score_scales import Scale
from evenfold.stats.tested_rows import TestedRows

if TYPE_CHECKING:
    import pandas as pd

# What intervals rest on: test rows and fits, fits alone, or nothing.
Basis = Literal["rows", "fits", "none"]
Pair = tuple[str, str]
NAN = float("nan")


@dataclass(frozen=True, eq=False)
class ModelScores:
    """The scores of every fit of some models.

    Parameters
    ----------
    scores
        One row for each fit: ``model``, ``split``, ``seed`` and the metrics.
    models
        The models in the order of tables, the reference first; some may have no scores.
    design
        The folds and repeats.
    tested
        The predictions of every test row, by model; empty where the rows are unknown.
    method
        How intervals are computed.
    own_metrics
        The metrics of plug-ins among the scores, by name.
    why_no_rows
        Why ``tested`` is empty; "" if it is not.
    """

    scores: pd.DataFrame
    models: tuple[str, ...]
    design: Design
    tested: Mapping[str, TestedRows] = field(default_factory=dict)
    method: IntervalMethod = "rows"
    own_metrics: Mapping[str, Metric] = field(default_factory=dict)
    why_no_rows: str = ""
    _values: dict[Pair, RowValues] = field(default_factory=dict, init=False, repr=False)
    _intervals: dict[tuple[str, str, float], Interval] = field(
        default_factory=dict, init=False, repr=False
    )
    _by_fit: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False)
    _compared: dict[tuple[bool, str, float | None], dict[Pair, Comparison]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def reference(self) -> str:
        """The model that others are compared with."""
        return self.models[0]

    @cached_property
    def present(self) -> list[str]:
        """The models that have scores, in the order of tables."""
        return [model for model in self.models if len(self.rows_of(model))]

    @cached_property
    def _rows_by_model(self) -> dict[str, NDArray[np.int64]]:
        import pandas as pd

        models = pd.Categorical(self.scores["model"])
        return {
            str(model): np.flatnonzero(models.codes == code)
            for code, model in enumerate(models.categories)
        }

    def rows_of(self, model: str) -> NDArray[np.int64]:
        """Return the places of a model's fits among the rows of ``scores``."""
        return self._rows_by_model.get(model, np.empty(0, np.int64))

    def of_fits(self, model: str, column: str) -> NDArray[np.float64]:
        """Return the numbers of a column of ``scores``, such as a metric, of a model's fits."""
        return self.scores[column].to_numpy(np.float64)[self.rows_of(model)]

    @cached_property
    def basis(self) -> Basis:
        """What intervals rest on; the seeds of a holdout alone say nothing about other rows."""
        if self.method == "rows" and self.tested and set(self.present) <= set(self.tested):
            return "rows"
        return "fits" if self.design.folds > 1 else "none"

    def interval(self, model: str, metric: str, error: float = ERROR) -> Interval:
        """Return a model's score with its interval, which stays in the range of the metric."""
        key = (model, metric, error)
        if key not in self._intervals:
            self._intervals[key] = self._interval(model, metric, error)
        return self._intervals[key]

    def _interval(self, model: str, metric: str, error: float) -> Interval:
        if self.basis == "rows":
            if model not in self.tested:
                return Interval(NAN, NAN, NAN)
            return score_interval(self.values(model, metric), metric, self.scale(metric), error)
        values = self.of_fits(model, metric)
        around = interval(values[np.isfinite(values)], self.design, 1 - error)
        scale = self.scale(metric)
        estimate = scale.clipped(around.estimate)
        if self.basis == "none":
            return Interval(estimate, NAN, NAN)
        return Interval(estimate, scale.clipped(around.low), scale.clipped(around.high))

    def compare_with_reference(self, metric: str, rope: float | None) -> dict[str, Comparison]:
        """Compare each model with the reference; intervals hold for all of them at once.

        A model without two rows or fits in common with the reference has no comparison.
        """
        compared = self._compare(False, metric, rope)
        return {model: comparison for (model, _), comparison in compared.items()}

    def compare_all_pairs(self, metric: str, rope: float | None) -> dict[Pair, Comparison]:
        """Compare every pair of models, the first with the second.

        Pairs with the reference have the comparison of ``compare_with_reference``. The intervals of
        the others are adjusted for the number of all pairs.
        """
        compared = dict(self._compare(True, metric, rope))
        for model, comparison in self.compare_with_reference(metric, rope).items():
            compared[self.reference, model] = comparison.reversed
        pairs = combinations(self.present, 2)
        return {pair: compared[pair] for pair in pairs if pair in compared}

    def values(self, model: str, metric: str) -> RowValues:
        """Return a metric of a model row by row."""
        key = (model, metric)
        if key not in self._values:
            tested, own = self.tested[model], self.own_metrics.get(metric)
            self._values[key] = jackknife_values(own, tested) if own else row_values(metric, tested)
        return self._values[key]

    def by_fit(self, metric: str) -> pd.DataFrame:
        """Return a metric as ``metric_by_fit`` does."""
        if metric not in self._by_fit:
            self._by_fit[metric] = metric_by_fit(self.scores, metric)
        return self._by_fit[metric]

    def values_of_fits(self, model: str, metric: str, fits: NDArray[np.int64]) -> RowValues:
        """Return a metric of a model row by row, as if it had these fits alone."""
        tested = self.tested[model]
        part = tested.only_fits(fits)
        if metric in self.own_metrics:
            # The jackknife is costly, and each fit has values of its own.
            return replace(self.values(model, metric).of_fits(fits), digest=part.digest)
        return replace(row_values(metric, part), jumps=tested.jumps)

    def scale(self, metric: str) -> Scale:
        """Return the range of a metric."""
        if metric in self.own_metrics:
            return self.own_metrics[metric].scale
        classes = [tested.probabilities.shape[1] for tested in self.tested.values()]
        return scale_of(metric, classes[0] if classes else 3)

    def jumping(self, metric: str) -> list[str]:
        """Return the models whose intervals are widened, since their predictions jump."""
        if self.basis != "rows" or self.design.folds == 1:
            return []
        return [m for m in self.present if m in self.tested and self.tested[m].jumps > 0]

    def without_interval(self, metric: str) -> list[str]:
        """Return the models whose scores in a user's metric do not show how they vary."""
        if self.basis != "rows" or metric not in self.own_metrics:
            return []
        around = {model: self.interval(model, metric) for model in self.present}
        return [m for m, one in around.items() if np.isfinite(one.estimate) and np.isnan(one.low)]

    def _compare(
        self, of_all_pairs: bool, metric: str, rope: float | None
    ) -> dict[Pair, Comparison]:
        """Compare pairs of models, or each with the reference: once, as it takes long."""
        key = (of_all_pairs, metric, rope)
        if key not in self._compared:
            pairs = list(combinations(self.present, 2))
            if not of_all_pairs:
                reference, *others = self.models
                present = set(self.present)
                pairs = [(model, reference) for model in others if {model, reference} <= present]
            named = {pair: ((self, pair[0]), (self, pair[1])) for pair in pairs}
            self._compared[key] = compare_models(named, metric, rope)
        return self._compared[key]


def compare_models(
    pairs: Mapping[Pair, tuple[tuple[ModelScores, str], tuple[ModelScores, str]]],
    metric: str,
    rope: float | None,
    error: float = ERROR,
) -> dict[Pair, Comparison]:
    """Compare models of one or of several studies; intervals hold for all pairs at once.

    Parameters
    ----------
    pairs
        By any pair of names, the contender and the reference: each a study and a model of it that
        has scores.
    metric
        The metric.
    rope
        The margin; None for the metric's own.
    error
        The error of all intervals together.
    """
    if not pairs:
        return {}
    bases = {scores.basis for pair in pairs.values() for scores, _ in pair}
    (first, _), _ = next(iter(pairs.values()))
    if bases == {"rows"}:
        rows = {name: _values_of_common_fits(*pair, metric) for name, pair in pairs.items()}
        return compare_pairs(rows, metric, rope, first.scale(metric), error)
    if "none" in bases:
        return {}
    differences = {name: _differences(*pair, metric) for name, pair in pairs.items()}
    return compare(differences, metric, first.design, rope, error)


def paired_scores(
    contender: tuple[ModelScores, str], reference: tuple[ModelScores, str], metric: str
) -> tuple[float, float]:
    """Return the scores of two models over the fits that both have."""
    if contender[0].basis == reference[0].basis == "rows":
        ours, theirs = _values_of_common_fits(contender, reference, metric)
        return ours.of_fits(theirs.fit).estimate, theirs.of_fits(ours.fit).estimate
    both = _paired(contender, reference, metric)
    return float(both[:, 0].mean()), float(both[:, 1].mean())


def metric_by_fit(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return a metric with one row for each fit of the plan and one column for each model.

    A row is a split or, where a split has several seeds, a split and the number of its seed.
    """
    import pandas as pd

    split, splits = pd.factorize(scores["split"], sort=True)
    model, models = pd.factorize(scores["model"], sort=True)
    names = [str(name) for name in models]
    place = split * len(models) + model
    if np.bincount(place).max(initial=0) <= 1:  # a pivot of a million fits takes long
        values = np.full(len(splits) * len(models), NAN)
        values[place] = scores[metric].to_numpy(np.float64)
        index = pd.Index(splits, name="split")
        return pd.DataFrame(values.reshape(-1, len(models)), index=index, columns=names)
    number = scores.groupby(["model", "split"], observed=True).cumcount()
    table = scores.assign(number=number).pivot(
        index=["split", "number"], columns="model", values=metric
    )
    table.columns = pd.Index([str(name) for name in table.columns])
    return table


def _values_of_common_fits(
    contender: tuple[ModelScores, str], reference: tuple[ModelScores, str], metric: str
) -> tuple[RowValues, RowValues]:
    """Return the row-wise values of two models over the fits that both have."""
    (scores, model), (others, other) = contender, reference
    ours, theirs = scores.values(model, metric), others.values(other, metric)
    fits = np.intersect1d(ours.fit, theirs.fit)
    if not len(fits):
        return ours, theirs
    if not np.isin(ours.fit, fits).all():
        ours = scores.values_of_fits(model, metric, fits)
    if not np.isin(theirs.fit, fits).all():
        theirs = others.values_of_fits(other, metric, fits)
    return ours, theirs


def _differences(
    contender: tuple[ModelScores, str], reference: tuple[ModelScores, str], metric: str
) -> NDArray[np.float64]:
    ours, theirs = _of_common_fits(contender, reference, metric)
    with np.errstate(invalid="ignore"):
        differences = ours - theirs
    finite = np.isfinite(differences)
    return differences if finite.all() else differences[finite]


def _paired(
    contender: tuple[ModelScores, str], reference: tuple[ModelScores, str], metric: str
) -> NDArray[np.float64]:
    """Scores of the fits in which both models have one, shape ``(fits, 2)``."""
    both = np.column_stack(_of_common_fits(contender, reference, metric))
    finite: NDArray[np.float64] = both[np.isfinite(both).all(axis=1)]
    return finite


def _of_common_fits(
    contender: tuple[ModelScores, str], reference: tuple[ModelScores, str], metric: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the scores of two models in the fits that both have; some may not be finite."""
    ours, theirs = (one.by_fit(metric)[model] for one, model in (contender, reference))
    if not ours.index.equals(theirs.index):
        ours, theirs = ours.align(theirs, join="inner")
    return ours.to_numpy(np.float64), theirs.to_numpy(np.float64)

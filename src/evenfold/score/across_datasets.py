"""Models compared over several data sets: one verdict, from the comparison on each of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evenfold.score.model_scores import ModelScores, compare_models
from evenfold.stats.comparisons import Comparison
from evenfold.stats.dataset_ranks import MeanRanks, SignedRank, mean_ranks, signed_ranks
from evenfold.stats.metric_names import is_lower_better, margin_of
from evenfold.stats.next_dataset import FEWEST_DATASETS, NextDataset, predict_next
from evenfold.stats.verdicts import ScoreVerdict


@dataclass(frozen=True)
class ContenderAcross:
    """A contender compared with the reference over data sets.

    Parameters
    ----------
    datasets
        The data sets on which both have an interval of their difference.
    wins, ties, losses
        On how many of them the difference is above the margin, within it, and below it.
    next_dataset
        What is predicted of the next data set; None with fewer than three data sets.
    signed_rank
        The signed-rank test; None without data sets.
    """

    datasets: tuple[str, ...]
    wins: int
    ties: int
    losses: int
    next_dataset: NextDataset | None
    signed_rank: SignedRank | None

    @property
    def verdict(self) -> ScoreVerdict | None:
        """The verdict on the next data set; None with too few data sets."""
        return None if self.next_dataset is None else self.next_dataset.verdict


@dataclass(frozen=True, eq=False)
class AcrossDatasets:
    """The scores of the same models on several data sets.

    Parameters
    ----------
    scores
        The scores by data set.
    metric, rope
        The metric and its margin; None for the metric's own.
    """

    scores: Mapping[str, ModelScores]
    metric: str
    rope: float | None

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The models, the reference first."""
        names = (model for one in self.scores.values() for model in one.models)
        return tuple(dict.fromkeys(names))

    @property
    def reference(self) -> str:
        """The model that others are compared with."""
        return self.models[0]

    @property
    def margin(self) -> float:
        """The margin of the verdicts."""
        return margin_of(self.metric, self.rope)

    @cached_property
    def comparisons(self) -> dict[str, dict[str, Comparison]]:
        """The comparison of each contender with the reference, by contender and data set.

        Each interval holds for itself alone, with 95 %.
        """
        return {model: dict(self._comparisons_of(model)) for model in self.models[1:]}

    def _comparisons_of(self, model: str) -> Iterator[tuple[str, Comparison]]:
        pair = (model, self.reference)
        for name, scores in self.scores.items():
            if not set(pair) <= set(scores.present):
                continue
            both = {pair: ((scores, model), (scores, self.reference))}
            compared = compare_models(both, self.metric, self.rope)
            if pair in compared and math.isfinite(compared[pair].difference.half_width):
                yield name, compared[pair]

    @cached_property
    def contenders(self) -> dict[str, ContenderAcross]:
        """The comparison of each contender over data sets."""
        differences = {
            model: np.array([one.difference.estimate for one in compared.values()])
            for model, compared in self.comparisons.items()
            if compared
        }
        tests = signed_ranks(differences)
        return {
            model: self._contender(tuple(compared.values()), tuple(compared), tests.get(model))
            for model, compared in self.comparisons.items()
        }

    def _contender(
        self,
        compared: Sequence[Comparison],
        datasets: tuple[str, ...],
        test: SignedRank | None,
    ) -> ContenderAcross:
        estimates = np.array([one.difference.estimate for one in compared])
        errors = np.array([_standard_error(one) for one in compared])
        wins, losses = (int((sign * estimates > self.margin).sum()) for sign in (1, -1))
        has_enough = len(datasets) >= FEWEST_DATASETS
        predicted = predict_next(estimates, errors, self.margin) if has_enough else None
        return ContenderAcross(
            datasets, wins, len(datasets) - wins - losses, losses, predicted, test
        )

    @cached_property
    def ranks(self) -> MeanRanks | None:
        """The mean ranks of the models that every data set has; None without two of them."""
        everywhere = [model for model in self.models if np.isfinite(self.column(model)).all()]
        if len(everywhere) < 2:
            return None
        sign = -1 if is_lower_better(self.metric) else 1
        table = np.column_stack([self.column(model) for model in everywhere])
        return mean_ranks(sign * table, everywhere)

    @cached_property
    def best_of_reference(self) -> tuple[int, int]:
        """On how many data sets the reference scores best, and best by more than the margin."""
        sign = -1 if is_lower_better(self.metric) else 1
        ours = sign * self.column(self.reference)
        others = np.array([sign * self.column(model) for model in self.models[1:]])
        known = np.isfinite(ours) & np.isfinite(others).any(axis=0)
        ahead = ours[known] - np.nanmax(others[:, known], axis=0)
        return int((ahead > 0).sum()), int((ahead > self.margin).sum())

    def column(self, model: str) -> NDArray[np.float64]:
        """Return the score of a model on each data set; NaN where it has none."""
        return np.array(
            [
                one.interval(model, self.metric).estimate if model in one.present else math.nan
                for one in self.scores.values()
            ]
        )


def _standard_error(comparison: Comparison) -> float:
    """Return the standard error of a normal difference whose interval is as wide as this one."""
    from scipy.special import ndtri

    return comparison.difference.half_width / float(ndtri(1 - comparison.level / 2))

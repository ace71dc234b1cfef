"""Ranks of models over data sets: signed ranks of pairs, mean ranks and their critical difference.

References
----------
Demsar, J. (2006). Statistical comparisons of classifiers over multiple data sets. Journal of
Machine Learning Research 7, 1-30. (Wilcoxon's signed ranks, Friedman's test, Nemenyi's critical
difference.)

Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of
Statistics 6, 65-70.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from evenfold.stats.comparisons import ERROR

Name = TypeVar("Name", bound=Hashable)
Values = NDArray[np.float64]
# With n data sets the smallest p-value of two sides is 2 / 2**n.
FEWEST_TO_REJECT: Final = math.ceil(1 + math.log2(1 / ERROR))


@dataclass(frozen=True)
class SignedRank:
    """Wilcoxon's signed-rank test of one pair of models.

    Parameters
    ----------
    datasets
        The number of data sets.
    p
        The p-value of two sides.
    adjusted
        The p-value adjusted for all pairs by Holm's procedure.
    """

    datasets: int
    p: float
    adjusted: float

    @property
    def can_reject(self) -> bool:
        """Whether this number of data sets can have a p-value below 5 % at all."""
        return self.datasets >= FEWEST_TO_REJECT


@dataclass(frozen=True)
class MeanRanks:
    """Mean ranks of models over data sets, 1 for the best.

    Parameters
    ----------
    ranks
        The mean rank of each model, the best first.
    critical
        Nemenyi's critical difference at 5 %: mean ranks that differ by less are not distinguished.
    datasets
        The number of data sets on which every model has a score.
    p
        The p-value of Friedman's test that all models have the same ranks; NaN with two models.
    """

    ranks: Mapping[str, float]
    critical: float
    datasets: int
    p: float

    @property
    def groups(self) -> list[list[str]]:
        """The largest groups of models whose mean ranks are not distinguished, best first."""
        names = list(self.ranks)
        groups: list[list[str]] = []
        for place, name in enumerate(names):
            near = [m for m in names[place:] if self.ranks[m] - self.ranks[name] <= self.critical]
            if len(near) > 1 and not (groups and set(near) <= set(groups[-1])):
                groups.append(near)
        return groups


def signed_ranks(differences: Mapping[Name, Values]) -> dict[Name, SignedRank]:
    """Test each pair of models over data sets, with Holm's adjustment over all pairs.

    Differences of 0 are left out, as Wilcoxon proposed.

    Parameters
    ----------
    differences
        For each pair the difference on every data set.
    """
    plain = {name: _signed_rank(np.asarray(d, np.float64)) for name, d in differences.items()}
    adjusted = holm(plain)
    return {
        name: SignedRank(len(differences[name]), p, adjusted[name]) for name, p in plain.items()
    }


def holm(values: Mapping[Name, float]) -> dict[Name, float]:
    """Return p-values adjusted by Holm's procedure."""
    adjusted, highest = {}, 0.0
    for place, name in enumerate(sorted(values, key=lambda each: values[each])):
        highest = max(highest, min(1.0, (len(values) - place) * values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in values}


def mean_ranks(scores: Values, models: Sequence[str]) -> MeanRanks:
    """Rank models on every data set, and average the ranks.

    Parameters
    ----------
    scores
        Scores, of which larger is better, shape ``(datasets, models)``.
    models
        The names of the models.
    """
    from scipy.stats import friedmanchisquare, rankdata, studentized_range

    datasets, count = scores.shape
    # Scores that differ by rounding errors are the same.
    ranks = rankdata(-np.round(scores, 12), axis=1)
    means = ranks.mean(axis=0)
    order = np.argsort(means, kind="stable")
    largest = float(studentized_range.ppf(1 - ERROR, count, np.inf)) / math.sqrt(2)
    critical = largest * math.sqrt(count * (count + 1) / (6 * datasets))
    has_test = count > 2 and datasets > 1 and np.ptp(ranks) > 0
    p = float(friedmanchisquare(*ranks.T).pvalue) if has_test else math.nan
    return MeanRanks({models[at]: float(means[at]) for at in order}, critical, datasets, p)


def _signed_rank(differences: Values) -> float:
    from scipy.stats import wilcoxon

    differences = differences[np.abs(differences) > 1e-12]
    return float(wilcoxon(differences).pvalue) if len(differences) else 1.0

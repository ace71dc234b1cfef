"""Pairs of models on simulated rows, of which a study shows some and a larger one more."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from evenfold.stats.comparisons import Comparison
from evenfold.stats.row_intervals import compare_rows
from evenfold.stats.row_variance import RowValues, difference_variance
from evenfold.stats.settling import Settlement, UndecidedDifference, settle

Floats = NDArray[np.float64]

SPREAD, NOISE = 2.0, 0.3  # deviations of the log odds over rows, and over fits of a row


@dataclass(frozen=True)
class Population:
    """How two models hit rows: a row has an ease, and a fit of a model has an effect.

    Parameters
    ----------
    difference
        The true difference of the accuracies, or the deviation of a normal one if ``is_drawn``.
    fit_effect
        The deviation of a fit's effect on the log odds of a hit.
    agreement
        The share of the spread of the log odds that both models have in common.
    is_drawn
        Whether each trial draws its true difference.
    rows
        The rows of a study.
    """

    difference: float
    fit_effect: float
    agreement: float = 0.9
    is_drawn: bool = False
    rows: int = 300


@dataclass(frozen=True)
class PairOfModels:
    """Hits of two models on rows, in fits: any number of either can be looked at."""

    odds: Floats  # of each model and row, (2, rows)
    population: Population
    hits: Floats  # (2, rows, repeats)
    fold: NDArray[np.int64]  # (rows, repeats)
    folds: int
    seed: int

    def values(self, model: int, rows: int, repeats: int) -> RowValues:
        """Return the accuracy of a model on the first rows and repeats."""
        row = np.repeat(np.arange(rows), repeats)
        repeat = np.tile(np.arange(repeats), rows)
        fit = repeat * self.folds + self.fold[:rows, :repeats].reshape(-1)
        value = self.hits[model, :rows, :repeats].reshape(-1)
        weight = np.full(len(value), 1 / len(value))
        order = np.lexsort((row, fit))
        return RowValues(
            row[order], fit[order], value[order], weight, rows, digest=model, folds=self.folds
        )

    def compared(self, rows: int, repeats: int) -> Comparison:
        """Compare the second model with the first."""
        contender, reference = (self.values(model, rows, repeats) for model in (1, 0))
        return compare_rows({"b": contender}, reference, "accuracy")["b"]

    def settlement(self, rows: int, repeats: int) -> Settlement:
        """Return what would settle the comparison."""
        contender, reference = (self.values(model, rows, repeats) for model in (1, 0))
        variance, comparison = (
            difference_variance(contender, reference),
            self.compared(rows, repeats),
        )
        return settle(
            UndecidedDifference(
                comparison.difference.estimate,
                comparison.difference.half_width,
                comparison.margin,
                variance.total - variance.fits,
                variance.fits,
                variance.freedom,
                rows,
                repeats,
            )
        )

    def with_repeats(self, repeats: int, rows: int) -> PairOfModels:
        """Return the pair on its first rows with more repeats, of which the first stay."""
        rng = np.random.default_rng([self.seed, repeats])
        has = self.hits.shape[2]
        more = _fitted(self.odds[:, :rows], self.population, repeats - has, self.folds, rng)
        hits = np.concatenate([self.hits[:, :rows], more[0]], axis=2)
        return replace(self, hits=hits, fold=np.concatenate([self.fold[:rows], more[1]], axis=1))


def draw_pair(
    population: Population, rows: int, repeats: int, folds: int, seed: int
) -> PairOfModels:
    """Draw two models that differ as the population says."""
    rng = np.random.default_rng([seed, 17])
    wanted = population.difference
    if population.is_drawn:
        wanted = float(rng.normal(0, population.difference))
    ease = 1.5 + SPREAD * np.sqrt(population.agreement) * rng.normal(size=rows)
    own = SPREAD * np.sqrt(1 - population.agreement) * rng.normal(size=(2, rows))
    # The slope of the accuracy by the log odds makes a shift of a difference.
    odds = ease + own
    odds[1] += wanted / mean_slope(population)
    hits, fold = _fitted(odds, population, repeats, folds, rng)
    return PairOfModels(odds, population, hits, fold, folds, seed)


def true_difference(pair: PairOfModels) -> float:
    """Return the difference of the accuracies over all rows that the population may draw."""
    shift = float(np.mean(pair.odds[1] - pair.odds[0]))
    spread = np.sqrt(SPREAD**2 + pair.population.fit_effect**2 + NOISE**2)
    return float(ndtr((1.5 + shift) / spread) - ndtr(1.5 / spread))


def mean_slope(population: Population) -> float:
    """Return how much a shift of the odds of all rows raises the accuracy."""
    spread = np.sqrt(SPREAD**2 + population.fit_effect**2 + NOISE**2)
    return float((ndtr(1.55 / spread) - ndtr(1.45 / spread)) / 0.1)


def _fitted(
    odds: Floats, population: Population, repeats: int, folds: int, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.int64]]:
    """Hits of fits, ``(2, rows, repeats)``, and the fold of each row and repeat."""
    rows = odds.shape[1]
    # Each further block of rows has all folds, so that the first rows are a study of their own.
    fold = np.stack([_folds(rows, folds, rng) for _ in range(repeats)], axis=1)
    effect = population.fit_effect * rng.normal(size=(2, repeats, folds))
    hits = np.empty((2, rows, repeats))
    for model in range(2):
        of_fits = effect[model][np.arange(repeats), fold]
        noise = NOISE * rng.normal(size=(rows, repeats))
        hits[model] = odds[model][:, np.newaxis] + of_fits + noise > 0
    return hits, fold


def _folds(rows: int, folds: int, rng: np.random.Generator) -> NDArray[np.int64]:
    blocks = [rng.permutation(folds) for _ in range(-(-rows // folds))]
    return np.concatenate(blocks)[:rows]

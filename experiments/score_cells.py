"""The cells of the battery of score intervals: populations, sizes, designs, learners, metrics."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.special import stdtrit

from evenfold.stats.row_forms import row_values
from evenfold.stats.row_intervals import compare_rows, score_interval
from evenfold.stats.row_variance import RowValues
from evenfold.stats.tested_rows import TestedRows
from evenfold.stats.verdicts import score_verdict
from score_ensembles import ENSEMBLES
from score_populations import (
    LEARNERS,
    Labels,
    Population,
    Split,
    draw_folds,
    out_of_fold,
    probabilities,
)
from score_record import BATCH, CellState, Outcome, add_outcome

SEEDS, TRUTH_SEEDS = 30, 90
TRUTH_ROWS, TRUTH_DRAWS = 2000, 800
# Seeds of each training set of the truth: chance in training may be larger than that of the rows.
TRAINING_SEEDS = 8
MARGIN = 0.01
# A contender and its reference; the first three groups have no true difference.
PAIRS = (
    ("lda first", "lda second"), ("lda 0123", "lda 1234"), ("noisy", "noisy again"),
    ("network", "network again"), ("1-nn first", "1-nn second"), ("logistic", "lda"),
    ("lda first", "lda"), ("network", "lda"), ("small network", "network"), ("1-nn", "lda"),
)  # fmt: skip
TREE_PAIRS = (
    ("tree first", "tree second"), ("stump first", "stump second"), ("tree", "lda"),
)  # fmt: skip
ENSEMBLE_PAIRS = (
    ("svm first", "svm second"), ("forest", "forest again"), ("svm", "lda"), ("forest", "lda"),
    ("boosting", "lda"), ("boosting", "forest"),
)  # fmt: skip
FAMILY = ("logistic", "noisy", "network", "small network", "1-nn", "lda first")
SEED_LEARNERS = {
    "noisy", "noisy again", "network", "network again", "small network", "forest", "forest again",
}  # fmt: skip
# Learners that differ by their seed, or by features that can be exchanged: the same true score.
TWINS = {
    "lda second": "lda first", "lda 0123": "lda first", "lda 1234": "lda first",
    "noisy again": "noisy", "network again": "network", "1-nn second": "1-nn first",
    "tree second": "tree first", "stump second": "stump first", "svm second": "svm first",
    "forest again": "forest",
}  # fmt: skip
ALL_LEARNERS = LEARNERS | ENSEMBLES
FEW_METRICS = ("accuracy",)
MANY_METRICS = ("accuracy", "balanced_accuracy", "roc_auc", "average_precision", "f1", "mcc",
                "log_loss", "brier", "sensitivity")  # fmt: skip
METRIC_PAIRS = (
    ("lda first", "lda second"), ("noisy", "noisy again"), ("noisy", "lda"), ("lda first", "lda"),
)  # fmt: skip
POPULATIONS = {
    "balanced": Population(0.8, 0.5),
    "easy": Population(1.3, 0.4),
    "1:9": Population(1.0, 0.1),
    # No constant was chosen on these.
    "heavy tails": Population(0.9, 0.4, "heavy tails"),
    "skewed": Population(0.8, 0.3, "skewed"),
    "three classes": Population(0.7, 1 / 3, classes=3),
}
FRESH = ("heavy tails", "skewed", "three classes")
HOLDOUT = "holdout"
DESIGNS = {"10x10": (10, 10), "10x1": (1, 10), "5x2": (5, 2), HOLDOUT: (0, 0)}


class PopulationRows(TestedRows):
    """Predictions of a population, of which only the score matters."""

    jumps = 0.0
    digest = 0


@dataclass(frozen=True)
class Cell:
    """One population, size and design, with pairs of learners, metrics and most replicates."""

    rows: int
    population: str
    design: str
    pairs: tuple[tuple[str, str], ...]
    metrics: tuple[str, ...]
    kind: str
    most: int

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.population}, {self.rows} rows, {self.design}"

    @property
    def classes(self) -> int:
        return POPULATIONS[self.population].classes

    @property
    def positive(self) -> int | None:
        return 1 if self.classes == 2 else None

    @property
    def learners(self) -> list[str]:
        names = [name for pair in self.pairs for name in pair]
        extra = ["majority", *FAMILY] if self.kind == "learners" else []
        return list(dict.fromkeys([*names, *extra]))


def _cells() -> list[Cell]:
    cells = []
    for rows in (80, 178, 569, 2000):
        for population in POPULATIONS:
            for design in DESIGNS:
                where = (rows, population, design)
                cells.append(Cell(*where, PAIRS, FEW_METRICS, "learners", 4000))
                classes = POPULATIONS[population].classes
                metrics = MANY_METRICS if classes == 2 else MANY_METRICS[:-1]
                cells.append(Cell(*where, METRIC_PAIRS, metrics, "metrics", 1000))
                if rows < 2000 and population not in FRESH:
                    cells.append(Cell(*where, TREE_PAIRS, FEW_METRICS, "trees", 1000))
                    cells.append(Cell(*where, ENSEMBLE_PAIRS, FEW_METRICS, "ensembles", 1000))
    return cells


CELLS = _cells()


def true_scores(cell: Cell) -> dict[str, float]:
    """True scores by ``learner/metric``; of a holdout none, since each data set has its own."""
    if cell.design == HOLDOUT:
        return {}
    folds = DESIGNS[cell.design][1]
    rng = _generator(cell, "truth")
    training, part = cell.rows * (folds - 1) // folds, cell.rows // folds
    draws = TRUTH_DRAWS if cell.kind in ("learners", "metrics") else TRUTH_DRAWS // 3
    sums: dict[str, float] = {}
    learners = [name for name in cell.learners if name not in TWINS]
    learners += [TWINS[n] for n in cell.learners if n in TWINS and TWINS[n] not in learners]
    for _ in range(draws):
        x, y = POPULATIONS[cell.population].draw(rng, training + TRUTH_ROWS)
        for learner in dict.fromkeys(learners):
            seeds = TRAINING_SEEDS if learner in SEED_LEARNERS else 1
            train = (x[:training], y[:training])
            p = _predict(learner, *train, x[training:], seeds, rng, cell.classes)
            for of_seed in np.split(p, seeds):
                scores = _population_scores(y[training:], of_seed, part, cell.metrics)
                for metric, score in scores.items():
                    name = f"{learner}/{metric}"
                    sums[name] = sums.get(name, 0.0) + score / (draws * seeds)
    for name in cell.learners:
        for metric in cell.metrics:
            sums[f"{name}/{metric}"] = sums[f"{TWINS.get(name, name)}/{metric}"]
    return sums


def run_batch(cell: Cell, state: CellState, batch: int) -> None:
    """Add the outcomes of a batch of data sets to the cell's targets."""
    rng = _generator(cell, str(batch))
    for _ in range(BATCH):
        tested, truth = _data_set(cell, rng)
        truth = truth or state["truth"]
        for metric in cell.metrics:
            values = {name: row_values(metric, tested[name]) for name in cell.learners}
            for name, outcome in _outcomes(cell, metric, values, truth).items():
                add_outcome(state["targets"], f"{name}/{metric}", outcome)


def _outcomes(
    cell: Cell, metric: str, values: Mapping[str, RowValues], truth: Mapping[str, float]
) -> dict[str, Outcome]:
    outcomes = {}
    folds = DESIGNS[cell.design][1]
    for name in cell.learners:
        interval = score_interval(values[name], metric)
        usual = _usual_intervals(values[name], folds)
        outcomes[name] = Outcome(truth[f"{name}/{metric}"], interval.estimate,
                                 (interval.low, interval.high), *usual)  # fmt: skip
    for a, b in cell.pairs:
        true = truth[f"{a}/{metric}"] - truth[f"{b}/{metric}"]
        compared = compare_rows({a: values[a]}, values[b], metric, MARGIN)[a].difference
        usual = _usual_intervals(values[a].minus(values[b]), folds)
        if metric in ("log_loss", "brier"):
            true, usual = -true, tuple((-high, -low) for low, high in usual)
        limits = (compared.low, compared.high)
        words = tuple(score_verdict(*limits, m) for m in (MARGIN, abs(true), 0.0))
        outcomes[f"{a} - {b}"] = Outcome(true, compared.estimate, limits, *usual, words)
    if cell.kind == "learners":
        outcomes["family"] = _family(metric, values, truth)
    return outcomes


def _family(metric: str, values: Mapping[str, RowValues], truth: Mapping[str, float]) -> Outcome:
    """Whether all intervals of several contenders hold, as one interval around 0."""
    contenders = {name: values[name] for name in FAMILY}
    compared = compare_rows(contenders, values["lda"], metric, MARGIN)
    misses, false = 0, "undecided"
    for name, one in compared.items():
        true = truth[f"{name}/{metric}"] - truth[f"lda/{metric}"]
        misses += not one.difference.low <= true <= one.difference.high
        word = score_verdict(one.difference.low, one.difference.high, abs(true))
        false = word if word in ("better", "worse", "equivalent") else false
    held = (-1.0, 1.0) if not misses else (0.5, 1.0)
    return Outcome(0.0, 0.0, held, held, held, ("undecided", false, "undecided"))


def _usual_intervals(values: RowValues, folds: int) -> tuple[tuple[float, float], ...]:
    """Nadeau and Bengio's interval of the scores of fits, and the uncorrected one."""
    scores = np.bincount(values.fit, values.weight * values.value)
    scores /= np.bincount(values.fit, values.weight)
    count, mean = len(scores), float(scores.mean())
    spread = float(scores.var(ddof=1)) * float(stdtrit(count - 1, 0.975)) ** 2
    ratio = 1 / (folds - 1) if folds else 0.0
    halves = [np.sqrt(spread * (1 / count + r)) for r in (ratio, 0.0)]
    return tuple((mean - half, mean + half) for half in halves)


def _data_set(cell: Cell, rng: Generator) -> tuple[dict[str, TestedRows], dict[str, float]]:
    population = POPULATIONS[cell.population]
    x, y = population.draw(rng, cell.rows)
    if cell.design == HOLDOUT:
        return _holdout(cell, population, x, y, rng)
    repeats, folds = DESIGNS[cell.design]
    split = out_of_fold(x, y, draw_folds(rng, y, repeats, folds))
    order = np.argsort(split.fit, kind="stable")
    row = np.tile(np.arange(len(y)), repeats)[order]
    tested = {}
    for name in cell.learners:
        p = probabilities(ALL_LEARNERS[name], split, rng, cell.classes)[order]
        tested[name] = TestedRows(row, split.fit[order], y[row], p, cell.positive)
    return tested, {}


def _holdout(
    cell: Cell, population: Population, x: np.ndarray, y: Labels, rng: Generator
) -> tuple[dict[str, TestedRows], dict[str, float]]:
    """One split with many seeds; the truth is that of models trained on its training rows."""
    is_test = draw_folds(rng, y, 1, 5)[0] == 0
    training, test = np.flatnonzero(~is_test), np.flatnonzero(is_test)
    count = max(TRUTH_ROWS, 25 * len(test))
    more_x, more_y = population.draw(rng, count)
    tested, truth = {}, {}
    for name in cell.learners:
        seeds = TRUTH_SEEDS if name in SEED_LEARNERS else 1
        p = _predict(name, x[training], y[training], x[test], SEEDS, rng, cell.classes)
        fit = np.repeat(np.arange(SEEDS), len(test))
        row = np.tile(np.arange(len(test)), SEEDS)
        tested[name] = TestedRows(row, fit, y[test][row], p, cell.positive)
        twin = TWINS.get(name)
        if twin in SEED_LEARNERS:
            # The same learner with other seeds: the same score on average over seeds.
            truth |= {f"{name}/{m}": truth[f"{twin}/{m}"] for m in cell.metrics}
            continue
        p = _predict(name, x[training], y[training], more_x, seeds, rng, cell.classes)
        fit, row = np.repeat(np.arange(seeds), count), np.tile(np.arange(count), seeds)
        large = PopulationRows(row, fit, more_y[row], p, cell.positive)
        truth |= {f"{name}/{m}": row_values(m, large).estimate for m in cell.metrics}
    return tested, truth


def _predict(
    name: str,
    x: np.ndarray,
    y: Labels,
    test: np.ndarray,
    seeds: int,
    rng: Generator,
    classes: int,
) -> np.ndarray:
    drawn = seeds if name in SEED_LEARNERS else 1
    fit = np.repeat(np.arange(drawn), len(test))
    split = Split(x, y, np.ones((drawn, len(x)), bool), fit, np.tile(test, (drawn, 1)))
    return np.tile(probabilities(ALL_LEARNERS[name], split, rng, classes), (seeds // drawn, 1))


def _population_scores(
    y: Labels, p: np.ndarray, part: int, metrics: tuple[str, ...]
) -> dict[str, float]:
    """Scores of test parts of the size of a fold, which matters to average precision."""
    order = np.argsort(y, kind="stable")
    parts = max(1, len(y) // part)
    fit = np.empty(len(y), np.int64)
    fit[order] = np.arange(len(y)) % parts
    order = np.argsort(fit, kind="stable")
    p = p[order]
    positive = 1 if p.shape[1] == 2 else None
    tested = PopulationRows(np.arange(len(y)), fit[order], y[order], p, positive)
    return {metric: row_values(metric, tested).estimate for metric in metrics}


def _generator(cell: Cell, part: str) -> Generator:
    return np.random.default_rng(zlib.crc32(f"{cell.name}: {part}".encode()))

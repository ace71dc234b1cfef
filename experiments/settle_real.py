"""Pairs of scikit-learn's models on some rows of real tables, and on more of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from diagnostic_real import TABLES
from diagnostic_trials import Trial, fitted_models, table_of
from evenfold.score.model_scores import ModelScores
from evenfold.score.settling import settle_comparisons
from evenfold.score.settling_record import RealPair
from evenfold.stats.score_intervals import Design
from evenfold.stats.verdicts import UNDECIDED

FOLDS, REPEATS = 5, 2
SIZES, DRAWS = (150, 250, 400), 3
MOST_REPEATS, MOST_ROWS = 40, 6000
MODELS: dict[str, Callable[[int], Any]] = {
    "logistic regression": lambda seed: LogisticRegression(max_iter=300),
    "naive Bayes": lambda seed: GaussianNB(),
    "15 neighbours": lambda seed: KNeighborsClassifier(15),
    "tree": lambda seed: DecisionTreeClassifier(max_depth=5, random_state=seed),
}
# Tables with enough rows that advice can be followed.
LARGE = ("digits", "anes96", "fair", "randhie", "breast_cancer", "modechoice", "diabetes")


@dataclass(frozen=True)
class Candidate:
    """Two models on the first rows of a table in a random order."""

    table: str
    contender: str
    reference: str
    rows: int
    draw: int

    @property
    def name(self) -> str:
        """The name in the file of results."""
        return f"{self.table}, {self.rows}, {self.draw}, {self.contender}, {self.reference}"


# The order is fixed before any is scored: tables change fastest.
CANDIDATES = [
    Candidate(table, contender, reference, rows, draw)
    for draw, rows, (reference, contender), table in product(
        range(DRAWS), SIZES, combinations(MODELS, 2), LARGE
    )
]


def scored_pair(candidate: Candidate) -> RealPair | None:
    """Return an undecided pair with the verdict after its advice; None if there is none to follow.

    Repeats are advised first, as they need no rows; then rows, if the table has as many.
    """
    x, y = TABLES[candidate.table]()
    x, y = np.asarray(x, np.float64), np.unique(np.asarray(y), return_inverse=True)[1]
    rng = np.random.default_rng([candidate.draw, *map(ord, candidate.table)])
    order = rng.permutation(len(y))[:MOST_ROWS]
    x, y = x[order], y[order]
    if candidate.rows > len(y):
        return None
    word, advice = _verdict(candidate, x, y, candidate.rows, REPEATS)
    if word != UNDECIDED or advice is None:
        return None
    rows, repeats = advice.settlement.rows, advice.settlement.repeats
    if repeats is not None and repeats <= MOST_REPEATS:
        after, _ = _verdict(candidate, x, y, candidate.rows, repeats)
        rows = 0
    elif rows is not None and rows <= len(y):
        after, _ = _verdict(candidate, x, y, rows, REPEATS)
        repeats = 0
    else:
        return None
    return RealPair(
        candidate.table, candidate.contender, candidate.reference, candidate.rows, REPEATS,
        rows or 0, repeats or 0, after,
    )  # fmt: skip


def _verdict(candidate: Candidate, x: Any, y: Any, rows: int, repeats: int) -> Any:
    """The verdict on the first rows, and the advice."""
    names = (candidate.reference, candidate.contender)
    design = Design(FOLDS, repeats)
    trial = Trial(
        table_of(x[:rows], y[:rows]), {name: MODELS[name] for name in names}, design=design
    )
    scores, tested = fitted_models(trial)
    made = ModelScores(scores, names, design, tested)
    compared = made.compare_with_reference("accuracy", None)
    advice = settle_comparisons(made, compared, "accuracy")
    return compared[candidate.contender].verdict, advice.get(candidate.contender)

"""Recipes that make probabilities of an SVC's margins, on strong and on weak signals.

``python experiments/svm_recipes.py`` scores the built-in model ``svm_rbf``, scikit-learn's
``CalibratedClassifierCV(SVC(), ensemble=False)`` and ``SVC(probability=True)`` on built-in datasets
and on small tables of normal features whose means differ little or not at all. It prints the mean
AUC, log loss and accuracy of five stratified folds, and in how many folds of two classes the
probabilities do not rank rows as the margins of an ``SVC`` of the same rows do. Takes a minute.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.calibration import CalibratedClassifierCV
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from sklearn.svm import SVC

from commands import argument_parser
from evenfold.contract import Fold, Task
from evenfold.data.datasets import Dataset, built_in
from evenfold.data.folds import make_fold
from evenfold.data.splits import kfold
from evenfold.plugins.folders import built_in_folder
from evenfold.plugins.models import load_model
from evenfold.render.tables import write

FOLDS, TABLES = 5, 5
# Rows, share of the second class, and by how much the means of three of ten features differ.
WEAK = {
    "no signal": (120, 0.5, 0.0),
    "weak signal": (120, 0.5, 0.3),
    "weaker, 30 % positive": (120, 0.3, 0.15),
    "24 rows": (24, 0.5, 1.0),
}
Recipe = Callable[[], Any]


def recipes() -> dict[str, Recipe]:
    """Return functions that make an estimator, by name."""
    built_in_model = load_model("svm_rbf", built_in_folder() / "svm_rbf.py").model
    return {
        "svm_rbf": lambda: built_in_model.build(Task((1,), 2)),
        "CalibratedClassifierCV": lambda: CalibratedClassifierCV(SVC(), ensemble=False),
        "SVC(probability=True)": lambda: SVC(probability=True, random_state=0),
    }


def table(rows: int, share: float, shift: float, seed: int) -> Dataset:
    """Draw a table of ten normal features."""
    rng = np.random.default_rng(seed)
    y = (np.arange(rows) < share * rows).astype(np.int64)
    x = rng.normal(size=(rows, 10))
    x[:, :3] += shift * y[:, np.newaxis]
    return Dataset("table", x, y, tuple(f"f{n}" for n in range(10)), ("a", "b"))


def folds_of(datasets: list[Dataset]) -> Iterator[tuple[Fold, NDArray[np.int64]]]:
    """Yield each fold with its test labels."""
    for dataset in datasets:
        for split in kfold(dataset, FOLDS, 1):
            yield make_fold(dataset, split, "flat"), dataset.y[split.test]


def compare_recipes(datasets: list[Dataset]) -> Iterator[dict[str, Any]]:
    """Yield a row of the table for each recipe."""
    folds = list(folds_of(datasets))
    for name, recipe in recipes().items():
        scores, turned = [], 0
        for fold, y in folds:
            p = recipe().fit(fold.x_train, fold.y_train).predict_proba(fold.x_test)
            if fold.task.n_classes == 2:
                margins = SVC().fit(fold.x_train, fold.y_train).decision_function(fold.x_test)
                turned += not spearmanr(p[:, 1], margins)[0] > 0
            auc = roc_auc_score(y, p[:, 1] if p.shape[1] == 2 else p, multi_class="ovr")
            scores.append((auc, log_loss(y, p), accuracy_score(y, p.argmax(axis=1))))
        auc, loss, accuracy = np.mean(scores, axis=0)
        yield {
            "recipe": name,
            "AUC": f"{auc:.4f}",
            "log loss": f"{loss:.4f}",
            "accuracy": f"{accuracy:.4f}",
            "turned round": f"{turned} of {len(folds)}",
        }


def main() -> None:
    """Print the table."""
    import pandas as pd

    argument_parser(__doc__).parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)  # SVC(probability=True)
    data = {name: [built_in(name)] for name in ("breast_cancer", "wine", "digits")}
    data |= {name: [table(*drawn, seed) for seed in range(TABLES)] for name, drawn in WEAK.items()}
    rows = [{"data": name, **row} for name, each in data.items() for row in compare_recipes(each)]
    print(write(pd.DataFrame(rows), "markdown"))


if __name__ == "__main__":
    main()

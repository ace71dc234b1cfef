"""How often ``check --study`` calls a fair study a leak, and how often it finds a real one.

``python experiments/leak_check.py`` simulates tables of two classes with a weak signal in three of
five features, splits each in two repeats of five folds, and compares the accuracy of a model with
and without the feature of ``evenfold.check.leaks``. In a fair study a model trains on its training
rows. In a leaking one, test rows and their labels are among them: all, or every fifth. For
comparison, fair studies have noise that all splits share, as 0 seeds it. The tables are seeded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from commands import argument_parser
from evenfold.check.leaks import with_leak
from evenfold.check.studies import DESIGN, leak_gain
from evenfold.data.datasets import Dataset
from evenfold.data.folds import make_fold
from evenfold.data.splits import Split, kfold
from evenfold.stats.tested_rows import TestedRows

ROWS, FEATURES, INFORMATIVE, EFFECT = 200, 5, 3, 0.3
MODELS: dict[str, Callable[[], Any]] = {
    "logistic regression": LogisticRegression,
    "naive Bayes": GaussianNB,
    "5 nearest neighbours": KNeighborsClassifier,
    "tree": lambda: DecisionTreeClassifier(random_state=0),
}
Leaked = Callable[[Dataset, Split], Dataset]


def weak_table(seed: int) -> Dataset:
    """Return a table of two classes of one size."""
    rng = np.random.default_rng([seed, ROWS])
    y = rng.permutation(np.arange(ROWS) % 2)
    x = rng.normal(size=(ROWS, FEATURES))
    x[:, :INFORMATIVE] += EFFECT * y[:, np.newaxis]
    names = tuple(f"feature {n}" for n in range(FEATURES))
    return Dataset("weak", x, y, names, ("0", "1"), positive=1)


def shared_noise(dataset: Dataset, split: Split) -> Dataset:
    """Return the dataset with the leak, but noise that depends on nothing of the split."""
    leaking = with_leak(dataset, split, 0)
    x = leaking.x.copy()
    x[split.train, -1] = np.random.default_rng(len(split.test)).normal(size=ROWS)[split.train]
    return Dataset("shared", x, dataset.y, leaking.feature_names, dataset.class_names, 1)


def tested_rows(
    datasets: Sequence[Dataset], splits: Sequence[Split], model: str, share: float
) -> TestedRows:
    """Fit each split, with a share of its test rows in the training, and predict its test rows."""
    predicted = []
    for dataset, split in zip(datasets, splits, strict=True):
        fold = make_fold(dataset, split, "flat")
        count = round(share * len(split.test))
        x = np.concatenate([fold.x_train, fold.x_test[:count]])
        y = np.concatenate([fold.y_train, dataset.y[split.test[:count]]])
        predicted.append(MODELS[model]().fit(x, y).predict_proba(fold.x_test))
    row = np.concatenate([split.test for split in splits])
    fit = np.repeat(np.arange(len(splits)), [len(split.test) for split in splits])
    return TestedRows(row, fit, datasets[0].y[row], np.concatenate(predicted), 1)


def print_cell(title: str, model: str, tables: int, share: float, leaked: Leaked) -> None:
    """Print what the check says of a model on all tables."""
    gains, failed = [], 0
    for seed in range(tables):
        dataset = weak_table(seed)
        splits = kfold(dataset, DESIGN.folds, DESIGN.repeats, 0)
        plain = tested_rows([dataset] * len(splits), splits, model, share)
        leaking = [leaked(dataset, split) for split in splits]
        gain, is_leak = leak_gain(tested_rows(leaking, splits, model, share), plain)
        gains.append(gain)
        failed += is_leak
    print(
        f"{title:18} {model:21} gain {np.mean(gains):+.4f}, sd {np.std(gains):.4f}, "
        f"above 0.03 in {np.mean(np.array(gains) > 0.03):6.1%}; fails {failed} of {tables}",
        flush=True,
    )


def main() -> None:
    parser = argument_parser(__doc__)
    parser.add_argument(
        "--tables",
        type=int,
        default=400,
        help="number of tables in a fair study (default: 400), four times those with a leak",
    )
    tables = parser.parse_args().tables

    def fresh(dataset: Dataset, split: Split) -> Dataset:
        return with_leak(dataset, split, 0)

    print_cell("fair, shared noise", "logistic regression", tables, 0.0, shared_noise)
    for model in MODELS:
        print_cell("fair", model, tables, 0.0, fresh)
        print_cell("all test rows", model, tables // 4, 1.0, fresh)
        print_cell("a fifth of them", model, tables // 4, 0.2, fresh)


if __name__ == "__main__":
    main()

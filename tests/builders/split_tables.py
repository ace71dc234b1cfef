"""Fixed tables, and the digests of the splits that are drawn from them.

``python tests/builders/split_tables.py`` writes ``tests/unit/data/split_digests.json``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np

from evenfold.data.datasets import Dataset, built_in
from evenfold.data.splits import Split, holdout, kfold

FILE = Path(__file__).parents[1] / "unit" / "data" / "split_digests.json"
# Groups, rows beyond one a group, classes, folds: few groups are enumerated, many are searched.
SIZES = ((7, 60, 2, 3), (9, 100, 3, 4), (24, 400, 2, 5), (60, 900, 10, 5), (400, 3000, 4, 10))


def random_table(groups: int, rows: int, classes: int, seed: int) -> Dataset:
    """Groups of unequal size whose classes differ; every class is in every other group at least."""
    random = np.random.RandomState(seed)
    weights = 1 / (0.05 + random.random_sample(groups))
    numbers = np.searchsorted(np.cumsum(weights) / weights.sum(), random.random_sample(rows))
    y = np.floor(classes * random.random_sample(rows) ** (1 + numbers % 3 / 2)).astype(np.int64)
    covered = np.repeat(np.arange(groups), classes)
    numbers = np.concatenate([numbers, covered])
    y = np.concatenate([y, np.tile(np.arange(classes), groups)])
    keep = np.ones(len(y), bool)
    keep[rows:] = (covered + y[rows:]) % 2 == 0
    return Dataset(
        name=f"groups{groups}",
        x=np.zeros((int(keep.sum()), 1)),
        y=y[keep],
        feature_names=("x",),
        class_names=tuple(f"c{label}" for label in range(classes)),
        groups=np.array([f"g{number}" for number in numbers[keep]]),
    )


def all_splits() -> Iterator[tuple[str, list[Split]]]:
    """Yield the splits of each protocol of each table, with a name."""
    for name in ("breast_cancer", "wine", "digits"):
        dataset = built_in(name)
        yield f"{name} holdout", holdout(dataset)
        yield f"{name} kfold10x3", kfold(dataset, 10, 3)
        yield f"{name} kfold5x2 seed 7", kfold(dataset, 5, 2, 7)
    for groups, rows, classes, folds in SIZES:
        dataset = random_table(groups, rows, classes, groups)
        ungrouped = Dataset(f"rows of {dataset.name}", dataset.x, dataset.y, ("x",),
                            dataset.class_names)  # fmt: skip
        yield f"{dataset.name} holdout", holdout(dataset, 1 / folds)
        for seed in (0, 1):
            name = f"{dataset.name} kfold{folds}x5 seed {seed}"
            yield name, kfold(dataset, folds, 5, seed)
        yield f"{ungrouped.name} kfold{folds}x2", kfold(ungrouped, folds, 2)
        yield f"{ungrouped.name} holdout", holdout(ungrouped)


def split_digests() -> dict[str, str]:
    """Return one digest for all splits of each name."""
    return {
        name: sha256(" ".join(split.digest for split in splits).encode()).hexdigest()[:16]
        for name, splits in all_splits()
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(split_digests(), indent=1) + "\n", encoding="utf-8")

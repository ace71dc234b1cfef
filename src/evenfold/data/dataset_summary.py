"""A dataset in a few short lines, as Python shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evenfold.render.words import counted

if TYPE_CHECKING:
    from evenfold.data.datasets import Dataset

WIDTH = 100
MOST_SHOWN = 6


def summary_lines(dataset: Dataset) -> Iterator[str]:
    """Yield at most six lines of at most 100 characters, whatever the dataset holds.

    Parameters
    ----------
    dataset
        The dataset.
    """
    steps = f" of {counted(dataset.x.shape[1], 'step')}" if dataset.x.ndim == 3 else ""
    name = repr(dataset.name)
    name = name if len(name) <= WIDTH // 2 else f"{name[: WIDTH // 2]}..."
    yield f"Dataset {name}: {counted(len(dataset.y), 'row')}{steps}"
    names = dataset.feature_names
    yield _cut(f"  {counted(len(names), 'feature')}: {_some(map(repr, names), len(names))}")
    yield _cut(f"  {_classes(dataset)}")
    if dataset.positive_name is not None:
        yield _cut(f"  positive class: {dataset.positive_name!r}")
    if dataset.groups is not None:
        yield f"  {counted(len(Counter(map(str, dataset.groups))), 'group')}"
    if (weights := dataset.sample_weight) is not None and len(weights):
        yield f"  sample weights: {weights.min():g} to {weights.max():g}"


def _classes(dataset: Dataset) -> str:
    counts = np.bincount(dataset.y, minlength=dataset.n_classes)
    texts = (f"{dataset.class_names[n]!r} {counted(int(counts[n]), 'row')}" for n in _range(counts))
    return f"{counted(dataset.n_classes, 'class', 'classes')}: {_some(texts, len(counts))}"


def _range(values: Sequence[object] | np.ndarray) -> range:
    return range(min(len(values), MOST_SHOWN))


def _some(texts: Iterable[str], count: int) -> str:
    shown = [text for _, text in zip(range(MOST_SHOWN), texts, strict=False)]
    return ", ".join([*shown, "..."] if count > MOST_SHOWN else shown)


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."

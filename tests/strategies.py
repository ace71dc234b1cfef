"""Hypothesis strategies: datasets of many shapes and units, divisions of them, and predictions.

A strategy draws sizes, kinds and a seed; numpy makes the values, which keeps examples cheap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from evenfold.data.datasets import Dataset
from evenfold.data.preprocessing import Feature, Preprocessing
from evenfold.data.splits import Split

# Some of these tests are also run against broken code and must fail there: no such failure is
# to be kept and replayed, and one shrunk example of it is enough. The first example also pays
# for scikit-learn's import, which no deadline would allow for.
PROPERTY = settings(
    deadline=None,
    max_examples=50,
    database=None,
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    # A busy machine is no fault of what is tested.
    suppress_health_check=(HealthCheck.too_slow,),
)

SEEDS = st.integers(0, 2**31 - 1)
CLASSES = st.integers(2, 6)
KINDS = {
    "float64": lambda rng, rows: rng.normal(3, 2, rows),
    "float32": lambda rng, rows: rng.normal(size=rows).astype(np.float32),
    "integer": lambda rng, rows: rng.integers(-1000, 1000, rows),
    "boolean": lambda rng, rows: rng.random(rows) < 0.3,
    "long tail": lambda rng, rows: np.exp(3 * rng.normal(size=rows)),
    "constant": lambda rng, rows: np.full(rows, rng.normal()),
}


def toy(y, x=None, groups=None, n_classes=None, positive=None) -> Dataset:
    """A dataset called toy of those labels, with features f0, f1, ... and classes c0, c1, ..."""
    y = np.asarray(y, dtype=np.int64)
    x = np.zeros((len(y), 1)) if x is None else np.asarray(x, dtype=np.float64)
    n_classes = n_classes or int(y.max(initial=1)) + 1
    return Dataset(
        name="toy",
        x=x,
        y=y,
        feature_names=tuple(f"f{column}" for column in range(x.shape[1])),
        class_names=tuple(f"c{label}" for label in range(n_classes)),
        positive=positive,
        groups=None if groups is None else np.asarray(groups),
    )


@st.composite
def labels(draw, smallest: int):
    """Labels of 2 to 6 classes in random order, imbalanced, ``smallest`` rows or more a class."""
    counts = draw(st.lists(st.integers(smallest, smallest + 12), min_size=2, max_size=6))
    counts[0] *= draw(st.sampled_from([1, 1, 7]))
    rng = np.random.default_rng(draw(SEEDS))
    return rng.permutation(np.repeat(np.arange(len(counts)), counts))


@st.composite
def inputs(draw, rows: int, extreme_units: bool):
    """A float64 table of 1 to 5 columns, each of a kind and, if asked, of a unit 1e-30..1e30."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
    rng = np.random.default_rng(draw(SEEDS))
    x = np.column_stack([KINDS[kind](rng, rows).astype(np.float64) for kind in kinds])
    if extreme_units:
        powers = draw(st.lists(st.integers(-30, 30), min_size=len(kinds), max_size=len(kinds)))
        x = x * 10.0 ** np.array(powers)
    return x


@st.composite
def datasets(draw, smallest: int = 2, extreme_units: bool = True):
    """Datasets without groups, of ``smallest`` rows or more a class."""
    y = draw(labels(smallest))
    positive = draw(st.none() | st.integers(0, int(y.max())))
    return toy(y, draw(inputs(len(y), extreme_units)), positive=positive)


@st.composite
def grouped(draw):
    """Datasets of 5 to 9 groups, each with rows of every class, so that any fold can be filled."""
    n_groups = draw(st.integers(5, 9))
    y = draw(labels(smallest=n_groups))
    rng = np.random.default_rng(draw(SEEDS))
    groups = rng.integers(0, n_groups, len(y))
    for label in np.unique(y):
        groups[np.flatnonzero(y == label)[:n_groups]] = np.arange(n_groups)
    names = draw(st.sampled_from([lambda group: group, lambda group: f"patient {group}"]))
    return toy(y, draw(inputs(len(y), False)), groups=[names(group) for group in groups])


@st.composite
def grouped_anyhow(draw):
    """Datasets of 1 to 12 groups drawn at random: not all of them can be split."""
    y = draw(labels(smallest=1))
    rng = np.random.default_rng(draw(SEEDS))
    return toy(y, groups=rng.integers(0, draw(st.integers(1, 12)), len(y)))


@dataclass(frozen=True)
class Divided:
    """A dataset with a split of it."""

    dataset: Dataset
    split: Split


@st.composite
def divided(draw, smallest: int = 2, extreme_units: bool = True):
    """A dataset cut anywhere in two, in random order, with a row or more on either side."""
    dataset = draw(datasets(smallest, extreme_units))
    rows = np.random.default_rng(draw(SEEDS)).permutation(len(dataset.y))
    cut = draw(st.integers(1, len(rows) - 1))
    return Divided(dataset, Split("any", rows[:cut], rows[cut:]))


@st.composite
def mixed_divided(draw):
    """A table of numbers and categories with missing cells, cut in two anywhere in random order.

    Levels are frequent, rare, or in one part alone; a column may be missing in a whole part.
    """
    rows = draw(st.integers(8, 60))
    rng = np.random.default_rng(draw(SEEDS))
    roles = draw(
        st.lists(st.sampled_from(["number", "boolean", "category"]), min_size=1, max_size=5)
    )
    columns = [_mixed_column(rng, role, rows) for role in roles]
    order = rng.permutation(rows)
    cut = draw(st.integers(2, rows - 2))
    split = Split("any", order[:cut], order[cut:])
    if draw(st.booleans()):
        columns[0][split.train] = np.nan
    levels = tuple(str(level) for level in range(12))
    features = [Feature(role, levels if role == "category" else ()) for role in roles]
    x = np.column_stack(columns)
    dataset = toy(np.arange(rows) % 2, np.nan_to_num(x))
    return Divided(replace(dataset, x=x, plan=Preprocessing(tuple(features))), split)


def _mixed_column(rng, role, rows):
    if role == "category":
        values = np.minimum(rng.geometric(0.4, rows), 12).astype(np.float64) - 1
    elif role == "boolean":
        values = (rng.random(rows) < 0.3).astype(np.float64)
    else:
        values = rng.normal(3, 2, rows)
    values[rng.random(rows) < rng.choice([0.0, 0.1, 0.5])] = np.nan
    return values


@dataclass(frozen=True)
class Predictions:
    """Labels ``(rows,)`` and probabilities ``(rows, classes)`` whose rows add up to 1."""

    y: np.ndarray
    probabilities: np.ndarray


@st.composite
def predictions(draw, classes=CLASSES):
    """Predictions for labels of which every class is there; with ties, certainties and zeros."""
    n_classes = draw(classes)
    rows = draw(st.integers(n_classes, 60))
    rng = np.random.default_rng(draw(SEEDS))
    y = rng.permutation(np.r_[np.arange(n_classes), rng.integers(0, n_classes, rows - n_classes)])
    if draw(st.booleans()):
        weights = rng.random((rows, n_classes))
    else:
        weights = rng.integers(0, 3, (rows, n_classes)).astype(np.float64)
        weights[weights.sum(axis=1) == 0] = 1
    return Predictions(y, weights / weights.sum(axis=1, keepdims=True))

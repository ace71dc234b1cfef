"""Constructed cases of the diagnostics: what is wrong with each is known, and what is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from diagnostic_fits import (
    Restless,
    Sharpened,
    falling_curve,
    held_out_curve,
    reached_curve,
    stopped_curve,
)
from diagnostic_trials import FOLDS, REPEATS, Case, Trial, logistic, table_of
from evenfold.data.preprocessing import Feature, Preprocessing
from evenfold.stats.score_intervals import Design

Floats = NDArray[np.float64]
Rng = np.random.Generator
FITS = FOLDS * REPEATS
EPOCHS = np.arange(1, 51)
BALANCED = "balanced_accuracy"
Column = Callable[[Rng, Any, Any], Floats]


def _xy(rng: Rng, rows: int = 300, effect: float = 0.8, classes: int = 2) -> tuple[Any, Any]:
    """Rows in random order whose classes differ in three of six normal features."""
    y = rng.integers(classes, size=rows)
    x = rng.normal(size=(rows, 6))
    for label in range(1, classes):
        x[y == label, label - 1 : label + 2] += effect
    return x, y


def _clean(**options: Any) -> Callable[[int], Trial]:
    return lambda seed: Trial(table_of(*_xy(np.random.default_rng(seed), **options)))


def _with_column(column: Column, rows: int = 300, **options: Any) -> Callable[[int], Trial]:
    def make(seed: int) -> Trial:
        rng = np.random.default_rng([seed, 1])
        x, y = _xy(rng, rows, **options)
        return Trial(table_of(np.column_stack([x, column(rng, x, y)]), y))

    return make


def _as_category(make: Callable[[int], Trial]) -> Callable[[int], Trial]:
    """The last column as categories."""

    def changed(seed: int) -> Trial:
        trial = make(seed)
        data = trial.dataset
        x = data.x.copy()
        levels, x[:, -1] = np.unique(x[:, -1], return_inverse=True)
        roles = [Feature("number")] * (x.shape[1] - 1)
        roles.append(Feature("category", tuple(f"level {n}" for n in range(len(levels)))))
        return replace(trial, dataset=replace(data, x=x, plan=Preprocessing(tuple(roles))))

    return changed


def _duplicated(share: float, grouped: bool = False) -> Callable[[int], Trial]:
    def make(seed: int) -> Trial:
        rng = np.random.default_rng([seed, 2])
        x, y = _xy(rng)
        copies = rng.permutation(len(y))[: int(share * len(y))]
        order = rng.permutation(len(y) + len(copies))
        rows = np.concatenate([np.arange(len(y)), copies])[order]
        return Trial(table_of(x[rows], y[rows], rows if grouped else None))

    return make


def _leak(noise: float) -> Callable[[Rng, Any, Any], Floats]:
    def column(rng: Rng, x: Any, y: Any) -> Floats:
        wrong = rng.uniform(size=len(y)) < noise
        label = np.where(wrong, rng.permutation(y), y)
        return label + rng.uniform(0, 0.9, len(y))

    return column


def _patients(rows_each: int, between: float, numbered: bool) -> Callable[[int], Trial]:
    """Rows of patients who differ: ``between`` is the share of the variance between them."""

    def make(seed: int) -> Trial:
        rng = np.random.default_rng([seed, 3])
        patient = rng.permutation(np.repeat(np.arange(60), rows_each))
        y = rng.integers(2, size=60)[patient]
        own = rng.normal(size=(60, 6))[patient] * np.sqrt(between)
        x = own + rng.normal(size=(len(y), 6)) * np.sqrt(1 - between)
        x[:, 0] += 0.8 * y
        return Trial(table_of(np.column_stack([x, rng.permutation(60)[patient]]), y))

    return make if numbered else _as_category(make)


def _drift(shape: str) -> Callable[[int], Trial]:
    def make(seed: int) -> Trial:
        rng = np.random.default_rng([seed, 4])
        time = np.linspace(0, 1, 600)
        shares = {
            "linear": 0.25 + 0.5 * time,
            "step": np.where(time < 0.5, 0.35, 0.65),
            "season": 0.5 + 0.3 * np.sin(2 * np.pi * time),
        }
        y = (rng.uniform(size=600) < shares[shape]).astype(np.int64)
        x = rng.normal(size=(600, 6)) + 0.5 * y[:, np.newaxis]
        return Trial(table_of(x, y))

    return make


def _sorted(seed: int) -> Trial:
    x, y = _xy(np.random.default_rng(seed))
    order = np.argsort(y, kind="stable")
    return Trial(table_of(x[order], y[order]))


def _with_curves(
    curve: Callable[[Rng], dict[str, Floats]], **options: Any
) -> Callable[[int], Trial]:
    def make(seed: int) -> Trial:
        rng = np.random.default_rng([seed, 5])
        curves = [curve(rng) for _ in range(FITS)]
        return Trial(table_of(*_xy(rng)), curves={"logistic": curves})

    return make


def _modelled(maker: Any, design: Design | None = None, **options: Any) -> Callable[[int], Trial]:
    def make(seed: int) -> Trial:
        size = sum(map(ord, repr(sorted(options.items())))) + (design.folds if design else 0)
        data = table_of(*_xy(np.random.default_rng([seed, 6, size]), **options))
        return Trial(data, {"model": maker}, design=design or Design(FOLDS, REPEATS))

    return make


def _restless(design: Design) -> Callable[[int], Trial]:
    return _modelled(Restless, design, effect=3.0, rows=2000)


def _permuted(seed: int) -> Trial:
    rng = np.random.default_rng([seed, 7])
    x, y = _xy(rng)
    return Trial(table_of(x, rng.permutation(y)))


def _crossed(seed: int) -> Trial:
    rng = np.random.default_rng([seed, 8])
    x = rng.normal(size=(500, 6))
    y = ((x[:, 0] > 0) ^ (x[:, 1] > 0)).astype(np.int64)
    return Trial(table_of(x, y), {"tree": lambda s: KNeighborsClassifier(15)})


def _rare(share: float, metric: str, rows: int = 400) -> Callable[[int], Trial]:
    def make(seed: int) -> Trial:
        rng = np.random.default_rng([seed, 9])
        y = rng.permutation((np.arange(rows) < share * rows).astype(np.int64))
        x = rng.normal(size=(rows, 6))
        x[y == 1] += 1.5
        return Trial(table_of(x, y), metric=metric)

    return make


def _several_rows(seed: int) -> Trial:
    data = table_of(*_xy(np.random.default_rng(seed)))
    models = {"logistic": logistic, "again": logistic}
    return Trial(data, models, digests={"again": "other"})


def _tree(seed: int) -> Any:
    return DecisionTreeClassifier(max_depth=4, min_samples_leaf=10, random_state=seed)


def _strong(rng: Rng, x: Any, y: Any) -> Floats:
    return 3.2 * y + rng.normal(size=len(y))


def _regions(count: int) -> Column:
    return lambda rng, x, y: rng.integers(count, size=len(y)).astype(float)


def _pairs_of_a_class(rng: Rng, x: Any, y: Any) -> Floats:
    return y + 2.0 * rng.integers(5, size=len(y))


def _distance(rng: Rng, x: Any, y: Any) -> Floats:
    return rng.choice([-1, 1], len(y)) * (y + rng.uniform(0.1, 0.9, len(y)))


def _counter(rng: Rng, x: Any, y: Any) -> Floats:
    return np.arange(len(y)) + 1.0


def _six_digits(rng: Rng, x: Any, y: Any) -> Floats:
    return rng.choice(10**6, len(y), replace=False).astype(float)


def _texts(rng: Rng, x: Any, y: Any) -> Floats:
    return np.minimum(np.arange(len(y)), 200).astype(float)


def _counts(rng: Rng, x: Any, y: Any) -> Floats:
    return rng.poisson(12, len(y)).astype(float)


def _ages(rng: Rng, x: Any, y: Any) -> Floats:
    return np.round(50 + 12 * x[:, 0] + 4 * rng.normal(size=len(y)))


def _constructed() -> dict[str, tuple[tuple[str, ...], Callable[[int], Trial], tuple[str, ...]]]:
    leaks, rng_ids = ("EF002",), ("EF003",)
    # A learner without probabilities of its own is off, which is no fault of these cases.
    of_patients = ("EF002", "EF011", "EF013", "EF017")
    baseline = ("EF011", "EF012", "EF013")
    return {
        "two classes": ((), _clean(), ()),
        "three classes": ((), _clean(classes=3, rows=450), ()),
        "sixty rows": ((), _clean(rows=60, effect=1.5), ()),
        "2,000 rows": ((), _clean(rows=2000), ()),
        "weak signal, 2,000 rows": ((), _clean(rows=2000, effect=0.4), ()),
        "strong fair feature": ((), _with_column(_strong), ()),
        "categories": ((), _as_category(_with_column(_regions(4))), ()),
        "60 unrelated regions": ((), _as_category(_with_column(_regions(60))), ()),
        "counts": ((), _with_column(_counts), ()),
        "ages": ((), _with_column(_ages), ()),
        "copies, 10 %": (("EF001",), _duplicated(0.1), ()),
        "every row twice": (("EF001",), _duplicated(1.0), ()),
        "copies in groups": ((), _duplicated(0.3, grouped=True), ()),
        "exact leak": (leaks, _with_column(_leak(0.0)), ("EF012",)),
        "leak with 1 % errors": (leaks, _with_column(_leak(0.02), 1000), ("EF012",)),
        "leak as a category": (leaks, _as_category(_with_column(_pairs_of_a_class)), ("EF013",)),
        "leak of three classes": (leaks, _with_column(_leak(0.0), 450, classes=3), baseline),
        "leak by distance": (leaks, _with_column(_distance), ()),
        "counter": (rng_ids, _with_column(_counter), ()),
        "six-digit numbers": (rng_ids, _with_column(_six_digits), ()),
        "texts, mostly different": (rng_ids, _as_category(_with_column(_texts)), ("EF017",)),
        "patients, 5 rows": (("EF004",), _patients(5, 0.6, numbered=False), of_patients),
        "patients, 10 rows": (("EF004",), _patients(10, 0.5, numbered=False), of_patients),
        "numbered patients": (("EF004",), _patients(6, 0.6, numbered=True), of_patients),
        "classes change steadily": (("EF005",), _drift("linear"), ()),
        "classes change at once": (("EF005",), _drift("step"), ()),
        "classes by season": (("EF005",), _drift("season"), ()),
        "sorted by class": ((), _sorted, ()),
        "slow training": (("EF006",), _with_curves(falling_curve(40)), ()),
        "training that starts to converge": (("EF006",), _with_curves(falling_curve(22)), ()),
        "converged training": ((), _with_curves(falling_curve(8)), ()),
        "long and converged": ((), _with_curves(falling_curve(20, 200)), ()),
        "held-out loss rises": (("EF007",), _with_curves(held_out_curve(0.2)), ()),
        "held-out loss rises a lot": (("EF007",), _with_curves(held_out_curve(0.6)), ()),
        "held-out loss stays": ((), _with_curves(held_out_curve(0.0)), ()),
        "stopped early": ((), _with_curves(stopped_curve), ()),
        "learned by heart": (("EF008",), _with_curves(reached_curve(1.0)), ()),
        "small gap": ((), _with_curves(reached_curve(0.78)), ()),
        "hardly learned": (("EF009",), _with_curves(reached_curve(0.6)), ()),
        "labels by chance, hardly learned": (("EF011",), _noise_with_curves, ("EF013",)),
        "restless model": (("EF010",), _restless(Design(5, 8)), baseline),
        "restless model, holdout": (("EF010",), _restless(Design(1, 12)), baseline),
        "calm model, 8 repeats": ((), _modelled(logistic, Design(5, 8)), ()),
        "calm model, holdout": ((), _modelled(logistic, Design(1, 12), rows=1500), ()),
        "labels by chance": (("EF011",), _permuted, ("EF013",)),
        "tree on a linear signal": (("EF012",), _modelled(_tree), ("EF013",)),
        "neighbours on a crossed signal": ((), _crossed, ("EF013",)),
        "too sure": (("EF013",), _modelled(lambda s: Sharpened(4.0), rows=600), baseline),
        "too unsure": (("EF013",), _modelled(lambda s: Sharpened(0.2), rows=600), baseline),
        "one neighbour": (("EF013",), _modelled(lambda s: KNeighborsClassifier(1)), baseline),
        "5 % positives, accuracy": (("EF014",), _rare(0.05, "accuracy"), ("EF011",)),
        "6 positives, balanced accuracy": (("EF014",), _rare(0.02, BALANCED, 300), ("EF011",)),
        "20 % positives, balanced accuracy": ((), _rare(0.2, BALANCED), ()),
        "models on other rows": (("EF015",), _several_rows, ()),
    }  # fmt: skip


def _noise_with_curves(seed: int) -> Trial:
    trial = _with_curves(reached_curve(0.55))(seed)
    rng = np.random.default_rng(seed)
    return replace(trial, dataset=replace(trial.dataset, y=rng.permutation(trial.dataset.y)))


def constructed_cases() -> list[Case]:
    """Return the constructed cases; their trials are seeded."""
    return [
        Case(name, "constructed", must, make, may)
        for name, (must, make, may) in _constructed().items()
    ]

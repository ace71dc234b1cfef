"""Real tables for the diagnostics: as they are without copies and order, and with faults put in.

A table is prepared so that what is wrong with it is known: rows that repeat another one are left
out, and the rows are in random order, which each trial draws anew. Then one fault is put in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagnostic_fits import Sharpened
from diagnostic_trials import Case, Trial, table_of
from evenfold.stats.score_intervals import Design

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]
Rng = np.random.Generator
MOST_ROWS = 600


def _sklearn(name: str) -> tuple[Any, Any]:
    from sklearn import datasets

    data = getattr(datasets, f"load_{name}")()
    y = data.target
    return data.data, (y > np.median(y)).astype(int) if name == "diabetes" else y


def _statsmodels(name: str, target: str) -> tuple[Any, Any]:
    from importlib import import_module

    frame = import_module(f"statsmodels.datasets.{name}").load_pandas().data.dropna()
    labels = frame.pop(target).to_numpy(float)
    kinds = np.unique(labels)
    y = np.searchsorted(kinds, labels) if len(kinds) < 5 else labels > np.median(labels)
    return frame.select_dtypes("number").to_numpy(float), y.astype(int)


def _aeon(name: str) -> tuple[Any, Any]:
    from aeon.datasets import load_classification

    x, y = load_classification(name)
    return x.reshape(len(x), -1)[:, ::8], np.unique(y, return_inverse=True)[1]


TABLES: Mapping[str, Callable[[], tuple[Any, Any]]] = {
    "iris": lambda: _sklearn("iris"),
    "wine": lambda: _sklearn("wine"),
    "breast_cancer": lambda: _sklearn("breast_cancer"),
    "digits": lambda: _sklearn("digits"),
    "diabetes": lambda: _sklearn("diabetes"),
    "anes96": lambda: _statsmodels("anes96", "vote"),
    "fair": lambda: _statsmodels("fair", "affairs"),
    "heart": lambda: _statsmodels("heart", "censors"),
    "randhie": lambda: _statsmodels("randhie", "mdvis"),
    "star98": lambda: _statsmodels("star98", "NABOVE"),
    "ccard": lambda: _statsmodels("ccard", "OWNRENT"),
    "modechoice": lambda: _statsmodels("modechoice", "choice"),
    "GunPoint": lambda: _aeon("GunPoint"),
    "ItalyPowerDemand": lambda: _aeon("ItalyPowerDemand"),
    "ArrowHead": lambda: _aeon("ArrowHead"),
}


@cache
def _table(name: str) -> tuple[Floats, Labels]:
    """The rows of a table, each once, at most ``MOST_ROWS`` of them, without constant columns."""
    x, y = TABLES[name]()
    x, y = np.asarray(x, np.float64), np.asarray(y, np.int64)
    first = np.sort(np.unique(x, axis=0, return_index=True)[1])
    rows = np.sort(np.random.default_rng(0).permutation(first)[:MOST_ROWS])
    x, y = x[rows], y[rows]
    return x[:, np.ptp(x, axis=0) > 0], np.unique(y, return_inverse=True)[1]


def _drawn(name: str, rng: Rng) -> tuple[Floats, Labels]:
    x, y = _table(name)
    order = rng.permutation(len(y))
    return x[order], y[order]


def _copied(x: Floats, y: Labels, rng: Rng) -> Trial:
    rows = rng.permutation(
        np.concatenate([np.arange(len(y)), rng.integers(len(y), size=len(y) // 5)])
    )
    return Trial(table_of(x[rows], y[rows]))


def _leaking(x: Floats, y: Labels, rng: Rng) -> Trial:
    return Trial(table_of(np.column_stack([x, y + rng.uniform(0, 0.9, len(y))]), y))


def _numbered(x: Floats, y: Labels, rng: Rng) -> Trial:
    number = rng.choice(10**6, len(y), replace=False).astype(float)
    return Trial(table_of(np.column_stack([x, number]), y))


def _patients(x: Floats, y: Labels, rng: Rng) -> Trial:
    """Every row five times, with a tenth of its deviation as noise, and the number it came from."""
    chosen = rng.permutation(len(y))[: max(len(y) // 5, 20)]
    rows = rng.permutation(np.repeat(chosen, 5))
    noisy = x[rows] + 0.1 * x.std(axis=0) * rng.normal(size=(len(rows), x.shape[1]))
    place = rng.permutation(len(y))[rows]
    return Trial(table_of(np.column_stack([noisy, place.astype(float)]), y[rows]))


def _drifting(x: Floats, y: Labels, rng: Rng) -> Trial:
    order = np.argsort(y + rng.normal(0, 1.0 * max(y.std(), 0.1), len(y)), kind="stable")
    return Trial(table_of(x[order], y[order]))


def _by_chance(x: Floats, y: Labels, rng: Rng) -> Trial:
    return Trial(table_of(x, rng.permutation(y)))


def _too_sure(x: Floats, y: Labels, rng: Rng) -> Trial:
    wrong = rng.uniform(size=len(y)) < 0.2
    y = np.where(wrong, rng.permutation(y), y)
    return Trial(table_of(x, y), {"sure": lambda seed: Sharpened(20.0)})


def _unbalanced(x: Floats, y: Labels, rng: Rng) -> Trial:
    largest = int(np.bincount(y).argmax())
    own, others = np.flatnonzero(y == largest), np.flatnonzero(y != largest)
    few = rng.permutation(others)[: max(len(own) // 10, 6)]
    rows = rng.permutation(np.concatenate([own, few]))
    return Trial(table_of(x[rows], (y[rows] != largest).astype(int)))


def _as_it_is(x: Floats, y: Labels, rng: Rng) -> Trial:
    return Trial(table_of(x, y))


# What a real table may have of its own, beside the fault: labels that nothing predicts, a linear
# model that is as good, and learners of few rows that are restless or off.
OWN = ("EF010", "EF011", "EF012", "EF013")
# A patient has one class; of two classes, one may be apart; few patients may be of one class.
OF_FAULTS = {"repeated patients": ("EF002", "EF014"), "one class in ten": ("EF002",)}
# The rows of modechoice are four ways to travel of each household.
OF_TABLES = {"modechoice": ("EF004",)}
FAULTS: Mapping[str, tuple[tuple[str, ...], Callable[[Floats, Labels, Rng], Trial]]] = {
    "as it is": ((), _as_it_is),
    "copies": (("EF001",), _copied),
    "leak": (("EF002",), _leaking),
    "numbers of rows": (("EF003",), _numbered),
    "repeated patients": (("EF004",), _patients),
    "drifting classes": (("EF005",), _drifting),
    "labels by chance": (("EF011",), _by_chance),
    "too sure": (("EF013",), _too_sure),
    "one class in ten": (("EF014",), _unbalanced),
}


def _case(name: str, fault: str) -> Case:
    must, change = FAULTS[fault]

    def make(seed: int) -> Trial:
        rng = np.random.default_rng([seed, *map(ord, name + fault)])
        trial = change(*_drawn(name, rng), rng)
        return replace(trial, design=Design(3, 2))

    own = (*OWN, *OF_FAULTS.get(fault, ()), *OF_TABLES.get(name, ()))
    may = tuple(code for code in own if code not in must)
    return Case(f"{name}, {fault}", "real", must, make, may)


def real_cases() -> list[Case]:
    """Return the cases of real tables: each as it is, and with each fault."""
    return [_case(name, fault) for name in TABLES for fault in FAULTS]

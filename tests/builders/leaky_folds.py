"""Folds whose preprocessing is fitted on all rows, in one part of it."""

from __future__ import annotations

from dataclasses import replace

from evenfold.data import folds, preprocessing
from evenfold.data.preprocessing import Preprocessing

# Of the standard preprocessing; "levels" are those of preprocessing that leaves the rest alone.
PARTS = ("imputer", "scaler", "encoder")


def fit_on_all_rows(part: str, monkeypatch) -> None:
    """From here on, a part of every fold's preprocessing knows the test rows."""
    real_fit, real_fold = Preprocessing.fit, folds.make_fold

    def leaky_fold(dataset, split, layout):
        def fit(plan, x):
            fitted, every = real_fit(plan, x), real_fit(plan, dataset.x)
            if part == "encoder":
                return replace(fitted, encoder=every.encoder)
            if part == "levels":
                return replace(fitted, levels=every.levels)
            if fitted.imputer is None:
                return fitted
            imputer = every.imputer if part == "imputer" else fitted.imputer
            rows = dataset.x if part == "scaler" else x
            numbers = preprocessing._impute(imputer, rows[:, ~plan.categories])
            return replace(fitted, imputer=imputer, scaler=preprocessing.Scaler.fit(numbers))

        with monkeypatch.context() as patch:
            patch.setattr(Preprocessing, "fit", fit)
            return real_fold(dataset, split, layout)

    monkeypatch.setattr(folds, "make_fold", leaky_fold)

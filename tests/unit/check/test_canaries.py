"""Canaries of preprocessing are quiet on fair folds, and name what leaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from builders.leaky_folds import PARTS, fit_on_all_rows
from builders.tables import messy_table, random_series
from evenfold.check.canaries import preprocessing_fault, with_mixed_columns
from evenfold.check.options import CheckOptions
from evenfold.data import folds
from evenfold.data.frames import from_frame
from evenfold.data.splits import kfold
from evenfold.data.table_options import TableOptions
from evenfold.errors import UsageError
from evenfold.plugins.dataset_options import DatasetOptions


@pytest.fixture(scope="module")
def messy():
    return from_frame(messy_table(), TableOptions("kind"))


@pytest.mark.parametrize("layout", ["flat", "sequence"])
def test_fair_folds_pass(messy, cancer, layout):
    for dataset in (messy, cancer):
        assert "" == preprocessing_fault(dataset, kfold(dataset, 5, 1), layout)


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_knows_the_test_rows_is_found(messy, cancer, part, monkeypatch):
    """In a table with missing cells and categories, and in one of numbers alone."""
    fit_on_all_rows(part, monkeypatch)
    for dataset in (messy, cancer):
        fault = preprocessing_fault(dataset, kfold(dataset, 5, 1), "flat")
        assert "in r0f" in fault
        assert "other test rows change" in fault


def test_weights_that_know_the_test_rows_are_found(cancer, monkeypatch):
    weighted = replace(cancer, sample_weight=np.arange(1.0, len(cancer.y) + 1))
    splits = kfold(weighted, 5, 1)
    assert "" == preprocessing_fault(weighted, splits, "flat")

    def leaky(dataset, split):
        return (dataset.sample_weight / dataset.sample_weight.mean())[split.train]

    monkeypatch.setattr(folds, "_training_weights", leaky)
    fault = preprocessing_fault(weighted, splits, "flat")
    assert "in r0f0, other test rows change the weights of training rows" == fault


@pytest.mark.parametrize("unit", [1e-36, 1e-200, 1e30, 1e290])
def test_fair_folds_of_extreme_units_pass(messy, cancer, unit):
    """The other numbers are as far away as the unit allows, and never too large for a fold."""
    for dataset in (messy, cancer):
        scaled = _in_other_unit(dataset, unit)
        assert "" == preprocessing_fault(scaled, kfold(scaled, 5, 1), "flat")


def test_a_leak_is_found_in_extreme_units(messy, cancer, monkeypatch):
    fit_on_all_rows("scaler", monkeypatch)
    for dataset in (messy, cancer):
        scaled = _in_other_unit(dataset, 1e-36)
        assert "other test rows" in preprocessing_fault(scaled, kfold(scaled, 5, 1), "flat")


@pytest.mark.parametrize("unit", [1.0, 1e-36])
def test_fair_folds_of_series_pass(unit):
    series = random_series(unit)
    for layout in ("flat", "sequence"):
        assert "" == preprocessing_fault(series, kfold(series, 5, 1), layout)


def test_unprepared_numbers_stay_below_what_a_model_takes(messy):
    unprepared = replace(messy, plan=replace(messy.plan, kind="none"))
    scaled = _in_other_unit(unprepared, 1e33)
    assert "" == preprocessing_fault(scaled, kfold(scaled, 5, 1), "flat")


def _in_other_unit(dataset, unit):
    is_number = True if dataset.plan is None else ~dataset.plan.categories
    return replace(dataset, x=np.where(is_number, dataset.x * unit, dataset.x))


def test_columns_are_added_to_a_table_of_numbers(cancer):
    mixed = with_mixed_columns(cancer)
    assert (569, 31) == mixed.x.shape
    assert mixed.plan.categories.tolist() == [False] * 30 + [True]


def test_a_dataset_is_for_studies():
    with pytest.raises(UsageError, match=r"options of a dataset cannot apply: .* add --study"):
        CheckOptions(data=DatasetOptions("wine"))
    assert CheckOptions(data=DatasetOptions("wine"), study=True).study

"""The pipeline by hand scores as a study does: offsets, extreme units, series and weights."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import log_loss

from builders.tables import messy_table, random_series, weak_table
from evenfold.check.by_hand import cross_validated
from evenfold.data.folds import make_fold
from evenfold.data.frames import from_frame
from evenfold.data.splits import kfold
from evenfold.data.table_options import TableOptions
from evenfold.worker import train
from evenfold.worker.device import without_framework

MODEL = """
from evenfold import Model

def build(task):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer
    flatten = FunctionTransformer(lambda x: x.reshape(len(x), -1))
    return {estimator}

MODEL = Model(build, {options})
"""
PLAIN = "LogisticRegression()"
# Without an intercept, a column that is not centred exactly shows in the predictions.
THROUGH_ZERO = "LogisticRegression(fit_intercept=False)"
OF_STEPS = "make_pipeline(flatten, LogisticRegression())"


@pytest.fixture
def losses(write_model):
    """Log losses of every fit, in evenfold and by hand."""

    def run(dataset, options="", estimator=PLAIN):
        text = MODEL.replace("{options}", options).replace("{estimator}", estimator)
        plugin = write_model(text, "by_hand")
        layout = plugin.model.layout
        fits = [
            SimpleNamespace(split=split, seed=7, layout=layout) for split in kfold(dataset, 5, 1)
        ]
        ours = []
        for fit in fits:
            fold = make_fold(dataset, fit.split, layout)
            fitted = train.prepare(plugin, fold, 7, without_framework(1, False))
            train.run(fitted)
            ours.append(
                log_loss(dataset.y[fit.split.test], fitted.model.predict_proba(fold.x_test))
            )
        return ours, cross_validated(dataset, plugin, fits)["log_loss"]

    return run


def agree(ours, by_hand):
    return np.allclose(ours, by_hand, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("offset", "unit"), [(5.1e9, 0.5), (0, 1e-200), (0, 1e200), (1e6, 1.0)])
def test_columns_far_from_zero_and_extreme_units_agree(losses, offset, unit):
    weak = weak_table()
    x = weak.x.copy()
    x[:, 0] = offset + unit * x[:, 0]
    assert agree(*losses(replace(weak, x=x), estimator=THROUGH_ZERO))


def test_a_table_with_missing_cells_far_from_zero_agrees(losses):
    messy = messy_table()
    messy["mean texture"] = 5.1e9 + 0.5 * messy["mean texture"]
    dataset = from_frame(messy, TableOptions("kind", drop=("patient",)))
    assert agree(*losses(dataset, estimator=THROUGH_ZERO))


def test_an_unprepared_category_with_a_level_in_one_fold_alone_agrees(losses):
    """Its code is one after those of the training rows, whatever the level."""
    rows = np.arange(90)
    levels = np.where(rows == 40, "a lone one", np.array(["b", "c", "d"])[rows % 3])
    frame = pd.DataFrame({"kind": rows % 2, "level": levels, "size": (rows * 7 % 11) / 11.0})
    dataset = from_frame(frame, TableOptions("kind", preprocess="none"))
    assert agree(*losses(dataset))


def test_series_agree_in_both_layouts(losses):
    series = random_series()
    assert agree(*losses(series))
    assert agree(*losses(series, "layout='sequence'", OF_STEPS))


def test_a_table_as_a_sequence_agrees(losses):
    assert agree(*losses(weak_table(), "layout='sequence'", OF_STEPS))


@pytest.mark.parametrize("weight", ["'balanced'", "{'1': 5.0}"])
def test_weights_of_classes_agree(losses, weight):
    weak = weak_table()
    rows = np.flatnonzero((weak.y == 0) | (np.arange(200) % 3 == 0))
    uneven = replace(weak, x=weak.x[rows], y=weak.y[rows])
    ours, by_hand = losses(uneven, f"class_weight={weight}")
    assert agree(ours, by_hand)
    assert not np.allclose(by_hand, losses(uneven)[1], atol=0.01)


def test_weights_reach_the_last_step_of_a_pipeline(losses):
    pipeline = "make_pipeline(FunctionTransformer(), LogisticRegression())"
    assert agree(*losses(weak_table(), "class_weight={'1': 5.0}", pipeline))


@pytest.mark.parametrize("options", ["", "class_weight='balanced'"])
def test_sample_weights_agree(losses, options):
    weak = weak_table()
    weights = np.random.default_rng(5).exponential(size=200)
    weighted = replace(weak, sample_weight=weights)
    ours, by_hand = losses(weighted, options)
    assert agree(ours, by_hand)
    assert not np.allclose(by_hand, losses(weak)[1], atol=0.005)

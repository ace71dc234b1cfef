"""Epochs and seconds to a target: of every fit, those that never reach it included."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evenfold.errors import UsageError
from evenfold.score.target import ScoreTarget, parse_target
from evenfold.score.time_tables import (
    target_caption,
    target_conclusion,
    target_numbers,
    target_table,
)
from evenfold.score.time_to_target import histories_of_table, time_to_target
from evenfold.stats.score_intervals import Design

TARGET = ScoreTarget("accuracy", 0.9)
HOLDOUT = Design(1, 10)


def history(reaches, epochs=10, seconds=None, rows="held_out"):
    """A curve that reaches the target at an epoch; None for never."""
    curve = np.full(epochs, 0.5)
    if reaches is not None:
        curve[reaches - 1 :] = 0.95
    loss = "val_loss" if rows == "val" else f"{rows}_log_loss"
    of_fit = {"loss": 1 - curve, f"{rows}_accuracy": curve, loss: 1 - curve}
    if seconds is not None:
        of_fit["epoch_seconds"] = np.array([seconds + 2.0, *[seconds] * (epochs - 1)])
    return of_fit


def times(histories, design=HOLDOUT, target=TARGET, **planned):
    return time_to_target(target, histories, design, planned)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("accuracy=0.95", ScoreTarget("accuracy", 0.95)),
        (" accuracy = 95% ", ScoreTarget("accuracy", 0.95)),
        ("log_loss=1.5", ScoreTarget("log_loss", 1.5)),
    ],
)
def test_a_target_is_a_metric_and_a_value(text, target):
    assert parse_target(text) == target


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accuracy", "write METRIC=VALUE"),
        ("accurcy=0.9", "did you mean 'accuracy'"),
        ("roc_auc=0.9", "no learning curves of 'roc_auc': use accuracy or log_loss"),
        ("accuracy=95", "above 0 and at most 1"),
        ("accuracy=0", "above 0 and at most 1"),
        ("log_loss=low", "'low': give a number above 0"),
        ("log_loss=nan", "above 0"),
    ],
)
def test_what_is_no_target_is_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_target(text)


def test_the_first_epoch_counts_that_reaches_the_target():
    curve = np.array([0.5, 0.91, 0.7, 0.95])
    assert TARGET.reached(curve).tolist() == [False, True, False, True]
    assert ScoreTarget("log_loss", 0.6).reached(curve).tolist() == [True, False, False, False]


def test_a_float32_of_keras_reaches_its_share():
    assert ScoreTarget("accuracy", 0.95).reached(np.array([float(np.float32(19 / 20))])).all()


def test_fits_that_never_reach_it_count_in_share_and_median():
    (one,) = times({"net": [history(3)] * 4 + [history(None)] * 6}).models
    assert (one.fits, one.reached, one.share.estimate) == (10, 4, 0.4)
    assert (one.epochs.estimate, one.epochs.high) == (math.inf, math.inf)
    (one,) = times({"net": [history(3)] * 6 + [history(None)] * 4}).models
    assert (one.epochs.estimate, one.epochs.high) == (3, math.inf)


def test_seconds_are_epochs_of_the_same_fit_without_its_start_up():
    fits = [history(4, seconds=1.0), history(2, seconds=3.0), history(5, seconds=0.1)]
    (one,) = times({"net": fits}).models
    assert one.seconds.estimate == 4.0  # of 4, 6 and 0.5
    assert (one.start_up.middle, one.start_up.low) == pytest.approx((2, 2))


def test_without_seconds_of_epochs_there_are_none_and_the_caption_says_why():
    found = times({"net": [history(3)] * 3})
    (one,) = found.models
    assert (one.seconds, one.start_up, one.saved_seconds) == (None, None, None)
    assert "--engine keras" in target_caption(found)
    assert "s to it" not in target_table(found)


def test_early_stopping_saved_what_the_planned_epochs_would_have_taken():
    fits = [history(3, epochs=8, seconds=2.0), history(2, 10, 1.0), history(3, 20, 0.5)]
    (one,) = times({"net": fits}, net=20).models
    assert (one.trained.middle, one.planned, one.saved_share) == (10, 20, 0.5)
    assert (one.saved_seconds.middle, one.saved_seconds.high) == (10, 24)
    assert target_table(times({"net": fits}, net=20))["epochs trained"].tolist() == [
        "10 [8, 20] of 20, 50 % saved"
    ]


def test_of_an_older_study_no_savings_are_known():
    (one,) = times({"net": [history(3, seconds=1.0)] * 3}).models
    assert one.planned is None
    assert one.saved_seconds is None
    assert math.isnan(one.saved_share)


def test_validation_rows_come_before_test_rows_where_all_networks_have_them():
    both = {**history(8), **history(3, rows="val")}
    (one,) = times({"net": [both] * 3}).models
    assert (one.rows, one.epochs.estimate) == ("validation", 3)
    found = times({"net": [both] * 3, "plain": [history(6)] * 3})
    assert [one.rows for one in found.models] == ["test", "test"]
    assert [one.epochs.estimate for one in found.models] == [8, 6]
    assert "optimistic" in target_caption(found)


def test_networks_without_common_rows_each_name_theirs():
    found = times({"net": [history(3, rows="val")] * 3, "plain": [history(6)] * 3})
    assert target_table(found)["rows"].tolist() == ["validation", "test"]


def test_the_loss_of_validation_rows_is_that_of_keras():
    fits = {"net": [history(3, rows="val")] * 3}
    (one,) = times(fits, target=ScoreTarget("log_loss", 0.1)).models
    assert (one.rows, one.epochs.estimate) == ("validation", 3)


def test_a_network_without_a_curve_of_other_rows_is_named():
    found = times({"net": [{"loss": np.ones(5), "accuracy": np.ones(5)}] * 3})
    assert found.models == ()
    assert target_conclusion(found) == "No network has a curve that could reach accuracy 0.9."
    assert target_caption(found).startswith("net: no curve of rows that training does not see.")


def test_a_conclusion_names_who_reaches_it_and_who_does_not():
    fits = {"a": [history(1)] * 10, "b": [history(None)] * 10, "c": [history(4)] * 10}
    assert target_conclusion(times(fits)) == (
        "Half of the fits reach accuracy 0.9: a after 1 epoch and c after 4 epochs; b does not."
    )
    assert target_conclusion(times({"b": [history(None)] * 10})) == (
        "No network reaches accuracy 0.9 in more than half of its fits."
    )


def test_numbers_are_numbers_and_what_never_comes_is_missing():
    table = target_numbers(times({"net": [history(None, seconds=1.0)] * 10}, net=10))
    (row,) = table.to_dict("records")
    assert (row["reached"], row["share"], row["epochs_planned"]) == (0, 0.0, 10)
    assert math.isnan(row["epochs"])
    assert math.isnan(row["seconds_high"])
    texts = {"model", "metric", "rows"}
    assert all(pd.api.types.is_numeric_dtype(table[name]) for name in set(table) - texts)


def test_a_table_of_histories_is_read_fit_by_fit():
    """What one fit lacks is not a curve of it, and other models' columns are none."""
    rows = [
        {"model": "net", "split": "s", "seed": seed, "epoch": epoch, "held_out_accuracy": 0.5,
         "val_accuracy": math.nan}
        for seed in (1, 2) for epoch in (1, 2, 3)
    ] + [{"model": "a", "split": "s", "seed": 1, "epoch": 1, "val_accuracy": 0.5}]  # fmt: skip
    found = histories_of_table(pd.DataFrame(rows), ["a", "net", "majority"])
    assert list(found) == ["a", "net"]
    assert [len(fit["held_out_accuracy"]) for fit in found["net"]] == [3, 3]
    assert set(found["net"][0]) == {"held_out_accuracy"}
    assert set(found["a"][0]) == {"val_accuracy"}

"""Learning curves of a study, as files hold them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import evenfold
from builders.commands import run_command
from builders.models import NETWORK


@pytest.mark.slow(reason="worker processes import TensorFlow and train")
def test_a_holdout_keeps_curves_that_end_in_its_scores(tmp_path, framework):
    """Of ten-fold studies there are none: they would be drawn by nobody."""
    (tmp_path / "net.py").write_text(NETWORK)
    command = ("score", "net", "majority", "--models", tmp_path)
    results = tmp_path / "results"
    holdout = ("--protocol", "holdout", "--seeds", 2, "--engine", "keras")
    done = run_command(*command, "--results", results, *holdout, "--time-to", "log_loss=9")
    assert 0 == done.returncode, done.stderr
    assert "Half of the fits reach log loss 9: net after 1 epoch." in done.stdout
    done = run_command(*command, "--results", results, "--folds", 2, "--repeats", 1)
    assert 0 == done.returncode, done.stderr
    report = evenfold.load(results)
    fit = ["protocol", "model", "seed"]
    last = report.histories.groupby(fit).last()
    scores = report.scores.set_index(fit).loc[last.index]
    assert {"net"} == set(report.histories["model"])
    holdout = last.loc["holdout"]
    assert 2 == len(holdout)
    assert list(scores.loc["holdout", "accuracy"]) == list(holdout["held_out_accuracy"])
    np.testing.assert_allclose(
        scores.loc["holdout", "log_loss"], holdout["held_out_log_loss"], atol=1e-5
    )
    assert (holdout["training_log_loss"] > 0).all()
    assert pd.isna(last.loc["kfold2x1", "held_out_accuracy"]).all()
    (times,) = report.time_to("log_loss=9").to_dict("records")
    assert (times["rows"], times["fits"], times["epochs_planned"]) == ("test", 2, 3)
    # Of each fit, the epochs take less than the whole.
    seconds = report.histories.groupby(fit)["epoch_seconds"].sum().loc["holdout"]
    assert (seconds > 0).all()
    assert (seconds <= scores.loc["holdout", "fit_seconds"]).all()

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
    done = run_command(*command, "--results", results, "--protocol", "holdout", "--seeds", 2)
    assert 0 == done.returncode, done.stderr
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

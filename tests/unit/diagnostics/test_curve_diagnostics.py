"""Diagnostics of learning curves, and the error of their test."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evenfold.diagnostics.curves import (
    mean_exceeds,
    not_converged,
    overfits,
    past_best,
    underfits,
)
from evenfold.score.model_findings import ModelEvidence, model_findings
from evenfold.stats.score_intervals import Design

RNG = np.random.default_rng(11)
EPOCHS = np.arange(1, 51)


def losses(tau, rise=0.0, fits=6, noise=0.005):
    """Falling losses of some fits, which rise again after epoch 20."""
    mean = 0.2 + 0.5 * np.exp(-EPOCHS / tau) + rise * np.maximum(EPOCHS - 20, 0) / 30
    return [mean + RNG.normal(0, noise, 50) for _ in range(fits)]


def test_a_loss_that_still_falls_has_not_converged():
    assert not_converged(losses(25)) > 0.02
    assert not_converged([np.linspace(1, 0, 50) + RNG.normal(0, 0.01, 50) for _ in range(5)]) > 0.05


def test_few_epochs_have_not_converged():
    assert not_converged([curve[:6] for curve in losses(6, fits=5)]) > 0.02
    assert 0.0 == not_converged([curve[:3] for curve in losses(6, fits=5)])


def test_a_flat_loss_has_converged_and_two_fits_show_nothing():
    assert 0.0 == not_converged(losses(6))
    assert 0.0 == not_converged(losses(25, fits=2))
    assert 0.0 == not_converged([np.full(50, 0.7)] * 5)


def test_a_held_out_loss_that_rises_is_past_its_best():
    assert 10 <= past_best(losses(4, rise=0.2)) <= 25


def test_a_held_out_loss_that_stays_is_not():
    assert 0 == past_best(losses(4))
    assert 0 == past_best(losses(25))
    assert 0 == past_best(losses(4, rise=0.2, fits=2))


def test_the_choice_of_the_best_epoch_favours_nothing():
    flat = [past_best(losses(2, noise=0.05, fits=5)) for _ in range(300)]
    assert sum(epoch > 0 for epoch in flat) <= 6


def test_training_far_above_the_test_rows_overfits():
    assert overfits(np.full(5, 1.0), 0.8 + RNG.normal(0, 0.02, 5))
    assert not overfits(np.full(5, 0.97), 0.95 + RNG.normal(0, 0.02, 5))


def test_training_far_below_logistic_regression_underfits():
    assert underfits(0.6 + RNG.normal(0, 0.01, 5), 0.8)
    assert not underfits(0.82 + RNG.normal(0, 0.01, 5), 0.8)


def test_a_mean_at_the_bound_exceeds_it_as_rarely_as_the_test_says():
    rng = np.random.default_rng(5)
    fired = sum(mean_exceeds(rng.normal(0.1, 1.0, 5), 0.1, 0.05) for _ in range(2000))
    assert 60 <= fired <= 145
    assert not mean_exceeds(np.array([1.0, 1.0]), 0.1)
    assert not mean_exceeds(np.array([1.0, 1.0, np.nan]), 0.1)


def test_held_out_curves_say_enough_without_a_training_loss():
    """A training loss that is not finite in one epoch is not among saved curves."""
    curves = {
        ("net", "holdout", seed): {"val_loss": loss}
        for seed, loss in enumerate(losses(5, rise=0.3))
    }
    columns = ["model", "split", "seed", "accuracy"]
    scores = pd.DataFrame([(*place, 0.9) for place in curves], columns=columns)
    evidence = ModelEvidence(scores, {}, Design(1, 6), "accuracy", curves)
    (late,) = [finding for finding in model_findings(evidence) if finding.code == "EF007"]
    assert "of 50)" in late.message

"""Models and learning curves with known faults, for the cases of the diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diagnostic_trials import logistic

Floats = NDArray[np.float64]
Rng = np.random.Generator
Curves = dict[str, Floats]
EPOCHS = np.arange(1, 51)


def falling_curve(tau: float, epochs: int = 50) -> Callable[[Rng], Curves]:
    """Return a training loss that falls exponentially, to a third in about ``tau`` epochs."""

    def curve(rng: Rng) -> Curves:
        place = np.arange(1, epochs + 1)
        loss = 0.2 + 0.5 * np.exp(-place / tau) + rng.normal(0, 0.005, epochs)
        return {"loss": loss}

    return curve


def held_out_curve(rise: float) -> Callable[[Rng], Curves]:
    """Return a held-out loss that rises again after epoch 20, by so much in the end."""

    def curve(rng: Rng) -> Curves:
        loss = 0.7 * np.exp(-EPOCHS / 6)
        up = rise * np.maximum(EPOCHS - 20, 0) / 30
        noise = rng.normal(0, 0.01, 50)
        return {"loss": loss, "val_loss": 0.25 + loss + up + noise}

    return curve


def stopped_curve(rng: Rng) -> Curves:
    """Return curves of a fit that a rule stopped at an epoch of its own."""
    epochs = int(rng.integers(15, 40))
    return {k: v[:epochs] for k, v in held_out_curve(0.3)(rng).items()}


def reached_curve(accuracy: float) -> Callable[[Rng], Curves]:
    """Return a training accuracy that reaches a value."""

    def curve(rng: Rng) -> Curves:
        values = accuracy - 0.3 * np.exp(-EPOCHS / 5) + rng.normal(0, 0.01, 50)
        return {"loss": 0.2 + 0.5 * np.exp(-EPOCHS / 5), "accuracy": values}

    return curve


class Restless:
    """A model that follows a random feature, another one for each seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, x: Floats, y: Any) -> Restless:
        """Learn one feature; a bad one half of the time."""
        rng = np.random.default_rng(self.seed)
        self.chosen_ = [int(rng.choice([0, 5]))]
        self.model_ = logistic(0).fit(x[:, self.chosen_], y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, x: Floats) -> Any:
        """Return the probabilities by this feature."""
        return self.model_.predict_proba(x[:, self.chosen_])


class Sharpened:
    """Logistic regression whose log odds are multiplied."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def fit(self, x: Floats, y: Any) -> Sharpened:
        """Fit logistic regression."""
        self.model_ = logistic(0).fit(x, y)
        self.classes_ = self.model_.classes_
        return self

    def predict_proba(self, x: Floats) -> Any:
        """Return probabilities that are too sure above a factor of 1, too unsure below."""
        p = self.model_.predict_proba(x) ** self.factor
        return p / p.sum(axis=1, keepdims=True)

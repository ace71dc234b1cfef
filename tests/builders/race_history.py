"""Races of a machine's history."""

from __future__ import annotations

import numpy as np

from evenfold.race.history import PastRace


def past_race_of(variance=4e-5, **fields):
    """A race of a contender against itself, with that variance of its launches."""
    values = {
        "name": "aa-1", "began": "2026-01-01T00:00:00", "contender": "mine", "clock": "wall",
        "measure": "predict", "rows": 1, "threads": 1, "launches": 8, "blocks": 80,
        "variance": variance, "first_seconds": 9.0, "ready_seconds": 4.0, "block_seconds": 0.9,
    }  # fmt: skip
    return PastRace(**{**values, **fields})


def many_past_races(count=20, seed=0, variance=4e-5, **fields):
    """Races whose launches have that variance, but for chance."""
    variances = variance * np.random.default_rng(seed).chisquare(7, count) / 7
    return tuple(past_race_of(float(value), **fields) for value in variances)

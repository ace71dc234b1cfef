"""Costs that grow with a known exponent, and a machine's record of them."""

from __future__ import annotations

import numpy as np

from evenfold.bench.scaling_record import LeftOut, Point, Scaling, Series

DECADES = np.array([1.0, 10, 100, 1e3, 1e4, 1e5, 1e6])


def costs(exponent, share, noise=0.0, seed=0, n=DECADES):
    """Costs whose fixed part is that share of the power's largest."""
    power = (n / n[-1]) ** exponent
    return (share + power) * np.exp(np.random.default_rng(seed).normal(0, noise, len(n)))


def grown(exponent, share, numbers, seed=0, repeats=3):
    """Points with some scatter, in seconds."""
    rng = np.random.default_rng(seed)
    middle = costs(exponent, share, n=np.array(numbers, float))
    scatter = np.exp(rng.normal(0, 0.02, (len(numbers), repeats)))
    return tuple(
        Point(n, tuple(float(value) for value in row))
        for n, row in zip(numbers, middle[:, None] * scatter, strict=True)
    )


def scaling():
    """A machine's costs, with all that can be shown: an estimator, a flat line, few points."""
    rows, batches = (100, 300, 1000, 3000, 10000), (1, 10, 100, 1000, 10000)
    left = LeftOut(1000000, "not measured: one batch would need about 14 | 15 GB")
    megabytes = tuple(Point(n, (6e8 + 1e4 * n,), (500_000_000,)) for n in rows)
    series = (
        Series("net", "predict", "rows", grown(1, 0.1, batches), (left,)),
        Series("a|b$x", "predict", "rows", grown(1, 500, batches, 1)),
        Series("net", "function", "rows", grown(1, 0.01, batches, 2)),
        Series("net", "epoch", "rows", grown(1, 0.01, rows, 3)),
        Series("a|b$x", "fit", "rows", grown(2, 0.01, rows, 4)),
        Series("net", "epoch", "features", grown(1.5, 0.01, (30, 100, 300, 1000), 5)),
        Series("net", "fit", "epochs", grown(1, 0.1, (1, 2, 5), 6)),
        Series("net", "memory", "rows", megabytes),
        Series("net", "memory", "features", megabytes),
    )
    where = {"schema": 1, "name": "tf9", "machine": "abacus", "python": "3.13"}
    return Scaling(where, {"features": 30, "training_rows": 455, "threads": None}, series)

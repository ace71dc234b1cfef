"""A feature that gives the label away in test rows and is noise in training rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.data.preprocessing import Feature
from evenfold.data.splits import Split

# Deviations of the noise in the training rows that a test row's value lies from their mean.
STRENGTH = 2.0


def with_leak(dataset: Dataset, split: Split, run_seed: int) -> Dataset:
    """Return the dataset with one more feature, or of series one more channel.

    In the test rows the values are those of the label. In the training rows they are noise, drawn
    anew for each split, whose mean is the same in every class: chance gives it no correlation
    with the label.

    Parameters
    ----------
    dataset
        The rows.
    split
        The split whose test rows have the label.
    run_seed
        The seed of the run; with the split it decides the noise.

    Notes
    -----
    A model that trains as it should gains nothing on average, whatever it learns of the noise. If
    all splits shared noise that may correlate with the label, it could: of 400 simulated tables of
    200 rows with a weak signal, a fair logistic regression gains more than 0.03 of accuracy on 41 %
    with shared noise, and on 6 % with this noise (``python experiments/leak_check.py``).
    ``leak_gain`` states the limit of the check.
    """
    rng = np.random.default_rng([run_seed, int(split.digest, 16)])
    leak = rng.normal(size=len(dataset.y))
    leak[split.train] = _without_class_means(leak[split.train], dataset.y[split.train])
    labels = dataset.y.astype(np.float64)
    leak[split.test] = STRENGTH * ((labels - labels.mean()) / labels.std())[split.test]
    plan = dataset.plan
    new = np.broadcast_to(leak.reshape(-1, *[1] * (dataset.x.ndim - 1)), (*dataset.x.shape[:-1], 1))
    return replace(
        dataset,
        name="leaking",
        plan=plan and replace(plan, features=(*plan.features, Feature("number"))),
        x=np.concatenate([dataset.x, new], axis=-1),
        feature_names=(*dataset.feature_names, "leak"),
    )


def _without_class_means(noise: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return noise without its mean in each class, of deviation 1."""
    sums = np.bincount(y, weights=noise)
    centred = noise - (sums / np.maximum(np.bincount(y), 1))[y]
    return centred / np.std(centred)

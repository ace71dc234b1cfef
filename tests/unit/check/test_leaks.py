"""The feature of the test rows: fresh noise without correlation, and the label."""

from __future__ import annotations

import numpy as np
import pytest

from builders.tables import random_series, weak_table
from evenfold.check.leaks import STRENGTH, with_leak
from evenfold.data.splits import kfold


@pytest.fixture
def weak():
    return weak_table()


def test_every_split_and_seed_has_its_own_noise(weak):
    splits = kfold(weak, 5, 2)
    columns = [with_leak(weak, split, seed).x[:, -1] for split in splits for seed in (0, 1)]
    assert np.abs(np.corrcoef(columns) - np.eye(len(columns))).max() < 0.6
    again = with_leak(weak, splits[0], 0).x[:, -1]
    assert np.array_equal(columns[0], again)


def test_the_noise_has_the_same_mean_in_every_class(weak):
    for split in kfold(weak, 5, 2):
        leak, y = with_leak(weak, split, 0).x[split.train, -1], weak.y[split.train]
        assert [0.0, 0.0] == pytest.approx([leak[y == label].mean() for label in (0, 1)], abs=1e-12)
        assert 1.0 == pytest.approx(leak.std())


def test_test_rows_have_the_label(weak):
    split = kfold(weak, 5, 1)[0]
    leaking = with_leak(weak, split, 0)
    signs = np.where(weak.y[split.test] == 1, STRENGTH, -STRENGTH)
    assert signs == pytest.approx(leaking.x[split.test, -1])
    assert np.array_equal(weak.x, leaking.x[:, :-1])


def test_series_have_one_more_channel():
    series = random_series()
    split = kfold(series, 5, 1)[0]
    leaking = with_leak(series, split, 0)
    assert (60, 5, 3) == leaking.x.shape
    assert ("noise", "signal", "leak") == leaking.feature_names
    assert np.array_equal(leaking.x[:, 0, -1], leaking.x[:, 4, -1])

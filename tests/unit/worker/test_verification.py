"""When two trainings count as equal, and what must show as a difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.contract import Fold, Task
from evenfold.worker.engines import verification
from evenfold.worker.engines.verification import TrainingResult

RATES = st.sampled_from([1.0, 1e-2, 1e-4, 1e-6])


def trained(change=1e-2, seed=0):
    """What `fit` gave: weights of about 1 that it changed by up to `change`."""
    rng = np.random.RandomState(seed)
    first = [rng.normal(size=shape).astype(np.float32) for shape in ((4, 3), (3,))]
    steps = [rng.uniform(-change, change, size=w.shape) for w in first]
    return TrainingResult(
        history={"loss": [0.7, 0.6], "accuracy": [0.5, 0.75]},
        weights=[(w + step).astype(np.float32) for w, step in zip(first, steps, strict=True)],
        optimizer=[np.asarray(6, np.int64), *(step.astype(np.float32) for step in steps)],
        outputs=rng.uniform(size=(5, 1)).astype(np.float32),
        first_weights=first,
    )


@given(st.integers(0, 1000), RATES)
def test_a_result_does_not_differ_from_itself_or_by_rounding(seed, change):
    expected = trained(change, seed)
    assert "" == expected.difference(expected)
    rounded = [np.nextafter(w, np.float32(9)) for w in expected.weights]
    assert "" == replace(expected, weights=rounded).difference(expected)


@given(st.integers(0, 1000), st.sampled_from([1.0, 1e-2, 1e-3]))
def test_weights_that_never_moved_differ_however_small_the_steps(seed, change):
    expected = trained(change, seed)
    assert expected.first_weights is not None
    unmoved = replace(expected, weights=expected.first_weights)
    assert "the weights differ" == unmoved.difference(expected)


@pytest.mark.parametrize(
    ("changes", "difference"),
    [
        ({"history": {"loss": [0.7, 0.6]}}, "only one of the two has accuracy in its history"),
        ({"history": {"loss": [0.7, 0.61], "accuracy": [0.5, 0.75]}}, "loss differs"),
        ({"history": {"loss": [0.7, np.nan], "accuracy": [0.5, 0.75]}}, "loss differs"),
        ({"history": {"loss": [0.7], "accuracy": [0.5, 0.75]}}, "loss differs"),
        ({"outputs": np.zeros((5, 1), np.float32)}, "the predictions differ"),
        ({"optimizer": []}, "the state of the optimizer differs"),
        ({"optimizer": [np.asarray(5), np.zeros((4, 3)), np.zeros(3)]}, "the state of the optimi"),
    ],
)
def test_each_part_of_a_result_counts(changes, difference):
    expected = trained()
    assert replace(expected, **changes).difference(expected).startswith(difference)


def test_counters_of_builds_in_names_of_metrics_are_no_difference():
    """Keras calls a metric auc_5 in the sixth model that has one."""
    loss, first, second = [0.7, 0.6], [0.1, 0.2], [0.3, 0.4]
    ours = replace(trained(), history={"loss": loss, "auc": first, "auc_1": second})
    theirs = replace(ours, history={"auc_10": second, "auc_9": first, "loss": loss})
    swapped = replace(ours, history={"auc_10": first, "auc_9": second, "loss": loss})
    assert "" == ours.difference(theirs)
    assert "auc differs" == ours.difference(swapped)


def test_the_same_values_in_another_dtype_or_order_are_not_the_same_bits():
    a = trained()
    assert a.is_same_as(trained())
    assert not a.is_same_as(replace(a, weights=[w.astype(np.float64) for w in a.weights]))
    assert not a.is_same_as(replace(a, optimizer=a.optimizer[:-1]))
    assert not a.is_same_as(replace(a, weights=a.weights[::-1]))
    assert not a.is_same_as(replace(a, history={"loss": [0.7, 0.6]}))


@given(st.integers(1, 10**6), st.integers(2, 9), st.integers(1, 5))
def test_example_rows_are_two_batches_and_one_row_and_always_the_same(batch, classes, width):
    """Whichever fold a worker sees first, the model's engine is the same."""
    size = verification.example_batch_size(batch)
    folds = []
    for rows in (3, 8):
        x = np.full((rows, width), float(rows))
        fold = Fold(Task((width,), classes), "flat", x, np.zeros(rows, np.int64), x)
        folds.append(verification.example_fold(fold, size))
    first, second = folds
    assert 2 * size + 1 == len(first.x_train) <= 2 * verification.LARGEST_BATCH + 1
    assert np.array_equal(first.x_train, second.x_train)
    assert set(first.y_train) == set(range(min(classes, len(first.x_train))))

"""What derived seeds promise: known for ever, distinct, and in the range that frameworks take."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from evenfold.data import seeds
from strategies import PROPERTY, SEEDS


def test_seeds_are_the_same_for_ever():
    """Results made today can be made again: these values must never change."""
    assert 1447519936 == seeds.derive(0, "dense_ann", "holdout")
    assert 1056662634 == seeds.derive(0, "dense_ann", "r0f0", 1)


def test_repeat_is_0_unless_given():
    """A fit that is not repeated has the seed of the first repeat."""
    assert seeds.derive(3, "svm", "r1f2", 0) == seeds.derive(3, "svm", "r1f2")


def test_every_fit_has_its_own_seed():
    """Run seeds, models, splits and repeats of a large run give no seed twice."""
    fits = list(
        itertools.product(
            range(5),
            ["a", "b", "ab", "svm"],
            [f"r{r}f{f}" for r in range(5) for f in range(5)],
            [0, 1],
        )
    )
    assert len(fits) == len({seeds.derive(*fit) for fit in fits})


@PROPERTY
@given(run_seed=SEEDS, model=st.text(), split=st.text(), repeat=st.integers(0, 1000))
def test_seeds_are_in_range(run_seed, model, split, repeat):
    """A seed is a whole number in 0..2**31-1, whatever it is derived from."""
    found = seeds.derive(run_seed, model, split, repeat)
    assert isinstance(found, int)
    assert 0 <= found < 2**31


NAMES = st.lists(st.text(min_size=1), min_size=2, max_size=2, unique=True)


@PROPERTY
@given(names=NAMES, run_seed=SEEDS)
def test_model_and_split_are_not_mistaken_for_each_other(names, run_seed):
    """Two names in the other order, or run together, are another fit."""
    one, other = names
    found = seeds.derive(run_seed, one, other)
    assert seeds.derive(run_seed, other, one) != found
    assert seeds.derive(run_seed, one + other, "") != found

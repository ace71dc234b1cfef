"""Counterbalanced orders: every contender has every place and every predecessor equally often."""

from __future__ import annotations

from collections import Counter
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.stats.block_orders import counterbalanced_orders, williams_pairs
from strategies import SEEDS


def blocks(contenders, rounds=1, seed=0):
    """The blocks of whole rounds."""
    count = rounds * 2 * len(williams_pairs(contenders))
    return list(islice(counterbalanced_orders(contenders, np.random.default_rng(seed)), count))


@pytest.mark.parametrize("contenders", range(1, 12))
@pytest.mark.parametrize("seed", [0, 1])
def test_a_round_has_every_place_and_every_succession_equally_often(contenders, seed):
    orders = blocks(contenders, seed=seed)
    assert all(sorted(order) == list(range(contenders)) for order in orders)
    for place in zip(*orders, strict=True):
        assert {len(orders) // contenders} == set(Counter(place).values())
    successions = Counter(pair for order in orders for pair in pairwise(order))
    assert contenders * (contenders - 1) == len(successions)
    assert len(set(successions.values())) <= 1


@given(contenders=st.integers(2, 12), seed=SEEDS)
def test_every_second_block_reverses_the_one_before(contenders, seed):
    orders = blocks(contenders, rounds=2, seed=seed)
    for first, second in zip(orders[::2], orders[1::2], strict=True):
        assert list(first) == list(second[::-1])


def test_two_contenders_alternate_as_abba():
    """Either may be the first of a launch; within it the pattern stays."""
    patterns = {
        "".join("AB"[number] for order in blocks(2, rounds=2, seed=seed) for number in order)
        for seed in range(20)
    }
    assert {"ABBAABBA", "BAABBAAB"} == patterns


def test_every_contender_may_be_the_first_of_a_launch():
    assert {0, 1, 2, 3} == {int(blocks(4, seed=seed)[0][0]) for seed in range(60)}

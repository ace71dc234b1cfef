"""Launches of races with log ratios that are known, in counterbalanced blocks."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from evenfold.stats.launch_ratios import TimedBlocks
from strategies import SEEDS


def places_of(blocks, contenders):
    """Places of a block in order and of one in reverse order, in turns."""
    forward = np.arange(contenders)
    return np.array([forward if number % 2 == 0 else forward[::-1] for number in range(blocks)])


def timed_blocks(seconds):
    """A launch of those seconds, of shape ``(blocks, contenders)``."""
    seconds = np.asarray(seconds, np.float64)
    return TimedBlocks(seconds, places_of(*seconds.shape))


def timed(medians, blocks=2):
    """Launches of two contenders with exactly these log ratios."""
    return [timed_blocks(np.exp([[0.0, median]] * blocks)) for median in medians]


FEW, ANY = st.integers(2, 4), st.integers(1, 9)


@st.composite
def noisy_races(draw, contenders=FEW, launches=ANY):
    """Launches of 1 to 7 noisy blocks, of contenders up to half as slow again."""
    rng = np.random.default_rng(draw(SEEDS))
    many, noise = draw(contenders), draw(st.sampled_from([0.001, 0.01, 0.2]))
    speeds = rng.choice([0, 0, 0.02, 0.4], many)
    rows = [draw(st.integers(1, 7)) for _ in range(draw(launches))]
    return [
        TimedBlocks(
            0.16 * np.exp(speeds + rng.normal(0, noise, (count, many))),
            np.argsort([rng.permutation(many) for _ in range(count)], axis=1),
        )
        for count in rows
    ]

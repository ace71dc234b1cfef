"""Orders of a race's contenders in blocks: counterbalanced, so that effects of the order cancel.

A block is one sample of every contender. Blocks come in pairs of an order and its reverse, so that
every contender comes before every other one as often as after it. For two contenders that is ABBA.
For more, the pairs are those of a Williams design: over a round of all pairs, every contender has
every place equally often, and follows every other one equally often within a block.

References
----------
Williams, E. J. (1949). Experimental designs balanced for the estimation of residual effects of
treatments. Australian Journal of Scientific Research A 2, 149-168.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Order = NDArray[np.int64]  # numbers of all contenders, in the order of their samples


def williams_pairs(contenders: int) -> list[Order]:
    """Return one order of each pair of blocks of a round; the other one is its reverse.

    Parameters
    ----------
    contenders
        Number of contenders, at least 1.

    Returns
    -------
    list
        Half as many orders as contenders; for an odd number, as many as contenders.
    """
    numbers = np.arange(contenders)
    # 0, n - 1, 1, n - 2, ...: neighbours differ by every distance once.
    zigzag = np.where(numbers % 2, contenders - (numbers + 1) // 2, numbers // 2)
    count = contenders if contenders % 2 else contenders // 2
    return [(zigzag + shift) % contenders for shift in range(count)]


def counterbalanced_orders(contenders: int, rng: Generator) -> Iterator[Order]:
    """Yield the order of every block, without an end.

    Which contender has which place in the design, and the order of the pairs of each round, are
    random: what does not cancel favours no contender over many launches.

    Parameters
    ----------
    contenders
        Number of contenders.
    rng
        Random numbers of the launch.
    """
    labels = rng.permutation(contenders)
    pairs = [labels[order] for order in williams_pairs(contenders)]
    while True:
        for number in rng.permutation(len(pairs)):
            yield pairs[number]
            yield pairs[number][::-1]

"""Random partitions of grouped rows: whole groups, stratified, the same with every dependency.

Arithmetic is in integers and random numbers are those of ``numpy.random.RandomState``, whose stream
is frozen, so that a seed draws the same partitions with every version of numpy and scikit-learn.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.data.group_enumeration import can_enumerate, draw_enumerated
from evenfold.data.group_search import PartitionSearch
from evenfold.data.group_table import GroupTable, Integers


def group_numbers(groups: NDArray[Any]) -> Integers:
    """Return the number of each row's group, in the order of the groups' names as text."""
    _, numbers = np.unique(np.array([str(group) for group in groups]), return_inverse=True)
    return numbers.astype(np.int64).reshape(-1)


def group_folds(
    y: Integers, groups: Integers, folds: int, repeats: int, seed: int
) -> Iterator[Integers]:
    """Yield, for each repeat, the fold of each row.

    See `draw_partitions`. The first repeats do not depend on how many there are.

    Parameters
    ----------
    y, groups
        The class and the number of the group of each row, shape ``(rows,)``.
    folds, repeats
        The number of folds, at most the number of groups, and of partitions.
    seed
        The random seed.
    """
    random = np.random.RandomState(seed % 2**32)
    table = GroupTable.of_folds(_counts(y, groups), folds)
    for partition in draw_partitions(table, repeats, random):
        yield random.permutation(folds)[partition][groups]


def group_holdout(y: Integers, groups: Integers, parts: int, seed: int) -> NDArray[np.bool_]:
    """Return which rows are in the test part, of about one in ``parts`` rows of each class.

    See `draw_partitions`.
    """
    random = np.random.RandomState(seed % 2**32)
    table = GroupTable.of_holdout(_counts(y, groups), parts)
    (partition,) = draw_partitions(table, 1, random)
    is_test: NDArray[np.bool_] = partition[groups] == 0
    return is_test


def draw_partitions(
    table: GroupTable, draws: int, random: np.random.RandomState
) -> Iterator[Integers]:
    """Yield the part of each group, for each of several random partitions.

    Partitions have every class in every part, or in as many as is possible. Of these, those are
    drawn whose mean squared deviation exceeds the least possible one by at most 0.01. A deviation
    is how far a part's share of the rows of a class, or of all rows, is from its target, relative
    to the target; the mean is over parts and classes. If the least possible one is 0, the shares
    are within 10 % of their targets (root mean square).

    Each partition is another one, and repeats as few parts of earlier ones as possible. When none
    is left, those come next, the best first, that exceed the least deviation by at most 0.25. When
    none of these is left either, the partitions that were drawn are repeated in their order.

    If there are at most 50,000 partitions, all are compared, and each one that is near enough is as
    likely to be drawn as another. Otherwise the least deviation is the least that greedy starts,
    improved by moving and swapping groups, have found.
    """
    if can_enumerate(table):
        partitions = draw_enumerated(table, random)
    else:
        partitions = PartitionSearch(table, random).draw()
    drawn = []
    for partition in islice(partitions, draws):
        drawn.append(partition)
        yield partition
    for number in range(draws - len(drawn)):
        yield drawn[number % len(drawn)]


def _counts(y: Integers, groups: Integers) -> Integers:
    """Rows of each class that has some, in each group: shape ``(groups, classes)``."""
    present, codes = np.unique(y, return_inverse=True)
    counts = np.zeros((int(groups.max()) + 1, len(present)), np.int64)
    np.add.at(counts, (groups, codes.reshape(-1)), 1)
    return counts

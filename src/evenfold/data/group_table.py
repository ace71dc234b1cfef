"""Groups of rows with the classes in them, and how well an assignment to parts stratifies them.


Arithmetic is in integers and random numbers are those of ``numpy.random.RandomState``, whose stream
is frozen, so that a seed draws the same partitions with every version of numpy and scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]

# All rows of a class, as an integer: the sum of squared shares of 1,000 classes fits in 64 bits.
WHOLE = 1 << 26
# Limits of the mean squared deviation of a partition above the least one, see `draw_partitions`.
TOLERANCE, WIDEST_TOLERANCE = 0.1**2, 0.5**2


@dataclass(frozen=True, eq=False)
class GroupTable:
    """The groups of a dataset, and the shares of its rows that parts should have.

    Parameters
    ----------
    counts
        Rows of each class in each group, shape ``(groups, classes)``; each class has rows.
    targets
        The share of each part, shape ``(parts,)``, as a part of ``WHOLE``.
    interchangeable
        Whether parts differ in their numbers only, as folds do.
    """

    counts: Integers
    targets: Integers
    interchangeable: bool

    @classmethod
    def of_folds(cls, counts: Integers, folds: int) -> GroupTable:
        """Return the table for folds of equal size."""
        return cls(counts, np.full(folds, WHOLE // folds, np.int64), True)

    @classmethod
    def of_holdout(cls, counts: Integers, parts: int) -> GroupTable:
        """Return the table for two parts: one of ``parts`` equal ones, and the others."""
        test = WHOLE // parts
        return cls(counts, np.array([test, WHOLE - test], np.int64), False)

    @cached_property
    def shares(self) -> Integers:
        """The share of each class and, in the last column, of all rows that each group has."""
        columns = np.column_stack([self.counts, self.counts.sum(axis=1)])
        shares: Integers = columns * WHOLE // columns.sum(axis=0)
        return shares

    @property
    def parts(self) -> int:
        """The number of parts."""
        return len(self.targets)

    def cost(self, mean_square: float) -> int:
        """Return the cost of a mean squared deviation, relative to the smallest part's share."""
        cells = self.parts * self.shares.shape[1]
        return int(mean_square * cells * int(self.targets.min()) ** 2)


def deviations(table: GroupTable, assignments: Integers) -> Integers:
    """Return what parts have above their shares, ``(assignments, parts, classes + 1)``.

    ``assignments`` has the part of each group, shape ``(assignments, groups)``.
    """
    start = np.tile(-table.targets[:, np.newaxis], (len(assignments), 1, table.shares.shape[1]))
    return _add_groups(start, table.shares, assignments)


def class_counts(table: GroupTable, assignments: Integers) -> Integers:
    """Return the rows of each class in each part, shape ``(assignments, parts, classes)``."""
    shape = (len(assignments), table.parts, table.counts.shape[1])
    return _add_groups(np.zeros(shape, np.int64), table.counts, assignments)


def _add_groups(sums: Integers, values: Integers, assignments: Integers) -> Integers:
    if len(assignments) < len(values):
        for number, assignment in enumerate(assignments):
            for part in range(sums.shape[1]):
                sums[number, part] += values[assignment == part].sum(axis=0)
        return sums
    every = np.arange(len(assignments))
    for group, value in enumerate(values):
        sums[every, assignments[:, group]] += value
    return sums


def penalties(counts: Integers) -> Integers:
    """Return how far assignments are from every class in every part.

    An empty part, or a class in one part only, weighs more than any number of classes that are
    missing from parts.

    Parameters
    ----------
    counts
        Rows of each class in each part, shape ``(assignments, parts, classes)``.

    Returns
    -------
    int64 array
        Of shape ``(assignments,)``; 0 if each part has each class.
    """
    present = counts > 0
    parts_of_class = present.sum(axis=1)
    missing = (counts.shape[1] - parts_of_class).sum(axis=1)
    unusable = (parts_of_class == 1).sum(axis=1) + (~present.any(axis=2)).sum(axis=1)
    total: Integers = missing + unusable * (1 + counts.shape[1] * counts.shape[2])
    return total


@dataclass(frozen=True, eq=False)
class Candidates:
    """Assignments with their penalties and costs, the sums of squared deviations."""

    assignments: Integers
    penalties: Integers
    costs: Integers

    @classmethod
    def rate(cls, table: GroupTable, assignments: Integers) -> Candidates:
        """Compute penalties and costs of assignments, shape ``(assignments, groups)``."""
        costs = (deviations(table, assignments) ** 2).sum(axis=(1, 2))
        return cls(assignments, penalties(class_counts(table, assignments)), costs)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> Candidates:
        """Return some candidates, by index or mask."""
        return Candidates(self.assignments[chosen], self.penalties[chosen], self.costs[chosen])

    @property
    def best(self) -> tuple[int, int]:
        """The least penalty, and the least cost of a candidate that has it."""
        first = np.lexsort((self.costs, self.penalties))[0]
        return int(self.penalties[first]), int(self.costs[first])

    def within(self, best: tuple[int, int], excess: int) -> NDArray[np.bool_]:
        """Return which candidates have at most the best penalty, and a cost near the best."""
        penalty, cost = best
        near: NDArray[np.bool_] = self.costs <= cost + excess
        good: NDArray[np.bool_] = (self.penalties < penalty) | (self.penalties == penalty) & near
        return good


class DrawnParts:
    """The parts of the partitions drawn so far, known by a random number for each set of groups."""

    def __init__(self, groups: int) -> None:
        """Remember nothing."""
        random = np.random.RandomState(0)
        self._keys = (random.random_sample(groups) * 2**50).astype(np.int64)
        self._partitions: set[tuple[int, ...]] = set()
        self._parts: set[int] = set()

    def digests(self, table: GroupTable, assignments: Integers) -> Integers:
        """Return a number for each part's set of groups, shape ``(assignments, parts)``."""
        start = np.zeros((len(assignments), table.parts, 1), np.int64)
        return _add_groups(start, self._keys[:, np.newaxis], assignments)[:, :, 0]

    def is_new(self, digests: Integers) -> NDArray[np.bool_]:
        """Return which of the partitions with these digests were not drawn."""
        return np.array([tuple(sorted(row)) not in self._partitions for row in digests.tolist()])

    def repeated(self, digests: Integers) -> Integers:
        """Return how many parts of each partition are parts of a drawn one."""
        counts = [sum(part in self._parts for part in row) for row in digests.tolist()]
        return np.array(counts, np.int64)

    def add(self, digests: Integers) -> None:
        """Remember a partition by the digests of its parts, shape ``(parts,)``."""
        self._partitions.add(tuple(sorted(digests.tolist())))
        self._parts.update(digests.tolist())

"""Every partition of a few groups, from which partitions are drawn at random."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from evenfold.data.group_table import (
    TOLERANCE,
    WIDEST_TOLERANCE,
    Candidates,
    DrawnParts,
    GroupTable,
    Integers,
)

MOST_PARTITIONS = 50_000


def can_enumerate(table: GroupTable) -> bool:
    """Whether the groups have at most ``MOST_PARTITIONS`` partitions."""
    groups, parts = len(table.counts), table.parts
    if not table.interchangeable:
        return groups < MOST_PARTITIONS.bit_length() and parts**groups <= MOST_PARTITIONS
    # There are at least parts ** (groups - parts).
    if (groups - parts) * np.log2(parts) > MOST_PARTITIONS.bit_length():
        return False
    return _stirling(groups, parts) <= MOST_PARTITIONS


def all_partitions(table: GroupTable) -> Integers:
    """Return the part of each group in each partition, shape ``(partitions, groups)``.

    Of interchangeable parts each is used, and the numbering that starts with part 0 for the first
    group, and takes the next number for the first group of a further part, is the only one.
    """
    groups, parts = len(table.counts), table.parts
    assignments = np.zeros((1, 0), np.int64)
    for group in range(groups):
        used = assignments.max(axis=1, initial=-1) + 1
        grown = []
        for part in range(parts):
            if table.interchangeable:
                left = groups - group - 1
                used_then = np.maximum(used, part + 1)
                chosen = assignments[(part <= used) & (parts - used_then <= left)]
            else:
                chosen = assignments
            grown.append(np.column_stack([chosen, np.full(len(chosen), part, np.int64)]))
        assignments = np.concatenate(grown)
    return assignments


def draw_enumerated(table: GroupTable, random: np.random.RandomState) -> Iterator[Integers]:
    """Yield partitions in random order, as `evenfold.data.group_splits.draw_partitions` says.

    It ends when no further partition is within ``WIDEST_TOLERANCE`` of the best.
    """
    candidates = Candidates.rate(table, all_partitions(table))
    best = candidates.best
    order = random.permutation(len(candidates.costs))
    drawn = DrawnParts(len(table.counts))
    near = candidates.within(best, table.cost(TOLERANCE))
    yield from _in_order_of_repeated_parts(table, candidates.take(order[near[order]]), drawn)
    wide = candidates.within(best, table.cost(WIDEST_TOLERANCE)) & ~near
    rest = candidates.take(order[wide[order]])
    yield from rest.assignments[np.argsort(rest.costs, kind="stable")]


def _in_order_of_repeated_parts(
    table: GroupTable, candidates: Candidates, drawn: DrawnParts
) -> Iterator[Integers]:
    """Yield each candidate once: next is the first of those that repeat the fewest parts."""
    digests = drawn.digests(table, candidates.assignments)
    repeated = np.zeros(len(digests), np.int64)
    parts: set[int] = set()
    for _ in range(len(digests)):
        number = int(np.argmin(repeated))
        yield candidates.assignments[number]
        for part in set(digests[number].tolist()) - parts:
            repeated += (digests == part).sum(axis=1)
            parts.add(part)
        repeated[number] = np.iinfo(np.int64).max // 2


def _stirling(groups: int, parts: int) -> int:
    """The number of partitions of groups into non-empty parts, or a number above the limit."""
    counts = [1] + [0] * parts
    for _ in range(groups):
        for part in range(parts, 0, -1):
            counts[part] = min(part * counts[part] + counts[part - 1], MOST_PARTITIONS + 1)
        counts[0] = 0
    return counts[parts]

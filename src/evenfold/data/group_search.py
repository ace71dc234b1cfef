"""Good partitions of many groups: random greedy starts, improved by moves and swaps of groups."""

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
    class_counts,
    deviations,
    penalties,
)

STARTS = 8  # greedy starts of a round
IMPROVED = 3  # of these, how many are improved
ROUNDS = 6  # at most, for one partition
FIRST_ROUNDS = 4  # before the first partition, to learn how good the best is
FEW_GROUPS = 60  # up to this many, a round costs little
KICKS, HOLDOUT_KICKS = 3, 50  # random changes of KICKED groups to an improved start
KICKED = 5
MOST_STEPS = 200
MOST_SWAPPED = 100  # groups of which every pair is tried as a swap
MOST_TRIED = 30  # of the steps that lower the cost, how many may cost a class in a part
NEGLIGIBLE = 0.005**2  # mean squared deviation that is not improved further
NEIGHBOURS = 2000


class PartitionSearch:
    """A search whose draws are near the best partition that it has found."""

    def __init__(self, table: GroupTable, random: np.random.RandomState) -> None:
        """Learn how good the best partition is."""
        self._table, self._random = table, random
        few = len(table.counts) <= FEW_GROUPS
        self._kicks = 0 if not few else KICKS if table.interchangeable else HOLDOUT_KICKS
        self._drawn = DrawnParts(len(table.counts))
        self._pool = self._round()
        for _ in range(FIRST_ROUNDS - 1 if few else 0):
            self._pool = _joined(self._pool, self._round())
        self._best, self._base = self._pool.best, self._pool.assignments[0]
        self._update_best(self._pool)

    def draw(self) -> Iterator[Integers]:
        """Yield partitions, each another one, until there seems to be no further one."""
        while True:
            assignment = self._from_rounds()
            if assignment is None:
                assignment = self._from_neighbours()
            if assignment is None:
                return
            digests = self._drawn.digests(self._table, assignment[np.newaxis])
            self._drawn.add(digests[0])
            yield assignment

    def _from_rounds(self) -> Integers | None:
        """A new partition near the best: of those in a round, one that repeats the fewest parts."""
        excess = self._table.cost(TOLERANCE)
        for _ in range(ROUNDS):
            candidates, self._pool = self._pool, self._round()
            self._update_best(self._pool)
            near = candidates.take(candidates.within(self._best, excess))
            digests = self._drawn.digests(self._table, near.assignments)
            new = self._drawn.is_new(digests)
            if new.any():
                repeated = self._drawn.repeated(digests[new])
                assignment: Integers = near.assignments[new][np.argmin(repeated)]
                return assignment
        return None

    def _from_neighbours(self) -> Integers | None:
        """A new partition that one move or swap makes of the best one."""
        assignments = _neighbours(self._table, self._base, self._random)
        candidates = Candidates.rate(self._table, assignments)
        self._update_best(candidates)
        new = self._drawn.is_new(self._drawn.digests(self._table, assignments))
        for tolerance in (TOLERANCE, WIDEST_TOLERANCE):
            near = candidates.within(self._best, self._table.cost(tolerance)) & new
            if near.any():
                found = candidates.take(near)
                number = 0 if tolerance == TOLERANCE else int(np.argmin(found.costs))
                assignment: Integers = found.assignments[number]
                return assignment
        return None

    def _update_best(self, candidates: Candidates) -> None:
        first = np.lexsort((candidates.costs, candidates.penalties))[0]
        if candidates.best <= self._best:
            self._best, self._base = candidates.best, candidates.assignments[first]

    def _round(self) -> Candidates:
        starts = Candidates.rate(self._table, greedy(self._table, self._random, STARTS))
        order = np.lexsort((starts.costs, starts.penalties))[:IMPROVED]
        improved = [self._improved(starts.assignments[number]) for number in order]
        return Candidates.rate(self._table, np.stack(improved))

    def _improved(self, start: Integers) -> Integers:
        """The best that moves and swaps make of a start, and of random changes to the result."""
        table = self._table
        result = improve(table, start, self._random)
        for _ in range(self._kicks):
            best = Candidates.rate(table, result[np.newaxis]).best
            if best <= (0, table.cost(NEGLIGIBLE)):
                break
            kicked = result.copy()
            some = self._random.permutation(len(kicked))[:KICKED]
            kicked[some] = kicked[some[np.argsort(self._random.random_sample(len(some)))]]
            kicked[some[0]] = self._random.permutation(table.parts)[0]
            kicked = improve(table, kicked, self._random)
            if Candidates.rate(table, kicked[np.newaxis]).best <= best:
                result = kicked
        return result


def greedy(table: GroupTable, random: np.random.RandomState, starts: int) -> Integers:
    """Assign large groups first, in random order, each where classes lack or shares are short.

    Returns
    -------
    int64 array
        Assignments of shape ``(starts, groups)``.
    """
    groups = len(table.counts)
    magnitude = np.frexp(table.counts.sum(axis=1).astype(np.float64))[1]
    orders = np.stack([random.permutation(groups) for _ in range(starts)])
    orders = np.stack([o[np.argsort(-magnitude[o], kind="stable")] for o in orders])
    every = np.arange(starts)
    assignments = np.zeros((starts, groups), np.int64)
    above = np.tile(-table.targets[:, np.newaxis], (starts, 1, table.shares.shape[1]))
    counts = np.zeros((starts, table.parts, table.counts.shape[1]), np.int64)
    for place in range(groups):
        group = orders[:, place]
        shares, rows = table.shares[group], table.counts[group]
        cost = (above * shares[:, np.newaxis]).sum(axis=2)
        gained = ((counts == 0) & (rows > 0)[:, np.newaxis]).sum(axis=2)
        cost[gained < gained.max(axis=1, keepdims=True)] = np.iinfo(np.int64).max
        part = cost.argmin(axis=1)
        assignments[every, group] = part
        above[every, part] += shares
        counts[every, part] += rows
    return assignments


def improve(table: GroupTable, start: Integers, random: np.random.RandomState) -> Integers:
    """Move and swap groups while that lowers the penalty, or the cost at the same penalty."""
    assignment = start.copy()
    negligible = table.cost(NEGLIGIBLE)
    above = deviations(table, assignment[np.newaxis])[0]
    counts = class_counts(table, assignment[np.newaxis])[0]
    for _ in range(MOST_STEPS):
        penalty = int(penalties(counts[np.newaxis])[0])
        if penalty == 0 and int((above**2).sum()) <= negligible:
            break
        changes = _useful_move(table, assignment, above, counts, penalty)
        changes = changes or _useful_swap(table, assignment, above, counts, random)
        if not changes:
            break
        for group, part in changes.items():
            for sums, values in ((above, table.shares), (counts, table.counts)):
                sums[assignment[group]] -= values[group]
                sums[part] += values[group]
            assignment[group] = part
    return assignment


def _useful_move(
    table: GroupTable, assignment: Integers, above: Integers, counts: Integers, penalty: int
) -> dict[int, int]:
    """The move that lowers the penalty most or, where none does, the cost; empty if there is none.

    Moving shares s from part a to b changes the cost by 2 (s·b - s·a + s·s).
    """
    groups = np.arange(len(assignment))
    products = table.shares @ above.T
    squares = (table.shares**2).sum(axis=1)
    changed = products - products[groups, assignment][:, np.newaxis] + squares[:, np.newaxis]
    if penalty:
        after = _penalties_of_moves(table, assignment, counts)
        after[groups, assignment] = penalty
        first = np.lexsort((changed.ravel(), after.ravel()))[0]
        if after.ravel()[first] < penalty:
            return {int(first // table.parts): int(first % table.parts)}
    changed[groups, assignment] = 0
    for step in _most_negative(changed.ravel()):
        move = {int(step // table.parts): int(step % table.parts)}
        if _penalty_after(table, assignment, counts, move) <= penalty:
            return move
    return {}


def _useful_swap(
    table: GroupTable,
    assignment: Integers,
    above: Integers,
    counts: Integers,
    random: np.random.RandomState,
) -> dict[int, int]:
    """The swap of two groups that lowers the cost most; empty if none does.

    A swap that adds d to part a and takes it from b changes the cost by 2 (d·a - d·b + d·d).
    """
    penalty = int(penalties(counts[np.newaxis])[0])
    groups = np.sort(random.permutation(len(assignment))[:MOST_SWAPPED])
    parts = assignment[groups]
    added = table.shares[groups][np.newaxis] - table.shares[groups][:, np.newaxis]
    between = above[parts][:, np.newaxis] - above[parts][np.newaxis]
    changed = (added * (between + added)).sum(axis=2)
    changed[parts[:, np.newaxis] == parts] = 0
    changed[np.tril_indices(len(groups))] = 0
    for step in _most_negative(changed.ravel()):
        one, other = groups[step // len(groups)], groups[step % len(groups)]
        swap = {int(one): int(assignment[other]), int(other): int(assignment[one])}
        if _penalty_after(table, assignment, counts, swap) <= penalty:
            return swap
    return {}


def _most_negative(values: Integers) -> list[int]:
    """Indices of the lowest values below 0, in ascending order."""
    below = np.flatnonzero(values < 0)
    order: list[int] = below[np.argsort(values[below], kind="stable")][:MOST_TRIED].tolist()
    return order


def _penalties_of_moves(table: GroupTable, assignment: Integers, counts: Integers) -> Integers:
    """The penalty after each move of a group to a part, shape ``(groups, parts)``."""
    has = table.counts > 0
    lost = has & (counts[assignment] == table.counts)
    gained = has[:, np.newaxis] & (counts == 0)
    parts_of_class = (counts > 0).sum(axis=0) - lost[:, np.newaxis] + gained
    empties = (counts[assignment].sum(axis=1) == table.counts.sum(axis=1)).astype(np.int64)
    empty = (counts.sum(axis=1) == 0).sum() + empties[:, np.newaxis] - (counts.sum(axis=1) == 0)
    missing = (table.parts - parts_of_class).sum(axis=2)
    unusable = (parts_of_class == 1).sum(axis=2) + empty
    after: Integers = missing + unusable * (1 + counts.size)
    return after


def _penalty_after(
    table: GroupTable, assignment: Integers, counts: Integers, changes: dict[int, int]
) -> int:
    changed = counts.copy()
    for group, part in changes.items():
        changed[assignment[group]] -= table.counts[group]
        changed[part] += table.counts[group]
    return int(penalties(changed[np.newaxis])[0])


def _neighbours(table: GroupTable, assignment: Integers, random: np.random.RandomState) -> Integers:
    """Assignments that one move, or one swap, makes of another; some in random order, if many."""
    groups, parts = len(assignment), table.parts
    changes = [{int(step) // parts: int(step) % parts}
               for step in random.permutation(groups * parts)[:NEIGHBOURS]]  # fmt: skip
    few = random.permutation(groups)[:MOST_SWAPPED]
    for step in random.permutation(len(few) ** 2)[:NEIGHBOURS]:
        one, other = int(few[step // len(few)]), int(few[step % len(few)])
        changes.append({one: int(assignment[other]), other: int(assignment[one])})
    neighbours = np.tile(assignment, (len(changes), 1))
    for number, change in enumerate(changes):
        for group, part in change.items():
            neighbours[number, group] = part
    order = random.permutation(len(neighbours))
    return neighbours[order]


def _joined(one: Candidates, other: Candidates) -> Candidates:
    return Candidates(
        np.concatenate([one.assignments, other.assignments]),
        np.concatenate([one.penalties, other.penalties]),
        np.concatenate([one.costs, other.costs]),
    )

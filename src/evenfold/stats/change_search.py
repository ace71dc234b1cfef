"""Search for changes along a path of versions, by comparisons of two versions with shared error.

**Search.** The first and the last version are compared. A stretch of the path whose ends are not
equivalent is halved at the version in its middle, and both halves are compared, until stretches are
single steps. Every stretch that is not shown to be equivalent is searched, so that a path with
several changes, in either direction, has all of them found. Equivalent ends do not exclude changes
inside that cancel each other: a thorough search compares every step of the path instead.

**Answer.** A change is named where two versions, compared with each other, are beyond the margin
and no shorter stretch inside is in the same direction. It is a single step, or a longer stretch if
the changes of its steps are each too small to be shown.

**Guarantee.** With a probability of at least ``1 - error``, the interval of every comparison holds
its true difference; then every change that is named is one, in the direction that is named, and
the ends of every stretch that is called equivalent are. It rests on the intervals of single
comparisons alone, not on the number or the size of the changes. Comparison ``k`` may err with a
probability of ``e_k``, which is fixed before its data are taken.

- *Fresh data* (races): ``e_k`` is the error that is left, divided by the largest number of
  comparisons that may still come. The sum of all ``e_k`` is at most ``error`` whatever happens, and
  the probability of any error is at most the expected value of that sum.
- *Shared data* (score studies, which serve in several comparisons): ``e_k`` is ``error`` divided by
  the number of all comparisons of the full search. The bound is Bonferroni's, over comparisons that
  are fixed beforehand.

A difference that follows from two others by subtraction guides the search, which saves a comparison
in each halving; no change is named by it.

``experiments/simulate_bisect.py`` measures how often the answer errs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

Finding = Literal["higher", "lower", "same", "open"]
HIGHER: Final = "higher"
LOWER: Final = "lower"
SAME: Final = "same"
OPEN: Final = "open"
CHANGED: Final[tuple[Finding, ...]] = (HIGHER, LOWER)


class UnusableVersionError(Exception):
    """A version that cannot be measured: the path goes on without it."""

    def __init__(self, place: int) -> None:
        """Name its place on the path."""
        super().__init__(f"version {place} cannot be measured")
        self.place = place


class PairComparer(Protocol):
    """Compares two versions with each other."""

    def __call__(self, first: int, last: int, error: float) -> tuple[float, float]:
        """Return the ends of an interval of the difference, the last minus the first.

        The interval misses the true difference with a probability of at most ``error``. A comparer
        that repeats an open comparison has to keep to it over all repeats.

        Raises
        ------
        UnusableVersionError
            A version that was in no comparison before cannot be measured.
        """


@dataclass(frozen=True)
class PathStep:
    """A stretch of the path whose ends were compared.

    Parameters
    ----------
    first, last
        The places of its ends on the path.
    low, high
        The interval of the difference, the last minus the first.
    error
        The probability with which the interval may miss; 0 for one that follows from others.
    is_measured
        Whether both were compared with each other, or the difference follows by subtraction.
    """

    first: int
    last: int
    low: float
    high: float
    error: float = 0.0
    is_measured: bool = True

    def finding(self, margin: float) -> Finding:
        """Say what the interval shows at a margin."""
        if self.low > margin:
            return HIGHER
        if self.high < -margin:
            return LOWER
        return SAME if -margin <= self.low and self.high <= margin else OPEN

    def holds(self, other: PathStep) -> bool:
        """Whether another stretch is a part of this one."""
        return self.first <= other.first and other.last <= self.last and self != other


@dataclass
class ChangeSearch:
    """A search and its answer.

    Parameters
    ----------
    places
        Number of versions on the path, two at least.
    compare
        Compares two versions.
    margin
        Differences up to it do not matter, on the scale of ``compare``.
    error
        The probability that the answer may err with.
    thorough
        Whether every step is compared, so that changes that cancel each other are found too.
    is_fresh
        Whether every comparison takes data of its own.
    """

    places: int
    compare: PairComparer
    margin: float
    error: float
    thorough: bool = False
    is_fresh: bool = True
    steps: list[PathStep] = field(default_factory=list, init=False)
    unusable: list[int] = field(default_factory=list, init=False)
    _usable: list[int] = field(default_factory=list, init=False, repr=False)
    _stretches: deque[PathStep] = field(default_factory=deque, init=False, repr=False)

    def __post_init__(self) -> None:
        self._usable = list(range(self.places))

    def run(self) -> ChangeSearch:
        """Search the whole path."""
        whole = self._measured(0, self.places - 1, most_comparisons(self.places, self.thorough))
        if self.thorough:
            self._compare_all_steps()
            return self
        self._keep(whole)
        while self._stretches:
            self._halve(self._stretches.popleft())
        return self

    @property
    def changes(self) -> list[PathStep]:
        """The named changes, in the order of the path."""
        findings = {step: step.finding(self.margin) for step in self._all_measured}
        beyond = [step for step, finding in findings.items() if finding in CHANGED]
        shortest = [
            step
            for step in beyond
            if not any(step.holds(o) and findings[o] == findings[step] for o in beyond)
        ]
        return sorted(shortest, key=lambda step: step.first)

    @property
    def open_steps(self) -> list[PathStep]:
        """The steps of which neither a change nor equivalence is shown, in their order."""
        unresolved = [
            step
            for step in self._all_measured
            if step.finding(self.margin) == OPEN and not self._between(step.first, step.last)
        ]
        return sorted(unresolved, key=lambda step: step.first)

    @property
    def whole(self) -> PathStep:
        """The comparison of the first version with the last."""
        return self.steps[0]

    @property
    def spent(self) -> float:
        """The sum of the errors of all comparisons."""
        return sum(step.error for step in self.steps)

    @property
    def _all_measured(self) -> list[PathStep]:
        return [step for step in self.steps if step.is_measured]

    def _between(self, first: int, last: int) -> list[int]:
        return [place for place in self._usable if first < place < last]

    def _measured(self, first: int, last: int, still_to_come: int) -> PathStep:
        """Compare two versions, and add the step."""
        everything = most_comparisons(self.places, self.thorough)
        left = max(self.error - self.spent, 0.0)
        share = left / still_to_come if self.is_fresh else self.error / everything
        step = PathStep(first, last, *self.compare(first, last, share), error=share)
        self.steps.append(step)
        return step

    def _keep(self, step: PathStep) -> None:
        """Have a stretch halved later, if it may hold a change and a version between its ends."""
        if step.finding(self.margin) != SAME and self._between(step.first, step.last):
            self._stretches.append(step)

    def _halve(self, parent: PathStep) -> None:
        while between := self._between(parent.first, parent.last):
            middle = between[len(between) // 2]
            later = self._most_later()
            beyond = self._most_within(middle, parent.last)
            try:
                before = self._measured(
                    parent.first, middle, self._most_within(parent.first, middle) + beyond + later
                )
            except UnusableVersionError as error:
                self._drop(error.place)
                continue
            self._keep(before)
            self._keep(self._after(parent, before))
            return
        if not parent.is_measured:
            # No version is left between its ends: now it is a step, which only a comparison names.
            self._measured(parent.first, parent.last, 1 + self._most_later())

    def _after(self, parent: PathStep, before: PathStep) -> PathStep:
        """The second half: measured, unless the difference to the first half is enough."""
        first, last = before.last, parent.last
        rest = PathStep(
            first, last, parent.low - before.high, parent.high - before.low, is_measured=False
        )
        if rest.finding(self.margin) in CHANGED and self._between(first, last):
            self.steps.append(rest)
            return rest
        return self._measured(first, last, self._most_within(first, last) + self._most_later())

    def _compare_all_steps(self) -> None:
        place = 0
        while place < self.places - 1:
            following = next(p for p in self._usable if p > place)
            if (place, following) == (0, self.places - 1):
                return
            left = len([p for p in self._usable if p > place])
            try:
                self._measured(place, following, left)
            except UnusableVersionError as error:
                self._drop(error.place)
                continue
            place = following

    def _drop(self, place: int) -> None:
        self._usable.remove(place)
        self.unusable.append(place)

    def _most_within(self, first: int, last: int) -> int:
        """The comparisons that a stretch may take, that of its ends among them."""
        return most_comparisons(len(self._between(first, last)) + 2)

    def _most_later(self) -> int:
        """The comparisons that the stretches that wait may take."""
        return sum(self._most_within(s.first, s.last) - 1 for s in self._stretches)


def most_comparisons(places: int, thorough: bool = False) -> int:
    """Return the largest number of comparisons of a search over so many versions."""
    steps = places - 1
    if thorough:
        return steps + 1 if steps > 1 else 1
    return 2 * steps - 1


def comparisons_of_one_change(places: int) -> Iterator[int]:
    """Yield the comparisons of a search with one clear change, for every step that it may be in."""
    for place in range(places - 1):
        search = ChangeSearch(places, _OneChange(place), margin=1.0, error=0.05).run()
        yield sum(step.is_measured for step in search.steps)


@dataclass(frozen=True)
class _OneChange:
    """Compares versions of a path with one clear change, after the version at its place."""

    place: int

    def __call__(self, first: int, last: int, error: float) -> tuple[float, float]:
        difference = 10.0 if first <= self.place < last else 0.0
        return difference - 0.5, difference + 0.5

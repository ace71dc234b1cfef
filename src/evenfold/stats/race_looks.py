"""The looks at a race's data, and the share of the error that each may spend.

**Plan.** The looks are fixed beforehand: after the last launch that the budget affords, and after
five launches where that saves at least three. An early look stops only races that are clear, so it
has a small share: the last look keeps nearly the width that it would have alone. Where there is no
time to save, the error is spent once.

**Continuation.** A race that is continued is looked at again whenever its launches have doubled,
each time with half of what is left of the share that is reserved for that. All shares together are
below 1, however often a race is continued: Student's t spends up to a sixth more than it is given
where launches are of two kinds.
"""

from __future__ import annotations

from collections.abc import Iterator

CONFIDENCE = 0.99
FEWEST_LAUNCHES = 5
FEWEST_FOR_EARLY_LOOK = 8
# Shares of the error.
PLANNED_SHARE, EARLY_SHARE, RESERVED_SHARE = 0.8, 0.1, 0.1


def planned_looks(most_launches: int) -> tuple[int, ...]:
    """Return the launches after which the data of a race with so many launches are looked at.

    The last is ``most_launches``; there is none below five launches.
    """
    if most_launches < FEWEST_LAUNCHES:
        return ()
    early = most_launches >= FEWEST_FOR_EARLY_LOOK
    return (FEWEST_LAUNCHES, most_launches) if early else (most_launches,)


def next_look(launches: int, most_launches: int) -> int:
    """Return the launches of the next look, after a look at ``launches``.

    A look between two planned ones has spent the later one's share of the error, so the next look
    is the one after that. Beyond the plan, launches double from look to look.

    Parameters
    ----------
    launches
        Launches at the last look; 0 before the first.
    most_launches
        Launches that the race was planned for.
    """
    ladder = (after for after, _ in _ladder(most_launches))
    reached = next(after for after in ladder if after >= launches)
    return reached if launches < FEWEST_LAUNCHES else next(ladder)


def confidence_at(
    launches: int, ratios: int, most_launches: int | None = None, confidence: float = CONFIDENCE
) -> float:
    """Return the confidence of one interval at a look.

    All intervals of all looks together then have at least ``confidence``.

    Parameters
    ----------
    launches
        Launches at the look. Between two looks an interval has the share of the next one: that is
        valid for a race that ended there because its time was up, not for one that stops as soon
        as it detects a difference.
    ratios
        Number of intervals.
    most_launches
        Launches that the race was planned for, before any continuation; None if the data are looked
        at once.
    confidence
        Confidence of all intervals of all looks together.
    """
    share = 1.0
    if most_launches is not None:
        share = next(share for after, share in _ladder(most_launches) if after >= launches)
    return 1 - (1 - confidence) * share / max(ratios, 1)


def _ladder(most_launches: int) -> Iterator[tuple[int, float]]:
    """Yield the launches of every look, planned or beyond the plan, and its share of the error."""
    planned = planned_looks(max(most_launches, FEWEST_LAUNCHES))
    if len(planned) > 1:
        yield planned[0], EARLY_SHARE
        yield planned[1], PLANNED_SHARE - EARLY_SHARE
    else:
        yield planned[0], PLANNED_SHARE
    last, share = planned[-1], RESERVED_SHARE
    while True:
        last, share = 2 * last, share / 2
        yield last, share

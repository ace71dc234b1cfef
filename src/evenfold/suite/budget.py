"""The wall time of a race of a suite."""

from __future__ import annotations

SUITE_SECONDS_PER_CONTENDER = 60.0


def suite_budget(given: float | None, contenders: int) -> float:
    """Return the budget in seconds: that of the user, or a minute for each contender."""
    return given or SUITE_SECONDS_PER_CONTENDER * contenders

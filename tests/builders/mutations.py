"""Property tests run against code broken on purpose, to prove that they can fail.

A test is called as it stands, so Hypothesis draws its examples anew from the real strategies.
"""

from __future__ import annotations

import pytest

from evenfold.errors import DataError


def assert_caught(test) -> None:
    """Assert that a property test finds an example against the code as it is now."""
    with pytest.raises((AssertionError, DataError)):
        run_four_times(test)


def run_four_times(test) -> None:
    """Run a test again: examples are drawn by chance, and once in many runs none of them fails."""
    for _ in range(4):
        test()

"""Samples of a clock, of wall time or CPU time, and how long a sample has to be.

Imports no numpy: a suite of benchmarks runs where there may be none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import perf_counter_ns, process_time_ns
from typing import Callable, Mapping, Protocol

from evenfold.worker.protocol import Clock

NANOSECONDS = 1e-9
WALL: Clock = "wall"
CPU: Clock = "cpu"
CLOCKS: Mapping[Clock, Callable[[], int]] = {WALL: perf_counter_ns, CPU: process_time_ns}
MOST_REPEATS = 10**7
# A sample that takes so many times as long as its clock shows does not get longer.
MOST_UNCLOCKED = 20
# A first sample so many times as long as required is long enough without a second one.
CLEARLY_LONG = 10
# So many more repeats than the estimate: a sample near the limit would have to be taken again.
REPEATS_MARGIN = 1.2


@dataclass(frozen=True)
class Sample:
    """One reading: the nanoseconds that ``units`` epochs, fits or predictions took together."""

    nanoseconds: int
    units: int


class Sampled(Protocol):
    """What can be sampled; ``is_warm`` says that a first sample is not slower than later ones."""

    is_warm: bool

    def take(self, repeats: int) -> Sample:
        """Take one sample of so many units."""


def calibrate(sampler: Sampled, least_seconds: float) -> int:
    """Return the number of repeats that makes a sample long enough; this also warms up.

    A first sample may be slower than all later ones, so a sample has to be long enough twice,
    unless it is clearly long or the sampler is warm.

    Parameters
    ----------
    sampler
        The workload, ready.
    least_seconds
        The least length of a sample, as its clock shows it.
    """
    repeats, repeats_before = 1, 0
    while True:
        started = perf_counter_ns()
        sample = sampler.take(repeats)
        wall_seconds = (perf_counter_ns() - started) * NANOSECONDS
        seconds = max(sample.nanoseconds, 1) * NANOSECONDS
        most_wall_seconds = MOST_UNCLOCKED * least_seconds
        # A training that stops early does not get longer.
        is_final = sample.units < repeats or repeats == MOST_REPEATS
        if wall_seconds >= most_wall_seconds or is_final:
            return repeats
        if seconds >= least_seconds:
            is_clear = sampler.is_warm or seconds >= CLEARLY_LONG * least_seconds
            if is_clear or repeats == repeats_before:
                return repeats
            repeats_before = repeats
            continue
        factor = min(
            REPEATS_MARGIN * least_seconds / seconds,
            REPEATS_MARGIN * most_wall_seconds / wall_seconds,
        )
        repeats = min(max(math.ceil(factor * repeats), repeats + 1), MOST_REPEATS)

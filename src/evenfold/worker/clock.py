"""The clock of a race: workloads, samples of their time, and how long a sample has to be.

Building, resetting and checking are outside the clock; a result is materialised inside it. The
clock is of wall time, or of the CPU time of this process, all its threads together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns, process_time_ns
from typing import Callable, Mapping, Protocol

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker import train
from evenfold.worker.device import Framework
from evenfold.worker.inference import REFERENCE
from evenfold.worker.plugin import Plugin
from evenfold.worker.protocol import Clock

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
class Workload:
    """What a contender of a race runs, and on what.

    Parameters
    ----------
    plugin, fold, seed, framework, device
        The model, its data, its seed, and where it runs.
    clock
        ``wall`` or ``cpu``.
    path, rows
        The inference path and the batch size, for predictions.
    delay
        A share of its time that is added inside the clock; races are tested with it.
    weights
        The file that keeps a trained network's weights from one launch to the next.

    Raises
    ------
    Skip
        If the clock does not see the work: CPU time of a GPU.
    """

    plugin: Plugin
    fold: Fold
    seed: int
    framework: Framework
    device: str = "cpu"
    clock: Clock = WALL
    path: str = REFERENCE
    rows: int = 1
    delay: float = 0.0
    weights: Path | None = None

    def __post_init__(self) -> None:
        if self.clock == CPU and self.device.startswith("gpu"):
            raise Skip("CPU time does not include the work of a GPU: race it by wall time")

    def prepare(self, epochs: int | None = None) -> train.PreparedFit:
        """Build a fresh model from the seed; ``epochs`` replaces its own number."""
        return train.prepare(
            self.plugin, self.fold, self.seed, self.framework, self.device, epochs, self.now
        )

    @property
    def now(self) -> Callable[[], int]:
        """The function that reads the clock, in nanoseconds."""
        return CLOCKS[self.clock]

    def with_delay(self, nanoseconds: int) -> int:
        """Spin for the share ``delay`` of some nanoseconds, and return both together."""
        if not self.delay:
            return nanoseconds
        started = self.now()
        until = started + nanoseconds * self.delay
        while self.now() < until:
            pass
        return nanoseconds + self.now() - started


@dataclass(frozen=True)
class Sample:
    """One reading: the nanoseconds that ``units`` epochs, fits or predictions took together."""

    nanoseconds: int
    units: int


class Sampler(Protocol):
    """A workload that is ready to be sampled.

    ``is_warm`` says that a first sample is not slower than later ones.
    """

    workload: Workload
    is_warm: bool

    def take(self, repeats: int) -> Sample:
        """Take one sample of so many units."""


def calibrate(sampler: Sampler, least_seconds: float) -> int:
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
        wall_seconds = (perf_counter_ns() - started) * train.NANOSECONDS
        seconds = max(sample.nanoseconds, 1) * train.NANOSECONDS
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

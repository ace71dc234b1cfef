"""The clock of a race: workloads, and samples of their time.

Building, resetting and checking are outside the clock; a result is materialised inside it. The
clock is of wall time, or of the CPU time of this process, all its threads together.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Protocol

from evenfold.contract import Fold
from evenfold.errors import Skip
from evenfold.worker import train
from evenfold.worker.calibration import CLOCKS, CPU, WALL, Sample
from evenfold.worker.device import Framework
from evenfold.worker.inference import REFERENCE
from evenfold.worker.plugin import Plugin
from evenfold.worker.protocol import Clock


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


class Sampler(Protocol):
    """A workload that is ready to be sampled.

    ``is_warm`` says that a first sample is not slower than later ones.
    """

    workload: Workload
    is_warm: bool

    def take(self, repeats: int) -> Sample:
        """Take one sample of so many units."""

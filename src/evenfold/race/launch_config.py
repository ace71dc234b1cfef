"""What all launches of a race share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evenfold.contract import Layout
from evenfold.race.settings import RaceSettings
from evenfold.worker.protocol import Clock, Measure

# Shortest sample. One of epochs begins with an epoch that is not counted: so it is longer.
LEAST_SECONDS: dict[Measure, float] = {"epoch": 0.5, "fit": 0.05, "predict": 0.05}


@dataclass(frozen=True)
class LaunchConfig:
    """What all launches of a race share.

    Parameters
    ----------
    settings
        The race's settings.
    folds
        Files of a fold's arrays (npz), by layout.
    n_classes
        Number of classes.
    seeds
        Random seed of the fits of each model.
    timeout
        Seconds that a worker may take for an answer.
    staged
        Folder of the worker's files.
    folder
        Folder for files that are kept between launches.
    bytecode
        Folder for compiled modules, where an environment variable keeps Python from writing any.
    """

    settings: RaceSettings
    folds: Mapping[Layout, Path]
    n_classes: int
    seeds: Mapping[str, int]
    timeout: float
    staged: Path
    folder: Path
    bytecode: Path

    @property
    def clock(self) -> Clock:
        """The clock of samples."""
        return self.settings.clock

    @property
    def threads(self) -> int:
        """Threads of each contender."""
        return self.settings.threads

    @property
    def least_seconds(self) -> float:
        """Shortest sample."""
        return LEAST_SECONDS[self.settings.measure]

    @property
    def has_equal_repeats(self) -> bool:
        """Whether samples of all contenders have the same number of repeats: epochs."""
        return self.settings.measure == "epoch"

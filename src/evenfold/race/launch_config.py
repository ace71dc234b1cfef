"""What all launches of a race share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from evenfold.contract import Layout
from evenfold.race.settings import RaceSettings


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

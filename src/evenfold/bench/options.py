"""Options of a bench run: what ``pytest bench/`` measures, and on what."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from evenfold.option_checks import check_seed
from evenfold.plugins.dataset_options import MISSING_CHOICES, PREPROCESS_CHOICES, DatasetOptions

if TYPE_CHECKING:
    import pytest

DeviceChoice = Literal["cpu", "gpu", "all", "auto"]


@dataclass(frozen=True)
class BenchOptions:
    """Options of a bench run.

    Parameters
    ----------
    data
        The dataset.
    folders
        Folders of models beside the built-in ones and those of the project.
    models
        The models to measure, as ``conv1d`` or ``conv1d[epochs=100]``; without any, all of them.
    device
        ``cpu``, ``gpu``, ``all`` (both have to be there) or ``auto`` (the GPU if there is one).
    epochs
        Epochs of every network; None for those of its plug-in.
    full
        Whether to run all inference paths and batch sizes, and to measure percentiles and memory.
    rounds
        Fits of each training benchmark, each with a seed of its own.
    seed
        Random seed of the run, from which that of each fit is derived.
    threads
        CPU threads; None for the framework's default.
    determinism
        Whether to use deterministic operations.
    results
        The folder below which results are saved; None for ``results`` if everything was measured
        with the defaults, else a folder by time in ``.evenfold/runs``.
    machine
        The machine's name in results; None for one made of its hardware.

    Raises
    ------
    UsageError
        The seed is outside its range.
    """

    data: DatasetOptions = field(default_factory=DatasetOptions)
    folders: tuple[Path, ...] = ()
    models: tuple[str, ...] = ()
    device: DeviceChoice = "auto"
    epochs: int | None = None
    full: bool = False
    rounds: int = 3
    seed: int = 0
    threads: int | None = None
    determinism: bool = False
    results: Path | None = None
    machine: str | None = None

    def __post_init__(self) -> None:
        check_seed(self.seed)

    @property
    def measures_everything(self) -> bool:
        """Whether all models are measured at full length with the defaults, at least on the CPU."""
        neutral = replace(self, device="auto", full=False, results=None, machine=None)
        return neutral == BenchOptions() and self.device != "gpu"


def add_options(parser: pytest.Parser) -> None:
    """Add the options of a bench run to pytest's."""
    add = parser.getgroup("evenfold", "what is measured, and on what").addoption
    add(
        "--dataset",
        default=DatasetOptions.dataset,
        help="Name of a dataset, or a file: .csv, .tsv, .parquet, .xlsx, .npz, .ts "
        "(default: %(default)s)",
    )
    add("--data", metavar="PATH", type=Path, help="File that a named dataset is made from")
    add(
        "--datasets", metavar="DIR", action="append", default=[], type=Path,
        help="Folder of datasets; the file of the named one is code and runs. Repeatable",
    )  # fmt: skip
    add("--target", metavar="COLUMN", help="Column of labels of the table")
    add("--positive", metavar="LABEL", help="Label whose recall is the sensitivity")
    add("--group", metavar="COLUMN", help="Column whose equal values are never split")
    add("--sample-weight", metavar="COLUMN", help="Column of weights of rows in training")
    add("--sheet", metavar="NAME", help="Sheet of an Excel file (default: the first one)")
    _add_reading_options(add)
    add(
        "--models", metavar="DIR", action="append", default=[], type=Path,
        help="Further folder of models; its files are code and run. Repeatable",
    )  # fmt: skip
    add(
        "--model", metavar="NAME", action="append", default=[],
        help="Model to measure, as conv1d or conv1d[epochs=100] (default: all). Repeatable",
    )  # fmt: skip
    add(
        "--device", choices=get_args(DeviceChoice), default=BenchOptions.device,
        help="Device to measure on; auto includes the GPU if there is one (default: %(default)s)",
    )  # fmt: skip
    add(
        "--full", action="store_true",
        help="Run all inference paths and batch sizes too, and measure percentiles and memory",
    )  # fmt: skip
    add("--epochs", type=positive, help="Epochs of every network (default: those of its file)")
    add(
        "--rounds", type=positive, default=BenchOptions.rounds,
        help="Fits of each training benchmark, each with its own seed (default: %(default)s)",
    )  # fmt: skip
    add(
        "--seed", type=int, default=BenchOptions.seed,
        help="Random seed of the run (default: %(default)s)",
    )  # fmt: skip
    add("--threads", type=positive, help="CPU threads (default: the framework's)")
    add("--determinism", action="store_true", help="Use deterministic operations")
    add("--results", metavar="DIR", type=Path, help="Folder below which results are saved")
    add("--machine", metavar="NAME", help="Name of the machine in results")


def _add_reading_options(add: Callable[..., None]) -> None:
    columns = {
        "drop": ("COLUMN", "Column of the table to leave out. Repeatable"),
        "categorical": ("COLUMN", "Column of the table to read as categories. Repeatable"),
        "ordinal": ("COLUMN[=LOW,...,HIGH]", "Column of ordered values. Repeatable"),
    }
    for name, (metavar, text) in columns.items():
        add(f"--{name}", metavar=metavar, action="append", default=[], help=text)
    add("--missing", choices=MISSING_CHOICES, help="Missing cells of a table (default: impute)")
    add(
        "--preprocess", choices=PREPROCESS_CHOICES,
        help="Preparation of a table's features (default: standard)",
    )  # fmt: skip


def read_options(config: pytest.Config) -> BenchOptions:
    """Return the options of a run; ``--models`` is relative to where pytest was started."""
    given = config.option
    return BenchOptions(
        data=DatasetOptions(
            dataset=given.dataset,
            target=given.target,
            positive=given.positive,
            group=given.group,
            sample_weight=given.sample_weight,
            sheet=given.sheet,
            data=given.data,
            datasets=tuple(given.datasets),
            drop=tuple(given.drop),
            categorical=tuple(given.categorical),
            ordinal=tuple(given.ordinal),
            missing=given.missing,
            preprocess=given.preprocess,
        ),
        folders=tuple(config.invocation_params.dir / folder for folder in given.models),
        models=tuple(given.model),
        device=given.device,
        epochs=given.epochs,
        full=given.full,
        rounds=given.rounds,
        seed=given.seed,
        threads=given.threads,
        determinism=given.determinism,
        results=given.results,
        machine=given.machine,
    )


def positive(text: str) -> int:
    """Parse a whole number of at least 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)

"""Requests for races of the built-in models on the default dataset."""

from __future__ import annotations

from pathlib import Path

from commands import ROOT
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.folders import built_in_folder, find_plugins
from evenfold.race.contenders import name_contenders
from evenfold.race.options import RaceOptions
from evenfold.race.request import RaceRequest
from evenfold.worker.protocol import Clock


def request_of(
    contenders: list[str],
    results: Path,
    seed: int = 0,
    budget: float | None = None,
    clock: Clock = "wall",
) -> RaceRequest:
    """Request of a race between the contenders; ``budget`` in seconds, by default the usual one."""
    specs = name_contenders(contenders)
    return RaceRequest(
        contenders=specs,
        dataset=open_dataset(DatasetOptions()),
        files=find_plugins([built_in_folder()]).files,
        root=ROOT,
        settings=RaceOptions(budget=budget, clock=clock).settings(specs, seed),
        results=results,
    )

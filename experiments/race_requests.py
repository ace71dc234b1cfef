"""Requests for races of the built-in models on the default dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from commands import ROOT
from evenfold.plugins.datasets import DatasetOptions, open_dataset
from evenfold.plugins.folders import built_in_folder, find_plugins
from evenfold.race.contenders import named
from evenfold.race.setup import Request


def request_of(contenders: list[str], results: Path, seed: int = 0, **more: Any) -> Request:
    """Request of a race between the contenders; ``more`` holds further fields of ``Request``."""
    return Request(
        contenders=named(contenders),
        dataset=open_dataset(DatasetOptions()),
        files=find_plugins([built_in_folder()]).files,
        root=ROOT,
        seed=seed,
        results=results,
        **more,
    )

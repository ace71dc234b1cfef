"""From what a user named to a Dataset: a built-in one, or a table of the user's own."""

from __future__ import annotations

from pathlib import Path

from evenfold.data.datasets import BUILT_IN, Dataset, built_in
from evenfold.errors import UsageError

DEFAULT = "breast_cancer"


def open_dataset(
    source: str, target: str | None = None, positive: str | None = None, group: str | None = None
) -> Dataset:
    """The dataset of a built-in name, or the table at a path with ``target`` as its labels.

    Raises UsageError when the options do not fit the source, DataError when the table is bad.
    """
    if source in BUILT_IN:
        for option, value in (("--target", target), ("--positive", positive), ("--group", group)):
            if value is not None:
                raise UsageError(f"{option} is for a table of your own; {source} is built in")
        return built_in(source)
    if Path(source).suffix == "" and not Path(source).exists():
        return built_in(source)
    if target is None:
        raise UsageError(f"{source}: which column holds the labels? Give --target COLUMN")
    from evenfold.data.tables import read_table

    return read_table(Path(source), target, positive, group)

"""WISDM activity recognition: windows of a phone's accelerometer, by person and activity.

The raw text of version 1.1 has records ``user,activity,timestamp,x,y,z;`` at 20 Hz (Kwapisz, Weiss
and Moore, Activity Recognition using Cell Phone Accelerometers, SIGKDD Explorations 12, 2010).
Known faults of the file are records without a semicolon or with a comma before it, several records
in a line, empty fields, and time stamps of zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evenfold.data.datasets import Dataset
from evenfold.data.labels import encode
from evenfold.data.regular_files import require_regular
from evenfold.errors import DataError

NAME = "wisdm"
FORM = "user,activity,timestamp,x,y,z;"
STEPS, HOP = 80, 40  # steps of 1/20 s
CHANNELS = ("x", "y", "z")
FIELDS = 3 + len(CHANNELS)
Values = tuple[float, ...]


@dataclass
class Run:
    """Consecutive records of one person and activity; ``values`` holds the channels by step."""

    user: str
    activity: str
    values: list[Values] = field(default_factory=list)


@dataclass
class Damage:
    """Count of all records and of damaged ones, and the first damaged record."""

    records: int = 0
    damaged: int = 0
    first: str = ""


def read_wisdm(path: Path) -> Dataset:
    """Read windows of 80 steps, one every 40 steps; groups are people.

    Inputs are float64 of shape ``(windows, 80, 3)``. No window spans a change of person or
    activity, or a damaged record. ``notes`` has the number of damaged records.

    Raises
    ------
    DataError
        If the file cannot be read, or if half of the records or more are damaged.
    """
    require_regular(path)
    damage = Damage()
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            runs = list(_runs(lines, damage))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    windows, labels, groups = [], [], []
    for run in runs:
        for start in range(0, len(run.values) - STEPS + 1, HOP):
            windows.append(run.values[start : start + STEPS])
            labels.append(run.activity)
            groups.append(run.user)
    if 2 * damage.damaged > damage.records or not windows:
        first = f"; the first is {damage.first}" if damage.first else ""
        raise DataError(
            f"{path}: {damage.damaged} of {damage.records} records are damaged and {len(windows)} "
            f"windows of {STEPS} are left{first}: is it the raw file, {FORM}?"
        )
    y, classes = encode(labels)
    if len(classes) < 2:
        raise DataError(f"{path}: every window is {classes[0]!r}; a classifier needs two or more")
    notes: tuple[str, ...] = ()
    if damage.damaged:
        notes = (
            f"{path}: {damage.damaged} of {damage.records} records are damaged, and no window goes "
            f"over one; the first is {damage.first}",
        )
    return Dataset(
        name=NAME,
        x=np.array(windows, dtype=np.float64),
        y=y,
        feature_names=CHANNELS,
        class_names=classes,
        groups=np.array(groups),
        notes=notes,
    )


def _runs(lines: Iterator[str], damage: Damage) -> Iterator[Run]:
    """Yield runs in order. A run ends where person or activity changes, or at a damaged record."""
    run: Run | None = None
    for number, line in enumerate(lines, 1):
        for record in line.split(";"):
            if not record.strip(" ,\t\r\n"):
                continue
            damage.records += 1
            parsed = _parse(record)
            if parsed is None:
                damage.damaged += 1
                damage.first = damage.first or f"line {number}: {record.strip()!r}"
                if run is not None:
                    yield run
                run = None
                continue
            user, activity, values = parsed
            if run is None or (run.user, run.activity) != (user, activity):
                if run is not None:
                    yield run
                run = Run(user, activity)
            run.values.append(values)
    if run is not None:
        yield run


def _parse(record: str) -> tuple[str, str, Values] | None:
    """Return person, activity and the channels' values, or None for a damaged record."""
    cells = [cell.strip() for cell in record.split(",")]
    if len(cells) == FIELDS + 1 and not cells[-1]:
        cells.pop()
    if len(cells) != FIELDS or not all(cells):
        return None
    user, activity, stamp, *axes = cells
    try:
        values = tuple(float(cell) for cell in axes)
        usable = int(user) >= 0 and int(stamp) > 0 and all(map(math.isfinite, values))
    except ValueError:
        return None
    return (user, activity, values) if usable else None

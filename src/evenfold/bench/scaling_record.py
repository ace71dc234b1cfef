"""Costs against rows, features and epochs, as ``experiments/scaling.py`` measures them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any, Literal

from evenfold.runtime.experiment_files import Experiment, MeasuredHere
from evenfold.runtime.record_checks import is_number, is_printable, require_environment
from evenfold.runtime.records import converted
from evenfold.runtime.results_folder import write_json
from evenfold.stats.power_law import LEAST_POINTS, PowerFit, fit_power

SCHEMA = 1  # 1: the first
# predict and function: seconds of one batch on that inference path. epoch: seconds of one epoch
# after the first. fit: seconds of a whole fit. memory: peak bytes of a process that trains.
Quantity = Literal["predict", "function", "epoch", "fit", "memory"]
Against = Literal["rows", "features", "epochs"]


@dataclass(frozen=True)
class Point:
    """All samples at one number of rows, features or epochs.

    Parameters
    ----------
    n
        The number.
    samples
        Seconds or bytes.
    before_bytes
        Of memory, the resident bytes before the model is built, one for each sample.
    """

    n: int
    samples: tuple[float, ...]
    before_bytes: tuple[int, ...] = ()

    @property
    def median(self) -> float:
        """The median of the samples, to which the power law is fitted."""
        return float(median(self.samples))


@dataclass(frozen=True)
class LeftOut:
    """A point that was not measured, with the reason."""

    n: int
    reason: str


@dataclass(frozen=True)
class Series:
    """The cost of one model against one number, in ascending order; other numbers are fixed."""

    model: str
    quantity: Quantity
    against: Against
    points: tuple[Point, ...]
    left_out: tuple[LeftOut, ...] = ()

    @cached_property
    def fit(self) -> PowerFit | None:
        """A fixed part and a power law through the medians; None where points are too few."""
        if len(self.points) < LEAST_POINTS:
            return None
        return fit_power([p.n for p in self.points], [p.median for p in self.points])


@dataclass(frozen=True)
class Scaling(MeasuredHere):
    """One run of the script.

    Parameters
    ----------
    environment
        The environment, as in an ``environment.json``.
    settings
        Settings of the script, among them ``features`` and ``training_rows``: the numbers of both
        where they do not vary.
    series
        The costs.
    """

    environment: Mapping[str, Any]
    settings: Mapping[str, Any]
    series: tuple[Series, ...]

    def select(self, quantities: Collection[str], against: str) -> list[Series]:
        """Return the series of some quantities against one number that have a point."""
        return [
            series
            for series in self.series
            if series.against == against and series.quantity in quantities and series.points
        ]


def write_scaling(file: Path, scaling: Scaling) -> None:
    """Write a file, medians beside samples, so that a reader finds the old or the whole new one.

    Raises
    ------
    ResultsError
        The file cannot be written.
    """
    series = [{**asdict(one), "points": _points(one)} for one in scaling.series]
    head = {"environment": scaling.environment, "settings": scaling.settings}
    write_json(file, {"schema": SCHEMA, **head, "series": series})


def _points(series: Series) -> list[dict[str, Any]]:
    points = [{"n": point.n, "median": point.median, **asdict(point)} for point in series.points]
    return [{k: v for k, v in point.items() if k != "before_bytes" or v} for point in points]


def _from_content(content: Mapping[str, Any]) -> Scaling:
    """Convert and check a file's content. Raises ValueError, naming the field."""
    # The medians in the file are for readers.
    scaling = converted(content, Scaling, refuse_unknown=False)
    require_environment(scaling.environment)
    for name in ("features", "training_rows"):
        if not is_number(scaling.settings.get(name)):
            raise ValueError(f"settings.{name}: {scaling.settings.get(name)!r} is not above 0")
    for series in scaling.series:
        _require_series(series)
    kinds = [(series.model, series.quantity, series.against) for series in scaling.series]
    if len(set(kinds)) < len(kinds):
        raise ValueError("series: one of them occurs twice")
    return scaling


def _require_series(series: Series) -> None:
    if not is_printable(series.model):
        raise ValueError(f"series.model: {series.model!r} is no model's name")
    where = f"series of {series.model}, {series.quantity} against {series.against}"
    numbers = [number for point in series.points for number in (point.n, *point.samples)]
    numbers += [left_out.n for left_out in series.left_out]
    if not all(map(is_number, numbers)):
        raise ValueError(f"{where}: a number is not above 0")
    ns = [point.n for point in series.points]
    if ns != sorted(set(ns)) or not all(point.samples for point in series.points):
        raise ValueError(f"{where}: points are not in order, or have no samples")


SCALINGS = Experiment("scaling", "series", SCHEMA, _from_content)

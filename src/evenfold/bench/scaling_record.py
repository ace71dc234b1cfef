"""What one machine's costs grew by, as ``experiments/scaling.py`` measured it: one JSON file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Any

from evenfold.runtime.experiment_files import Experiment
from evenfold.runtime.record_checks import is_number, require_environment
from evenfold.runtime.results_folder import write_json
from evenfold.stats.power_law import LEAST_POINTS, PowerFit, fit_power

SCHEMA = 1  # 1: the first
# predict and function: one batch on that inference path. epoch: one after the first. fit: a whole
# one. All in seconds; memory in bytes, the most that a process of its own held in training.
QUANTITIES = ("predict", "function", "epoch", "fit", "memory")
AGAINST = ("rows", "features", "epochs")


@dataclass(frozen=True)
class Point:
    """All samples at one number ``n`` of rows, features or epochs: seconds or bytes.

    ``before_bytes`` are those resident before the model was built, one for each sample of memory.
    """

    n: int
    samples: tuple[float, ...]
    before_bytes: tuple[int, ...] = ()

    @property
    def median(self) -> float:
        """What the exponent is fitted to."""
        return float(median(self.samples))


@dataclass(frozen=True)
class LeftOut:
    """A point that was not measured, and why."""

    n: int
    reason: str


@dataclass(frozen=True)
class Series:
    """One model's cost against one number, the least first; the other numbers stay as they are."""

    model: str
    quantity: str
    against: str
    points: tuple[Point, ...]
    left_out: tuple[LeftOut, ...] = ()

    @cached_property
    def fit(self) -> PowerFit | None:
        """Fixed part and power through the medians; None of too few points."""
        if len(self.points) < LEAST_POINTS:
            return None
        return fit_power([p.n for p in self.points], [p.median for p in self.points])


@dataclass(frozen=True)
class Scaling:
    """One run of the script; ``environment`` as in an environment.json, ``settings`` its own.

    Among them ``features`` and ``training_rows``, which are so many where they do not vary.
    """

    environment: Mapping[str, Any]
    settings: Mapping[str, Any]
    series: tuple[Series, ...]

    @property
    def machine(self) -> str:
        """The machine's name."""
        return str(self.environment["machine"])

    @property
    def name(self) -> str:
        """The environment's name."""
        return str(self.environment["name"])

    def of(self, quantities: Iterable[str], against: str) -> list[Series]:
        """The series of some quantities against one number that have a point."""
        wanted = set(quantities)
        found = [s for s in self.series if s.against == against and s.quantity in wanted]
        return [series for series in found if series.points]


def write_scaling(file: Path, scaling: Scaling) -> None:
    """Writes it, medians beside samples, so that a reader finds the old file or the whole new one.

    Raises ResultsError when it cannot be written.
    """
    told = {"schema": SCHEMA, "environment": scaling.environment, "settings": scaling.settings}
    write_json(file, {**told, "series": [_told(series) for series in scaling.series]})


def _made(told: Mapping[str, Any]) -> Scaling:
    series = tuple(_series(one) for one in told["series"])
    scaling = Scaling(dict(told["environment"]), dict(told["settings"]), series)
    _check(scaling)
    return scaling


def _told(series: Series) -> dict[str, Any]:
    points = [{"n": p.n, "median": p.median, **_known(asdict(p))} for p in series.points]
    return {**asdict(series), "points": points}


def _known(point: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in point.items() if key != "before_bytes" or value}


def _series(told: Mapping[str, Any]) -> Series:
    series = Series(
        told["model"],
        told["quantity"],
        told["against"],
        tuple(
            Point(p["n"], tuple(p["samples"]), tuple(p.get("before_bytes", ())))
            for p in told["points"]
        ),
        tuple(LeftOut(left["n"], str(left["reason"])) for left in told["left_out"]),
    )
    named = f"{series.model!r}, {series.quantity!r} against {series.against!r}"
    if not (isinstance(series.model, str) and series.model.isprintable() and series.model):
        raise ValueError(f"{series.model!r} is no model's name")
    if series.quantity not in QUANTITIES or series.against not in AGAINST:
        raise ValueError(f"{named} is nothing that is measured")
    numbers = [number for point in series.points for number in (point.n, *point.samples)]
    numbers += [left.n for left in series.left_out]
    if not all(map(is_number, numbers)):
        raise ValueError(f"{named}: a number is not above 0")
    ns = [point.n for point in series.points]
    if ns != sorted(set(ns)) or not all(point.samples for point in series.points):
        raise ValueError(f"{named}: points are not in order, or have no samples")
    return series


def _check(scaling: Scaling) -> None:
    require_environment(scaling.environment)
    fixed = [scaling.settings[name] for name in ("features", "training_rows")]
    if not all(map(is_number, fixed)):
        raise ValueError(f"features and training rows of {fixed}")
    named = [(series.model, series.quantity, series.against) for series in scaling.series]
    if len(set(named)) < len(named):
        raise ValueError("a series is there twice")


SCALINGS = Experiment("scaling", "series", SCHEMA, _made)

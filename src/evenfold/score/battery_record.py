"""How often score intervals and verdicts err on populations of known truth: one JSON file.

``experiments/score_errors.py`` computes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta

from evenfold.runtime.experiment_files import Experiment
from evenfold.runtime.record_checks import is_printable
from evenfold.runtime.records import converted
from evenfold.stats.verdicts import SCORE_VERDICTS

SCHEMA = 1  # 1: the first
METHODS = 3  # evenfold's interval, Nadeau and Bengio's, and the uncorrected one
Count = Annotated[int, Meta(ge=1, le=10**9)]


@dataclass(frozen=True)
class BatteryTarget:
    """Counts and sums over the data sets of one score or difference.

    Parameters
    ----------
    count
        Number of data sets.
    covered
        How many intervals hold the truth: evenfold's, Nadeau and Bengio's, uncorrected.
    widths
        The sums of their half-widths.
    sums
        The sums of the truth, of the error of the estimate, and of its square.
    words
        How often each verdict was given at the usual margin, at the true difference and at 0.
    """

    count: Count
    covered: list[int]
    widths: list[float]
    sums: list[float]
    words: list[dict[str, int]]

    @property
    def coverages(self) -> list[float]:
        """The share of data sets whose interval holds the truth, of each method."""
        return [covered / self.count for covered in self.covered]

    @property
    def over_needed(self) -> float:
        """The half-width over that of a normal interval with the estimate's true spread."""
        _, error, square = (value / self.count for value in self.sums)
        needed = 1.96 * math.sqrt(max(square - error**2, 0))
        return self.widths[0] / self.count / needed if needed else math.nan

    @property
    def over_nadeau_bengio(self) -> float:
        """The half-width over that of Nadeau and Bengio's interval."""
        return self.widths[0] / self.widths[1] if self.widths[1] else math.nan

    def false_share(self, *verdicts: str) -> float:
        """The share of these verdicts where the margin is the true difference."""
        return sum(self.words[1].get(verdict, 0) for verdict in verdicts) / self.count


@dataclass(frozen=True)
class BatteryCell:
    """A population, size and design: number of batches, true scores, and results by target."""

    batches: Count
    truth: dict[str, float]
    targets: dict[str, BatteryTarget]


@dataclass(frozen=True)
class ScoreBattery:
    """The cells by name."""

    cells: dict[str, BatteryCell]


def _from_content(content: Mapping[str, Any]) -> ScoreBattery:
    """Convert and check a file's content. Raises ValueError or KeyError, naming the field."""
    battery = converted({"cells": content["cells"]}, ScoreBattery)
    for name, cell in battery.cells.items():
        if not is_printable(name) or not cell.targets:
            raise ValueError(f"cells: {name!r} cannot be printed, or has no targets")
        for target, state in cell.targets.items():
            _require_counts(f"{name}, {target}", state)
    return battery


def _require_counts(where: str, state: BatteryTarget) -> None:
    """Raise ValueError if counts are not those of as many data sets."""
    if [len(part) for part in (state.covered, state.widths, state.sums, state.words)] != [3] * 4:
        raise ValueError(f"{where}: expected {METHODS} numbers each")
    if not all(0 <= covered <= state.count for covered in state.covered):
        raise ValueError(f"{where}: covered {state.covered} of {state.count}")
    if not all(math.isfinite(value) for value in (*state.widths, *state.sums)):
        raise ValueError(f"{where}: a sum is not finite")
    for words in state.words:
        if set(words) - set(SCORE_VERDICTS) or sum(words.values()) not in (0, state.count):
            raise ValueError(f"{where}: verdicts {words} of {state.count} data sets")


SCORE_BATTERIES = Experiment("score_errors", "cells", SCHEMA, _from_content)

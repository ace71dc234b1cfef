"""The record of the battery of score intervals, and its table."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from evenfold.runtime.results_folder import write_json
from evenfold.score.battery_record import SCHEMA

if TYPE_CHECKING:
    import pandas as pd

BATCH = 50
Limits = tuple[float, float]
COLUMNS = ("cell", "target", "data sets", "true", "bias", "coverage", "Nadeau-Bengio", "t",
           "half-width", "over Nadeau-Bengio's", "over needed", "false at margin",
           "false equivalent", "words")  # fmt: skip


class TargetState(TypedDict):
    """Counts and sums over the data sets of one score or difference."""

    count: int
    covered: list[int]
    widths: list[float]
    sums: list[float]
    words: list[dict[str, int]]


class CellState(TypedDict):
    """A cell's batches, true scores and targets."""

    batches: int
    truth: dict[str, float]
    targets: dict[str, TargetState]


ScoreErrors = dict[str, CellState]


@dataclass(frozen=True)
class Outcome:
    """One score or difference of one data set.

    ``limits`` are those of evenfold's interval, Nadeau and Bengio's and the uncorrected one; words
    are the verdicts at the usual margin, at the true difference and at 0.
    """

    true: float
    estimate: float
    limits: Limits
    nadeau_bengio: Limits
    plain: Limits
    words: tuple[str, ...] = ()


def add_outcome(targets: dict[str, TargetState], name: str, outcome: Outcome) -> None:
    """Add a data set to a target's counts and sums."""
    empty: TargetState = {"count": 0, "covered": [0] * 3, "widths": [0.0] * 3,
                          "sums": [0.0] * 3, "words": [{}, {}, {}]}  # fmt: skip
    state = targets.setdefault(name, empty)
    state["count"] += 1
    for place, (low, high) in enumerate((outcome.limits, outcome.nadeau_bengio, outcome.plain)):
        state["covered"][place] += bool(low <= outcome.true <= high)
        state["widths"][place] += (high - low) / 2
    error = outcome.estimate - outcome.true
    for place, value in enumerate((outcome.true, error, error**2)):
        state["sums"][place] += value
    for counts, word in zip(state["words"], outcome.words, strict=False):
        counts[word] = counts.get(word, 0) + 1


def read_record(file: Path) -> ScoreErrors:
    """Read the record's cells, or begin with none."""
    return json.loads(file.read_text())["cells"] if file.exists() else {}


def write_record(file: Path, record: ScoreErrors) -> None:
    """Write the record; an interruption leaves the old one."""
    write_json(file, {"schema": SCHEMA, "cells": record})


def summary_table(record: ScoreErrors) -> pd.DataFrame:
    """One row for each target: coverage of three intervals, widths, errors of verdicts."""
    import pandas as pd

    rows = [
        (cell, *_target_row(target, state))
        for cell, states in record.items()
        for target, state in states["targets"].items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _target_row(target: str, state: TargetState) -> tuple[Any, ...]:
    count = state["count"]
    true, bias, square = (value / count for value in state["sums"])
    half, of_nadeau_bengio, _ = (width / count for width in state["widths"])
    needed = 1.96 * math.sqrt(max(square - bias**2, 0))
    words = state["words"]
    false = sum(words[1].get(word, 0) for word in ("better", "worse")) / count
    equivalent = words[1].get("equivalent", 0) / count
    return (
        target, str(count), f"{true:+.4f}", f"{bias:+.4f}",
        *(f"{covered / count:.3f}" for covered in state["covered"]), f"{half:.4f}",
        f"{half / of_nadeau_bengio:.2f}" if of_nadeau_bengio else "–",
        f"{half / needed:.2f}" if needed else "–", f"{false:.3f}", f"{equivalent:.3f}",
        ", ".join(f"{word} {number / count:.2f}" for word, number in sorted(words[0].items())),
    )  # fmt: skip

"""All results that a page may show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.results.found import Result
from evenfold.results.kept import Predictions
from evenfold.results.races import Race
from evenfold.results.studies import StudyScores

if TYPE_CHECKING:
    import pandas as pd

# What scores are compared by on pages.
METRIC = "accuracy"


@dataclass(frozen=True)
class Shown:
    """Results by kind, in the order in which they are shown.

    ``kept`` and ``histories`` are by a study's file; ``references`` are models whose mean scores
    are drawn as lines.
    """

    results: Sequence[Result]
    studies: Sequence[StudyScores]
    races: Sequence[Race]
    kept: Mapping[Path, Predictions] = field(default_factory=dict)
    histories: Mapping[Path, pd.DataFrame] = field(default_factory=dict)
    references: Sequence[str] = ()

"""Results of several kinds below the same paths."""

from __future__ import annotations

from pathlib import Path

from evenfold.race.files import race_files
from evenfold.score.studies import study_files
from evenfold.suite.files import suite_files


def holds_scores_or_races(path: Path) -> bool:
    """Whether a path is or holds a score study, a race, or one of a suite."""
    return bool(study_files(path) or race_files(path) or suite_files(path))

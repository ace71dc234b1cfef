"""Results of several kinds below the same paths."""

from __future__ import annotations

from pathlib import Path

from evenfold.errors import ResultsError
from evenfold.files.path_names import missing_path
from evenfold.race.files import race_files
from evenfold.score.studies import study_files
from evenfold.suite.files import suite_files


def holds_scores_or_races(path: Path) -> bool:
    """Whether a path is or holds a score study, a race, or one of a suite."""
    return bool(study_files(path) or race_files(path) or suite_files(path))


def require_results_folder(path: Path, advice: str) -> None:
    """Check that results can be read below a path.

    Raises
    ------
    ResultsError
        It does not exist, or is no folder; the message ends with the advice or with a suggestion.
    """
    if not path.exists():
        raise ResultsError(missing_path(path, advice))
    if not path.is_dir():
        raise ResultsError(f"{path} is not a folder of results: {advice}")

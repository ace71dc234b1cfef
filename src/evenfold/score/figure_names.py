"""What the figures of a study are called, in words and as files."""

from __future__ import annotations

from evenfold.files.path_names import slug_of
from evenfold.score.study_scores import StudyScores


def words(study: StudyScores) -> str:
    """Data, how it was split, where it ran."""
    return f"{study.dataset}, {study.protocol}, {study.label}"


def stem(study: StudyScores, *more: str) -> str:
    """A file's stem, without what a path or a link cannot have, such as a model's brackets."""
    parts = [study.machine, study.environment_name, study.file.stem, *more]
    return "-".join(map(slug_of, parts))

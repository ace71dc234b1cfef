"""What the figures of a study are called, in words and as files."""

from __future__ import annotations

import re

from evenfold.score.study_scores import StudyScores


def words(study: StudyScores) -> str:
    """Data, how it was split, where it ran."""
    return f"{study.dataset}, {study.protocol}, {study.label}"


def stem(study: StudyScores, *more: str) -> str:
    """A file's stem; what a link cannot have, as a model's brackets, is left out of ``more``."""
    environment = study.environment_name
    parts = [study.machine, environment, study.file.stem]
    return "-".join([*parts, *(re.sub(r"[^\w.-]+", "-", name).strip("-") for name in more)])

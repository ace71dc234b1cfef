"""Models that predict the same for every row: the baseline of all others."""

from __future__ import annotations

from collections.abc import Iterable

from evenfold.diagnostics.baselines import is_constant
from evenfold.score.study_scores import StudyScores


def constant_models(studies: Iterable[StudyScores]) -> tuple[str, ...]:
    """Return the models that predict the same for every row, in every study that they are in.

    Studies without predictions say nothing about their models.
    """
    found: dict[str, bool] = {}
    for study in studies:
        for model, tested in study.model_scores.tested.items():
            found[model] = found.get(model, True) and is_constant(tested)
    return tuple(sorted(model for model, constant in found.items() if constant))

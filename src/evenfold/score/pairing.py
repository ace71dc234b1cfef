"""Comparisons of the studies of several environments, and whether any shows a worse model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenfold.score.model_scores import Basis, ModelScores, Pair, compare_models
from evenfold.score.same_rows import group_studies, why_not_paired
from evenfold.score.study_scores import StudyScores
from evenfold.stats.comparisons import ERROR, Comparison


def compare_environments(
    studies: Sequence[StudyScores], metric: str, rope: float | None, error: float = ERROR
) -> dict[Pair, Comparison]:
    """Compare each model in each later environment with itself in the first, on the same splits.

    Studies of other data or other splits than the first have no comparison. Intervals hold for all
    models and environments at once, with ``error``.

    Returns
    -------
    dict
        A comparison for each model and label of a study.
    """
    return compare_models(_environment_pairs(studies), metric, rope, error)


def basis_between(studies: Sequence[StudyScores]) -> Basis:
    """Return what the intervals of ``compare_environments`` rest on, the same for all of them."""
    pairs = _environment_pairs(studies).values()
    bases = {scores.basis for pair in pairs for scores, _ in pair}
    if bases == {"rows"}:
        return "rows"
    return "none" if "none" in bases or not bases else "fits"


def comparisons_with_first(
    studies: Sequence[StudyScores], metric: str, rope: float | None
) -> Iterator[tuple[str, Comparison | None]]:
    """Yield every comparison with the reference of a study or with the first environment.

    Each has the name of what is compared; the comparison is None where there is none.
    """
    groups = group_studies(studies)
    for group in groups:
        first = group[0]
        of_data = f", {first.dataset}, {first.protocol}" if len(groups) > 1 else ""
        between = compare_environments(group, metric, rope)
        for study in group[1:]:
            for model in study.model_scores.present:
                name = f"{model} in {study.label} against {first.label}{of_data}"
                yield name, between.get((model, study.label))
        for study in group:
            compared = study.model_scores.compare_with_reference(metric, rope)
            reference, *others = study.model_scores.models
            for model in others:
                yield f"{model} against {reference} in {study.label}{of_data}", compared.get(model)


def _environment_pairs(
    studies: Sequence[StudyScores],
) -> dict[Pair, tuple[tuple[ModelScores, str], tuple[ModelScores, str]]]:
    """Each model in each later environment, and the same in the first."""
    first = studies[0].model_scores
    return {
        (model, study.label): ((study.model_scores, model), (first, model))
        for study in studies[1:]
        if why_not_paired(study, studies[0]) is None
        for model in sorted(set(study.model_scores.present) & set(first.present))
    }

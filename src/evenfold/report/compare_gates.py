"""Gates of ``evenfold compare``: exit codes from the verdicts that are printed."""

from __future__ import annotations

from collections.abc import Iterator

from evenfold.errors import UsageError
from evenfold.render.words import counted
from evenfold.report.compare import SavedResults
from evenfold.report.compare_options import CompareOptions
from evenfold.score.dataset_groups import dataset_groups
from evenfold.score.pairing import compare_environments, comparisons_with_first
from evenfold.score.same_rows import group_studies
from evenfold.score.tables import lacks_values
from evenfold.stats.verdicts import NOT_WORSE_VERDICTS, SLOWER, WORSE, ScoreVerdict


def require_comparison(fail_on: str | None, require: str | None, saved: SavedResults) -> None:
    """Refuse to look for a verdict where no result can have it.

    Parameters
    ----------
    fail_on, require
        The words of the options; None without one.
    saved
        The results.

    Raises
    ------
    UsageError
        There are no races for ``slower``, or no two models or environments for ``worse``.
    """
    if fail_on == SLOWER and not (saved.races or saved.suites):
        raise UsageError("--fail-on slower is about races, and there are none among the results")
    groups = group_studies(saved.studies)
    has_pairs = any(len(group) > 1 or len(group[0].models) > 1 for group in groups)
    options = {"--fail-on worse": fail_on == WORSE, "--require not-worse": require is not None}
    for option in (name for name, is_given in options.items() if is_given and not has_pairs):
        raise UsageError(
            f"{option} is about scores of several models or environments, and there are none among "
            f"the results{': '.join(['', *saved.unpaired])}"
        )


def why_incomplete(saved: SavedResults, options: CompareOptions, is_required: bool) -> str:
    """Return what the comparison lacks: a file, fits, values or comparisons; "" if nothing.

    Parameters
    ----------
    saved, options
        The results, and how they are compared.
    is_required
        Whether a comparison of scores is required.
    """
    damaged = [study.damage for study in saved.studies if study.damage]
    if saved.problems:
        return f"{counted(len(saved.problems), 'result')} cannot be read or lacks something"
    if damaged:
        return damaged[0]
    if saved.unpaired:
        return "studies of one dataset and protocol have other data or splits"
    if lacks_values(saved.studies, options.metric):
        return f"a study lacks fits or values of {options.metric}"
    if is_required and _lacks_comparisons(saved, options):
        return "no model of a study has a comparison"
    return ""


def has_verdict(verdict: str, saved: SavedResults, options: CompareOptions) -> bool:
    """Whether a printed verdict on scores is ``worse``, or one on the time of a race ``slower``."""
    if verdict == WORSE:
        return WORSE in dict(_score_verdicts(saved, options)).values()
    is_slower = any(race.is_slower for _, race in saved.races)
    return verdict == SLOWER and (is_slower or any(suite.is_slower for _, suite in saved.suites))


def _lacks_comparisons(saved: SavedResults, options: CompareOptions) -> bool:
    """Whether no model of a study, or of a later environment, can have the verdict ``worse``.

    Over data sets, whether a model has no verdict.
    """
    arguments = options.metric, options.rope
    if options.only == "datasets":
        return any(verdict is None for _, verdict in _score_verdicts(saved, options))
    return any(
        (len(group) > 1 and not compare_environments(group, *arguments))
        or any(
            len(study.models) > 1 and not study.model_scores.compare_with_reference(*arguments)
            for study in group
        )
        for group in group_studies(saved.studies)
    )


def contenders_without_evidence(saved: SavedResults, options: CompareOptions) -> dict[str, str]:
    """Return what is not shown to be not worse than its reference, with its verdict."""
    return {
        name: verdict or "no verdict"
        for name, verdict in _score_verdicts(saved, options)
        if verdict not in NOT_WORSE_VERDICTS
    }


def _score_verdicts(
    saved: SavedResults, options: CompareOptions
) -> Iterator[tuple[str, ScoreVerdict | None]]:
    """Yield every verdict on scores that is printed, by the name of what is compared."""
    if options.only != "datasets":
        compared = comparisons_with_first(saved.studies, options.metric, options.rope)
        for name, one in compared:
            yield name, None if one is None else one.verdict
    if options.only in (None, "datasets"):
        for group in dataset_groups(saved.studies):
            across = group.across(options.metric, options.rope)
            for model, contender in across.contenders.items():
                name = f"{model} against {across.reference} over {group.title.partition(',')[0]}"
                yield name, contender.verdict

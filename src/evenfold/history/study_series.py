"""Series of score studies: a model's score, compared fit by fit with the start of its level."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timezone
from itertools import groupby

from evenfold.history.options import HistoryOptions
from evenfold.history.series import HistoryPoint, ResultSeries, SeriesChange, change_word
from evenfold.runtime.results_folder import natural_text
from evenfold.score.model_scores import compare_models
from evenfold.score.same_rows import group_studies
from evenfold.score.study_scores import StudyScores
from evenfold.stats.metric_names import margin_of
from evenfold.stats.verdicts import BETTER, WORSE

REVISION_DIGITS = 10
Dates = Callable[[str], datetime | None]


def study_series(
    studies: Sequence[StudyScores], options: HistoryOptions, dates: Dates | None
) -> Iterator[ResultSeries]:
    """Yield the series of each model over the studies of the same splits on one machine.

    A study is compared, on the same splits, with the first one since the last change: without a
    change, each comparison errs with the probability ``options.rate``.
    """
    known = sorted((study for study in studies if study.environment), key=lambda s: s.machine)
    for _, of_machine in groupby(known, key=lambda study: study.machine):
        for group in group_studies(of_machine):
            ordered = [study for study in group if _has_label(study, options)]
            ordered.sort(key=lambda study: _order(study, options, dates))
            names = dict.fromkeys(m for study in ordered for m in study.model_scores.present)
            for model in names:
                having = [s for s in ordered if model in s.model_scores.present]
                yield _series(model, having, options)


def _series(model: str, studies: Sequence[StudyScores], options: HistoryOptions) -> ResultSeries:
    metric, first = options.metric, studies[0]
    points = []
    for study in studies:
        around = study.model_scores.interval(model, metric)
        points.append(
            HistoryPoint(
                _label(study, options), around.estimate, around.low, around.high, _date(study)
            )
        )
    changes: list[SeriesChange] = []
    start = 0
    for place in range(1, len(studies)):
        change = _change(model, studies[start], studies[place], place, options)
        if change is not None:
            changes.append(change)
            start = place
    title = f"{model}, {first.dataset}, {first.protocol}"
    margin = margin_of(metric, options.rope)
    return ResultSeries("study", title, first.machine, metric, "score", points, changes, margin)


def _change(
    model: str, before: StudyScores, after: StudyScores, place: int, options: HistoryOptions
) -> SeriesChange | None:
    """The change from the study that a level began with to another, if it is beyond the margin."""
    pair = {(model, ""): ((after.model_scores, model), (before.model_scores, model))}
    compared = compare_models(pair, options.metric, options.rope, options.rate)
    for comparison in compared.values():
        found = comparison.difference
        if comparison.verdict in (BETTER, WORSE):
            word = change_word("score", found.estimate)
            return SeriesChange(place, place, found.estimate, found.low, found.high, word)
    return None


def _has_label(study: StudyScores, options: HistoryOptions) -> bool:
    return options.by != "revision" or bool(study.environment.get("revision"))


def _label(study: StudyScores, options: HistoryOptions) -> str:
    if options.by == "version":
        return study.environment_name
    if options.by == "revision":
        return str(study.environment["revision"])[:REVISION_DIGITS]
    return _date(study).strftime("%Y-%m-%d %H:%M")


def _order(
    study: StudyScores, options: HistoryOptions, dates: Dates | None
) -> tuple[list[tuple[int, str]], datetime]:
    """By version in natural order; else by the date of the commit, or of the file."""
    when = _date(study)
    if options.by == "version":
        return natural_text(study.environment_name), when
    revision = str(study.environment.get("revision") or "").rstrip("+")
    committed = dates(revision) if dates else None
    return [], committed or when


def _date(study: StudyScores) -> datetime:
    """When the scores were first written; of an older evenfold's, when their file was.

    A study without a file is older than every other.
    """
    if written := study.environment.get("written"):
        return datetime.fromisoformat(written).astimezone(timezone.utc)
    try:
        seconds = study.file.stat().st_mtime
    except OSError:
        seconds = 0.0
    return datetime.fromtimestamp(seconds, timezone.utc)

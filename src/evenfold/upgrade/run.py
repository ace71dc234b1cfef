"""Running an upgrade: two score studies, then the races of every model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from evenfold.errors import InterruptedRun, SkippedError, UsageError, WorkerError
from evenfold.race.conclusions import early_end
from evenfold.race.files import free_name, race_files
from evenfold.race.progress import line_monitor
from evenfold.race.ratio_words import ratio_cell
from evenfold.race.request import RaceRequest, race_name
from evenfold.race.run import run_race
from evenfold.race.tables import verdict_cell
from evenfold.render.progress import Line, Tell
from evenfold.render.words import counted
from evenfold.score.failures import failure_messages
from evenfold.score.fit_counts import planned_fits
from evenfold.score.progress import StudyProgress
from evenfold.score.run import ScoredStudy, StudyPlan, run_study
from evenfold.score.split_counts import with_split_counts
from evenfold.score.study_scores import StudyScores
from evenfold.upgrade.files import save_upgrade
from evenfold.upgrade.plan import plan_studies
from evenfold.upgrade.request import UpgradeRequest
from evenfold.upgrade.results import (
    FAILED,
    NOT_DEFINED,
    SKIPPED,
    Gap,
    GapReason,
    ModelUpgrade,
    ScoreChange,
    TimeChange,
    UpgradeResult,
    UpgradeSettings,
    has_gaps_only,
    score_changes,
    shortfalls,
    time_change,
)
from evenfold.upgrade.tables import score_cells

FELL_SHORT, SOME_FAILED = 1, 3


def run_upgrade(request: UpgradeRequest, tell: Tell) -> UpgradeResult:
    """Run both studies and the races of every model that has scores in both, and save the table.

    Parameters
    ----------
    request
        The upgrade.
    tell
        Prints messages: progress, the outcome of each race, and what is skipped or fails.

    Raises
    ------
    UsageError
        An environment cannot be used.
    DataError, PluginError
        The data or a model's file cannot be used.
    ResultsError
        A file cannot be written; what is finished is saved.
    """
    with plan_studies(request) as plans:
        before, after = _run_studies(request.settings, plans, tell)
    changes = _score_changes(request, (before, after))
    planned = planned_fits(request.settings.design)
    # Races take minutes: the scores need not wait for them.
    for model, change in changes.items():
        scores, difference, verdict = score_cells(change, planned)
        tell([f"{model}, {request.settings.metric}: {scores}, {difference}, {verdict}"])
    models = _run_all_races(request, changes, tell)
    result = UpgradeResult(
        models=models,
        environments=(before.plan.environment, after.plan.environment),
        settings=replace(
            request.settings, design=with_split_counts(request.settings.design, before.scores)
        ),
        has_missing_fits=bool(
            before.results.failed
            or after.results.failed
            or any(
                isinstance(change, ScoreChange) and change.fits < planned
                for change in changes.values()
            )
        ),
    )
    if not result.is_empty:
        save_upgrade(result, request.folder)
    return result


def upgrade_exit_code(
    models: Sequence[ModelUpgrade],
    fail_on: Collection[str],
    has_missing_fits: bool,
    lacks_evidence: bool = False,
) -> int:
    """Return 1 if a verdict is in ``fail_on`` or evidence is lacking, 3 if something is missing.

    It is 0 otherwise. Missing are fits or values, races that failed, or every comparison.
    """
    if lacks_evidence or shortfalls(models) & set(fail_on):
        return FELL_SHORT
    gaps = [result for model in models for result in model.results if isinstance(result, Gap)]
    if has_missing_fits or any(gap.reason != SKIPPED for gap in gaps):
        return SOME_FAILED
    return SOME_FAILED if has_gaps_only(models) else 0


def _run_studies(
    settings: UpgradeSettings, plans: Sequence[StudyPlan], tell: Tell
) -> list[ScoredStudy]:
    scored = []
    for name, plan in zip(settings.environments, plans, strict=True):
        progress = StudyProgress(tell, f"{name}: ")
        try:
            study = run_study(plan, progress)
        except InterruptedRun as error:
            raise InterruptedRun(f"in {name} {error}") from error
        finally:
            progress.close()
        tell(f"in {name}: {note}" for note in study.notes)
        skipped, failed = study.results.skipped, study.results.failed
        tell(f"{model} skipped in {name}: {reason}" for model, reason in skipped.items())
        tell(f"in {name}: {message}" for message in failure_messages(failed.values()))
        if not len(study.scores):
            tell([f"in {name} no fit of any model has a score"])
        scored.append(study)
    return scored


def _score_changes(
    request: UpgradeRequest, scored: tuple[ScoredStudy, ScoredStudy]
) -> dict[str, ScoreChange | Gap]:
    """The change of each model's scores, or why there is none."""
    settings = request.settings
    before, after = (
        StudyScores(
            label=name,
            machine="",
            dataset=settings.dataset,
            protocol="",
            design=with_split_counts(settings.design, study.scores),
            scores=study.scores,
            file=study.file,
            environment={},
            interval=settings.interval,
            order=tuple(request.races),
            arrays=study.prediction_arrays,
        )
        for name, study in zip(settings.environments, scored, strict=True)
    )
    changes: Mapping[str, ScoreChange] = score_changes(
        before, after, settings.metric, settings.rope
    )
    return {
        model: changes.get(model) or _gap(model, settings.environments, scored)
        for model in request.races
    }


def _gap(model: str, environments: tuple[str, str], scored: Sequence[ScoredStudy]) -> Gap:
    skipped, failed = [], []
    for name, study in zip(environments, scored, strict=True):
        if model in study.results.skipped:
            skipped.append(name)
        elif model not in set(study.scores["model"]):
            failed.append(name)
    if not skipped and not failed:
        # Both environments have fits, but fewer than two that can be paired have a value.
        return Gap(NOT_DEFINED)
    reason: GapReason = FAILED if failed else SKIPPED
    return Gap(reason, " and ".join(failed or skipped))


def _run_all_races(
    request: UpgradeRequest, changes: Mapping[str, ScoreChange | Gap], tell: Tell
) -> list[ModelUpgrade]:
    """Run the races of every model. Raises InterruptedRun, which says what is saved."""
    try:
        return [_run_races(request, model, change, tell) for model, change in changes.items()]
    except KeyboardInterrupt as error:
        races = counted(len([*race_files(request.folder)]), "race")
        raise InterruptedRun(
            f"all fits are saved, and {races} in {request.folder}; the same command runs no fit "
            "again, and the races from the beginning"
        ) from error


def _run_races(
    request: UpgradeRequest, model: str, score: ScoreChange | Gap, tell: Tell
) -> ModelUpgrade:
    """Run the races of a model; one without a score in an environment is not raced."""
    pair = request.races[model]
    measure = pair.training.settings.measure
    if isinstance(score, Gap) and score.reason != NOT_DEFINED:
        return ModelUpgrade(model, score, measure, score, score)
    training = _run_race(model, pair.training, request.folder, tell)
    prediction = _run_race(model, pair.prediction, request.folder, tell)
    return ModelUpgrade(model, score, measure, training, prediction)


def _run_race(model: str, race: RaceRequest, folder: Path, tell: Tell) -> TimeChange | Gap:
    """Run and save a race, and print its outcome."""
    label = f"{model}, {race.settings.measure}"
    line = Line(tell)
    monitor = line_monitor(line, lambda: f"{label}: ")
    try:
        name = free_name(race_name(list(race.contenders), race.settings), folder)
        finished = run_race(replace(race, name=name), monitor).race
    except SkippedError as error:
        line.say(str(error))
        return Gap(SKIPPED)
    except (UsageError, WorkerError) as error:
        line.say(f"{label}: {error}")
        return Gap(FAILED)
    finally:
        line.close()
    (ratio,) = finished.ratios
    verdict, early = verdict_cell(finished, ratio), early_end(finished)
    line.say(f"{label}: {', '.join(filter(None, [ratio_cell(ratio), verdict, early]))}")
    return time_change(finished)

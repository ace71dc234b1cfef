"""The table of an upgrade: each model's scores and times in both environments."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.race.ratio_words import WIDTH, judged_cell, ratio_cell
from evenfold.render.cells import NONE, change_cell
from evenfold.render.media import sentence
from evenfold.render.tables import write
from evenfold.render.words import counted
from evenfold.runtime.environment import HARNESS, Environment
from evenfold.score.captions import design_text, positive_caption
from evenfold.score.fit_counts import of_planned, planned_fits
from evenfold.score.settling import MOST_PAIRS, advice_lines
from evenfold.score.tables import comparison_cells, verdict_words
from evenfold.stats.comparisons import IntervalMethod
from evenfold.stats.metric_names import margin_of
from evenfold.upgrade.conclusions import upgrade_conclusion, upgrade_next_step
from evenfold.upgrade.results import (
    NOT_DEFINED,
    Gap,
    ModelUpgrade,
    ScoreChange,
    TimeChange,
    UpgradeSettings,
)

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
INTERVAL_WORDS: dict[IntervalMethod, str] = {
    "rows": "rest on test rows and fits",
    "nadeau-bengio": "are corrected for overlap (Nadeau and Bengio)",
}
SCORE_COLUMNS = (
    "before", "after", "fits", "fits_planned", "difference", "score_low", "score_high",
    "score_confidence", "score", "rows_to_settle", "repeats_to_settle",
)  # fmt: skip
TIME_COLUMNS = ("seconds_before", "seconds_after", "ratio", "low", "high", "verdict")
# Ratios to a tenth of a percent: the table is wide, and that of the race has one digit more.
RATIO_DIGITS = 3
NUMBER_COLUMNS = (
    "model", "metric", "positive", "environment_before", "environment_after", *SCORE_COLUMNS,
    "clock", "training_measure", *(f"training_{name}" for name in TIME_COLUMNS),
    *(f"predict_{name}" for name in TIME_COLUMNS),
)  # fmt: skip


def upgrade_table(models: Sequence[ModelUpgrade], settings: UpgradeSettings) -> pd.DataFrame:
    """Return one row for each model: score, training and one-row prediction, with verdicts.

    All cells are text. Without any times, as in files of an older evenfold, there is no column of
    them.
    """
    import pandas as pd

    planned = planned_fits(settings.design)
    rows = [
        (
            model.model,
            *score_cells(model.score, planned),
            *_time_cells(model.training),
            *_time_cells(model.prediction),
        )
        for model in models
    ]
    before, after = settings.environments
    head = ["model", f"{settings.metric}, {before} → {after}", f"Δ {settings.metric}", "score"]
    of_times = [
        title
        for name in ("training", "predict")
        for title in (f"{name} time", f"{name} ratio", name)
    ]
    table = pd.DataFrame(rows, columns=[*head, *of_times])
    times = [time for model in models for time in (model.training, model.prediction)]
    if any(isinstance(time, TimeChange) and time.seconds is not None for time in times):
        return table
    return table.drop(columns=[of_times[0], of_times[3]])


def upgrade_numbers(models: Sequence[ModelUpgrade], settings: UpgradeSettings) -> pd.DataFrame:
    """Return one row of numbers for each model; the columns are ``NUMBER_COLUMNS``.

    ``before`` and ``after`` are scores of ``metric`` over the paired ``fits``, of the
    ``fits_planned``, and ``positive`` is the class it may be about; ``difference``, with its
    interval ``score_low`` to ``score_high`` of ``score_confidence`` (95 % for all models together),
    is oriented so that above 0 is better; ``score`` is the verdict on it. ``clock`` is wall or cpu.
    Training (``training_measure``: epoch or fit) and prediction have median seconds of one unit
    before and after, a ratio, after over before, its 99 % interval and a verdict. The numbers
    ``rows_to_settle`` and ``repeats_to_settle``, in all, settle an undecided score with 80 %
    chance. A verdict may be ``skipped``, ``failed`` or ``not defined``: the numbers beside it are
    then NaN. So are times that a file of an older evenfold lacks.
    """
    import pandas as pd

    rows = [
        (
            model.model, settings.metric, settings.positive, *settings.environments,
            *_score_numbers(model.score, planned_fits(settings.design)),
            settings.clock, model.measure,
            *_time_numbers(model.training), *_time_numbers(model.prediction),
        )
        for model in models
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(NUMBER_COLUMNS))


def upgrade_text(
    models: Sequence[ModelUpgrade],
    settings: UpgradeSettings,
    environments: Sequence[Environment],
    style: str,
    folder: Path | None = None,
) -> str:
    """Write an upgrade in a format; tables for people have a caption and the versions.

    ``folder`` is where it is saved, for people to read.
    """
    if style in ("csv", "json"):
        return write(upgrade_numbers(models, settings), style)
    named = dict(zip(settings.environments, environments, strict=True))
    table = write(upgrade_table(models, settings), style)
    first = sentence(upgrade_conclusion(models, settings), style)
    advice = "\n".join(upgrade_settling_lines(models, settings))
    after = [upgrade_caption(settings), *missing_score_notes(models, settings), advice]
    last = [] if folder is None else [f"Saved in {folder}"]
    last.append(upgrade_next_step(models, settings, folder))
    parts = [*filter(None, after), versions_text(named), "\n".join(last)]
    around = [sentence(part, style) for part in parts]
    return "\n\n".join(filter(None, [first, table, *around]))


def upgrade_settling_lines(models: Sequence[ModelUpgrade], settings: UpgradeSettings) -> list[str]:
    """Return what would settle undecided scores and times, one sentence each, a few at most."""
    before, after = settings.environments
    scores = {
        f"{model.model} in {after}": model.score.advice
        for model in models
        if isinstance(model.score, ScoreChange) and model.score.advice is not None
    }
    of_times = [
        f"{what} of {model.model}: {line}"
        for model in models
        for what, time in (("Training", model.training), ("Prediction", model.prediction))
        if isinstance(time, TimeChange)
        for line in time.settling
    ]
    return [*advice_lines(scores, f"itself in {before}"), *of_times[:MOST_PAIRS]]


def missing_score_notes(models: Sequence[ModelUpgrade], settings: UpgradeSettings) -> list[str]:
    """Return a sentence on each model whose score lacks fits that are planned."""
    planned = planned_fits(settings.design)
    notes = []
    for model in models:
        if isinstance(model.score, ScoreChange) and model.score.fits < planned:
            reason = f"the others failed, or {settings.metric} is not defined in them"
            fits = f"{model.score.fits} of {counted(planned, 'pair')} of fits"
            notes.append(f"The score of {model.model} is over {fits}: {reason}.")
        elif model.score == Gap(NOT_DEFINED):
            notes.append(
                f"{settings.metric} is defined in fewer than two pairs of fits of {model.model}: "
                "there is no verdict on its score."
            )
    return notes


def upgrade_caption(settings: UpgradeSettings) -> str:
    """Describe the numbers, intervals and verdicts."""
    before, after = settings.environments
    margin = margin_of(settings.metric, settings.rope)
    threads = "one thread" if settings.threads == 1 else counted(settings.threads, "thread")
    times, order = ("Times", "in turns") if settings.clock == "wall" else ("CPU times", "at once")
    text = (
        f"{settings.dataset}. Score: {settings.metric} over the fits that both environments have, "
        f"{design_text(settings.design)}. A Δ above 0 is better. Its "
        f"intervals {INTERVAL_WORDS[settings.interval]}, and hold for all models at once (95 %); "
        f"the margin is {margin:g}. {times} of {before} → {after}, {threads}: medians, raced "
        f"{order}. Ratios are of {after} to {before}, estimated over launches, so that they are "
        "near those of the medians. A ratio below 1 is faster. Intervals of ratios (99 %) are of "
        "each race by itself. Training is an epoch of a network, one after the first of a fit by "
        "Keras' own fit, and a whole fit of an estimator; predict is of one row. The scores' fits "
        "of networks ran by another engine, several at a time: their pace does not show how fast "
        f"training is. The margin of a ratio is {100 * settings.margin:.3g} %; an undecided "
        "verdict shows the difference that would be detected half of the time. Differences below "
        "a margin do not matter in practice. "
        f"{positive_caption(settings.metric, settings.positive)}"
    )
    return textwrap.fill(text, WIDTH)


def versions_text(environments: Mapping[str, Environment]) -> str:
    """List each environment's Python, packages, and the flags that differ between them."""
    flags = [environment.flags for environment in environments.values()]
    lines = []
    for name, environment in environments.items():
        packages = [
            f"{package} {version}"
            for package, version in environment.versions.items()
            if package not in HARNESS
        ]
        settings = [
            f"{flag}={value}"
            for flag, value in sorted(environment.flags.items())
            if any(other.get(flag) != value for other in flags)
        ]
        parts = [f"Python {environment.python}", *packages, *settings]
        lines.append(f"{name}: {', '.join(parts)}")
    return "\n".join(lines)


def score_cells(score: ScoreChange | Gap, planned: int) -> tuple[str, str, str]:
    """Return a model's scores before and after, their difference with its interval, a verdict."""
    if isinstance(score, Gap):
        return NONE, NONE, str(score)
    difference, _ = comparison_cells(score.comparison, planned)
    verdict = verdict_words(score.comparison) + of_planned(score.fits, planned)
    return f"{score.before:.4f} → {score.after:.4f}", difference, verdict


def _time_cells(time: TimeChange | Gap) -> tuple[str, str, str]:
    if isinstance(time, Gap):
        return NONE, NONE, str(time)
    seconds = NONE if time.seconds is None else change_cell(*time.seconds)
    return seconds, ratio_cell(time.ratio, RATIO_DIGITS), judged_cell(time, time.is_judged)


def _score_numbers(score: ScoreChange | Gap, planned: int) -> tuple[Any, ...]:
    if isinstance(score, Gap):
        return NAN, NAN, 0, planned, NAN, NAN, NAN, NAN, score.reason, NAN, NAN
    comparison = score.comparison
    d = comparison.difference
    means = (score.before, score.after, score.fits, planned)
    needed = (None, None) if score.advice is None else score.advice.needed
    numbers = [NAN if number is None else float(number) for number in needed]
    judged = (d.estimate, d.low, d.high, 1 - comparison.level, comparison.verdict)
    return *means, *judged, *numbers


def _time_numbers(time: TimeChange | Gap) -> tuple[Any, ...]:
    if isinstance(time, Gap):
        return NAN, NAN, NAN, NAN, NAN, time.reason
    seconds = (NAN, NAN) if time.seconds is None else time.seconds
    return *seconds, time.ratio.estimate, time.ratio.low, time.ratio.high, time.verdict

"""The first sentences of an upgrade: which scores and times are shown to have changed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from evenfold.plugins.dataset_options import DEFAULT
from evenfold.plugins.models import model_names
from evenfold.render.words import listed
from evenfold.runtime.version_environments import VERSION_NAME
from evenfold.score.conclusions import conclusion
from evenfold.stats.race_ratios import FINAL_VERDICTS
from evenfold.stats.verdicts import SLOWER
from evenfold.upgrade.results import (
    FAILED,
    Gap,
    ModelUpgrade,
    ScoreChange,
    TimeChange,
    UpgradeSettings,
)
from evenfold.upgrade.time_sentences import time_sentences


def upgrade_conclusion(models: Sequence[ModelUpgrade], settings: UpgradeSettings) -> str:
    """State which models are better or worse, and which times are faster or slower, by how much."""
    before, after = settings.environments
    compared = {
        f"{model.model} in {after}": model.score.comparison
        for model in models
        if isinstance(model.score, ScoreChange)
    }
    sentences = [conclusion(compared, f"itself in {before}", settings.metric)]
    sentences += time_sentences(models, settings)
    unmeasured = failed_races(models)
    if unmeasured:
        verb = "was" if len(unmeasured) == 1 else "were"
        sentences.append(f"{_capital(listed(unmeasured))} {verb} not measured: the race failed.")
    return " ".join(filter(None, sentences))


def upgrade_next_step(
    models: Sequence[ModelUpgrade], settings: UpgradeSettings, folder: Path | None
) -> str:
    """Return the next useful command after an upgrade.

    Parameters
    ----------
    models
        What the upgrade showed of each model.
    settings
        What it compared.
    folder
        Where it is saved; None if that is unknown.
    """
    times = [
        time
        for model in models
        for time in (model.training, model.prediction)
        if isinstance(time, TimeChange)
    ]
    if failed_races(models):
        return (
            "Next: read above why a race failed. If its budget was too small, evenfold upgrade "
            "with the same options and a larger --budget runs the races again, and no finished fit."
        )
    bisect = _bisect_command(models, settings)
    if bisect:
        return f"Next: {bisect} finds the version that made it slower."
    if any(time.verdict not in FINAL_VERDICTS for time in times):
        return (
            "Next: evenfold upgrade with the same options and a larger --budget narrows the "
            "intervals of times: races run again, and finished fits do not."
        )
    results = "" if folder is None else f" --results {shlex.quote(str(folder))}"
    return f"Next: evenfold report{results} writes all tables and figures on one page."


def failed_races(models: Sequence[ModelUpgrade]) -> list[str]:
    """Return the times that have no race because it failed, of models that have scores."""
    return [
        f"{name} of {model.model}"
        for model in models
        for name, time in (("training", model.training), ("prediction", model.prediction))
        if isinstance(time, Gap) and time.reason == FAILED and time != model.score
    ]


def _bisect_command(models: Sequence[ModelUpgrade], settings: UpgradeSettings) -> str:
    """Return the command that finds the version of the slowest time; "" if there is none.

    It is for versions of TensorFlow with others between them.
    """
    first, last = map(VERSION_NAME.fullmatch, settings.environments)
    if not first or not last or first[1] != last[1] or abs(int(first[2]) - int(last[2])) < 2:
        return ""
    slower = [
        (time.ratio.estimate, model, rows)
        for model in models
        for time, rows in ((model.training, ""), (model.prediction, " --rows 1"))
        if isinstance(time, TimeChange) and time.verdict == SLOWER
    ]
    before, after = settings.environments
    if not slower:
        return ""
    _, model, rows = max(slower, key=lambda one: one[0])
    measure = " --measure fit" if not rows and model.measure == "fit" else ""
    command = f"evenfold bisect {before} {after} {shlex.quote(model.model)}{measure}{rows}"
    is_built_in = settings.dataset == DEFAULT and model.model in model_names(())
    return command if is_built_in else f"{command}, with the same data and --models,"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]

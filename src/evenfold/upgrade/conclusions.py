"""The first sentences of an upgrade: which scores and times are shown to have changed."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from evenfold.render.words import listed
from evenfold.score.conclusions import conclusion
from evenfold.stats.race_ratios import FINAL_VERDICTS
from evenfold.stats.verdicts import FASTER, SLOWER, TimeVerdict
from evenfold.upgrade.results import (
    FAILED,
    Gap,
    ModelUpgrade,
    ScoreChange,
    TimeChange,
    UpgradeSettings,
)


def upgrade_conclusion(models: Sequence[ModelUpgrade], settings: UpgradeSettings) -> str:
    """State which models are shown to be better or worse, and which times faster or slower."""
    before, after = settings.environments
    compared = {
        f"{model.model} in {after}": model.score.comparison
        for model in models
        if isinstance(model.score, ScoreChange)
    }
    times = {
        f"{name} of {model.model}": time.verdict
        for model in models
        for name, time in (("training", model.training), ("prediction", model.prediction))
        if isinstance(time, TimeChange)
    }
    sentences = [conclusion(compared, f"itself in {before}", settings.metric)]
    sentences += _of_times(times, settings) if times else []
    unmeasured = failed_races(models)
    if unmeasured:
        verb = "was" if len(unmeasured) == 1 else "were"
        sentences.append(f"{_capital(listed(unmeasured))} {verb} not measured: the race failed.")
    return " ".join(filter(None, sentences))


def upgrade_next_step(models: Sequence[ModelUpgrade], folder: Path | None) -> str:
    """Return the next useful command after an upgrade.

    Parameters
    ----------
    models
        What the upgrade showed of each model.
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


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _of_times(times: dict[str, TimeVerdict], settings: UpgradeSettings) -> list[str]:
    beyond = f"than in {settings.environments[0]} by more than {100 * settings.margin:.3g} %"
    shown = {word: [n for n, v in times.items() if v == word] for word in (SLOWER, FASTER)}
    if not any(shown.values()):
        return [f"No time is shown to be slower or faster {beyond}."]
    return [
        f"{_capital(listed(names))} {'is' if len(names) == 1 else 'are'} shown to be {word} "
        f"{beyond}."
        for word, names in shown.items()
        if names
    ]

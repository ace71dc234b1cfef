"""The first sentence above a table of checks, and the next command below it."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from evenfold.render.words import counted, listed
from evenfold.worker.checks import FAILED, SKIPPED, CheckOutcome

# More failed models than this are counted, not named.
MOST_NAMED = 5
BASELINE = "logistic_regression"


def check_conclusion(outcomes: Sequence[CheckOutcome]) -> str:
    """State which models fail which checks, or that all pass; "" without an outcome."""
    models = list(dict.fromkeys(outcome.model for outcome in outcomes))
    failed: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.result == FAILED:
            failed.setdefault(outcome.model, []).append(outcome.check)
    if not models:
        return ""
    if failed:
        named = [f"{model} fails {listed(checks)}" for model, checks in failed.items()]
        more = len(named) - MOST_NAMED
        rest = f"; so do {more} others" if more > 0 else ""
        of = f" ({len(failed)} of {counted(len(models), 'model')})" if len(models) > 1 else ""
        return f"{'; '.join(named[:MOST_NAMED])}{rest}{of}."
    skipped = sum(outcome.result == SKIPPED for outcome in outcomes)
    if skipped == len(outcomes):
        return "Every check was skipped."
    but = f"; {counted(skipped, 'check')} skipped" if skipped else ""
    if len(models) == 1:
        return f"{models[0]} passes every check that applies{but}."
    return f"All {len(models)} models pass every check that applies{but}."


def check_next_step(
    outcomes: Sequence[CheckOutcome], folders: Sequence[Path] = (), of_studies: bool = False
) -> str:
    """Return the next useful command after checks.

    Parameters
    ----------
    outcomes
        The outcomes.
    folders
        The folders of models that the user names.
    of_studies
        Whether score studies were checked.
    """
    models = list(dict.fromkeys(outcome.model for outcome in outcomes))
    failed = dict.fromkeys(outcome.model for outcome in outcomes if outcome.result == FAILED)
    options = "".join(f" --models {shlex.quote(str(folder))}" for folder in folders)
    if failed:
        names = " ".join(map(shlex.quote, failed))
        study = " --study and the same data" if of_studies else ""
        return f"Next: after a change, evenfold check {names}{options}{study} checks again."
    others = [model for model in models if model != BASELINE]
    names = " ".join(map(shlex.quote, [BASELINE, *others[:1]]))
    return f"Next: evenfold score {names}{options} shows how good a model is beside a baseline."

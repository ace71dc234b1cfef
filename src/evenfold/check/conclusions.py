"""The first sentence above a table of checks, and the next command below it."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from evenfold.render.words import counted, listed
from evenfold.worker.checks import BUILDS, EXPECTED, FAILED, LOADS, PASSED, SKIPPED, CheckOutcome
from evenfold.worker.process_reports import CheckStatus

# More failed models than this are counted, not named.
MOST_NAMED = 5
BASELINE = "logistic_regression"


def check_conclusion(outcomes: Sequence[CheckOutcome], of_studies: bool = False) -> str:
    """State what fails, or that everything holds; "" without an outcome.

    Parameters
    ----------
    outcomes
        The outcomes.
    of_studies
        Whether score studies were checked, instead of models.
    """
    models = list(dict.fromkeys(outcome.model for outcome in outcomes))
    if not models:
        return ""
    counts = Counter(outcome.result for outcome in outcomes)
    if counts[FAILED]:
        return _failures(outcomes, models, of_studies)
    if counts[SKIPPED] == len(outcomes):
        return "Every check was skipped; the table has the reasons."
    subject = models[0] if len(models) == 1 else f"All {len(models)} models"
    one = len(models) == 1
    holds = "keeps the contract" if one else "keep the contract"
    if of_studies:
        subject = "Score studies of these data"
        holds = f"with {models[0]} keep their promises" if one else "keep their promises"
    return f"{subject} {holds}: {_passed(counts, len(outcomes))}."


def _passed(counts: Mapping[CheckStatus, int], total: int) -> str:
    """Return ``15 of 17 checks passed, 2 do not apply``."""
    parts = [f"{counts[PASSED]} of {counted(total, 'check')} passed"]
    if skipped := counts[SKIPPED]:
        parts.append(f"{skipped} {'does' if skipped == 1 else 'do'} not apply")
    if expected := counts[EXPECTED]:
        parts.append(f"{expected} failed as the model declares")
    return ", ".join(parts)


def _failures(outcomes: Sequence[CheckOutcome], models: Sequence[str], of_studies: bool) -> str:
    failed: dict[str, list[str]] = {}
    for outcome in outcomes:
        if outcome.result == FAILED:
            failed.setdefault(outcome.model, []).append(outcome.check)
    if len(models) == 1:
        ((model, checks),) = failed.items()
        if checks[0] in (LOADS, BUILDS):
            return f"{model} cannot be checked: the check {checks[0]} failed."
        breaks = f"{model} breaks the contract"
        if of_studies:
            breaks = f"A score study of these data with {model} breaks a promise"
        return f"{breaks}: {len(checks)} of {len(outcomes)} checks failed, {listed(checks)}."
    named = [f"{model} fails {listed(checks)}" for model, checks in failed.items()]
    more = len(named) - MOST_NAMED
    rest = f"; so do {more} others" if more > 0 else ""
    return (
        f"{len(failed)} of {counted(len(models), 'model')} failed checks: "
        f"{'; '.join(named[:MOST_NAMED])}{rest}."
    )


def detail_lines(outcomes: Sequence[CheckOutcome]) -> list[str]:
    """Return the details of a table for a terminal, where a column for them has no room."""
    checks: dict[tuple[str, str, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.detail:
            key = outcome.model, outcome.result, outcome.detail
            checks.setdefault(key, []).append(outcome.check)
    return [
        f"{model}: {listed(names)} {result}: {detail}"
        for (model, result, detail), names in checks.items()
    ]


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
        return (
            "Next: change what the details name, then evenfold check "
            f"{names}{options}{study} checks again."
        )
    others = [model for model in models if model != BASELINE]
    names = " ".join(map(shlex.quote, [BASELINE, *others[:1]]))
    return f"Next: evenfold score {names}{options} shows how good a model is beside a baseline."

"""The contract suite: runs every check on one model and reports the outcomes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Callable, Iterable, Iterator

from evenfold.errors import EvenfoldError, Skip, did_you_mean
from evenfold.worker.check_subject import CheckFailure, CheckSubject
from evenfold.worker.contract_checks import CHECKS
from evenfold.worker.device import Framework
from evenfold.worker.error_text import error_message, whole_message
from evenfold.worker.fresh_fits import FreshFits
from evenfold.worker.plugin import Plugin
from evenfold.worker.process_reports import CheckStatus

PASSED: CheckStatus = "passed"
FAILED: CheckStatus = "failed"
SKIPPED: CheckStatus = "skipped"
EXPECTED: CheckStatus = "expected failure"
LOADS, BUILDS = "loads", "builds"
CHECKS_OF_A_MODEL = 1 + len(CHECKS)  # with BUILDS; a file that does not load has one outcome
# Of the message of an error.
MOST_CHARACTERS = 300
# Keras puts a model's whole configuration before what is wrong.
BEFORE_THE_CAUSE = "Exception encountered: "


@dataclass(frozen=True)
class CheckOutcome:
    """The result of one check of one model, with the reason, or a note if it passed."""

    model: str
    check: str
    result: CheckStatus
    detail: str = ""


def check_model(
    plugin: Plugin,
    framework: Framework,
    names: Iterable[str] | None = None,
    fresh_fits: FreshFits | None = None,
) -> Iterator[CheckOutcome]:
    """Run the contract suite on one model and yield each outcome; the first one is ``builds``.

    A model that cannot be built, or that skips itself, has that outcome alone.

    Parameters
    ----------
    plugin
        The model.
    framework
        The opened framework.
    names
        Names of checks to run; None runs all.
    fresh_fits
        Where models are fitted in another process; None is nowhere.
    """
    requested = None if names is None else set(names)
    expected = plugin.model.expected_failures
    unknown = set(expected) - {check.__name__ for check in CHECKS}
    if unknown:
        known = ", ".join(check.__name__ for check in CHECKS)
        meant = did_you_mean(min(unknown), known.split(", "))
        detail = f"expected_failures names no check {min(unknown)!r}: there are {known}{meant}"
        yield CheckOutcome(plugin.name, BUILDS, FAILED, detail)
        return
    subject = CheckSubject(plugin, framework, fresh_fits)
    built = _run(plugin.name, BUILDS, lambda: subject.trained, None)
    yield built
    if built.result != PASSED:
        return
    for check in CHECKS:
        name = check.__name__
        if requested is None or name in requested:
            yield _run(plugin.name, name, partial(check, subject), expected.get(name))


def _brief(error: BaseException) -> str:
    """Return the message of an error in one line, without what Keras puts before it."""
    text = " ".join(whole_message(error).rpartition(BEFORE_THE_CAUSE)[2].split())
    if len(text) <= MOST_CHARACTERS:
        return text
    return text[: MOST_CHARACTERS - 3].rsplit(" ", 1)[0] + "..."


def _run(
    model: str, name: str, check: Callable[[], object], expected_reason: str | None
) -> CheckOutcome:
    """Run one check; ``expected_reason`` is why the model is known to fail it."""
    try:
        note = check()
    except Skip as skip:
        return CheckOutcome(model, name, SKIPPED, error_message(skip))
    # Whatever a model does wrong is its outcome; nobody else interrupts this process.
    except BaseException as error:
        is_described = isinstance(error, (CheckFailure, EvenfoldError))
        detail = (
            error_message(error)
            if is_described
            else f"raised {type(error).__name__}: {_brief(error)}"
        )
        if expected_reason is not None:
            return CheckOutcome(model, name, EXPECTED, f"{expected_reason} ({detail})")
        return CheckOutcome(model, name, FAILED, detail)
    if expected_reason is not None:
        detail = "passes, though expected_failures says that it fails"
        return CheckOutcome(model, name, FAILED, detail)
    return CheckOutcome(model, name, PASSED, note if isinstance(note, str) else "")

"""The progress of checks: first what runs, then the last outcome, and every failure at once."""

from __future__ import annotations

from collections.abc import Sequence

from evenfold.render.progress import Line, Tell
from evenfold.render.words import counted
from evenfold.worker.checks import CHECKS_OF_A_MODEL, FAILED, CheckOutcome


class CheckProgress:
    """Shows how far checks are.

    Parameters
    ----------
    tell
        Prints messages.
    models
        The names of the models.
    dataset
        The data of the studies that are checked; None where models are.
    """

    def __init__(self, tell: Tell, models: Sequence[str], dataset: str | None = None) -> None:
        """Show what runs."""
        self.line = Line(tell)
        self._total = None if dataset else len(models) * CHECKS_OF_A_MODEL
        self._done: list[CheckOutcome] = []
        self._models = list(models)
        self.line.say(check_announcement(models, dataset))

    def __call__(self, outcome: CheckOutcome) -> None:
        """Show an outcome."""
        self._done.append(outcome)
        text = f"{outcome.model}: {outcome.check}: {outcome.result}"
        if outcome.result == FAILED:
            self.line.say(f"{text}: {outcome.detail}" if outcome.detail else text)
            return
        if self._total is None:
            self.line.show(f"{counted(len(self._done), 'check')} done, {text}")
            return
        # A model that cannot be used has fewer checks than others.
        before = self._models.index(outcome.model) * CHECKS_OF_A_MODEL
        own = sum(done.model == outcome.model for done in self._done)
        number = before + own
        self.line.show(
            f"{number} of {counted(self._total, 'check')}, {text}", share=number / self._total
        )

    def close(self) -> None:
        """End the line, so that what follows begins a new one."""
        self.line.close()


def check_announcement(models: Sequence[str], dataset: str | None = None) -> str:
    """Return what is checked: ``2 models × 17 checks on generated data: conv1d, svm_rbf``."""
    names = ", ".join(models)
    if dataset:
        return (
            f"checks of score studies of {dataset}, each of which trains "
            f"{counted(len(models), 'model')} many times: {names}"
        )
    return (
        f"{counted(len(models), 'model')} × {CHECKS_OF_A_MODEL} checks on small generated data, "
        f"in a process that starts a framework first: {names}"
    )

"""Fits of score studies in a worker: each as if it were the first of its process.

Where the engine can train several at once, the fits that follow are trained with the first of them,
and answered when they are asked for.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Callable, Sequence

from evenfold.contract import Fold
from evenfold.worker.device import backend_name, fits_at_once
from evenfold.worker.engines.jax.training import BegunFit
from evenfold.worker.fits import Fitter, StudyFit
from evenfold.worker.fold_files import read_fold
from evenfold.worker.memory import resident
from evenfold.worker.plugin import Plugin, load_plugin, require_complete
from evenfold.worker.process_state.guard import StateGuard
from evenfold.worker.protocol import FitJob, FitMessage, FitResult, LoadMessage, PrepareMessage
from evenfold.worker.source_modules import activate
from evenfold.worker.sources import read_saved


class StudyFits:
    """Runs fits, and keeps those that were trained ahead.

    Parameters
    ----------
    fitter, guard
        What trains models, and what restores the process after each.
    folder
        Where to make the folders that models run in; None is the system's.
    keep_programs
        Called when a training has been compiled.
    """

    def __init__(
        self,
        fitter: Fitter,
        guard: StateGuard,
        folder: Path | None,
        keep_programs: Callable[[], None],
    ) -> None:
        """Import and build nothing yet."""
        self.keep_programs = keep_programs
        self.fitter = fitter
        self.guard = guard
        self.folder = folder
        self.at_once = fits_at_once(os.environ) if backend_name() == "jax" else 1
        self.ahead: dict[str, StudyFit] = {}

    def fit(self, job: FitMessage) -> FitResult:
        """Run one fit of a score study."""
        if job["key"] not in self.ahead and self.at_once > 1:
            self.ahead = self._fit_ahead([job, *job["ahead"]])
        ready = self.ahead.pop(job["key"], None)
        if ready is not None:
            return _fit_result(ready)
        fold = _fold(job)
        settings = job["seed"], job["engine"], job["curves"]
        fitted: StudyFit | None = None
        with self.guard.running(job["model"], self.folder):
            plugin = load_sent_model(job)
            if not self.fitter.prepare(plugin, fold, job["engine"]):
                fitted = self.fitter.fit(plugin, fold, *settings)
        if fitted is None:  # it was traced, and now begins as every other fit does
            self.guard.finish()
            self.keep_programs()
            with self.guard.running(job["model"], self.folder):
                plugin = load_sent_model(job)
                fitted = self.fitter.fit(plugin, fold, *settings)
        require_complete(plugin)
        return _fit_result(fitted)

    def _fit_ahead(self, jobs: Sequence[FitJob]) -> dict[str, StudyFit]:
        """Train the first fit and those that its engine can train with it, by key.

        Where another one fails, the first is trained without them, by the same program. Where it
        fails itself, there are none: alone, it fails for its own reason, or succeeds in ``fit``.
        """
        for group in (jobs, jobs[:1]):
            with suppress(Exception):
                return self._fit_together(group)
        return {}

    def _fit_together(self, jobs: Sequence[FitJob]) -> dict[str, StudyFit]:
        first = jobs[0]
        begun: dict[str, BegunFit] = {}
        rows = len(_fold(first).x_train)
        with self.guard.running(first["model"], self.folder):
            plugin = load_sent_model(first)
            if plugin.model.epochs is None or first["engine"] != "compiled":
                return {}
            self.fitter.prepare(plugin, _fold(first), first["engine"])
        for job in jobs:
            if self.guard.finish():  # what is left over must not reach another fit
                return {}
            fold = _fold(job)
            if len(fold.x_train) != rows or len(begun) == self.at_once:
                continue
            with self.guard.running(job["model"], self.folder):
                plugin = load_sent_model(job)
                begun[job["key"]] = self.fitter.begin(plugin, fold, job["seed"])
            require_complete(plugin)
        fits = list(begun.values())
        with self.guard.running(first["model"], self.folder):
            fitted = self.fitter.fit_together(plugin, fits, self.at_once, first["curves"])
        return dict(zip(begun, fitted))


def _fit_result(fitted: StudyFit) -> FitResult:
    return {
        "engine": fitted.engine,
        "note": fitted.note,
        "probabilities": fitted.probabilities.tolist(),
        "curves": None if fitted.curves is None else fitted.curves.tolist(),
        "history": {**fitted.history, **_seconds_of_epochs(fitted)},
        "seconds": fitted.seconds,
        "peak_bytes": fitted.peak_bytes,
        "resident_bytes": resident("VmRSS"),
    }


def _seconds_of_epochs(fitted: StudyFit) -> dict[str, list[float]]:
    """What a history has of the clock; nothing if the fit ended without an epoch's end."""
    seconds = list(fitted.epoch_seconds)
    lengths = {len(values) for values in fitted.history.values()}
    return {"epoch_seconds": seconds} if seconds and lengths == {len(seconds)} else {}


def _fold(job: FitJob) -> Fold:
    return read_fold(job["fold"], job["layout"], job["n_classes"])


def load_sent_model(message: LoadMessage | FitJob | PrepareMessage) -> Plugin:
    """Load a model, whose modules stay importable until the next one is loaded."""
    plugin = load_plugin(message["model"], read_saved(Path(message["sources"])))
    activate(plugin.modules)
    return plugin

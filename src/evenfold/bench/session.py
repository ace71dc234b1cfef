"""One bench run: its data, framework and models, opened once, and where its results go."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from evenfold.bench.ends import refused_exit
from evenfold.bench.framework_log import without_framework_log
from evenfold.bench.options import BenchOptions
from evenfold.bench.training_costs import training_costs
from evenfold.contract import Fold, Layout
from evenfold.errors import FitError
from evenfold.plugins.folders import built_in_folder, locate
from evenfold.plugins.models import load_model
from evenfold.plugins.stated_kind import states_network
from evenfold.worker import device, fit_record, inference, train
from evenfold.worker.build import build
from evenfold.worker.plugin import Plugin
from evenfold.worker.process_state.guard import StateGuard
from evenfold.worker.source_modules import active

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from evenfold.data.datasets import Dataset
    from evenfold.data.splits import Split
    from evenfold.runtime.environment import Environment

# The first epoch traces, the second shows how long the others will take.
WARM_UP_EPOCHS = 2
# Set by pytest anew for each phase of a test.
OF_PYTEST = ("sys.stdin", "sys.stdout", "sys.stderr", "the warnings filters", "logging levels")
Scores = dict[str, "float | None"]


class ExpectedFit(NamedTuple):
    """Seconds that a fit is expected to take, as a short one foretells them."""

    start: float  # tracing, and what only the first fit of a process does
    epochs: float


class BenchSession:
    """What the suites of a run share.

    Nothing heavy is imported before ``open``, which comes after collection.

    Parameters
    ----------
    options
        The options of the run.
    files
        The files of all models by name.
    specs
        The models to measure, in their canonical form.
    root
        The root of the project, as pytest finds it.
    """

    dataset: Dataset
    split: Split
    framework: device.Framework
    guard: StateGuard
    environment: Environment
    # Why a kind of device is not measured, or None.
    absent: Mapping[str, str | None]

    def __init__(
        self, options: BenchOptions, files: dict[str, Path], specs: Sequence[str], root: Path
    ) -> None:
        """Import nothing heavy yet."""
        self.options = options
        self.files = files
        self.specs = specs
        self.root = root
        is_one = options.device in device.KINDS
        self.device_kinds = [options.device] if is_one else list(device.KINDS)
        self.trained: dict[tuple[str, str], Any] = {}
        # Called with the number of finished fits of a training benchmark and of all of them.
        self.on_fit: Callable[[int, int], None] = lambda finished, count: None
        self.file: Path | None = None
        self._loaded: dict[str, Plugin] = {}
        self._is_network: dict[str, bool | None] = {}
        self._warm: set[tuple[str, str]] = set()
        # The model that left something in this process that cannot be restored, and what.
        self._leftover: tuple[str, str] | tuple[()] = ()

    def open(self, stack: ExitStack, print_message: Callable[[str], None], timed: bool) -> None:
        """Open data and framework, and hold the lock of timings until ``stack`` is closed.

        Raises
        ------
        UsageError, DataError, ResultsError
            An option, the data, or the folder of results cannot be used.
        """
        from evenfold.data.duplicates import count_duplicates
        from evenfold.data.splits import holdout
        from evenfold.plugins.datasets import open_dataset
        from evenfold.runtime.lock import timing_lock
        from evenfold.runtime.results_folder import require_writable

        options = self.options
        require_writable(options.results or self.root)
        self.dataset = open_dataset(options.data, self.root)
        self.split = holdout(self.dataset)[0]
        duplicates = count_duplicates(self.dataset, [self.split]).note
        for note in (*self.dataset.notes, *([duplicates] if duplicates else [])):
            print_message(note)
        with without_framework_log():
            self.framework = device.open_framework(options.threads, options.determinism)
        self.guard = StateGuard(lambda: self.framework, OF_PYTEST)
        stack.callback(self.guard.close)
        self.absent = dict(device.require(self.framework, options.device))
        self.environment = self._environment()
        if timed:
            stack.enter_context(timing_lock(print_message))

    @property
    def description(self) -> str:
        """What is measured, and where."""
        train, test = len(self.split.train), len(self.split.test)
        where = self.environment
        return (
            f"{self.dataset.name}, {train} training and {test} test rows, "
            f"{where.name} on {where.machine}"
        )

    def _environment(self) -> Environment:
        from evenfold.runtime import environment

        framework, threads = self.framework, self.options.threads
        found = environment.current_environment(
            framework.name,
            framework.threads,
            framework.determinism,
            framework.flags,
            self.options.machine,
            self.root,
        )
        if not threads:
            return found
        return replace(found, name=f"{found.name}-{threads}thread{'s' * (threads > 1)}")

    @contextmanager
    def running(self, spec: str) -> Iterator[Plugin]:
        """Load a model for one benchmark, which runs in a scratch folder.

        Models share this process. What one changes in it is restored before another one runs.

        Raises
        ------
        PluginError
            For a file that breaks the contract.
        FitError
            If another model has changed what cannot be restored.
        """
        self._require_clean(spec)
        is_switch = self.guard.is_switch(spec)
        with self.guard.running(spec), refused_exit(spec):
            if is_switch or spec not in self._loaded:
                self._loaded = {spec: load_model(spec, locate(spec, self.files))}
            plugin = self._loaded[spec]
            with active(plugin.modules):
                if is_switch and any(name == plugin.name for name, _ in self.trained):
                    # Its build may set what its predictions run with.
                    build(plugin, self.fold(plugin.model.layout).task)
                yield plugin

    def is_network(self, spec: str) -> bool | None:
        """Return whether a model's file states a network; None if that cannot be known."""
        if spec not in self._is_network:
            self._is_network[spec] = states_network(locate(spec, self.files))
        return self._is_network[spec]

    def is_built_in(self, spec: str) -> bool:
        """Return whether a model is one of evenfold's own."""
        return locate(spec, self.files).resolve().parent == built_in_folder().resolve()

    def _require_clean(self, spec: str) -> None:
        """Restore what another model has changed. Raises FitError if that is not possible."""
        if not self._leftover and self.guard.last and self.guard.is_switch(spec):
            changed = self.guard.state.restore()
            self._leftover = (self.guard.last, changed[0]) if changed else ()
        if self._leftover and self._leftover[0] != spec:
            changer, change = self._leftover
            raise FitError(
                f"{spec} is not measured: {changer} changed {change}, which cannot be restored in "
                f"this process; run it alone, with --model {spec}"
            )

    @cache  # noqa: B019 - one session a process
    def fold(self, layout: Layout) -> Fold:
        """Return the split, scaled and in a layout."""
        from evenfold.data.folds import make_fold

        return make_fold(self.dataset, self.split, layout)

    def prepare(
        self, contender: Plugin, kind: str, round_number: int, epochs: int | None = None
    ) -> train.PreparedFit:
        """Build a fresh model on a kind of device, with the seed of a round."""
        from evenfold.data.seeds import derive

        return train.prepare(
            contender,
            self.fold(contender.model.layout),
            derive(self.options.seed, contender.name, self.split.name, round_number),
            self.framework,
            kind,
            epochs or self.options.epochs,
        )

    def warm_up(self, contender: Plugin, kind: str) -> ExpectedFit | None:
        """Train once, shortly, unless that is done: it loads kernels and starts threads.

        Returns
        -------
        ExpectedFit, optional
            What a fit of full length is expected to take; None where that was returned before.
        """
        if (contender.name, kind) in self._warm:
            return None
        fit = self.prepare(contender, kind, 0, epochs=WARM_UP_EPOCHS)
        train.run(fit)
        self._warm.add((contender.name, kind))
        record, epochs = fit_record.record(fit), self.options.epochs or contender.model.epochs
        if record.steady_epoch_seconds is None or epochs is None:
            return ExpectedFit(fit.seconds, 0.0)
        epoch = record.steady_epoch_seconds
        return ExpectedFit(max(0.0, fit.seconds - WARM_UP_EPOCHS * epoch), epochs * epoch)

    def model(self, contender: Plugin, kind: str) -> Any:
        """Return a model trained at the run's length; the training suite's, if it has run."""
        key = (contender.name, kind)
        if key not in self.trained:
            fit = self.prepare(contender, kind, 0)
            train.run(fit)
            self.trained[key] = fit.model
        return self.trained[key]

    def scores(self, fit: train.PreparedFit, contender: Plugin, kind: str) -> Scores:
        """Score a finished fit on the test part."""
        fold = self.fold(contender.model.layout)
        classes = fold.task.n_classes
        return self.scores_of(
            inference.predict(fit.model, fold.x_test, self.framework, kind, classes)
        )

    def scores_of(self, probabilities: NDArray[np.float64]) -> Scores:
        """Score probabilities of the test part; a score that is not defined is None.

        Parameters
        ----------
        probabilities
            Shape ``(test rows, classes)``.
        """
        from evenfold.stats.metrics import compute_scores

        y = self.dataset.y[self.split.test]
        scores = compute_scores(y, probabilities, self.dataset.positive)
        return {name: None if math.isnan(value) else value for name, value in scores.items()}

    def majority_accuracy(self) -> float:
        """Return the accuracy of always predicting the most frequent class."""
        from evenfold.stats.metrics import majority_accuracy

        return majority_accuracy(self.dataset.y[self.split.train], self.dataset.y[self.split.test])

    def info(
        self, kind: Literal["training", "inference"], contender: Plugin, device_kind: str
    ) -> dict[str, object]:
        """Return what the ``extra_info`` of every benchmark has: what was measured, and on what."""
        return {
            "kind": kind,
            "model": contender.name,
            "device": device_kind,
            "dataset": self.dataset.name,
            "fingerprint": self.dataset.fingerprint,
            "split": self.split.name,
            "versions": self.environment.versions,
        }

    def training_info(
        self, contender: Plugin, kind: str, fits: Sequence[train.PreparedFit]
    ) -> dict[str, Any]:
        """Return the ``extra_info`` of a training benchmark: costs and scores of each round."""
        scores = [self.scores(fit, contender, kind) for fit in fits]
        return {
            **self.info("training", contender, kind),
            **training_costs(fits, self.options.epochs is None),
            **{name: [score[name] for score in scores] for name in scores[0]},
        }

    def save(self, bench: dict[str, Any], complete: bool) -> str:
        """Write what was measured, but not in place of a run with --full.

        Parameters
        ----------
        bench
            The JSON object of pytest-benchmark.
        complete
            Whether all models were measured with the defaults.

        Returns
        -------
        str
            A line on a run that was not replaced, or on models whose run was; or an empty text.
        """
        from evenfold.bench.saving import save_run

        self.file, note = save_run(bench, self.environment, self.root, self.options, complete)
        return note

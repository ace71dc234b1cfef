"""One bench run: its data, framework and models, opened once, and where its results go."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.contract import Fold, Layout
from evenfold.plugins.folders import locate
from evenfold.worker import device, inference, train
from evenfold.worker.plugin import Plugin, load_plugin

if TYPE_CHECKING:
    import numpy as np
    import pytest

DEFAULT_ROUNDS = 3


class Session:
    """What the suites share; ``open`` does what is heavy, after collection.

    ``specs`` are the models that are measured, as a user wrote them, and ``files`` those of all.
    """

    def __init__(self, config: pytest.Config, files: dict[str, Path], specs: Sequence[str]) -> None:
        """Nothing is imported yet."""
        self.config = config
        self.option = config.option
        self.files = files
        self.specs = specs
        choice = self.option.device
        self.device_kinds = [choice] if choice in device.KINDS else list(device.KINDS)
        self.everything = not self.option.models
        self.rounds: int = self.option.rounds or DEFAULT_ROUNDS
        self.trained: dict[tuple[str, str], Any] = {}
        self.items: Sequence[pytest.Item] = []
        self.saved: Path | None = None

    def open(self, held: ExitStack, say: Callable[[str], None]) -> None:
        """Data, split and framework, and the lock of timings, until ``held`` is closed.

        Raises UsageError, DataError or ResultsError for what a user has to mend.
        """
        from evenfold.data.splits import holdout
        from evenfold.plugins.datasets import DatasetOptions, open_dataset
        from evenfold.runtime import environment
        from evenfold.runtime.lock import timing_lock
        from evenfold.runtime.results_folder import require_writable

        option = self.option
        require_writable(option.results or self.config.rootpath)
        self.dataset = open_dataset(
            DatasetOptions(
                option.dataset or DatasetOptions.dataset,
                option.target,
                option.positive,
                option.group,
                option.data,
                tuple(option.datasets),
            ),
            self.config.rootpath,
        )
        for note in self.dataset.notes:
            say(note)
        self.split = holdout(self.dataset)[0]
        self.framework = device.open_framework(option.threads, option.determinism)
        self.absent = dict(device.require(self.framework, option.device))
        self.environment = environment.current(
            self.framework.name,
            self.framework.threads,
            self.framework.determinism,
            self.framework.flags,
            option.machine,
            self.config.rootpath,
        )
        if option.threads:
            name = f"{self.environment.name}-{option.threads}thread{'s' * (option.threads > 1)}"
            self.environment = replace(self.environment, name=name)
        if not option.benchmark_disable:
            held.enter_context(timing_lock(say))

    # What a fit is given

    @cache  # noqa: B019 - one Session a process
    def plugin(self, spec: str) -> Plugin:
        """A model, loaded once. Raises PluginError for a file that breaks the contract."""
        return load_plugin(spec, locate(spec, self.files))

    @cache  # noqa: B019
    def fold(self, layout: Layout) -> Fold:
        """The split, scaled and laid out."""
        from evenfold.data.folds import make_fold

        return make_fold(self.dataset, self.split, layout)

    def prepare(
        self, contender: Plugin, kind: str, number: int, epochs: int | None = None
    ) -> train.Prepared:
        """A fresh model on a device of that kind, with the seed of its number."""
        from evenfold.data.seeds import derive

        return train.prepare(
            contender,
            self.fold(contender.model.layout),
            derive(self.option.seed, contender.name, self.split.name, number),
            self.framework,
            kind,
            epochs or self.option.epochs,
        )

    def model(self, contender: Plugin, kind: str) -> Any:
        """A model that was trained at the run's length, by the training suite if it has run."""
        key = (contender.name, kind)
        if key not in self.trained:
            fit = self.prepare(contender, kind, 0)
            train.run(fit)
            self.trained[key] = fit.model
        return self.trained[key]

    # What is told of it

    def scores(self, fit: train.Prepared, contender: Plugin, kind: str) -> dict[str, float | None]:
        """Scores on the test part; NaN, which JSON has not, is None."""
        fold = self.fold(contender.model.layout)
        found = inference.predict(fit.model, fold.x_test, self.framework, kind, fold.task.n_classes)
        return self.scores_of(found)

    def scores_of(self, probabilities: np.ndarray) -> dict[str, float | None]:
        """Scores of probabilities of the test part's rows; NaN, which JSON has not, is None."""
        from evenfold.stats.metrics import compute_scores

        named = compute_scores(
            self.dataset.y[self.split.test], probabilities, self.dataset.positive
        )
        return {name: None if math.isnan(value) else value for name, value in named.items()}

    def majority_accuracy(self) -> float:
        """What always saying the commonest class scores."""
        from evenfold.stats.metrics import majority_accuracy

        return majority_accuracy(self.dataset.y[self.split.train], self.dataset.y[self.split.test])

    def info(self, kind: str, contender: Plugin, device_kind: str, **more: Any) -> dict[str, Any]:
        """What every benchmark says of itself in ``extra_info``: numbers and names only."""
        return {
            "kind": kind,
            "model": contender.name,
            "device": device_kind,
            "dataset": self.dataset.name,
            "fingerprint": self.dataset.fingerprint,
            "split": self.split.name,
            "versions": self.environment.versions,
            **more,
        }

    def training_info(
        self, contender: Plugin, kind: str, fits: Sequence[train.Prepared]
    ) -> dict[str, Any]:
        """Each round's costs and scores, a list an entry, and what all rounds share."""
        records = [asdict(train.record(fit)) for fit in fits]
        told = [train.record(fit) for fit in fits]
        shared = ("epochs", "batch_size", "parameters", "trainable_parameters", "jit_compile")
        each: dict[str, list[Any]] = {
            "seeds": [record["seed"] for record in records],
            "build_seconds": [record["build_seconds"] for record in records],
            "first_epoch_seconds": [record.first_epoch_seconds for record in told],
            "steady_epoch_seconds": [record.steady_epoch_seconds for record in told],
            "history": [record["history"] for record in records],
            "peak_gpu_bytes": [record["peak_gpu_bytes"] for record in records],
        }
        scores = [self.scores(fit, contender, kind) for fit in fits]
        each.update({name: [score[name] for score in scores] for name in scores[0]})
        return self.info(
            "training",
            contender,
            kind,
            engine="keras" if fits[0].is_keras else "estimator",
            full_length=self.option.epochs is None,
            **{name: records[-1][name] for name in shared},
            **each,
        )

    # How it ends

    def save(self, exitstatus: int) -> None:
        """Writes what was measured; a run that was cut short goes where incomplete ones go."""
        from evenfold.runtime.results_folder import folder_of, write_bench

        # pytest-benchmark's, at the end of its own run
        bench: Any = self.config._benchmarksession  # type: ignore[attr-defined]
        if not bench.benchmarks:
            return
        # One whose check failed never told its kind: its time is refused.
        measured = [entry for entry in bench.benchmarks if "kind" in entry.extra_info]
        hook = self.config.hook
        written = hook.pytest_benchmark_generate_json(
            config=self.config,
            benchmarks=measured,
            include_data=True,
            machine_info=bench.get_machine_info(),
            commit_info={},
        )
        complete = exitstatus == 0 and self.is_default()
        folder = folder_of(
            self.environment,
            self.config.rootpath,
            self.option.results,
            complete,
            datetime.now(),
        )
        write_bench(folder, self.environment, written, complete)
        self.saved = folder / "bench.json"

    def is_default(self) -> bool:
        """Whether everything was measured, at full length, as it is when nothing is asked for."""
        option = self.option
        suites = {file.name for item in self.items for file in item.path.parent.glob("test_*.py")}
        asked = (
            option.dataset, option.model, option.epochs, option.rounds, option.seed,
            option.threads, option.determinism, option.keyword, option.markexpr,
        )  # fmt: skip
        words = [str(word) for word in self.config.invocation_params.args]
        tuned = [w for w in words if w.startswith("--benchmark-") and w != "--benchmark-only"]
        return (
            self.everything
            and not any(asked)
            and not tuned
            and option.device != "gpu"
            and not any("::" in argument for argument in self.config.args)
            and {item.path.name for item in self.items} == suites
        )

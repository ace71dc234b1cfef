"""One fit of a study in a worker: trained by an engine, with its predictions."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Any, Callable

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import FitError, Skip
from evenfold.worker import inference, train
from evenfold.worker.curves import as_probabilities, watched_rows, watcher
from evenfold.worker.device import Framework, open_framework, without_framework
from evenfold.worker.engines.compiled import Compiled
from evenfold.worker.memory import resident
from evenfold.worker.plugin import Plugin

ENGINES = ("compiled", "keras")


@dataclass(frozen=True)
class Fitted:
    """``engine`` is the one that trained: ``estimator``, ``keras`` or ``compiled``.

    ``note`` says why it is not the one that was asked for. ``probabilities`` are float64 of shape
    ``(test rows, classes)``; ``curves``, of networks that were watched, those of training and test
    rows after each epoch, ``(epochs, rows, classes)``. ``seconds`` are of the training alone and no
    benchmark.
    """

    engine: str
    note: str
    probabilities: np.ndarray
    curves: np.ndarray | None
    history: dict[str, list[float]]
    seconds: float
    peak_bytes: int | None


class Fitter:
    """Fits models in this process; a compiled training is traced once and kept.

    The framework is opened for the first network: estimators need none.
    """

    def __init__(self, threads: int | None, determinism: bool) -> None:
        """Nothing is imported or built yet."""
        self._settings = (threads, determinism)
        self._compiled: dict[Any, Compiled | str] = {}

    def fit(
        self, plugin: Plugin, fold: Fold, seed: int, engine: str, watch: bool = False
    ) -> Fitted:
        """Trains on the fold and predicts its test rows.

        Raises Skip as the plug-in does, and FitError when training or outputs are not finite.
        """
        is_network = plugin.model.epochs is not None
        opening = open_framework if is_network else without_framework
        framework = opening(*self._settings)
        started = perf_counter()
        told, note = "keras", ""
        compiled: Compiled | str = ""
        rows = watched_rows(fold) if watch and is_network else None
        outputs: Any = []
        if is_network and engine == "compiled":
            compiled = self._engine(plugin, fold, framework)
        if isinstance(compiled, Compiled):
            history = compiled.fit(fold, seed, watched=rows)
            told, outputs = "compiled", compiled.outputs
            model = compiled.model
        else:
            note = compiled
            prepared = train.prepare(plugin, fold, seed, framework)
            if rows is not None:
                prepared.callbacks.append(watcher(rows, outputs, framework))
            train.run(prepared)
            model, history = prepared.model, dict(prepared.history or {})
            if not prepared.is_keras:
                told, note, rows = "estimator", "", None
        seconds = perf_counter() - started
        if not all(np.isfinite(values).all() for values in history.values()):
            raise FitError(f"{plugin.name}: the training diverged: a loss is not finite")
        run: Callable[[np.ndarray], np.ndarray]
        if isinstance(compiled, Compiled):
            run = compiled.predict
        else:
            run = inference.prepare_path(inference.REFERENCE, model, framework, fold.x_test)
        found = inference.probabilities(
            run(inference.as_input(model, fold.x_test)), fold.task.n_classes
        )
        curves = None if rows is None else as_probabilities(outputs, fold.task.n_classes)
        return Fitted(told, note, found, curves, history, seconds, resident("VmHWM"))

    def _engine(self, plugin: Plugin, fold: Fold, framework: Framework) -> Compiled | str:
        """The traced training of a model, or why there is none."""
        key = (plugin.name, plugin.path, fold.task)
        if key not in self._compiled:
            try:
                self._compiled[key] = Compiled(plugin, fold, framework)
            except Skip as skip:
                self._compiled[key] = str(skip)
        return self._compiled[key]

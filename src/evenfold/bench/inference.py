"""Batches and inference paths of trained models, each prepared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from evenfold.bench.session import BenchSession
from evenfold.worker import inference
from evenfold.worker.plugin import Plugin


@dataclass(frozen=True)
class PreparedPath:
    """An inference path of a trained model.

    Parameters
    ----------
    run
        Predicts a batch.
    conversion_seconds
        The time that the preparation took.
    size_bytes
        The size of the converted model's file; None without one.
    """

    run: Callable[[np.ndarray], np.ndarray]
    conversion_seconds: float
    size_bytes: int | None


class Inference:
    """Batches of one model at a time, and one path: a path holds the memory of its batches."""

    def __init__(self, session: BenchSession) -> None:
        """Prepare nothing yet."""
        self.session = session
        self._batches: dict[tuple[str, str, int], tuple[np.ndarray, np.ndarray]] = {}
        self._ready: dict[tuple[str, str, str], PreparedPath] = {}

    def batch(self, contender: Plugin, kind: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """Return test rows, repeated as needed, and what ``predict`` gives for them."""
        key = (contender.name, kind, rows)
        if key not in self._batches:
            # The batches of other models are not needed again.
            self._batches = {k: v for k, v in self._batches.items() if k[:2] == key[:2]}
            session = self.session
            model, fold = session.model(contender, kind), session.fold(contender.model.layout)
            batch = inference.as_input(
                model, np.resize(fold.x_test, (rows, *fold.x_test.shape[1:]))
            )
            classes = fold.task.n_classes
            expected = inference.predict(model, batch, session.framework, kind, classes)
            self._batches[key] = (batch, expected)
        return self._batches[key]

    def path(self, contender: Plugin, kind: str, name: str) -> PreparedPath:
        """Return a path of a model, prepared once until another one is needed.

        Raises
        ------
        Skip
            The model has no such path.
        """
        key = (contender.name, kind, name)
        if key not in self._ready:
            self.release()
            session = self.session
            model = session.model(contender, kind)
            rows = inference.as_input(model, session.fold(contender.model.layout).x_train)
            started = perf_counter()
            run = inference.prepare_path(name, model, session.framework, rows, kind)
            self._ready[key] = PreparedPath(
                run, perf_counter() - started, inference.size_bytes(run)
            )
        return self._ready[key]

    def release(self) -> None:
        """Release the path, and the memory that it holds."""
        self._ready.clear()

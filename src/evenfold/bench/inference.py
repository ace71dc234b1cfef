"""What inference is measured with: a trained model's batches and paths, each made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from evenfold.bench.session import BenchSession
from evenfold.worker import inference
from evenfold.worker.plugin import Plugin


@dataclass(frozen=True)
class Ready:
    """An inference path of a trained model: ``run`` takes a batch; what it took to make it.

    ``size_bytes`` is of the file that the model was converted to, None where there is none.
    """

    run: Callable[[np.ndarray], np.ndarray]
    conversion_seconds: float
    size_bytes: int | None


class Inference:
    """Batches of one model at a time, and one path: interpreters keep what a batch needed."""

    def __init__(self, session: BenchSession) -> None:
        """Nothing is made yet."""
        self.session = session
        self._batches: dict[tuple[str, str, int], tuple[np.ndarray, np.ndarray]] = {}
        self._ready: dict[tuple[str, str, str], Ready] = {}

    def batch(self, contender: Plugin, kind: str, rows: int) -> tuple[np.ndarray, np.ndarray]:
        """So many rows of the test part, as often as needed, and what ``predict`` makes of them."""
        key = (contender.name, kind, rows)
        if key not in self._batches:
            # Another model's are not asked for again.
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

    def path(self, contender: Plugin, kind: str, name: str) -> Ready:
        """A path of that model, converted once as long as no other one is asked for.

        Raises Skip where there is none.
        """
        key = (contender.name, kind, name)
        if key not in self._ready:
            self.release()
            session = self.session
            model = session.model(contender, kind)
            rows = inference.as_input(model, session.fold(contender.model.layout).x_train)
            started = perf_counter()
            run = inference.prepare_path(name, model, session.framework, rows, kind)
            self._ready[key] = Ready(run, perf_counter() - started, inference.size_bytes(run))
        return self._ready[key]

    def release(self) -> None:
        """Gives the path up, and the memory that it holds."""
        self._ready.clear()

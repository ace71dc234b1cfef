"""Readers of what workers answer: fits of studies, samples of races, and greetings."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from fuzz_readers import accepts

FIT = {
    "engine": "keras", "note": "", "probabilities": [[0.25, 0.75]] * 4,
    "curves": [[[0.25, 0.75]] * 8] * 2, "history": {"loss": [0.5, 0.25]}, "seconds": 0.5,
    "peak_bytes": 100, "resident_bytes": 100,
}  # fmt: skip
# The answers of a contender of a race, by what a message asks for.
SAMPLES = {
    "prepare": {"device": "cpu", "whole_seconds": 0.5, "probabilities": [[0.25, 0.75]] * 4},
    "pin": {},
    "calibrate": {"repeats": 3},
    "sample": {"nanoseconds": 5_000_000, "units": 3},
    "collect": {
        "benchmarks": [{"name": "test_a", "digest": "abc"}],
        "versions": {"a": "1"},
        "uninstalled": [],
    },
    "open": {},
    "close": {},
}
GREETING = {
    "protocol": 7, "python": "3.13.0", "versions": {"numpy": "2.0"}, "backend": "tensorflow",
    "flags": {"TF_ENABLE_ONEDNN_OPTS": "0"},
}  # fmt: skip


class Pipe:
    """A worker's pipe: the answer to a message is an example, with the message's own nonce."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        """Keep what makes the answer to a message: bytes of a line, or JSON."""
        self.answer = answer
        self.line = b""
        self.has_unread_output = False

    def write(self, line: bytes, timeout: float | None = None) -> None:
        """Take a message, and make its answer."""
        message = json.loads(line)
        answer = self.answer(message)
        if isinstance(answer, bytes):
            self.line = answer
            return
        if isinstance(answer, dict):
            identity = {name: message[name] for name in ("key", "nonce") if name in message}
            answer = {**identity, **answer}
        self.line = json.dumps(answer).encode() + b"\n"

    def read_line(self, timeout: float | None, most_bytes: int) -> bytes:
        """Return the answer."""
        return self.line

    def kill(self) -> None:
        """End nothing."""

    def stop(self) -> None:
        """End nothing."""

    def how_it_ended(self, seconds: float) -> str:
        """Return how a process without an answer ended."""
        return "exit code 0"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """A process that has ended."""
        ended = subprocess.Popen(["true"])
        ended.wait()
        return ended


def _worker(answer: Callable[[dict[str, Any]], Any]) -> Any:
    """Return a worker whose pipe answers that."""
    from evenfold.runtime.worker_process import WorkerProcess

    worker = object.__new__(WorkerProcess)
    worker.python, worker.staged = Path("python"), Path("folder/worker")
    worker._child, worker._stderr = Pipe(answer), io.BytesIO()
    return worker


@cache
def _small_study() -> Any:
    """Return a dataset of eight rows and a split of it."""
    from evenfold.data.datasets import Dataset
    from evenfold.data.splits import kfold

    rows = np.arange(16.0).reshape(8, 2)
    dataset = Dataset("d", rows, np.arange(8) % 2, ("a", "b"), ("n", "p"))
    return dataset, kfold(dataset, 2, 1, 0)[0]


def fit(example: Any, folder: Path) -> bool:
    """Read a worker's answer to a fit, score it, and save it in a store."""
    from evenfold.score.fit import FitPlace, FitSeries
    from evenfold.score.runner import fit_of_answer
    from evenfold.score.store import Store

    worker = _worker(lambda _: example)
    dataset, split = _small_study()
    place = FitPlace(FitSeries("d", "f", "kfold2", "e", "keras", 0, "m", "i"), "r0f0", 7, "rows")

    def read() -> None:
        answer = worker.ask({"do": "fit", "key": "k"}, None)
        if "probabilities" in answer:
            with Store(folder / "s.sqlite") as opened:
                opened.put("k", place, fit_of_answer(dataset, split, answer))
                opened.get(["k"])

    return accepts(read)


def greeting(example: Any, folder: Path) -> bool:
    """Read a worker's greeting, write the environment that it describes, and read that."""
    from evenfold.runtime.environment import current_environment
    from evenfold.runtime.environment_file import read_environment
    from evenfold.runtime.results_folder import write_json

    def read() -> None:
        info = _worker(lambda _: example).greet(1, False)
        environment = current_environment(
            info["backend"], flags=info["flags"], machine="m", root=folder,
            python=info["python"], versions=info["versions"],
        )  # fmt: skip
        write_json(folder / "environment.json", environment.to_json())
        read_environment(folder / "environment.json")

    return accepts(read)


def samples(example: Any, _: Path) -> bool:
    """Take two blocks of a race whose contenders answer that."""
    from evenfold.race.processes import ContenderProcesses
    from evenfold.stats.block_orders import counterbalanced_orders

    def answer(message: dict[str, Any]) -> Any:
        return example.get(message["do"], {}) if isinstance(example, dict) else example

    launch: Any = object.__new__(ContenderProcesses)
    launch.contenders = [SimpleNamespace(name=name) for name in ("one", "two")]
    launch.config = SimpleNamespace(
        clock="cpu", threads=1, least_seconds=0.05, has_equal_repeats=False, timeout=1.0
    )
    launch.rng = np.random.default_rng(0)
    launch.start = 0.0
    launch.order, launch.at, launch.seconds = [], [], []
    launch._orders = counterbalanced_orders(2, launch.rng)
    launch.workers = {number: _worker(answer) for number in range(2)}

    def read() -> None:
        for name in ("prepare", "pin", "collect", "open"):
            launch.ask(0, {"do": name})
        launch.run_pair(launch.calibrate())
        launch.ask(0, {"do": "close"})
        assert all(0 < seconds < float("inf") for seconds in launch.seconds)

    return accepts(read)

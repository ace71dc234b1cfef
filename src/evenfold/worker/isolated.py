"""One fit, or one prediction, in a process of its own for its peak memory.

A long process' maximum is another's, and a framework's allocator keeps what it has been given.

``python -m evenfold.worker.isolated JOB`` is the child's side; ``measure`` the parent's.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.errors import EvenfoldError, FitError, Skip
from evenfold.worker import inference, train
from evenfold.worker.device import open_framework, without_framework
from evenfold.worker.memory import peak_beyond, resident
from evenfold.worker.plugin import Plugin, load_plugin

STDERR_LINES = 5


@dataclass(frozen=True)
class Memory:
    """Bytes resident in a process that ran one fit: at most, and before the model was built."""

    peak_bytes: int | None
    before_bytes: int | None


def measure(
    plugin: Plugin,
    fold: Fold,
    fit: train.PreparedFit,
    epochs: int | None = None,
    timeout: float = 600.0,
) -> Memory:
    """Memory of a fit like ``fit``, in a fresh process of this interpreter.

    An estimator's process imports no framework. Bytes are None where the system does not tell.
    Raises Skip as the fit does, and FitError, with the last lines of its stderr, when the
    process fails or exceeds ``timeout`` seconds.
    """
    found = _answered(plugin, fold, fit, {"epochs": epochs}, timeout)
    return Memory(found["peak_bytes"], found["before_bytes"])


def measure_path(
    plugin: Plugin,
    fold: Fold,
    fit: train.PreparedFit,
    path: str,
    rows: int,
    timeout: float = 600.0,
) -> int | None:
    """Bytes at the peak of one batch on an inference path, beyond those held when it was ready.

    The network is like that of ``fit`` and as it is built, an estimator is trained. None and errors
    as ``measure`` has them.
    """
    found = _answered(plugin, fold, fit, {"epochs": None, "inference": path, "rows": rows}, timeout)
    beyond: int | None = found["beyond_bytes"]
    return beyond


def _answered(
    plugin: Plugin,
    fold: Fold,
    fit: train.PreparedFit,
    asked: dict[str, Any],
    timeout: float,
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        job = Path(folder) / "job.json"
        np.savez(Path(folder) / "fold.npz", x=fold.x_train, y=fold.y_train)
        job.write_text(
            json.dumps(
                {
                    "model": plugin.name,
                    "path": str(plugin.path),
                    "layout": fold.layout,
                    "n_classes": fold.task.n_classes,
                    "seed": fit.seed,
                    "framework": fit.is_keras,
                    "threads": fit.framework.threads,
                    "determinism": fit.framework.determinism,
                    "device": fit.device,
                    **asked,
                }
            )
        )
        command = [sys.executable, "-m", "evenfold.worker.isolated", str(job)]
        answer = Path(folder) / "answer.json"
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise FitError(
                f"{plugin.name}: no answer within {timeout:g} s in its own process"
            ) from error
        if done.returncode or not answer.exists():
            last = "\n".join(done.stderr.strip().splitlines()[-STDERR_LINES:])
            raise FitError(f"{plugin.name}: its own process ended with {done.returncode}:\n{last}")
        found: dict[str, Any] = json.loads(answer.read_text())
    if "skip" in found:
        raise Skip(found["skip"])
    if "error" in found:
        raise FitError(found["error"])
    return found


def _done(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    with np.load(folder / "fold.npz", allow_pickle=False) as arrays:
        x, y = arrays["x"], arrays["y"]
    fold = Fold(Task(tuple(x.shape[1:]), job["n_classes"]), job["layout"], x, y, x[:0])
    path = Path(job["path"])
    plugin = load_plugin(job["model"], path)
    settings = job["threads"], job["determinism"]
    framework = open_framework(*settings) if job["framework"] else without_framework(*settings)
    before = resident("VmRSS")
    fit = train.prepare(plugin, fold, job["seed"], framework, job["device"], job["epochs"])
    if "inference" in job:
        return {"beyond_bytes": _beyond(job, fit, x)}
    train.run(fit)
    return {"peak_bytes": resident("VmHWM"), "before_bytes": before}


def _beyond(job: dict[str, Any], fit: train.PreparedFit, x: np.ndarray) -> int | None:
    if not fit.is_keras:
        train.run(fit)
    rows = inference.as_input(fit.model, x)
    run = inference.prepare_path(job["inference"], fit.model, fit.framework, rows, fit.device)
    batch = np.resize(rows, (job["rows"], *rows.shape[1:]))
    run(batch[:1])
    return peak_beyond(lambda: run(batch))


def main(job_file: str) -> None:
    """The child's side: runs the job and writes answer.json beside it."""
    job = Path(job_file)
    try:
        answer = _done(json.loads(job.read_text()), job.parent)
    except Skip as skip:
        answer = {"skip": str(skip)}
    except EvenfoldError as error:
        answer = {"error": str(error)}
    (job.parent / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])

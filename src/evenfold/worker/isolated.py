"""The memory of one fit, or of one prediction, measured in a process of its own.

A long process has the peak of whatever ran in it, and a framework's allocator keeps memory that it
once had. ``python -m evenfold.worker.isolated JOB`` is the child; ``measure_fit`` and
``measure_path`` start it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import EvenfoldError, FitError, Skip
from evenfold.worker import inference, train
from evenfold.worker.device import open_framework, without_framework
from evenfold.worker.fold_files import read_fold, write_fold
from evenfold.worker.memory import peak_beyond, resident
from evenfold.worker.module_command import module_command
from evenfold.worker.plugin import Plugin, load_plugin
from evenfold.worker.process_reports import (
    FitMemoryResult,
    IsolatedAnswer,
    IsolatedJob,
    PathMemoryResult,
)
from evenfold.worker.source_modules import activate
from evenfold.worker.sources import read_saved

STDERR_LINES = 5


@dataclass(frozen=True)
class FitMemory:
    """Bytes resident in a process that ran one fit: at most, and before the model was built."""

    peak_bytes: int | None
    before_bytes: int | None


def measure_fit(
    plugin: Plugin,
    fold: Fold,
    fit: train.PreparedFit,
    epochs: int | None = None,
    timeout: float = 600.0,
) -> FitMemory:
    """Measure the memory of a fit like ``fit``, in a fresh process of this interpreter.

    An estimator's process imports no framework.

    Parameters
    ----------
    plugin, fold
        The model and its data.
    fit
        A prepared fit with the seed, the framework's settings and the device to use.
    epochs
        Replaces the model's own number of epochs.
    timeout
        Seconds that the process may take.

    Returns
    -------
    FitMemory
        Bytes; None where the system does not report them.

    Raises
    ------
    Skip
        As the fit does.
    FitError
        If the process fails or exceeds ``timeout``; with the last lines of its standard error.
    """
    answer = _run_job(plugin, _job(plugin, fold, fit, epochs), fold, timeout)
    if "peak_bytes" not in answer:
        raise FitError(f"{plugin.name}: its own process answered {answer}")
    return FitMemory(answer["peak_bytes"], answer["before_bytes"])


def measure_path(
    plugin: Plugin,
    fold: Fold,
    fit: train.PreparedFit,
    path: str,
    rows: int,
    timeout: float = 600.0,
) -> int | None:
    """Measure the peak memory of one batch on an inference path, in a fresh process.

    A network is as it is built, an estimator is trained.

    Parameters
    ----------
    plugin, fold, fit
        As for ``measure_fit``.
    path, rows
        The inference path and the batch size.
    timeout
        Seconds that the process may take.

    Returns
    -------
    int or None
        Bytes at the peak beyond those that the process held when the path was ready.

    Raises
    ------
    Skip, FitError
        As ``measure_fit`` does.
    """
    job = _job(plugin, fold, fit, None)
    job["inference"], job["rows"] = path, rows
    answer = _run_job(plugin, job, fold, timeout)
    if "beyond_bytes" not in answer:
        raise FitError(f"{plugin.name}: its own process answered {answer}")
    return answer["beyond_bytes"]


def _job(plugin: Plugin, fold: Fold, fit: train.PreparedFit, epochs: int | None) -> IsolatedJob:
    return {
        "model": plugin.name,
        "sources": "",
        "layout": fold.layout,
        "n_classes": fold.task.n_classes,
        "seed": fit.seed,
        "framework": fit.is_keras,
        "threads": fit.framework.threads,
        "determinism": fit.framework.determinism,
        "device": fit.device,
        "epochs": epochs,
        "inference": None,
        "rows": 0,
    }


def _run_job(
    plugin: Plugin, job: IsolatedJob, fold: Fold, timeout: float
) -> FitMemoryResult | PathMemoryResult:
    """Run a job in a fresh process. Raises Skip and FitError as ``measure_fit`` does."""
    with tempfile.TemporaryDirectory(prefix="evenfold-") as folder:
        file, answer_file = Path(folder) / "job.json", Path(folder) / "answer.json"
        write_fold(Path(folder) / "fold.npz", replace(fold, x_test=fold.x_test[:0]))
        job["sources"] = str(plugin.sources.save(Path(folder) / "sources.json"))
        file.write_text(json.dumps(job))
        command = module_command("evenfold.worker.isolated", str(file))
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise FitError(
                f"{job['model']}: no answer within {timeout:g} s in its own process"
            ) from error
        if done.returncode or not answer_file.exists():
            last = "\n".join(done.stderr.strip().splitlines()[-STDERR_LINES:])
            raise FitError(f"{job['model']}: its own process ended with {done.returncode}:\n{last}")
        answer: IsolatedAnswer = json.loads(answer_file.read_text())
    if "skip" in answer:
        raise Skip(answer["skip"])
    if "error" in answer:
        raise FitError(answer["error"])
    return answer


def _measure(job: IsolatedJob, folder: Path) -> FitMemoryResult | PathMemoryResult:
    """Do a job in the child."""
    fold = read_fold(folder / "fold.npz", job["layout"], job["n_classes"])
    plugin = load_plugin(job["model"], read_saved(Path(job["sources"])))
    activate(plugin.modules)
    open_or_not = open_framework if job["framework"] else without_framework
    framework = open_or_not(job["threads"], job["determinism"])
    before = resident("VmRSS")
    fit = train.prepare(plugin, fold, job["seed"], framework, job["device"], job["epochs"])
    if job["inference"] is not None:
        return {"beyond_bytes": _measure_path(job["inference"], job["rows"], fit, fold.x_train)}
    train.run(fit)
    return {"peak_bytes": resident("VmHWM"), "before_bytes": before}


def _measure_path(path: str, n_rows: int, fit: train.PreparedFit, x: np.ndarray) -> int | None:
    if not fit.is_keras:
        train.run(fit)
    rows = inference.as_input(fit.model, x)
    run = inference.prepare_path(path, fit.model, fit.framework, rows, fit.device)
    batch = np.resize(rows, (n_rows, *rows.shape[1:]))
    run(batch[:1])
    return peak_beyond(lambda: run(batch))


def main(job_file: str) -> None:
    """Do the job of a file in this process, and write ``answer.json`` beside it."""
    file = Path(job_file)
    answer: IsolatedAnswer
    try:
        answer = _measure(json.loads(file.read_text()), file.parent)
    except Skip as skip:
        answer = {"skip": str(skip)}
    except EvenfoldError as error:
        answer = {"error": str(error)}
    (file.parent / "answer.json").write_text(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1])

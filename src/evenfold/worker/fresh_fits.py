"""Fits in a process of its own, for the check that a seed gives one model in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Mapping

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import FitError, Skip
from evenfold.worker.fold_files import write_fold
from evenfold.worker.plugin import Plugin, parse_spec
from evenfold.worker.protocol import PROTOCOL, Hello, PrepareMessage

SERVE = "from evenfold.worker.serve import main; main()"


class FreshFits:
    """A worker process that trains models as a race does; it starts for the first of them.

    Parameters
    ----------
    folder
        Where to make its folder; None is the system's folder of temporary files.
    """

    def __init__(self, folder: str | None = None) -> None:
        """Start nothing yet."""
        self._process: subprocess.Popen[str] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="evenfold-", dir=folder)

    def __enter__(self) -> FreshFits:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def predictions(self, plugin: Plugin, fold: Fold, seed: int) -> np.ndarray:
        """Train a model for one epoch, and return its probabilities of the test rows.

        Parameters
        ----------
        plugin, fold, seed
            The model, its data and its seed.

        Returns
        -------
        numpy.ndarray
            float64 of shape ``(rows, n_classes)``.

        Raises
        ------
        Skip
            As the plug-in does.
        FitError
            If the fit or the process fails.
        """
        folder = Path(self._folder.name)
        write_fold(folder / "fold.npz", fold)
        message: PrepareMessage = {
            "do": "prepare",
            "model": _one_epoch(plugin),
            "sources": str(plugin.sources.save(folder / "sources.json")),
            "folds": {fold.layout: str(folder / "fold.npz")},
            "n_classes": fold.task.n_classes,
            "seed": seed,
            "measure": "predict",
            "clock": "wall",
            "inference": "predict",
            "rows": 1,
            "delay": 0.0,
            "weights": str(folder / "weights.npz"),
            "scored": True,
        }
        answer = self._exchange(message)
        if "skip" in answer:
            raise Skip(answer["skip"])
        if "probabilities" not in answer:
            raise FitError(
                f"{plugin.name}: in a process of its own: {answer.get('failed', answer)}"
            )
        return np.array(answer["probabilities"], dtype=np.float64)

    def _exchange(self, message: Mapping[str, Any]) -> dict[str, Any]:
        process = self._process or self._start()
        answer = _ask(process, message)
        if answer is None:
            self._process = None
            return {"failed": f"it ended with {process.wait()}"}
        return answer

    def _start(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=dict(os.environ),
            # Not the folder of the model that is checked, which goes before this process does.
            cwd=self._folder.name,
        )
        hello: Hello = {
            "protocol": PROTOCOL,
            "threads": None,
            "determinism": False,
            "packages": (),
            "folder": self._folder.name,
        }
        _ask(self._process, hello)
        return self._process


def _ask(process: subprocess.Popen[str], message: Mapping[str, Any]) -> dict[str, Any] | None:
    """Send a message and return its answer; None if the process has ended."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(message) + "\n")
        process.stdin.flush()
    except OSError:
        return None
    line = process.stdout.readline()
    if not line:
        return None
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError):
        answer = None
    return answer if isinstance(answer, dict) else {"failed": f"it printed {line[:80]!r}"}


def _one_epoch(plugin: Plugin) -> str:
    """Return a model's spec with one epoch."""
    name, settings = parse_spec(plugin.name)
    if plugin.model.epochs is not None:
        settings["epochs"] = 1
    inside = ",".join(f"{key}={value}" for key, value in sorted(settings.items()))
    return f"{name}[{inside}]" if inside else name

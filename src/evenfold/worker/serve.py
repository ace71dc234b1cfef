"""A worker that fits what it is asked for: JSON lines in, JSON lines out, until its input ends.

``{"protocol": 1, "threads": 1, "determinism": false, "packages": [...]}`` comes first, and is
answered with what ``about`` tells. Each job is answered with its fit, ``{"skip": reason}`` or
``{"failed": reason}``. The worker ends when its parent does, in the middle of a fit too.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from queue import Queue
from typing import Any

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.errors import EvenfoldError, Skip
from evenfold.worker import plugins
from evenfold.worker.about import about
from evenfold.worker.alone import resident
from evenfold.worker.answers import take_stdout
from evenfold.worker.fits import Fitter

PROTOCOL = 1


def main() -> None:
    """Answers every line of standard input."""
    say = take_stdout()
    lines: Queue[str] = Queue()
    threading.Thread(target=_listen, args=(lines,), daemon=True).start()
    first = json.loads(lines.get())
    if first.get("protocol") != PROTOCOL:
        found = first.get("protocol")
        say({"error": f"the worker speaks protocol {PROTOCOL}, it was spoken to in {found}"})
        return
    try:
        say({"protocol": PROTOCOL, **about(first["packages"])})
    except EvenfoldError as error:
        say({"error": str(error)})
        return
    fitter = Fitter(first["threads"], first["determinism"])
    while True:
        say(_answer(fitter, json.loads(lines.get())))


def _listen(lines: Queue[str]) -> None:
    for line in sys.stdin:
        lines.put(line)
    # The parent is gone: nobody would hear of a fit that is still running.
    os._exit(0)


def _answer(fitter: Fitter, job: dict[str, Any]) -> dict[str, Any]:
    try:
        path = Path(job["path"])
        plugin = plugins.load(job["model"], {path.stem: path})
        fitted = fitter.fit(plugin, _fold(job), job["seed"], job["engine"])
    except Skip as skip:
        return {"skip": str(skip)}
    except EvenfoldError as error:
        return {"failed": str(error)}
    except Exception as error:  # one fit that goes wrong is one failed cell
        return {"failed": f"{job['model']}: {type(error).__name__}: {error}"}
    return {
        "engine": fitted.engine,
        "note": fitted.note,
        "probabilities": fitted.probabilities.tolist(),
        "history": fitted.history,
        "seconds": fitted.seconds,
        "peak_bytes": fitted.peak_bytes,
        "resident_bytes": resident("VmRSS"),
    }


def _fold(job: dict[str, Any]) -> Fold:
    with np.load(job["fold"], allow_pickle=False) as arrays:
        x_train, y_train, x_test = (arrays[name] for name in ("x_train", "y_train", "x_test"))
    task = Task(tuple(x_train.shape[1:]), job["n_classes"])
    return Fold(task, job["layout"], x_train, y_train, x_test)


if __name__ == "__main__":
    main()

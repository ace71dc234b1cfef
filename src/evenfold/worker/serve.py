"""A worker that does what it is asked: JSON lines in, JSON lines out, until its input ends.

``{"protocol": 4, "threads": 1, "determinism": false, "packages": [...]}`` comes first, and is
answered with what ``about`` tells. After that every message says what to ``do``:

``fit``        one fit of a score study, answered with its predictions
``prepare``    make a contender of a race ready, with the fit of full length where it is ``scored``
``pin``        keep this process on some ``cores``
``calibrate``  how many repeats make a sample of at least ``seconds``
``sample``     so many ``repeats``, answered with the ``nanoseconds`` that they took and ``units``

What cannot be done is answered with ``{"skip": reason}`` or ``{"failed": reason, "code": exit
code}``. The worker ends when its parent does, in the middle of a fit too.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import threading
from pathlib import Path
from queue import Queue
from typing import Any, Callable, Dict, TextIO

import numpy as np

from evenfold.contract import Fold, Layout, Task
from evenfold.errors import EvenfoldError, FitError, Skip
from evenfold.worker import clock, cores, inference, train
from evenfold.worker.cpu_time import children_seconds
from evenfold.worker.describe import describe_environment
from evenfold.worker.device import open_framework, requested_device, without_framework
from evenfold.worker.fits import Fitter
from evenfold.worker.memory import resident
from evenfold.worker.pipes import take_stdin, take_stdout
from evenfold.worker.plugin import Plugin, load_plugin

# 1: fits alone; 2: messages say what to do, and there are races; 3: curves of fits; 4: clocks.
PROTOCOL = 4
# During a sample: what runs in other processes is told in steps of 0.01 s.
MOST_CHILDREN_SECONDS = 0.015
Message = Dict[str, Any]


class Server:
    """What a worker keeps from one message to the next."""

    def __init__(self, threads: int | None, determinism: bool) -> None:
        """Nothing is imported or built yet."""
        self.settings = (threads, determinism)
        self.fitter = Fitter(threads, determinism)
        self.timed: clock.Timed | None = None
        self.does: dict[str, Callable[[Message], dict[str, Any]]] = {
            "fit": self.fit,
            "prepare": self.prepare,
            "pin": self.pin,
            "calibrate": self.calibrate,
            "sample": self.sample,
        }

    def answer(self, message: Message) -> dict[str, Any]:
        """What came of a message."""
        try:
            return self.does[message["do"]](message)
        except Skip as skip:
            return {"skip": str(skip)}
        except EvenfoldError as error:
            return {"failed": str(error), "code": error.exit_code}
        except Exception as error:  # one that goes wrong fails alone
            told = f"{type(error).__name__}: {error}"
            return {
                "failed": f"{message.get('model', message['do'])}: {told}",
                "code": FitError.exit_code,
            }

    def fit(self, job: Message) -> dict[str, Any]:
        """One fit of a study."""
        fold = _fold(job["fold"], job["layout"], job["n_classes"])
        fitted = self.fitter.fit(_plugin(job), fold, job["seed"], job["engine"], job["curves"])
        return {
            "engine": fitted.engine,
            "note": fitted.note,
            "probabilities": fitted.probabilities.tolist(),
            "curves": None if fitted.curves is None else fitted.curves.tolist(),
            "history": fitted.history,
            "seconds": fitted.seconds,
            "peak_bytes": fitted.peak_bytes,
            "resident_bytes": resident("VmRSS"),
        }

    def prepare(self, job: Message) -> dict[str, Any]:
        """A contender made ready; with the seconds and probabilities of a whole fit if asked."""
        entry = self._entry(job)
        whole = clock.whole_fit(entry) if job["scored"] else None
        told: dict[str, Any] = {"device": entry.device}
        timed = clock.MEASURES[job["measure"]](entry, whole)
        if whole is not None:
            told["whole_seconds"] = (whole.finished - whole.started) * 1e-9
            told["jit_compile"] = train.is_compiled(whole)
            x = inference.as_input(whole.model, entry.fold.x_test)
            found = inference.predict(
                whole.model, x, entry.framework, entry.device, job["n_classes"]
            )
            # A path that rounds the model has a score of its own.
            if isinstance(timed, clock.Predictions) and not inference.is_exact(entry.path):
                expected, found = found, timed.probabilities(x)
                told["difference"] = inference.agreement(entry.path, expected, found, job["model"])
            told["probabilities"] = found.tolist()
        self.timed = timed
        del whole
        # What is there now stays: later collections need not look at a whole framework.
        gc.collect()
        gc.freeze()
        return told

    def pin(self, message: Message) -> dict[str, Any]:
        """Keeps every thread on some cores."""
        cores.pin(message["cores"])
        return {}

    def calibrate(self, message: Message) -> dict[str, Any]:
        """Repeats for samples of a length."""
        return {"repeats": clock.calibrate(self._ready(), message["seconds"])}

    def sample(self, message: Message) -> dict[str, Any]:
        """One sample."""
        ready = self._ready()
        gc.collect()
        before = children_seconds() if ready.entry.clock == clock.CPU else None
        found = ready.take(message["repeats"])
        if before is not None and children_seconds() - before > MOST_CHILDREN_SECONDS:
            raise Skip("it computes in other processes, whose CPU time its own is not: race it by "
                       "wall time")  # fmt: skip
        return {"nanoseconds": found.nanoseconds, "units": found.units}

    def _ready(self) -> clock.Timed:
        if self.timed is None:
            raise FitError("nothing has been prepared")
        return self.timed

    def _entry(self, job: Message) -> clock.Entry:
        plugin = _plugin(job)
        opening = without_framework if plugin.model.epochs is None else open_framework
        framework = opening(*self.settings)
        layout = plugin.model.layout
        return clock.Entry(
            plugin=plugin,
            fold=_fold(job["folds"][layout], layout, job["n_classes"]),
            seed=job["seed"],
            framework=framework,
            device=requested_device(framework),
            clock=job["clock"],
            path=job["inference"],
            rows=job["rows"],
            delay=job["delay"],
            weights=Path(job["weights"]),
        )


def main() -> None:
    """Answers every line of standard input."""
    say = take_stdout()
    lines: Queue[str] = Queue()
    threading.Thread(target=_listen, args=(take_stdin(), lines), daemon=True).start()
    first = json.loads(lines.get())
    if first.get("protocol") != PROTOCOL:
        found = first.get("protocol")
        say({"error": f"the worker speaks protocol {PROTOCOL}, it was spoken to in {found}"})
        return
    try:
        say({"protocol": PROTOCOL, **describe_environment(first["packages"])})
    except EvenfoldError as error:
        say({"error": str(error)})
        return
    server = Server(first["threads"], first["determinism"])
    while True:
        say(server.answer(json.loads(lines.get())))


def _listen(said: TextIO, lines: Queue[str]) -> None:
    for line in said:
        lines.put(line)
    # The parent is gone: nobody would hear of a fit that is still running, nor of the processes
    # that it may have started. A group of our own is theirs as well.
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def _plugin(job: Message) -> Plugin:
    path = Path(job["path"])
    return load_plugin(job["model"], path)


def _fold(file: str, layout: Layout, n_classes: int) -> Fold:
    with np.load(file, allow_pickle=False) as arrays:
        x_train, y_train, x_test = (arrays[name] for name in ("x_train", "y_train", "x_test"))
    return Fold(Task(tuple(x_train.shape[1:]), n_classes), layout, x_train, y_train, x_test)


if __name__ == "__main__":
    main()

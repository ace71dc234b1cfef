"""A worker process that records where its time goes: the main program of ``study_profile.py``.

It runs in place of the worker's own main program and imports no more than that does. After each
answer it writes the seconds of each phase to ``phases-PID.json`` in the folder that
EVENFOLD_PHASES names. A phase does not count the phases inside it.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from pathlib import Path

CLOCK_TICK = "SC_CLK_TCK"
RUNS_OF_CHECK = 3  # fits of the check of a compiled training
MAIN = "import worker_phases\n\nworker_phases.main()\n"
FOLDER = "EVENFOLD_PHASES"
# Wall and CPU seconds.
seconds: dict[str, float] = defaultdict(float)
cpu_seconds: dict[str, float] = defaultdict(float)
_inside: list[tuple[float, float]] = []


def timed(phase: str, function):
    """Return a function that adds its time, without that of phases inside it, to a phase."""

    def run(*arguments, **options):
        started, cpu_started = time.perf_counter(), time.process_time()
        _inside.append((0.0, 0.0))
        try:
            return function(*arguments, **options)
        finally:
            spent, cpu = time.perf_counter() - started, time.process_time() - cpu_started
            of_others, cpu_of_others = _inside.pop()
            seconds[phase] += spent - of_others
            cpu_seconds[phase] += cpu - cpu_of_others
            if _inside:
                _inside[-1] = (_inside[-1][0] + spent, _inside[-1][1] + cpu)

    return run


def watch(place: object, name: str, phase: str) -> None:
    """Time a function or method under its name."""
    setattr(place, name, timed(phase, getattr(place, name)))


def process_age() -> float:
    """Return the seconds since this process began."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return uptime - int(fields[19]) / os.sysconf(CLOCK_TICK)


def _traced(training):
    """Time the tracing of a training's graph apart."""

    def build(*arguments, **options):
        function = training(*arguments, **options)
        function.get_concrete_function = timed("trace", function.get_concrete_function)
        return function

    return build


def _first_check_compiles(fit):
    """Count the first run of a graph as compilation, as far as it takes longer than the third."""
    first: dict[int, list[tuple[float, float]]] = defaultdict(list)

    def run(self, *arguments, **options):
        runs, before = first[id(self._run)], (seconds["fit"], cpu_seconds["fit"])
        result = fit(self, *arguments, **options)
        if len(runs) < RUNS_OF_CHECK:
            runs.append((seconds["fit"] - before[0], cpu_seconds["fit"] - before[1]))
            seconds["fit"], cpu_seconds["fit"] = before
            if len(runs) == RUNS_OF_CHECK:
                for place, clock in enumerate((seconds, cpu_seconds)):
                    compilation = max(0.0, runs[0][place] - runs[-1][place])
                    clock["compile"] += compilation
                    clock["check"] += sum(each[place] for each in runs) - compilation
        return result

    return run


def main() -> None:
    from evenfold.worker import device, serve, train
    from evenfold.worker.backends import tensorflow
    from evenfold.worker.engines.tensorflow import state, trace
    from evenfold.worker.engines.tensorflow.training import TensorFlowTraining
    from evenfold.worker.process_state.state import ProcessState

    seconds["start"], cpu_seconds["start"] = process_age(), time.process_time()
    for module, name in ((device, "_configure"), (tensorflow, "prepare_studies")):
        watch(module, name, "import")
    watch(ProcessState, "restore", "state of the process")
    watch(ProcessState, "run_clean", "state of the process")
    watch(train, "prepare", "build")
    watch(state, "copy", "build")
    for name, phase in (("_begin", "build"), ("_check", "check"), ("_build", "build"),
                        ("predict", "predict"), ("_fit", "fit")):  # fmt: skip
        watch(TensorFlowTraining, name, phase)
    TensorFlowTraining._fit = _first_check_compiles(TensorFlowTraining._fit)
    for name in ("training", "prediction"):
        setattr(trace, name, _traced(getattr(trace, name)))
    watch(serve.Server, "answer", "messages and data")
    answer = serve.Server.answer
    file = Path(os.environ[FOLDER]) / f"phases-{os.getpid()}.json"

    def recorded(self, message):
        result = answer(self, message)
        phases = {"seconds": seconds, "cpu_seconds": cpu_seconds, "age": process_age()}
        file.write_text(json.dumps(phases))
        return result

    serve.Server.answer = recorded
    serve.main()

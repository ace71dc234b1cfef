"""Where the time of a study goes: 100 fits of conv1d, by the phases of workers and harness.

``python experiments/study_profile.py`` runs the study as ``evenfold score`` does, with workers that
record their phases, and prints one JSON object: wall and CPU seconds of each worker by phase, and
CPU seconds of the harness. ``start`` is that of the interpreter and its
modules, ``import`` that of the framework; ``trace`` builds the graph of a training, ``compile`` is
XLA's share of its first run, ``check`` the comparison of fits before the first one counts.
``build`` is the model of each fit and its state, ``waiting`` what the harness takes between fits.
``--runs 2`` repeats the study in a new folder: the second run finds what the first has cached.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import worker_phases
from commands import argument_parser, environment_record, print_result

MODEL = "conv1d"
FOLDS = 10
# Of the process that runs the study: function and phase.
HARNESS = (
    ("evenfold.score.jobs.StudyJobs", "_job", "folds"),
    ("evenfold.score.runner", "compute_scores", "scores"),
    ("evenfold.score.store.Store", "put", "store"),
    ("evenfold.score.store.Store", "get", "store"),
    ("evenfold.score.run", "write_study", "files"),
    ("evenfold.score.run", "plan_fits", "plan"),
)


@contextmanager
def recording_workers(folder: Path) -> Iterator[None]:
    """Let workers that are started inside record their phases in a folder."""
    from evenfold.runtime import pool

    stage = pool.stage

    def stage_recording(target: Path) -> Path:
        staged = stage(target)
        shutil.copy(worker_phases.__file__, staged)
        (staged / "__main__.py").write_text(worker_phases.MAIN)
        return staged

    pool.stage = stage_recording
    os.environ[worker_phases.FOLDER] = str(folder)
    try:
        yield
    finally:
        pool.stage = stage
        del os.environ[worker_phases.FOLDER]


def watch_harness() -> None:
    from importlib import import_module

    for place, name, phase in HARNESS:
        module, _, owner = place.rpartition(".")
        is_class = owner[0].isupper()
        target = getattr(import_module(module), owner) if is_class else import_module(place)
        worker_phases.watch(target, name, phase)


def profile(repeats: int, jobs: int) -> dict[str, object]:
    """Run the study in a new folder and return its phases in seconds."""
    from evenfold.score.compare_models import score_models
    from evenfold.score.options import ScoreOptions

    worker_phases.seconds.clear()
    worker_phases.cpu_seconds.clear()
    with tempfile.TemporaryDirectory() as name, recording_workers(Path(name)):
        options = ScoreOptions(
            models=(MODEL,), folds=FOLDS, repeats=repeats, jobs=jobs,
            results=Path(name) / "results",
        )  # fmt: skip
        started = perf_counter()
        result = score_models(options, Path.cwd(), lambda _: None, lambda _: lambda *_: None)
        numbers = result.numbers
        wall = perf_counter() - started
        workers = [json.loads(file.read_text()) for file in Path(name).glob("phases-*.json")]
    engines = set(result.scores["engine"])
    if engines != {"compiled"} or len(result.scores) != FOLDS * repeats:
        sys.exit(f"the study is incomplete, or not by the compiled engine: {engines}")
    return {
        "wall_seconds": wall,
        "accuracy": float(numbers["accuracy"].iloc[0]),
        "harness": {phase: round(s, 3) for phase, s in sorted(worker_phases.cpu_seconds.items())},
        "workers": [rounded_phases(worker) for worker in workers],
    }


def rounded_phases(worker: dict[str, object]) -> dict[str, dict[str, float]]:
    """Return the wall and CPU seconds of a worker's phases, and its wait for the next fit."""
    phases = {
        phase: {"seconds": round(s, 3), "cpu_seconds": round(worker["cpu_seconds"][phase], 3)}
        for phase, s in worker["seconds"].items()
    }
    waiting = worker["age"] - sum(worker["seconds"].values())
    return {**phases, "waiting": {"seconds": round(waiting, 3), "cpu_seconds": 0.0}}


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--repeats", type=int, default=10, help="repeats of ten folds")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="worker processes")
    parser.add_argument("--runs", type=int, default=1, help="studies, one after the other")
    options = parser.parse_args()
    started = perf_counter()
    import pandas  # noqa: F401
    import sklearn.model_selection  # noqa: F401

    import_seconds = perf_counter() - started
    watch_harness()
    load = [os.getloadavg()[0]]
    runs = [profile(options.repeats, options.jobs) for _ in range(options.runs)]
    load.append(os.getloadavg()[0])
    print_result(
        {
            "model": MODEL,
            "fits": FOLDS * options.repeats,
            "jobs": options.jobs,
            "import_seconds": import_seconds,
            "runs": runs,
            "load": load,
            "environment": environment_record(threads=1),
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

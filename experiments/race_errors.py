"""Error rate and sensitivity of races on this machine, beside runs one after the other.

``python experiments/race_errors.py FILE`` races conv1d's training epoch against itself in random
order: 40 times unchanged, at a margin of 1 %, 20 times with 1 % of its time added inside the clock,
at a margin of 0, and 20 times with 2 %, at a margin of 0.5 %. It also times the same training with
pytest-benchmark again and again, and compares each run with the one before by
``--benchmark-compare-fail=median:3%``. Three hours with the default budget.

FILE, JSON, is written after each race and run, so that an interrupted call continues where it
stopped. The script prints a table, and ``evenfold report`` shows it if FILE is
``results/<machine>/experiments/race_errors*.json``. With ``--clock cpu`` races are by CPU time;
pytest-benchmark's runs are by wall time in any case. Exit code 1 if races erred or found less than
they should: of 40 unchanged ones, two or more have an interval without 1, or fewer than 30 are
equivalent; of 20 with a delay, fewer than 18 are slower; or half of the unchanged ones have a
half-width above 0.65 %.
"""

from __future__ import annotations

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from commands import ROOT, argument_parser, environment_record
from evenfold.errors import ResultsError
from evenfold.race.error_record import RACE_ERRORS, BenchRun, RaceErrors, write_race_errors
from evenfold.race.error_tables import errors_caption
from evenfold.race.progress import RaceMonitor
from evenfold.race.selfcheck import TrialKind, run_trials
from evenfold.race.selfcheck_tables import trial_table
from evenfold.race.settings import CLOCKS
from evenfold.render.tables import write
from evenfold.runtime import environment
from race_requests import request_of

MODEL = "conv1d"
# Delay, margin and number of races.
RACES = ((0.0, 0.01, 40), (0.01, 0.0, 20), (0.02, 0.005, 20))
RUNS = 24
GATE = "median:3%"
# Required of races with a delay: the share that is slower.
REQUIRED_FOUND = 18 / 20
# Required of races without one: shares, and the median half-width.
REQUIRED_EQUIVALENT, MOST_BEYOND_ZERO = 30 / 40, 1 / 40
MOST_HALF_WIDTH = 0.0065


def remaining_work(record, races, runs):
    """Remaining measurements in random order: kinds of races, and None for a run alone."""
    remaining = []
    for delay, margin, count in races:
        finished = sum((t.delay, t.margin) == (delay, margin) for t in record.races)
        remaining += [TrialKind(delay, margin)] * (count - finished)
    remaining += [None] * (runs - len(record.runs))
    order = np.random.default_rng().permutation(len(remaining))
    return [remaining[number] for number in order]


def run_race(kind, record, folder):
    """Race the model against itself once."""
    seed = secrets.randbelow(2**31)
    contenders = [record.model, record.model]
    request = request_of(contenders, folder, seed, budget=record.budget, clock=record.clock)
    monitor = RaceMonitor(print_progress, lambda progress: None)
    (trial,) = run_trials(request, iter([kind]), 2 * request.settings.budget, monitor)
    return trial


def run_alone(record, folder):
    """Time the training with pytest-benchmark, and compare it with the run before."""
    command = [sys.executable, "-m", "pytest", "bench/test_training.py", "--benchmark-only", "-q",
               "--model", record.model, "--epochs", str(record.epochs),
               "--rounds", str(record.rounds), "--threads", "1",
               "--results", str(folder / "bench"), "--benchmark-storage", str(folder / "saved"),
               "--benchmark-save", str(len(record.runs))]  # fmt: skip
    before = sorted(folder.glob("saved/*/*.json"))
    if before:
        command += [f"--benchmark-compare={before[-1]}", f"--benchmark-compare-fail={GATE}"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    files = sorted(folder.glob("saved/*/*.json"))
    if len(files) != len(before) + 1:
        sys.exit(f"pytest-benchmark failed:\n{process.stdout[-2000:]}\n{process.stderr[-2000:]}")
    (benchmark,) = json.loads(files[-1].read_text())["benchmarks"]
    regressed = bool(before) and "Performance has regressed" in process.stdout + process.stderr
    return BenchRun(benchmark["stats"]["median"], regressed, compared=bool(before))


def read_record(file, empty):
    """Record in the file, or the empty one; end the script if the file's settings differ.

    The environment of a file is that of its first measurement.
    """
    if not file.exists():
        return empty
    try:
        record = RACE_ERRORS.read(file)
    except ResultsError as error:
        sys.exit(str(error))
    for name in ("machine", "model", "clock", "budget", "epochs", "rounds", "gate"):
        saved, wanted = getattr(record, name), getattr(empty, name)
        if saved != wanted:
            sys.exit(f"{file} is of {name} {saved}, not {wanted}: give another file")
    if differs := environment.differences(record.environment, empty.environment):
        sys.exit(f"{file} is of another environment ({'; '.join(differs)}): give another file")
    return record


def print_progress(text):
    """Print a line on standard error."""
    print(text, file=sys.stderr, flush=True)


def measure(kind, record, folder):
    """The record with one more race of the kind, or one more run alone if it is None."""
    if kind is None:
        run = run_alone(record, folder)
        print_progress(f"alone: {run.median_seconds:.3f} s{', regressed' * run.regressed}")
        return replace(record, runs=(*record.runs, run))
    trial = run_race(kind, record, folder / str(len(record.races)))
    print_progress(f"{kind.name}: {trial.ratio:.4f} {trial.verdict}, {trial.seconds:.0f} s")
    return replace(record, races=(*record.races, trial))


def fell_short(summaries):
    """Whether races reported too many false differences, or found fewer than required."""
    return any(
        one.detected.value < REQUIRED_FOUND
        if one.delay
        else one.beyond_zero.value > MOST_BEYOND_ZERO
        or one.equivalent.value < REQUIRED_EQUIVALENT
        or one.half_width > MOST_HALF_WIDTH
        for one in summaries
    )


def read_options() -> argparse.Namespace:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, help="JSON file to write, or to continue")
    budget = "seconds of each race (default: 120)"
    parser.add_argument("--budget", type=float, default=120.0, help=budget)
    parser.add_argument("--clock", choices=CLOCKS, default="wall", help="clock of the races")
    parser.add_argument("--most", type=int, help="largest number of races and runs of this call")
    parser.add_argument("--runs", type=int, default=RUNS, help="runs alone, in all (default: 24)")
    parser.add_argument("--epochs", type=int, default=10, help="epochs of a fit of a run alone")
    parser.add_argument("--rounds", type=int, default=5, help="fits of a run alone")
    return parser.parse_args()


def main() -> int:
    options = read_options()
    empty = RaceErrors(environment_record(threads=1), MODEL, options.clock, options.budget,
                       options.epochs, options.rounds, GATE)  # fmt: skip
    record = read_record(options.file, empty)
    with tempfile.TemporaryDirectory() as name:
        for kind in remaining_work(record, RACES, options.runs)[: options.most]:
            record = measure(kind, record, Path(name))
            write_race_errors(options.file, record)
    print(f"{write(trial_table(record.summaries), 'markdown')}\n\n{errors_caption(record)}")
    return int(fell_short(record.summaries))


if __name__ == "__main__":
    sys.exit(main())

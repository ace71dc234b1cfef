"""Error rate and sensitivity of races on this machine, beside runs one after the other.

``python experiments/race_errors.py FILE`` races conv1d's training epoch against itself, unchanged
and with delays of 5, 2 and 1 % inside the clock, in random order. It also times the same training
with pytest-benchmark again and again, and compares each run with the one before by
``--benchmark-compare-fail=median:3%``. Three hours with the default budget.

FILE, JSON, is written after each race and run, so that an interrupted call continues where it
stopped. The script prints a table, and ``evenfold report`` shows it if FILE is
``results/<machine>/experiments/race_errors*.json``. With ``--clock cpu`` races are by CPU time;
pytest-benchmark's runs are by wall time in any case. Exit code 1 if races erred or found less than
they should.
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
from evenfold.stats.race_ratios import MARGIN
from race_requests import request_of

MODEL = "conv1d"
# Delay, margin and number of races.
RACES = ((0.0, MARGIN, 40), (0.05, MARGIN, 20), (0.02, 0.01, 20), (0.01, 0.005, 10))
RUNS = 24
GATE = "median:3%"
# Required share of races that find a delay, by delay and margin.
REQUIRED_FOUND = {(0.05, MARGIN): 19 / 20, (0.02, 0.01): 14 / 20}
REQUIRED_EQUIVALENT = 24 / 40


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
    """Whether races reported a false difference, or found fewer than required."""
    for one in summaries:
        if not one.delay and (one.wrong.count or one.equivalent.value < REQUIRED_EQUIVALENT):
            return True
        if one.detected.value < REQUIRED_FOUND.get((one.delay, one.margin), 0.0):
            return True
    return False


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

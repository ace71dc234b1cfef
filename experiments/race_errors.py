"""How often races err on this machine, and what they find, beside runs one after the other.

``python experiments/race_errors.py FILE`` races conv1d's training epoch against itself, as it is and with
delays of 5, 2 and 1 % inside the clock, in random order, and times the same training by
pytest-benchmark again and again, each run compared with the one before by
``--benchmark-compare-fail=median:3%``. FILE, JSON, holds what is done after each of them, so that a
run that was ended goes on where it was; a table is printed, and ``evenfold report`` shows it where
FILE is ``results/<machine>/experiments/race_errors*.json``. Three hours with the usual budget.
With ``--clock cpu`` races are of CPU time; pytest-benchmark's runs are of wall time all the same.
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

from against import ROOT, request_of
from evenfold.errors import ResultsError
from evenfold.race.error_record import RACE_ERRORS, RaceErrors, Run, write_race_errors
from evenfold.race.error_tables import caption
from evenfold.race.launches import Watch
from evenfold.race.record import CLOCKS, WALL
from evenfold.race.selfcheck import Kind, run_trials
from evenfold.race.selfcheck_tables import trial_table
from evenfold.render.tables import write
from evenfold.runtime import environment
from evenfold.stats.race_ratios import MARGIN
from evenfold.worker.device import backend_name

MODEL = "conv1d"
# Delay, margin, and how many races of it.
RACES = ((0.0, MARGIN, 40), (0.05, MARGIN, 20), (0.02, 0.01, 20), (0.01, 0.005, 10))
RUNS = 24
GATE = "median:3%"


def todo(done, races, runs):
    """What is left to do, in random order: kinds of races, and None for a run by itself."""
    left = []
    for delay, margin, count in races:
        had = sum((t.delay, t.margin) == (delay, margin) for t in done.races)
        left += [Kind(delay, margin)] * (count - had)
    left += [None] * (runs - len(done.runs))
    order = np.random.default_rng().permutation(len(left))
    return [left[number] for number in order]


def raced(kind, done, folder):
    """One race of the model against itself."""
    seed = secrets.randbelow(2**31)
    both = [done.model, done.model]
    request = request_of(both, folder, seed, budget=done.budget, clock=done.clock)
    watch = Watch(lambda text: say(text), lambda standing: None)
    (trial,) = run_trials(request, iter([kind]), 2 * request.seconds, watch)
    return trial


def by_itself(told, folder):
    """The training timed by pytest-benchmark, compared with the run before."""
    command = [sys.executable, "-m", "pytest", "bench/test_training.py", "--benchmark-only", "-q",
               "--model", told.model, "--epochs", str(told.epochs), "--rounds", str(told.rounds),
               "--threads", "1",
               "--results", str(folder / "bench"), "--benchmark-storage", str(folder / "saved"),
               "--benchmark-save", str(len(told.runs))]  # fmt: skip
    before = sorted(folder.glob("saved/*/*.json"))
    if before:
        command += [f"--benchmark-compare={before[-1]}", f"--benchmark-compare-fail={GATE}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    files = sorted(folder.glob("saved/*/*.json"))
    if len(files) != len(before) + 1:
        sys.exit(f"pytest-benchmark failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    (benchmark,) = json.loads(files[-1].read_text())["benchmarks"]
    regressed = bool(before) and "Performance has regressed" in done.stdout + done.stderr
    return Run(benchmark["stats"]["median"], regressed, compared=bool(before))


def opened(file, asked):
    """What a file holds, or nothing yet; ends where that is of something else than is asked for.

    Or was measured elsewhere: its environment is the one that it began in.
    """
    if not file.exists():
        return asked
    try:
        done = RACE_ERRORS.read(file)
    except ResultsError as error:
        sys.exit(str(error))
    for what in ("machine", "model", "clock", "budget", "epochs", "rounds", "gate"):
        had, wanted = getattr(done, what), getattr(asked, what)
        if had != wanted:
            sys.exit(f"{file} is of {what} {had}, not {wanted}: give another file")
    if differs := environment.differences(done.environment, asked.environment):
        sys.exit(f"{file} is of another environment ({'; '.join(differs)}): give another file")
    return done


def say(text):
    """A line on stderr."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Does what is left to do; exit code 1 when races erred or found less than they should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--budget", type=float, default=120.0, help="seconds, of each race")
    parser.add_argument("--clock", choices=CLOCKS, default=WALL)
    parser.add_argument("--most", type=int, help="races and runs of this call")
    parser.add_argument("--runs", type=int, default=RUNS, help="by themselves, in all")
    parser.add_argument("--epochs", type=int, default=10, help="of a fit of these")
    parser.add_argument("--rounds", type=int, default=5, help="fits of each of these")
    asked = parser.parse_args()
    where = environment.current(backend_name(), threads=1, root=ROOT).to_json()
    begun = RaceErrors(where, MODEL, asked.clock, asked.budget, asked.epochs, asked.rounds, GATE)
    done = opened(asked.file, begun)
    with tempfile.TemporaryDirectory() as name:
        for kind in todo(done, RACES, asked.runs)[: asked.most]:
            if kind is None:
                run = by_itself(done, Path(name))
                done = replace(done, runs=(*done.runs, run))
                say(f"alone: {run.median_seconds:.3f} s{', regressed' * run.regressed}")
            else:
                folder = Path(name) / str(len(done.races))
                trial = raced(kind, done, folder)
                done = replace(done, races=(*done.races, trial))
                say(f"{kind.name}: {trial.ratio:.4f} {trial.verdict}, {trial.seconds:.0f} s")
            write_race_errors(asked.file, done)
    print(f"{write(trial_table(done.findings), 'markdown')}\n\n{caption(done)}")
    return int(fell_short(done.findings))


def fell_short(found):
    """Whether races said what is not so, or found less than is promised of them."""
    least = {(0.05, MARGIN): 19 / 20, (0.02, 0.01): 14 / 20}
    for one in found:
        if not one.delay and (one.wrong.count or one.equivalent.value < 24 / 40):
            return True
        if one.found.value < least.get((one.delay, one.margin), 0.0):
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())

"""How often races err on this machine, and what they find, beside runs one after the other.

``python bench/race_errors.py FILE`` races conv1d's training epoch against itself, as it is and with
delays of 5, 2 and 1 % inside the clock, in random order, and times the same training by
pytest-benchmark again and again, each run compared with the one before by
``--benchmark-compare-fail=median:3%``. FILE, JSON, holds what is done after each of them, so that a
run that was ended goes on where it was; its summary is printed. Three hours with the usual budget.
With ``--clock cpu`` races are of CPU time; pytest-benchmark's runs are of wall time all the same.
"""

from __future__ import annotations

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
from dataclasses import asdict
from itertools import combinations
from pathlib import Path

import numpy as np

from against import ROOT, request_of
from evenfold.results import environment
from evenfold.results.folder import read_json, write_json
from evenfold.results.races import CLOCKS, WALL
from evenfold.results.ratios import MARGIN
from evenfold.results.trials import Trial, findings
from evenfold.study.launches import Watch
from evenfold.study.trials import Kind, run_trials
from evenfold.worker.device import backend_name

MODEL = "conv1d"
# Delay, margin, and how many races of it.
RACES = ((0.0, MARGIN, 40), (0.05, MARGIN, 20), (0.02, 0.01, 20), (0.01, 0.005, 10))
SEQUENTIAL = 24
GATE = "median:3%"
BEYOND = (0.03, 0.1)


def todo(done, races, sequential):
    """What is left to do, in random order: kinds of races, and None for a run by itself."""
    left = []
    for delay, margin, count in races:
        had = sum((t["delay"], t["margin"]) == (delay, margin) for t in done["races"])
        left += [Kind(delay, margin)] * (count - had)
    left += [None] * (sequential - len(done["sequential"]))
    order = np.random.default_rng().permutation(len(left))
    return [left[number] for number in order]


def raced(kind, model, clock, budget, folder):
    """One race of the model against itself."""
    seed = secrets.randbelow(2**31)
    request = request_of([model, model], folder, seed, budget=budget, clock=clock)
    watch = Watch(lambda text: say(text), lambda standing: None)
    (trial,) = run_trials(request, iter([kind]), 2 * request.seconds, watch)
    return trial


def sequential(number, epochs, rounds, folder):
    """The training timed by pytest-benchmark, compared with the run before."""
    command = [sys.executable, "-m", "pytest", "bench/test_training.py", "--benchmark-only", "-q",
               "--model", MODEL, "--epochs", str(epochs), "--rounds", str(rounds), "--threads", "1",
               "--results", str(folder / "bench"), "--benchmark-storage", str(folder / "saved"),
               "--benchmark-save", str(number)]  # fmt: skip
    before = sorted(folder.glob("saved/*/*.json"))
    if before:
        command += [f"--benchmark-compare={before[-1]}", f"--benchmark-compare-fail={GATE}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    files = sorted(folder.glob("saved/*/*.json"))
    if len(files) != len(before) + 1:
        sys.exit(f"pytest-benchmark failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    (benchmark,) = json.loads(files[-1].read_text())["benchmarks"]
    return {
        "median_seconds": benchmark["stats"]["median"],
        "regressed": bool(before) and "Performance has regressed" in done.stdout + done.stderr,
        "compared": bool(before),
    }


def summary(done):
    """Shares with their 95 % intervals, by delay and margin, and those of single runs."""
    told = []
    for found in findings(Trial(**trial) for trial in done["races"]):
        shares = {
            name: [getattr(found, name).count, *getattr(found, name).interval]
            for name in ("found", "wrong", "equivalent", "undecided")
        }
        told.append({
            "delay": found.delay, "margin": found.margin, "races": found.undecided.of, **shares,
            "median_seconds_to_verdict": found.seconds, "median_half_width": found.half_width,
            "ratios": [min(ratios(done, found)), max(ratios(done, found))],
        })  # fmt: skip
    medians = [run["median_seconds"] for run in done["sequential"]]
    pairs = [abs(np.log(a / b)) for a, b in combinations(medians, 2)]
    compared = [run["regressed"] for run in done["sequential"] if run["compared"]]
    runs = {
        "runs": len(medians), "comparisons": len(compared), "regressed": sum(compared),
        "pairs_beyond": {str(b): float(np.mean(np.array(pairs) > np.log1p(b))) for b in BEYOND},
        "least_and_most_median_seconds": [min(medians), max(medians)],
    } if pairs else {}  # fmt: skip
    return {"races": told, "sequential": runs}


def ratios(done, found):
    """The ratios of a finding's races."""
    key = (found.delay, found.margin)
    return [t["ratio"] for t in done["races"] if (t["delay"], t["margin"]) == key]


def require_same(file, done, about):
    """Ends where what a file holds is of something else than is asked for."""
    for what, value in about.items():
        if done.get(what, value) != value:
            sys.exit(f"{file} is of {what} {done[what]}, not {value}: give another file")


def say(text):
    """A line on stderr."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Does what is left to do; exit code 1 when races erred or found less than they should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--environment", default="", help="another than this one, as @tf2.15")
    parser.add_argument("--budget", type=float, default=120.0, help="seconds, of each race")
    parser.add_argument("--clock", choices=CLOCKS, default=WALL)
    parser.add_argument("--most", type=int, help="races and runs of this call")
    parser.add_argument("--sequential", type=int, default=SEQUENTIAL, help="runs, in all")
    parser.add_argument("--epochs", type=int, default=10, help="of a fit of these")
    parser.add_argument("--rounds", type=int, default=5, help="fits of each of these")
    asked = parser.parse_args()
    done = {"races": [], "sequential": []}
    if asked.file.exists():
        done = {"clock": WALL, **read_json(asked.file)}
    where = environment.current(backend_name(), threads=1, root=ROOT)
    about = {"model": MODEL + asked.environment, "clock": asked.clock, "budget": asked.budget}
    require_same(asked.file, done, about)
    done.update(about, environment=where.to_json(), gate=GATE)
    with tempfile.TemporaryDirectory() as name:
        for kind in todo(done, RACES, asked.sequential)[: asked.most]:
            if kind is None:
                run = sequential(len(done["sequential"]), asked.epochs, asked.rounds, Path(name))
                done["sequential"].append(run)
                say(f"alone: {run['median_seconds']:.3f} s{', regressed' * run['regressed']}")
            else:
                folder = Path(name) / str(len(done["races"]))
                trial = raced(kind, done["model"], asked.clock, asked.budget, folder)
                done["races"].append(asdict(trial))
                say(f"{kind.name}: {trial.ratio:.4f} {trial.verdict}, {trial.seconds:.0f} s")
            done["summary"] = summary(done)
            write_json(asked.file, done)
    print(json.dumps(done["summary"], indent=1))
    return int(fell_short(done))


def fell_short(done):
    """Whether races said what is not so, or found less than is promised of them."""
    least = {(0.05, MARGIN): 19 / 20, (0.02, 0.01): 14 / 20}
    for found in findings(Trial(**trial) for trial in done["races"]):
        if not found.delay and (found.wrong.count or found.equivalent.value < 24 / 40):
            return True
        if found.found.value < least.get((found.delay, found.margin), 0.0):
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())

"""SIGKILL at random moments, and what it costs: fits lost, fits counted twice, processes left.

    python experiments/faults.py --kills 1000 > faults.json

Studies whose fits take milliseconds run again and again on one store each, and are killed: one of
their workers, the command itself, or both at once. So are races and reports, some of the kills.
After every kill the store is read: each fit that was committed before has to be there, unchanged,
and nothing of the command may run on. A study that is whole has every fit once, in its store and in
its table. Linux only. A thousand kills take one to two hours on two cores: ``--after FILE`` adds
the kills that are missing to those of an interrupted or a shorter run, whose output FILE holds.
"""

from __future__ import annotations

import csv
import hashlib
import json
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, sleep

from commands import argument_parser, environment_record, print_result
from fault_commands import Command

FOLDS, REPEATS, JOBS = 5, 40, 2
FITS = FOLDS * REPEATS
# Of all kills: what is killed, and how often.
SHARES = {"worker": 0.5, "command": 0.25, "both": 0.2, "race": 0.03, "report": 0.02}
MODEL = """
import time
import numpy as np
from evenfold import Model

class Quick:
    def fit(self, x, y):
        time.sleep(0.003)
        self.share = np.bincount(y, minlength=2) / len(y)
        return self

    def predict_proba(self, x):
        return np.tile(self.share, (len(x), 1))

MODEL = Model(lambda task: Quick())
"""


@dataclass
class Faults:
    """What was killed, and what that cost."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SHARES, 0))
    studies_completed: int = 0
    fits_committed: int = 0
    fits_lost: int = 0
    fits_counted_twice: int = 0
    damaged_files: int = 0
    processes_left: int = 0
    commands_that_did_not_end: int = 0

    def code_of(self, command: Command) -> int:
        """Return the exit code of a command that ends by itself; 1 for one that does not."""
        code = command.end()
        self.commands_that_did_not_end += code is None
        return 1 if code is None else code


def committed(store: Path) -> dict[str, str]:
    """Return a digest of every fit in a store, by key; none where there is no store yet."""
    if not store.exists():
        return {}
    with closing(sqlite3.connect(f"{store.as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kept'").fetchone():
            return {}
        rows = connection.execute(
            "SELECT key, split, seed, seconds, classes, probabilities, history "
            "FROM fits JOIN kept USING (key)"
        )
        return {row[0]: hashlib.sha256(repr(row[1:]).encode()).hexdigest() for row in rows}


def lost(before: dict[str, str], after: dict[str, str]) -> int:
    """Return how many fits are gone or changed."""
    return sum(after.get(key) != digest for key, digest in before.items())


def is_whole(store: Path) -> bool:
    """Return whether SQLite finds no damage."""
    with closing(sqlite3.connect(store, timeout=30)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def counted_twice(folder: Path) -> int:
    """Return how many rows the tables of a study have beyond one for each split and seed."""
    rows = []
    for file in folder.rglob("scores/*.csv"):
        with open(file, newline="", encoding="utf-8") as stream:
            rows += [(row["model"], row["split"], row["seed"]) for row in csv.DictReader(stream)]
    return len(rows) - len(set(rows)) + abs(len(set(rows)) - FITS)


class StudyTarget:
    """A study that is killed until its store has every fit; then another one begins."""

    def __init__(self, folder: Path, faults: Faults, rng: random.Random) -> None:
        """Write the files that all studies need."""
        self.base, self.faults, self.rng, self.number = folder, faults, rng, 0
        write_files(folder)
        self._begin()

    def kill_once(self, kind: str) -> None:
        """Run the study, and kill at a random moment."""
        command = Command(self.base, *self._arguments())
        self._until_fits_or_end(command)
        sleep(self.rng.uniform(0, 0.7))
        before = committed(self.store)
        workers = command.workers()
        victims = {"worker": workers[:1], "command": [], "both": workers}[kind]
        if kind == "worker":
            command.kill(victims)
        else:
            command.kill([command.process.pid, *victims])
        self.faults.kills[kind] += 1
        command.process.wait()
        self._look(command, before)

    def _arguments(self) -> list[object]:
        return [
            "score", "quick", "--models", "models", "--dataset", "d.csv", "--target", "y",
            "--folds", FOLDS, "--repeats", REPEATS, "--jobs", JOBS,
            "--store", self.store, "--results", self.results,
        ]  # fmt: skip

    def _begin(self) -> None:
        self.number += 1
        self.store = self.base / f"{self.number}.sqlite"
        self.results = self.base / f"results-{self.number}"

    def _until_fits_or_end(self, command: Command) -> None:
        """Wait for the workers of the study; now and then for less, to hit the start as well."""
        until = monotonic() + (self.rng.uniform(0, 2) if self.rng.random() < 0.2 else 30)
        while monotonic() < until and command.process.poll() is None:
            if len(command.workers()) >= JOBS:
                return
            sleep(0.02)

    def _look(self, command: Command, before: dict[str, str]) -> None:
        faults = self.faults
        faults.processes_left += command.left()
        after = committed(self.store)
        faults.fits_lost += lost(before, after)
        if self.store.exists() and not is_whole(self.store):
            faults.damaged_files += 1
        if len(after) >= FITS:
            self._finish()

    def _finish(self) -> None:
        """Let the study end by itself, and count its fits."""
        command = Command(self.base, *self._arguments())
        if code := self.faults.code_of(command):
            sys.exit(f"a whole study ends with {code}: see {self.base}/log")
        self.faults.processes_left += command.left()
        fits = committed(self.store)
        self.faults.studies_completed += 1
        self.faults.fits_committed += len(fits)
        self.faults.fits_counted_twice += counted_twice(self.results) + abs(len(fits) - FITS)
        self._begin()


def write_files(folder: Path) -> None:
    """Write a table and a model."""
    (folder / "models").mkdir()
    (folder / "models" / "quick.py").write_text(MODEL)
    rows = [f"{n * 0.37 % 3:.3f},{n * 7 % 11},{n % 2}" for n in range(60)]
    (folder / "d.csv").write_text("\n".join(["a,b,y", *rows, ""]))


def kill_race(folder: Path, faults: Faults, rng: random.Random) -> None:
    """Kill a race: its file holds whole launches, or is not there yet."""
    results = folder / f"races-{faults.kills['race']}"
    command = Command(
        folder, "race", "quick", "quick", "--models", "models", "--dataset", "d.csv", "--target",
        "y", "--measure", "fit", "--budget", "60s", "--results", results,
    )  # fmt: skip
    _kill_after(command, rng.uniform(0.5, 12), faults, "race")
    for file in results.rglob("races/*.json"):
        _read(command, folder, file, faults)


def _read(command: Command, folder: Path, file: Path, faults: Faults) -> None:
    shown = Command(folder, "compare", file.parents[2])
    faults.damaged_files += faults.code_of(shown) != 0
    faults.processes_left += shown.left()


def kill_report(folder: Path, faults: Faults, rng: random.Random) -> None:
    """Kill a report: its page is a whole one, or is not there yet."""
    studies = sorted(folder.glob("results-*"))
    if not studies:
        return
    command = Command(folder, "report", "--results", studies[0])
    _kill_after(command, rng.uniform(0.5, 4), faults, "report")
    for page in studies[0].rglob("report.html"):
        faults.damaged_files += not page.read_text(encoding="utf-8").rstrip().endswith("</html>")


def _kill_after(command: Command, seconds: float, faults: Faults, kind: str) -> None:
    with suppress(subprocess.TimeoutExpired):
        command.process.wait(seconds)
    command.kill([command.process.pid])
    command.process.wait()
    faults.kills[kind] += 1
    faults.processes_left += command.left()


def run(
    kills: int,
    seed: int,
    folder: Path,
    minutes: float = float("inf"),
    faults: Faults | None = None,
) -> Faults:
    """Kill so often, or for so long, and return what that cost, with what earlier kills did."""
    faults = faults or Faults()
    done = sum(faults.kills.values())
    rng = random.Random(seed)
    kinds = rng.choices(list(SHARES), list(SHARES.values()), k=kills)
    rng.seed(f"{seed} after {done}")  # other moments than those of the earlier kills
    study = StudyTarget(folder, faults, rng)
    others: dict[str, Callable[[Path, Faults, random.Random], None]] = {
        "race": kill_race,
        "report": kill_report,
    }
    until = monotonic() + 60 * minutes
    for number, kind in enumerate(kinds[done:], done + 1):
        if monotonic() > until:
            break
        if kind in others:
            others[kind](folder, faults, rng)
        else:
            study.kill_once(kind)
        print(f"{number} of {kills} kills: {asdict(faults)}", file=sys.stderr)
    return faults


def read_runs(file: Path | None) -> tuple[Faults, list[dict[str, object]]]:
    """Return what earlier kills cost, and when and on which revision they were made."""
    if file is None:
        return Faults(), []
    content = json.loads(file.read_text(encoding="utf-8"))
    faults = Faults(**{name: content[name] for name in asdict(Faults())})
    return faults, content["runs"]


def main() -> None:
    """Print one JSON object; exit code 1 if anything was lost, counted twice or left."""
    parser = argument_parser(__doc__)
    parser.add_argument("--kills", type=int, default=1000, help="number of kills (default: 1000)")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="time for all kills")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    parser.add_argument("--after", type=Path, metavar="FILE", help="output of an earlier run")
    options = parser.parse_args()
    faults, runs = read_runs(options.after)
    earlier = sum(faults.kills.values())
    folder, began = Path(tempfile.mkdtemp()), monotonic()
    try:
        faults = run(options.kills, options.seed, folder, options.minutes, faults)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    environment = environment_record()
    runs.append({
        "kills": sum(faults.kills.values()) - earlier,
        "seconds": round(monotonic() - began),
        "revision": environment["revision"],
    })  # fmt: skip
    print_result({**asdict(faults), "runs": runs, "environment": environment})
    costs = (faults.fits_lost, faults.fits_counted_twice, faults.damaged_files,
             faults.processes_left, faults.commands_that_did_not_end)  # fmt: skip
    sys.exit(1 if any(costs) else 0)


if __name__ == "__main__":
    main()

"""How long ``evenfold compare`` takes to summarise a store of a million fits.

``python experiments/store_speed.py [FILE]`` makes the store (a minute), unless FILE is there already, and
prints one JSON object. The numbers of fits and the mean accuracies in the tables must be those that
SQLite counts in the store. Exit code 1 where the command takes five seconds.
"""

from __future__ import annotations

import argparse
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from evenfold.runtime import environment
from evenfold.score.store import Fit, Place, Series, Store
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.worker.device import backend_name

MOST_SECONDS = 5.0
MODELS, ENVIRONMENTS, SPLITS = 10, 4, 25_000
HISTORY = json.dumps({"accuracy": [0.9] * 50, "loss": [0.1] * 50})


def make(file: Path, fits: int) -> None:
    """A store of that many fits, each with the predictions and history of a real one."""
    rng = np.random.default_rng(0)
    splits = fits // (MODELS * ENVIRONMENTS)
    fit = Fit("compiled", "", 0.5, 1, np.full((57, 2), 0.5), json.loads(HISTORY))
    with Store(file) as store:
        for environment in range(ENVIRONMENTS):
            for model in range(MODELS):
                series = Series("cancer", "f", "kfold10", f"tf2.{environment}", "compiled", 0,
                                f"model{model}", "d")  # fmt: skip
                # The store's own way in, for the first; the others go straight into its tables.
                first = f"{environment}-{model}-first"
                store.put(first, Place(series, "r0f0", 0), fit, dict.fromkeys(METRIC_NAMES, 0.9))
    with closing(sqlite3.connect(file)) as connection, connection:
        blob = np.full((57, 2), 0.5).tobytes()
        for (series,) in connection.execute("SELECT id FROM series").fetchall():
            values = rng.uniform(0.8, 1, (splits - 1, len(METRIC_NAMES)))
            keys = [f"{series}-{number}" for number in range(1, splits)]
            marks = ", ".join("?" * (8 + len(METRIC_NAMES)))
            connection.executemany(
                f"INSERT INTO fits VALUES ({marks})",
                (
                    (key, series, f"r{n // 10}f{n % 10}", 0, "compiled", "", 0.5, 1, *row)
                    for n, (key, row) in enumerate(zip(keys, values.tolist(), strict=True), 1)
                ),
            )
            connection.executemany(
                "INSERT INTO kept VALUES (?, 2, ?, ?)", ((key, blob, HISTORY) for key in keys)
            )


def summarised(file: Path) -> tuple[float, str]:
    """Seconds of the whole command, and its tables."""
    started = perf_counter()
    command = [sys.executable, "-m", "evenfold", "compare", str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = perf_counter() - started
    if done.returncode:
        sys.exit(done.stderr)
    return seconds, done.stdout


def require_right(tables: str, file: Path) -> int:
    """The number of fits, when the tables say of each model what SQLite counts in the store."""
    with closing(sqlite3.connect(file)) as connection:
        counted = connection.execute(
            "SELECT series.model, count(*), avg(accuracy) FROM fits JOIN series "
            "ON fits.series = series.id GROUP BY series.id"
        ).fetchall()
    found = re.findall(r"^\| (\S+) +\| +(\d+) \| +([0-9.]+) \[", tables, re.MULTILINE)
    expected = [(model, str(fits), f"{mean:.4f}") for model, fits, mean in counted]
    if sorted(expected) != sorted(found):
        sys.exit(f"the tables say {sorted(found)}, the store holds {sorted(expected)}")
    return sum(fits for _, fits, _ in counted)


def main() -> int:
    """Times the command and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--fits", type=int, default=MODELS * ENVIRONMENTS * SPLITS)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = asked.file or Path(folder) / "fits.sqlite"
        if not file.exists():
            make(file, asked.fits)
        taken, tables = zip(*(summarised(file) for _ in range(asked.runs)), strict=True)
        fits, size = require_right(tables[0], file), file.stat().st_size
    told = {
        "fits": fits,
        "bytes": size,
        "seconds": taken,
        "environment": environment.current(backend_name(), threads=1).to_json(),
    }
    print(json.dumps(told, indent=1))
    return int(median(taken) >= MOST_SECONDS)


if __name__ == "__main__":
    sys.exit(main())

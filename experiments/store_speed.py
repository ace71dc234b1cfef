"""Time that ``evenfold compare`` takes to summarise a store of a million fits.

``python experiments/store_speed.py [FILE]`` creates the store in a minute, unless FILE exists, and
prints one JSON object. The numbers of fits and the mean accuracies in the tables must be those that
SQLite computes from the store. Exit code 1 if the command takes 1.5 seconds or more beyond the
import of pandas and SciPy.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median

import numpy as np

from commands import argument_parser, environment_record, print_result, run_evenfold, run_python
from evenfold.score.fit import Fit, FitPlace, FitSeries
from evenfold.score.store import Store
from evenfold.stats.metric_names import METRIC_NAMES

LIMIT_SECONDS = 1.5
IMPORTS = "import pandas, scipy.special"
MODELS, ENVIRONMENTS, SPLITS = 10, 4, 25_000
ROWS, CLASSES, EPOCHS = 57, 2, 50
PROBABILITIES = np.full((ROWS, CLASSES), 0.5)
HISTORY = {"accuracy": [0.9] * EPOCHS, "loss": [0.1] * EPOCHS}
SCORES = dict.fromkeys(METRIC_NAMES, 0.9)
INSERT_FIT = f"INSERT INTO fits VALUES ({', '.join('?' * (9 + len(METRIC_NAMES)))})"
INSERT_PREDICTIONS = (
    f"INSERT INTO kept (key, classes, probabilities, history) VALUES (?, {CLASSES}, ?, ?)"
)


def make_store(file: Path, fits: int) -> None:
    """Write a store of that many fits, each with the predictions and history of a real one."""
    put_first_fits(file)
    splits = fits // (MODELS * ENVIRONMENTS)
    rng = np.random.default_rng(0)
    with closing(sqlite3.connect(file)) as connection, connection:
        for (series,) in connection.execute("SELECT id FROM series").fetchall():
            scores = rng.uniform(0.8, 1, (splits - 1, len(METRIC_NAMES))).tolist()
            keys = [f"{series}-{number}" for number in range(1, splits)]
            rows = (
                (key, series, f"r{n // 10}f{n % 10}", 0, f"{n:016x}", "compiled", "", 0.5, 1, *row)
                for n, (key, row) in enumerate(zip(keys, scores, strict=True), 1)
            )
            connection.executemany(INSERT_FIT, rows)
            predictions = ((key, PROBABILITIES.tobytes(), json.dumps(HISTORY)) for key in keys)
            connection.executemany(INSERT_PREDICTIONS, predictions)
    Store(file).__exit__(None, None, None)  # which puts the fits in blocks, as ``Store.put`` does


def put_first_fits(file: Path) -> None:
    """Write one fit per model and environment through the store's own interface.

    The other fits go directly into its tables, which is faster.
    """
    fit = Fit("compiled", "", 0.5, 1, PROBABILITIES, HISTORY, SCORES)
    with Store(file) as store:
        for environment in range(ENVIRONMENTS):
            for model in range(MODELS):
                series = FitSeries("cancer", "f", "kfold10", f"tf2.{environment}", "compiled", 0,
                                f"model{model}", "d")  # fmt: skip
                key = f"{environment}-{model}-first"
                store.put(key, FitPlace(series, "r0f0", 0, f"{0:016x}"), fit)


def require_right(tables: str, file: Path) -> int:
    """Number of fits, provided that the tables agree with what SQLite computes for each model."""
    with closing(sqlite3.connect(file)) as connection:
        counted = connection.execute(
            "SELECT series.model, count(*), avg(accuracy) FROM fits JOIN series "
            "ON fits.series = series.id GROUP BY series.id"
        ).fetchall()
    shown = re.findall(r"^\| (\S+) +\| +(\d+) \| +([0-9.]+) \[", tables, re.MULTILINE)
    expected = [(model, str(fits), f"{mean:.4f}") for model, fits, mean in counted]
    if sorted(expected) != sorted(shown):
        sys.exit(f"the tables show {sorted(shown)}, but the store holds {sorted(expected)}")
    return sum(fits for _, fits, _ in counted)


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="an existing store, or one to create")
    fits = "fits of a new store (default: a million)"
    parser.add_argument("--fits", type=int, default=MODELS * ENVIRONMENTS * SPLITS, help=fits)
    parser.add_argument("--runs", type=int, default=5, help="timed runs of the command")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = options.file or Path(folder) / "fits.sqlite"
        if not file.exists():
            make_store(file, options.fits)
        turns = [
            (run_evenfold("compare", file), run_python("-c", IMPORTS)) for _ in range(options.runs)
        ]
        runs = [run for run, _ in turns]
        counted, size = require_right(runs[0].stdout, file), file.stat().st_size
    seconds = [run.seconds - imports.seconds for run, imports in turns]
    print_result(
        {
            "fits": counted,
            "bytes": size,
            "beyond_imports_seconds": seconds,
            "beyond_imports_cpu_seconds": [a.cpu_seconds - b.cpu_seconds for a, b in turns],
            "import_seconds": [imports.seconds for _, imports in turns],
            "load": os.getloadavg()[0],
            "environment": environment_record(threads=1),
        }
    )
    return int(median(seconds) >= LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main())

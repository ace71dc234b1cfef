"""Measure what it costs to read, split and prepare a table, beside pandas and scikit-learn.

``python experiments/table_cost.py [--rows 100000] [--repeats 3]`` writes a table of 50 columns with
missing cells, text, dates and truth values. Processes of their own read it, split it once and
prepare both parts. Printed are CPU seconds and the peak of memory, without the imports, and their
ratios. Both ways must give the same arrays.
"""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROWS, REPEATS = 100_000, 3
LEVELS = 12
# Imported before the clock starts.
IMPORTED = ("pandas", "sklearn.compose", "sklearn.impute", "sklearn.model_selection",
            "sklearn.preprocessing", "evenfold.data.table_files")  # fmt: skip


def write_table(file: Path, rows: int) -> None:
    """Write 38 columns of numbers, 10 of text, a truth value and a date, with missing cells."""
    import pandas as pd

    rng = np.random.default_rng(0)
    columns: dict[str, object] = {}
    for n in range(30):
        values = rng.normal(size=rows).round(6)
        values[rng.random(rows) < 0.05 * (n % 3 == 0)] = np.nan
        columns[f"number {n}"] = values
    columns.update({f"count {n}": rng.integers(0, 1000, rows) for n in range(8)})
    for n in range(10):
        levels = rng.choice([f"level {level}" for level in range(LEVELS)], rows).astype(object)
        levels[rng.random(rows) < 0.05 * (n % 2)] = None
        columns[f"text {n}"] = levels
    columns["flag"] = rng.random(rows) < 0.3
    days = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 2000, rows), unit="D")
    columns["day"] = days.strftime("%Y-%m-%d")
    columns["y"] = np.where(rng.random(rows) < 0.4, "a", "b")
    pd.DataFrame(columns).to_csv(file, index=False)


def by_hand(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the training and the test part as a script of pandas and scikit-learn has them."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.model_selection import train_test_split
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    frame = pd.read_csv(file)
    y = frame.pop("y")
    frame["day"] = (pd.to_datetime(frame["day"]) - pd.Timestamp(0)).dt.days.astype(float)
    frame["flag"] = frame["flag"].astype(float)
    texts = [name for name in frame if name.startswith("text")]
    numbers = [name for name in frame if name not in texts]
    train, test = train_test_split(frame, test_size=0.2, random_state=0, stratify=y)
    scaled = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    encoder = OneHotEncoder(
        handle_unknown="infrequent_if_exist", min_frequency=5, sparse_output=False
    )
    transformer = ColumnTransformer([("numbers", scaled, numbers), ("texts", encoder, texts)])
    return transformer.fit_transform(train), transformer.transform(test)


def by_evenfold(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the training and the test part as evenfold has them."""
    from evenfold.data.folds import make_fold
    from evenfold.data.splits import holdout
    from evenfold.data.table_files import open_table
    from evenfold.data.table_options import TableOptions

    dataset = open_table(file, TableOptions("y"))
    fold = make_fold(dataset, holdout(dataset)[0], "flat")
    return fold.x_train, fold.x_test


WAYS = {"by hand": by_hand, "evenfold": by_evenfold}


def measure(way: str, file: Path) -> None:
    """Print CPU seconds, the growth of the peak of memory, and sums of the arrays, as JSON."""
    for module in IMPORTED:
        importlib.import_module(module)
    before, start = peak_bytes(), time.process_time()
    train, test = WAYS[way](file)
    seconds, growth = time.process_time() - start, peak_bytes() - before
    sums = [float(np.abs(part).sum()) for part in (train, test)]
    found = {"seconds": seconds, "bytes": growth, "shape": train.shape, "sums": sums}
    print(json.dumps(found))


def peak_bytes() -> int:
    """Return the peak of this process's memory."""
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def compare(rows: int = ROWS, repeats: int = REPEATS) -> dict[str, dict[str, float]]:
    """Return the median cost of each way in processes of its own.

    Raises
    ------
    AssertionError
        The arrays differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        write_table(file, rows)
        runs = {way: [] for way in WAYS}
        for _ in range(repeats):
            for way, results in runs.items():
                command = [sys.executable, __file__, "--measure", way, str(file)]
                done = subprocess.run(command, check=True, capture_output=True, text=True)
                results.append(json.loads(done.stdout))
    first = {way: results[0] for way, results in runs.items()}
    assert first["by hand"]["shape"] == first["evenfold"]["shape"], first
    np.testing.assert_allclose(first["evenfold"]["sums"], first["by hand"]["sums"], rtol=1e-9)
    return {
        way: {
            name: float(np.median([run[name] for run in results])) for name in ("seconds", "bytes")
        }
        for way, results in runs.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--measure", nargs=2, metavar=("WAY", "FILE"))
    options = parser.parse_args()
    if options.measure:
        measure(options.measure[0], Path(options.measure[1]))
        return
    costs = compare(options.rows, options.repeats)
    for way, cost in costs.items():
        print(f"{way}: {cost['seconds']:.2f} s of CPU time, {cost['bytes'] / 1e6:,.0f} MB")
    ratios = {
        name: costs["evenfold"][name] / costs["by hand"][name] for name in ("seconds", "bytes")
    }
    print(
        f"evenfold takes {ratios['seconds']:.2f} of the time, {ratios['bytes']:.2f} of the memory"
    )


if __name__ == "__main__":
    main()

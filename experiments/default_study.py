"""How long the default study takes, all built-in models on ten folds drawn ten times; and again.

``python experiments/default_study.py`` prints one JSON object. Asked again, nothing is fitted: what is
left is what importing pandas and scikit-learn costs, measured beside it. Exit code 1 where the
study takes six minutes, or asking again a second more than the imports.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import pandas as pd

from evenfold.runtime import environment
from evenfold.worker.device import backend_name

MOST_SECONDS, MOST_AGAIN = 360.0, 1.0
TURNS = 5
IMPORTS = "import pandas, sklearn.model_selection"


def timed(*arguments: str) -> float:
    """Seconds of a whole Python process."""
    started = perf_counter()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True)
    seconds = perf_counter() - started
    if done.returncode:
        sys.exit(f"{arguments} ended with {done.returncode}: {done.stderr[-2000:]}")
    return seconds


def main() -> int:
    """Runs the study once, then asks again in turns with the imports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--repeats", type=int, default=10)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        study = ("-m", "evenfold", "score", "--results", str(Path(folder) / "results"),
                 "--repeats", str(asked.repeats), "--jobs", str(asked.jobs))  # fmt: skip
        seconds = timed(*study)
        pairs = [(timed(*study), timed("-c", IMPORTS)) for _ in range(TURNS)]
        table = pd.read_csv(next(Path(folder).rglob("breast_cancer*.csv")))
    counts = table.groupby("model").size()
    if set(counts) != {10 * asked.repeats}:
        sys.exit(f"the study is not whole: {counts.to_dict()}")
    again = [more - imports for more, imports in pairs]
    told = {
        "models": len(counts),
        "fits": len(table),
        "seconds": seconds,
        "again_beyond_imports_seconds": again,
        "import_seconds": median(imports for _, imports in pairs),
        "mean_accuracy": table.groupby("model")["accuracy"].mean().to_dict(),
        "environment": environment.current(backend_name(), threads=1).to_json(),
    }
    print(json.dumps(told, indent=1))
    return int(seconds >= MOST_SECONDS or median(again) >= MOST_AGAIN)


if __name__ == "__main__":
    sys.exit(main())

"""Duration of the default score study, first from scratch and then with every fit saved.

``python experiments/default_study.py`` runs all built-in models on ten folds, ten times, and prints
one JSON object. The second time nothing is fitted: the time that remains is mostly the import of
pandas and scikit-learn, which is measured beside it. Exit code 1 if the study takes three minutes
or more, or the second run half a second or more beyond the imports.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from statistics import median

import pandas as pd

from commands import argument_parser, environment_record, print_result, run_evenfold, run_python

STUDY_LIMIT_SECONDS, AGAIN_LIMIT_SECONDS = 180.0, 0.5
TURNS = 5
IMPORTS = "import pandas, sklearn.model_selection"


def run_study(folder: Path, repeats: int, jobs: int) -> tuple[float, list[tuple[float, float]]]:
    """Seconds of the study, and of each later (run, imports) pair."""
    study = ("score", "--results", folder / "results", "--repeats", repeats, "--jobs", jobs)
    seconds = run_evenfold(*study).seconds
    pairs = [
        (run_evenfold(*study).seconds, run_python("-c", IMPORTS).seconds) for _ in range(TURNS)
    ]
    return seconds, pairs


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="worker processes")
    parser.add_argument("--repeats", type=int, default=10, help="repeats of ten folds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        seconds, pairs = run_study(Path(folder), options.repeats, options.jobs)
        table = pd.read_csv(next(Path(folder).rglob("breast_cancer*.csv")))
    counts = table.groupby("model").size()
    if set(counts) != {10 * options.repeats}:
        sys.exit(f"the study is incomplete: {counts.to_dict()}")
    again = [run - imports for run, imports in pairs]
    print_result(
        {
            "models": len(counts),
            "fits": len(table),
            "seconds": seconds,
            "load": os.getloadavg()[0],
            "again_beyond_imports_seconds": again,
            "import_seconds": median(imports for _, imports in pairs),
            "mean_accuracy": table.groupby("model")["accuracy"].mean().to_dict(),
            "environment": environment_record(threads=1),
        }
    )
    return int(seconds >= STUDY_LIMIT_SECONDS or median(again) >= AGAIN_LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main())

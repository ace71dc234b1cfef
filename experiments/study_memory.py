"""Memory of one worker over a study of a thousand fits.

``python experiments/study_memory.py`` fits conv1d for one epoch a thousand times in one worker
process and prints one JSON object: the worker's peak resident bytes after the first hundred fits
and after all. Exit code 1 if the worker exceeds the bound at which it is replaced.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from commands import argument_parser, environment_record, print_result, run_evenfold
from evenfold.runtime.pool import MOST_RESIDENT_BYTES

MODEL = "conv1d[epochs=1]"
FOLDS = 10


def read_peaks(repeats: int, folder: Path) -> list[int]:
    """Run the study and return the worker's peak resident bytes after each fit, in order."""
    store = folder / "fits.sqlite"
    run_evenfold(
        "score", MODEL, "--folds", FOLDS, "--repeats", repeats, "--jobs", 1,
        "--results", folder, "--store", store, show_progress=True,
    )  # fmt: skip
    with closing(sqlite3.connect(store)) as connection:
        rows = connection.execute("SELECT peak_bytes FROM fits ORDER BY rowid").fetchall()
    if len(rows) != FOLDS * repeats:
        sys.exit(f"the store holds {len(rows)} fits instead of {FOLDS * repeats}")
    return [peak for (peak,) in rows]


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--repeats", type=int, default=100, help="repeats of ten folds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        peaks = read_peaks(options.repeats, Path(folder))
    # A worker is replaced after the fit with which it exceeds the bound.
    print_result(
        {
            "model": MODEL,
            "fits": len(peaks),
            "bytes_after_100": max(peaks[:100]),
            "bytes_after_all": max(peaks),
            "bound_bytes": MOST_RESIDENT_BYTES,
            "environment": environment_record(threads=1),
        }
    )
    return int(max(peaks) > MOST_RESIDENT_BYTES)


if __name__ == "__main__":
    sys.exit(main())

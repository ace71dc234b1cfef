"""How large one worker grows over a study of a thousand fits.

``python experiments/study_memory.py`` fits conv1d for one epoch a thousand times in one worker process
and prints one JSON object: its most resident bytes after the first hundred fits and after all.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from evenfold.runtime import environment
from evenfold.runtime.pool import MOST_RESIDENT_BYTES
from evenfold.worker.device import backend_name

MODEL = "conv1d[epochs=1]"
FOLDS = 10


def peaks(repeats: int, folder: Path) -> list[int]:
    """Most resident bytes of the worker after each fit, in the order in which they were kept."""
    store = folder / "fits.sqlite"
    command = [sys.executable, "-m", "evenfold", "score", MODEL, "--folds", str(FOLDS),
               "--repeats", str(repeats), "--jobs", "1", "--results", str(folder),
               "--store", str(store)]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"the study ended with {done.returncode}")
    with closing(sqlite3.connect(store)) as connection:
        rows = connection.execute("SELECT peak_bytes FROM fits ORDER BY rowid").fetchall()
    if len(rows) != FOLDS * repeats:
        sys.exit(f"{len(rows)} fits were kept, {FOLDS * repeats} were asked for")
    return [peak for (peak,) in rows]


def main() -> int:
    """Runs the study and prints what it came to; exit code 1 when the bound was exceeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=100, help="of ten folds")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = peaks(asked.repeats, Path(folder))
    # A worker is replaced after the answer with which it exceeds the bound.
    told = {
        "model": MODEL,
        "fits": len(found),
        "bytes_after_100": max(found[:100]),
        "bytes_after_all": max(found),
        "bound_bytes": MOST_RESIDENT_BYTES,
        "environment": environment.current(backend_name(), threads=1).to_json(),
    }
    print(json.dumps(told, indent=1))
    return int(max(found) > MOST_RESIDENT_BYTES)


if __name__ == "__main__":
    sys.exit(main())

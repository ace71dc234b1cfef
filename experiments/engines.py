"""Whether the compiled engine scores as stock ``fit`` does: two one-sided tests over many seeds.

``python experiments/engines.py`` fits conv1d on the tutorial's split with 60 seeds by each engine, the
same seeds in both, and tests that mean accuracies are within a point and mean log losses within
0.005. Exit code 1 where equivalence is not shown.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from evenfold.runtime import environment
from evenfold.stats.score_intervals import equivalence
from evenfold.worker.device import backend_name

MARGINS = {"accuracy": 0.01, "log_loss": 0.005}
ALPHA = 0.05


def scored(model: str, engine: str, seeds: int, folder: Path) -> pd.DataFrame:
    """The study's scores, one row a seed."""
    command = [sys.executable, "-m", "evenfold", "score", model, "--protocol", "holdout",
               "--seeds", str(seeds), "--engine", engine,
               "--results", str(folder / engine)]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"the study by {engine} ended with {done.returncode}")
    table = pd.read_csv(next((folder / engine).rglob("*.holdout.csv")))
    if set(table["engine"]) != {engine} or len(table) != seeds:
        sys.exit(f"not all fits were by {engine}")
    return table.set_index("seed").sort_index()


def main() -> int:
    """Runs both studies and prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="conv1d")
    parser.add_argument("--seeds", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {
            engine: scored(asked.model, engine, asked.seeds, Path(folder))
            for engine in ("compiled", "keras")
        }
    told = {}
    for metric, margin in MARGINS.items():
        d = (found["compiled"][metric] - found["keras"][metric]).to_numpy()
        means = {engine: table[metric].mean() for engine, table in found.items()}
        told[metric] = {**means, "margin": margin, "p": equivalence(d, margin)}
    where = environment.current(backend_name(), threads=1).to_json()
    seconds = {engine: table["fit_seconds"].median() for engine, table in found.items()}
    print(json.dumps({"model": asked.model, "seeds": asked.seeds, **told,
                      "median_fit_seconds": seconds, "environment": where}, indent=1))  # fmt: skip
    return int(any(told[metric]["p"] >= ALPHA for metric in MARGINS))


if __name__ == "__main__":
    sys.exit(main())

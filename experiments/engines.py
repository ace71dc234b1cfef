"""Equivalence of the compiled engine's scores and stock ``fit``'s: two one-sided tests.

``python experiments/engines.py`` fits conv1d on the tutorial's split with 60 seeds by each engine,
the same seeds in both. It tests that mean accuracies agree within a point and mean log losses
within 0.005, and prints one JSON object. Exit code 1 if equivalence is not shown.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pandas as pd

from commands import argument_parser, environment_record, print_result, run_evenfold
from evenfold.stats.score_intervals import equivalence

MARGINS = {"accuracy": 0.01, "log_loss": 0.005}
ALPHA = 0.05
ENGINES = ("compiled", "keras")


def read_scores(model: str, engine: str, seeds: int, folder: Path) -> pd.DataFrame:
    """Run one engine's study and return its scores, one row per seed."""
    run_evenfold(
        "score", model, "--protocol", "holdout", "--seeds", seeds, "--engine", engine,
        "--results", folder / engine, show_progress=True,
    )  # fmt: skip
    table = pd.read_csv(next((folder / engine).rglob("*.holdout.csv")))
    if set(table["engine"]) != {engine} or len(table) != seeds:
        sys.exit(f"not all fits of the study were by the engine {engine}")
    return table.set_index("seed").sort_index()


def compare(tables: dict[str, pd.DataFrame]) -> dict[str, dict[str, float]]:
    """Mean of each engine, margin and p-value of equivalence, by metric."""
    comparisons = {}
    for metric, margin in MARGINS.items():
        differences = (tables["compiled"][metric] - tables["keras"][metric]).to_numpy()
        means = {engine: float(table[metric].mean()) for engine, table in tables.items()}
        comparisons[metric] = {**means, "margin": margin, "p": equivalence(differences, margin)}
    return comparisons


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--model", default="conv1d", help="the network to fit (default: conv1d)")
    parser.add_argument("--seeds", type=int, default=60, help="fits by each engine (default: 60)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tables = {
            engine: read_scores(options.model, engine, options.seeds, Path(folder))
            for engine in ENGINES
        }
    comparisons = compare(tables)
    seconds = {engine: table["fit_seconds"].median() for engine, table in tables.items()}
    print_result(
        {
            "model": options.model,
            "seeds": options.seeds,
            **comparisons,
            "median_fit_seconds": seconds,
            "environment": environment_record(threads=1),
        }
    )
    return int(any(comparison["p"] >= ALPHA for comparison in comparisons.values()))


if __name__ == "__main__":
    sys.exit(main())

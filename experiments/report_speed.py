"""Time to write the report of 10,000 fits, to open its page, and to report the committed results.

``python experiments/report_speed.py`` writes a synthetic study, runs ``evenfold report`` and
prints one JSON object. Playwright opens the page in the Chromium on PATH; if either is missing,
opening is not measured. ``committed`` has the seconds of ``evenfold report`` and of
``evenfold report --check`` for a copy of this checkout's results, beyond those of importing pandas
and scikit-learn. Exit code 1 if the page takes 20 seconds to write, 2 to open, or is larger than
5 MB, or the committed results take 5 seconds or their check 3.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from commands import (
    ROOT,
    argument_parser,
    environment_record,
    print_result,
    run_evenfold,
    run_python,
)
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.metrics import compute_scores

FOLDS, ROWS = 10, 57
LIMITS = {"write_seconds": 20.0, "open_seconds": 2.0, "megabytes": 5.0}
COMMITTED_LIMITS = {"report": 5.0, "check": 3.0}
IMPORTS = "import pandas, sklearn.model_selection"
OPENINGS = 5
COLUMNS = ["model", "dataset", "protocol", "split", "seed", "engine", *METRIC_NAMES,
           "fit_seconds", "peak_bytes"]  # fmt: skip


def draw_fits(models: int, fits: int) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Scores and predictions of fits whose probabilities are drawn at random."""
    rng = np.random.default_rng(0)
    splits = [f"r{n // FOLDS}f{n % FOLDS}" for n in range(fits)]
    arrays = {f"y/{split}": rng.integers(0, 2, ROWS) for split in splits}
    rows = []
    for number in range(models):
        for split in splits:
            y, seed = arrays[f"y/{split}"], int(rng.integers(2**31))
            signal = (2 * y - 1) * (2 + number / 4) + rng.normal(size=ROWS)
            p = np.clip(1 / (1 + np.exp(-signal)), 1e-6, 1 - 1e-6)
            probabilities = np.stack([1 - p, p], axis=1)
            arrays[f"model_{number}/{split}/{seed}"] = probabilities
            fit = (f"model_{number}", "drawn", f"kfold{FOLDS}x{fits // FOLDS}", split, seed)
            metrics = compute_scores(y, probabilities, 0)
            rows.append((*fit, "compiled", *(metrics[name] for name in METRIC_NAMES), 1.0, 10**8))
    return pd.DataFrame(rows, columns=COLUMNS), arrays


def write_study(folder: Path, models: int, fits: int) -> None:
    """Write the files of a score study."""
    table, arrays = draw_fits(models, fits)
    folder.mkdir(parents=True)
    table.to_csv(folder / "drawn.csv", index=False)
    classes = {"classes": np.array(["no", "yes"]), "positive": np.array(0)}
    np.savez_compressed(folder / "drawn.predictions.npz", **arrays, **classes)
    np.savez_compressed(folder / "drawn.history.npz")  # empty, as for estimators
    environment = {"schema": 1, "name": "drawn", "machine": "drawn"}
    (folder / "environment.json").write_text(json.dumps(environment))


def time_openings(page: Path) -> list[float] | None:
    """Seconds from the start of navigation until the page's first figure is drawn."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if chromium is None:
        return None
    seconds = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(OPENINGS):
            tab = browser.new_page(viewport={"width": 1280, "height": 2000})
            started = perf_counter()
            tab.goto(page.as_uri())
            tab.locator("figure[data-drawn=true]").first.wait_for()
            seconds.append(perf_counter() - started)
            tab.close()
        browser.close()
    return seconds


def time_committed(folder: Path, turns: int) -> dict[str, dict[str, list[float]]]:
    """Wall and CPU seconds of each turn, beyond those of the imports in the same turn."""
    shutil.copytree(ROOT / "results", folder / "results")
    (folder / "results" / "report.html").unlink(missing_ok=True)
    shutil.copy(ROOT / "README.md", folder)
    report = ("report", "--results", folder / "results")
    run_evenfold(*report)
    times: dict[str, dict[str, list[float]]] = {}
    for _ in range(turns):
        imports = run_python("-c", IMPORTS)
        # Drawings of the last turn are removed: each is drawn anew.
        shutil.rmtree(folder / "results" / "figures")
        runs = {"report": run_evenfold(*report), "check": run_evenfold(*report, "--check")}
        for name, run in runs.items():
            of_run = times.setdefault(name, {"seconds": [], "cpu_seconds": []})
            of_run["seconds"].append(run.seconds - imports.seconds)
            of_run["cpu_seconds"].append(run.cpu_seconds - imports.cpu_seconds)
    return times


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--models", type=int, default=10, help="models of the study")
    parser.add_argument("--fits", type=int, default=1000, help="fits of each model")
    parser.add_argument("--turns", type=int, default=3, help="turns with the committed results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        results = Path(name) / "results"
        write_study(results / "drawn" / "drawn" / "scores", options.models, options.fits)
        seconds = run_evenfold("report", "--results", results).seconds
        page = results / "report.html"
        openings = time_openings(page)
        committed = time_committed(Path(name) / "committed", options.turns)
        result = {
            "models": options.models,
            "fits": options.fits,
            "write_seconds": seconds,
            "open_seconds": median(openings) if openings else None,
            "openings": openings,
            "megabytes": page.stat().st_size / 1e6,
            "committed": committed,
            "load": os.getloadavg()[0],
        }
    print_result({**result, "environment": environment_record()})
    is_slow = any(
        median(committed[name]["seconds"]) >= limit for name, limit in COMMITTED_LIMITS.items()
    )
    return int(is_slow or any((result[name] or 0) >= limit for name, limit in LIMITS.items()))


if __name__ == "__main__":
    sys.exit(main())

"""Time to write the report of 1,000 fits of 10 models, and to open its page.

``python experiments/report_speed.py`` writes a synthetic study, runs ``evenfold report`` and
prints one JSON object. Playwright opens the page in the Chromium on PATH; if either is missing,
opening is not measured. Exit code 1 if the page takes 20 seconds to write, 2 to open, or is larger
than 5 MB.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from commands import argument_parser, environment_record, print_result, run_evenfold
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.metrics import compute_scores

FOLDS, ROWS = 10, 57
LIMITS = {"write_seconds": 20.0, "open_seconds": 2.0, "megabytes": 5.0}
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
            tab.locator("figure[data-drawn]").first.wait_for()
            seconds.append(perf_counter() - started)
            tab.close()
        browser.close()
    return seconds


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--models", type=int, default=10, help="models of the study")
    parser.add_argument("--fits", type=int, default=1000, help="fits of each model")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        results = Path(name) / "results"
        write_study(results / "drawn" / "drawn" / "scores", options.models, options.fits)
        seconds = run_evenfold("report", "--results", results).seconds
        page = results / "report.html"
        openings = time_openings(page)
        result = {
            "models": options.models,
            "fits": options.fits,
            "write_seconds": seconds,
            "open_seconds": median(openings) if openings else None,
            "openings": openings,
            "megabytes": page.stat().st_size / 1e6,
        }
    print_result({**result, "environment": environment_record()})
    return int(any((result[name] or 0) >= limit for name, limit in LIMITS.items()))


if __name__ == "__main__":
    sys.exit(main())

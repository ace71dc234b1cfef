"""How long ``evenfold report`` takes for 1,000 fits of 10 models, and its page to open.

``python experiments/report_speed.py`` prints one JSON object. The page is opened by Playwright in the
Chromium on PATH; where one of them is missing, opening is not measured. Exit code 1 where the
page takes 20 seconds to write, 2 to open, or is larger than 5 MB.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd

from evenfold.runtime import environment
from evenfold.stats.metric_names import METRIC_NAMES
from evenfold.stats.metrics import compute_scores
from evenfold.worker.device import backend_name

FOLDS, ROWS = 10, 57
MOST = {"write_seconds": 20.0, "open_seconds": 2.0, "megabytes": 5.0}
OPENINGS = 5


def write_study(folder: Path, models: int, fits: int) -> None:
    """The files of a study whose probabilities are drawn, and whose scores follow from them."""
    rng = np.random.default_rng(0)
    told, kept = [], {}
    splits = [f"r{n // FOLDS}f{n % FOLDS}" for n in range(fits)]
    for split in splits:
        kept[f"y/{split}"] = rng.integers(0, 2, ROWS)
    for number in range(models):
        model = f"model_{number}"
        for split in splits:
            y, seed = kept[f"y/{split}"], int(rng.integers(2**31))
            signal = (2 * y - 1) * (2 + number / 4) + rng.normal(size=ROWS)
            p = np.clip(1 / (1 + np.exp(-signal)), 1e-6, 1 - 1e-6)
            found = np.stack([1 - p, p], axis=1)
            kept[f"{model}/{split}/{seed}"] = found
            first = (model, "drawn", f"kfold{FOLDS}x{fits // FOLDS}", split, seed, "compiled")
            metrics = compute_scores(y, found, 0)
            told.append((*first, *(metrics[name] for name in METRIC_NAMES), 1.0, 10**8))
    columns = ["model", "dataset", "protocol", "split", "seed", "engine", *METRIC_NAMES]
    table = pd.DataFrame(told, columns=[*columns, "fit_seconds", "peak_bytes"])
    folder.mkdir(parents=True)
    table.to_csv(folder / "drawn.csv", index=False)
    named = {"classes": np.array(["no", "yes"]), "positive": np.array(0)}
    np.savez_compressed(folder / "drawn.predictions.npz", **kept, **named)
    np.savez_compressed(folder / "drawn.history.npz")  # as of estimators
    where = {"schema": 1, "name": "drawn", "machine": "drawn"}
    (folder / "environment.json").write_text(json.dumps(where))


def open_seconds(page: Path) -> list[float] | None:
    """From the start of the navigation until the page is loaded and its first figure is drawn."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    if chromium is None:
        return None
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(OPENINGS):
            tab = browser.new_page(viewport={"width": 1280, "height": 2000})
            started = perf_counter()
            tab.goto(page.as_uri())
            tab.locator("figure[data-drawn]").first.wait_for()
            found.append(perf_counter() - started)
            tab.close()
        browser.close()
    return found


def main() -> int:
    """Writes, opens, and prints what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=10)
    parser.add_argument("--fits", type=int, default=1000, help="of each model")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        results = Path(name) / "results"
        write_study(results / "drawn" / "drawn" / "scores", asked.models, asked.fits)
        command = [sys.executable, "-m", "evenfold", "report", "--results", str(results)]
        started = perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = perf_counter() - started
        if done.returncode:
            sys.exit(done.stderr)
        page = results / "report.html"
        opened = open_seconds(page)
        told = {"models": asked.models, "fits": asked.fits, "write_seconds": seconds,
                "open_seconds": median(opened) if opened else None, "openings": opened,
                "megabytes": page.stat().st_size / 1e6}  # fmt: skip
    where = environment.current(backend_name()).to_json()
    print(json.dumps({**told, "environment": where}, indent=1))
    return int(any((told[name] or 0) >= most for name, most in MOST.items()))


if __name__ == "__main__":
    sys.exit(main())

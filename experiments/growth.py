"""How the harness's own costs grow: with rows, features, classes, models, and fits.

``python experiments/growth.py [KIND...]`` measures each kind at growing sizes, each in a process of
its own, and prints one JSON object: CPU seconds, the growth of the peak of memory, and the exponent
of both over the last decade (1: twice the size costs twice as much). Nothing is trained: the cost
of a model is not the harness's. ``--most 100000`` leaves out larger sizes. Exit code 1 if a cost
grows faster than its work.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from commands import argument_parser, environment_record, print_result, run_python

COLUMNS, MODELS, TEST_ROWS = 50, 3, 57
# Sorting grows a little faster than the rows that are sorted.
MOST_EXPONENT = 1.25
SIZES = {
    "rows": (1_000, 10_000, 100_000, 1_000_000),
    "features": (10, 100, 1_000, 10_000),
    "classes": (2, 20, 200),
    "models": (3, 10, 30),
    "fits of a study": (100, 1_000, 10_000, 100_000),
    "fits of a store": (1_000, 10_000, 100_000, 1_000_000),
}


@contextmanager
def measured(result: dict[str, float]) -> Iterator[None]:
    """Add the CPU seconds of a block, and how much it raises the peak of memory."""
    unit = 1 if sys.platform == "darwin" else 1024
    before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    result["seconds"] = time.process_time() - start
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result["bytes"] = unit * (after - before)


def table_of(rows: int, features: int):
    """A dataset of two classes in memory."""
    from evenfold.data.datasets import Dataset

    rng = np.random.default_rng(0)
    y = np.arange(rows) % 2
    x = rng.normal(size=(rows, features)) + y[:, np.newaxis]
    names = tuple(f"feature {n}" for n in range(features))
    return Dataset("drawn", x, y, names, ("no", "yes"), 1)


def prepare_folds(rows: int, features: int, result: dict[str, float]) -> None:
    """Split a table into ten folds, count duplicates, and make the files of all folds."""
    import sklearn.model_selection  # noqa: F401

    from evenfold.score.jobs import StudyJobs

    dataset = table_of(rows, features)
    with tempfile.TemporaryDirectory() as folder, measured(result):
        study, planned = planned_study(dataset, repeats=1)
        study.duplicates  # noqa: B018
        jobs = StudyJobs(study, planned, Path(folder), most_bytes=0)
        for job in jobs:
            jobs.finish(job)


def planned_study(dataset, repeats: int):
    from evenfold.data.splits import kfold
    from evenfold.plugins.folders import built_in_folder, find_plugins
    from evenfold.plugins.sources import read_sources
    from evenfold.score.plan import Study, plan_fits

    source = read_sources(find_plugins([built_in_folder()]).files["majority"])
    splits = kfold(dataset, 10, repeats, 0)
    info = {"python": "3", "versions": {}, "backend": None, "flags": {}}
    study = Study(dataset, f"kfold10x{repeats}", "kfold10", splits, 1, {"majority": source},
                  "compiled", 0, "drawn", info)  # fmt: skip
    return study, plan_fits(study, {"majority": "flat"})


def draw_predictions(classes: int, seed: int, rows: int = 2_000, repeats: int = 3):
    """Predictions of every row in each of some repeats of ten folds."""
    from evenfold.stats.tested_rows import TestedRows

    rng = np.random.default_rng(seed)
    y = np.arange(rows) % classes
    row = np.concatenate([np.argsort(np.arange(rows) % 10, kind="stable")] * repeats)
    fit = np.repeat(np.arange(10 * repeats), rows // 10)
    chances = rng.dirichlet(np.full(classes, 0.5), size=len(row))
    chances[np.arange(len(row)), y[row]] += 1
    chances /= chances.sum(axis=1, keepdims=True)
    return TestedRows(row, fit, y[row], chances, 1 if classes == 2 else None)


def compare_rows(classes: int, models: int, result: dict[str, float]) -> None:
    """Compute the intervals of models, and compare each with the first."""
    import scipy.special  # noqa: F401

    from evenfold.stats.row_forms import row_values
    from evenfold.stats.row_intervals import compare_pairs, score_interval

    tested = [draw_predictions(classes, seed) for seed in range(models)]
    with measured(result):
        for metric in ("accuracy", "roc_auc"):
            values = [row_values(metric, one) for one in tested]
            for one in values:
                score_interval(one, metric)
            compare_pairs({n: (one, values[0]) for n, one in enumerate(values[1:])}, metric)


def run_study(fits: int, result: dict[str, float]) -> None:
    """Run a study whose workers answer at once: plan, jobs, scores, store and table."""
    import pandas  # noqa: F401
    import sklearn.model_selection  # noqa: F401

    from evenfold.score.runner import run_fits, score_table
    from evenfold.score.store import Store

    def answers(jobs):
        with np.load(next(iter(jobs))["fold"]) as fold:
            rows = len(fold["x_test"])
        for job in jobs:
            yield job, {
                "engine": "estimator", "note": "", "probabilities": [[0.25, 0.75]] * rows,
                "curves": None, "history": {}, "seconds": 0.5, "peak_bytes": None,
                "resident_bytes": None,
            }  # fmt: skip

    dataset = table_of(10 * TEST_ROWS, 5)
    with tempfile.TemporaryDirectory() as folder, measured(result):
        study, planned = planned_study(dataset, repeats=fits // 10)
        with Store(Path(folder) / "fits.sqlite") as store:
            results = run_fits(study, planned, store, answers, lambda *_: None)
        if len(score_table(study, planned, results.fits)) != fits:
            sys.exit("the study is incomplete")


def compare_store(fits: int, result: dict[str, float]) -> None:
    """Compare the models and environments of a store, as ``evenfold compare`` does."""
    import pandas  # noqa: F401
    import scipy.special  # noqa: F401

    import store_speed
    from evenfold.report.compare import comparison_text, read_saved_results
    from evenfold.report.compare_options import CompareOptions

    store_speed.PROBABILITIES, store_speed.HISTORY = np.full((1, 2), 0.5), {}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fits.sqlite"
        store_speed.make_store(file, fits)
        with measured(result):
            options = CompareOptions(results=(file,))
            saved = read_saved_results(options, Path.cwd())
            if not comparison_text(saved, options, "table"):
                sys.exit("there is no comparison")


KINDS: dict[str, Callable[[int, dict[str, float]], None]] = {
    "rows": lambda size, result: prepare_folds(size, COLUMNS, result),
    "features": lambda size, result: prepare_folds(1_000, size, result),
    "classes": lambda size, result: compare_rows(size, MODELS, result),
    "models": lambda size, result: compare_rows(2, size, result),
    "fits of a study": run_study,
    "fits of a store": compare_store,
}


def exponents(points: list[dict[str, float]]) -> dict[str, float | None]:
    """Return the exponents of both costs over the last two sizes."""
    found: dict[str, float | None] = {}
    for cost in ("seconds", "bytes"):
        (a, b) = points[-2:]
        known = a[cost] > 0 and b[cost] > 0
        found[cost] = math.log(b[cost] / a[cost], b["size"] / a["size"]) if known else None
    return found


def measure_kind(kind: str, most: int) -> dict[str, object]:
    points = []
    for size in (size for size in SIZES[kind] if size <= most):
        done = run_python(__file__, "--measure", kind, size)
        points.append({"size": size, **json.loads(done.stdout)})
        print(f"{kind}: {points[-1]}", file=sys.stderr)
    return {"points": points, "exponents": exponents(points)}


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=", ".join(KINDS))
    parser.add_argument("--most", type=int, default=10**6, help="the largest size")
    parser.add_argument("--measure", nargs=2, metavar=("KIND", "SIZE"), help="measure one point")
    options = parser.parse_args()
    if options.measure:
        kind, size = options.measure
        result: dict[str, float] = {}
        KINDS[kind](int(size), result)
        print(json.dumps(result))
        return 0
    load = os.getloadavg()[0]
    found = {kind: measure_kind(kind, options.most) for kind in options.kinds or KINDS}
    print_result({"kinds": found, "load": [load, os.getloadavg()[0]],
                  "environment": environment_record(threads=1)})  # fmt: skip
    steep = [of["exponents"]["seconds"] or 0 for of in found.values()]
    return int(max(steep) > MOST_EXPONENT)


if __name__ == "__main__":
    sys.exit(main())

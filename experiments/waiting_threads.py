"""Fits of estimators beside another load, with waiting threads that spin and that sleep.

Threads of OpenMP and OpenBLAS spin while they wait for others, unless environment variables say
otherwise; the benchmark sets these. ``python experiments/waiting_threads.py`` fits boosting and
logistic regression in fresh processes, in turns with threads that spin, that sleep, and with one
thread, on an idle machine and beside one process for each core that computes all the time. It
prints one JSON object with the median and the longest seconds of a fit for each. All must give the
same predictions. Takes some minutes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

from commands import argument_parser, environment_record, print_result
from evenfold.worker.cores import SLEEPING

WAITS = {
    "spinning": {},
    "sleeping": SLEEPING,
    "one thread": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
}
LOAD = "while True: pass"
CHILD = """
import json, sys, time
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale

x, y = load_breast_cancer(return_X_y=True)
x = scale(x)
models = {
    "boosting": HistGradientBoostingClassifier(random_state=0),
    "logistic regression": LogisticRegression(max_iter=1000),
}
found = {}
for name, model in models.items():
    seconds = []
    for _ in range(int(sys.argv[1])):
        began = time.perf_counter()
        model.fit(x, y)
        seconds.append(time.perf_counter() - began)
    found[name] = {"seconds": seconds, "sum": round(float(model.predict_proba(x)[:, 1].sum()), 6)}
print(json.dumps(found))
"""


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Keep cores busy with so many processes."""
    running = [subprocess.Popen([sys.executable, "-c", LOAD]) for _ in range(processes)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def fit(variables: dict[str, str], fits: int) -> dict[str, dict]:
    """Fit the models in a fresh process."""
    inherited = {
        k: v for k, v in os.environ.items() if k not in {**SLEEPING, **WAITS["one thread"]}
    }
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(fits)],
        capture_output=True, text=True, check=True, env={**inherited, **variables},
    )  # fmt: skip
    return json.loads(done.stdout)


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--turns", type=int, default=5, help="processes of each kind")
    parser.add_argument("--fits", type=int, default=4, help="fits of each model in a process")
    options = parser.parse_args()
    seconds, sums = {}, {}
    for name, processes in (("idle", 0), ("loaded", os.cpu_count() or 1)):
        with load(processes):
            for _ in range(options.turns):
                for wait, variables in WAITS.items():
                    for model, found in fit(variables, options.fits).items():
                        seconds.setdefault((model, name, wait), []).extend(found["seconds"])
                        sums.setdefault(model, set()).add(found["sum"])
    if different := {model: values for model, values in sums.items() if len(values) > 1}:
        sys.exit(f"the predictions differ: {different}")
    print_result(
        {
            "seconds": [
                {"model": m, "machine": n, "threads": w, "median": median(s), "longest": max(s)}
                for (m, n, w), s in seconds.items()
            ],
            "environment": environment_record(),
        }
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What predictions, trainings and their memory cost against rows, features and epochs.

``python experiments/scaling.py FILE`` writes one JSON file, from which ``evenfold report`` draws figures
where it is ``results/<machine>/experiments/scaling.json``. Rows are drawn from a seed; fits are
stock ``fit``. Curves take turns at random, each from its least number up; repeats are in any order.
No time is kept whose outputs were not right.
What takes too long, or too much memory, is left out with a reason. Further rounds are measured
while ``--budget`` lasts.
"""

from __future__ import annotations

import argparse
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random
from time import perf_counter

import scaling_costs as costs
from evenfold.bench.scaling_record import LeftOut, Point, Scaling, Series, write_scaling
from evenfold.errors import EvenfoldError, Skip
from evenfold.plugins.folders import built_in_folder, find_plugins, locate
from evenfold.runtime import environment
from evenfold.runtime.lock import timing_lock
from evenfold.worker import device
from evenfold.worker.plugin import load_plugin
from sweep import LONG_SECONDS, Curve, first_round, more_rounds

MODELS = ("conv1d", "conv1d_three_block", "dense_ann", "logistic_regression", "svm_rbf",
          "hist_gradient_boosting")  # fmt: skip
BATCHES = tuple(10**power for power in range(7))
ROWS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
WIDTHS = (30, 100, 300, 1_000, 3_000)
EPOCHS = (1, 2, 5, 10, 20, 50, 100)
MEMORY_ROWS = ROWS[2:]
ROUNDS = 5
# A process' own start is none of its training's time.
START_SECONDS = 60.0


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="MODEL")
    parser.add_argument("--most-rows", type=int, default=BATCHES[-1])
    parser.add_argument("--most-features", type=int, default=WIDTHS[-1])
    parser.add_argument("--most-epochs", type=int, default=EPOCHS[-1])
    parser.add_argument("--seconds", type=float, default=25.0, help="at most, of one sample")
    budget = "seconds after which nothing is repeated"
    parser.add_argument("--budget", type=float, default=300.0, help=budget)
    parser.add_argument("--threads", type=int, help="all that the framework takes, if not given")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def upto(numbers, most):
    return tuple(number for number in numbers if number <= most)


def inference_curves(loaded, framework, asked):
    """A curve a model and path; an estimator has the path ``predict`` alone."""
    batches = upto(BATCHES, asked.most_rows)
    rows, _ = costs.synthetic(batches[-1], costs.FEATURES, asked.seed)
    for plugin in loaded:
        timed = costs.Inference(plugin, framework, rows, asked.seed)
        timed.reference(max(n for n in batches if timed.too_large(n) is None))
        for path in ("predict", "function"):
            with suppress(Skip):
                sample = timed.sampler(path)
                yield Curve(plugin.name, path, "rows", batches, sample, True, timed.too_large)


def training_curves(loaded, framework, asked):
    """A network's epochs and fits; an estimator's fits."""
    rows, widths = upto(ROWS, asked.most_rows), upto(WIDTHS, asked.most_features)
    epochs = upto(EPOCHS, asked.most_epochs)
    for plugin in loaded:
        fits = costs.Training(plugin, framework, asked.seed)
        what = "fit" if plugin.model.epochs is None else "epoch"
        units = 1 if what == "fit" else costs.LEAST_EPOCHS
        yield Curve(plugin.name, what, "rows", rows, fits.of_rows, units=units)
        yield Curve(plugin.name, what, "features", widths, fits.of_features, units=units)
        if what == "epoch":
            yield Curve(plugin.name, "fit", "epochs", epochs, fits.of_epochs)


def memory_series(curve, measure, pool, seconds):
    """Memory at the points whose training was timed; processes run beside each other."""
    wanted = [n for n in curve.numbers if curve.against == "features" or n in MEMORY_ROWS]
    left = {n: f"its training was {curve.left_out[n]}" for n in wanted if n in curve.left_out}
    asked = {n: pool.submit(measure, n, seconds + START_SECONDS) for n in wanted if n not in left}
    found = []

    def series():
        for n, answer in asked.items():
            try:
                told = answer.result()
                found.append(Point(n, (told.peak_bytes,), (told.before_bytes,)))
            except (EvenfoldError, Skip) as error:
                left[n] = f"not measured: {error}"
        out = tuple(LeftOut(n, reason) for n, reason in sorted(left.items()))
        return Series(curve.model, "memory", curve.against, tuple(found), out)

    return series


def memories(curves, loaded, framework, asked):
    """Of every model against rows and features; nothing is timed meanwhile."""
    by_name = {plugin.name: costs.Memory(plugin, framework, asked.seed) for plugin in loaded}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = []
        for curve in curves:
            of = by_name[curve.model]
            measures = {"rows": of.of_rows, "features": of.of_features}
            if curve.against in measures:
                measure = measures[curve.against]
                waiting.append(memory_series(curve, measure, pool, asked.seconds))
        return [series() for series in waiting]


def measured(loaded, framework, asked):
    """All series: predictions, trainings, memory."""
    random, until = Random(asked.seed), perf_counter() + asked.budget
    say = logging.getLogger("scaling").info
    predictions = list(inference_curves(loaded, framework, asked))
    say("predictions")
    first_round(predictions, asked.seconds, random)
    more_rounds(predictions, ROUNDS, asked.seconds, until, random)
    found = [curve.series() for curve in predictions]
    del predictions
    say("trainings, once")
    trainings = list(training_curves(loaded, framework, asked))
    first_round(trainings, asked.seconds, random)
    say("memory")
    memory = memories(trainings, loaded, framework, asked)
    say("trainings, again")
    more_rounds(trainings, ROUNDS, asked.seconds, until, random)
    return [*found, *(curve.series() for curve in trainings), *memory]


def main() -> None:
    """Measures, and writes the file."""
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    asked = options()
    files = find_plugins([built_in_folder()]).files
    loaded = [load_plugin(spec, locate(spec, files)) for spec in asked.models]
    framework = device.open_framework(asked.threads)
    started = perf_counter()
    with timing_lock(logging.getLogger("scaling").info):
        series = measured(loaded, framework, asked)
    settings = {
        "models": list(asked.models),
        "seed": asked.seed,
        "threads": asked.threads,
        "features": costs.FEATURES,
        "training_rows": costs.ROWS,
        "most_seconds_of_a_sample": asked.seconds,
        "long_seconds": LONG_SECONDS,
        "most_bytes_of_a_batch": costs.MOST_BYTES,
        "budget_seconds": asked.budget,
        "took_seconds": perf_counter() - started,
        "order": "random; the first sample of each training from the least number up; what takes "
        "more than long_seconds has one sample",
    }
    where = environment.current(framework.name, asked.threads, flags=framework.flags).to_json()
    write_scaling(asked.file, Scaling(where, settings, tuple(series)))


if __name__ == "__main__":
    main()

"""Cost of predictions, of trainings and of their memory, against rows, features and epochs.

``python experiments/scaling.py FILE`` writes one JSON file in a quarter of an hour. ``evenfold
report`` draws figures of it if it is ``results/<machine>/experiments/scaling.json``. Rows are
drawn from a seed, and fits are stock ``fit``. Curves take turns in random order, each from its
smallest size up; repeats are in random order. Times with wrong outputs are discarded. Points that
would take too long, or too much memory, are left out, with the reason. Further rounds are measured
while ``--budget`` lasts.
"""

from __future__ import annotations

import logging
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from random import Random
from time import perf_counter

import scaling_costs as costs
from commands import argument_parser
from cost_curves import LONG_SECONDS, Curve, first_round, more_rounds
from evenfold.bench.scaling_record import LeftOut, Point, Quantity, Scaling, Series, write_scaling
from evenfold.errors import EvenfoldError, Skip
from evenfold.plugins.folders import built_in_folder, find_plugins, locate
from evenfold.plugins.models import load_model
from evenfold.runtime import environment
from evenfold.runtime.lock import timing_lock
from evenfold.worker import device

LOGGER = logging.getLogger("scaling")
MODELS = ("conv1d", "conv1d_three_block", "dense_ann", "logistic_regression", "svm_rbf",
          "hist_gradient_boosting")  # fmt: skip
BATCHES = tuple(10**power for power in range(7))
ROWS = (100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
WIDTHS = (30, 100, 300, 1_000, 3_000)
EPOCHS = (1, 2, 5, 10, 20, 50, 100)
MEMORY_ROWS = ROWS[2:]
ROUNDS = 5
# Allowance for the start of a process, which is no part of its training.
START_SECONDS = 60.0


def read_options():
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, metavar="FILE", help="JSON file to write")
    models = "models to measure (default: all but majority)"
    parser.add_argument("--models", nargs="+", default=MODELS, metavar="MODEL", help=models)
    parser.add_argument("--most-rows", type=int, default=BATCHES[-1], help="largest number of rows")
    features = "largest number of features"
    parser.add_argument("--most-features", type=int, default=WIDTHS[-1], help=features)
    epochs = "largest number of epochs"
    parser.add_argument("--most-epochs", type=int, default=EPOCHS[-1], help=epochs)
    seconds = "longest duration of one sample (default: 25)"
    parser.add_argument("--seconds", type=float, default=25.0, help=seconds)
    budget = "seconds after which nothing is repeated (default: 300)"
    parser.add_argument("--budget", type=float, default=300.0, help=budget)
    parser.add_argument("--threads", type=int, help="threads (default: the framework's choice)")
    parser.add_argument("--seed", type=int, default=0, help="random seed (default: 0)")
    return parser.parse_args()


def upto(numbers, most):
    return tuple(number for number in numbers if number <= most)


def inference_curves(plugins, framework, options):
    """One curve per model and path; an estimator has only the path ``predict``."""
    batches = upto(BATCHES, options.most_rows)
    rows, _ = costs.synthetic(batches[-1], costs.FEATURES, options.seed)
    for plugin in plugins:
        timed = costs.Inference(plugin, framework, rows, options.seed)
        timed.reference(max(n for n in batches if timed.too_large(n) is None))
        for path in ("predict", "function"):
            with suppress(Skip):
                sample = timed.sampler(path)
                yield Curve(plugin.name, path, "rows", batches, sample, True, timed.too_large)


def training_curves(plugins, framework, options):
    """Curves of a network's epochs and fits, and of an estimator's fits."""
    rows, widths = upto(ROWS, options.most_rows), upto(WIDTHS, options.most_features)
    epochs = upto(EPOCHS, options.most_epochs)
    for plugin in plugins:
        fits = costs.Training(plugin, framework, options.seed)
        quantity: Quantity = "fit" if plugin.model.epochs is None else "epoch"
        units = 1 if quantity == "fit" else costs.LEAST_EPOCHS
        yield Curve(plugin.name, quantity, "rows", rows, fits.sample_rows, units=units)
        yield Curve(plugin.name, quantity, "features", widths, fits.sample_features, units=units)
        if quantity == "epoch":
            yield Curve(plugin.name, "fit", "epochs", epochs, fits.sample_epochs)


def start_memory_series(curve, measure_at, pool, seconds):
    """Start to measure memory where training was timed, and return a function to collect it."""
    sizes = [n for n in curve.numbers if curve.against == "features" or n in MEMORY_ROWS]
    left_out = {n: f"its training was {curve.left_out[n]}" for n in sizes if n in curve.left_out}
    timeout = seconds + START_SECONDS
    futures = {n: pool.submit(measure_at, n, timeout) for n in sizes if n not in left_out}

    def collect():
        points = []
        for n, future in futures.items():
            try:
                memory = future.result()
                points.append(Point(n, (memory.peak_bytes,), (memory.before_bytes,)))
            except (EvenfoldError, Skip) as error:
                left_out[n] = f"not measured: {error}"
        reasons = tuple(LeftOut(n, reason) for n, reason in sorted(left_out.items()))
        return Series(curve.model, "memory", curve.against, tuple(points), reasons)

    return collect


def measure_memory(curves, plugins, framework, options):
    """Memory of every model against rows and features; nothing is timed meanwhile."""
    by_name = {plugin.name: costs.Memory(plugin, framework, options.seed) for plugin in plugins}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        started = []
        for curve in curves:
            memory = by_name[curve.model]
            measures = {"rows": memory.measure_rows, "features": memory.measure_features}
            if curve.against in measures:
                measure_at = measures[curve.against]
                started.append(start_memory_series(curve, measure_at, pool, options.seconds))
        return [collect() for collect in started]


def measure_all(plugins, framework, options):
    """All series: predictions, trainings and memory."""
    random, until = Random(options.seed), perf_counter() + options.budget
    predictions = list(inference_curves(plugins, framework, options))
    LOGGER.info("predictions")
    first_round(predictions, options.seconds, random)
    more_rounds(predictions, ROUNDS, options.seconds, until, random)
    series = [curve.series() for curve in predictions]
    del predictions
    LOGGER.info("trainings, once")
    trainings = list(training_curves(plugins, framework, options))
    first_round(trainings, options.seconds, random)
    LOGGER.info("memory")
    memory = measure_memory(trainings, plugins, framework, options)
    LOGGER.info("trainings, again")
    more_rounds(trainings, ROUNDS, options.seconds, until, random)
    return [*series, *(curve.series() for curve in trainings), *memory]


def settings_record(options, took_seconds):
    """Settings that the file holds beside the series."""
    return {
        "models": list(options.models),
        "seed": options.seed,
        "threads": options.threads,
        "features": costs.FEATURES,
        "training_rows": costs.ROWS,
        "most_seconds_of_a_sample": options.seconds,
        "long_seconds": LONG_SECONDS,
        "most_bytes_of_a_batch": costs.MOST_BYTES,
        "budget_seconds": options.budget,
        "took_seconds": took_seconds,
        "order": "random; the first sample of each training from the least number up; what takes "
        "more than long_seconds has one sample",
    }


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    options = read_options()
    files = find_plugins([built_in_folder()]).files
    plugins = [load_model(spec, locate(spec, files)) for spec in options.models]
    framework = device.open_framework(options.threads)
    started = perf_counter()
    with timing_lock(LOGGER.info):
        series = measure_all(plugins, framework, options)
    settings = settings_record(options, perf_counter() - started)
    where = environment.current_environment(
        framework.name, options.threads, flags=framework.flags
    ).to_json()
    write_scaling(options.file, Scaling(where, settings, tuple(series)))


if __name__ == "__main__":
    main()

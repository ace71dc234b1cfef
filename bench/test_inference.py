"""Latency, rows per second, size and memory of a trained model, on every inference path."""

from __future__ import annotations

import warnings
from time import perf_counter

import numpy as np
import pytest

from evenfold.errors import EvenfoldError
from evenfold.worker import inference, isolated
from evenfold.worker.memory import available

# Of one row there are enough samples for percentiles; the largest batch takes seconds.
BATCHES = [
    pytest.param(1, marks=pytest.mark.benchmark(min_rounds=100, max_time=0.5)),
    pytest.param(32, marks=pytest.mark.benchmark(max_time=0.5)),
    pytest.param("test", marks=pytest.mark.benchmark(max_time=0.5)),
    pytest.param(1024, marks=pytest.mark.benchmark(max_time=0.5)),
    65536,
]
LARGEST, ROUNDS = 65536, 3
PERCENTILES = (50, 90, 99)
# Of the memory that is free: converters and kernels take several times what the layers hold.
MOST_OF_MEMORY = 0.2


@pytest.mark.parametrize("rows", BATCHES, ids=lambda rows: f"rows{rows}")
@pytest.mark.parametrize("path", inference.path_names())
def test_inference(benchmark, bench, inference, contender, device, path, rows):
    """A path is timed if it predicts what ``predict`` does, or tells by how much it differs."""
    model = bench.model(contender, device)
    fold = bench.fold(contender.model.layout)
    count = len(fold.x_test) if rows == "test" else rows
    require_memory(inference.batch_bytes(model, count), available())
    batch, expected = inference.batch(contender, device, count)
    ready = inference.path(contender, device, path)
    started = perf_counter()
    ready.run(batch)
    first_seconds = perf_counter() - started

    if rows == LARGEST:
        outputs = benchmark.pedantic(ready.run, args=(batch,), rounds=ROUNDS, iterations=1)
    else:
        outputs = benchmark(ready.run, batch)

    found = inference.probabilities(outputs, fold.task.n_classes, path)
    assert found.shape == (count, fold.task.n_classes)
    told = bench.info(
        "inference",
        contender,
        device,
        path=path,
        rows=count,
        threads=bench.framework.threads,
        exact=inference.is_exact(path),
        first_seconds=first_seconds,
        conversion_seconds=ready.conversion_seconds,
        size_bytes=ready.size_bytes,
        largest_difference=inference.agreement(path, expected, found, contender.name),
    )
    if rows == "test":
        told["scores"] = bench.scores_of(found)
        told["scores_of_predict"] = bench.scores_of(expected)
    benchmark.extra_info.update(told)
    if benchmark.enabled:
        middle = benchmark.stats.stats.median
        benchmark.extra_info["latency_seconds"] = middle
        benchmark.extra_info["rows_per_second"] = count / middle
        benchmark.extra_info["percentiles"] = percentiles(benchmark.stats.stats.sorted_data)
        if rows == LARGEST:
            del ready
            inference.release()  # it keeps gigabytes, and the process needs its own
            like = bench.prepare(contender, device, 0)
            peak_bytes = peak_of(contender, fold, like, path, rows)
            benchmark.extra_info["peak_bytes"] = peak_bytes


def peak_of(contender, fold, like, path, rows):
    """Bytes, or None with a warning: a process that runs out of memory takes no timing with it."""
    try:
        return isolated.measure_path(contender, fold, like, path, rows)
    except EvenfoldError as error:
        warnings.warn(f"{path}: its memory was not measured: {error}", stacklevel=2)
        return None


def require_memory(needed, free):
    """Skips what could end the whole run."""
    if needed is not None and free is not None and needed > MOST_OF_MEMORY * free:
        pytest.skip(f"a batch's layers hold {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free")


def percentiles(seconds):
    """Seconds by percentile, of those that so many samples tell of: the 99th is of a hundred."""
    known = [percent for percent in PERCENTILES if len(seconds) * (100 - percent) >= 100]
    return {str(percent): float(np.percentile(seconds, percent)) for percent in known}

"""Latency, rows per second, size and memory of a trained model, on every inference path."""

from __future__ import annotations

import warnings
from time import perf_counter

import numpy as np
import pytest

from evenfold.errors import EvenfoldError
from evenfold.worker import isolated
from evenfold.worker.inference import agreement, batch_bytes, is_exact, path_names, probabilities
from evenfold.worker.memory import available_memory

# Without --full: what the main table needs. The largest batch takes seconds.
HALF_A_SECOND = pytest.mark.benchmark(max_time=0.5)
BATCHES = [
    pytest.param(1, marks=HALF_A_SECOND),
    pytest.param(32, marks=[HALF_A_SECOND, pytest.mark.full]),
    pytest.param("test", marks=[HALF_A_SECOND, pytest.mark.full]),
    pytest.param(1024, marks=HALF_A_SECOND),
    pytest.param(65536, marks=pytest.mark.full),
]
PATHS = [
    path if path in ("predict", "function") else pytest.param(path, marks=pytest.mark.full)
    for path in path_names()
]
LARGEST, ROUNDS = 65536, 3
PERCENTILES = (50, 90, 99)
# Share of free memory: converters and kernels take several times what the layers hold.
MOST_OF_MEMORY = 0.2


@pytest.mark.parametrize("rows", BATCHES, ids=lambda rows: f"rows{rows}")
@pytest.mark.parametrize("path", PATHS)
def test_inference(benchmark, bench, inference, contender, device, path, rows):
    """A path is timed if it predicts what ``predict`` does, or its difference is recorded."""
    model = bench.model(contender, device)
    fold = bench.fold(contender.model.layout)
    count = len(fold.x_test) if rows == "test" else rows
    require_memory(batch_bytes(model, count), available_memory())
    batch, expected = inference.batch(contender, device, count)
    ready = inference.path(contender, device, path)
    started = perf_counter()
    ready.run(batch)
    first_seconds = perf_counter() - started

    if rows == LARGEST:
        outputs = benchmark.pedantic(ready.run, args=(batch,), rounds=ROUNDS, iterations=1)
    else:
        outputs = benchmark(ready.run, batch)

    predicted = probabilities(outputs, fold.task.n_classes, path)
    assert predicted.shape == (count, fold.task.n_classes)
    benchmark.extra_info.update(
        bench.info("inference", contender, device),
        path=path,
        rows=count,
        threads=bench.framework.threads,
        exact=is_exact(path),
        first_seconds=first_seconds,
        conversion_seconds=ready.conversion_seconds,
        size_bytes=ready.size_bytes,
        largest_difference=agreement(path, expected, predicted, contender.name),
    )
    if rows == "test":
        benchmark.extra_info["scores"] = bench.scores_of(predicted)
        benchmark.extra_info["scores_of_predict"] = bench.scores_of(expected)
    if benchmark.enabled:
        middle = benchmark.stats.stats.median
        benchmark.extra_info["latency_seconds"] = middle
        benchmark.extra_info["rows_per_second"] = count / middle
        benchmark.extra_info["percentiles"] = percentiles(benchmark.stats.stats.sorted_data)
        if rows == LARGEST:
            del ready
            inference.release()  # it holds gigabytes, and the other process needs as many
            like = bench.prepare(contender, device, 0)
            peak_bytes = peak_of(contender, fold, like, path, rows)
            benchmark.extra_info["peak_bytes"] = peak_bytes


def peak_of(contender, fold, like, path, rows):
    """Bytes, or None with a warning: a process that runs out of memory costs no timing."""
    try:
        return isolated.measure_path(contender, fold, like, path, rows)
    except EvenfoldError as error:
        warnings.warn(f"{path}: its memory was not measured: {error}", stacklevel=2)
        return None


def require_memory(needed, free):
    """Skip a batch that could end the whole run for lack of memory."""
    if needed is not None and free is not None and needed > MOST_OF_MEMORY * free:
        pytest.skip(f"a batch's layers hold {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free")


def percentiles(seconds):
    """Seconds by percentile, where there are enough samples: the 99th needs a hundred."""
    known = [percent for percent in PERCENTILES if len(seconds) * (100 - percent) >= 100]
    return {str(percent): float(np.percentile(seconds, percent)) for percent in known}

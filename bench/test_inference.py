"""Latency, rows per second, size and memory of a trained model, on every inference path."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from evenfold.worker import infer
from evenfold.worker.memory import peak_beyond

# Of one row there are enough samples for percentiles; the largest batch takes seconds.
BATCHES = [
    pytest.param(1, marks=pytest.mark.benchmark(min_rounds=100, max_time=0.5)),
    pytest.param(32, marks=pytest.mark.benchmark(max_time=0.5)),
    pytest.param("test", marks=pytest.mark.benchmark(max_time=0.5)),
    pytest.param(1024, marks=pytest.mark.benchmark(max_time=0.5)),
    pytest.param(65536, marks=pytest.mark.benchmark(min_rounds=3, max_time=0.5)),
]
PERCENTILES = (50, 90, 99)


@pytest.mark.parametrize("rows", BATCHES, ids=lambda rows: f"rows{rows}")
@pytest.mark.parametrize("path", infer.path_names())
def test_inference(benchmark, bench, contender, device, path, rows):
    """A path is timed if it predicts what ``predict`` does, or tells by how much it differs."""
    model = bench.model(contender, device)
    fold = bench.fold(contender.model.layout)
    count = len(fold.x_test) if rows == "test" else rows
    batch = infer.as_input(model, np.resize(fold.x_test, (count, *fold.x_test.shape[1:])))
    expected = infer.predict(model, batch, bench.framework, device, fold.task.n_classes)
    ready = bench.path(contender, device, path)
    started = perf_counter()
    peak_bytes = peak_beyond(lambda: ready.run(batch))
    first_seconds = perf_counter() - started

    outputs = benchmark(ready.run, batch)

    found = infer.probabilities(outputs, fold.task.n_classes)
    assert found.shape == (count, fold.task.n_classes)
    told = bench.info(
        "inference",
        contender,
        device,
        path=path,
        rows=count,
        threads=bench.framework.threads,
        exact=infer.is_exact(path),
        first_seconds=first_seconds,
        conversion_seconds=ready.conversion_seconds,
        size_bytes=ready.size_bytes,
        peak_bytes=peak_bytes,
        largest_difference=infer.agreement(path, expected, found, contender.name),
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


def percentiles(seconds):
    """Seconds by percentile, of those that so many samples tell of: the 99th is of a hundred."""
    known = [percent for percent in PERCENTILES if len(seconds) * (100 - percent) >= 100]
    return {str(percent): float(np.percentile(seconds, percent)) for percent in known}

"""Latency and rows per second of a trained model, on every inference path and batch size."""

from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest

from evenfold.worker import infer

BATCHES = (1, 32, "test", 1024)


@pytest.mark.parametrize("rows", BATCHES, ids=lambda rows: f"rows{rows}")
@pytest.mark.parametrize("path", infer.path_names())
def test_inference(benchmark, bench, contender, device, path, rows):
    """A path is timed only if it gives the probabilities that ``predict`` gives."""
    model = bench.model(contender, device)
    fold = bench.fold(contender.model.layout)
    count = len(fold.x_test) if rows == "test" else rows
    batch = infer.as_input(model, np.resize(fold.x_test, (count, *fold.x_test.shape[1:])))
    expected = infer.predict(model, batch, bench.framework, device, fold.task.n_classes)
    run = infer.prepare_path(path, model, bench.framework, device)
    started = perf_counter()
    run(batch)
    first_seconds = perf_counter() - started

    outputs = benchmark(run, batch)

    found = infer.probabilities(outputs, fold.task.n_classes)
    assert found.shape == (count, fold.task.n_classes)
    np.testing.assert_allclose(found, expected, rtol=0, atol=infer.TOLERANCE)
    benchmark.extra_info.update(
        bench.info(
            "inference",
            contender,
            device,
            path=path,
            rows=count,
            first_seconds=first_seconds,
            largest_difference=float(np.abs(found - expected).max()),
        )
    )
    if benchmark.enabled:
        middle = benchmark.stats.stats.median
        benchmark.extra_info["latency_seconds"] = middle
        benchmark.extra_info["rows_per_second"] = count / middle

"""The time of a whole fit of a fresh model, without building it."""

from __future__ import annotations

from statistics import median

import numpy as np

from evenfold.worker import isolated, train


def test_training(benchmark, bench, contender, device):
    """Every round trains a fresh model with its own seed, and each learns at least a constant."""
    # The first fit of a process also loads kernels and starts threads, so it is not timed.
    bench.warm_up(contender, device)
    fits = []

    def fresh():
        bench.on_fit(len(fits), bench.options.rounds)
        fits.append(bench.prepare(contender, device, len(fits)))
        return fits[-1:], {}

    benchmark.pedantic(train.run, setup=fresh, rounds=bench.options.rounds, iterations=1)

    info = bench.training_info(contender, device, fits)
    bench.trained[contender.name, device] = fits[-1].model
    for history in info["history"]:
        assert np.isfinite([*history.get("loss", [])]).all(), "the training diverged"
    if info["full_length"]:
        assert median(info["accuracy"]) >= bench.majority_accuracy(), "it learnt nothing"
    benchmark.extra_info.update(info)
    if benchmark.enabled and bench.options.full:
        fold = bench.fold(contender.model.layout)
        memory = isolated.measure_fit(contender, fold, fits[0], bench.options.epochs)
        benchmark.extra_info["peak_bytes"] = memory.peak_bytes
        benchmark.extra_info["before_bytes"] = memory.before_bytes

"""What the fits of a training benchmark cost: a list an entry for each round."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenfold.worker import fit_record, train


def training_costs(fits: Sequence[train.PreparedFit], is_full_length: bool) -> dict[str, Any]:
    """Return the costs and histories of finished fits, for the ``extra_info`` of a benchmark.

    Parameters
    ----------
    fits
        The fits of one model, one or more.
    is_full_length
        Whether they had the model's own number of epochs.
    """
    records = [fit_record.record(fit) for fit in fits]
    last = records[-1]
    return {
        "engine": "keras" if fits[0].is_keras else "estimator",
        "full_length": is_full_length,
        "epochs": fits[-1].epochs,  # those of its file: callbacks may end a fit earlier
        "batch_size": last.batch_size,
        "parameters": last.parameters,
        "trainable_parameters": last.trainable_parameters,
        "jit_compile": last.jit_compile,
        "seeds": [record.seed for record in records],
        "build_seconds": [record.build_seconds for record in records],
        "first_epoch_seconds": [record.first_epoch_seconds for record in records],
        "steady_epoch_seconds": [record.steady_epoch_seconds for record in records],
        "history": [record.history for record in records],
        "peak_gpu_bytes": [record.peak_gpu_bytes for record in records],
    }

"""A bare ``model.fit`` and the harness' fit timed in turns, pinned to one core.

``python experiments/overhead.py MODEL_FILE`` prints one JSON object. It uses one thread on one
core, because a second thread varies by far more than the difference sought.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from commands import argument_parser
from evenfold.data.datasets import built_in
from evenfold.data.folds import make_fold
from evenfold.data.splits import holdout
from evenfold.plugins.models import load_model
from evenfold.worker import device, train
from paired_timing import PairedTiming

EPOCHS = 2
BLOCKS = 48


def measure(file: Path) -> dict[str, Any]:
    """Times of both fits, their ratio, and the largest change of a weight by training."""
    framework = device.open_framework(threads=1)
    plugin = load_model(file.stem, file)
    dataset = built_in("breast_cancer")
    fold = make_fold(dataset, holdout(dataset)[0], plugin.model.layout)
    fit = train.prepare(plugin, fold, 0, framework, epochs=EPOCHS)
    train.run(fit)
    before = fit.model.get_weights()

    def bare_fit() -> None:
        fit.model.fit(fit.x, fit.y, batch_size=fit.batch_size, epochs=EPOCHS, verbose=0)

    timing = PairedTiming(bare_fit, lambda: train.run(fit))
    for _ in range(BLOCKS):
        timing()
    pairs = zip(before, fit.model.get_weights(), strict=True)
    change = max(np.abs(old - new).max() for old, new in pairs)
    return {"epochs": EPOCHS, "blocks": BLOCKS, "largest_change": float(change), **timing.info()}


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("file", type=Path, metavar="MODEL_FILE", help="file of a Keras model")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(json.dumps(measure(options.file)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

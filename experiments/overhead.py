"""A process that times a bare ``model.fit`` and the harness' fit in turns, pinned to one core.

``python experiments/overhead.py MODEL_FILE`` prints one JSON object. One thread on one core, because
the difference sought is far below what a second thread's luck changes.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np

from blocks import Blocks
from evenfold.data.datasets import built_in
from evenfold.data.folds import make_fold
from evenfold.data.splits import holdout
from evenfold.worker import device, train
from evenfold.worker.plugin import load_plugin

EPOCHS = 2
BLOCKS = 48


def main(path):
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    framework = device.open_framework(threads=1)
    contender = load_plugin(path.stem, path)
    dataset = built_in("breast_cancer")
    fold = make_fold(dataset, holdout(dataset)[0], contender.model.layout)
    fit = train.prepare(contender, fold, 0, framework, epochs=EPOCHS)
    train.run(fit)
    before = fit.model.get_weights()

    def bare():
        fit.model.fit(fit.x, fit.y, batch_size=fit.batch_size, epochs=EPOCHS, verbose=0)

    blocks = Blocks(bare, lambda: train.run(fit))
    for _ in range(BLOCKS):
        blocks()
    changed = [np.abs(a - b).max() for a, b in zip(before, fit.model.get_weights(), strict=True)]
    told = {"epochs": EPOCHS, "blocks": BLOCKS, "largest_change": float(max(changed))}
    print(json.dumps({**told, **blocks.info()}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

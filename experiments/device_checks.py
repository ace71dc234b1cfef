"""Whether evenfold measures a device rightly under Keras on JAX: its memory, and waiting for it.

``python experiments/device_checks.py --device gpu`` prints one JSON object. *Synchronisation*: a
training of four times as many epochs takes about four times as long by evenfold's clock, which it
would not if the clock stopped while the device still computes; and the time until weights are there
is not longer than the clock's. *Memory*: the peak that evenfold reports grows by at least the bytes
of an array that is made meanwhile; on a CPU there is no such figure. *Agreement*: a fit on the
device predicts what one on the CPU does, from the same seed. *Repetition*: a fit by the compiled
engine has the same bits again. Exit code 1 if one of them fails.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import numpy as np

from commands import argument_parser, environment_record, print_result
from evenfold.contract import Fold, Task
from evenfold.worker import train
from evenfold.worker.device import DEVICE, Framework, open_framework, requested_device
from evenfold.worker.engines.choice import compile_training
from evenfold.worker.plugin import Plugin

EPOCHS, TIMES = 3, 4
# The ratio of a training of four times as many epochs, after a warm-up.
RATIOS = (2.5, 5.5)
# Beyond the clock: the time until all weights are numbers in memory.
MOST_SHARE_AFTER = 0.1
ARRAY_BYTES = 2**26
# Of probabilities after a few epochs: float32 sums in another order.
LARGEST_DIFFERENCE = 1e-3


def make_fold(rows: int) -> Fold:
    """Random rows with a weak signal."""
    rng = np.random.RandomState(0)
    x = rng.normal(size=(rows, 30, 1))
    y = (x.sum(axis=(1, 2)) + rng.normal(size=rows) > 0).astype(np.int64)
    return Fold(Task((30, 1), 2), "sequence", x, y, x[:64])


def check_synchronisation(
    plugin: Plugin, fold: Fold, framework: Framework, device: str
) -> dict[str, Any]:
    """Time trainings of stock ``fit`` as the benchmark does, and what is left afterwards."""
    fit = train.prepare(plugin, fold, 0, framework, device, epochs=EPOCHS)
    train.run(fit)  # compiles
    seconds, after = {}, {}
    for epochs in (EPOCHS, EPOCHS * TIMES):
        again = train.prepare_again(fit, plugin, epochs)
        train.run(again)
        stopped = perf_counter()
        [np.asarray(weight) for weight in again.model.get_weights()]
        after[epochs] = perf_counter() - stopped
        seconds[epochs] = again.seconds
    ratio = seconds[EPOCHS * TIMES] / seconds[EPOCHS]
    share = after[EPOCHS * TIMES] / seconds[EPOCHS * TIMES]
    is_right = RATIOS[0] < ratio < RATIOS[1] and share < MOST_SHARE_AFTER
    return {"ratio": ratio, "share_after_the_clock": share, "passed": bool(is_right)}


def check_memory(framework: Framework, device: str) -> dict[str, Any]:
    """Hold an array on the device."""
    import jax

    before = framework.backend.peak_gpu_bytes(device)
    if before is None:
        return {"grown_bytes": None, "passed": not device.startswith("gpu")}
    with framework.scope(device):
        held = [jax.device_put(np.ones(ARRAY_BYTES // 4, np.float32)) for _ in range(8)]
        jax.block_until_ready(held)
    grown = (framework.backend.peak_gpu_bytes(device) or 0) - before
    # What earlier trainings freed is used again: eight arrays are more than that.
    return {"grown_bytes": grown, "passed": grown >= ARRAY_BYTES}


def check_agreement(
    plugin: Plugin, fold: Fold, framework: Framework, device: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Compare a fit on the device with one on the CPU, and with itself."""
    x = fold.x_test.astype(np.float32)
    outputs = {}
    for place in dict.fromkeys(("cpu", device)):
        engine = compile_training(plugin, fold, framework, place)
        engine.fit(fold, 3, epochs=EPOCHS)
        outputs[place] = engine.predict(x)
    first = outputs[device]
    engine.fit(fold, 4, epochs=EPOCHS)
    engine.fit(fold, 3, epochs=EPOCHS)
    same = first.tobytes() == engine.predict(x).tobytes()
    difference = float(np.abs(outputs["cpu"] - first).max())
    agreement = {"largest_difference": difference, "passed": difference < LARGEST_DIFFERENCE}
    return agreement, {"passed": bool(same)}


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--device", default="cpu", help="cpu, gpu or gpu:1 (default: cpu)")
    parser.add_argument("--rows", type=int, default=2048, help="training rows (default: 2048)")
    options = parser.parse_args()
    os.environ[DEVICE] = options.device
    from evenfold.plugins.folders import built_in_folder
    from evenfold.plugins.models import load_model

    framework = open_framework(for_studies=True)
    device = requested_device(framework)
    plugin = load_model("conv1d", Path(built_in_folder()) / "conv1d.py")
    fold = make_fold(options.rows)
    checks = {
        "synchronisation": check_synchronisation(plugin, fold, framework, device),
        "memory": check_memory(framework, device),
    }
    checks["agreement"], checks["repetition"] = check_agreement(plugin, fold, framework, device)
    names = framework.devices(device.partition(":")[0])
    print_result({"device": device, "found": names, **checks, "environment": environment_record()})
    return int(not all(check["passed"] for check in checks.values()))


if __name__ == "__main__":
    sys.exit(main())

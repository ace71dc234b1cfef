"""A study's fits trained at once on one device, by the compiled engine on JAX.

``python experiments/fits_at_once.py --device gpu`` trains the 100 fits of conv1d on the folds of
10 x 10 cross-validation in one process: one after the other, and in batches of several sizes. It
prints one JSON object with the seconds of the imports and, for each size, of the compilation and of
all fits, the mean accuracy, and the largest difference of a probability to fits one after the
other. Those are extrapolated from the first ``--alone`` ones. Exit code 1 if mean accuracies differ
by more than a point, or a fit is not the same in another batch.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from pathlib import Path
from time import perf_counter
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"
STARTED = perf_counter()

import numpy as np  # noqa: E402

from commands import argument_parser, environment_record, print_result  # noqa: E402
from evenfold.contract import Fold  # noqa: E402
from evenfold.worker.device import DEVICE, open_framework, requested_device  # noqa: E402

# Of mean accuracies: fits that round otherwise may end apart, as fits from other seeds do.
LARGEST_DIFFERENCE = 0.01


def read_folds(repeats: int) -> tuple[list[Fold], list[np.ndarray]]:
    """The folds of the study and the labels of their test rows."""
    from evenfold.data.datasets import built_in
    from evenfold.data.folds import make_fold
    from evenfold.data.splits import kfold

    dataset = built_in("breast_cancer")
    splits = kfold(dataset, 10, repeats, 0)
    return [make_fold(dataset, s, "sequence") for s in splits], [dataset.y[s.test] for s in splits]


class Study:
    """The fits of a network on folds, each from the seed of its number."""

    def __init__(self, repeats: int, epochs: int | None, device: str) -> None:
        """Import the framework and compile the network."""
        from evenfold.plugins.folders import built_in_folder
        from evenfold.plugins.models import load_model
        from evenfold.worker.engines.choice import compile_training

        self.folds, self.labels = read_folds(repeats)
        self.epochs = epochs
        plugin = load_model("conv1d", Path(built_in_folder()) / "conv1d.py")
        framework = open_framework(for_studies=True)
        self.import_seconds = perf_counter() - STARTED
        started = perf_counter()
        self.engine = compile_training(plugin, self.folds[0], framework, device)
        self.check_seconds = perf_counter() - started

    def predict(self, number: int) -> np.ndarray:
        """Outputs of the engine's present model for the test rows of a fold."""
        return self.engine.predict(self.folds[number].x_test.astype(np.float32))

    def alone(self, count: int) -> tuple[dict[str, float], dict[int, np.ndarray]]:
        """Train fits one after the other; the first is not counted: it compiles."""
        self.engine.fit(self.folds[0], 0, epochs=self.epochs)
        started = perf_counter()
        outputs = {}
        for number in range(count):
            self.engine.fit(self.folds[number], number, epochs=self.epochs)
            outputs[number] = self.predict(number)
        each = (perf_counter() - started) / count
        return {"seconds_each": each, "seconds": each * len(self.folds)}, outputs

    def together(self, at_once: int) -> tuple[dict[str, float], dict[int, np.ndarray]]:
        """Train all fits in batches; parts of unequal size go in batches of their own."""
        by_rows = defaultdict(list)
        for number, fold in enumerate(self.folds):
            by_rows[len(fold.x_train)].append(number)
        batches = [
            numbers[first : first + at_once]
            for numbers in by_rows.values()
            for first in range(0, len(numbers), at_once)
        ]
        started = perf_counter()
        for numbers in by_rows.values():  # a program for each number of rows left over
            self._train(numbers[:1], at_once, epochs=1)
        compiled = perf_counter()
        outputs: dict[int, np.ndarray] = {}
        for numbers in batches:
            outputs |= self._train(numbers, at_once, self.epochs)
        times = {
            "compile_seconds": compiled - started,
            "seconds": perf_counter() - compiled,
            "batches": len(batches),
        }
        return times, outputs

    def _train(self, numbers: list[int], at_once: int, epochs: int | None) -> dict[int, np.ndarray]:
        begun = [self.engine.begin(self.folds[number], number) for number in numbers]
        histories = self.engine.fit_together(begun, at_once, epochs)
        return {number: self.predict(number) for number, _ in zip(numbers, histories, strict=True)}

    def is_repeated(self, at_once: int) -> bool:
        """Whether a fit has the same bits in another batch."""
        first = self._train([0, 1], at_once, self.epochs)
        again = self._train([1], at_once, self.epochs)
        return first[1].tobytes() == again[1].tobytes()

    def accuracy(self, outputs: dict[int, np.ndarray]) -> float:
        """Mean accuracy of fits."""
        right = [(out[:, 0] > 0.5) == self.labels[number] for number, out in outputs.items()]
        return float(np.mean([part.mean() for part in right]))


def main() -> int:
    parser = argument_parser(__doc__)
    parser.add_argument("--device", default="cpu", help="cpu, gpu or gpu:1 (default: cpu)")
    parser.add_argument(
        "--repeats", type=int, default=10, help="repeats of ten folds (default: 10)"
    )
    parser.add_argument("--epochs", type=int, help="epochs of a fit (default: the network's 50)")
    parser.add_argument(
        "--alone", type=int, default=5, help="fits one after the other (default: 5)"
    )
    sizes = "sizes of a batch of fits (default: 10 30 90)"
    parser.add_argument("--at-once", type=int, nargs="+", default=[10, 30, 90], help=sizes)
    options = parser.parse_args()
    os.environ[DEVICE] = options.device
    study = Study(options.repeats, options.epochs, options.device)
    requested_device(study.engine.framework)  # ends with the reason, if there is none
    alone, expected = study.alone(options.alone)
    batches: dict[str, Any] = {}
    for at_once in options.at_once:
        times, outputs = study.together(at_once)
        batches[str(at_once)] = {
            **times,
            "accuracy": study.accuracy(outputs),
            "accuracy_of_those_alone": study.accuracy({n: outputs[n] for n in expected}),
            "largest_difference": max(
                float(np.abs(outputs[n] - expected[n]).max()) for n in expected
            ),
            "same_bits_in_another_batch": study.is_repeated(at_once),
        }
    accuracy = study.accuracy(expected)
    print_result(
        {
            "device": options.device,
            "fits": len(study.folds),
            "import_seconds": study.import_seconds,
            "check_seconds": study.check_seconds,
            "alone": {**alone, "fits": options.alone, "accuracy": accuracy},
            "at_once": batches,
            "environment": environment_record(),
        }
    )
    return int(
        any(
            not batch["same_bits_in_another_batch"]
            or abs(batch["accuracy_of_those_alone"] - accuracy) > LARGEST_DIFFERENCE
            for batch in batches.values()
        )
    )


if __name__ == "__main__":
    sys.exit(main())

"""Two functions timed in turns, in random order, and the interval of their ratio."""

from __future__ import annotations

import random
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

import numpy as np

GROUPS = 8
CONFIDENCE = 0.99


class PairedTiming:
    """Times both functions once per call, in random order, in seconds."""

    def __init__(
        self, reference: Callable[[], object], other: Callable[[], object], seed: int = 0
    ) -> None:
        self.functions = (reference, other)
        self.seconds: tuple[list[float], list[float]] = ([], [])
        self.random = random.Random(seed)

    def __call__(self) -> None:
        """Run one block."""
        for position in self.random.sample((0, 1), 2):
            started = perf_counter()
            self.functions[position]()
            self.seconds[position].append(perf_counter() - started)

    def ratio(self) -> tuple[float, float, float]:
        """Ratio other / reference as (estimate, low, high).

        Student's t interval over the medians of 8 groups of log-ratios.
        """
        from scipy import stats

        logs = np.log(self.seconds[1]) - np.log(self.seconds[0])
        medians = [float(np.median(group)) for group in np.array_split(logs, GROUPS)]
        middle, error = float(np.mean(medians)), float(stats.sem(medians))
        half = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, GROUPS - 1))
        low, high = middle - half, middle + half
        return float(np.exp(middle)), float(np.exp(low)), float(np.exp(high))

    def info(self) -> dict[str, Any]:
        """Values for a benchmark's ``extra_info``."""
        estimate, low, high = self.ratio()
        return {
            "ratio": estimate,
            "ratio_low": low,
            "ratio_high": high,
            "confidence": CONFIDENCE,
            "reference_seconds": median(self.seconds[0]),
            "other_seconds": median(self.seconds[1]),
        }

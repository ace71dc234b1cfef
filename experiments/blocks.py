"""Two things timed in turns, in random order, and the interval of their ratio."""

from __future__ import annotations

import random
from statistics import median
from time import perf_counter

import numpy as np

GROUPS = 8
CONFIDENCE = 0.99


class Blocks:
    """One block a call: both things once, in random order, each timed for itself (seconds)."""

    def __init__(self, reference, other, seed=0):
        self.functions = (reference, other)
        self.seconds = ([], [])
        self.random = random.Random(seed)

    def __call__(self):
        for which in self.random.sample((0, 1), 2):
            started = perf_counter()
            self.functions[which]()
            self.seconds[which].append(perf_counter() - started)

    def ratio(self):
        """other / reference as (estimate, low, high): Student's t over medians of 8 groups."""
        from scipy import stats

        logs = np.log(self.seconds[1]) - np.log(self.seconds[0])
        medians = [float(np.median(group)) for group in np.array_split(logs, GROUPS)]
        middle, error = float(np.mean(medians)), float(stats.sem(medians))
        half = error * float(stats.t.ppf((1 + CONFIDENCE) / 2, GROUPS - 1))
        return tuple(float(np.exp(value)) for value in (middle, middle - half, middle + half))

    def info(self):
        """What a benchmark says of the comparison in ``extra_info``."""
        estimate, low, high = self.ratio()
        return {
            "ratio": estimate,
            "ratio_low": low,
            "ratio_high": high,
            "confidence": CONFIDENCE,
            "reference_seconds": median(self.seconds[0]),
            "other_seconds": median(self.seconds[1]),
        }

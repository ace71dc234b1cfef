"""Inference paths, one small file each: ``prepare(model, framework, rows)`` gives rows -> outputs.

The function takes a batch in the model's dtype and layout and returns a numpy array, so the
computation has ended when it returns; it is ``Converted`` where the model has become a file.
``rows`` are of the training part, for what is calibrated by them. ``prepare`` raises Skip where the
path does not apply. A file that says ``LOSSY = True`` rounds the model: what it predicts need not
be what ``predict`` does, and the difference is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np


@dataclass(frozen=True)
class Converted:
    """A path as a function of one batch, and the bytes on disk of what would be shipped for it."""

    run: Callable[[np.ndarray], np.ndarray]
    size_bytes: int

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Outputs of a batch."""
        return self.run(x)

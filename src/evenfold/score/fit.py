"""One finished fit, and the series of fits that it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Fit:
    """One finished fit.

    ``engine`` is the one that trained, ``note`` says why it is not the requested one.
    ``probabilities`` are float64 of shape ``(test rows, classes)``; ``history`` has a value for
    each epoch, ``scores`` one for each built-in metric.
    """

    engine: str
    note: str
    seconds: float
    peak_bytes: int | None
    probabilities: NDArray[np.float64]
    history: dict[str, list[float]]
    scores: Mapping[str, float]


@dataclass(frozen=True)
class FitSeries:
    """What fits that may be averaged have in common; they differ in split and seed.

    ``design`` is ``kfold10`` or ``holdout``, ``engine`` the requested one, ``identity`` the digest
    of the model's file and of the versions of everything that fits it.
    """

    dataset: str
    fingerprint: str
    design: str
    environment: str
    engine: str
    run_seed: int
    model: str
    identity: str


@dataclass(frozen=True)
class StudyKey:
    """What the series of one study have in common."""

    dataset: str
    fingerprint: str
    design: str
    environment: str
    engine: str
    run_seed: int


@dataclass(frozen=True)
class SplitRows:
    """The test rows of a split.

    ``digest`` is that of the split's rows, ``labels``, ``numbers`` and ``groups`` (codes, or None)
    are those of its test rows, ``positive`` is the code of the positive class, or None.
    """

    digest: str
    labels: NDArray[np.int64]
    numbers: NDArray[np.int64]
    groups: NDArray[np.int64] | None
    positive: int | None


@dataclass(frozen=True)
class FitPlace:
    """The place of a fit in its series; ``rows`` is the digest of the split's rows."""

    series: FitSeries
    split: str
    seed: int
    rows: str

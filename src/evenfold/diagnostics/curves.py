"""Learning curves: training that has not converged, went on too long, over- or underfits.

A curve is a quantity after each epoch of a fit. Each diagnostic computes one number a fit, and a
one-sided t-test over the fits shows that its mean exceeds a bound that matters. With fewer than
``FEWEST_FITS`` fits nothing is shown.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenfold.diagnostics.finding import CODE_ERROR

Curve = NDArray[np.float64]
Values = NDArray[np.float64]

FEWEST_FITS = 3
FEWEST_EPOCHS = 10
FEWEST_FALLING = 4
# The fall of the loss over the last tenth of the epochs, as a share of its whole fall.
STILL_FALLING = 0.02
# The rise of the held-out loss after its best epoch, as a share of its fall before.
PAST_BEST = 0.05
# The last epoch up to which a best one is early, as a share of all.
EARLY = 0.75
# Accuracies: training less test, and logistic regression's test less training.
OVERFIT, UNDERFIT = 0.1, 0.05


def mean_exceeds(values: Values, bound: float, error: float = CODE_ERROR) -> bool:
    """Whether a one-sided t-test shows that the mean of independent values exceeds a bound.

    Parameters
    ----------
    values
        One value a fit, ``(fits,)``.
    bound
        The bound.
    error
        The probability that it is shown where the mean is at the bound.
    """
    from scipy.special import stdtrit

    if len(values) < FEWEST_FITS or not np.isfinite(values).all():
        return False
    mean, deviation = float(values.mean()), float(values.std(ddof=1))
    half = deviation / math.sqrt(len(values)) * float(stdtrit(len(values) - 1, 1 - error))
    return mean - half > bound


def not_converged(losses: Sequence[Curve], error: float = CODE_ERROR) -> float:
    """Return the mean fall over the last tenth of the epochs, by the whole fall; 0 if it is over.

    Parameters
    ----------
    losses
        The loss of each fit after each epoch: the held-out one, or else the training one.
    error
        As in ``mean_exceeds``.
    """
    falls = [_last_fall(loss) for loss in losses if len(loss) >= FEWEST_FALLING]
    values = np.array([fall for fall in falls if fall is not None])
    return float(values.mean()) if mean_exceeds(values, STILL_FALLING, error) else 0.0


def past_best(losses: Sequence[Curve], error: float = CODE_ERROR) -> int:
    """Return the epoch (from 1) after which the held-out loss rises again; 0 if it does not.

    The best epoch of the mean curve of the *other* fits is compared with the last one, so that its
    choice favours nothing.

    Parameters
    ----------
    losses
        The held-out loss of each fit after each epoch; those of the most frequent length count.
    error
        As in ``mean_exceeds``.
    """
    curves = _of_one_length(losses)
    fits, epochs = curves.shape
    if fits < FEWEST_FITS or epochs < FEWEST_EPOCHS:
        return 0
    smooth = _smoothed(curves)
    total = smooth.sum(axis=0)
    best = ((total - smooth) / (fits - 1)).argmin(axis=1)
    lowest = smooth[np.arange(fits), best]
    fall = float((smooth[:, 0] - lowest).mean())
    if fall <= 0:
        return 0
    rises = (smooth[:, -1] - lowest) / fall
    epoch = int(total.argmin()) + 1
    is_early = epoch <= EARLY * epochs
    return epoch if is_early and mean_exceeds(rises, PAST_BEST, error) else 0


def overfits(training: Values, tested: Values, error: float = CODE_ERROR) -> bool:
    """Whether the last training accuracy exceeds that of the test rows by ``OVERFIT``.

    Parameters
    ----------
    training, tested
        The accuracies of each fit, ``(fits,)``.
    error
        As in ``mean_exceeds``.
    """
    return mean_exceeds(training - tested, OVERFIT, error)


def underfits(training: Values, baseline: float, error: float = CODE_ERROR) -> bool:
    """Whether a baseline's accuracy on test rows exceeds that of the training by ``UNDERFIT``.

    Parameters
    ----------
    training
        The training accuracy of each fit, ``(fits,)``.
    baseline
        The accuracy of logistic regression on test rows.
    error
        As in ``mean_exceeds``.
    """
    return mean_exceeds(baseline - training, UNDERFIT, error)


def _last_fall(loss: Curve) -> float | None:
    """The fall over the last tenth of the epochs by the whole fall; None if nothing fell.

    Of fewer than ten epochs, it is a share of the fall over the last one.
    """
    width = max(1, len(loss) // 10)
    last, before = float(loss[-width:].mean()), float(loss[-2 * width : -width].mean())
    whole = float(loss[0]) - last
    if not (whole > 0 and math.isfinite(whole)):
        return None
    return (before - last) / whole * min(1.0, len(loss) / (10 * width))


def _of_one_length(curves: Sequence[Curve]) -> NDArray[np.float64]:
    lengths = [len(curve) for curve in curves]
    if not lengths:
        return np.empty((0, 0))
    most = max(set(lengths), key=lambda length: (lengths.count(length), length))
    return np.array([curve for curve in curves if len(curve) == most], np.float64)


def _smoothed(curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running means of three epochs, so that a single epoch is not the best by chance."""
    padded = np.pad(curves, ((0, 0), (1, 1)), mode="edge")
    means: NDArray[np.float64] = (padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3
    return means

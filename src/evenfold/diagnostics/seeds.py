"""Scores that vary more by the training, its seed and rows, than by the rows that are tested."""

from __future__ import annotations

from evenfold.diagnostics.finding import CODE_ERROR
from evenfold.stats.row_variance import RowVariance

FEWEST_REPEATS = 3


def seeds_vary_more_than_folds(
    variance: RowVariance, repeats: int, error: float = CODE_ERROR
) -> float:
    """Return the variance of a fit's score by its training over that by its test rows.

    Of the mean over ``repeats`` repeats of some folds, the variance by fits is that of one fit over
    the number of fits, and the variance by rows is that of one fit over the number of folds: both
    are alike if that by fits, times the repeats, is that by rows. It fires if the lower confidence
    bound of the variance by fits, of chi-squared sums, is above that.

    Parameters
    ----------
    variance
        The variance of a model's score, with its parts.
    repeats
        The number of repeats, or of seeds of a holdout.
    error
        The probability that it fires where both are alike, of normal effects of fits.

    Returns
    -------
    float
        0.0 unless the ratio is shown to be above 1.
    """
    from scipy.special import chdtri

    if repeats < FEWEST_REPEATS or variance.rows <= 0:
        return 0.0
    freedom = variance.fit_freedom
    by_cells = variance.fits_gross - variance.fits
    low = variance.fits_gross * freedom / float(chdtri(freedom, error)) - by_cells
    ratio = variance.fits * repeats / variance.rows
    return ratio if low * repeats > variance.rows else 0.0

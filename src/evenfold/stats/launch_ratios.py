"""Log ratios of a race's contenders to its first, for each launch: of medians and of means.

**Ratio of medians.** For each block, the logarithm of a contender's time over the reference's. Of
these, the median over the blocks in which the contender came before the reference, and over those
in which it came after it; their mean is the launch's value. What is first in a block may be faster
or slower for that reason: in counterbalanced blocks this cancels.

**Ratio of means.** The logarithm of a contender's mean time over the reference's. Samples that take
much longer change it, and hardly the ratio of medians.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import ResultsError

# An outlier is further than this from the median, in median absolute deviations (MAD), scaled so
# that the MAD of a normal distribution is its standard deviation.
OUTLIER_MADS, MAD_SCALE = 5.0, 1.4826
# Further digits of a logarithm come from rounding and not from time.
DIGITS = 12
BLOCKS = -2  # the axis of blocks

Values = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class TimedBlocks:
    """The samples of a launch, a block in each row; the first contender is the reference.

    Parameters
    ----------
    seconds
        Seconds of one unit, of shape ``(blocks, contenders)``.
    places
        Place of each sample in its block, of the same shape.
    """

    seconds: Values
    places: Counts


@dataclass(frozen=True)
class LaunchRatios:
    """What is known of each launch; all arrays have the shape ``(..., ratios, launches)``.

    Parameters
    ----------
    medians, means
        Log ratios of medians and of means.
    mean_variances
        Variances of ``means`` that the scatter of blocks within their launch explains.
    above, below
        Numbers of blocks far above and far below their launch's median: outliers of the contender,
        and of the reference.
    """

    medians: Values
    means: Values
    mean_variances: Values
    above: Counts
    below: Counts

    @property
    def launches(self) -> int:
        """Number of launches."""
        return int(self.medians.shape[-1])

    def first(self, launches: int) -> LaunchRatios:
        """Return the first so many launches."""
        return self.mapped(lambda values: values[..., :launches])

    def runs(self, chosen: NDArray[np.bool_]) -> LaunchRatios:
        """Return some of the runs along the first axis."""
        return self.mapped(lambda values: values[chosen])

    def mapped(self, function: Callable[[NDArray[Any]], NDArray[Any]]) -> LaunchRatios:
        """Return the results of a function of each array."""
        return LaunchRatios(
            function(self.medians),
            function(self.means),
            function(self.mean_variances),
            function(self.above),
            function(self.below),
        )


def launch_ratios(launches: Sequence[TimedBlocks]) -> LaunchRatios:
    """Return the log ratios of each launch of a race, of shape ``(ratios, launches)``.

    Raises
    ------
    ResultsError
        A time is not a positive finite number, or launches differ in their contenders.
    """
    if len(launches) == 0:
        raise ResultsError("a race without a launch has nothing to judge: run it again")
    seconds = launches[0].seconds
    contenders = seconds.shape[-1] if seconds.ndim == 2 else 0
    for number, launch in enumerate(launches, 1):
        _require_seconds(launch.seconds, contenders, f"launch {number}")
    each = [ratios_of_blocks(np.log(one.seconds), one.places) for one in launches]
    return stacked(each)


def ratios_of_blocks(logs: Values, places: Counts) -> LaunchRatios:
    """Return the log ratios of launches with equally many blocks, as if each was the only one.

    Parameters
    ----------
    logs
        Log seconds, of shape ``(..., blocks, contenders)``.
    places
        Places in blocks, of the same shape.

    Returns
    -------
    LaunchRatios
        Arrays of shape ``(..., ratios, 1)``.
    """
    ratios = np.round(logs[..., 1:] - logs[..., :1], DIGITS)
    before = places[..., 1:] < places[..., :1]
    medians = _median_of_orders(ratios, before)
    # Where machines differ by orders of magnitude, seconds relative to their mean cannot overflow.
    relative = np.exp(logs - logs.max(axis=BLOCKS, keepdims=True))
    totals = relative.mean(axis=BLOCKS, keepdims=True)
    means = (np.log(totals) + logs.max(axis=BLOCKS, keepdims=True))[..., 0, :]
    shares = relative / totals
    blocks = logs.shape[BLOCKS]
    scatter = np.zeros_like(medians)
    if blocks > 1:
        scatter = np.var(shares[..., 1:] - shares[..., :1], axis=BLOCKS, ddof=1) / blocks
    above, below = _outliers(ratios)
    mean_ratios = np.round(means[..., 1:] - means[..., :1], DIGITS)
    launch = LaunchRatios(medians, mean_ratios, scatter, above, below)
    return launch.mapped(lambda values: values[..., None])


def stacked(launches: Sequence[LaunchRatios]) -> LaunchRatios:
    """Return several launches as those of one race."""

    def joined(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(launch, name) for launch in launches], axis=-1)

    names = ("medians", "means", "mean_variances", "above", "below")
    return LaunchRatios(*(joined(name) for name in names))


def _median_of_orders(ratios: Values, before: NDArray[np.bool_]) -> Values:
    """Return the mean of the medians of both orders; where one never occurs, the median of all."""
    first, second = _median_where(ratios, before), _median_where(ratios, ~before)
    both = (first + second) / 2
    return np.where(np.isnan(both), np.median(ratios, axis=BLOCKS), both)


def _median_where(values: Values, chosen: NDArray[np.bool_]) -> Values:
    """Return medians over the blocks that are chosen; NaN where none is."""
    ordered = np.sort(np.where(chosen, values, np.inf), axis=BLOCKS)
    count = chosen.sum(axis=BLOCKS, keepdims=True)
    middle = (np.maximum(count - 1, 0) // 2, np.minimum(count // 2, values.shape[BLOCKS] - 1))
    lower, upper = (np.take_along_axis(ordered, place, axis=BLOCKS) for place in middle)
    return np.where(count > 0, (lower + upper) / 2, np.nan)[..., 0, :]


def _outliers(ratios: Values) -> tuple[Counts, Counts]:
    """Return the numbers of blocks far above and far below the median."""
    distances = ratios - np.median(ratios, axis=BLOCKS, keepdims=True)
    spread = MAD_SCALE * np.median(np.abs(distances), axis=BLOCKS, keepdims=True)
    # Where all are alike but for rounding, some may be rounded up and others down.
    least = np.maximum(OUTLIER_MADS * spread, 2 * 10.0**-DIGITS)
    above: Counts = np.sum(distances > least, axis=BLOCKS)
    below: Counts = np.sum(distances < -least, axis=BLOCKS)
    return above, below


def _require_seconds(seconds: Values, contenders: int, where: str) -> None:
    if seconds.ndim != 2 or seconds.shape[1] != contenders or not seconds.size:
        raise ResultsError(
            f"{where}: expected times of shape (blocks, contenders) with at least one block and "
            f"as many contenders as in launch 1, found {seconds.shape}: run the race again"
        )
    if wrong := np.argwhere(~(np.isfinite(seconds) & (seconds > 0))).tolist():
        block, contender = wrong[0]
        raise ResultsError(
            f"{where}, block {block + 1}, contender {contender + 1}: {seconds[block, contender]} "
            "seconds is no time: run the race again"
        )

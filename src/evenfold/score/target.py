"""The target of a time to quality: a metric of learning curves and the value to reach."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Final, Literal, get_args

from evenfold.errors import UsageError, did_you_mean
from evenfold.option_checks import quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TargetMetric = Literal["accuracy", "log_loss"]
ROUNDING: Final = 1e-6
TARGET_METRICS: Final[tuple[TargetMetric, ...]] = get_args(TargetMetric)


@dataclass(frozen=True)
class ScoreTarget:
    """A value of a metric to reach: at least an accuracy, or at most a log loss.

    Parameters
    ----------
    metric
        The metric of the curve.
    value
        The value.
    """

    metric: TargetMetric
    value: float

    @property
    def words(self) -> str:
        """The target in a sentence: ``accuracy 0.95``."""
        return f"{self.metric.replace('_', ' ')} {self.value:g}"

    def reached(self, curve: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return where a curve has reached the value; where it has none, it has not."""
        # Keras reports 19 of 20 rows as a float32 that is less than 0.95.
        beyond = curve - self.value if self.metric == "accuracy" else self.value - curve
        return beyond >= -ROUNDING


def parse_target(text: str) -> ScoreTarget:
    """Parse ``accuracy=0.95`` or ``log_loss=0.1``.

    Raises
    ------
    UsageError
        The text has no ``=``, networks have no curve of the metric, or it cannot have the value.
    """
    name, equals, number = (part.strip() for part in text.partition("="))
    if not equals:
        raise UsageError(f"--time-to is {quoted(text)}: write METRIC=VALUE, such as accuracy=0.95")
    metric = next((known for known in TARGET_METRICS if known == name), None)
    if metric is None:
        raise UsageError(
            f"--time-to: there are no learning curves of {quoted(name)}: use accuracy or log_loss"
            f"{did_you_mean(name, TARGET_METRICS)}"
        )
    try:
        value = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        value = float("nan")
    most = 1.0 if metric == "accuracy" else float("inf")
    if not (isfinite(value) and 0 < value <= most):
        above = "above 0 and at most 1" if metric == "accuracy" else "above 0"
        raise UsageError(f"--time-to: {metric} is {quoted(number)}: give a number {above}")
    return ScoreTarget(metric, value)

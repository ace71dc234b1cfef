"""The built-in metrics: names, directions and practical thresholds."""

from __future__ import annotations

from typing import Final, Literal, get_args

MetricName = Literal[
    "accuracy",
    "balanced_accuracy",
    "roc_auc",
    "log_loss",
    "brier",
    "sensitivity",
    "specificity",
    "average_precision",
    "f1",
    "mcc",
]
METRIC_NAMES: Final[tuple[MetricName, ...]] = get_args(MetricName)
DEFAULT_METRIC: Final = "accuracy"
# Metrics of the positive class: a dataset without one has no values of them.
POSITIVE_CLASS_METRICS: Final = ("sensitivity", "specificity")
# Metrics that depend on which of two classes is the positive one.
_OF_POSITIVE: Final = (*POSITIVE_CLASS_METRICS, "average_precision", "f1")

# The margin of each metric is its region of practical equivalence (ROPE).
_MARGINS: dict[str, float] = {
    "accuracy": 0.01,
    "balanced_accuracy": 0.01,
    "roc_auc": 0.005,
    "log_loss": 0.01,
    "brier": 0.005,
    "sensitivity": 0.01,
    "specificity": 0.01,
    "average_precision": 0.01,
    "f1": 0.01,
    "mcc": 0.02,
}
_LOWER_IS_BETTER = {"log_loss", "brier"}


def margin_of(metric: str, rope: float | None = None) -> float:
    """Return the margin that a user gives or, without one, the metric's own."""
    return _MARGINS[metric] if rope is None else rope


def is_lower_better(metric: str) -> bool:
    """Whether a smaller score is the better one."""
    return metric in _LOWER_IS_BETTER


def depends_on_positive(metric: str) -> bool:
    """Whether the metric may change with the choice of the positive class, as a plug-in's may."""
    return metric in _OF_POSITIVE or metric not in METRIC_NAMES


def register_metric(metric: str, margin: float, lower_is_better: bool) -> None:
    """Register the margin and the direction of a metric that is not built in."""
    _MARGINS[metric] = margin
    (_LOWER_IS_BETTER.add if lower_is_better else _LOWER_IS_BETTER.discard)(metric)

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
]
METRIC_NAMES: Final[tuple[MetricName, ...]] = get_args(MetricName)
DEFAULT_METRIC: Final = "accuracy"
# Metrics of the positive class: a dataset without one has no values of them.
POSITIVE_CLASS_METRICS: Final = ("sensitivity", "specificity")

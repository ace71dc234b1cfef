"""Scores of estimators in pipelines that scikit-learn's ``cross_validate`` fits."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from evenfold.contract import BALANCED, ClassWeight, Layout
from evenfold.data.datasets import Dataset
from evenfold.data.folds import make_fold
from evenfold.data.preprocessing import MOST_LEVEL_COLUMNS, RARE_ROWS
from evenfold.data.splits import Indices
from evenfold.score.plan import PlannedFit
from evenfold.worker.build import build, describe_model
from evenfold.worker.plugin import Plugin
from evenfold.worker.row_weights import weight_arguments
from evenfold.worker.seeds import set_random_state

Array = NDArray[np.float64]


def cross_validated(
    dataset: Dataset, plugin: Plugin, fits: Sequence[PlannedFit]
) -> dict[str, Array]:
    """Return accuracy and log loss of an estimator for each fit, by ``cross_validate``.

    Parameters
    ----------
    dataset
        The rows.
    plugin
        The estimator's plug-in. With weights of classes or rows, the fits have those of their rows.
    fits
        The splits and seeds.
    """
    x = _in_units_of_the_table(dataset)
    accuracy, log_loss = [], []
    for fit in fits:
        estimator = build(plugin, make_fold(dataset, fit.split, fit.layout).task)
        set_random_state(estimator, fit.seed)
        steps = [("prepare", _transformer(dataset, fit.layout)), ("model", estimator)]
        scores = cross_validate(
            Pipeline(steps),
            x,
            dataset.y,
            cv=[(fit.split.train, fit.split.test)],
            scoring=["accuracy", "neg_log_loss"],
            error_score="raise",
            **_fit_parameters(dataset, plugin, estimator, fit.split.train),
        )
        accuracy.append(scores["test_accuracy"])
        log_loss.append(-scores["test_neg_log_loss"])
    return {"accuracy": np.concatenate(accuracy), "log_loss": np.concatenate(log_loss)}


def _fit_parameters(
    dataset: Dataset, plugin: Plugin, estimator: Any, train: Indices
) -> dict[str, dict[str, Any]]:
    """Return the argument of ``cross_validate`` that passes weights of rows to the estimator."""
    class_weight = plugin.model.class_weight
    if class_weight is None and dataset.sample_weight is None:
        return {}
    weights = _row_weights(dataset, class_weight, train)
    of_classes = dataset.sample_weight is None
    arguments = weight_arguments(estimator, weights, describe_model(plugin), of_classes)
    # scikit-learn has the argument under this name since 1.4, and before under the other.
    is_new = "params" in inspect.signature(cross_validate).parameters
    values = {f"model__{name}": value for name, value in arguments.items()}
    return {"params" if is_new else "fit_params": values}


def _row_weights(dataset: Dataset, class_weight: ClassWeight | None, train: Indices) -> Array:
    """Return the weight of each row of the dataset; that of test rows is 1."""
    y, weights = dataset.y[train], np.ones(len(train))
    if dataset.sample_weight is not None:
        weights *= dataset.sample_weight[train]
    by_class: dict[int, float] = {}
    if class_weight == BALANCED:
        # As scikit-learn 1.9 does; in older versions its own function takes no weights of rows.
        sums = {label: weights[y == label].sum() for label in np.unique(y)}
        by_class = {n: weights.sum() / (len(sums) * total) for n, total in sums.items()}
    elif isinstance(class_weight, Mapping):
        by_name = {str(label): float(weight) for label, weight in class_weight.items()}
        by_class = {n: by_name.get(name, 1.0) for n, name in enumerate(dataset.class_names)}
    of_rows: Array = np.ones(len(dataset.y))
    of_rows[train] = weights * [by_class.get(label, 1.0) for label in y]
    return of_rows


def _in_units_of_the_table(dataset: Dataset) -> Array:
    """Return the inputs, each number divided by the power of two of its column's largest.

    This is exact, and scaling undoes it: it keeps squares of extreme units from over- and
    underflow.
    """
    plan = dataset.plan
    if plan is not None and plan.kind == "none":
        return dataset.x
    columns = np.abs(dataset.x).reshape(-1, dataset.x.shape[-1])
    _, exponents = np.frexp(np.where(np.isnan(columns), 0.0, columns).max(axis=0))
    if plan is not None:
        exponents = np.where(plan.categories, 0, exponents)
    divided: Array = np.ldexp(dataset.x, -exponents)
    return divided


class _ChannelScaler(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Scales series by channel, over rows and steps; tables by column."""

    def fit(self, x: Array, y: object = None) -> _ChannelScaler:
        # The mean of a column that is far from 0 is rounded: centring again removes the rest, which
        # StandardScaler alone leaves.
        scaler = make_pipeline(StandardScaler(with_std=False), StandardScaler())
        self.scaler_ = scaler.fit(x.reshape(-1, x.shape[-1]))
        return self

    def transform(self, x: Array) -> Array:
        scaled: Array = self.scaler_.transform(x.reshape(-1, x.shape[-1]))
        return scaled.reshape(x.shape)


class _TrainingLevels(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Numbers categories by the levels of the training rows, with unknown ones after them."""

    def __init__(self, categories: tuple[int, ...] = ()) -> None:
        self.categories = categories

    def fit(self, x: Array, y: object = None) -> _TrainingLevels:
        known = {n: x[~np.isnan(x[:, n]), n] for n in self.categories}
        self.places_ = {
            n: {level: place for place, level in enumerate(sorted(set(values.tolist())))}
            for n, values in known.items()
        }
        return self

    def transform(self, x: Array) -> Array:
        x = x.copy()
        for n, places in self.places_.items():
            codes = [np.nan if v != v else places.get(v, len(places)) for v in x[:, n].tolist()]
            x[:, n] = codes
        return x


def _transformer(dataset: Dataset, layout: Layout) -> Pipeline:
    """Return scikit-learn's transformer for what a fold does, written without the fold's code."""
    reshape = FunctionTransformer(_in_layout, kw_args={"layout": layout})
    return make_pipeline(_scaler_or_encoder(dataset), reshape)


def _in_layout(x: Array, layout: Layout) -> Array:
    if layout == "flat":
        return x.reshape(len(x), -1)
    return x if x.ndim == 3 else x[:, :, np.newaxis]


def _scaler_or_encoder(dataset: Dataset) -> Any:
    plan = dataset.plan
    if plan is None:
        return _ChannelScaler()
    if plan.kind == "none":
        return _TrainingLevels(tuple(np.flatnonzero(plan.categories)))
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), _ChannelScaler())
    levels = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=RARE_ROWS,
        max_categories=MOST_LEVEL_COLUMNS,
        sparse_output=False,
    )
    parts = [
        ("numbers", numbers, np.flatnonzero(~plan.categories)),
        ("levels", levels, np.flatnonzero(plan.categories)),
    ]
    return ColumnTransformer(parts, sparse_threshold=0)

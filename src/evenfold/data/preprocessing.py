"""Preprocessing of a table: the role of each feature, fitted to the training rows of a fold."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from evenfold.data.scaler import Scaler
from evenfold.data.table_options import Preprocess

if TYPE_CHECKING:
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

Array = NDArray[np.float64]
Role = Literal["number", "boolean", "ordinal", "date", "category"]
# A level of fewer training rows shares a column with the other rare ones. The levels of a column
# have at most so many columns.
RARE_ROWS = 5
MOST_LEVEL_COLUMNS = 100


@dataclass(frozen=True)
class Feature:
    """What a column of the inputs stands for.

    Parameters
    ----------
    role
        ``number``, ``boolean`` (0 and 1), ``ordinal`` (0, 1, 2, ... in the order of ``levels``, or
        the numbers themselves without any), ``date`` (days since 1970-01-01), or ``category`` (the
        index into ``levels``).
    levels
        The values of an ordinal or of a category.
    """

    role: Role
    levels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preprocessing:
    """How a fold prepares the features of a table. It holds no statistic of any row.

    Missing cells are NaN in the inputs. Of numbers, a missing cell becomes the median, and a
    column says where cells were missing. They are scaled to mean 0 and deviation 1. A category
    becomes a column of 0 and 1 for each level, a missing cell being a level of its own. Levels of
    fewer than ``RARE_ROWS`` training rows share a column, which unknown levels are in too.

    Parameters
    ----------
    features
        The columns of the inputs.
    kind
        ``standard`` as above; ``none`` leaves the inputs as they are, but for categories: they
        become the index into the levels of the training rows, after which come unknown ones.
    """

    features: tuple[Feature, ...]
    kind: Preprocess = "standard"

    @cached_property
    def identity(self) -> str:
        """Everything that the prepared arrays depend on beside the rows, as JSON."""
        rules = [RARE_ROWS, MOST_LEVEL_COLUMNS] if self.categories.any() else []
        return json.dumps([asdict(self), rules], sort_keys=True)

    @cached_property
    def categories(self) -> NDArray[np.bool_]:
        """Which features are categories, ``(features,)``."""
        return np.array([feature.role == "category" for feature in self.features], dtype=bool)

    def fit(self, x: Array) -> FittedPreprocessing:
        """Fit to training rows, float64 of shape ``(rows, features)``."""
        if self.kind == "none":
            columns = x[:, self.categories].T
            levels = tuple(np.unique(column[~np.isnan(column)]) for column in columns)
            return FittedPreprocessing(self, levels=levels)
        imputer = encoder = scaler = None
        if not self.categories.all():
            imputer = _imputer(x[:, ~self.categories])
            scaler = Scaler.fit(_impute(imputer, x[:, ~self.categories]))
        if self.categories.any():
            encoder = _encoder(x[:, self.categories])
        return FittedPreprocessing(self, imputer, scaler, encoder)


@dataclass(frozen=True, eq=False)
class FittedPreprocessing:
    """Preprocessing with the statistics of training rows.

    Parameters
    ----------
    plan
        What was fitted.
    imputer, scaler
        The medians of numbers, and their scales afterwards; None without numbers.
    encoder
        The levels of categories; None without categories.
    levels
        The codes of each category, in their order, where nothing else is prepared.
    """

    plan: Preprocessing
    imputer: SimpleImputer | None = None
    scaler: Scaler | None = None
    encoder: OneHotEncoder | None = None
    levels: tuple[Array, ...] = ()

    def apply(self, x: Array) -> Array:
        """Return rows prepared: numbers, where they were missing, and the levels of categories.

        Parameters
        ----------
        x
            Inputs, float64 of shape ``(rows, features)``.

        Returns
        -------
        float64 array
            Of shape ``(rows, columns)``; the training rows decide how many columns there are.
        """
        if self.plan.kind == "none":
            return self._recoded(x)
        parts = []
        if self.imputer is not None and self.scaler is not None:
            numbers = x[:, ~self.plan.categories]
            parts.append(self.scaler.apply(_impute(self.imputer, numbers)))
        if self.encoder is not None:
            levels: Array = self.encoder.transform(x[:, self.plan.categories])
            parts.append(levels)
        return parts[0] if len(parts) == 1 else np.hstack(parts)

    def _recoded(self, x: Array) -> Array:
        """Return rows with the codes of categories that the training rows alone decide."""
        if not self.levels:
            return x
        x = x.copy()
        for n, levels in zip(np.flatnonzero(self.plan.categories), self.levels, strict=True):
            column = x[:, n]
            codes = np.where(np.isin(column, levels), np.searchsorted(levels, column), len(levels))
            x[:, n] = np.where(np.isnan(column), np.nan, codes)
        return x

    @cached_property
    def sources(self) -> NDArray[np.int64]:
        """The feature that each of the first columns scales; of the columns after them, none."""
        if self.plan.kind == "none":
            return np.arange(len(self.plan.features))
        if self.imputer is None:
            return np.zeros(0, dtype=np.int64)
        numbers: NDArray[np.int64] = np.flatnonzero(~self.plan.categories)
        has_value: NDArray[np.bool_] = ~np.isnan(self.imputer.statistics_)
        return numbers[has_value]


def _imputer(x: Array) -> SimpleImputer:
    from sklearn.impute import SimpleImputer

    # With the statistics of a column that is missing in every training row, it is left out.
    return SimpleImputer(strategy="median", add_indicator=True).fit(x)


def _impute(imputer: SimpleImputer, x: Array) -> Array:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Skipping features without any observed values")
        imputed: Array = imputer.transform(x)
    return imputed


def _encoder(x: Array) -> OneHotEncoder:
    from sklearn.preprocessing import OneHotEncoder

    return OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=RARE_ROWS,
        max_categories=MOST_LEVEL_COLUMNS,
        sparse_output=False,
    ).fit(x)

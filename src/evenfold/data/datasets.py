"""Datasets: rows, labels and their names, and the built-in ones."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenfold.errors import DataError, UsageError
from evenfold.files.path_names import require_path_part

if TYPE_CHECKING:
    from evenfold.data.column_info import ColumnInfo
    from evenfold.data.preprocessing import Preprocessing

# Sums of such weights, and their products with others, are numbers of float32 too.
LARGEST_WEIGHT = 1e30
NEEDS_AEON = "install it with pip install 'evenfold[series]'"


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Rows and labels with names.

    Parameters
    ----------
    name : str
        The name in results.
    x : float64 array
        Inputs of shape ``(rows, features)``, or for series ``(rows, steps, channels)``.
    y : int64 array
        Labels of shape ``(rows,)``, each an index into ``class_names``.
    feature_names : tuple of str
        Names of the features, or for series of the channels.
    class_names : tuple of str
        Names of the classes.
    positive : int, optional
        Index of the class that sensitivity refers to.
    groups : array, optional
        Labels of shape ``(rows,)``. Rows of one group stay together in every split.
    notes : tuple of str
        Messages for the user about reading the data. They are not part of the data.
    plan : Preprocessing, optional
        The role of each feature of a table, by which a fold prepares its rows. Missing cells are
        NaN. None: all features are numbers, none is missing, and a fold scales them.
    columns : tuple of ColumnInfo
        What each column of a table was read as, for the user. It is not part of the data.
    source : str
        The file that the data were read from, for messages. It is not part of the data.
    sample_weight : float64 array, optional
        Weights of shape ``(rows,)``, 0 or more. Models are trained with those of the training rows;
        scores are not weighted. None: all rows count alike.

    Raises
    ------
    DataError
        If the parts do not fit each other.
    """

    name: str
    x: NDArray[np.float64]
    y: NDArray[np.int64]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    positive: int | None = None
    groups: NDArray[Any] | None = None
    notes: tuple[str, ...] = ()
    plan: Preprocessing | None = None
    columns: tuple[ColumnInfo, ...] = ()
    source: str = ""
    sample_weight: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        self._require_types()
        self._make_plain()
        try:
            require_path_part("the name of the dataset", self.name)
        except ValueError as error:
            raise DataError(str(error)) from error
        rows = len(self.x)
        names = len(self.feature_names)
        if self.x.ndim not in (2, 3) or self.x.shape[-1] != names:
            raise DataError(
                f"{self.name}: inputs have shape {self.x.shape}, expected (rows, {names}), or "
                f"(rows, steps, {names}) of series: one column a feature name"
            )
        parts = {"labels": self.y, "groups": self.groups, "sample weights": self.sample_weight}
        for part, values in parts.items():
            if values is not None and values.shape != (rows,):
                raise DataError(
                    f"{self.name}: {part} have shape {values.shape}, expected ({rows},)"
                )
        if rows and not (0 <= int(self.y.min()) and int(self.y.max()) < len(self.class_names)):
            raise DataError(f"{self.name}: a label lies outside 0..{len(self.class_names) - 1}")
        self._require_names_and_groups()
        if self.positive is not None and not 0 <= self.positive < len(self.class_names):
            raise DataError(
                f"{self.name}: positive class {self.positive} lies outside "
                f"0..{len(self.class_names) - 1}"
            )
        self._require_numbers()
        self._require_weights()

    def _require_weights(self) -> None:
        weights = self.sample_weight
        if weights is None:
            return
        invalid = ~((weights >= 0) & (weights <= LARGEST_WEIGHT))
        if invalid.any():
            row = int(np.argmax(invalid))
            raise DataError(
                f"{self.name}: row {row} has the sample weight {weights[row]}: give every row a "
                f"weight from 0 to {LARGEST_WEIGHT:g}"
            )
        if len(weights) and not weights.any():
            raise DataError(f"{self.name}: every sample weight is 0: give some rows another one")

    def _require_types(self) -> None:
        for part, values, kinds in (("inputs", self.x, "fiub"), ("labels", self.y, "iu")):
            if not isinstance(values, np.ndarray):
                raise DataError(f"{self.name}: {part} are a {type(values).__name__}, not an array")
            if values.dtype.kind not in kinds:
                wanted = "float64" if part == "inputs" else "int64"
                raise DataError(
                    f"{self.name}: {part} have the type {values.dtype}, expected {wanted}"
                )
        for part, given in (("groups", self.groups), ("sample weights", self.sample_weight)):
            if given is not None and not isinstance(given, np.ndarray):
                raise DataError(f"{self.name}: {part} are a {type(given).__name__}, not an array")
        if self.sample_weight is not None and self.sample_weight.dtype.kind not in "fiu":
            raise DataError(
                f"{self.name}: sample weights have the type {self.sample_weight.dtype}, expected "
                "float64"
            )
        for part in ("feature_names", "class_names", "notes"):
            names = getattr(self, part)
            if not isinstance(names, (tuple, list, str, np.ndarray)) or not all(
                isinstance(name, str) for name in names
            ):
                raise DataError(f"{self.name}: {part} is {names!r:.80}, expected texts")

    def _make_plain(self) -> None:
        """Let names be tuples of str, and the positive class an int: NumPy has types of its own."""
        for part in ("feature_names", "class_names", "notes"):
            object.__setattr__(self, part, tuple(str(name) for name in getattr(self, part)))
        if isinstance(self.name, str):
            object.__setattr__(self, "name", str(self.name))
        if self.positive is None:
            return
        try:
            object.__setattr__(self, "positive", operator.index(self.positive))
        except TypeError as error:
            raise DataError(
                f"{self.name}: the positive class is {self.positive!r:.80}, expected an index"
            ) from error

    def _require_numbers(self) -> None:
        if self.plan is not None and (self.x.ndim, len(self.plan.features)) != (2, self.x.shape[1]):
            raise DataError(
                f"{self.name}: the plan has {len(self.plan.features)} features, expected inputs of "
                f"shape (rows, features), found {self.x.shape}"
            )
        invalid = ~np.isfinite(self.x) if self.plan is None else np.isinf(self.x)
        if invalid.any():
            place = tuple(np.argwhere(invalid)[0])
            raise DataError(
                f"{self.name}: {self.where(place)} is {self.x[place]}: give every cell a finite "
                "number"
            )

    def _require_names_and_groups(self) -> None:
        for name in self.class_names:
            if self.class_names.count(name) > 1:
                raise DataError(f"{self.name}: several classes have the name {name!r}: rename one")
        missing = [] if self.groups is None else [_is_missing(group) for group in self.groups]
        if any(missing) and self.groups is not None:
            row = missing.index(True)
            raise DataError(
                f"{self.name}: row {row} has no group ({self.groups[row]!r}): give each row one"
            )

    def __repr__(self) -> str:
        from evenfold.data.dataset_summary import summary_lines

        return "\n".join(summary_lines(self))

    def where(self, place: tuple[int, ...]) -> str:
        """Describe a value's place in ``x``: its row, step and column."""
        row, *step, column = (int(index) for index in place)
        at = f", step {step[0]}" if step else ""
        return f"row {row}{at}, {'channel' if step else 'feature'} {self.feature_names[column]!r}"

    @property
    def origin(self) -> str:
        """The file that the data were read from, or their name."""
        return self.source or self.name

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.class_names)

    @property
    def positive_name(self) -> str | None:
        """Name of the positive class, if there is one."""
        return None if self.positive is None else self.class_names[self.positive]

    @cached_property
    def fingerprint(self) -> str:
        """Digest of rows, labels, names, groups, plan and weights: 16 hexadecimal digits."""
        digest = hashlib.sha256()
        for values in (self.x, self.y):
            digest.update(repr((values.shape, values.dtype.str)).encode())
            digest.update(np.ascontiguousarray(values).tobytes())
        groups = None if self.groups is None else [str(group) for group in self.groups]
        digest.update(repr((self.feature_names, self.class_names, self.positive, groups)).encode())
        if self.plan is not None:
            digest.update(self.plan.identity.encode())
        if self.sample_weight is not None:
            weights = np.ascontiguousarray(self.sample_weight, dtype=np.float64)
            digest.update(b"sample_weight" + weights.tobytes())
        return digest.hexdigest()[:16]


def _is_missing(group: object) -> bool:
    if group is None or isinstance(group, (str, bytes)):
        return not group
    try:
        return bool(group != group)  # as NaN and NaT do
    except (TypeError, ValueError):  # pandas' NA is neither equal nor different
        return True


def _from_sklearn(name: str, positive: int | None) -> Dataset:
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")()
    return Dataset(
        name=name,
        x=np.asarray(bunch.data, dtype=np.float64),
        y=np.asarray(bunch.target, dtype=np.int64),
        feature_names=tuple(str(feature) for feature in bunch.feature_names),
        class_names=tuple(str(label) for label in bunch.target_names),
        positive=positive,
    )


def _basic_motions() -> Dataset:
    """Wrist accelerometer and gyroscope during four activities: 80 series of 100 steps, by aeon."""
    try:
        from aeon.datasets import load_basic_motions
    except ImportError as error:
        raise UsageError(f"basic_motions needs aeon: {NEEDS_AEON}") from error
    x, labels = load_basic_motions()
    classes = tuple(sorted({str(label) for label in labels}))
    return Dataset(
        name="basic_motions",
        x=np.ascontiguousarray(np.swapaxes(x, 1, 2), dtype=np.float64),
        y=np.array([classes.index(str(label)) for label in labels], dtype=np.int64),
        feature_names=("acc x", "acc y", "acc z", "gyro x", "gyro y", "gyro z"),
        class_names=classes,
    )


BUILT_IN: dict[str, Callable[[], Dataset]] = {
    # Wisconsin diagnostic breast cancer: scikit-learn codes malignant, the class to find, as 0.
    "breast_cancer": lambda: _from_sklearn("breast_cancer", positive=0),
    "wine": lambda: _from_sklearn("wine", positive=None),
    "digits": lambda: _from_sklearn("digits", positive=None),
    "basic_motions": _basic_motions,
}


def built_in(name: str) -> Dataset:
    """Return the built-in dataset of that name. Raises KeyError for an unknown name."""
    return BUILT_IN[name]()

"""Series from a user's ``.npz`` or ``.ts`` file: rows of steps, each step of channels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.data.labels import encode, group_notes, label_notes, positive_index
from evenfold.data.regular_files import require_regular
from evenfold.data.table_names import table_name
from evenfold.data.ts_files import read_ts_file
from evenfold.errors import DataError, did_you_mean
from evenfold.files.arrays import read_npz
from evenfold.files.path_names import similar_path
from evenfold.render.words import counted

KNOWN = ("x", "y", "groups", "channels")


def read_series(path: Path, positive: str | None = None) -> Dataset:
    """Read the dataset in a ``.npz`` or ``.ts`` file.

    A ``.npz`` file holds arrays: ``x`` of shape ``(rows, steps, channels)``, labels ``y``, and
    optionally ``groups`` (rows of one group stay together in every split) and the names of
    ``channels``. It is not unpickled. A ``.ts`` file holds series of equal length with class
    labels. Each text is a class, as it is written.

    Parameters
    ----------
    path : Path
        The file.
    positive : str, optional
        The label of the positive class. The default is the last of two classes.

    Raises
    ------
    DataError
        If the data cannot be used; the message names the file and the array or row.
    """
    x, labels, groups, channels = READERS[path.suffix.lower()](path)
    if x.ndim != 3 or not x.shape[1] or not x.shape[2]:
        raise DataError(f"{path}: x has shape {x.shape}, expected (rows, steps, channels)")
    texts = _texts(path, labels)
    y, classes = encode(texts)
    if len(classes) < 2:
        raise DataError(
            f"{path}: the labels name {counted(len(classes), 'class', 'classes')}; a classifier "
            "needs two or more"
        )
    group_names = [] if groups is None else [str(group) for group in groups.ravel()]
    return Dataset(
        name=table_name(path),
        x=np.ascontiguousarray(x, dtype=np.float64),
        y=y,
        feature_names=channels or tuple(f"channel {n}" for n in range(x.shape[2])),
        class_names=classes,
        positive=positive_index(str(path), classes, positive),
        groups=groups,
        notes=(*label_notes(str(path), texts), *group_notes(str(path), group_names)),
    )


def _texts(path: Path, labels: NDArray[Any]) -> list[str]:
    """Return labels as text, none missing."""
    try:
        texts = [
            label.decode("utf-8") if isinstance(label, bytes) else str(label) for label in labels
        ]
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: a label is not UTF-8: save y as text") from error
    is_number = labels.dtype.kind in "fcmM"
    for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
        if not text.strip() or (is_number and label != label):
            raise DataError(
                f"{path}: row {row}: the label is missing ({text!r}): give it or remove the row"
            )
    return texts


Parts = tuple[NDArray[np.float64], NDArray[Any], "NDArray[Any] | None", "tuple[str, ...] | None"]


def _read_npz(path: Path) -> Parts:
    require_regular(path)
    try:
        arrays = read_npz(path)
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file{similar_path(path)}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path} is not a .npz file of plain arrays: {error}") from error
    if unknown := set(arrays) - set(KNOWN):
        raise DataError(
            f"{path}: unknown array {min(unknown)!r}: known arrays are {', '.join(KNOWN)}"
            f"{did_you_mean(min(unknown), KNOWN)}"
        )
    for name in ("x", "y"):
        if name not in arrays:
            raise DataError(f"{path}: there is no array {name!r}: it holds {sorted(arrays)}")
    x, y = arrays["x"], arrays["y"]
    if y.ndim > 1 and y.size != y.shape[0]:
        raise DataError(f"{path}: y has shape {y.shape}, expected one label for each row, (rows,)")
    if x.dtype.kind not in "fiub":
        raise DataError(f"{path}: x holds {x.dtype}, expected numbers")
    channels = arrays.get("channels")
    names = None if channels is None else tuple(str(name) for name in channels.ravel())
    return x.astype(np.float64), y.reshape(-1), arrays.get("groups"), names


def _read_ts(path: Path) -> Parts:
    x, labels = read_ts_file(path)
    return x, np.array(labels, dtype=object), None, None


READERS: dict[str, Callable[[Path], Parts]] = {".npz": _read_npz, ".ts": _read_ts}

"""The rows of a store of fits as typed values: each column is checked where it is read."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any, TypedDict

import numpy as np
from numpy.typing import NDArray

from evenfold.runtime.records import converted
from evenfold.runtime.typed import Meta
from evenfold.score.fit import Fit, FitSeries, StudyKey
from evenfold.stats.metric_names import METRIC_NAMES

FIT_COLUMNS = ("engine", "note", "seconds", "peak_bytes", *METRIC_NAMES)
RECORD_COLUMNS = ("classes", "probabilities", "history", "digest")
BYTES_OF_PROBABILITY, BYTES_OF_CODE = 8, 4
DESIGN = re.compile(r"holdout|kfold[1-9][0-9]{0,8}")
Count = Annotated[int, Meta(ge=0, le=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=1e15)]
Classes = Annotated[int, Meta(ge=1, le=2**31)]


class _FitRow(TypedDict):
    engine: str
    note: str
    seconds: Seconds
    peak_bytes: Count | None


class _PredictionsRow(TypedDict):
    classes: Classes
    probabilities: bytes
    history: str
    digest: str | None


def predictions_digest(key: str, classes: int, probabilities: bytes, history: str) -> str:
    """Return the SHA-256, in hexadecimal, of a fit's predictions and history under its key.

    Parameters
    ----------
    key
        The fit's key: predictions of another fit have another digest.
    classes
        The number of classes.
    probabilities
        Their bytes, little-endian float64.
    history
        The history as JSON.
    """
    head = json.dumps([key, classes, len(probabilities)]).encode()
    return hashlib.sha256(b"\n".join((head, probabilities, history.encode()))).hexdigest()


def fit_of_row(key: str, row: Sequence[object]) -> Fit:
    """Return the fit in the columns ``FIT_COLUMNS`` and ``RECORD_COLUMNS``.

    Raises
    ------
    ValueError
        A column has a value that it cannot have, or the predictions are not those that were saved.
    """
    values = dict(zip((*FIT_COLUMNS, *RECORD_COLUMNS), row, strict=True))
    about = converted(values, _FitRow, refuse_unknown=False)
    scores = converted({name: values[name] for name in METRIC_NAMES}, dict[str, float | None])
    record = {name: values[name] for name in RECORD_COLUMNS}
    return Fit(
        engine=about["engine"],
        note=about["note"],
        seconds=about["seconds"],
        peak_bytes=about["peak_bytes"],
        probabilities=read_probabilities(key, record),
        history=_history(str(record["history"])),
        scores={n: float("nan") if value is None else value for n, value in scores.items()},
    )


def read_probabilities(key: str, record: Mapping[str, object]) -> NDArray[np.float64]:
    """Return the predictions in the columns ``RECORD_COLUMNS``, of shape ``(rows, classes)``.

    Raises
    ------
    ValueError
        A column has a value that it cannot have, or the predictions are not those that were saved.
    """
    row = converted(dict(record), _PredictionsRow)
    classes, blob = row["classes"], row["probabilities"]
    if row["digest"] not in (None, predictions_digest(key, classes, blob, row["history"])):
        raise ValueError("its predictions are not those that were saved with it")
    if len(blob) % (BYTES_OF_PROBABILITY * classes):
        raise ValueError(f"probabilities: {len(blob)} bytes are no rows of {classes} classes")
    return np.frombuffer(blob, dtype="<f8").reshape(-1, classes)


def seconds_of_value(value: object) -> float:
    """Return the seconds of a fit. Raises ValueError."""
    try:
        return converted(value, Seconds)
    except ValueError as error:
        raise ValueError(f"fits.seconds: {error}") from error


def read_models(text: object) -> tuple[str, ...]:
    """Return the models in a study's order. Raises ValueError."""
    return converted(_json(text), tuple[str, ...])


def series_of_row(row: Sequence[object]) -> FitSeries:
    """Return the series in the columns ``SERIES_COLUMNS``. Raises ValueError."""
    names = [each.name for each in fields(FitSeries)]
    series = converted(dict(zip(names, row, strict=True)), FitSeries)
    _require_design(series.design)
    return series


def study_of_row(row: Sequence[object]) -> StudyKey:
    """Return the study in the first columns of the table of studies. Raises ValueError."""
    names = [each.name for each in fields(StudyKey)]
    return converted(dict(zip(names, row, strict=True)), StudyKey)


def split_codes(name: str, blob: object) -> NDArray[np.int32]:
    """Return the labels, numbers or groups of a split's rows. Raises ValueError."""
    if not isinstance(blob, bytes) or len(blob) % BYTES_OF_CODE:
        raise ValueError(f"{name}: {blob!r:.40} is no list of codes")
    return np.frombuffer(blob, dtype="<i4")


def _require_design(design: str) -> None:
    if DESIGN.fullmatch(design) is None:
        raise ValueError(f"series.design: {design!r} is none that evenfold knows")


def _history(text: str) -> dict[str, list[float]]:
    try:
        return converted(_json(text), dict[str, list[float]])
    except ValueError as error:
        raise ValueError(f"history: {error}") from error


def _json(text: object) -> Any:
    if not isinstance(text, str):
        raise ValueError(f"expected JSON, got {type(text).__name__}")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("its values are nested too deeply") from error

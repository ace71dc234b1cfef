"""A ``.ts`` file: series of one length with class labels, as the archives of UEA and UCR have them.

Lines before ``@data`` describe the series: ``@classLabel true no yes``. Each line after it is a
row: channels separated by colons, each of values separated by commas, and the class label at the
end. Lines that begin with ``#`` are comments. A value of ``?`` or ``NaN`` is missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenfold.data.regular_files import require_regular
from evenfold.errors import DataError
from evenfold.files.path_names import similar_path
from evenfold.files.reading import read_file
from evenfold.render.words import counted

EXAMPLE = "@classLabel true no yes"
SWITCHES = ("timestamps", "missing", "univariate", "equallength", "targetlabel")
COUNTS = {"dimensions": "channels", "dimension": "channels", "serieslength": "steps"}
COUNT = re.compile("[0-9]{1,18}")
MISSING_LABELS = ("", "?")
MISSING_VALUES = ("?", "nan")
Line = tuple[int, str]  # its number in the file, from 1, and its text


@dataclass(frozen=True)
class _Row:
    line: int
    channels: Sequence[Sequence[float]]
    label: str


def read_ts_file(path: Path) -> tuple[NDArray[np.float64], list[str]]:
    """Read a ``.ts`` file.

    Returns
    -------
    x
        float64 of shape ``(rows, steps, channels)``, NaN where a value is missing.
    labels
        The class label of each row, as it is written.

    Raises
    ------
    DataError
        The file cannot be used; the message names the line.
    """
    lines = _lines(path)
    starts = [n for n, (_, text) in enumerate(lines) if text.split()[0].lower() == "@data"]
    if not starts:
        raise DataError(
            f"{path}: there is no line '@data' before the rows: begin the file with a header, "
            f"such as '{EXAMPLE}' and '@data'"
        )
    header = _header(path, lines[: starts[0]])
    rows = [_row(path, line, header) for line in lines[starts[0] + 1 :]]
    if not rows:
        raise DataError(f"{path}: there is a header, but no rows below '@data'")
    _require_shape(path, rows, header)
    x = np.array([row.channels for row in rows], dtype=np.float64)
    return np.swapaxes(x, 1, 2), [row.label for row in rows]


def _lines(path: Path) -> list[Line]:
    """Return the lines that are neither blank nor comments."""
    require_regular(path)
    try:
        text = read_file(path).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file{similar_path(path)}") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 at byte {error.start}: save it as UTF-8") from error
    ends = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    lines = [(number, line.strip()) for number, line in enumerate(ends, 1)]
    return [(number, line) for number, line in lines if line and not line.startswith("#")]


def _header(path: Path, lines: Sequence[Line]) -> dict[str, list[str]]:
    """Return the values of each tag, whose names are in small letters without the ``@``."""
    header: dict[str, list[str]] = {}
    for number, line in lines:
        name, *values = line.split()
        tag, at = name[1:].lower(), f"{path}, line {number}"
        if not name.startswith("@"):
            raise DataError(f"{at}: expected a header line such as '{EXAMPLE}', found {line!r}")
        if tag in header:
            raise DataError(f"{at}: {name} is given a second time: remove one of the lines")
        if tag in (*SWITCHES, "classlabel"):
            if [value.lower() for value in values[:1]] not in (["true"], ["false"]):
                raise DataError(f"{at}: expected true or false after {name}, found {line!r}")
            values[0] = values[0].lower()
        if tag in COUNTS and not (len(values) == 1 and COUNT.fullmatch(values[0])):
            raise DataError(f"{at}: expected a whole number after {name}, found {line!r}")
        header[tag] = values
    _require_labels(path, header)
    return header


def _require_labels(path: Path, header: dict[str, list[str]]) -> None:
    """Raise DataError unless the header lists classes, and series without time stamps."""
    if header.get("targetlabel") == ["true"]:
        raise DataError(f"{path}: its labels are numbers to predict, @targetLabel, and no classes")
    if header.get("timestamps") == ["true"]:
        raise DataError(
            f"{path}: its values have time stamps: save values at equal distances, with "
            "'@timeStamps false'"
        )
    state, *classes = header.get("classlabel", ["false"])
    if state != "true":
        raise DataError(
            f"{path}: its series have no class labels: list them in the header, '{EXAMPLE}'"
        )
    if len(classes) < 2:
        raise DataError(
            f"{path}: @classLabel lists {counted(len(classes), 'class', 'classes')}; a "
            "classifier needs two or more"
        )


def _row(path: Path, line: Line, header: dict[str, list[str]]) -> _Row:
    number, text = line
    at, classes = f"{path}, line {number}", header["classlabel"][1:]
    *channels, label = (part.strip() for part in text.split(":"))
    if not channels:
        raise DataError(f"{at}: expected values, a colon and a class label, found {_start(text)}")
    if label in MISSING_LABELS:
        raise DataError(f"{at}: the class label is missing: give it or remove the row")
    if label not in classes:
        raise DataError(
            f"{at}: the class label {label!r} is not one of @classLabel: {', '.join(classes)}"
        )
    return _Row(number, [_values(at, channel) for channel in channels], label)


def _values(at: str, channel: str) -> list[float]:
    cells = [cell.strip() for cell in channel.split(",")]
    try:
        if "_" in channel:
            raise ValueError
        return [float("nan" if cell in MISSING_VALUES else cell) for cell in cells]
    except ValueError:
        wrong = next(cell for cell in cells if not _is_value(cell))
        raise DataError(f"{at}: expected a number, found {_start(wrong)}") from None


def _is_value(cell: str) -> bool:
    try:
        float("nan" if cell in MISSING_VALUES else cell)
    except ValueError:
        return False
    return "_" not in cell


def _require_shape(path: Path, rows: Sequence[_Row], header: dict[str, list[str]]) -> None:
    """Raise DataError unless all rows have as many channels and steps as the header says."""
    channels = len(rows[0].channels)
    for row in rows:
        at, steps = f"{path}, line {row.line}", {len(values) for values in row.channels}
        if len(row.channels) != channels:
            raise DataError(f"{at}: expected {channels} channels, found {len(row.channels)}")
        if len(steps) > 1:
            raise DataError(
                f"{at}: its channels have {min(steps)} to {max(steps)} steps: bring them to one "
                "length"
            )
    lengths = sorted({len(row.channels[0]) for row in rows})
    if len(lengths) > 1:
        raise DataError(
            f"{path}: its series have {lengths[0]} to {lengths[-1]} steps: bring them to one length"
        )
    if header.get("univariate") == ["true"] and channels > 1:
        raise DataError(f"{path}: '@univariate true', but its series have {channels} channels")
    found = {"channels": channels, "steps": lengths[0]}
    for tag, noun in COUNTS.items():
        if tag in header and int(header[tag][0]) != found[noun]:
            raise DataError(
                f"{path}: @{tag} is {header[tag][0]}, but its series have {found[noun]} {noun}"
            )


def _start(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}...")

"""Checks on the values of records: files may come from anyone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from evenfold.files.path_names import require_slug

HALF_OF_PAIR = re.compile("[\ud800-\udfff]")  # no character: cannot be written
# Numbers with a logarithm, and room to compute with it.
SMALLEST, LARGEST = 1e-300, 1e300


def is_number(value: object, least: float = SMALLEST, most: float = LARGEST) -> bool:
    """Whether a value is a number from ``least`` to ``most``; NaN and True are none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return least <= value <= most


def is_printable(value: object) -> bool:
    """Whether a value is a text of at least one character that can be printed in one line."""
    return isinstance(value, str) and value != "" and value.isprintable()


def require_date(field: str, value: str) -> None:
    """Check a date and time with its time zone, as ``datetime.isoformat`` writes them.

    Raises
    ------
    ValueError
        It is none.
    """
    try:
        date = datetime.fromisoformat(value)
        date.astimezone(timezone.utc)  # fails for the first and last day of the calendar
        has_zone = date.tzinfo is not None
    except (ValueError, OverflowError):
        has_zone = False
    if not has_zone:
        raise ValueError(f"{field}: {value!r:.80} is not a date and time with a time zone")


def require_environment(environment: Mapping[str, Any]) -> None:
    """Check the content of an ``environment.json``, in which machine and name are required.

    Raises
    ------
    ValueError
        A field cannot be what it is.
    """
    require_names(environment)
    for field in ("python", "processor", "system", "revision"):
        if environment.get(field) is not None and not is_printable(environment[field]):
            raise ValueError(f"{field} of the environment: {environment[field]!r}")
    for field, is_pair in (("versions", _is_pair), ("flags", _is_flag)):
        values = environment.get(field, {})
        if not isinstance(values, dict) or not all(map(is_pair, values.items())):
            raise ValueError(f"{field} of the environment: {values!r}")
    gpus = environment.get("gpus", ())
    if not (isinstance(gpus, (list, tuple)) and all(map(is_printable, gpus))):
        raise ValueError(f"gpus of the environment: {gpus!r}")


def require_names(environment: Mapping[str, Any]) -> None:
    """Check the names of an environment and its machine, of which folders and figures are named.

    Raises
    ------
    ValueError
        A name is missing or cannot be one.
    """
    require_slug("a machine's name", environment.get("machine"))
    require_slug("an environment's name", environment.get("name"))


def _is_pair(pair: tuple[object, object]) -> bool:
    name, value = pair
    return is_printable(name) and (is_printable(value) or value == "")


def _is_flag(pair: tuple[object, object]) -> bool:
    """Whether a pair is an environment variable, which may have several lines."""
    name, value = pair
    return is_printable(name) and isinstance(value, str) and not HALF_OF_PAIR.search(value)

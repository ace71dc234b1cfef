"""Whether what a file says can be computed with and shown: files are from anyone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenfold.runtime.environment import MACHINE

# What has a logarithm, and room beside it.
SMALLEST, LARGEST = 1e-300, 1e300


def is_number(value: Any, least: float = SMALLEST, most: float = LARGEST) -> bool:
    """Whether it is a number from ``least`` to ``most``: neither NaN nor true."""
    is_one = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_one and least <= value <= most


def is_shown(value: Any) -> bool:
    """Whether it is a text, not empty, of what can be shown in a line."""
    return isinstance(value, str) and value != "" and value.isprintable()


def require_environment(told: Mapping[str, Any]) -> None:
    """Raises ValueError where what is said of an environment, as in an environment.json, cannot be.

    Its machine and its name have to be there.
    """
    machine, name = told.get("machine"), told.get("name")
    if not (isinstance(machine, str) and MACHINE.fullmatch(machine)):
        raise ValueError(f"{machine!r} is no machine's name")
    if not is_shown(name):
        raise ValueError(f"{name!r} is no environment's name")
    for what in ("python", "processor", "system", "revision"):
        if told.get(what) is not None and not is_shown(told[what]):
            raise ValueError(f"{what} of the environment: {told[what]!r}")
    for what in ("versions", "flags"):
        values = told.get(what, {})
        if not isinstance(values, dict) or not all(map(_is_pair, values.items())):
            raise ValueError(f"{what} of the environment: {values!r}")
    gpus = told.get("gpus", ())
    if not (isinstance(gpus, (list, tuple)) and all(map(is_shown, gpus))):
        raise ValueError(f"gpus of the environment: {gpus!r}")


def _is_pair(pair: tuple[Any, Any]) -> bool:
    name, value = pair
    return is_shown(name) and (is_shown(value) or value == "")

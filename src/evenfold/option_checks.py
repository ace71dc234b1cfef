"""Checks of option values, the same for the command line and the Python API."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite

from evenfold.errors import UsageError, did_you_mean

# The random generators of numpy, scikit-learn and Keras take seeds below this.
SEED_LIMIT = 2**32
MOST_QUOTED = 80
SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
NUMBER = r"(\d{1,9}(?:\.\d*)?|\.\d+)"


def check_whole(
    option: str, value: object, least: int, limit: int | None = None, optional: bool = False
) -> None:
    """Refuse a value that is not a whole number of at least ``least`` and below ``limit``.

    Parameters
    ----------
    option
        The option's name in the message, without dashes.
    value
        The value.
    least
        The smallest number that is allowed.
    limit
        The first number that is too large; None for no limit.
    optional
        Whether None is allowed.

    Raises
    ------
    UsageError
        The value is something else.
    """
    if value is None and optional:
        return
    above = f" of at least {least}" if limit is None else f" from {least} to {limit - 1}"
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    is_number = number is not None and not isinstance(value, bool)
    if number is None or not is_number or number < least or (limit and number >= limit):
        raise UsageError(f"{option} is {quoted(value)}: give a whole number{above}")


def quoted(value: object) -> str:
    """Return a value as Python writes it, cut short; a number of thousands of digits has none."""
    try:
        text = repr(value)
    except ValueError:  # more digits than Python converts
        return "a number of thousands of digits"
    return text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED]} ..."


def check_column(option: str, value: object) -> None:
    """Refuse what is no name of a column, such as the column itself. Raises UsageError."""
    if value is not None and (isinstance(value, Iterable) and not isinstance(value, (str, tuple))):
        raise UsageError(
            f"{option} is a {type(value).__name__}: add it to the table as a column, and give the "
            "name of that column"
        )


def check_seed(value: object, optional: bool = False) -> None:
    """Refuse a seed that the random generators do not take. Raises UsageError."""
    check_whole("seed", value, 0, SEED_LIMIT, optional)


def check_number(
    option: str, value: object, least: float, exclusive: bool = False, optional: bool = True
) -> None:
    """Refuse a value that is not a finite number of at least ``least``, or above it.

    Raises
    ------
    UsageError
        The value is something else.
    """
    if value is None and optional:
        return
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    is_number = not isinstance(value, (bool, str)) and isfinite(number)
    if not is_number or number < least or (exclusive and number == least):
        above = f"above {least:g}" if exclusive else f"of at least {least:g}"
        raise UsageError(f"{option} is {quoted(value)}: give a number {above}")


def check_choice(option: str, value: object, choices: Sequence[str], optional: bool = True) -> None:
    """Refuse a value that is none of the choices.

    Raises
    ------
    UsageError
        The value is something else.
    """
    if value is None and optional:
        return
    if value not in choices:
        known = ", ".join(choices)
        meant = did_you_mean(value, choices)
        raise UsageError(f"{option} is {quoted(value)}: give one of {known}{meant}")


def refuse_given(options: Mapping[str, object], reason: str) -> None:
    """Refuse every option that has a value although it cannot apply.

    Parameters
    ----------
    options
        Values by option name; None where an option is not given.
    reason
        Why they cannot apply, and what to do: the rest of the sentence after the options.

    Raises
    ------
    UsageError
        A value is not None.
    """
    given = [f"--{name}" for name, value in options.items() if value is not None]
    if given:
        raise UsageError(f"{' and '.join(given)} cannot apply: {reason}")


def parse_duration(text: str) -> float:
    """Parse ``120``, ``120s``, ``2m`` or ``1.5h`` as seconds above 0. Raises UsageError."""
    match = re.fullmatch(NUMBER + r"\s*(s|m|min|h|)", text.strip())
    seconds = float(match[1]) * SECONDS[match[2]] if match else 0.0
    if not seconds > 0:
        raise UsageError(f"{quoted(text)} is not a duration: write 120s, 2m or 1.5h")
    return seconds


def parse_share(text: str) -> float:
    """Parse ``2%`` or ``0.02`` as the share 0.02. Raises UsageError."""
    match = re.fullmatch(NUMBER + r"\s*(%?)", text.strip())
    if match is None:
        raise UsageError(f"{quoted(text)} is not a share: write 2% or 0.02")
    value = float(match[1])
    if not match[2] and value >= 1:
        raise UsageError(f"{quoted(text)} is {100 * value:g} %: write {text}% or {value / 100:g}")
    return value / 100 if match[2] else value

"""Words of messages: counts with their nouns, durations, and lists of names."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from evenfold.errors import did_you_mean


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return a count with its noun: ``1 fit``, ``2 fits``, ``2 classes``.

    Parameters
    ----------
    number
        The count.
    noun
        The singular of what is counted.
    plural
        The plural; None for the singular with an s.
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def duration(seconds: float) -> str:
    """Return whole seconds, with minutes from 90 seconds on: ``60 s``, ``1 min 30 s``."""
    minutes, rest = divmod(round(seconds), 60)
    if 60 * minutes + rest < 90:
        return f"{60 * minutes + rest} s"
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def rough_duration(seconds: float) -> str:
    """Return an expected time: seconds, minutes from 90 seconds on, or hours from 90 minutes on."""
    minutes = seconds / 60
    if minutes < 1.5:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def clock_time(seconds: float) -> str:
    """Return the local time of the day, ``14:05``, of seconds since 1970."""
    return time.strftime("%H:%M", time.localtime(seconds))


def listed(names: Sequence[str], word: str = "and") -> str:
    """Join names as a sentence does: ``a``, ``a and b``, ``a, b and c``."""
    *first, last = names
    return f"{', '.join(first)} {word} {last}" if first else last


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, which names there are, and which one is meant if one is close.

    Parameters
    ----------
    kind
        What it should name: ``model``, ``metric``, ...
    name
        The unknown name.
    known
        The names that there are, in the order in which to list them.
    """
    names = list(known)
    return f"no {kind} {name!r}: there are {', '.join(names) or 'none'}{did_you_mean(name, names)}"

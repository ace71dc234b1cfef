"""Words of messages: counts with their nouns, lists of names, and the name that was meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

# Names less alike than this are not suggested: 0 is nothing in common, 1 is equality.
LEAST_ALIKE = 0.6


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
    """Return whole seconds, with minutes from 90 seconds on."""
    whole = round(seconds)
    return f"{whole} s" if whole < 90 else f"{whole // 60} min {whole % 60} s"


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


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message on an unknown name: a question if a known one is close to it."""
    names = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), names, 1, LEAST_ALIKE)
    return f"; did you mean {names[close[0]]!r}?" if close else ""

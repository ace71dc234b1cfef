"""Names that become a part of a path: of machines, environments, races, datasets and plug-ins."""

from __future__ import annotations

import re
from pathlib import Path

from evenfold.errors import did_you_mean

LONGEST = 200  # with what is added to it, a name of a file has at most 255 bytes
ALLOWED = "use letters, digits, _ . -"
SLUG = re.compile(r"[A-Za-z0-9_](?:[\w.-]*\w)?")
SEPARATORS = "/\\"


def is_slug(name: object) -> bool:
    """Whether a value is a name of letters, digits, ``_``, ``.`` and ``-`` that paths can have."""
    return is_path_part(name) and SLUG.fullmatch(str(name)) is not None


def is_path_part(name: object) -> bool:
    """Whether a value is a text that can be a part of a path, and leads nowhere else."""
    return (
        isinstance(name, str)
        and name.isprintable()
        and name.strip(" .") != ""
        and not any(separator in name for separator in SEPARATORS)
        and len(name.encode()) <= LONGEST
    )


def require_slug(kind: str, name: object) -> None:
    """Check the name of a machine or an environment.

    Parameters
    ----------
    kind
        What it is, in the message: ``a machine's name``.
    name
        The name.

    Raises
    ------
    ValueError
        It is not a name of letters, digits, ``_``, ``.`` and ``-``, or is too long.
    """
    if not is_slug(name):
        raise ValueError(f"{name!r:.80} is not {kind}: {ALLOWED}")


def require_path_part(kind: str, name: object) -> None:
    """Check the name of a dataset.

    Raises
    ------
    ValueError
        It cannot be the name of a file.
    """
    if not is_path_part(name):
        raise ValueError(
            f"{kind}: {name!r:.80} cannot be the name of a file: give it another name, without "
            f"slashes and control characters and of at most {LONGEST} bytes"
        )


def slug_of(text: str) -> str:
    """Return a text as a part of a name of a file: other characters than a slug's become ``-``."""
    return re.sub(r"[^\w.-]+", "-", text).strip("-.")[:LONGEST]


def similar_path(path: Path) -> str:
    """Return the end of a message that a path is missing: a question if a similar one is there.

    It is about the first part of the path that does not exist.
    """
    missing = path
    try:  # a folder on the way may be closed
        while not missing.parent.exists() and missing.parent != missing:
            missing = missing.parent
        names = sorted(entry.name for entry in missing.parent.iterdir())
    except OSError:
        return ""
    return did_you_mean(missing.name, names)

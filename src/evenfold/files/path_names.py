"""Names that become a part of a path: of machines, environments, races, datasets and plug-ins."""

from __future__ import annotations

import re
from pathlib import Path

from evenfold.errors import did_you_mean

GLOB = "*?["
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


def missing_path(path: Path, advice: str = "") -> str:
    """Return the message that a path is missing: what is there of it, and what may be meant.

    ``runs/x/races/*: no file or folder matches; the nearest folder that exists is runs/x``

    Parameters
    ----------
    path
        The path.
    advice
        What to give in its place, as ``give a folder of results with --results``.
    """
    # A shell passes a pattern that matches nothing as it is.
    is_pattern = any(sign in str(path) for sign in GLOB)
    problem = "no file or folder matches" if is_pattern else "there is no such file or folder"
    nearest = next((folder for folder in path.absolute().parents if _is_folder(folder)), None)
    parts = [f"{path}: {problem}"]
    if advice:
        parts.append(advice)
    if nearest is not None:
        shown = next((one for one in path.parents if one.absolute() == nearest), nearest)
        parts.append(f"the nearest folder that exists is {nearest if shown == Path() else shown}")
    return "; ".join(parts) + similar_path(path)


def _is_folder(path: Path) -> bool:
    try:  # a folder on the way may be closed
        return path.is_dir()
    except OSError:
        return False

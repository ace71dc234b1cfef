"""The comment of a gate: its file, its hidden first line, and messages as they are."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from evenfold.files.writing import write_whole
from evenfold.render.media import visible_lines

FOLDER = Path(".evenfold", "gate")
COMMENT = FOLDER / "comment.md"
PASS, FAIL = "\N{WHITE HEAVY CHECK MARK}", "\N{CROSS MARK}"


def write_comment(model: str, text: str, root: Path) -> Path:
    """Write a comment in Markdown, and return its file.

    Its first line is hidden: it finds the comment of an earlier run on the same model.

    Parameters
    ----------
    model
        The model, with settings.
    text
        The comment.
    root
        The project's folder.

    Raises
    ------
    ResultsError
        The file cannot be written.
    """
    file = root / COMMENT
    write_whole(file, f"<!-- evenfold {model} -->\n{text}\n".encode())
    return file


def write_failure(model: str, message: str, root: Path) -> Path:
    """Write the comment of a gate that could not begin. Raises ResultsError."""
    message = message.replace(f"{root.resolve()}/", "").replace(f"{root}/", "")
    headline = f"## {FAIL} Fail: {model} could not be compared"
    return write_comment(model, f"{headline}\n\n{as_it_is(message)}", root)


def remove_comment(root: Path) -> None:
    """Remove the comment of an earlier run, which a run that is broken off would leave."""
    with suppress(OSError):
        (root / COMMENT).unlink()


def as_it_is(message: str) -> str:
    """Return a message, which may hold any text, as a block that Markdown shows as it is."""
    return "\n".join(f"    {line}" for line in visible_lines(message).split("\n"))

"""The text of an error that foreign code raised: short, whatever its message is."""

from __future__ import annotations

MOST_CHARACTERS = 1000
MOST_LINES = 8
# Of both, at the end: frameworks put the cause there.
LAST_CHARACTERS, LAST_LINES = 300, 3


def describe_error(error: BaseException) -> str:
    """Return the type of an error and its message: ``ValueError: no such column``."""
    text = error_message(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def error_message(error: BaseException) -> str:
    """Return the message of an error, shortened; its own ``__str__`` may fail."""
    return shorten(whole_message(error))


def whole_message(error: BaseException) -> str:
    """Return the message of an error, however long it is; its own ``__str__`` may fail."""
    try:
        return str(error)
    except BaseException as failure:  # foreign code runs here
        return f"its message cannot be shown: its __str__ raised {type(failure).__name__}"


def shorten(text: str) -> str:
    """Return the beginning and the end of a long text, and a short one as it is."""
    if len(text) > MOST_CHARACTERS:
        first = text[: MOST_CHARACTERS - LAST_CHARACTERS]
        text = f"{first} ... {text[-LAST_CHARACTERS:]}"
    lines = text.splitlines()
    if len(lines) <= MOST_LINES:
        return text
    return "\n".join([*lines[: MOST_LINES - LAST_LINES], "...", *lines[-LAST_LINES:]])

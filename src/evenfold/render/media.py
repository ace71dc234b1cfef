"""Text for each medium: a name from a file is shown, and does nothing to who reads it.

There is one function for each: ``for_terminal``, ``for_markdown``, ``for_html`` and ``for_csv``.
"""

from __future__ import annotations

import html
import re
from secrets import token_hex

# Begins a colour that evenfold itself writes. It is drawn for each process: no file can hold it.
COLOUR = f"\ufdd0{token_hex(8)}\ufdd1"
# A character of Markdown where it means something: inside a line, or as its beginning.
SPECIAL = r"""
    [|*]                            # cells, emphasis
    | \\(?=[!-/:-@\[-`{-~]|$)       # an escape
    | \](?=[(\[:])                  # a link, an image
    | ~(?=~)
    | (?<![^\W_])_ | _(?![^\W_])    # emphasis; not inside a word
    | ^(?:\#{1,6}|[-+])(?=\s|$)     # a heading, an item
    | ^[>=] | ^-(?=[-\s]*$)         # a quote, what is below a heading
    | (?<=^\d)[.)](?=\s|$)          # an item with a number
"""
NAME = re.compile(rf"{SPECIAL} | `", re.VERBOSE)
LINK = re.compile(rf"{SPECIAL} | ` | [\[\]]", re.VERBOSE)
SENTENCE = re.compile(rf"{SPECIAL} | `(?=``)", re.VERBOSE)
ENTITY = re.compile(r"&(?=\#?\w+;)")
# What a spreadsheet takes for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def visible(text: str) -> str:
    """Return a text in one line: what cannot be printed is written as an escape."""
    if text.isprintable():  # almost every text: no look at each character
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def visible_lines(text: str) -> str:
    """Return a text with its lines; what else cannot be printed is written as an escape."""
    return "\n".join(map(visible, text.split("\n")))


def for_terminal(text: str) -> str:
    """Return a text for a terminal: its lines and evenfold's own colours, and no other control."""
    return visible_lines_with(COLOUR, text).replace(COLOUR, "\x1b[")


def visible_lines_with(mark: str, text: str) -> str:
    """Return a text with its lines and a mark; other characters that cannot be printed are escapes.

    Parameters
    ----------
    mark
        A text that stays as it is.
    text
        The text.
    """
    return mark.join(map(visible_lines, text.split(mark)))


def message_for_terminal(text: str) -> str:
    """Return a message: lines after the first are indented, so that none looks like another one."""
    first, *others = visible_lines(text).split("\n")
    return "\n".join([first, *(line if line.startswith("  ") else f"  {line}" for line in others)])


def for_markdown(name: str) -> str:
    """Return a name or a cell in Markdown, in one line: it is shown as it is."""
    return _in_markdown(name, NAME)


def link_text(name: str) -> str:
    """Return a name as the text of a link or an image in Markdown."""
    return _in_markdown(name, LINK)


def sentence_for_markdown(text: str) -> str:
    """Return a sentence in Markdown, in one line; `commands` in it remain code."""
    return _in_markdown(text, SENTENCE)


def _in_markdown(text: str, special: re.Pattern[str]) -> str:
    line = visible(text.replace("\n", " ")).strip()
    line = special.sub(lambda match: "\\" + match.group(), line)
    return ENTITY.sub("&amp;", line).replace("<", "&lt;")


def for_html(text: str) -> str:
    """Return a text in HTML, as content or as a quoted attribute."""
    return html.escape(visible_lines(text))


def for_csv(value: object) -> object:
    """Return a cell for CSV: ``'`` stands before a text that a spreadsheet would run."""
    is_formula = isinstance(value, str) and value.startswith(FORMULA)
    return f"'{value}" if is_formula else value


def escaped(name: str, style: str = "markdown") -> str:
    """Return a name in the text of a table's style.

    Parameters
    ----------
    name
        The name.
    style
        One of ``evenfold.render.tables.FORMATS``.
    """
    if style == "markdown":
        return for_markdown(name)
    return visible(name) if style == "table" else name


def sentence(text: str, style: str) -> str:
    """Return a sentence beside a table in the table's style."""
    if style != "markdown":
        return visible_lines(text)
    return "\n".join(map(sentence_for_markdown, text.split("\n")))

"""The answers of a report, with each question folded over its answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evenfold.report.parts import Folded, Part, Section, Words

HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
# A paragraph that begins with bold text, which is what it answers.
QUESTION = re.compile(r"\*\*(.+?)\*\*\s*(.+)", re.DOTALL)


def answer_sections(text: str) -> Iterator[Section]:
    """Yield a section for each heading of the answers; what is before them is the first screen's.

    A paragraph that begins with bold text is folded below it.

    Parameters
    ----------
    text
        The filled template of answers, in Markdown.
    """
    _, *chapters = HEADING.split(text)
    for title, body in zip(chapters[::2], chapters[1::2], strict=True):
        paragraphs = re.split(r"\n\s*\n", body.strip())
        yield Section(title.strip(), list(map(_part, paragraphs)))


def _part(paragraph: str) -> Part:
    found = QUESTION.fullmatch(paragraph.strip())
    if found is None:
        return Words(paragraph)
    question, answer = found.groups()
    return Folded(" ".join(question.split()), [Words(answer)])

"""Sections as Markdown; figures are links to files in a folder beside the page."""

from __future__ import annotations

from evenfold.render.media import for_markdown, link_text, sentence_for_markdown
from evenfold.render.tables import write
from evenfold.report.parts import Folded, Part, Section, Table, Words

FIGURES = "figures"


def section_markdown(section: Section) -> str:
    """Return a section as Markdown; names from files are escaped."""
    title = for_markdown(section.title)
    head = [f"{'#' * section.level} {title}\n"] if section.title else []
    lead = [f"{section.lead}\n"] if section.lead else []
    return "\n".join([*head, *lead, *map(_part, section.parts)])


def _part(part: Part) -> str:
    if isinstance(part, Table):
        return write(part.frame, "markdown", part.numbers) + "\n"
    if isinstance(part, Words):
        return part.text if part.text.endswith("\n") else part.text + "\n"
    if isinstance(part, Folded):
        return "\n".join([f"**{for_markdown(part.title)}**\n", *map(_part, part.parts)])
    title, caption = link_text(part.title), sentence_for_markdown(part.caption)
    return f"![{title}]({FIGURES}/{part.name}.svg)\n\n{caption}\n"

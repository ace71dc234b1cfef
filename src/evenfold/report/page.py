"""report.html: the complete report in one file that works offline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from itertools import count
from typing import TYPE_CHECKING, TypedDict

from evenfold.render.cells import cell_text
from evenfold.render.charts import DIGITS, Figure, Spec, rounded, script_json, to_json
from evenfold.render.glyphs import drawn_axis, drawn_interval, mark
from evenfold.render.media import visible
from evenfold.render.tables import csv_text
from evenfold.render.theme import colour_variables, on_page, theme
from evenfold.report.parts import Folded, Part, Section, Table, Words

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

TITLE = "Results of evenfold"
QUESTION = "Does the model, the framework version or the device make the difference?"
TEMPLATE = "report.html.j2"
NO_OVERVIEW = Section("")


class CellContext(TypedDict):
    """A cell of a table as the template reads it; ``drawing`` is SVG."""

    text: str
    mark: Markup
    drawing: Markup


class ColumnContext(TypedDict):
    """A column of a table as the template reads it."""

    name: str
    axis: Markup
    is_extra: bool


class PartContext(TypedDict, total=False):
    """A part as the template reads it; ``kind`` is words, table, figure or folded."""

    kind: str
    html: Markup
    anchor: str
    columns: list[ColumnContext]
    rows: list[list[CellContext]]
    numbers: bool
    is_wide: bool
    title: str
    caption: str
    parts: list[PartContext]


class SectionContext(TypedDict):
    """A section as the template reads it."""

    title: str
    level: int
    anchor: str
    lead: Markup
    is_open: bool
    parts: list[PartContext]


class ChapterContext(TypedDict):
    """An entry of the contents as the template reads it, with those below it."""

    title: str
    anchor: str
    sections: list[ChapterContext]


def page(
    sections: Sequence[Section], overview: Section = NO_OVERVIEW, digest: str | None = None
) -> str:
    """Return the whole page; text from files is escaped, and charts' data is in it as JSON.

    Parameters
    ----------
    sections
        The sections below the first screen.
    overview
        The first screen: conclusion, leaderboard and figures.
    digest
        The digest of all sections, if it is known already.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    contexts = _Contexts()
    first, *others = [contexts.section(section) for section in (overview, *sections)]
    charts = ",".join(f'"{anchor}":{chart}' for anchor, chart in contexts.charts.items())
    settings = f'{{"theme":{on_page(to_json(theme("page")))},"charts":{{{charts}}}}}'
    environment = Environment(
        loader=PackageLoader("evenfold.report"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template(TEMPLATE).render(
        title=TITLE,
        question=QUESTION,
        digest=digest or page_digest([overview, *sections]),
        overview=first,
        sections=others,
        chapters=_chapters(others),
        charts=Markup(settings),
        style=Markup(_style()),
        script=Markup(_script()),
    )


def page_digest(sections: Sequence[Section]) -> str:
    """Return the SHA-256 of everything that a page of these sections shows."""
    digest = hashlib.sha256()
    for section in sections:
        head = f"{section.level} {section.is_open} {section.title}\n{section.lead}\n"
        digest.update(head.encode("utf-8", "surrogatepass"))
        for part in section.parts:
            digest.update(_part_bytes(part))
    return digest.hexdigest()


def _part_bytes(part: Part) -> bytes:
    if isinstance(part, Folded):
        return b"\n".join([f"folded {part.title}".encode(), *map(_part_bytes, part.parts)])
    if isinstance(part, Words):
        return part.text.encode()
    if isinstance(part, Table):
        look = f"{_drawn_numbers(part)} {sorted(part.places.items())} {part.extra}"
        return (csv_text(part.frame) + look).encode("utf-8", "surrogatepass")
    return f"{part.digest} {part.caption}".encode()


def _drawn_numbers(table: Table) -> str:
    """The intervals that are drawn, in as many digits as other numbers of figures."""
    if table.drawn is None:
        return ""
    axis, intervals = table.drawn.axis, table.drawn.intervals
    ends = [end for one in intervals for end in (one.low, one.estimate, one.high)]
    numbers = " ".join(f"{value:.{DIGITS}g}" for value in (axis.low, axis.high, axis.line, *ends))
    return f"{table.drawn.column} {table.drawn.digits} {numbers}"


@dataclass(frozen=True)
class _Contexts:
    """Makes what the template reads, with chart and data of each figure as JSON by its anchor."""

    charts: dict[str, str] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def section(self, section: Section) -> SectionContext:
        """Return a section."""
        anchor = f"section-{next(self.numbers)}"
        return SectionContext(
            title=visible(section.title),
            level=section.level,
            anchor=anchor,
            lead=_html(section.lead, is_line=True),
            is_open=section.is_open,
            parts=[self.part(part) for part in section.parts],
        )

    def part(self, part: Part) -> PartContext:
        """Return a part."""
        if isinstance(part, Words):
            return {"kind": "words", "html": _html(part.text)}
        anchor = f"part-{next(self.numbers)}"
        if isinstance(part, Folded):
            parts = [self.part(inside) for inside in part.parts]
            return {"kind": "folded", "anchor": anchor, "title": visible(part.title),
                    "parts": parts}  # fmt: skip
        if isinstance(part, Table):
            return {"kind": "table", "anchor": anchor, "columns": _columns(part),
                    "rows": _rows(part), "numbers": part.numbers}  # fmt: skip
        chart = on_page(to_json(_chart(part)))
        self.charts[anchor] = f'{{"chart":{chart},"data":{_data(part.table)}}}'
        return {"kind": "figure", "anchor": anchor, "title": visible(part.title),
                "caption": visible(part.caption), "is_wide": part.is_wide}  # fmt: skip


def _chapters(sections: Sequence[SectionContext]) -> list[ChapterContext]:
    """The sections of order 2 that have titles, with those of order 3 below them."""
    chapters: list[ChapterContext] = []
    for section in sections:
        entry = ChapterContext(title=section["title"], anchor=section["anchor"], sections=[])
        if section["level"] == 2 and section["title"]:
            chapters.append(entry)
        elif section["title"] and chapters:
            chapters[-1]["sections"].append(entry)
    return chapters


def _columns(table: Table) -> list[ColumnContext]:
    from markupsafe import Markup

    drawn = table.drawn
    return [
        ColumnContext(
            name=visible(str(name)),
            axis=Markup(
                drawn_axis(drawn.axis, drawn.digits) if drawn and drawn.column == name else ""
            ),
            is_extra=name in table.extra,
        )
        for name in table.frame.columns
    ]


def _rows(table: Table) -> list[list[CellContext]]:
    """The cells, with the mark of a name in the first and intervals in their column."""
    from markupsafe import Markup

    drawn = table.drawn
    column = list(table.frame.columns).index(drawn.column) if drawn else None
    rows = []
    for number, row in enumerate(table.frame.to_numpy().tolist()):
        cells = [CellContext(text=visible(cell_text(cell)), mark=Markup(), drawing=Markup())
                 for cell in row]  # fmt: skip
        place = table.places.get(str(row[0])) if row else None
        if place is not None:
            cells[0]["mark"] = Markup(mark(place))
        if drawn is not None and column is not None:
            found = drawn.intervals[number]
            ends = found.low, found.estimate, found.high
            cells[column]["drawing"] = Markup(drawn_interval(drawn.axis, *ends, place or 0))
        rows.append(cells)
    return rows


def _chart(figure: Figure) -> Spec:
    """The figure's definition; its title stands in the caption of the page."""
    note: Spec = {"text": figure.note, "fontWeight": "normal", "fontSize": 11}
    return {**figure.spec, **({"title": note} if figure.note else {})}


def _html(text: str, is_line: bool = False) -> Markup:
    """Markdown as HTML; HTML inside it is shown as text. A line has no paragraphs and links."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    if is_line:
        markdown = MarkdownIt("commonmark", {"html": False}).disable(["link", "image", "autolink"])
        return Markup(markdown.renderInline(text))
    html = MarkdownIt("commonmark", {"html": False}).render(text)
    # The page has one heading of the first order.
    return Markup(re.sub(r"<(/?)h1>", r"<\1h2>", html))


def _data(table: pd.DataFrame) -> str:
    """The values of each column, rounded, as JSON; null for numbers that are not finite."""
    columns = {
        str(name): [rounded(value) for value in table[name].tolist()] for name in table.columns
    }
    return script_json(columns)


def _style() -> str:
    """The style sheet, after the variables of the theme's colours."""
    light, dark = (colour_variables(is_dark) for is_dark in (False, True))
    query = "@media screen and (prefers-color-scheme: dark)"
    return f":root {{ {light} }}\n{query} {{ :root {{ {dark} }} }}\n{_template('report.css')}"


@cache
def _script() -> str:
    """Vega, Vega-Lite and the page's own script in one module, bundled once in a process."""
    import vl_convert

    return str(vl_convert.javascript_bundle(_template("report.js")))


def _template(name: str) -> str:
    return (resources.files("evenfold.report") / "templates" / name).read_text(encoding="utf-8")

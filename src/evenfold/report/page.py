"""report.html: the complete report in one file that works offline."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from itertools import count
from typing import TYPE_CHECKING, TypedDict, cast

from evenfold.render.cells import cell_text
from evenfold.render.charts import Cell, Figure, Spec, rounded, to_json
from evenfold.render.media import visible
from evenfold.render.tables import csv_text
from evenfold.render.theme import ON_DARK, theme
from evenfold.report.parts import Part, Section, Table, Words

if TYPE_CHECKING:
    import pandas as pd
    from markupsafe import Markup

TITLE = "Results of evenfold"
TEMPLATE = "report.html.j2"
# Browsers draw charts of more marks faster on a canvas than as elements.
MANY_MARKS = 3000


class PartContext(TypedDict, total=False):
    """A part as the template reads it; ``kind`` is words, table or figure."""

    kind: str
    html: Markup
    anchor: str
    columns: list[str]
    rows: list[list[str]]
    numbers: bool
    title: str
    caption: str


class SectionContext(TypedDict):
    """A section as the template reads it."""

    title: str
    level: int
    anchor: str
    parts: list[PartContext]


def page(sections: Sequence[Section]) -> str:
    """Return the whole page; text from files is escaped, and charts' data is in it as JSON."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    numbers = count(1)
    charts: dict[str, Spec] = {}
    contexts = [_section(section, numbers, charts) for section in sections]
    settings: Spec = {
        "light": {**theme("light"), "background": "transparent"},
        "dark": theme("dark"),
        "on_dark": ON_DARK,
        "many": MANY_MARKS,
        "charts": charts,
    }
    environment = Environment(
        loader=PackageLoader("evenfold.report"), autoescape=True, undefined=StrictUndefined
    )
    return environment.get_template(TEMPLATE).render(
        title=TITLE,
        digest=page_digest(sections),
        sections=contexts,
        charts=Markup(to_json(settings)),
        style=Markup(_template("report.css")),
        script=Markup(_script()),
    )


def page_digest(sections: Sequence[Section]) -> str:
    """Return the SHA-256 of everything that a page of these sections shows."""
    digest = hashlib.sha256()
    for section in sections:
        digest.update(f"{section.level} {section.title}\n".encode())
        for part in section.parts:
            if isinstance(part, Words):
                digest.update(part.text.encode())
            elif isinstance(part, Table):
                digest.update(csv_text(part.frame).encode("utf-8", "surrogatepass"))
            else:
                digest.update(f"{part.digest} {part.caption}".encode())
    return digest.hexdigest()


def _section(section: Section, numbers: Iterator[int], charts: dict[str, Spec]) -> SectionContext:
    anchor = f"section-{next(numbers)}"
    parts = [_part(part, numbers, charts) for part in section.parts]
    return SectionContext(
        title=visible(section.title), level=section.level, anchor=anchor, parts=parts
    )


def _part(part: Part, numbers: Iterator[int], charts: dict[str, Spec]) -> PartContext:
    """A part for the template; a figure's chart and data are added to ``charts``."""
    if isinstance(part, Words):
        return {"kind": "words", "html": _html(part.text)}
    anchor = f"part-{next(numbers)}"
    if isinstance(part, Table):
        rows = [
            [visible(cell_text(cell)) for cell in row] for row in part.frame.to_numpy().tolist()
        ]
        columns = [visible(str(name)) for name in part.frame.columns]
        return {"kind": "table", "anchor": anchor, "columns": columns, "rows": rows,
                "numbers": part.numbers}  # fmt: skip
    charts[anchor] = {"chart": _chart(part), "data": _columns(part.table)}
    return {"kind": "figure", "anchor": anchor, "title": visible(part.title),
            "caption": visible(part.caption)}  # fmt: skip


def _chart(figure: Figure) -> Spec:
    """The figure's definition; its title stands in the caption of the page."""
    note: Spec = {"text": figure.note, "fontWeight": "normal", "fontSize": 11}
    return {**figure.spec, **({"title": note} if figure.note else {})}


def _html(text: str) -> Markup:
    """Markdown as HTML; HTML inside it is shown as text."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    html = MarkdownIt("commonmark", {"html": False}).render(text)
    # The page has one heading of the first order.
    return Markup(re.sub(r"<(/?)h1>", r"<\1h2>", html))


def _columns(table: pd.DataFrame) -> dict[str, list[Cell]]:
    """The values of each column, rounded; None for numbers that are not finite."""
    return {
        str(name): [cast("Cell", rounded(value)) for value in table[name].tolist()]
        for name in table.columns
    }


@cache
def _script() -> str:
    """Vega, Vega-Lite and the page's own script in one module, bundled once in a process."""
    import vl_convert

    return str(vl_convert.javascript_bundle(_template("report.js")))


def _template(name: str) -> str:
    return (resources.files("evenfold.report") / "templates" / name).read_text(encoding="utf-8")

"""report.html: the sections of a page of results in one file that needs nothing else."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from importlib import resources
from itertools import count
from typing import TYPE_CHECKING, Any

from evenfold.render.charts import COLOURS, DIGITS, Figure
from evenfold.report.sections import Section, Table, Words

if TYPE_CHECKING:
    import pandas as pd

TITLE = "Results of evenfold"
TEMPLATE = "report.html.j2"
# So many marks a browser draws faster as dots than as elements.
MANY_MARKS = 3000


def page(sections: Sequence[Section]) -> str:
    """The whole page. What is not words of ours is escaped; charts' data is in it as JSON."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    numbers = count(1)
    shown = [_section(section, numbers) for section in sections]
    charts = {
        part["anchor"]: {"chart": part["chart"], "data": part["data"]}
        for section in shown
        for part in section["parts"]
        if part["kind"] == "figure"
    }
    made = Environment(
        loader=PackageLoader("evenfold.report"), autoescape=True, undefined=StrictUndefined
    )
    return made.get_template(TEMPLATE).render(
        title=TITLE,
        digest=_digest(sections),
        sections=shown,
        charts=Markup(_json({"colours": COLOURS, "many": MANY_MARKS, "charts": charts})),
        style=Markup(_ours("report.css")),
        script=Markup(_script()),
    )


def _section(section: Section, numbers: Iterator[int]) -> dict[str, Any]:
    return {
        "title": section.title,
        "level": section.level,
        "anchor": f"section-{next(numbers)}",
        "parts": [_part(part, numbers) for part in section.parts],
    }


def _part(part: Words | Table | Figure, numbers: Iterator[int]) -> dict[str, Any]:
    if isinstance(part, Words):
        return {"kind": "words", "html": _html(part.text)}
    anchor = f"part-{next(numbers)}"
    if isinstance(part, Table):
        rows = [[str(cell) for cell in row] for row in part.frame.to_numpy().tolist()]
        columns = [str(name) for name in part.frame.columns]
        told = {"columns": columns, "rows": rows, "numbers": part.numbers}
        return {"kind": "table", "anchor": anchor, **told}
    told = {"title": part.title, "says": part.says}
    drawn = {"chart": part.chart, "data": _columns(part.table)}
    return {"kind": "figure", "anchor": anchor, **told, **drawn}


def _html(text: str) -> Any:
    """Markdown as HTML; what is HTML in it is shown, not used."""
    from markdown_it import MarkdownIt
    from markupsafe import Markup

    made = MarkdownIt("commonmark", {"html": False}).render(text)
    # A page has one heading of the first order, its own.
    return Markup(re.sub(r"<(/?)h1>", r"<\1h2>", made))


def _columns(table: pd.DataFrame) -> dict[str, list[Any]]:
    """A column's values by its name, short of digits that nobody sees; nothing for no number."""
    return {str(name): [_short(value) for value in table[name].tolist()] for name in table.columns}


def _short(value: Any) -> Any:
    if not isinstance(value, float):
        return value
    return float(f"{value:.{DIGITS}g}") if abs(value) < float("inf") else None


def _json(value: Any) -> str:
    """JSON that cannot end the element that it is in."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")


def _digest(sections: Sequence[Section]) -> str:
    """Of all that is shown."""
    digest = hashlib.sha256()
    for section in sections:
        digest.update(f"{section.level} {section.title}\n".encode())
        for part in section.parts:
            if isinstance(part, Words):
                digest.update(part.text.encode())
            elif isinstance(part, Table):
                digest.update(part.frame.to_csv(index=False).encode())
            else:
                digest.update(f"{part.digest} {part.says} {_json(part.chart)}".encode())
    return digest.hexdigest()


def _script() -> str:
    """Vega, Vega-Lite and what we do with them, in one."""
    import vl_convert

    return str(vl_convert.javascript_bundle(_ours("report.js")))


def _ours(name: str) -> str:
    return (resources.files("evenfold.report") / "templates" / name).read_text(encoding="utf-8")

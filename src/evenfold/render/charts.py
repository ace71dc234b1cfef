"""Figures: data with one Vega-Lite definition each, drawn to SVG and PNG and shown on a page.

A model has the same colour, shape and dash in every figure of a report: ``NameStyles`` assigns them
by the place of the model's name among all names of the report.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import struct
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias, TypedDict, cast

from evenfold.render.media import visible_lines
from evenfold.render.tables import csv_text
from evenfold.render.theme import COLOURS, DASHES, SHAPES, theme

if TYPE_CHECKING:
    import pandas as pd

JsonValue: TypeAlias = (
    "bool | int | float | str | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
)
Spec: TypeAlias = "dict[str, JsonValue]"
Cell: TypeAlias = "bool | int | float | str | None"
Mark = Literal["point", "line", "rule"]

DIGEST = re.compile(rb"data [0-9a-f]{64}")
CLIP = re.compile(r"(?<=[\"#])clip\d+(?=[\")])")
PNG_END = b"IEND\xaeB`\x82"
WIDTH = 560  # pixels of the plotting area of a file
ROW_PIXELS = 26  # height of a row of a chart with one name per row
TICKS, NARROW_RANGE = 7, 2.5  # a logarithmic axis of a narrow range has equidistant ticks
SCALE = 2  # pixels of a PNG per pixel of the chart
# Significant digits of a figure's numbers: the last digits of statistics differ between machines.
DIGITS = 6
BAND = (0.1, 0.9)  # quantiles over repeats or seeds


class Records(TypedDict):
    """The data of a Vega-Lite chart: one record per row."""

    values: list[dict[str, Cell]]


@dataclass(frozen=True)
class NameStyles:
    """Colours, shapes and dashes by name, the same in every figure of a report.

    The name at place ``i`` has colour ``i``, shape ``i`` and dash ``i`` of the theme, each list
    repeated. The numbers of colours and shapes have no common divisor, so that 70 names differ.

    Parameters
    ----------
    places
        The place of every name.
    """

    places: Mapping[str, int]

    @classmethod
    def of(cls, names: Iterable[str]) -> NameStyles:
        """Number the names of a report in their order; a repeated name keeps its first place."""
        return cls({name: at for at, name in enumerate(dict.fromkeys(names))})

    def labelled(self, labels: Mapping[str, str]) -> NameStyles:
        """Return the styles of labels, given the name that each label is about.

        A second label of a name has the name's colour and another shape.
        """
        counts: Counter[str] = Counter()
        places = {}
        for label, name in labels.items():
            places[label] = self.places[name] + len(COLOURS) * counts[name]
            counts[name] += 1
        return NameStyles(places)

    def colour_scale(self, names: Sequence[str]) -> Spec:
        """Return the Vega-Lite scale from these names to their colours."""
        return self._scale(names, COLOURS)

    def shape_scale(self, names: Sequence[str]) -> Spec:
        """Return the Vega-Lite scale from these names to their shapes."""
        return self._scale(names, SHAPES)

    def dash_scale(self, names: Sequence[str]) -> Spec:
        """Return the Vega-Lite scale from these names to the dashes of their lines."""
        return self._scale(names, DASHES)

    def _scale(self, names: Sequence[str], styles: Sequence[JsonValue]) -> Spec:
        return {
            "domain": list(names),
            "range": [styles[self.places[name] % len(styles)] for name in names],
        }


@dataclass(frozen=True)
class Figure:
    """A chart of a table.

    Parameters
    ----------
    name
        Stem of the figure's file.
    title
        What the figure is about.
    caption
        One or two sentences on how to read it.
    table
        All data of the figure.
    spec
        Its Vega-Lite definition, without data, title and theme.
    note
        What is off scale, where something is.
    """

    name: str
    title: str
    caption: str
    table: pd.DataFrame
    spec: Spec
    note: str = ""

    @property
    def is_wide(self) -> bool:
        """Whether it needs the whole width of a page: a matrix, or several charts."""
        return "facet" in self.spec or "width" in self.spec

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all that is drawn, with numbers of ``DIGITS`` digits."""
        data = csv_text(self.table, f"%.{DIGITS}g")
        drawing = to_json(self._with_title())
        return hashlib.sha256(f"{drawing}\n{data}".encode()).hexdigest()

    def svg(self) -> str:
        """Draw the figure as SVG, with its digest in a comment at the end."""
        import vl_convert

        drawing = vl_convert.vegalite_to_svg(self._whole())
        # Vega numbers clip paths over all drawings of a process.
        ids = {name: f"clip{at}" for at, name in enumerate(dict.fromkeys(CLIP.findall(drawing)))}
        drawing = CLIP.sub(lambda match: ids[match.group()], drawing)
        return f"{drawing}\n{self.svg_end}"

    def png(self) -> bytes:
        """Draw the figure as PNG, with its digest in a text chunk at the end."""
        import vl_convert

        image: bytes = vl_convert.vegalite_to_png(self._whole(), scale=SCALE)
        return image.removesuffix(b"\0\0\0\0" + PNG_END) + self.png_end

    @property
    def svg_end(self) -> str:
        """The end of the figure's SVG file: what tells a current file from an old one."""
        return f"<!-- data {self.digest} -->\n"

    @property
    def png_end(self) -> bytes:
        """The end of the figure's PNG file: what tells a current file from an old one."""
        chunk = f"Description\0data {self.digest}".encode("latin-1")
        body = b"tEXt" + chunk
        text = struct.pack(">I", len(chunk)) + body + struct.pack(">I", zlib.crc32(body))
        return text + b"\0\0\0\0" + PNG_END

    def _whole(self) -> Spec:
        data = Records(values=[_record(row) for row in records(self.table)])
        spec = cast("Spec", _printable(self._with_title()))
        return {**spec, "data": cast("Spec", data)}

    def _with_title(self) -> Spec:
        title: Spec = {"text": self.title, **({"subtitle": self.note} if self.note else {})}
        width: Spec = {} if "facet" in self.spec else {"width": WIDTH}
        return {**width, **self.spec, "title": title, "config": theme("file")}


def records(table: pd.DataFrame) -> list[dict[str, Cell]]:
    """Return the rows of a table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def rounded(value: JsonValue) -> JsonValue:
    """Round a number to ``DIGITS`` significant digits; None for one that is not finite.

    What cannot be printed in a text is written as an escape.
    """
    if isinstance(value, str):
        return visible_lines(value)
    if not isinstance(value, float):
        return value
    return float(f"{value:.{DIGITS}g}") if abs(value) < float("inf") else None


def to_json(value: JsonValue) -> str:
    """Return JSON that is safe inside a script element, with rounded numbers."""
    return script_json(_rounded_inside(value))


def script_json(value: JsonValue) -> str:
    """Return JSON that is safe inside a script element, of rounded numbers."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c")


def name_channels(
    field: str, names: Sequence[str], styles: NameStyles, mark: Mark, title: str | None = None
) -> Spec:
    """Encode a name by colour, and by shape on points or dash on lines.

    Layers of one chart share a legend. Lines beside points, as rules, have ``mark="rule"``: the
    shape of the points is enough.

    Parameters
    ----------
    field
        The column of names.
    names
        The names of the chart.
    styles
        The styles of the whole report.
    mark
        What is drawn.
    title
        The legend's title.
    """
    column: Spec = {"field": field, "type": "nominal"}
    legend: Spec = {"title": title}
    colours = styles.colour_scale(names)
    if mark == "point":
        shown: Spec = {**column, "legend": legend}
        return {
            "color": {**shown, "scale": colours},
            "shape": {**shown, "scale": styles.shape_scale(names)},
        }
    if mark == "line":
        shown = {**column, "legend": {**legend, "symbolType": "stroke", "symbolSize": 300}}
        return {
            "color": {**shown, "scale": colours},
            "strokeDash": {**shown, "scale": styles.dash_scale(names)},
        }
    return {"stroke": {**column, "legend": legend, "scale": colours}}


def log_ticks(values: Iterable[float]) -> list[float]:
    """Return round numbers for a logarithmic axis of these values, few enough to be legible.

    Parameters
    ----------
    values
        What the axis must hold; values that are not positive and finite are ignored.
    """
    known = [value for value in values if 0 < value < math.inf]
    low, high = min(known, default=1.0), max(known, default=1.0)
    if high / low < NARROW_RANGE:
        rough = (high - low) / TICKS or 1.0
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough)
        first, last = math.floor(low / step), math.ceil(high / step)
        return [float(f"{n * step:.10g}") for n in range(first, last + 1)]
    steps = (1, 1.5, 2, 3, 5, 7) if high / low < 20 else (1, 2, 5) if high / low < 200 else (1,)
    every = [float(f"{m}e{e}") for e in range(-12, 13) for m in steps]
    below = max((tick for tick in every if tick <= low), default=low)
    above = min((tick for tick in every if tick >= high), default=high)
    return [tick for tick in every if below <= tick <= above]


def log_axis(values: Iterable[float]) -> Spec:
    """Return the Vega-Lite axis with these ticks, labelled as plain numbers."""
    return {"values": log_ticks(values), "format": ",~r"}


def diagonal(x_scale: Spec, y_scale: Spec) -> Spec:
    """Return a layer with a dotted line from (0, 0) to (1, 1), clipped to the axes' scales."""
    ends: Spec = {"x": {"datum": 0, "scale": x_scale}, "x2": {"datum": 1},
                  "y": {"datum": 0, "scale": y_scale}, "y2": {"datum": 1}}  # fmt: skip
    return _reference(ends)


def vertical(at: float) -> Spec:
    """Return a layer with a dotted vertical line at a value of the x axis."""
    return _reference({"x": {"datum": at}})


def _reference(encoding: Spec) -> Spec:
    mark: Spec = {"type": "rule", "strokeDash": [2, 3], "strokeWidth": 1, "clip": True}
    return {"data": {"values": [{}]}, "mark": mark, "encoding": encoding}


def _record(row: Mapping[str, Cell]) -> dict[str, Cell]:
    return {name: cast("Cell", rounded(value)) for name, value in row.items()}


def _printable(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {name: _printable(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_printable(part) for part in value]
    return visible_lines(value) if isinstance(value, str) else value


def _rounded_inside(value: JsonValue) -> JsonValue:
    if isinstance(value, Mapping):
        return {name: _rounded_inside(part) for name, part in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_rounded_inside(part) for part in value]
    return rounded(value)

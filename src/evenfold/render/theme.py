"""The theme of all charts: palette, shapes, dashes, and Vega-Lite's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from evenfold.render.charts import Spec

Medium = Literal["file", "page"]
INK, LINE = "#1b1f24", "#d0d7de"
DARK_INK, DARK_LINE = "#e6edf3", "#30363d"
# On cells of a matrix, which are light on every page.
CELL_INK = "#14171b"
# Distinct for readers who confuse colours: the palette of Okabe and Ito without its yellow, and
# three colours of Paul Tol's muted palette.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#882255",
    "#999933", "#332288",
)  # fmt: skip
SHAPES = (
    "circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right",
)  # fmt: skip
DASHES = ((1, 0), (6, 3), (2, 2), (8, 3, 2, 3))
# Colours that are too dark for a dark page, and what replaces them there.
ON_DARK: Mapping[str, str] = {
    "#000000": "#e6edf3", "#882255": "#d46a9a", "#332288": "#8c7ae6", "#0072B2": "#3d9fe0",
}  # fmt: skip
# A page's style sheet has a variable for each of these: a figure on it follows the page.
VARIABLES: Mapping[str, str] = {
    INK: "--chart-ink", LINE: "--chart-line",
    **{colour: f"--model-{place}" for place, colour in enumerate(COLOURS)},
}  # fmt: skip
FONT = "system-ui, sans-serif"


def colour_variables(is_dark: bool) -> str:
    """Return the declarations of all variables of a style sheet, for light or for dark pages."""
    dark = {**ON_DARK, INK: DARK_INK, LINE: DARK_LINE} if is_dark else {}
    return " ".join(f"{name}: {dark.get(hex_, hex_)};" for hex_, name in VARIABLES.items())


def on_page(text: str) -> str:
    """Return a definition, as JSON, with the colours of the theme as a page's variables."""
    for colour, name in VARIABLES.items():
        text = text.replace(f'"{colour}"', f'"var({name})"')
    return text


def theme(medium: Medium) -> Spec:
    """Return Vega-Lite's configuration for a file, which is light, or for a page."""
    ink, line = INK, LINE
    text: Spec = {"labelColor": ink, "titleColor": ink}
    return {
        "padding": {"left": 8, "top": 8, "right": 24, "bottom": 8},
        "background": "white" if medium == "file" else "transparent",
        "font": FONT,
        "axis": {**text, "gridColor": line, "domainColor": line, "tickColor": line,
                 "labelLimit": 260, "labelOverlap": "greedy", "labelSeparation": 5,
                 "labelFlush": False, "titleFontWeight": "normal",
                 "titlePadding": 8},
        "header": {**text, "labelFontWeight": "bold", "labelLimit": 0},
        "axisBand": {"grid": False},
        "legend": {**text, "labelLimit": 420, "symbolOpacity": 1, "symbolStrokeWidth": 1.5,
                   "titleFontWeight": "normal", "orient": "right", "direction": "vertical",
                   "offset": 12},
        "title": {"color": ink, "subtitleColor": ink, "anchor": "start", "frame": "group",
                  "offset": 12, "fontSize": 13, "fontWeight": "bold"},
        "rule": {"color": ink},
        "text": {"color": ink, "fontSize": 11},
        "view": {"stroke": None, "continuousHeight": 300},
    }  # fmt: skip

"""The theme of all charts: palette, shapes, dashes, and Vega-Lite's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from evenfold.render.charts import Spec

Scheme = Literal["light", "dark"]
INK, LINE = "#1b1f24", "#d0d7de"
DARK_INK, DARK_LINE = "#e6edf3", "#30363d"
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
FONT = "system-ui, sans-serif"


def theme(scheme: Scheme) -> Spec:
    """Return Vega-Lite's configuration for a light file or page, or for a dark page."""
    ink, line = (INK, LINE) if scheme == "light" else (DARK_INK, DARK_LINE)
    text: Spec = {"labelColor": ink, "titleColor": ink}
    return {
        "padding": {"left": 8, "top": 8, "right": 24, "bottom": 8},
        "background": "white" if scheme == "light" else "transparent",
        "font": FONT,
        "axis": {**text, "gridColor": line, "domainColor": line, "tickColor": line,
                 "labelLimit": 260, "labelOverlap": "greedy", "titleFontWeight": "normal",
                 "titlePadding": 8},
        "axisBand": {"grid": False},
        "legend": {**text, "labelLimit": 420, "symbolOpacity": 1, "symbolStrokeWidth": 1.5,
                   "titleFontWeight": "normal", "orient": "right", "direction": "vertical",
                   "offset": 12},
        "title": {"color": ink, "subtitleColor": ink, "anchor": "start", "frame": "group",
                  "offset": 12, "fontSize": 13, "fontWeight": "bold"},
        "rule": {"color": ink},
        "text": {"color": INK, "fontSize": 11},
        "view": {"stroke": None, "continuousHeight": 300},
    }  # fmt: skip

"""What figures share: a table that is all their data, its digest, and how they are drawn."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

DIGEST = re.compile(rb"data [0-9a-f]{64}")
WIDTH, HEIGHT = 8.0, 4.2  # inches
# Those who confuse colours can tell them apart: Okabe and Ito's palette, less its yellow, and three
# of Paul Tol's muted one.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#882255",
           "#999933", "#332288")  # fmt: skip
# Of another number than colours: only after ninety names does a pair come again.
MARKERS = "osD^vPX*<"
DASHES = ("-", "--", "-.", ":")
# The last digits of statistics are not the same everywhere; nobody sees them.
DIGITS = 6
BAND = (0.1, 0.9)  # quantiles over repeats or seeds
ROW_INCHES = 0.36
ROW_PIXELS = 26
MANY = 500  # points: as outlines they would make a large file
SHARP = 150  # dots an inch, of what is drawn as dots
Axes = Any


@dataclass(frozen=True)
class Figure:
    """A drawing of a table.

    ``name`` is the stem of its file, ``says`` a sentence on what it shows; ``draw`` puts the table
    on axes, ``size`` inches wide and high; ``chart`` is the same in Vega-Lite, without its data.
    """

    name: str
    title: str
    says: str
    table: pd.DataFrame
    draw: Callable[[Axes], None]
    chart: dict[str, Any]
    size: tuple[float, float] = (WIDTH, HEIGHT)

    @property
    def digest(self) -> str:
        """Of the title and of all that is drawn, to ``DIGITS`` digits."""
        text = self.table.to_csv(index=False, float_format=f"%.{DIGITS}g", lineterminator="\n")
        return hashlib.sha256(f"{self.title}\n{text}".encode()).hexdigest()

    def svg(self) -> str:
        """The drawing as SVG, with the digest of its data as a comment."""
        text = StringIO()
        self._save(text, format="svg", metadata={"Date": None}, dpi=SHARP)
        lines = [line.rstrip() for line in text.getvalue().splitlines()]
        return "\n".join([*lines, f"<!-- data {self.digest} -->", ""])

    def png(self) -> bytes:
        """The drawing as PNG, with the digest of its data as its description."""
        data = BytesIO()
        self._save(data, format="png", metadata={"Description": f"data {self.digest}"}, dpi=SHARP)
        return data.getvalue()

    def _save(self, file: StringIO | BytesIO, **options: Any) -> None:
        import matplotlib
        from matplotlib.figure import Figure as Canvas

        # Text as outlines, and identifiers that do not change from one drawing to the next.
        with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "evenfold"}):
            canvas = Canvas(figsize=self.size, layout="constrained")
            axes = canvas.add_subplot()
            axes.spines[["top", "right"]].set_visible(False)
            axes.set_title(plain(self.title), loc="left", fontsize="medium")
            self.draw(axes)
            canvas.savefig(file, **options)


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a table, each by its columns' names."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def high(rows: int) -> tuple[float, float]:
    """The size of a figure with so many names one below the other."""
    return WIDTH, 1.3 + ROW_INCHES * rows


def colour(number: int) -> str:
    """The colour of a name's number."""
    return COLOURS[number % len(COLOURS)]


def look(number: int) -> dict[str, Any]:
    """Colour, marker and dashes of a name's number: told apart in grey too."""
    return {
        "color": colour(number),
        "marker": MARKERS[number % len(MARKERS)],
        "linestyle": DASHES[number // len(COLOURS) % len(DASHES)],
    }


def plain(name: str) -> str:
    """A name as it is: a dollar sign would begin a formula."""
    return name.replace("$", r"\$")


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Names one below the other, the first on top."""
    axes.set_yticks(range(len(names)), [plain(name) for name in names])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)


def marked(field: str, mark: str, **more: Any) -> dict[str, Any]:
    """Vega-Lite's encoding of a name by colour, and by shape where the mark is a point.

    Layers of one chart share a legend, and points are what is in it.
    """
    names = {"field": field, "type": "nominal", **more}
    if mark == "point":
        return {"color": names, "shape": names}
    return {"stroke": {**names, "legend": None}}


def legend_beside(axes: Axes) -> None:
    """What is what, to the right of the drawing."""
    axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize="small")

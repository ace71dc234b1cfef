"""Figures, drawn as SVG from results; each carries the digest of the data that it shows."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from io import StringIO

from evenfold.report.cells import figures, labels
from evenfold.results.found import Result

DIGEST = re.compile(r"<!-- data [0-9a-f]{64} -->")
SIZE = (8.0, 4.2)  # inches
# Okabe and Ito's palette, which those who confuse colours can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = "osD^vPX"


def fit_times(results: Sequence[Result]) -> str:
    """Training seconds of every model by environment: median, with least and most of the rounds."""
    names = [result.label for result in results]
    told = [figures(result.benchmarks) for result in results]
    lines = {
        label: [
            (at, figure.middle, figure.low, figure.high)
            for at, found in enumerate(told)
            if (figure := found.get(contender, {}).get("fit s"))
        ]
        for contender, label in labels(sorted({key for found in told for key in found})).items()
    }
    return _draw(names, lines)


def _draw(names: list[str], lines: dict[str, list[tuple[int, float, float, float]]]) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    # Text as outlines, and identifiers that do not change from one drawing to the next.
    with matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "evenfold"}):
        figure = Figure(figsize=SIZE, layout="constrained")
        axes = figure.add_subplot()
        for number, (label, points) in enumerate(lines.items()):
            if not points:
                continue
            at, middle, low, high = zip(*points, strict=True)
            spread = [
                [m - edge for m, edge in zip(middle, low, strict=True)],
                [edge - m for m, edge in zip(middle, high, strict=True)],
            ]
            axes.errorbar(
                at,
                middle,
                yerr=spread,
                label=label,
                color=COLOURS[number % len(COLOURS)],
                marker=MARKERS[number % len(MARKERS)],
                markersize=5,
                linewidth=1.2,
                capsize=3,
            )
        axes.set_yscale("log")
        axes.set_xticks(range(len(names)), names)
        axes.margins(x=0.08)
        axes.set_ylabel("one fit, seconds (log)")
        axes.grid(axis="y", alpha=0.3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(
            "Training a fresh model: median, least and most of the rounds",
            loc="left",
            fontsize="medium",
        )
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize="small")
        text = StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
    digest = hashlib.sha256(json.dumps([names, lines]).encode()).hexdigest()
    lines_of_text = [line.rstrip() for line in text.getvalue().splitlines()]
    return "\n".join([*lines_of_text, f"<!-- data {digest} -->", ""])

"""Figures, drawn as SVG from results; each carries the digest of the data that it shows."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import StringIO
from typing import Any

from evenfold.report.cells import figures, labels
from evenfold.report.races import heading
from evenfold.results.found import Result
from evenfold.results.races import Race

DIGEST = re.compile(r"<!-- data [0-9a-f]{64} -->")
SIZE = (8.0, 4.2)  # inches
# Okabe and Ito's palette, which those who confuse colours can tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = "osD^vPX"
# Of a race: how much is shown beside the margin, in margins, and what is a wide axis.
ROOM, WIDE = 1.5, 2.5
# The last digits of statistics are not the same everywhere; nobody sees them.
DIGITS = 6


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


def race_ratios(race: Race) -> str:
    """Ratios of a race's contenders to its first with their intervals, and the margin shaded.

    An interval without an end goes on to the edge; one that is not there has none drawn.
    """
    reference, *others = [runner.name for runner in race.contenders]
    points = [tuple(map(_rounded, (r.estimate, r.low, r.high))) for r in race.ratios]
    with _style():
        figure, axes = _axes((SIZE[0], 1.3 + 0.36 * len(others)))
        axes.set_xscale("log")
        ends = [value for point in points for value in point if 0 < value < math.inf]
        room = (1 + race.margin) ** ROOM
        low, high = min(1 / room, *ends), max(room, *ends)
        low, high = low / (high / low) ** 0.04, high * (high / low) ** 0.04
        axes.set_xlim(low, high)
        axes.axvspan(
            1 / (1 + race.margin), 1 + race.margin, color="#000000", alpha=0.1, linewidth=0
        )
        axes.axvline(1, color="black", linewidth=0.8)
        for at, (estimate, least, most) in enumerate(points):
            if not math.isnan(least):
                axes.hlines(at, max(least, low), min(most, high), color=COLOURS[0], linewidth=2)
            axes.plot(estimate, at, marker="o", color=COLOURS[0], markersize=6)
        axes.set_yticks(range(len(others)), [_plain(name) for name in others])
        axes.set_ylim(len(others) - 0.5, -0.5)
        ticks = _ticks(low, high)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        axes.grid(axis="x", alpha=0.3)
        axes.set_xlabel(f"time over that of {_plain(reference)} (log), 99 % intervals")
        axes.set_title(f"{heading(race)}: left of 1 is faster", loc="left", fontsize="medium")
        return _svg(figure, [heading(race), reference, race.margin, others, points])


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers of a logarithmic axis, as many as can be told apart."""
    from matplotlib.ticker import MaxNLocator

    if high / low < WIDE:
        return [float(t) for t in MaxNLocator(7).tick_values(low, high) if low <= t <= high]
    steps = [m * 10.0**e for e in range(-6, 7) for m in (1, 1.5, 2, 3, 5, 7)]
    return [step for step in steps if low <= step <= high]


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")


def _plain(name: str) -> str:
    # A dollar sign would begin a formula.
    return name.replace("$", r"\$")


def _style() -> AbstractContextManager[None]:
    import matplotlib

    # Text as outlines, and identifiers that do not change from one drawing to the next.
    return matplotlib.rc_context({"svg.fonttype": "path", "svg.hashsalt": "evenfold"})


def _axes(size: tuple[float, float]) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _svg(figure: Any, data: Any) -> str:
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    digest = hashlib.sha256(json.dumps(data).encode()).hexdigest()
    lines = [line.rstrip() for line in text.getvalue().splitlines()]
    return "\n".join([*lines, f"<!-- data {digest} -->", ""])


def _draw(names: list[str], lines: dict[str, list[tuple[int, float, float, float]]]) -> str:
    with _style():
        figure, axes = _axes(SIZE)
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
        axes.set_title(
            "Training a fresh model: median, least and most of the rounds",
            loc="left",
            fontsize="medium",
        )
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, fontsize="small")
        return _svg(figure, [names, lines])

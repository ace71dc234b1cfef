"""The bench table: model x (scores, size, training time, inference time), from a bench.json."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

LATENCY_ROWS = 1
THROUGHPUT_ROWS = 1024
COLUMNS = (
    "model",
    "accuracy",
    "log loss",
    "parameters",
    "fit s",
    "epoch ms",
    "one-row ms",
    "rows/s",
)
NONE = "–"
CAPTION = """\
Scores and fit: median [least, most] of the rounds, a seed each, on one split: ranges, not
confidence intervals; [–] where all rounds agree or there was one. One-row latency and rows/s
(at 1,024 rows): median [quartiles] on the fastest path that gave the same probabilities as
predict. Times are of here and now: they say nothing of another machine or day."""
FORMATS = ("table", "markdown", "csv", "json")


def bench_table(benchmarks: list[dict[str, Any]]) -> pd.DataFrame:
    """One row a model and device, all cells text; a cell that was not measured is ``–``.

    ``benchmarks`` is the list of that name in a bench.json.
    """
    import pandas as pd

    fits = _by_contender(benchmarks, "training")
    paths = _by_contender(benchmarks, "inference")
    devices = {device for _, device in [*fits, *paths]}
    rows = []
    for model, device in sorted({*fits, *paths}):
        label = model if devices == {"cpu"} else f"{model} ({device})"
        cells = _training_cells(fits.get((model, device), []))
        cells += _inference_cells(paths.get((model, device), []))
        rows.append((label, *cells))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def write(table: pd.DataFrame, style: str, numbers: bool = True) -> str:
    """A table of text in one of ``FORMATS``; the columns after the first hold ``numbers``."""
    from tabulate import tabulate

    if style == "csv":
        return table.to_csv(index=False).rstrip("\n")
    if style == "json":
        return table.to_json(orient="records", indent=1, force_ascii=False)
    side = "right" if numbers else "left"
    return tabulate(
        table.to_numpy().tolist(),
        headers=list(table.columns),
        tablefmt="pipe" if style == "markdown" else "simple",
        disable_numparse=True,
        colalign=("left", *[side] * (len(table.columns) - 1)),
    )


def _by_contender(
    benchmarks: list[dict[str, Any]], kind: str
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for entry in benchmarks:
        info = entry.get("extra_info", {})
        if info.get("kind") == kind:
            found.setdefault((info["model"], info["device"]), []).append(entry)
    return found


def _training_cells(entries: list[dict[str, Any]]) -> list[str]:
    if not entries:
        return [NONE] * 5
    info, stats = entries[0]["extra_info"], entries[0]["stats"]
    parameters = info["parameters"]
    return [
        _spread(info["accuracy"], digits=4),
        _spread(info["log_loss"], digits=4),
        NONE if parameters is None else f"{parameters:,}",
        _interval(stats["median"], stats["min"], stats["max"]),
        _spread(info["steady_epoch_seconds"], scale=1e3),
    ]


def _inference_cells(entries: list[dict[str, Any]]) -> list[str]:
    cells = []
    for rows, convert in ((LATENCY_ROWS, _milliseconds), (THROUGHPUT_ROWS, _rows_a_second)):
        at = [entry for entry in entries if entry["extra_info"]["rows"] == rows]
        if not at:
            cells.append(NONE)
            continue
        fastest = min(at, key=lambda entry: entry["stats"]["median"])
        cells.append(f"{convert(fastest['stats'])} {fastest['extra_info']['path']}")
    return cells


def _milliseconds(stats: dict[str, float]) -> str:
    return _interval(stats["median"] * 1e3, stats["q1"] * 1e3, stats["q3"] * 1e3)


def _rows_a_second(stats: dict[str, float]) -> str:
    middle, low, high = (THROUGHPUT_ROWS / stats[key] for key in ("median", "q3", "q1"))
    return _interval(middle, low, high)


def _spread(values: Iterable[float | None], digits: int | None = None, scale: float = 1) -> str:
    known = [value * scale for value in values if value is not None]
    return _interval(median(known), min(known), max(known), digits) if known else NONE


def _interval(middle: float, low: float, high: float, digits: int | None = None) -> str:
    inside = f"{_number(low, digits)}, {_number(high, digits)}" if low < high else NONE
    return f"{_number(middle, digits)} [{inside}]"


def _number(value: float, digits: int | None) -> str:
    if digits is not None:
        return f"{value:.{digits}f}"
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    # Three significant digits, never as a power of ten.
    decimals = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, decimals):,.{max(0, decimals)}f}"

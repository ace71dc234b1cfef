"""The figures of a contender, each with its interval, from the entries of a bench.json."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import Any

LATENCY_ROWS = 1
THROUGHPUT_ROWS = 1024
SCORES = ("accuracy", "log loss")
TIMES = ("fit s", "epoch ms", "one-row ms", "rows/s")
FIGURES = (*SCORES, "parameters", *TIMES)
NONE = "–"

Entry = dict[str, Any]
Contender = tuple[str, str]  # model and device


@dataclass(frozen=True)
class Figure:
    """A median with least and most, or quartiles; ``path`` is the inference path it is of."""

    middle: float
    low: float
    high: float
    digits: int | None = None
    path: str | None = None

    def __str__(self) -> str:
        if self.digits == 0:
            return f"{self.middle:,.0f}"
        numbers = [number(value, self.digits) for value in (self.low, self.high)]
        inside = ", ".join(numbers) if self.low < self.high else NONE
        path = f" {self.path}" if self.path else ""
        return f"{number(self.middle, self.digits)} [{inside}]{path}"


def figures(benchmarks: list[Entry]) -> dict[Contender, dict[str, Figure]]:
    """Of every model and device, sorted, those of ``FIGURES`` that were measured."""
    found: dict[Contender, list[Entry]] = {}
    for entry in benchmarks:
        info = entry.get("extra_info", {})
        if info.get("kind") in ("training", "inference"):
            found.setdefault((info["model"], info["device"]), []).append(entry)
    return {
        contender: {**_training(found[contender]), **_inference(found[contender])}
        for contender in sorted(found)
    }


def labels(contenders: Iterable[Contender]) -> dict[Contender, str]:
    """What a table calls each: the model, with its device where one is not the CPU."""
    known = list(contenders)
    several = {device for _, device in known} - {"cpu"}
    return {(model, device): f"{model} ({device})" if several else model for model, device in known}


def epochs(benchmarks: list[Entry]) -> dict[Contender, int | None]:
    """How many epochs each contender's fits had; None for an estimator."""
    infos = [entry["extra_info"] for entry in benchmarks]
    return {
        (info["model"], info["device"]): info["epochs"]
        for info in infos
        if info.get("kind") == "training"
    }


def _training(entries: list[Entry]) -> dict[str, Figure]:
    entry = next((e for e in entries if e["extra_info"]["kind"] == "training"), None)
    if entry is None:
        return {}
    info, stats = entry["extra_info"], entry["stats"]
    parameters = info["parameters"]
    told = {
        "accuracy": _spread(info["accuracy"], digits=4),
        "log loss": _spread(info["log_loss"], digits=4),
        "parameters": None if parameters is None else Figure(parameters, parameters, parameters, 0),
        "fit s": Figure(stats["median"], stats["min"], stats["max"]),
        "epoch ms": _spread(info["steady_epoch_seconds"], scale=1e3),
    }
    return {name: figure for name, figure in told.items() if figure is not None}


def _inference(entries: list[Entry]) -> dict[str, Figure]:
    found = {}
    for name, rows in (("one-row ms", LATENCY_ROWS), ("rows/s", THROUGHPUT_ROWS)):
        infos = [(entry, entry["extra_info"]) for entry in entries]
        at = [e for e, info in infos if info.get("rows") == rows and info.get("exact", True)]
        if not at:
            continue
        fastest = min(at, key=lambda entry: entry["stats"]["median"])
        middle, first, third = (fastest["stats"][key] for key in ("median", "q1", "q3"))
        path = fastest["extra_info"]["path"]
        if rows == LATENCY_ROWS:
            found[name] = Figure(middle * 1e3, first * 1e3, third * 1e3, path=path)
        else:
            found[name] = Figure(rows / middle, rows / third, rows / first, path=path)
    return found


def _spread(
    values: Iterable[float | None], digits: int | None = None, scale: float = 1
) -> Figure | None:
    known = [value * scale for value in values if value is not None]
    return Figure(median(known), min(known), max(known), digits) if known else None


def number(value: float, digits: int | None = None) -> str:
    """A number with so many decimals, or with three significant digits, never as a power of ten."""
    if digits is not None:
        return f"{value:.{digits}f}"
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, decimals):,.{max(0, decimals)}f}"

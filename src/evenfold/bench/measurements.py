"""The measurements of each contender of a bench run: median and range of scores, size and times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any

from evenfold.render.cells import MedianRange

LATENCY_ROWS = 1
THROUGHPUT_ROWS = 1024
SCORES = ("accuracy", "log loss")
TIMES = ("fit s", "epoch ms", "one-row ms", "rows/s")
MEASUREMENTS = (*SCORES, "parameters", *TIMES)

Entry = dict[str, Any]
BenchContender = tuple[str, str]  # model and device


def measurements(benchmarks: Sequence[Entry]) -> dict[BenchContender, dict[str, MedianRange]]:
    """Collect what was measured, by model and device in sorted order, and by measurement."""
    found: dict[BenchContender, list[Entry]] = {}
    for entry in benchmarks:
        info = entry.get("extra_info", {})
        if info.get("kind") in ("training", "inference"):
            found.setdefault((info["model"], info["device"]), []).append(entry)
    return {
        contender: {**_training(found[contender]), **_inference(found[contender])}
        for contender in sorted(found)
    }


def contender_labels(contenders: Iterable[BenchContender]) -> dict[BenchContender, str]:
    """Name each contender in a table: the model, with its device where one is not the CPU."""
    known = list(contenders)
    several = {device for _, device in known} - {"cpu"}
    return {(model, device): f"{model} ({device})" if several else model for model, device in known}


def epochs_by_contender(benchmarks: Sequence[Entry]) -> dict[BenchContender, int | None]:
    """Return the epochs of each contender's fits; None for an estimator."""
    infos = [entry["extra_info"] for entry in benchmarks]
    return {
        (info["model"], info["device"]): info["epochs"]
        for info in infos
        if info.get("kind") == "training"
    }


def _training(entries: Sequence[Entry]) -> dict[str, MedianRange]:
    entry = next((e for e in entries if e["extra_info"]["kind"] == "training"), None)
    if entry is None:
        return {}
    info, stats = entry["extra_info"], entry["stats"]
    parameters = info["parameters"]
    values = {
        "accuracy": _spread(info["accuracy"], digits=4),
        "log loss": _spread(info["log_loss"], digits=4),
        "parameters": None
        if parameters is None
        else MedianRange(parameters, parameters, parameters, 0),
        "fit s": MedianRange(stats["median"], stats["min"], stats["max"]),
        "epoch ms": _spread(info["steady_epoch_seconds"], scale=1e3),
    }
    return {name: value for name, value in values.items() if value is not None}


def _inference(entries: Sequence[Entry]) -> dict[str, MedianRange]:
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
            found[name] = MedianRange(middle * 1e3, first * 1e3, third * 1e3, path=path)
        else:
            found[name] = MedianRange(rows / middle, rows / third, rows / first, path=path)
    return found


def _spread(
    values: Iterable[float | None], digits: int | None = None, scale: float = 1
) -> MedianRange | None:
    known = [value * scale for value in values if value is not None]
    return MedianRange(median(known), min(known), max(known), digits) if known else None

"""Inference paths side by side: what each costs, how fast it is, and by how much it differs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from evenfold.bench.measurements import LATENCY_ROWS, BenchContender, Entry, contender_labels
from evenfold.render.cells import NONE, MedianRange, number

if TYPE_CHECKING:
    import pandas as pd

PERCENTILES = ("50", "90", "99")
THROUGHPUTS = (32, 1024, 65536)
LARGEST = THROUGHPUTS[-1]
SCORES = {"accuracy": "accuracy", "log_loss": "log loss"}
CAPTION = """\
Conversion and file: of what is converted, once. First call: one row, with the tracing or compiling
that every new size of batch costs again on a path without a file. Latencies of one row: the 50th,
90th and 99th percentile of the samples, where there are enough. Rows/s: median [quartiles]. Peak:
memory that one prediction of 65,536 rows took, in a process of its own, beyond what that held.
Differs by: the largest difference from the probabilities of predict, in any batch; a path that
rounds the model has other scores on the test part too, Δ. Times are of here and now, one path after
the other: races say which is faster."""


def path_tables(benchmarks: Sequence[Entry]) -> dict[str, pd.DataFrame]:
    """One table a model and device, by its label, with one row a path, all cells text.

    ``benchmarks`` is the list of that name in a bench.json. Entries that tell nothing of their
    conversion, as those of older runs, have no row.
    """
    found: dict[BenchContender, dict[str, list[Entry]]] = {}
    for entry in benchmarks:
        info = entry.get("extra_info", {})
        if info.get("kind") == "inference" and "conversion_seconds" in info:
            of_model = found.setdefault((info["model"], info["device"]), {})
            of_model.setdefault(info["path"], []).append(entry)
    names = contender_labels(sorted(found))
    return {names[contender]: _table(found[contender]) for contender in sorted(found)}


def _table(by_path: dict[str, list[Entry]]) -> pd.DataFrame:
    import pandas as pd

    head = ["path", "conversion s", "file kB", "first call ms",
            *(f"one row ms, {p} %" for p in PERCENTILES),
            *(f"rows/s at {rows:,}" for rows in THROUGHPUTS), "peak MB", "differs by",
            *(f"Δ {name}" for name in SCORES.values())]  # fmt: skip
    rows = [_row(path, entries) for path, entries in by_path.items()]
    table = pd.DataFrame(rows, columns=head)
    return table.loc[:, [name == "path" or any(table[name] != NONE) for name in table]]


def _row(path: str, entries: list[Entry]) -> tuple[str, ...]:
    infos = [entry["extra_info"] for entry in entries]
    at = {entry["extra_info"]["rows"]: entry for entry in entries}
    latencies = at.get(LATENCY_ROWS, {}).get("extra_info", {}).get("percentiles", {})
    return (
        path,
        NONE if infos[0]["size_bytes"] is None else _told(infos[0]["conversion_seconds"]),
        _told(infos[0]["size_bytes"], 1e-3),
        _told(at.get(LATENCY_ROWS, {}).get("extra_info", {}).get("first_seconds"), 1e3),
        *(_told(latencies.get(percent), 1e3) for percent in PERCENTILES),
        *(_throughput(at.get(rows)) for rows in THROUGHPUTS),
        _told(at.get(LARGEST, {}).get("extra_info", {}).get("peak_bytes"), 1e-6),
        f"{max(info['largest_difference'] for info in infos):.1g}",
        *_score_changes(infos),
    )


def _throughput(entry: Entry | None) -> str:
    if entry is None or not entry.get("stats"):
        return NONE
    middle, first, third = (entry["stats"][key] for key in ("median", "q1", "q3"))
    rows = entry["extra_info"]["rows"]
    return str(MedianRange(rows / middle, rows / third, rows / first))


def _score_changes(infos: Sequence[dict[str, Any]]) -> list[str]:
    """Those of a path that need not agree; of the others there are none."""
    info = next((info for info in infos if "scores" in info), None)
    if info is None or info["exact"]:
        return [NONE] * len(SCORES)
    changes = []
    for name in SCORES:
        mine, reference = info["scores"][name], info["scores_of_predict"][name]
        changes.append(NONE if mine is None or reference is None else f"{mine - reference:+.4f}")
    return changes


def _told(value: float | None, scale: float = 1.0) -> str:
    return NONE if value is None else number(value * scale)

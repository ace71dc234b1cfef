"""Tables of inference paths: what each costs, how fast it is, and how much its outputs differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.bench.measurements import LATENCY_ROWS, BenchContender, contender_labels
from evenfold.bench.record import Benchmark, InferenceInfo, Statistics
from evenfold.render.cells import NONE, MedianRange, number

if TYPE_CHECKING:
    import pandas as pd

PERCENTILES = ("50", "90", "99")
THROUGHPUTS = (32, 1024, 65536)
LARGEST = THROUGHPUTS[-1]
SCORES = {"accuracy": "accuracy", "log_loss": "log loss"}
CAPTION = """\
Conversion and file: once for each converted model. First call: one row, with the tracing or
compilation that a path without a file repeats for every new batch size. Latencies of one row: the
50th, 90th and 99th percentile of the samples, where there are enough. Rows/s: median [quartiles].
Peak: memory that one prediction of 65,536 rows adds, in a process of its own. Differs by: the
largest difference from the probabilities of predict, in any batch; for a path that rounds the
model, Δ is the change of its scores on the test part. Times hold for this run on this machine only,
one path after the other; use `evenfold race` to compare speed."""

Timed = tuple[InferenceInfo, Statistics]


def path_tables(benchmarks: Sequence[Benchmark]) -> dict[str, pd.DataFrame]:
    """Tabulate the inference paths of each model and device.

    Parameters
    ----------
    benchmarks
        The benchmarks of one run.

    Returns
    -------
    dict
        By the label of model and device, a DataFrame of text with one row a path. Benchmarks of
        older runs, which have no conversion time, have no row.
    """
    by_contender: dict[BenchContender, dict[str, list[Timed]]] = {}
    for benchmark in benchmarks:
        info = benchmark.extra_info
        if isinstance(info, InferenceInfo) and info.conversion_seconds is not None:
            paths = by_contender.setdefault((info.model, info.device), {})
            paths.setdefault(info.path, []).append((info, benchmark.stats))
    contenders = sorted(by_contender)
    labels = contender_labels(contenders)
    return {labels[contender]: _table(by_contender[contender]) for contender in contenders}


def _table(by_path: dict[str, list[Timed]]) -> pd.DataFrame:
    import pandas as pd

    head = ["path", "conversion s", "file kB", "first call ms",
            *(f"one row ms, {p} %" for p in PERCENTILES),
            *(f"rows/s at {rows:,}" for rows in THROUGHPUTS), "peak MB", "differs by",
            *(f"Δ {name}" for name in SCORES.values())]  # fmt: skip
    rows = [_row(path, timed) for path, timed in by_path.items()]
    table = pd.DataFrame(rows, columns=head)
    return table.loc[:, [name == "path" or any(table[name] != NONE) for name in table]]


def _row(path: str, timed: list[Timed]) -> tuple[str, ...]:
    infos = [info for info, _ in timed]
    by_rows = {info.rows: (info, stats) for info, stats in timed}
    one_row, _ = by_rows.get(LATENCY_ROWS, (None, None))
    largest, _ = by_rows.get(LARGEST, (None, None))
    size = infos[0].size_bytes
    percentiles = {} if one_row is None else one_row.percentiles
    return (
        path,
        NONE if size is None else _cell(infos[0].conversion_seconds),
        _cell(size, 1e-3),
        _cell(None if one_row is None else one_row.first_seconds, 1e3),
        *(_cell(percentiles.get(percent), 1e3) for percent in PERCENTILES),
        *(_throughput(by_rows.get(rows)) for rows in THROUGHPUTS),
        _cell(None if largest is None else largest.peak_bytes, 1e-6),
        f"{max(info.largest_difference or 0.0 for info in infos):.1g}",
        *_score_changes(infos),
    )


def _throughput(timed: Timed | None) -> str:
    if timed is None:
        return NONE
    info, stats = timed
    return str(MedianRange(info.rows / stats.median, info.rows / stats.q3, info.rows / stats.q1))


def _score_changes(infos: Sequence[InferenceInfo]) -> list[str]:
    """Return the changes of the scores of a path that rounds the model."""
    info = next((info for info in infos if info.scores is not None), None)
    if info is None or info.exact:
        return [NONE] * len(SCORES)
    changes = []
    for name in SCORES:
        score, reference = (info.scores or {}).get(name), (info.scores_of_predict or {}).get(name)
        changes.append(NONE if score is None or reference is None else f"{score - reference:+.4f}")
    return changes


def _cell(value: float | None, scale: float = 1.0) -> str:
    return NONE if value is None else number(value * scale)

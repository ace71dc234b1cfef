"""The measurements of each contender of a bench run: median and range of scores, size and times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from evenfold.bench.record import Benchmark, InferenceInfo, Statistics, TrainingInfo
from evenfold.render.cells import MedianRange

LATENCY_ROWS = 1
THROUGHPUT_ROWS = 1024
SCORES = ("accuracy", "log loss")
TIMES = ("fit s", "epoch ms", "one-row ms", "rows/s")
MEASUREMENTS = (*SCORES, "parameters", *TIMES)

BenchContender = tuple[str, str]  # model and device


def measurements(
    benchmarks: Sequence[Benchmark],
) -> dict[BenchContender, dict[str, MedianRange]]:
    """Collect what was measured, by model and device in sorted order, and by measurement."""
    values: dict[BenchContender, dict[str, MedianRange]] = {}
    fastest: dict[tuple[BenchContender, int], tuple[InferenceInfo, Statistics]] = {}
    for benchmark in benchmarks:
        info, stats = benchmark.extra_info, benchmark.stats
        contender = (info.model, info.device)
        of_contender = values.setdefault(contender, {})
        if isinstance(info, TrainingInfo):
            if "fit s" not in of_contender:
                of_contender.update(_training(info, stats))
        elif info.exact:
            other = fastest.get((contender, info.rows))
            if other is None or stats.median < other[1].median:
                fastest[contender, info.rows] = info, stats
    for contender, of_contender in values.items():
        for rows in (LATENCY_ROWS, THROUGHPUT_ROWS):
            if best := fastest.get((contender, rows)):
                of_contender.update(_inference(*best))
    return dict(sorted(values.items()))


def contender_labels(contenders: Iterable[BenchContender]) -> dict[BenchContender, str]:
    """Name each contender in a table: the model, with its device where one is not the CPU."""
    known = list(contenders)
    several = {device for _, device in known} - {"cpu"}
    return {(model, device): f"{model} ({device})" if several else model for model, device in known}


def epochs_by_contender(benchmarks: Sequence[Benchmark]) -> dict[BenchContender, int | None]:
    """Return the epochs of each contender's fits; None for an estimator."""
    infos = [benchmark.extra_info for benchmark in benchmarks]
    return {
        (info.model, info.device): info.epochs for info in infos if isinstance(info, TrainingInfo)
    }


def _training(info: TrainingInfo, stats: Statistics) -> dict[str, MedianRange]:
    size = info.parameters
    values = {
        "accuracy": _spread(info.accuracy, digits=4),
        "log loss": _spread(info.log_loss, digits=4),
        "parameters": None if size is None else MedianRange(size, size, size, 0),
        "fit s": MedianRange(stats.median, stats.min, stats.max),
        "epoch ms": _spread(info.steady_epoch_seconds, scale=1e3),
    }
    return {name: value for name, value in values.items() if value is not None}


def _inference(info: InferenceInfo, stats: Statistics) -> dict[str, MedianRange]:
    middle, first, third = stats.median, stats.q1, stats.q3
    if info.rows == LATENCY_ROWS:
        return {"one-row ms": MedianRange(middle * 1e3, first * 1e3, third * 1e3, path=info.path)}
    rows = info.rows
    return {"rows/s": MedianRange(rows / middle, rows / third, rows / first, path=info.path)}


def _spread(
    values: Iterable[float | None], digits: int | None = None, scale: float = 1
) -> MedianRange | None:
    known = [value * scale for value in values if value is not None]
    return MedianRange(median(known), min(known), max(known), digits) if known else None

"""The first sentence above a table of bench runs, and the next command below it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence

from evenfold.bench.comparison import numbers
from evenfold.bench.measurements import BenchContender, contender_labels, measurements
from evenfold.bench.record import Benchmark
from evenfold.bench.results import Result
from evenfold.render.cells import MedianRange, seconds_cell

FIT, ONE_ROW = "fit s", "one-row ms"
CPU = "cpu"


def bench_conclusion(benchmarks: Sequence[Benchmark]) -> str:
    """State the shortest and the longest fit and prediction of a run; "" where none was timed."""
    found = measurements(benchmarks)
    labels = contender_labels(found)
    parts = [
        f"{what} {_extremes(found, labels, name, scale)}"
        for what, name, scale in (
            ("a fit takes", FIT, 1.0), ("a prediction of one row takes", ONE_ROW, 1e-3)
        )
        if any(name in values for values in found.values())
    ]  # fmt: skip
    text = ", and ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def bench_next_step(models: Iterable[str]) -> str:
    """Return the next useful command after a run, which has no verdicts."""
    names = list(dict.fromkeys(models))
    if len(names) < 2:
        other = names[0] if names else "MODEL"
        return f"Next: evenfold score logistic_regression {other} shows whether it is any good."
    # The first two in the table are as good as any others.
    first, second = (shlex.quote(name) for name in names[:2])
    return f"Next: evenfold race {first} {second} compares the speed of two models, with a verdict."


def comparison_conclusion(results: Sequence[Result]) -> str:
    """State how much longer fits and predictions take in each environment than in the first."""
    first, *others = (result.label for result in results)
    if not others:
        return f"There is one bench run, {first}: ratios need another one."
    table = numbers(results)
    sentences = []
    for name in others:
        ratios = table[table["environment"] == name].dropna(subset="ratio")
        parts = [
            f"{what} {_times(ratios.loc[ratios['figure'] == figure, 'ratio'].tolist())}"
            for what, figure in (("a fit takes", FIT), ("a prediction of one row takes", ONE_ROW))
            if (ratios["figure"] == figure).any()
        ]
        if parts:
            sentences.append(f"In {name}, {' and '.join(parts)} as long as in {first}.")
    return " ".join(sentences) or f"No other run can be compared with {first}."


def comparison_next_step(results: Sequence[Result]) -> str:
    """Return the next useful command after a comparison of bench runs, which has no verdicts."""
    if len(results) < 2:
        return "Next: tox runs the benchmark in every environment of tox.ini."
    names = [str(result.environment["name"]) for result in (results[0], results[-1])]
    if names[0] == names[1]:  # on two machines
        return bench_next_step(one.extra_info.model for one in results[0].benchmarks)
    before, after = map(shlex.quote, names)
    return f"Next: evenfold upgrade {before} {after} compares scores and times, with verdicts."


def _extremes(
    found: Mapping[BenchContender, Mapping[str, MedianRange]],
    labels: Mapping[BenchContender, str],
    name: str,
    scale: float,
) -> str:
    times = sorted(
        (scale * values[name].middle, labels[contender])
        for contender, values in found.items()
        if name in values
    )
    (shortest, quick), (longest, slow) = times[0], times[-1]
    if len(times) == 1:
        return f"{seconds_cell(shortest)} ({quick})"
    return f"from {seconds_cell(shortest)} ({quick}) to {seconds_cell(longest)} ({slow})"


def _times(ratios: Sequence[float]) -> str:
    """Return a range of ratios: ``0.84 to 2.81 times``."""
    low, high = (f"{end:.2f}" for end in (min(ratios), max(ratios)))
    return f"{low} times" if low == high else f"{low} to {high} times"

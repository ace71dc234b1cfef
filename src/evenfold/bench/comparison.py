"""Bench runs of several environments side by side, with ratios of times to the first one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from evenfold.bench.measurements import (
    MEASUREMENTS,
    TIMES,
    BenchContender,
    contender_labels,
    epochs_by_contender,
    measurements,
)
from evenfold.bench.results import Result
from evenfold.render.cells import NONE, MedianRange

if TYPE_CHECKING:
    import pandas as pd

CAPTION = """\
Sequential measurements, without verdicts: environments ran one after the other, and whatever else
ran on the machine is in the measurements. Ratios (×) are medians divided by those of the first
environment; above 1 is slower, for rows/s faster. Scores and fit: median [least, most] of the
rounds, on one split. One-row latency and rows/s (at 1,024 rows): median [quartiles] on the fastest
path that gave the same probabilities as predict."""


def comparison(results: Sequence[Result]) -> pd.DataFrame:
    """Tabulate the measurements of each model and device in each environment.

    Returns
    -------
    DataFrame
        One row a model, device and environment; every cell is text. A ratio is to the first
        environment, and ``–`` where that lacks the measurement or trained for other numbers of
        epochs.
    """
    import pandas as pd

    contenders = _contenders(results)
    labels = contender_labels(contenders)
    rows = []
    for contender in contenders:
        for result, values, ratios in _with_ratios(results, contender):
            cells: list[str] = []
            for name in MEASUREMENTS:
                cells.append(str(values.get(name, NONE)))
                if name in TIMES:
                    cells.append(f"{ratios[name]:.2f}" if name in ratios else NONE)
            rows.append((labels[contender], result.label, *cells))
    head = ["model", "environment", *(part for name in MEASUREMENTS for part in _heads(name))]
    return pd.DataFrame(rows, columns=head)


def numbers(results: Sequence[Result]) -> pd.DataFrame:
    """List the measurements as numbers.

    Returns
    -------
    DataFrame
        One row a measurement: ``median``, ``low``, ``high`` and ``ratio`` to the first environment
        (NaN where there is none).
    """
    import pandas as pd

    rows = [
        (result.machine, *contender, result.label, name,
         value.middle, value.low, value.high, value.path, ratios.get(name))
        for contender in _contenders(results)
        for result, values, ratios in _with_ratios(results, contender)
        for name, value in values.items()
    ]  # fmt: skip
    columns = ["machine", "model", "device", "environment", "figure",
               "median", "low", "high", "path", "ratio"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype({"ratio": float})


def _contenders(results: Sequence[Result]) -> list[BenchContender]:
    return sorted({contender for r in results for contender in measurements(r.benchmarks)})


def _with_ratios(
    results: Sequence[Result], contender: BenchContender
) -> Iterator[tuple[Result, dict[str, MedianRange], dict[str, float]]]:
    """Yield the results that have the contender, its measurements and their ratios."""
    reference = measurements(results[0].benchmarks).get(contender, {})
    epochs = epochs_by_contender(results[0].benchmarks).get(contender)
    for result in results:
        values = measurements(result.benchmarks).get(contender)
        if values is None:
            continue
        comparable = epochs_by_contender(result.benchmarks).get(contender) == epochs
        ratios = {
            name: values[name].middle / reference[name].middle
            for name in TIMES
            if comparable and name in values and name in reference
        }
        yield result, values, ratios


def _heads(name: str) -> list[str]:
    return [name, f"× {name.split()[0]}"] if name in TIMES else [name]

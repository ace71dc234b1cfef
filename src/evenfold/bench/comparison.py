"""Several environments side by side: their figures, and ratios of times to the first."""

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
Sequential measurements, without verdicts: environments ran one after the other, not in turns, and
what else the machine did then is in the figures. Ratios (×) are medians divided by those of the
first environment; above 1 is slower, for rows/s faster. Scores and fit: median [least, most] of the
rounds, on one split. One-row latency and rows/s (at 1,024 rows): median [quartiles] on the fastest
path that gave the same probabilities as predict."""


def comparison(results: Sequence[Result]) -> pd.DataFrame:
    """One row a model, device and environment, all cells text; the reference is the first.

    A ratio is ``–`` where the reference lacks the figure or trained for other numbers of epochs.
    """
    import pandas as pd

    contenders = sorted({key for result in results for key in measurements(result.benchmarks)})
    names = contender_labels(contenders)
    rows = []
    for contender in contenders:
        for result, told, ratios in _measured(results, contender):
            cells: list[str] = []
            for name in MEASUREMENTS:
                cells.append(str(told.get(name, NONE)))
                if name in TIMES:
                    cells.append(f"{ratios[name]:.2f}" if name in ratios else NONE)
            rows.append((names[contender], result.label, *cells))
    head = ["model", "environment", *(part for name in MEASUREMENTS for part in _heads(name))]
    return pd.DataFrame(rows, columns=head)


def numbers(results: Sequence[Result]) -> pd.DataFrame:
    """One row a figure, in numbers: ``median``, ``low``, ``high`` and ``ratio`` to the first."""
    import pandas as pd

    rows = []
    for contender in sorted({key for result in results for key in measurements(result.benchmarks)}):
        for result, told, ratios in _measured(results, contender):
            for name, figure in told.items():
                low, middle, high = figure.low, figure.middle, figure.high
                ratio = ratios.get(name)
                rows.append(
                    (
                        result.machine,
                        *contender,
                        result.label,
                        name,
                        middle,
                        low,
                        high,
                        figure.path,
                        ratio,
                    )
                )
    columns = [
        "machine",
        "model",
        "device",
        "environment",
        "figure",
        "median",
        "low",
        "high",
        "path",
        "ratio",
    ]
    return pd.DataFrame(rows, columns=columns).astype({"ratio": float})


def _measured(
    results: Sequence[Result], contender: BenchContender
) -> Iterator[tuple[Result, dict[str, MedianRange], dict[str, float]]]:
    """The results that have the contender: with its figures and their ratios."""
    reference = measurements(results[0].benchmarks).get(contender, {})
    length = epochs_by_contender(results[0].benchmarks).get(contender)
    for result in results:
        told = measurements(result.benchmarks).get(contender)
        if told is None:
            continue
        comparable = epochs_by_contender(result.benchmarks).get(contender) == length
        ratios = {
            name: told[name].middle / reference[name].middle
            for name in TIMES
            if comparable and name in told and name in reference
        }
        yield result, told, ratios


def _heads(name: str) -> list[str]:
    return [name, f"× {name.split()[0]}"] if name in TIMES else [name]

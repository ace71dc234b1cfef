"""The table of a bench run: one row a model, with scores, size and times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.bench.measurements import MEASUREMENTS, contender_labels, measurements
from evenfold.bench.record import Benchmark
from evenfold.render.cells import NONE

if TYPE_CHECKING:
    import pandas as pd

CAPTION = """\
Scores and fit: median [least, most] of the rounds, a seed each, on one split: ranges, not
confidence intervals; [–] where all rounds agree or there was one. One-row latency and rows/s
(at 1,024 rows): median [quartiles] on the fastest path that gave the same probabilities as
predict. Times hold for this run on this machine only."""


def bench_table(benchmarks: Sequence[Benchmark]) -> pd.DataFrame:
    """Tabulate a bench run.

    Parameters
    ----------
    benchmarks
        The benchmarks of one run.

    Returns
    -------
    DataFrame
        One row a model and device; every cell is text, ``–`` where nothing was measured.
    """
    import pandas as pd

    found = measurements(benchmarks)
    names = contender_labels(found)
    rows = [
        (names[contender], *(str(values.get(name, NONE)) for name in MEASUREMENTS))
        for contender, values in found.items()
    ]
    return pd.DataFrame(rows, columns=["model", *MEASUREMENTS])

"""``evenfold.history`` and its result: series with their changes as text, table and HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.history.options import HistoryOptions
from evenfold.history.series import Order, ResultSeries
from evenfold.option_checks import parse_share
from evenfold.option_values import PathName, as_paths

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class ResultHistory:
    """Series of saved results; a notebook shows a table of them.

    Parameters
    ----------
    series
        The series.
    options
        What they were made with.
    problems
        A line on each file that cannot be read.
    """

    series: Sequence[ResultSeries]
    options: HistoryOptions
    problems: Sequence[str]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row of numbers for each result: those of ``evenfold history --format csv``."""
        from evenfold.history.tables import series_numbers

        return series_numbers(self.series)

    @property
    def conclusion(self) -> str:
        """How many series changed, and the latest changes."""
        from evenfold.history.tables import history_conclusion

        return history_conclusion(self.series)

    @property
    def caption(self) -> str:
        """The order of the results, and how often a mark is false."""
        from evenfold.history.tables import history_caption

        return history_caption(self.series, self.options)

    def __repr__(self) -> str:
        from evenfold.history.tables import history_text

        return history_text(self.series, self.options, "markdown")

    def _repr_html_(self) -> str:
        from evenfold.history.tables import history_table
        from evenfold.render.notebook import html_table

        return html_table(history_table(self.series), self.caption, conclusion=self.conclusion)


def history(
    *paths: PathName,
    by: Order = HistoryOptions.by,
    metric: str = HistoryOptions.metric,
    rope: float | None = HistoryOptions.rope,
    margin: float | str = HistoryOptions.margin,
    rate: float | str = HistoryOptions.rate,
) -> ResultHistory:
    """Show saved results over time, and mark their changes, as ``evenfold history`` does.

    Parameters
    ----------
    *paths
        Folders of results, and files of pytest-benchmark or asv; without any, those of the working
        directory.
    by
        ``date``, ``revision`` or ``version``.
    metric, rope, margin, rate
        As of ``HistoryOptions``; ``margin`` and ``rate`` may be texts such as ``"2%"``.

    Returns
    -------
    ResultHistory
        The series with their changes; a notebook shows a table.

    Raises
    ------
    UsageError
        An option is unknown or out of range.
    ResultsError
        A path does not exist, or there are no two results of one kind.

    Examples
    --------
    >>> evenfold.history("results", by="version")  # doctest: +SKIP
    """
    from evenfold.history.collect import read_history_of

    options = HistoryOptions(
        paths=as_paths(paths),
        by=by,
        metric=metric,
        rope=rope,
        margin=parse_share(margin) if isinstance(margin, str) else margin,
        rate=parse_share(rate) if isinstance(rate, str) else rate,
    )
    found = read_history_of(options, Path.cwd())
    return ResultHistory(found.series, options, found.problems)

"""``evenfold.bisect`` and its result: an answer as text, table and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.bisect.options import BisectOptions
from evenfold.bisect.record import Bisect
from evenfold.option_checks import parse_share
from evenfold.option_values import (
    Names,
    PathName,
    Paths,
    as_names,
    as_path,
    as_paths,
    as_seconds,
    as_text,
)
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.worker.protocol import Clock, Measure

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class BisectAnswer:
    """A bisect that has run, and the file that it is saved in; a notebook shows a table."""

    bisect: Bisect
    file: Path

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row of numbers for each comparison: those of ``evenfold bisect --format csv``."""
        from evenfold.bisect.tables import bisect_numbers

        return bisect_numbers(self.bisect)

    @cached_property
    def text_table(self) -> pd.DataFrame:
        """The table as it is printed; all cells are text."""
        from evenfold.bisect.tables import bisect_table

        return bisect_table(self.bisect)

    @property
    def changes(self) -> list[tuple[str, str]]:
        """The versions between which each change of the answer came."""
        names = [version.name for version in self.bisect.versions]
        return [(names[step.first], names[step.last]) for step in self.bisect.search.changes]

    @property
    def conclusion(self) -> str:
        """The answer in a few sentences."""
        from evenfold.bisect.conclusions import bisect_conclusion

        return bisect_conclusion(self.bisect)

    @property
    def caption(self) -> str:
        """What was compared, and what holds with which probability."""
        from evenfold.bisect.tables import bisect_caption

        return bisect_caption(self.bisect)

    def __repr__(self) -> str:
        from evenfold.bisect.tables import bisect_text

        return bisect_text(self.bisect, "markdown")

    def _repr_html_(self) -> str:
        from evenfold.bisect.figures import bisect_path
        from evenfold.render.notebook import html_table

        drawing = bisect_path(self.bisect).svg()
        figure = drawing[drawing.index("<svg") :]
        return html_table(self.text_table, self.caption, figure, self.conclusion)


def bisect(
    *path: str,
    dataset: PathName | pd.DataFrame = DatasetOptions.dataset,
    target: str | None = None,
    positive: str | None = None,
    group: str | None = None,
    folders: Paths = (),
    measure: Measure | None = BisectOptions.measure,
    clock: Clock | None = BisectOptions.clock,
    rows: int | None = BisectOptions.rows,
    budget: float | str | None = BisectOptions.budget,
    margin: float | str | None = BisectOptions.margin,
    threads: int | None = BisectOptions.threads,
    metric: str | None = BisectOptions.metric,
    rope: float | None = BisectOptions.rope,
    folds: int | None = BisectOptions.folds,
    repeats: int | None = BisectOptions.repeats,
    jobs: int | None = BisectOptions.jobs,
    error: float | str = BisectOptions.error,
    thorough: bool = BisectOptions.thorough,
    via: Names = BisectOptions.via,
    install: bool = BisectOptions.install,
    environments: Names = BisectOptions.environments,
    seed: int = BisectOptions.seed,
    timeout: float | str | None = BisectOptions.timeout,
    results: PathName | None = BisectOptions.results,
    name: str | None = BisectOptions.name,
) -> BisectAnswer:
    """Find between which versions a model changed, as ``evenfold bisect`` does.

    Parameters
    ----------
    *path
        ``first, last, model`` of environments, or ``"FIRST..LAST", model`` of revisions.
    dataset, target, positive, group
        The data, as of `race`.
    folders
        Folders of models, one or several. **Their code is run.**
    measure, clock, rows, budget, margin, threads
        The races, as of ``BisectOptions``; ``budget`` may be a text such as ``"60s"``, and
        ``margin`` one such as ``"2%"``.
    metric, rope, folds, repeats, jobs
        The score studies, as of ``BisectOptions``; with ``metric`` scores are compared.
    error, thorough, via, install, environments
        The search, as of ``BisectOptions``.
    seed, timeout, results, name
        As of ``BisectOptions``.

    Returns
    -------
    BisectAnswer
        The answer, and every comparison; a notebook shows a table and a figure.

    Raises
    ------
    UsageError
        The path, a model or an option is unknown, or an end of the path cannot be measured.
    EvenfoldError
        The data, a model's file or a results file cannot be used, or a worker fails.

    Examples
    --------
    >>> evenfold.bisect("tf2.3", "tf2.21", "conv1d", rows=1)  # doctest: +SKIP
    """
    from evenfold.bisect.request import open_bisect
    from evenfold.bisect.run import run_bisect

    options = BisectOptions(
        measure=measure,
        clock=clock,
        rows=rows,
        budget=as_seconds(budget),
        margin=parse_share(margin) if isinstance(margin, str) else margin,
        threads=threads,
        metric=metric,
        rope=rope,
        folds=folds,
        repeats=repeats,
        jobs=jobs,
        error=parse_share(error) if isinstance(error, str) else error,
        thorough=thorough,
        via=as_names(via),
        install=install,
        data=DatasetOptions(
            dataset=as_text(dataset), target=target, positive=positive, group=group
        ),
        folders=as_paths(folders),
        environments=as_names(environments),
        seed=seed,
        timeout=as_seconds(timeout),
        results=as_path(results),
        name=name,
    )
    request = open_bisect(path, options, Path.cwd(), lambda messages: None)
    return BisectAnswer(run_bisect(request, lambda messages: None), request.file)

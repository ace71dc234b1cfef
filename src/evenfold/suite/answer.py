"""``evenfold.race_suite`` and its result: verdicts on benchmarks as text, table and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.option_checks import parse_share
from evenfold.option_values import Names, PathName, as_names, as_path, as_seconds, as_text
from evenfold.race.options import RaceOptions
from evenfold.suite.record import SuiteRace
from evenfold.suite.run import run_suite
from evenfold.suite.runner import SuiteMonitor
from evenfold.suite.tables import (
    suite_caption,
    suite_conclusion,
    suite_numbers,
    suite_table,
    suite_text,
)
from evenfold.worker.protocol import Clock

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class SuiteComparison:
    """A race of a suite and the file that holds it; a notebook shows a table."""

    race: SuiteRace
    file: Path

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row of numbers for each benchmark and contender: those of ``--format csv``."""
        return suite_numbers([self.race])

    @cached_property
    def text_table(self) -> pd.DataFrame:
        """The table as it is printed; all cells are text."""
        return suite_table(self.race)

    @property
    def conclusion(self) -> str:
        """The result in one sentence."""
        return suite_conclusion(self.race)

    @property
    def caption(self) -> str:
        """What was raced, what the columns mean, and what was not raced."""
        return suite_caption(self.race)

    def __repr__(self) -> str:
        return suite_text(self.race, "markdown")

    def _repr_html_(self) -> str:
        from evenfold.render.notebook import html_table

        return html_table(self.text_table, self.caption, "", self.conclusion)


def race_suite(
    suite: PathName,
    *contenders: str,
    clock: Clock | None = RaceOptions.clock,
    budget: float | str | None = RaceOptions.budget,
    margin: float | str | None = RaceOptions.margin,
    threads: int | None = RaceOptions.threads,
    seed: int | None = RaceOptions.seed,
    env: Names = (),
    timeout: float | str = RaceOptions.timeout,
    results: PathName | None = RaceOptions.results,
    name: str | None = RaceOptions.name,
    continued: PathName | None = RaceOptions.continued,
) -> SuiteComparison:
    """Race the pytest benchmarks of a suite, as ``evenfold race --suite`` does.

    Parameters
    ----------
    suite
        The suite's file or folder. **Its code is run.**
    *contenders
        ``name#revision@environment``, all but the name optional; the first is the reference. None
        for a race that is continued.
    clock, margin, threads, seed, env, timeout, results, name
        As of `race`.
    budget
        Wall time in seconds, or a text such as ``"60s"`` (default: 60 s for each contender, or
        longer if five launches take longer).
    continued
        Name or file of a saved race of the suite to which launches are added.

    Returns
    -------
    SuiteComparison
        Ratios and verdicts of every benchmark; a notebook shows a table.

    Raises
    ------
    UsageError
        Options do not go together, a contender does not exist, or no benchmark can be raced.
    WorkerError
        A worker fails; whole launches are saved.
    ResultsError
        The race cannot be saved, or the one to continue cannot be read.

    Examples
    --------
    >>> evenfold.race_suite("bench/test_mine.py", "base#main", "head")  # doctest: +SKIP
    """
    options = RaceOptions(
        clock=clock,
        budget=as_seconds(budget),
        margin=parse_share(margin) if isinstance(margin, str) else margin,
        threads=threads,
        seed=seed,
        environments=as_names(env),
        timeout=as_seconds(timeout),
        results=as_path(results),
        name=name,
        continued=None if continued is None else as_text(continued),
    )
    monitor = SuiteMonitor(lambda message: None, lambda line, share: None)
    finished = run_suite(contenders, Path(suite), options, monitor)
    return SuiteComparison(finished.race, finished.file)

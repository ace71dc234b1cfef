"""``evenfold.load``: a folder of results as tidy tables for pandas."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.bench import comparison as bench
from evenfold.bench.results import Result, read_results
from evenfold.bisect.record import Bisect, read_bisects
from evenfold.bisect.tables import bisects_table
from evenfold.errors import UsageError, did_you_mean
from evenfold.race.comparison import RaceComparison
from evenfold.race.files import read_races
from evenfold.race.record import Race
from evenfold.race.tables import race_numbers
from evenfold.render.notebook import html_table
from evenfold.render.words import counted, listed
from evenfold.report.report_data import ReportData, contents
from evenfold.report.result_kinds import holds_scores_or_races, require_results_folder
from evenfold.score.predictions import read_histories, read_predictions
from evenfold.score.saved_times import saved_time_numbers
from evenfold.score.studies import read_studies
from evenfold.score.study_scores import StudyScores
from evenfold.score.target import parse_target
from evenfold.suite.files import read_suite_races
from evenfold.suite.record import SuiteRace
from evenfold.suite.tables import suite_numbers

if TYPE_CHECKING:
    import pandas as pd

TABLES = (
    "contents", "scores", "predictions", "histories", "timings", "races", "suites", "bisects",
)  # fmt: skip
STUDY_COLUMNS = ("machine", "environment", "dataset", "protocol")


@dataclass(frozen=True, repr=False)
class LoadedResults:
    """Results as tables, each made when it is first read; a notebook shows which there are.

    Parameters
    ----------
    results, studies, saved_races
        The bench runs, score studies and races.
    problems
        A line on each file that cannot be read.
    race_files
        The file of each race.
    saved_suites, saved_bisects
        The races of suites, and the bisects.
    """

    results: tuple[Result, ...]
    studies: tuple[StudyScores, ...]
    saved_races: tuple[Race, ...]
    problems: tuple[str, ...]
    race_files: tuple[Path, ...]
    saved_suites: tuple[SuiteRace, ...] = ()
    saved_bisects: tuple[Bisect, ...] = ()

    @cached_property
    def scores(self) -> pd.DataFrame:
        """Scores: one row for each fit.

        Columns: ``machine``, ``environment``, ``dataset``, ``protocol``, ``model``, ``split``,
        ``seed``, ``engine``; the metrics ``accuracy``, ``balanced_accuracy``, ``roc_auc``,
        ``log_loss`` (nats), ``brier``, ``sensitivity``, ``specificity``, ``average_precision``,
        ``f1``, ``mcc`` (the last three NaN in files of an older evenfold); ``fit_seconds`` (not a
        benchmark) and ``peak_bytes`` of the process that fitted; the digests ``data`` of the
        dataset and ``rows`` of the split's rows, "" in files of an older evenfold. Fits may be
        paired where both digests are the same.
        """
        return self._of_studies(_fits)

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Predictions: one row for each fit and test row.

        The columns of a fit are as in ``scores``; ``row`` is the place in the split's test part,
        ``label`` the code of the class, and ``p0``, ``p1``, … are the probabilities of the codes,
        NaN where a dataset has fewer classes.

        Raises
        ------
        ResultsError
            A file is missing or damaged.
        """
        return self._of_studies(lambda study: read_predictions(study).table)

    @cached_property
    def histories(self) -> pd.DataFrame:
        """Training histories: one row for each fit and epoch.

        The columns of a fit are as in ``scores``; ``epoch`` counts from 1; the others are the
        quantities that Keras reports and, of fits by Keras' ``fit``, ``epoch_seconds``.

        Raises
        ------
        ResultsError
            A file is missing or damaged.
        """
        return self._of_studies(read_histories)

    def time_to(self, target: str) -> pd.DataFrame:
        """Return how the networks of each study reach a score: one row for each network.

        Parameters
        ----------
        target
            The metric and its value: ``"accuracy=0.95"`` or ``"log_loss=0.1"``.

        Returns
        -------
        DataFrame
            ``machine``, ``environment``, ``dataset``, ``protocol`` and the columns of
            ``evenfold.score(...).time_table``; what never comes is NaN.

        Raises
        ------
        UsageError
            The target is not a metric of learning curves with a value.
        ResultsError
            A file is missing or damaged.
        """
        return saved_time_numbers(self.studies, parse_target(target))

    @cached_property
    def timings(self) -> pd.DataFrame:
        """Bench runs: one row for each quantity, with ``median``, ``low`` and ``high``.

        Columns: ``machine``, ``model``, ``device``, ``environment``; ``figure`` names the quantity
        with its unit (``fit s``, ``epoch ms``, ``one-row ms``, ``rows/s``, scores); ``path`` is the
        inference path; ``ratio`` is to the first environment. ``low`` and ``high`` are a range, not
        an interval, and there are no verdicts: bench runs are sequential.
        """
        return bench.numbers(self.results)

    @cached_property
    def races(self) -> pd.DataFrame:
        """Races: one row for each contender.

        Columns: ``machine``, ``race``, ``measure``, ``clock``, ``rows``, ``contender``,
        ``median_seconds``; ``ratio`` to the first contender with the ends ``low`` and ``high`` of
        its 99 % interval; ``verdict``, ``accuracy``, ``launches``, ``blocks``, ``outliers``,
        ``detectable``; ``difference`` of a path that rounds the model, ``delay`` that was added to
        the time, and ``jit_compile``; of an undecided ratio, the further ``launches_to_settle``
        that decide it with 80 % chance, and ``seconds_to_settle`` that they take.
        """
        return race_numbers(self.saved_races)

    @cached_property
    def suites(self) -> pd.DataFrame:
        """Races of suites: one row for each benchmark and contender after the first.

        Columns: ``machine``, ``race``, ``suite``, ``clock``, ``benchmark``, ``contender``,
        ``median_seconds``; ``ratio`` of medians to the first contender with the ends ``low`` and
        ``high``, and ``mean_ratio`` with ``mean_low`` and ``mean_high``; ``judged_low`` and
        ``judged_high`` of the interval that the ``verdict`` follows from; ``differs``, whether both
        ratios differ; ``changed``, whether the benchmark's code differs; ``launches``, ``blocks``,
        ``outliers`` and the ``detectable`` ratio.
        """
        return suite_numbers(self.saved_suites)

    @cached_property
    def bisects(self) -> pd.DataFrame:
        """Bisects: one row for each comparison of two versions.

        Columns: ``machine``, ``bisect``, ``model``, ``dataset``, ``quantity``; the versions
        ``first`` and ``last``; ``estimate``, the ratio of times of the last over the first or the
        difference of scores, with the ends ``low`` and ``high`` of its interval, which misses with
        the probability ``error``; ``verdict``, ``launches`` and name of the ``race``; ``is_named``,
        whether it is a change of the answer.
        """
        return bisects_table(self.saved_bisects)

    def race(self, name: str) -> RaceComparison:
        """Return one race as ``evenfold.race`` does: a notebook shows a table and a figure.

        Parameters
        ----------
        name
            The name in the column ``race`` of ``races``.

        Raises
        ------
        UsageError
            There is no race of this name.
        """
        by_name = {race.name: i for i, race in enumerate(self.saved_races)}
        if name not in by_name:
            raise UsageError(f"no race {name!r} in these results{did_you_mean(name, by_name)}")
        place = by_name[name]
        return RaceComparison(self.saved_races[place], self.race_files[place])

    @property
    def contents(self) -> pd.DataFrame:
        """One row for each bench run, study, race and bisect: where it was made, and what it is.

        All cells are text, but the numbers of ``models``.
        """
        saved = ReportData(
            self.results,
            self.studies,
            self.saved_races,
            suites=self.saved_suites,
            bisects=self.saved_bisects,
        )
        return contents(saved)

    def __repr__(self) -> str:
        fits = counted(sum(len(study.scores) for study in self.studies), "fit")
        parts = [
            counted(len(self.results), "bench run"),
            f"{counted(len(self.studies), 'score study', 'score studies')} of {fits}",
            counted(len(self.saved_races), "race"),
        ]
        if self.saved_suites:
            parts.append(counted(len(self.saved_suites), "race of a suite", "races of suites"))
        if self.saved_bisects:
            parts.append(counted(len(self.saved_bisects), "bisect"))
        lines = [f"{listed(parts)}.", f"Tables: {', '.join(TABLES)}."]
        if self.problems:
            lines.append(f"{counted(len(self.problems), 'file')} cannot be read: see problems.")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        first, *rest = repr(self).split("\n")
        return html_table(self.contents, "\n".join(rest), conclusion=first)

    def _of_studies(self, table: Callable[[StudyScores], pd.DataFrame]) -> pd.DataFrame:
        import pandas as pd

        parts = []
        for study in self.studies:
            part = table(study)
            values = (study.machine, study.environment_name, study.dataset, study.protocol)
            for place, (name, value) in enumerate(zip(STUDY_COLUMNS, values, strict=True)):
                part.insert(place, name, value)
            parts.append(part)
        if not parts:
            return pd.DataFrame(columns=list(STUDY_COLUMNS))
        return pd.concat(parts, ignore_index=True)


def load(folder: str | Path = "results") -> LoadedResults:
    """Load a folder of results; nothing runs, and nothing is unpickled.

    Parameters
    ----------
    folder
        The folder: bench runs, score studies, races and bisects are found below it.

    Returns
    -------
    LoadedResults
        The results as tables.

    Raises
    ------
    UsageError
        The folder is no path.
    ResultsError
        The folder does not exist, or nothing in it can be read.
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise UsageError(f"{folder!r} is not a folder: give a text or a pathlib.Path")
    base = Path(folder)
    require_results_folder(base, "give a folder of results")
    benches = read_results([base], holds_scores_or_races)
    studies, races = read_studies([base]), read_races([base])
    suites, unread_suites = read_suite_races([base])
    bisects, unread_bisects = read_bisects([base])
    return LoadedResults(
        results=benches.results,
        studies=studies.studies,
        saved_races=tuple(race for _, race in races.races),
        problems=(
            *benches.problems,
            *studies.problems,
            *races.problems,
            *unread_suites,
            *unread_bisects,
        ),
        race_files=tuple(file for file, _ in races.races),
        saved_suites=tuple(race for _, race in suites),
        saved_bisects=tuple(bisects),
    )


def _fits(study: StudyScores) -> pd.DataFrame:
    scores = study.scores.drop(columns=["dataset", "protocol"])
    return scores.assign(seed=scores["seed"].map(int))

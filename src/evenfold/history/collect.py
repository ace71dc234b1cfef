"""Series of everything below some folders: races, studies, bisects, and results of other tools."""

from __future__ import annotations

import math
import os
import subprocess
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np

from evenfold.bisect.record import Bisect, read_bisects
from evenfold.errors import ResultsError
from evenfold.files.path_names import missing_path
from evenfold.history.bisect_series import bisect_series
from evenfold.history.options import HistoryOptions
from evenfold.history.other_tools import OtherResult, read_other_results
from evenfold.history.race_series import race_series
from evenfold.history.series import (
    Direction,
    HistoryPoint,
    Order,
    ResultSeries,
    SeriesChange,
    change_word,
)
from evenfold.history.study_series import study_series
from evenfold.history.suite_series import suite_series
from evenfold.race.files import read_races
from evenfold.race.record import Race
from evenfold.score.studies import read_studies
from evenfold.score.study_scores import StudyScores
from evenfold.stats.change_points import changes_of_runs
from evenfold.suite.files import read_suite_races
from evenfold.suite.record import SuiteRace

DEFAULT_PATHS = (
    Path("results"), Path(".evenfold", "runs"), Path(".evenfold", "bisects"), Path(".benchmarks"),
    Path(".asv", "results"),
)  # fmt: skip
REVISION_DIGITS = 10


@dataclass(frozen=True)
class History:
    """Series, and a line on each file that cannot be read."""

    series: Sequence[ResultSeries]
    problems: Sequence[str]


@dataclass(frozen=True)
class SavedSeries:
    """Saved results that series are made of, by kind."""

    races: Sequence[Race] = ()
    studies: Sequence[StudyScores] = ()
    others: Sequence[OtherResult] = ()
    suites: Sequence[SuiteRace] = ()
    bisects: Sequence[Bisect] = ()


def read_history_of(options: HistoryOptions, root: Path) -> History:
    """Read results, and return their series of two results or more.

    Raises
    ------
    ResultsError
        A path does not exist, or there is nothing to read.
    """
    missing = [path for path in options.paths if not path.exists()]
    if missing:
        raise ResultsError(missing_path(missing[0], "give folders of results, or files"))
    paths = options.paths or [p for p in (root / part for part in DEFAULT_PATHS) if p.exists()]
    folders = [path for path in paths if path.is_dir()]
    races, studies = read_races(folders), read_studies(folders)
    suites, unread_suites = read_suite_races(folders)
    bisects, unread_bisects = read_bisects(folders)
    others, problems = read_other_results(paths)
    problems = [
        *races.problems, *studies.problems, *unread_suites, *unread_bisects, *problems
    ]  # fmt: skip
    saved = SavedSeries(
        races=[race for _, race in races.races],
        studies=studies.studies,
        others=others,
        suites=[race for _, race in suites],
        bisects=bisects,
    )
    series = all_series(saved, options)
    if not series and not problems:
        places = ", ".join(map(str, paths)) or "this folder"
        raise ResultsError(
            f"no two results of one kind by {options.by} in {places}: run evenfold race or score "
            "several times, or give other folders"
        )
    return History(series, problems)


def all_series(saved: SavedSeries, options: HistoryOptions) -> list[ResultSeries]:
    """Return the series of two results or more, by kind."""
    dates = RevisionDates(Path.cwd()) if options.by == "revision" else None
    found = [
        *race_series(saved.races, options, dates),
        *suite_series(saved.suites, options, dates),
        *study_series(saved.studies, options, dates),
        *bisect_series(saved.bisects, options),
        *_other_series(saved.others, options, dates),
    ]
    return [series for series in found if len(series.points) > 1]


class RevisionDates:
    """The dates of revisions of a repository, each read once."""

    def __init__(self, folder: Path) -> None:
        """Read nothing yet."""
        self.folder = folder
        self._known: dict[str, datetime | None] = {}

    def __call__(self, revision: str) -> datetime | None:
        """Return when a revision was committed; None if the repository does not have it."""
        if revision not in self._known:
            self._known[revision] = self._read(revision)
        return self._known[revision]

    def _read(self, revision: str) -> datetime | None:
        if not revision or revision.startswith("-"):
            return None
        command = ["git", "-C", str(self.folder), "show", "-s", "--format=%ct",
                   f"{revision}^{{commit}}", "--"]  # fmt: skip
        try:
            done = subprocess.run(command, capture_output=True)
        except FileNotFoundError:
            return None
        text = os.fsdecode(done.stdout).strip()
        if done.returncode or not text.isdecimal():
            return None
        return datetime.fromtimestamp(int(text), timezone.utc)


def _other_series(
    results: Iterable[OtherResult], options: HistoryOptions, dates: RevisionDates | None
) -> Iterator[ResultSeries]:
    """Series of other tools; their results have no versions, and are then in order of date."""
    groups: dict[Hashable, list[OtherResult]] = {}
    for result in results:
        key = (result.source, result.machine, result.host, result.benchmark)
        groups.setdefault(key, []).append(result)
    for group in groups.values():
        ordered = sorted(group, key=lambda one: _time_of(one, dates))
        first = ordered[0]
        points = [_other_point(one, options.by) for one in ordered]
        logs = np.log([point.value for point in points])
        marks = changes_of_runs(logs, math.log1p(options.margin), options.rate)
        direction: Direction = "time" if first.is_time else "value"
        changes = [
            SeriesChange(
                mark.place, mark.seen, math.exp(mark.difference), math.nan, math.nan,
                change_word(direction, mark.difference),
            )
            for mark in marks
        ]  # fmt: skip
        yield ResultSeries(
            first.source, first.benchmark, first.machine, "s" if first.is_time else "",
            direction, points, changes, options.margin,
        )  # fmt: skip


def _time_of(result: OtherResult, dates: RevisionDates | None) -> tuple[datetime, datetime]:
    committed = dates(result.revision) if dates else None
    return committed or result.when, result.when


def _other_point(result: OtherResult, by: Order) -> HistoryPoint:
    label = result.revision[:REVISION_DIGITS] if by == "revision" else ""
    return HistoryPoint(label or date_text(result.when), result.value, when=result.when)


def date_text(when: datetime) -> str:
    """Return a date as a label."""
    return when.strftime("%Y-%m-%d %H:%M")

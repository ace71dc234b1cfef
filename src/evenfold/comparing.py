"""``evenfold compare``: what is found on disk, as tables, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from evenfold.errors import UsageError
from evenfold.report import compare, scores
from evenfold.report.tables import write
from evenfold.results.found import Result, read_results
from evenfold.results.stats import WORSE
from evenfold.results.studies import StudyScores, read_studies

WORSE_FOUND, SOME_FAILED = 1, 3
Say = Callable[[str], Any]


def show(
    say: Say,
    tell: Callable[[Iterable[str]], None],
    paths: Sequence[Path],
    only: str | None,
    metric: str,
    rope: float | None,
    fail_on: str | None,
    style: str,
) -> int:
    """Says the tables of what the paths hold.

    Raises ResultsError when nothing can be read, UsageError when two kinds of results are asked
    for in a format that holds one table.
    """
    found = read_results(paths)
    shown = [*dict.fromkeys((*scores.SHOWN, metric))]
    read = read_studies(paths, shown)
    problems = [*found.problems, *read.problems]
    tell(problems)
    benches = found.results if only != "scores" else ()
    studies = read.studies if only != "bench" else ()
    if style in ("csv", "json"):
        if benches and studies:
            raise UsageError(f"there are bench runs and scores: for {style}, give --only one")
        table = scores.numbers(studies, metric, rope) if studies else compare.numbers(list(benches))
        say(write(table, style))
    else:
        say(
            "\n\n".join(
                [*_bench(benches, style), *scores.score_tables(studies, metric, rope, style)]
            )
        )
    if fail_on and _worse(studies, metric, rope):
        return WORSE_FOUND
    return SOME_FAILED if problems else 0


def _bench(results: Sequence[Result], style: str) -> Iterator[str]:
    if results:
        yield write(compare.comparison(results), style)
        yield compare.CAPTION


def _worse(studies: Sequence[StudyScores], metric: str, rope: float | None) -> bool:
    """Whether a later model is worse than the first of its study, or a later environment."""
    for group in scores.groups(studies):
        if any(c.verdict == WORSE for c in scores.between(group, metric, rope).values()):
            return True
        for study in group:
            models = sorted(study.scores["model"].unique())
            verdicts = scores.comparisons(study.scores, models, metric, study.design, rope)
            if any(found.verdict == WORSE for found in verdicts.values()):
                return True
    return False

"""``evenfold compare``: what is found on disk, as tables, and the exit code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from evenfold.bench import comparison as compare
from evenfold.bench.results import Result, read_results
from evenfold.cli.options import any_metric_option, fail_option, format_option, rope_option
from evenfold.cli.output import print_messages
from evenfold.errors import UsageError
from evenfold.plugins.metrics import find_metric
from evenfold.race.files import read_races
from evenfold.race.tables import race_numbers, race_texts
from evenfold.render.progress import Say
from evenfold.render.tables import write
from evenfold.report.result_kinds import holds_scores_or_races
from evenfold.score import tables as scores
from evenfold.score.studies import StudyScores, read_studies
from evenfold.stats.verdicts import SLOWER, WORSE

FELL_SHORT, SOME_FAILED = 1, 3


def show(
    say: Say,
    tell: Callable[[Iterable[str]], None],
    paths: Sequence[Path],
    only: str | None,
    metric: str,
    metrics: Sequence[Path],
    rope: float | None,
    fail_on: str | None,
    style: str,
) -> int:
    """Says the tables of what the paths hold.

    ``metrics`` are folders of plug-ins. Raises ResultsError when nothing can be read, UsageError
    when two kinds of results are asked for in a format that holds one table.
    """
    found = read_results(paths, holds_scores_or_races)
    asked = find_metric(metric, metrics, Path.cwd())
    shown = [*dict.fromkeys((*scores.SHOWN, *([] if asked.own else [metric])))]
    read, raced = read_studies(paths, shown), read_races(paths)
    problems = [*found.problems, *read.problems, *raced.problems]
    tell([*problems, *read.notes])
    benches = found.results if only in (None, "bench") else ()
    wanted = read.studies if only in (None, "scores") else ()
    studies = [asked.added(study) for study in wanted]
    saved = raced.races if only in (None, "races") else ()
    if style in ("csv", "json"):
        tables = [
            *([compare.numbers(list(benches))] if benches else []),
            *([scores.numbers(studies, metric, rope)] if studies else []),
            *([race_numbers([race for _, race in saved])] if saved else []),
        ]
        if len(tables) > 1:
            raise UsageError(f"there are several kinds of results: for {style}, give --only one")
        say(write(tables[0] if tables else compare.numbers([]), style))
    else:
        parts = _bench(benches, style), scores.score_tables(studies, metric, rope, style)
        say("\n\n".join(text for part in (*parts, race_texts(saved, style)) for text in part))
    if fail_on == WORSE and _worse(studies, metric, rope):
        return FELL_SHORT
    if fail_on == SLOWER and any(race.is_slower for _, race in saved):
        return FELL_SHORT
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


@click.command("compare")
@click.argument("results", nargs=-1, type=click.Path(path_type=Path), metavar="[RESULTS]...")
@click.option(
    "--only", type=click.Choice(["bench", "scores", "races"]), help="Leave the others out."
)
@any_metric_option
@rope_option
@fail_option("worse", "slower")
@format_option
def compare_command(results: tuple[Path, ...], **asked: Any) -> int:
    """What several environments came to, side by side: bench tables, score studies and races.

    RESULTS are bench.json files, scores' CSV files, stores of fits, races, or folders that hold
    some; by default this machine's, below results. Times of bench runs have ratios to the first
    and no verdicts; scores have verdicts between models and between environments, and races have
    their own. Exit code 3: some could not be read, and the others are shown.
    """
    from evenfold.bench.results import local_results

    return show(click.echo, print_messages, results or (local_results(Path.cwd()),), **asked)

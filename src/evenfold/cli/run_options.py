"""Options of races and score studies that several commands share: one definition of each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from evenfold.cli.help import OneOf
from evenfold.cli.options import SEED, duration, share
from evenfold.race.options import DEFAULT_ROWS, DEFAULT_THREADS, RaceOptions
from evenfold.race.settings import MEASURES
from evenfold.score.options import DEFAULT_FOLDS, DEFAULT_REPEATS
from evenfold.score.target import parse_target
from evenfold.stats.race_ratios import MARGIN

Decorator = Callable[[Any], Any]

measure_option = click.option(
    "--measure",
    type=OneOf(MEASURES),
    help="What one sample of a race times.  [default: epoch; predict with a path or --rows]",
)

rows_option = click.option(
    "--rows",
    type=click.IntRange(1),
    metavar="N",
    help=f"Rows of a prediction.  [default: {DEFAULT_ROWS}]",
)

margin_option = click.option(
    "--margin",
    type=share,
    metavar="SHARE",
    help=f"Practical threshold of a ratio of times, as 2% or 0.02.  [default: {MARGIN:.0%}]",
)

threads_option = click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="N",
    help=f"Threads of each contender of a race.  [default: {DEFAULT_THREADS}]",
)

folds_option = click.option(
    "--folds",
    type=click.IntRange(2),
    metavar="N",
    help=f"Folds of each repeat of a score study.  [default: {DEFAULT_FOLDS}]",
)

repeats_option = click.option(
    "--repeats",
    type=click.IntRange(1),
    metavar="N",
    help=f"Repeats of the folds.  [default: {DEFAULT_REPEATS}]",
)

jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1),
    metavar="N",
    help="Processes that fit.  [default: one for each core]",
)

store_option = click.option(
    "--store",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="File of finished fits.  [default: .evenfold/fits.sqlite beside the results]",
)

drawn_seed_option = click.option(
    "--seed", type=SEED, metavar="N", help="Random seed of order and fits.  [default: drawn]"
)

run_timeout_option = click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Seconds that a fit, or an answer in a race, may take.  "
    f"[default: no limit; {RaceOptions.timeout:g} in a race]",
)

plan_option = click.option(
    "--plan",
    "plan_only",
    is_flag=True,
    help="Print what would run, for how long and which difference it would detect, and run "
    "nothing.",
)


def budget_option(help_text: str) -> Decorator:
    """Add the option of a race's wall time."""
    return click.option("--budget", type=duration, metavar="TIME", help=help_text)


def seed_option(default: int) -> Decorator:
    """Add the option of the random seed of all that a command runs."""
    return click.option(
        "--seed",
        type=SEED,
        metavar="N",
        default=default,
        show_default=True,
        help="Random seed of splits, fits and races.",
    )


def _target(context: click.Context, option: click.Parameter, text: str | None) -> Any:
    return None if text is None else parse_target(text)


time_option = click.option(
    "--time-to",
    metavar="METRIC=VALUE",
    callback=_target,
    help="Show the epochs and seconds until networks reach a score: accuracy=0.95, log_loss=0.1.  "
    "[default: off]",
)

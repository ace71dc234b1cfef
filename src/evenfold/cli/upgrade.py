"""``evenfold upgrade``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evenfold.cli.options import (
    clock_option,
    data_options,
    duration,
    fail_on_any_option,
    format_option,
    metric_option,
    models_option,
    results_option,
    rope_option,
    share,
)
from evenfold.cli.output import print_messages


@click.command("upgrade")
@click.argument("before")
@click.argument("after")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@models_option
@data_options
@click.option("--folds", type=click.IntRange(2), default=10, show_default=True)
@click.option("--repeats", type=click.IntRange(1), default=10, show_default=True)
@metric_option
@rope_option
@click.option("--budget", type=duration, help="Wall time of each race.  [default: 120s; fits 300s]")
@clock_option
@click.option("--margin", type=share, help="A ratio's difference of no interest.  [default: 2%]")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Of races.")
@fail_on_any_option("worse", "slower")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the run.")
@click.option("--jobs", type=click.IntRange(1), help="Processes that fit; by default one a core.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    help="Seconds for a fit, by default any, or for an answer in a race, by default 600.",
)
@results_option
@click.option("--store", type=click.Path(path_type=Path), metavar="FILE", help="Finished fits.")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would run, and run nothing.")
@format_option
def upgrade_command(plan_only: bool, **asked: Any) -> int:
    """What an upgrade does to each model: is it better or worse, is it faster or slower?

    BEFORE and AFTER are environments: a name of tox's or of [tool.evenfold.environments], or
    NAME=PATH[,FLAG=VALUE]. Every MODEL, or every built-in one, is fitted on the same folds in both
    (finished fits are kept and not run again), and races itself in the other: a training epoch (a
    fit of an estimator) and a prediction of one row. The same environment twice is a test of this.

    Exit code 1: a verdict is what --fail-on names; 3: some fits or races failed, or nothing could
    be compared, and the rest is shown and saved. A model that is skipped is no failure.
    """
    from evenfold.upgrade.run import show_plan, show_upgrade

    return (show_plan if plan_only else show_upgrade)(click.echo, print_messages, **asked)

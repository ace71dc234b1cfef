"""``evenfold upgrade``: what a change of environment does to scores and times."""

from __future__ import annotations

from pathlib import Path

import click

from evenfold.cli.completion import completes, environments, models
from evenfold.cli.help import GroupedCommand
from evenfold.cli.options import (
    clock_option,
    dataset_options,
    fail_on_any_option,
    format_option,
    interval_option,
    metric_option,
    models_option,
    options_class,
    refuse_table_formats,
    require_option,
    results_option,
    rope_option,
)
from evenfold.cli.output import print_messages, print_missing_evidence, print_result
from evenfold.cli.run_options import (
    budget_option,
    folds_option,
    jobs_option,
    margin_option,
    plan_option,
    repeats_option,
    run_timeout_option,
    seed_option,
    store_option,
    threads_option,
)
from evenfold.race.budget import MOST_EXTENSION
from evenfold.upgrade.announcement import upgrade_announcement
from evenfold.upgrade.options import UpgradeOptions

EXAMPLES = r"""
# Does TensorFlow 2.21 change the scores or the times of a network?
evenfold upgrade tf2.15 tf2.21 conv1d
# The same for your own model and table
evenfold upgrade tf2.15 tf2.21 two_layers --models mine \
    --dataset patients.csv --target sick
# What would run, and for how long?
evenfold upgrade tf2.15 tf2.21 conv1d --plan
# Any two Pythons, without tox
evenfold upgrade old=/opt/old/bin/python new=/opt/new/bin/python conv1d
"""


@click.command("upgrade", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("before", shell_complete=completes(environments))
@click.argument("after", shell_complete=completes(environments))
@click.argument("models", nargs=-1, metavar="[MODEL]...", shell_complete=completes(models))
@models_option
@dataset_options
@folds_option
@repeats_option
@metric_option
@rope_option
@interval_option
@budget_option(
    "Wall time of each race, or less; a race that the machine slows down takes up to half as long "
    "again for the launches of a verdict.  [default: 120s; 300s for fits of estimators; up to "
    f"{MOST_EXTENSION:g} times that where the launches of a verdict need it]"
)
@clock_option
@margin_option
@threads_option
@fail_on_any_option("worse", "slower")
@require_option
@seed_option(UpgradeOptions.seed)
@jobs_option
@run_timeout_option
@results_option
@store_option
@plan_option
@format_option
@options_class(UpgradeOptions)
def upgrade_command(
    options: UpgradeOptions,
    plan_only: bool,
    fail_on: tuple[str, ...] | None,
    require: str | None,
    style: str,
) -> int:
    """Compare an environment with another: are models better or worse, faster or slower?

    BEFORE and AFTER are environments: a name of tox's or of [tool.evenfold.environments], or
    NAME=PATH[,FLAG=VALUE]. Every MODEL, or every built-in one, is fitted on the same folds in both
    (finished fits are saved and do not run again), and races itself in the other environment: a
    training epoch (a fit of an estimator) and a prediction of one row. The same environment twice
    is a test of the comparison itself.

    Exit code 1: a verdict is one of --fail-on, or a score does not meet --require; 3: some fits or
    races failed, the metric is not defined in a fit, or nothing could be compared, and the rest is
    printed and saved. If both 1 and 3 apply, it is 1. A model that is skipped is not a failure.
    """
    print_messages([upgrade_announcement(options, Path.cwd())])
    # The first line is there before these are imported.
    from evenfold.upgrade.request import open_upgrade
    from evenfold.upgrade.results import models_without_evidence
    from evenfold.upgrade.run import run_upgrade, upgrade_exit_code
    from evenfold.upgrade.tables import upgrade_text

    if plan_only:
        refuse_table_formats(click.get_current_context(), "--plan prints lines of text")
        return _print_plan(options)
    request = open_upgrade(options, Path.cwd(), print_messages)
    result = run_upgrade(request, print_messages)
    print_result(
        upgrade_text(result.models, result.settings, result.environments, style, request.folder),
        style,
    )
    if result.is_empty:
        print_messages(["nothing could be compared: no model ran in both environments"])
    missing = models_without_evidence(result.models) if require else {}
    print_missing_evidence(missing)
    return upgrade_exit_code(result.models, fail_on or (), result.has_missing_fits, bool(missing))


def _print_plan(options: UpgradeOptions) -> int:
    """Print what would run, and return the exit code."""
    from evenfold.runtime.version_environments import versions_to_install
    from evenfold.upgrade.plan import upgrade_plan_lines
    from evenfold.upgrade.request import open_upgrade
    from evenfold.upgrade.uninstalled_plan import uninstalled_plan_lines

    root = Path.cwd()
    missing = versions_to_install((options.before, options.after), root)
    if missing:
        lines = uninstalled_plan_lines(options, root, missing)
    else:
        lines = upgrade_plan_lines(open_upgrade(options, root, print_messages, plan_only=True))
    for line in lines:
        print_result(line)
    return 0

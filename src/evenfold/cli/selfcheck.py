"""``evenfold selfcheck``: run races whose outcome is known, and print how often they err."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

from evenfold.cli.completion import completes, models
from evenfold.cli.help import GroupedCommand
from evenfold.cli.options import (
    clock_option,
    format_option,
    models_option,
    options_class,
    results_option,
    share,
)
from evenfold.cli.output import print_messages, print_result
from evenfold.cli.run_options import (
    budget_option,
    drawn_seed_option,
)
from evenfold.errors import InterruptedRun, UsageError
from evenfold.race.options import SelfcheckOptions
from evenfold.render.words import counted, duration, rough_duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evenfold.race.request import RaceRequest
    from evenfold.race.selfcheck import TrialKind
    from evenfold.race.selfcheck_record import Trial

ERRS = 1
SECONDS_PER_MINUTE = 60.0
# Fewer races of each kind give shares with wide intervals.
ENOUGH_RACES = 10
EXAMPLES = """
# How often do races err on this machine, and which difference do they detect?
evenfold selfcheck
# The same for predictions of one row, in an hour
evenfold selfcheck conv1d --rows 1 --minutes 60
# On a machine that does other work: by CPU time
evenfold selfcheck --clock cpu
"""


@click.command("selfcheck", cls=GroupedCommand, epilog=EXAMPLES)
@click.argument("contender", required=False, shell_complete=completes(models))
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    default=SelfcheckOptions.minutes,
    show_default=True,
    help="Minutes for all races.",
)
@budget_option("Wall time of each race.  [default: as in race]")
@click.option(
    "--delay",
    "delays",
    type=share,
    metavar="SHARE",
    multiple=True,
    callback=lambda context, option, delays: delays or SelfcheckOptions.delays,
    help="Delay to inject, as 2% or 0.02. Repeatable.  "
    f"[default: {' '.join(f'{delay:.0%}' for delay in SelfcheckOptions.delays)}]",
)
@clock_option
@click.option(
    "--rows",
    type=click.IntRange(1),
    metavar="N",
    help="Race predictions of this number of rows.  [default: race training epochs]",
)
@drawn_seed_option
@models_option
@results_option
@format_option
@options_class(SelfcheckOptions)
def selfcheck_command(options: SelfcheckOptions, style: str) -> int:
    """Check how good races are on this machine: how often they err, and what they detect.

    CONTENDER, by default the first built-in network, is raced against itself, as it is and with
    known delays inside the clock, each at a margin of half the delay. Exit code 1: too many races
    without a delay have the verdict faster or slower.
    """
    from evenfold.race.selfcheck import selfcheck_request, trial_kinds
    from evenfold.runtime.noise import disturbances

    contender = options.contender or "the first built-in network"
    print_messages(
        [
            f"{contender} against itself, with and without delays, in races of "
            f"{rough_duration(60 * options.minutes)} in all"
        ]
    )
    request = selfcheck_request(options, Path.cwd(), print_messages)
    kinds = trial_kinds(options.delays)
    _check_time(options.minutes, request.settings.budget, len(kinds), disturbances())
    return _run_and_print(request, kinds, options.minutes * SECONDS_PER_MINUTE, style)


def _run_and_print(
    request: RaceRequest, kinds: Sequence[TrialKind], seconds: float, style: str
) -> int:
    """Run the races, print their table, and return the exit code."""
    from evenfold.race.progress import line_monitor
    from evenfold.race.selfcheck import run_trials, shuffled_rounds
    from evenfold.race.selfcheck_record import errs_too_often, summarize_trials
    from evenfold.render.progress import Line
    from evenfold.runtime.noise import processor_times, stolen_since

    before = processor_times()
    line = Line(print_messages)
    trials: list[Trial] = []
    began = monotonic()
    monitor = line_monitor(
        line, lambda: f"race {len(trials) + 1}, ", lambda _: (monotonic() - began) / seconds
    )
    order = shuffled_rounds(kinds, request.settings.seed)
    try:
        for trial in run_trials(request, order, seconds, monitor):
            trials.append(trial)
            line.say(f"{trial.name}: {trial.ratio:.4f} {trial.verdict}, {trial.seconds:.0f} s")
    except BaseException as error:
        line.close()
        with suppress(Exception):  # the error that ended the races is the one to report
            finished = f"the self-check ended early, after {counted(len(trials), 'race')}"
            print_messages([*stolen_since(before), finished])
            if trials:
                _print_summaries(trials, style, request)
        if isinstance(error, KeyboardInterrupt):
            raise InterruptedRun(_what_is_saved(len(trials), request.results)) from error
        raise
    line.close()
    print_messages(stolen_since(before))
    _print_summaries(trials, style, request)
    return ERRS if errs_too_often(summarize_trials(trials)) else 0


def _what_is_saved(races: int, folder: Path | None) -> str:
    """Return what an interrupted self-check leaves, and how to go on."""
    if not races:
        return "no race was finished, so nothing is saved; the same command starts again"
    are = "is" if races == 1 else "are"
    return (
        f"{counted(races, 'race')} {are} saved in {folder}; the same command starts another "
        "self-check"
    )


def _check_time(minutes: float, budget: float, kinds: int, disturbances: Iterable[str]) -> None:
    """Print what disturbs timings; raise UsageError if the time is too short for one race."""
    races = int(minutes * SECONDS_PER_MINUTE // budget)
    if not races:
        raise UsageError(
            f"--minutes {minutes:g} is less than one race of {duration(budget)}: "
            "give more --minutes or a smaller --budget"
        )
    print_messages(disturbances)
    if races < ENOUGH_RACES * kinds:
        print_messages(
            [
                f"--minutes {minutes:g} is enough for about {counted(races, 'race')} of "
                f"{counted(kinds, 'kind')}: expect wide intervals; use more --minutes for "
                f"{ENOUGH_RACES} of each kind"
            ]
        )


def _print_summaries(trials: Sequence[Trial], style: str, request: RaceRequest) -> None:
    from evenfold.race.selfcheck_record import summarize_trials
    from evenfold.race.selfcheck_tables import (
        column_caption,
        conclusions,
        trial_numbers,
        trial_table,
    )
    from evenfold.render.tables import write

    summaries = summarize_trials(trials)
    if style in ("csv", "json"):
        print_result(write(trial_numbers(summaries), style), style)
        return
    print_result("\n".join([*conclusions(summaries), ""]))
    print_result(write(trial_table(summaries), style), style)
    clock = "Races were by CPU time. " if request.settings.clock == "cpu" else ""
    print_result(f"\n{clock}{column_caption()}\nSaved in {request.results}")
    names = " ".join(shlex.quote(str(spec)) for spec in request.contenders.values())
    option = " --clock cpu" if clock else ""
    rows = f" --rows {request.settings.rows}" if request.settings.rows else ""
    measure = "" if rows else f" --measure {request.settings.measure}"
    print_result(f"Next: evenfold race --plan {names}{measure}{rows}{option}")

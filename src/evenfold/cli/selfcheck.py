"""``evenfold selfcheck``: run races whose outcome is known, and print how often they err."""

from __future__ import annotations

import shlex
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evenfold.cli.options import (
    SEED,
    clock_option,
    duration,
    format_option,
    models_option,
    options_class,
    results_option,
    share,
)
from evenfold.cli.output import print_messages, print_result
from evenfold.errors import UsageError
from evenfold.race.options import SelfcheckOptions
from evenfold.render.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evenfold.race.request import RaceRequest
    from evenfold.race.selfcheck import TrialKind
    from evenfold.race.selfcheck_record import Trial

ERRS = 1
SECONDS_PER_MINUTE = 60.0
# Fewer races of each kind give shares with wide intervals.
ENOUGH_RACES = 10


@click.command("selfcheck")
@click.argument("contender", required=False)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    default=SelfcheckOptions.minutes,
    show_default=True,
    help="Minutes for all races.",
)
@click.option("--budget", type=duration, help="Wall time of each race.  [default: as in race]")
@click.option(
    "--delay",
    "delays",
    type=share,
    multiple=True,
    callback=lambda context, option, delays: delays or SelfcheckOptions.delays,
    help="Delay to inject, as 2% or 0.02. Repeatable.  "
    f"[default: {' '.join(f'{delay:.0%}' for delay in SelfcheckOptions.delays)}]",
)
@clock_option
@click.option("--rows", type=click.IntRange(1), help="Race predictions of this number of rows.")
@click.option("--seed", type=SEED, help="Random seed of order and fits.  [default: drawn]")
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
    monitor = line_monitor(line, lambda: f"race {len(trials) + 1}, ")
    order = shuffled_rounds(kinds, request.settings.seed)
    try:
        for trial in run_trials(request, order, seconds, monitor):
            trials.append(trial)
            line.say(f"{trial.name}: {trial.ratio:.4f} {trial.verdict}, {trial.seconds:.0f} s")
    except BaseException:
        line.close()
        with suppress(Exception):  # the error that ended the races is the one to report
            finished = f"the self-check ended early, after {counted(len(trials), 'race')}"
            print_messages([*stolen_since(before), finished])
            if trials:
                _print_summaries(trials, style, request)
        raise
    line.close()
    print_messages(stolen_since(before))
    _print_summaries(trials, style, request)
    return ERRS if errs_too_often(summarize_trials(trials)) else 0


def _check_time(minutes: float, budget: float, kinds: int, disturbances: Iterable[str]) -> None:
    """Print what disturbs timings; raise UsageError if the time is too short for one race."""
    races = int(minutes * SECONDS_PER_MINUTE // budget)
    if not races:
        raise UsageError(
            f"{minutes:g} minutes are less than one race of {budget:g} s: "
            "give more --minutes or a smaller --budget"
        )
    print_messages(disturbances)
    if races < ENOUGH_RACES * kinds:
        print_messages(
            [
                f"{minutes:g} minutes are enough for about {counted(races, 'race')} of "
                f"{counted(kinds, 'kind')}: expect wide intervals; use more --minutes for "
                f"{ENOUGH_RACES} of each kind"
            ]
        )


def _print_summaries(trials: Sequence[Trial], style: str, request: RaceRequest) -> None:
    from evenfold.race.selfcheck_record import summarize_trials
    from evenfold.race.selfcheck_tables import trial_caption, trial_numbers, trial_table
    from evenfold.render.tables import write

    summaries = summarize_trials(trials)
    if style in ("csv", "json"):
        print_result(write(trial_numbers(summaries), style), style)
        return
    print_result(write(trial_table(summaries), style), style)
    clock = "Races were by CPU time. " if request.settings.clock == "cpu" else ""
    print_result(f"\n{clock}{trial_caption(summaries)}\nThe races are saved in {request.results}")
    names = " ".join(shlex.quote(str(spec)) for spec in request.contenders.values())
    option = " --clock cpu" if clock else ""
    rows = f" --rows {request.settings.rows}" if request.settings.rows else ""
    measure = "" if rows else f" --measure {request.settings.measure}"
    print_result(f"Next: evenfold race --plan {names}{measure}{rows}{option}")

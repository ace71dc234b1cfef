"""``evenfold selfcheck``: races whose outcome is known, run on this machine, and what they say."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from evenfold.cli.options import (
    clock_option,
    duration,
    format_option,
    models_option,
    results_option,
    share,
)
from evenfold.cli.output import print_messages
from evenfold.cli.race import show_standing
from evenfold.errors import UsageError
from evenfold.plugins.datasets import DatasetOptions, open_dataset
from evenfold.plugins.folders import built_in_folder, find_plugins, locate
from evenfold.plugins.models import find_models
from evenfold.race.contenders import named, parse
from evenfold.race.launches import Watch
from evenfold.race.record import CPU, WALL
from evenfold.race.selfcheck import in_rounds, kinds, run_trials
from evenfold.race.selfcheck_record import DELAYS, Finding, Trial, errs_too_often, findings
from evenfold.race.selfcheck_tables import caption, numbers, trial_table
from evenfold.race.setup import Request
from evenfold.render.progress import Line, Say, Tell
from evenfold.render.tables import write
from evenfold.runtime.noise import disturbances, processor_times, stolen_since
from evenfold.runtime.results_folder import base_of
from evenfold.worker.plugin import load_plugin
from evenfold.worker.protocol import Measure

ERRS = 1
SECONDS_A_MINUTE = 60.0


def show_selfcheck(say: Say, tell: Tell, style: str, minutes: float, **asked: Any) -> int:
    """Runs the races and says what came of them; the exit code."""
    request = _request(tell, asked)
    seconds = minutes * SECONDS_A_MINUTE
    most = int(seconds // request.seconds)
    if not most:
        raise UsageError(
            f"{minutes:g} minutes are less than one race of {request.seconds:g} s: "
            "give more --minutes or a smaller --budget"
        )
    every = kinds(asked["delays"] or DELAYS)
    tell(disturbances())
    if most < 10 * len(every):
        tell(
            [
                f"{minutes:g} minutes are for {most} races of {len(every)} kinds or a few more: "
                "shares have wide intervals, ten of each say more"
            ]
        )
    before = processor_times()
    line = Line(tell)
    trials: list[Trial] = []

    def of_race() -> str:
        return f"race {len(trials) + 1}, "

    watch = Watch(line.say, lambda standing: show_standing(line, standing, of_race()))
    try:
        for trial in run_trials(request, in_rounds(every, request.seed), seconds, watch):
            trials.append(trial)
            line.say(f"{trial.name}: {trial.ratio:.4f} {trial.verdict}, {trial.seconds:.0f} s")
    except BaseException:
        line.close()
        with suppress(Exception):  # what ended it is told
            tell([*stolen_since(before), f"it ended early, races that have run: {len(trials)}"])
            if trials:
                _show(say, findings(trials), style, request)
        raise
    line.close()
    tell(stolen_since(before))
    found = findings(trials)
    _show(say, found, style, request)
    return ERRS if errs_too_often(found) else 0


def _show(say: Say, found: Sequence[Finding], style: str, request: Request) -> None:
    plain = style in ("csv", "json")
    say(write(numbers(found) if plain else trial_table(found), style))
    if not plain:
        by_cpu = "Races were by CPU time. " if request.clock == CPU else ""
        say(f"\n{by_cpu}{caption(found)}\nThe races are saved in {request.results}")


def _request(tell: Tell, asked: Mapping[str, Any]) -> Request:
    root = Path.cwd()
    found = find_models(asked["folders"], root)
    tell(found.notes)
    spec, measure = _raced(asked["contender"], found.files, asked["rows"])
    results = base_of(root, asked["results"], False, datetime.now())
    return Request(
        contenders=named([spec, spec]),
        dataset=open_dataset(DatasetOptions()),
        files=found.files,
        root=root,
        seed=secrets.randbelow(2**31) if asked["seed"] is None else asked["seed"],
        measure=measure,
        clock=asked["clock"] or WALL,
        rows=asked["rows"],
        budget=asked["budget"],
        results=results,
    )


def _raced(spec: str | None, files: dict[str, Path], rows: int | None) -> tuple[str, Measure]:
    """A contender, by default the first built-in network, and what is measured of it."""
    if spec is None:
        built_in = sorted(find_plugins([built_in_folder()]).files)
        spec = next((name for name in built_in if _is_network(name, files)), built_in[0])
    if rows is not None:
        return spec, "predict"
    return spec, "epoch" if _is_network(parse(spec).model, files) else "fit"


def _is_network(name: str, files: dict[str, Path]) -> bool:
    path = locate(name, files)
    return load_plugin(name, path).model.epochs is not None


@click.command("selfcheck")
@click.argument("contender", required=False)
@click.option("--minutes", type=click.FloatRange(0, min_open=True), default=40.0, show_default=True)
@click.option("--budget", type=duration, help="Of each race, as races have it by default.")
@click.option(
    "--delay", "delays", type=share, multiple=True, help="To inject.  [default: 0 1% 2% 5%]"
)
@clock_option
@click.option("--rows", type=click.IntRange(1), help="Race predictions of so many rows.")
@click.option("--seed", type=click.IntRange(0), help="Of order and fits; by default drawn.")
@models_option
@results_option
@format_option
def selfcheck_command(**asked: Any) -> int:
    """How good races are on this machine: how often they err, and what they find.

    CONTENDER, by default the first built-in network, is raced against itself, as it is and with
    known delays inside the clock, each at a margin of half the delay. Exit code 1: races without a
    delay find one too often.
    """

    return show_selfcheck(click.echo, print_messages, **asked)

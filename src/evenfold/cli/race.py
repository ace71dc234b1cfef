"""``evenfold race`` and ``evenfold.race``: what is asked for as a request, what is said of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evenfold.cli.options import (
    clock_option,
    data_options,
    duration,
    fail_option,
    format_option,
    models_option,
    results_option,
    share,
)
from evenfold.cli.output import print_messages
from evenfold.errors import UsageError
from evenfold.plugins.datasets import DatasetOptions, open_dataset
from evenfold.plugins.models import find_models
from evenfold.race.contenders import named, resolve
from evenfold.race.launches import Standing, Watch
from evenfold.race.record import (
    CLOCKS,
    CPU,
    MEASURES,
    WALL,
    find_race,
    race_files,
    read_race,
    read_races,
)
from evenfold.race.run import Raced, as_before, continue_race, run_race
from evenfold.race.setup import SECONDS_TO_ANSWER, Request
from evenfold.render.progress import Line, Say, Tell
from evenfold.runtime import interpreters as environments
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.environment import MACHINE
from evenfold.stats.race_ratios import FEWEST_LAUNCHES, MARGIN
from evenfold.worker.protocol import Clock, Measure

if TYPE_CHECKING:
    from evenfold.race.comparison import RaceComparison

SLOWER_FOUND = 1
# What a race keeps when it is continued, by the names of the options.
KEPT = ("measure", "clock", "rows", "margin", "threads", "seed", "name")
OPTIONS: dict[str, Any] = {
    "measure": None,
    "clock": None,
    "rows": None,
    "budget": None,
    "margin": None,
    "threads": None,
    "seed": None,
    "dataset": DatasetOptions.dataset,
    "target": None,
    "positive": None,
    "group": None,
    "models": (),
    "env": (),
    "timeout": SECONDS_TO_ANSWER,
    "results": None,
    "name": None,
    "continued": None,
}


def race(*contenders: str, **options: Any) -> RaceComparison:
    """Runs a race, silently, as ``evenfold race`` does: ``race("conv1d", "dense_ann")``.

    ``options`` are the command's: ``measure`` (epoch, fit, predict), ``clock`` (wall, cpu),
    ``rows``, ``budget`` and ``timeout`` (seconds), ``margin`` (0.02), ``threads``, ``seed``,
    ``dataset``, ``target``, ``positive``, ``group``, ``models`` and ``env`` (lists), ``results`` (a
    Path), ``name``, and ``continued`` for a saved race. Raises the EvenfoldErrors of data,
    plug-ins, workers and results.
    """
    from evenfold.race.comparison import RaceComparison

    unknown = set(options) - set(OPTIONS)
    if unknown:
        raise UsageError(f"a race has no option {min(unknown)!r}: there are {', '.join(OPTIONS)}")
    silent = Watch(lambda text: None, lambda standing: None)
    raced = _run({**OPTIONS, **options, "contenders": contenders}, lambda lines: None, silent)
    return RaceComparison(raced.race, raced.file)


def show_race(say: Say, tell: Tell, style: str, fail_on: str | None, **asked: Any) -> int:
    """Runs the race and says its table; the exit code."""
    from evenfold.race.tables import shown

    line = Line(tell)
    try:
        raced = _run(asked, tell, Watch(line.say, lambda standing: show_standing(line, standing)))
    finally:
        line.close()
    say(shown(raced.race, style))
    if style in ("table", "markdown"):
        say(f"\nSaved in {raced.file}")
    return SLOWER_FOUND if fail_on and raced.race.is_slower else 0


def show_plan(say: Say, tell: Tell, style: str, fail_on: str | None, **asked: Any) -> int:
    """Says what would be raced, for how long, and what could be seen. Runs nothing."""
    request, _ = _request(asked, tell)
    with scratch() as folder:
        contenders = resolve(
            request.contenders, request.files, request.interpreters, request.root, folder
        )
    for contender in contenders:
        at = f", its file at {contender.commit[:12]}" if contender.commit else ""
        say(f"{contender.name}: {contender.interpreter.python}{at}")
    rows = f" of {request.rows:,} row{'s' * (request.rows > 1)}" if request.rows else ""
    time = ", CPU time," if request.clock == CPU else ""
    say(
        f"{request.measure}{rows}{time} on {request.dataset.name}, margin {request.margin:g}: "
        f"{request.seconds / 60:.3g} minutes or less; a verdict needs {FEWEST_LAUNCHES} launches"
    )
    say(seen_before(request))
    return 0


def _run(asked: Mapping[str, Any], tell: Tell, watch: Watch) -> Raced:
    request, file = _request(asked, tell)
    return run_race(request, watch) if file is None else continue_race(file, request, watch)


def _request(asked: Mapping[str, Any], tell: Tell) -> tuple[Request, Path | None]:
    """The request, and the file of the race that it continues."""
    root = Path.cwd()
    found = find_models(asked["models"], root)
    tell(found.notes)
    name = asked["name"]
    if name is not None and not MACHINE.fullmatch(name):
        raise UsageError(f"{name!r} cannot be a race's name: use letters, digits, _ . -")
    interpreters = {}
    for spec in asked["env"]:
        interpreter = environments.find(spec, root)
        interpreters[str(interpreter.name)] = interpreter
    contenders = named(asked["contenders"])
    measure, rows = _measure(asked, [spec.path for spec in contenders.values()])
    dataset = open_dataset(
        DatasetOptions(
            asked["dataset"],
            asked["target"],
            asked["positive"],
            asked["group"],
            asked.get("data"),
            tuple(asked.get("datasets", ())),
        ),
        root,
    )
    tell(dataset.notes)
    request = Request(
        contenders=contenders,
        dataset=dataset,
        files=found.files,
        root=root,
        seed=secrets.randbelow(2**31) if asked["seed"] is None else asked["seed"],
        measure=measure,
        clock=_clock(asked),
        rows=rows,
        budget=asked["budget"],
        margin=MARGIN if asked["margin"] is None else asked["margin"],
        threads=asked["threads"] or 1,
        timeout=asked["timeout"],
        results=asked["results"],
        name=name,
        interpreters=interpreters,
    )
    if asked["continued"] is None:
        if len(contenders) < 2:
            raise UsageError("name at least two contenders; the same one twice is a test of a race")
        return request, None
    _refuse_kept(asked)
    file = find_race(str(asked["continued"]), _saved_in(request))
    return as_before(read_race(file), request), file


def _refuse_kept(asked: Mapping[str, Any]) -> None:
    given = [name for name in KEPT if asked[name] is not None]
    if given:
        raise UsageError(f"--{given[0]} is the race's own: leave it out with --continue")
    if asked["contenders"]:
        raise UsageError("the contenders are the race's own: name none with --continue")


def _measure(asked: Mapping[str, Any], paths: list[str | None]) -> tuple[Measure, int | None]:
    """What is measured, and of how many rows: a path or a batch is of predictions."""
    of_predictions = [f"/{path}" for path in paths if path] + ["--rows"] * (
        asked["rows"] is not None
    )
    measure: Measure = asked["measure"] or ("predict" if of_predictions else "epoch")
    if measure not in MEASURES:
        raise UsageError(f"no measure {measure!r}: one of {', '.join(MEASURES)}")
    if measure != "predict":
        if of_predictions:
            raise UsageError(f"{of_predictions[0]} is of predictions: race --measure predict")
        return measure, None
    return measure, 1 if asked["rows"] is None else asked["rows"]


def _clock(asked: Mapping[str, Any]) -> Clock:
    clock: Clock = asked["clock"] or WALL
    if clock not in CLOCKS:
        raise UsageError(f"no clock {clock!r}: one of {', '.join(CLOCKS)}")
    return clock


def show_standing(line: Line, standing: Standing, of_race: str = "") -> None:
    """Says how far a race is; ``of_race`` comes before it."""
    of = f" of {standing.launches}" if standing.launches else ""
    doing = f"block {standing.blocks}" if standing.blocks else "starting"
    clock = standing.clock
    time = f"{clock.spent:.0f} of {clock.budget:.0f} s"
    line.show(f"{of_race}launch {standing.launch}{of}, {doing}, {time}")


def _saved_in(request: Request) -> list[Path]:
    own = [] if request.results is None else [request.results]
    return [*own, request.root / "results", request.root / ".evenfold" / "runs"]


def seen_before(request: Request) -> str:
    """What could be seen by the last race here that measured the same."""
    files = [file for folder in _saved_in(request) for file in race_files(folder)]
    files.sort(key=lambda file: file.stat().st_mtime)
    alike = request.measure, request.clock
    what = request.measure + (" by CPU time" if request.clock == CPU else "")
    saved = [race for _, race in read_races(files).races if (race.measure, race.clock) == alike]
    if not saved:
        return f"no race of {what} is saved here: what can be seen is not known before one"
    last = saved[-1]
    least = max(ratio.detectable for ratio in last.ratios)
    return (
        f"the last race of {what} that is saved here, {last.name}, would have found a "
        f"difference of {100 * least:.2g} % half of the time, with {len(last.launches)} launches"
    )


@click.command("race")
@click.argument("contenders", nargs=-1, metavar="[CONTENDER]...")
@click.option("--measure", type=click.Choice(["epoch", "fit", "predict"]), help="[default: epoch]")
@click.option("--rows", type=click.IntRange(1), help="Of a prediction.  [default: 1]")
@click.option(
    "--budget",
    type=duration,
    help="Wall time, as 120s or 2m; by default 60s a contender, of fits 150s.",
)
@clock_option
@click.option("--margin", type=share, help="A difference of no interest.  [default: 2%]")
@click.option("--threads", type=click.IntRange(1), help="Of each contender.  [default: 1]")
@click.option("--seed", type=click.IntRange(0), help="Of order and fits; by default drawn.")
@data_options
@models_option
@click.option(
    "--env",
    metavar="NAME[=PATH[,FLAG=VALUE]]",
    multiple=True,
    help="An environment to be named after @. Repeatable.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=600.0,
    show_default=True,
    help="Seconds for an answer of a worker.",
)
@results_option
@click.option("--name", help="What the race is saved as.")
@click.option(
    "--continue",
    "continued",
    metavar="NAME",
    help="Add launches to a saved race; its --models, data and --env are given again.",
)
@fail_option("slower")
@click.option("--plan", "plan_only", is_flag=True, help="Print what would run, and run nothing.")
@format_option
def race_command(folders: tuple[Path, ...], plan_only: bool, **asked: Any) -> int:
    """Which is faster: contenders side by side in random order, with intervals and verdicts.

    A CONTENDER is model[settings]#revision@environment/path, all but the model optional; the first
    is the reference. By default a race measures a training epoch, and predictions where a path
    or --rows is given. Exit code 3: a worker failed, its whole launches are saved.
    """

    return (show_plan if plan_only else show_race)(
        click.echo, print_messages, models=folders, **asked
    )

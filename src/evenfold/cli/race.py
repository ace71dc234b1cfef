"""``evenfold race`` and ``evenfold.race``: what is asked for as a request, what is said of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenfold.errors import UsageError
from evenfold.plugins.datasets import DEFAULT, Source, open_dataset
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
    "dataset": DEFAULT,
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
    dataset = open_dataset(Source.asked(asked, root))
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


def _measure(asked: Mapping[str, Any], paths: list[str | None]) -> tuple[str, int | None]:
    """What is measured, and of how many rows: a path or a batch is of predictions."""
    of_predictions = [f"/{path}" for path in paths if path] + ["--rows"] * (
        asked["rows"] is not None
    )
    measure = asked["measure"] or ("predict" if of_predictions else "epoch")
    if measure not in MEASURES:
        raise UsageError(f"no measure {measure!r}: one of {', '.join(MEASURES)}")
    if measure != "predict":
        if of_predictions:
            raise UsageError(f"{of_predictions[0]} is of predictions: race --measure predict")
        return measure, None
    return measure, 1 if asked["rows"] is None else asked["rows"]


def _clock(asked: Mapping[str, Any]) -> str:
    clock = asked["clock"] or WALL
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

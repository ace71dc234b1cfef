"""The lines of ``evenfold race --plan``: contenders, time, and the detectable difference."""

from __future__ import annotations

from collections.abc import Iterator

from evenfold.race.contenders import resolve_contenders
from evenfold.race.files import race_files, read_races
from evenfold.race.request import RaceRequest
from evenfold.runtime.cleanup import scratch
from evenfold.stats.race_looks import FEWEST_LAUNCHES


def plan_lines(request: RaceRequest) -> Iterator[str]:
    """Yield the lines of a plan; nothing is run.

    Raises
    ------
    UsageError
        A contender does not exist.
    """
    with scratch() as folder:
        contenders = resolve_contenders(
            request.contenders, request.files, request.interpreters, request.root, folder
        )
    for contender in contenders:
        commit = f", its file at {contender.commit[:12]}" if contender.commit else ""
        yield f"{contender.name}: {contender.interpreter.python}{commit}"
    settings = request.settings
    rows = f" of {settings.rows:,} row{'s' * (settings.rows > 1)}" if settings.rows else ""
    clock = ", CPU time," if settings.clock == "cpu" else ""
    yield (
        f"{settings.measure}{rows}{clock} on {request.dataset.name}, margin {settings.margin:g}: "
        f"{settings.budget / 60:.3g} minutes or less; a verdict needs {FEWEST_LAUNCHES} launches"
    )
    yield detectable_before(request)


def detectable_before(request: RaceRequest) -> str:
    """Return a sentence on what the last saved race of the same measure and clock could detect."""
    settings = request.settings
    files = [file for folder in request.result_folders for file in race_files(folder)]
    files.sort(key=lambda file: file.stat().st_mtime)
    name = settings.measure + (" by CPU time" if settings.clock == "cpu" else "")
    alike = [
        race
        for _, race in read_races(files).races
        if (race.settings.measure, race.settings.clock) == (settings.measure, settings.clock)
    ]
    if not alike:
        return f"no race of {name} is saved here: the detectable difference is not known yet"
    last = alike[-1]
    detectable = max(ratio.detectable for ratio in last.ratios)
    return (
        f"the last race of {name} that is saved here, {last.name}, could detect a difference of "
        f"{100 * detectable:.2g} % half of the time, with {len(last.launches)} launches"
    )

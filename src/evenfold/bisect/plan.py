"""The plan of a bisect: its path, how many comparisons it takes, and for how long."""

from __future__ import annotations

from collections.abc import Iterator

from evenfold.bisect.record import Bisect
from evenfold.bisect.request import BisectRequest
from evenfold.errors import UsageError
from evenfold.render.words import counted, duration, rough_duration
from evenfold.runtime.interpreters import find_interpreter
from evenfold.stats.change_search import comparisons_of_one_change, most_comparisons


def bisect_plan_lines(request: BisectRequest) -> Iterator[str]:
    """Yield the lines of a plan; nothing is run or installed."""
    bisect = request.bisect
    names = [version.name for version in bisect.versions]
    yield f"{counted(len(names), 'version')}: {', '.join(names)}"
    missing = list(_without_environment(request))
    if missing:
        yield f"installed when needed: {', '.join(missing)}"
    done = len(bisect.steps)
    if done:
        complete = ", complete" if bisect.is_complete else ""
        yield f"{counted(done, 'comparison')} made before{complete}"
    yield count_line(bisect)
    if bisect.settings.quantity == "score":
        fits = (bisect.settings.folds or 0) * (bisect.settings.repeats or 0)
        yield f"each version that is compared has a study of {counted(fits, 'fit')}"
        return
    budget = request.race.budget
    most = most_comparisons(len(names), bisect.settings.thorough)
    yield (
        f"{duration(budget)} or less for each race, up to four times as long while it is "
        f"undecided: {rough_duration(budget * most)} or less if all are decided at first"
    )


def count_line(bisect: Bisect) -> str:
    """Return how many comparisons a bisect takes, by what they show."""
    places = len(bisect.versions)
    noun = "comparison of scores" if bisect.settings.quantity == "score" else "race"
    plural = "comparisons of scores" if bisect.settings.quantity == "score" else "races"
    most = most_comparisons(places, bisect.settings.thorough)
    if bisect.settings.thorough:
        return f"{counted(most, noun, plural)}: the ends, and every step"
    counts = list(comparisons_of_one_change(places))
    least, usual = min(counts), max(counts)
    between = f"{least}" if least == usual else f"{least} to {usual}"
    return (
        f"1 {noun} if the ends are equivalent, {between} {plural} if there is one clear change, "
        f"{most} at most"
    )


def _without_environment(request: BisectRequest) -> Iterator[str]:
    for spec in request.specs:
        name = spec.environment
        if name is None or name in request.interpreters:
            continue
        try:
            find_interpreter(name, request.root)
        except UsageError:
            yield name

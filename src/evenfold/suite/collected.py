"""What the processes of a launch collect: the benchmarks that all contenders have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from evenfold.errors import UsageError
from evenfold.render.words import counted, listed
from evenfold.suite.record import SuiteBenchmark, SuiteRace, UnracedBenchmark
from evenfold.worker.suite_protocol import CollectResult


def with_benchmarks(race: SuiteRace, answers: Sequence[CollectResult]) -> SuiteRace:
    """Return a race with the environments of its contenders, and the benchmarks that all have.

    Parameters
    ----------
    race
        A race without a launch.
    answers
        What each contender's process collected.

    Raises
    ------
    UsageError
        There is no such benchmark.
    """
    sources = [{b["name"]: b["digest"] for b in answer["benchmarks"]} for answer in answers]
    names = list(dict.fromkeys(name for source in sources for name in source))
    everywhere = [name for name in names if all(name in source for source in sources)]
    if not everywhere:
        raise UsageError(
            f"{race.settings.suite} has no benchmark that all contenders have: a benchmark is a "
            "test with the fixture benchmark, or with the mark of that name"
        )
    labels = [contender.name for contender in race.contenders]
    unraced = []
    for name in names:
        if name not in everywhere:
            has = [label for label, own in zip(labels, sources, strict=True) if name in own]
            verb = "has" if len(has) == 1 else "have"
            unraced.append(UnracedBenchmark(name, f"only {listed(has)} {verb} it"))
    contenders = tuple(
        replace(one, environment={**one.environment, "versions": answer["versions"]})
        for one, answer in zip(race.contenders, answers, strict=True)
    )
    benchmarks = tuple(
        SuiteBenchmark(name, (), len({source[name] for source in sources}) > 1)
        for name in everywhere
    )
    return replace(race, benchmarks=benchmarks, unraced=tuple(unraced), contenders=contenders)


def benchmarks_text(race: SuiteRace) -> str:
    """Return a message on the benchmarks of a race that begins."""
    left_out = f", {len(race.unraced)} of one contender alone" if race.unraced else ""
    return f"{counted(len(race.benchmarks), 'benchmark')} of all contenders{left_out}"


def without_missing(race: SuiteRace, answers: Sequence[CollectResult]) -> SuiteRace:
    """Drop benchmarks that a later launch does not have: of random or dated parameters."""
    for benchmark in race.benchmarks:
        for contender, answer in zip(race.contenders, answers, strict=True):
            if benchmark.name not in {one["name"] for one in answer["benchmarks"]}:
                reason = f"{contender.name} has it in some processes only"
                race = race.without(benchmark.name, reason)
                break
    return race

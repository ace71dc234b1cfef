"""How often races err on a machine, in words, beside runs of the same by themselves."""

from __future__ import annotations

import textwrap

from evenfold.race.error_record import RaceErrors
from evenfold.race.record import CPU
from evenfold.race.selfcheck_tables import WIDTH
from evenfold.race.selfcheck_tables import caption as of_trials
from evenfold.race.tables import CPU_TIME, TIMES
from evenfold.render.tables import escaped

BEYOND = (0.03, 0.1)


def heading(told: RaceErrors) -> str:
    """What was raced: ``How often races err: conv1d, epoch, CPU time``."""
    clock = f", {TIMES[CPU]}" if told.clock == CPU else ""
    return f"How often races err: {told.model}, epoch{clock}"


def caption(told: RaceErrors, style: str = "table") -> str:
    """What was raced, what the columns are, and what runs by themselves said."""
    cpu = CPU_TIME if told.clock == CPU else ""
    raced = (
        f"A training epoch of {escaped(told.model, style)} raced against itself, on one thread "
        f"and for {told.budget:g} s at most: as it is, and with a share of its time added to one "
        f"of the two, inside the clock.{cpu}"
    )
    return "\n".join([_filled(raced), of_trials(told.findings), *_by_themselves(told, style)])


def _by_themselves(told: RaceErrors, style: str) -> list[str]:
    medians = [run.median_seconds for run in told.runs]
    if len(medians) < 2:
        return []
    apart = [
        f"{100 * told.pairs_beyond(share):.0f} % are apart by more than {100 * share:g} %"
        for share in BEYOND
    ]
    failures = told.gate_failures
    failed = (
        f" Of {failures.of} runs that were compared with the one before, {failures.count} failed "
        f"`--benchmark-compare-fail={escaped(told.gate, style)}`."
    )
    text = (
        f"Among these races, at random, {told.epochs} epochs of the same network were timed by "
        f"pytest-benchmark, {len(medians)} times {told.rounds} fits, of wall time as is usual: "
        f"medians of {min(medians):.2f} to {max(medians):.2f} s. Of all pairs of these runs "
        f"{' and '.join(apart)}.{failed if failures.of else ''}"
    )
    return [_filled(text)]


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)

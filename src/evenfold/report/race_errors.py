"""What races erred and found on a machine, in words, beside runs one after the other."""

from __future__ import annotations

import textwrap

from evenfold.report.races import CPU_TIME, TIMES
from evenfold.report.trials import WIDTH
from evenfold.report.trials import caption as of_trials
from evenfold.results.race_errors import RaceErrors
from evenfold.results.races import CPU

BEYOND = (0.03, 0.1)


def heading(told: RaceErrors) -> str:
    """What the verdicts were on: ``Known verdicts: conv1d, epoch, CPU time``."""
    return f"Known verdicts: {told.model}, epoch" + f", {TIMES[CPU]}" * (told.clock == CPU)


def caption(told: RaceErrors) -> str:
    """What was raced, what the columns are, and what runs by themselves said."""
    cpu = CPU_TIME if told.clock == CPU else ""
    raced = (
        f"A training epoch of {told.model} raced against itself, for {told.budget:g} s at most, as "
        f"it is and with a delay of a share of its time inside the clock of one.{cpu}"
    )
    parts = [textwrap.fill(raced, WIDTH), of_trials(told.findings)]
    if alone := _alone(told):
        parts.append(textwrap.fill(alone, WIDTH, break_on_hyphens=False))
    return "\n".join(parts)


def _alone(told: RaceErrors) -> str:
    medians = [run.median_seconds for run in told.sequential]
    if len(medians) < 2:
        return ""
    apart = [f"{100 * told.apart(b).value:.0f} % differ by more than {100 * b:g} %" for b in BEYOND]
    return (
        f"Beside them the same training was timed {len(medians)} times by itself with "
        f"pytest-benchmark: medians of {min(medians):.2f} to {max(medians):.2f} s. Of all pairs of "
        f"runs {' and '.join(apart)}; {told.failed.count} of {told.failed.of} comparisons with "
        f"the run before fail `--benchmark-compare-fail={told.gate}`."
    )

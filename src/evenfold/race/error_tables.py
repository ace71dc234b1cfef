"""Captions of how often races of one machine err, beside benchmark runs of the same training."""

from __future__ import annotations

import textwrap

from evenfold.race.error_record import RaceErrors
from evenfold.race.ratio_words import CPU_TIME_NOTE, TIMES
from evenfold.race.selfcheck_tables import WIDTH, trial_caption
from evenfold.render.media import sentence

# Shares by which two runs of the same training may differ.
PAIR_SHARES = (0.03, 0.1)


def errors_heading(errors: RaceErrors) -> str:
    """Return what was raced: ``How often races err: conv1d, epoch, CPU time``."""
    clock = f", {TIMES['cpu']}" if errors.clock == "cpu" else ""
    return f"How often races err: {errors.model}, epoch{clock}"


def errors_caption(errors: RaceErrors, style: str = "table") -> str:
    """Return what was raced, the meaning of the columns, and the results of benchmark runs."""
    clock = CPU_TIME_NOTE if errors.clock == "cpu" else ""
    raced = (
        f"A training epoch of {errors.model} raced against itself, on one thread "
        f"and for {errors.budget:g} s at most: as it is, and with a share of its time added to one "
        f"of the two, inside the clock.{clock}"
    )
    parts = [_filled(raced), trial_caption(errors.summaries), *_beyond_zero(errors),
             *_benchmark_runs(errors)]  # fmt: skip
    return sentence("\n".join(parts), style)


def _beyond_zero(errors: RaceErrors) -> list[str]:
    """Return what the races without a delay would be at a margin of 0."""
    alike = [summary.beyond_zero for summary in errors.summaries if not summary.delay]
    if not alike:
        return []
    count, total = sum(share.count for share in alike), sum(share.total for share in alike)
    return [
        f"At a margin of 0, {count} of {total} A/A races would be faster or slower: their "
        "interval is without 1."
    ]


def _benchmark_runs(errors: RaceErrors) -> list[str]:
    medians = [run.median_seconds for run in errors.runs]
    if len(medians) < 2:
        return []
    apart = [
        f"{100 * errors.pairs_beyond(share):.0f} % differ by more than {100 * share:g} %"
        for share in PAIR_SHARES
    ]
    failures = errors.gate_failures
    failed = (
        f" Of {failures.total} runs that were compared with the one before, {failures.count} "
        f"failed `--benchmark-compare-fail={errors.gate}`."
    )
    text = (
        f"Between these races, at random, pytest-benchmark timed {errors.epochs} epochs of the "
        f"same network, in {len(medians)} runs of {errors.rounds} fits, by wall time: medians of "
        f"{min(medians):.2f} to {max(medians):.2f} s. Of all pairs of these runs "
        f"{' and '.join(apart)}.{failed if failures.total else ''}"
    )
    return [_filled(text)]


def _filled(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)

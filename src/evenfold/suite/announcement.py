"""The first line of a race of a suite: its contenders, the suite and the time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.render.words import clock_time, counted, duration
from evenfold.suite.budget import suite_budget
from evenfold.suite.contenders import parse_suite_contenders

if TYPE_CHECKING:
    from evenfold.race.options import RaceOptions


def suite_announcement(
    contenders: Sequence[str], suite: Path, options: RaceOptions, now: float | None = None
) -> str:
    """Return what is raced, and until when.

    ``2 contenders, suite bench, about 2 min (until 14:05): base, head``

    Parameters
    ----------
    contenders
        Contenders as a user writes them.
    suite
        The suite.
    options
        The options of the race.
    now
        Seconds since 1970; None for the time of the call.

    Raises
    ------
    UsageError
        A text is not a contender.
    """
    if options.continued is not None:
        return f"continuing the race {options.continued} of the suite {suite}"
    names = list(parse_suite_contenders(contenders))
    seconds = suite_budget(options.budget, len(names))
    end = clock_time((time.time() if now is None else now) + seconds)
    longer = "" if options.budget else ", longer if the launches of a verdict take longer"
    return (
        f"{counted(len(names), 'contender')}, suite {suite}, about {duration(seconds)} (until "
        f"{end}{longer}): {', '.join(names)}"
    )

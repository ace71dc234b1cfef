"""The first line of a race: its contenders, what is timed and for how long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from evenfold.race.contenders import name_contenders
from evenfold.render.words import counted, rough_duration

if TYPE_CHECKING:
    from evenfold.race.options import RaceOptions
    from evenfold.race.settings import RaceSettings


def race_announcement(contenders: Sequence[str], options: RaceOptions) -> str:
    """Return what is raced: ``2 contenders, epoch on wine, about 2 min: conv1d, dense_ann``.

    Raises
    ------
    UsageError
        A text is not a contender, or options do not go together.
    """
    if options.continued is not None:
        return f"continuing the race {options.continued}"
    specs = name_contenders(contenders)
    settings = options.settings(specs, seed=0)
    return (
        f"{counted(len(specs), 'contender')}, {measured(settings)} on {options.data.dataset}, "
        f"about {rough_duration(settings.budget)}: {', '.join(specs)}"
    )


def measured(settings: RaceSettings) -> str:
    """Return what one sample times: ``epoch``, or ``predict of 1,024 rows``."""
    return settings.measure + (f" of {counted(settings.rows, 'row')}" if settings.rows else "")

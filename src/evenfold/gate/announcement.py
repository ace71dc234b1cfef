"""The first line of a gate: what it compares with what, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.errors import ResultsError
from evenfold.plugins.dataset_options import dataset_name
from evenfold.race.announcement import measured
from evenfold.render.words import counted, rough_duration
from evenfold.runtime.environment import core_count

if TYPE_CHECKING:
    from evenfold.gate.base import ModelChange
    from evenfold.gate.options import GateOptions


def gate_announcement(options: GateOptions, change: ModelChange, root: Path) -> str:
    """Return what a gate runs.

    ``net against net of origin/main: 30 fits of each on wine, about 1 min, then a race, predict of
    1,024 rows, about 3 min``.

    Parameters
    ----------
    options
        The options.
    change
        The model in head and in the base.
    root
        The project's folder.
    """
    name = options.spec
    if change.is_unchanged and not options.always:
        return f"{name} and the environment are as in {change.base}: nothing is measured"
    other = f"{change.former or name} of {change.base}"
    if change.before is None:
        other = f"{options.baseline}, since {change.base} has no {name}"
    design = options.score_options.design
    fits = design.folds * design.repeats
    text = (
        f"{name} against {other}: {counted(fits, 'fit')} of each on {options.data.dataset}"
        f"{_time(options, root, fits, change)}"
    )
    if change.before is None:
        return f"{text}; no race"
    settings = options.race_options.settings({}, options.seed)
    return f"{text}, then a race, {measured(settings)}, about {rough_duration(settings.budget)}"


def _time(options: GateOptions, root: Path, fits: int, change: ModelChange) -> str:
    """Return the time of all fits by that of saved ones, in words; "" without any."""
    from evenfold.score.request import store_file
    from evenfold.score.stored_scores import read_usual_seconds

    study = options.score_options
    try:
        known = read_usual_seconds(store_file(study, root), dataset_name(options.data))
    except ResultsError:  # the study itself reports it
        return ""
    other = options.spec if change.before is not None else options.baseline
    if not {options.spec, other} <= set(known):
        return ""
    seconds = fits * (known[options.spec] + known[other]) / (options.jobs or core_count())
    return f", {rough_duration(seconds)} or less" if seconds >= 1 else ""

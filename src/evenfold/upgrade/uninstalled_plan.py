"""The plan of an upgrade to versions that are not installed yet: fits and races, by estimates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from evenfold.plugins.models import model_names
from evenfold.render.words import counted, rough_duration
from evenfold.runtime.environment import core_count
from evenfold.runtime.interpreters import INSTALLED
from evenfold.score.fit_estimates import FitEstimate
from evenfold.score.request import store_file
from evenfold.score.stored_scores import read_usual_seconds
from evenfold.upgrade.announcement import LONGER_RACES, race_budgets, races_time
from evenfold.upgrade.options import UpgradeOptions
from evenfold.upgrade.plan import ASSUMED_SECONDS, source_lines


def uninstalled_plan_lines(
    options: UpgradeOptions, root: Path, missing: Sequence[str]
) -> Iterator[str]:
    """Yield the lines of a plan where versions are missing; nothing is run or installed.

    Parameters
    ----------
    options
        The upgrade.
    root
        The project's folder.
    missing
        The versions that no environment has.
    """
    for name in missing:
        yield (
            f"{name}: not installed yet; without --plan, evenfold installs it first with uv, into "
            f"{INSTALLED / name}"
        )
    names = model_names(options.models)
    dataset = Path(str(options.data.dataset)).stem
    usual = read_usual_seconds(store_file(options.score_options, root), dataset)
    times = {
        name: FitEstimate(usual[name], f"saved fits on {dataset}") if name in usual else None
        for name in names
    }
    design = options.score_options.design
    fits, slots = design.folds * design.repeats, options.jobs or core_count()
    seconds = sum(ASSUMED_SECONDS if time is None else time.seconds for time in times.values())
    seconds *= 2 * fits / slots
    yield (
        f"{counted(len(names), 'model')} × {counted(fits, 'fit')} in each environment, {slots} at "
        f"a time, about {rough_duration(seconds)}"
    )
    yield from source_lines(times)
    yield f"{counted(2 * len(names), 'race')}, {races_time(options)}"
    seconds += 2 * len(names) * max(race_budgets(options))
    yield f"about {rough_duration(seconds)} or less in all, and the time of the installation"
    if options.budget is None:
        yield LONGER_RACES
    yield "next: the same command without --plan; once all is installed, --plan shows more"

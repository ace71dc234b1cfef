"""The first line of an upgrade: its models, environments, fits and races."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.plugins.folders import locate
from evenfold.plugins.models import find_models, model_names
from evenfold.race.budget import MOST_EXTENSION, default_budget
from evenfold.render.words import counted, duration, listed
from evenfold.runtime.interpreters import find_interpreter
from evenfold.runtime.version_environments import versions_to_install

if TYPE_CHECKING:
    from evenfold.upgrade.options import UpgradeOptions

# The last line of a plan of races without --budget.
LONGER_RACES = (
    f"a race takes up to {MOST_EXTENSION:g} times as long on a machine where the launches of a "
    "verdict need it; --budget sets a limit"
)


def upgrade_announcement(options: UpgradeOptions, root: Path) -> str:
    """Return what an upgrade runs.

    ``1 model x 100 fits in tf2.15 and tf2.21 on wine, then 2 races, 2 min or less each: conv1d``.

    Raises
    ------
    UsageError
        An environment, a model or a folder is unknown.
    """
    specs = (options.before, options.after)
    missing = versions_to_install(specs, root)
    environments = [
        f"{spec} (installed first)" if spec in missing else str(find_interpreter(spec, root).name)
        for spec in specs
    ]
    names = model_names(options.models)
    files = find_models(options.folders, root).files
    for name in names:
        locate(name, files)
    design = options.score_options.design
    return (
        f"{counted(len(names), 'model')} × {counted(design.folds * design.repeats, 'fit')} in "
        f"{listed(environments)} on {options.data.dataset}, then "
        f"{counted(2 * len(names), 'race')}, {races_time(options)}: {', '.join(names)}"
    )


def races_time(options: UpgradeOptions) -> str:
    """Return the time of each race where its measure is not known yet, in words.

    ``2 min or less each (5 min for fits of estimators)``, or ``30 s or less each``.
    """
    seconds, most = race_budgets(options)
    longer = f" ({duration(most)} for fits of estimators)" if most > seconds else ""
    return f"{duration(seconds)} or less each{longer}"


def race_budgets(options: UpgradeOptions) -> tuple[float, float]:
    """Return the seconds of a race, and those of a race of fits."""
    if options.budget:
        return options.budget, options.budget
    return default_budget("predict", 2), default_budget("fit", 2)

"""The first line of an upgrade: its models, environments, fits and races."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.plugins.folders import locate
from evenfold.plugins.models import find_models, model_names
from evenfold.race.budget import default_budget
from evenfold.render.words import counted, listed, rough_duration
from evenfold.runtime.interpreters import find_interpreter
from evenfold.runtime.version_environments import versions_to_install

if TYPE_CHECKING:
    from evenfold.upgrade.options import UpgradeOptions


def upgrade_announcement(options: UpgradeOptions, root: Path) -> str:
    """Return what an upgrade runs.

    ``1 model x 100 fits in tf2.15 and tf2.21 on wine, then 2 races of about 2 min: conv1d``.

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
    minutes = listed(list(map(rough_duration, race_budgets(options))), "to")
    return (
        f"{counted(len(names), 'model')} × {counted(design.folds * design.repeats, 'fit')} in "
        f"{listed(environments)} on {options.data.dataset}, then "
        f"{counted(2 * len(names), 'race')} of about {minutes}: {', '.join(names)}"
    )


def race_budgets(options: UpgradeOptions) -> list[float]:
    """Return the seconds of a race: one number, or the least and the most."""
    if options.budget:
        return [options.budget]
    return [default_budget("predict", 2), default_budget("fit", 2)]

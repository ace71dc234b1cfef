"""The first line of an upgrade: its models, environments, fits and races."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.plugins.folders import locate
from evenfold.plugins.models import find_models, model_names
from evenfold.race.budget import default_budget
from evenfold.render.words import counted, listed, rough_duration
from evenfold.runtime.version_environments import environment_name

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
    environments = [environment_name(spec, root) for spec in (options.before, options.after)]
    names = model_names(options.models)
    files = find_models(options.folders, root).files
    for name in names:
        locate(name, files)
    design = options.score_options.design
    budgets = [options.budget] if options.budget else [default_budget("predict", 2)]
    budgets += [] if options.budget else [default_budget("fit", 2)]
    minutes = listed(list(map(rough_duration, budgets)), "to")
    return (
        f"{counted(len(names), 'model')} × {counted(design.folds * design.repeats, 'fit')} in "
        f"{listed(environments)} on {options.data.dataset}, then "
        f"{counted(2 * len(names), 'race')} of about {minutes}: {', '.join(names)}"
    )

"""The first line of a score study: its models, fits and time, before anything heavy is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.errors import ResultsError
from evenfold.plugins.dataset_options import dataset_name
from evenfold.plugins.folders import locate
from evenfold.plugins.models import find_models, model_names
from evenfold.render.words import counted, rough_duration
from evenfold.runtime.environment import core_count

if TYPE_CHECKING:
    from evenfold.score.options import ScoreOptions


def announcement(options: ScoreOptions, root: Path) -> str:
    """Return what a study runs: ``2 models x 100 fits on wine, about 3 min: conv1d, svm_rbf``.

    The time is that of all fits, from earlier ones on these data, if there are any.

    Parameters
    ----------
    options
        The user's options.
    root
        The project's folder.

    Raises
    ------
    UsageError
        A model or a folder is unknown.
    """
    names = model_names(options.models, options.folders)
    files = find_models(options.folders, root).files
    for name in names:
        locate(name, files)
    fits = options.design.folds * options.design.repeats
    dataset = str(options.data.dataset)
    known = {} if options.scheduler else _usual_seconds(options, root, dataset_name(options.data))
    seconds = fits * sum(known.get(name, 0.0) for name in names) / (options.jobs or core_count())
    time = ""
    if seconds >= 1:
        is_least = any(name not in known for name in names)
        time = f", {'at least' if is_least else 'about'} {rough_duration(seconds)} for all fits"
    return f"{counted(len(names), 'model')} × {counted(fits, 'fit')} on {dataset}{time}: " + (
        ", ".join(names)
    )


def _usual_seconds(options: ScoreOptions, root: Path, dataset: str) -> Mapping[str, float]:
    from evenfold.score.request import store_file
    from evenfold.score.stored_scores import read_usual_seconds

    try:
        return read_usual_seconds(store_file(options, root), dataset)
    except ResultsError:  # the study itself reports it
        return {}

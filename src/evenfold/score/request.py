"""A score study that a user requests: its options with the data, models and environment opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from evenfold.data.datasets import Dataset
from evenfold.diagnostics.finding import without_silenced_notes
from evenfold.diagnostics.silence import silenced_codes
from evenfold.option_checks import refuse_given
from evenfold.plugins.datasets import is_built_in, open_dataset
from evenfold.plugins.models import find_models, select_models
from evenfold.render.progress import Tell
from evenfold.runtime.environment import core_count
from evenfold.runtime.interpreters import Interpreter, find_interpreter
from evenfold.score.groups_ignored import GROUPS_IGNORED_NAME
from evenfold.score.options import ScoreOptions
from evenfold.worker.sources import Sources


@dataclass(frozen=True)
class ScoreRequest:
    """A score study to run.

    Parameters
    ----------
    options
        The user's options.
    dataset
        The rows and labels.
    models
        The sources of the models by name, the reference first.
    interpreter
        The Python that fits run in.
    root
        The project's folder.
    is_complete
        Whether the study has all default fits of all built-in models on a built-in dataset.
    silenced
        The codes of diagnostics that are not shown.
    """

    options: ScoreOptions
    dataset: Dataset
    models: Mapping[str, Sources]
    interpreter: Interpreter
    root: Path
    is_complete: bool = False
    silenced: tuple[str, ...] = ()

    @property
    def jobs(self) -> int:
        """The number of worker processes."""
        return self.options.jobs or core_count()

    @property
    def store_file(self) -> Path:
        """The file of finished fits: by default beside the folder of results."""
        return store_file(self.options, self.root)

    @property
    def has_second_study(self) -> bool:
        """Whether the rows are scored again, as if there were no groups."""
        return self.options.ungrouped and self.dataset.groups is not None

    def ignoring_groups(self) -> ScoreRequest:
        """Return the same study of the same rows without their groups."""
        name = f"{self.dataset.name}{GROUPS_IGNORED_NAME}"
        return replace(self, dataset=replace(self.dataset, name=name, groups=None))


def store_file(options: ScoreOptions, root: Path) -> Path:
    """Return the file of finished fits: by default beside the folder of results."""
    results = (options.results or root / "results").resolve()
    return options.store or results.parent / ".evenfold" / "fits.sqlite"


def open_request(
    options: ScoreOptions, root: Path, tell: Tell, dataset: Dataset | None = None
) -> ScoreRequest:
    """Find the models and the environment of a study, and open its dataset.

    Parameters
    ----------
    options
        The user's options.
    root
        The project's folder.
    tell
        Called with notes on models and data.
    dataset
        The dataset that the options name, if it is open already.

    Raises
    ------
    UsageError
        An option, a model or an environment is unknown.
    DataError, PluginError
        The dataset cannot be used.
    """
    silenced = silenced_codes(options.silence, root)
    model_files = find_models(options.folders, root)
    tell(model_files.notes)
    dataset = open_dataset(options.data, root) if dataset is None else dataset
    if not options.ungrouped and dataset.groups is None:
        refuse_given(
            {"no-ungrouped": True},
            f"{dataset.name} has no groups; leave it out, or name their column with --group",
        )
    tell(without_silenced_notes(dataset.notes, silenced))
    return ScoreRequest(
        options=options,
        dataset=dataset,
        models=select_models(options.models, model_files.files, options.folders, options.sources),
        interpreter=find_interpreter(options.env, root),
        root=root,
        silenced=silenced,
        is_complete=options.has_default_fits and is_built_in(options.data, root),
    )

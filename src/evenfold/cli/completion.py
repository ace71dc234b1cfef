"""Completion in a shell: the names of models, datasets, metrics, environments and races.

Each is found without importing a framework or running a plug-in. A project that cannot be read
completes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.errors import EvenfoldError

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completes(names: Callable[[click.Context], Iterable[str]], files: bool = False) -> Complete:
    """Return what completes a parameter.

    Parameters
    ----------
    names
        Returns all names, given the command's context.
    files
        Whether the shell completes paths too, where no name fits.
    """

    def complete(
        context: click.Context, parameter: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        try:
            found = [name for name in names(context) if name.startswith(begun)]
        except (EvenfoldError, OSError):
            found = []
        if not found and files:
            return [CompletionItem(begun, type="file")]
        return [CompletionItem(name) for name in found]

    return complete


def models(context: click.Context) -> list[str]:
    """Return the names of the models that ``evenfold list`` shows."""
    from evenfold.plugins.models import find_models

    return sorted(find_models(context.params.get("folders") or (), Path.cwd()).files)


def datasets(context: click.Context) -> list[str]:
    """Return the names of built-in datasets and of plug-ins."""
    from evenfold.config import read_config
    from evenfold.plugins.dataset_options import BUILT_IN_NAMES, FROM_FILE
    from evenfold.plugins.folders import find_plugins

    folders = (*read_config(Path.cwd()).datasets, *(context.params.get("datasets") or ()))
    return [*BUILT_IN_NAMES, *FROM_FILE, *sorted(find_plugins(folders, "datasets").files)]


def metrics(context: click.Context) -> list[str]:
    """Return the names of built-in metrics and of plug-ins."""
    from evenfold.config import read_config
    from evenfold.plugins.folders import find_plugins
    from evenfold.stats.metric_names import METRIC_NAMES

    folders = (*read_config(Path.cwd()).metrics, *(context.params.get("metrics") or ()))
    return [*METRIC_NAMES, *sorted(find_plugins(folders, "metrics").files)]


def environments(context: click.Context) -> list[str]:
    """Return the names of the environments of the project and of tox."""
    from evenfold.runtime.interpreters import known_environments

    return known_environments(Path.cwd())


def saved_races(context: click.Context) -> list[str]:
    """Return the names of races that are saved in the project."""
    folders = (Path("results"), Path(".evenfold") / "runs")
    return sorted({file.stem for folder in folders for file in folder.rglob("races/*.json")})

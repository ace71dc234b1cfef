"""Model files: which ones there are, and which ones a user names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from evenfold.config import read_config
from evenfold.plugins.folders import PluginFiles, built_in_folder, find_plugins, locate
from evenfold.worker.plugin import canonical_spec


def find_models(folders: Iterable[Path], here: Path) -> PluginFiles:
    """Find the built-in models, those of the project at ``here`` and those of ``folders``."""
    return find_plugins([built_in_folder(), *read_config(here).models, *folders])


def select_models(specs: Iterable[str], files: dict[str, Path]) -> dict[str, Path]:
    """Select models by name; without names, every built-in one.

    Returns
    -------
    dict
        The file of each model by its canonical name, in the order of ``specs``.

    Raises
    ------
    UsageError
        A name is not among ``files``.
    """
    built_in = find_plugins([built_in_folder()]).files
    names = [canonical_spec(spec) for spec in specs] or sorted(built_in)
    return {name: locate(name, files) for name in names}

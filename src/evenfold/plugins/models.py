"""Model files: which ones there are, and which ones a user names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from evenfold.config import project_file, read_config, skipped_file
from evenfold.errors import UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.folders import (
    PluginFiles,
    built_in_folder,
    find_plugins,
    locate,
    merge_plugins,
)
from evenfold.plugins.sources import read_sources
from evenfold.worker.plugin import Plugin, canonical_spec, load_plugin
from evenfold.worker.sources import Sources


def find_models(folders: Iterable[Path], here: Path) -> PluginFiles:
    """Find the built-in models, those of the project at ``here`` and those of ``folders``.

    Raises
    ------
    UsageError
        A folder does not exist, or the project has a model with the name of a built-in one: to
        replace that, its folder has to be among ``folders``.
    """
    folders = list(folders)
    built_in, project = find_plugins([built_in_folder()]), find_plugins(read_config(here).models)
    explicit = {folder.resolve() for folder in folders}
    for name, file in project.files.items():
        replaced = built_in.files.get(name)
        is_other = replaced is not None and replaced.resolve() != file.resolve()
        if is_other and explicit.isdisjoint([file.parent.resolve(), file.parent.parent.resolve()]):
            raise UsageError(
                f"{file} has the name of a built-in model, {name}: rename it; or, to replace the "
                f"built-in one, name its folder on the command line: --models {file.parent}"
            )
    found = merge_plugins(built_in, project, find_plugins(folders))
    settings, skipped = project_file(here), skipped_file(here)
    if skipped is not None:
        note = (
            f"{skipped} is not read, because it belongs to another user: if you trust it, make it "
            "yours, or name its folders with --models, --datasets and --metrics"
        )
        return replace(found, notes=(note, *found.notes))
    if project.files and settings is not None and settings.parent != here:
        note = f"{settings} names folders of models; evenfold runs those that you name"
        return replace(found, notes=(note, *found.notes))
    return found


def select_models(
    specs: Iterable[str],
    files: dict[str, Path],
    folders: Sequence[Path] = (),
    sources: Mapping[str, Sources] = MappingProxyType({}),
) -> dict[str, Sources]:
    """Select models by name and read their sources; without names, every built-in one.

    Parameters
    ----------
    specs
        Names of models.
    files
        The files of all models by name.
    folders
        The folders of models that the user names: without names of models, none is used.
    sources
        The sources of models that have no file, by name.

    Returns
    -------
    dict
        The sources of each model by its canonical name, in the order of ``specs``.

    Raises
    ------
    UsageError
        A name is not among ``files``, or there are folders and no names.
    PluginError
        A file cannot be read.
    """
    names = model_names(specs, folders)
    return {name: sources.get(name) or read_sources(locate(name, files)) for name in names}


def model_names(specs: Iterable[str], folders: Sequence[Path] = ()) -> list[str]:
    """Return the canonical names of models; without any, those of all built-in ones.

    Raises
    ------
    UsageError
        There are folders, of which no model is named, or a text is not a name with settings.
    """
    names = list(dict.fromkeys(map(canonical_spec, specs)))
    if names:
        return names
    given = {"models": folders or None}
    refuse_given(given, "without names of models, the built-in ones run; name the models too")
    return sorted(find_plugins([built_in_folder()]).files)


def load_model(spec: str, file: Path) -> Plugin:
    """Read and load a model. **This runs its code.**

    Raises
    ------
    UsageError
        ``spec`` is not a name with settings.
    PluginError
        The sources cannot be read, or break the contract.
    """
    return load_plugin(spec, read_sources(file))

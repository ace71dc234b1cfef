"""What a change does to a model: its sources in head and in the base, under a former name too."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from evenfold.errors import UsageError, did_you_mean
from evenfold.gate.changed_files import ChangedFiles, changed_files
from evenfold.plugins.folders import locate
from evenfold.plugins.lookup import INIT
from evenfold.plugins.sources import read_sources
from evenfold.race.revisions import git_output, sources_at_revision
from evenfold.render.media import visible
from evenfold.worker.sources import Sources


@dataclass(frozen=True)
class ModelChange:
    """A model in head, which is the working copy, and in the base.

    Parameters
    ----------
    base
        The revision of the base, as the user names it.
    commit
        The last commit that the base and head have in common.
    head
        The sources of the model.
    before
        Its sources in that commit; None if the model is new.
    former
        Its name there; None if it had the same name, or is new.
    environment
        Changed files that decide which packages are installed, or are part of one.
    beside
        Other changed files in the model's folder, which it may read without naming them.
    folders
        Folders whose names are left out of messages.
    """

    base: str
    commit: str
    head: Sources
    before: Sources | None
    former: str | None = None
    environment: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()

    @property
    def is_unchanged(self) -> bool:
        """Whether the model, what it imports and may read, and the environment are as before."""
        is_same = self.before is not None and self.before.digest == self.head.digest
        return is_same and not self.environment and not self.beside


def find_change(
    model: str,
    base: str,
    files: dict[str, Path],
    folder: Path,
    named: Iterable[Path] = (),
    with_all_files: bool = False,
) -> ModelChange:
    """Find a model in the base. Nothing is run.

    Parameters
    ----------
    model
        The model's name.
    base
        The revision of the base.
    files
        Model files by the model's name.
    folder
        A folder for files of the base; it has to exist for as long as they are used.
    named
        Folders of models as the user names them: each may be reached through a link.
    with_all_files
        Whether the folder gets all files of the base: the model may read any by a path that it
        computes. Else it gets those of the model's folder and those that the model names.

    Raises
    ------
    UsageError
        There is no such model or revision, or no git repository.
    PluginError
        A file cannot be read.
    """
    file = locate(model, files)
    repository = _repository(file)
    commit = _common_commit(repository, base)
    path = file.resolve().relative_to(repository).as_posix()
    if git_output(repository, "check-ignore", "--quiet", "--", path) is not None:
        raise UsageError(f"git ignores {path}, so that no base has it: commit the model")
    changed = changed_files(repository, commit)
    for place in (file, *(each for each in named if file.is_relative_to(each.resolve()))):
        _require_same_links(place, repository, base, changed)
    head = read_sources(file)
    before = _path_before(repository, commit, path)
    sources = None
    if before is not None:
        data = ["."] if with_all_files else _places_of_data(head, repository)
        sources, _ = sources_at_revision(repository / before, commit, folder, data)
    name, former = _model_name(path), _model_name(before or path)
    return ModelChange(
        base=visible(base),
        commit=commit,
        head=head,
        before=sources,
        former=former if former != name else None,
        environment=tuple(visible(name) for name in changed.of_environment(head)),
        beside=tuple(changed.beside(PurePosixPath(path).parent.as_posix())),
        folders=((folder / commit).resolve(), repository),
    )


def _repository(file: Path) -> Path:
    """Return the folder of the repository that a file is in. Raises UsageError."""
    top = git_output(file.parent, "rev-parse", "--show-toplevel")
    if top is not None and file.resolve().is_relative_to(Path(top).resolve()):
        return Path(top).resolve()
    here = next((each for each in file.resolve().parents if (each / ".git").exists()), None)
    if here is not None:
        raise UsageError(
            f"git does not read the repository {here}, which may belong to another user: if you "
            f"trust it, run git config --global --add safe.directory {shlex.quote(str(here))}"
        )
    raise UsageError(
        f"{file} is in no git repository: a gate compares a model with that of another commit"
    )


def _common_commit(repository: Path, base: str) -> str:
    """Return the last commit that the base and head have in common. Raises UsageError."""
    fetch = "fetch it first (git fetch; in actions/checkout, fetch-depth: 0)"
    if git_output(repository, "rev-parse", "--verify", "--quiet", f"{base}^{{commit}}") is None:
        names = git_output(repository, "for-each-ref", "--format=%(refname:short)") or ""
        meant = did_you_mean(base, names.split())
        raise UsageError(f"--base {base}: the repository has no such revision{meant}; or {fetch}")
    commit = git_output(repository, "merge-base", base, "HEAD")
    if commit is None:
        raise UsageError(f"--base {base}: it has no commit in common with HEAD: {fetch}")
    return commit


def _path_before(repository: Path, commit: str, path: str) -> str | None:
    """Return the path that a file had in a commit; None for a new file."""
    if git_output(repository, "cat-file", "-e", f"{commit}:{path}") is not None:
        return path
    options = ("--find-renames", "-l0", "--diff-filter=R", "--name-status", "-z")
    listed = git_output(repository, "diff", *options, commit, "--") or ""
    fields = listed.split("\0")
    renamed = dict(zip(fields[2::3], fields[1::3], strict=False))
    return renamed.get(path)


def _places_of_data(sources: Sources, repository: Path) -> list[str]:
    """Return the folders of files that a model names; of a file at the top, the file itself."""
    files = [Path(data["file"]).resolve() for data in sources.data]
    own = [file for file in files if file.is_relative_to(repository)]
    places = [file if file.parent == repository else file.parent for file in own]
    return list(dict.fromkeys(place.relative_to(repository).as_posix() for place in places))


def _require_same_links(path: Path, repository: Path, base: str, changed: ChangedFiles) -> None:
    """Refuse a model that is reached through a link which leads elsewhere in the base."""
    place = Path(os.path.abspath(path))
    for link in filter(Path.is_symlink, (place, *place.parents)):
        real = link.parent.resolve() / link.name
        name = real.relative_to(repository).as_posix() if real.is_relative_to(repository) else ""
        if name in changed.names:
            raise UsageError(
                f"{visible(name)} is a link that differs from {visible(base)}, where it may lead "
                "to another model: name the folder that it leads to with --models"
            )


def _model_name(path: str) -> str:
    file = PurePosixPath(path)
    return file.parent.name if file.name == INIT else file.stem

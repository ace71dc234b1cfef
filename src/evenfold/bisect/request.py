"""A bisect that a user requests: the path, the data, and the record that it begins or continues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

from evenfold.bisect.options import BisectOptions
from evenfold.bisect.path import (
    RANGE,
    PathVersion,
    named_environments,
    revision_path,
    version_path,
)
from evenfold.bisect.record import BISECT_FILE, Bisect, BisectSettings, BisectVersion
from evenfold.data import splits as protocols
from evenfold.data.datasets import Dataset
from evenfold.errors import UsageError
from evenfold.files.path_names import slug_of
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.folders import locate
from evenfold.plugins.models import find_models
from evenfold.plugins.sources import read_sources
from evenfold.race.contenders import ContenderSpec
from evenfold.race.revisions import sources_at_revision
from evenfold.race.settings import RaceSettings
from evenfold.render.progress import Tell
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.environment import current_machine
from evenfold.runtime.interpreters import Interpreter
from evenfold.stats.metric_names import POSITIVE_CLASS_METRICS, margin_of

FOLDER = Path(".evenfold", "bisects")


@dataclass(frozen=True)
class BisectRequest:
    """A bisect to run.

    Parameters
    ----------
    options
        The user's options.
    dataset
        The data.
    files
        Model files by the model's name.
    root
        The project's folder.
    race
        The settings of its races, but for their confidence.
    specs
        The model in each version of the path.
    interpreters
        Environments by name, beside those of the project.
    file
        Where it is saved.
    bisect
        What is saved so far, or the start.
    """

    options: BisectOptions
    dataset: Dataset
    files: Mapping[str, Path]
    root: Path
    race: RaceSettings
    specs: tuple[ContenderSpec, ...]
    interpreters: Mapping[str, Interpreter]
    file: Path
    bisect: Bisect

    @property
    def base(self) -> Path:
        """The folder of results that the bisect is saved below."""
        return self.file.parents[2]


def open_bisect(
    arguments: Sequence[str], options: BisectOptions, root: Path, tell: Tell
) -> BisectRequest:
    """Find the path and the data, and the bisect that is continued, if it is saved.

    Parameters
    ----------
    arguments
        ``FIRST LAST MODEL`` of environments, or ``FIRST..LAST MODEL`` of revisions.
    options
        The options.
    root
        The project's folder.
    tell
        Called with notes on models, data and the path.

    Raises
    ------
    UsageError
        The arguments are no path, options do not go together, or a saved bisect has other settings.
    DataError, PluginError
        The data or a model's file cannot be used.
    ResultsError
        The saved bisect cannot be read.
    """
    models = find_models(options.folders, root)
    tell(models.notes)
    dataset = open_dataset(options.data, root)
    tell(dataset.notes)
    _require_metric(options.metric, dataset)
    # Races use this split: data that cannot be split so are refused before anything is installed.
    protocols.holdout(dataset)
    path = _path(arguments, options, models.files, root, tell)
    if len(path) < 2:
        raise UsageError(
            f"{path[0].contender.model} and the files that it imports are the same in the whole "
            "range: there is no change of it to find"
        )
    specs = tuple(version.contender for version in path)
    race = options.race_options.settings({str(spec): spec for spec in specs[:2]}, options.seed)
    settings = _settings(options, dataset, specs[0], race)
    machine = current_machine()
    name = options.name or _name(path, settings)
    base = options.results or root / FOLDER
    file = base / machine / "bisects" / f"{name}.json"
    start = Bisect(name, machine, settings, _versions(path, models.files))
    return BisectRequest(
        options=options,
        dataset=dataset,
        files=models.files,
        root=root,
        race=race,
        specs=specs,
        interpreters=named_environments(options.environments, root),
        file=file,
        bisect=_continued(file, start) if file.exists() else start,
    )


def _path(
    arguments: Sequence[str],
    options: BisectOptions,
    files: Mapping[str, Path],
    root: Path,
    tell: Tell,
) -> tuple[PathVersion, ...]:
    if len(arguments) == 2 and RANGE in arguments[0]:
        if options.via or not options.install:
            raise UsageError("--via and --no-install are for a path of environments")
        return revision_path(arguments[0], arguments[1], files, tell)
    if len(arguments) != 3:
        raise UsageError(
            "write evenfold bisect FIRST LAST MODEL for environments, or FIRST..LAST MODEL for "
            "revisions"
        )
    first, last, model = arguments
    named = [text.partition("=")[0] for text in options.environments]
    path = version_path(first, last, model, options.via, True, root)
    unused = [name for name in named if name not in {version.name for version in path}]
    if unused:
        raise UsageError(f"--env {unused[0]} cannot apply: it is not on the path")
    if options.install:
        return path
    kept = {v.name for v in version_path(first, last, model, options.via, False, root)}
    return tuple(version for version in path if version.name in {*kept, *named})


def _require_metric(metric: str | None, dataset: Dataset) -> None:
    if metric in POSITIVE_CLASS_METRICS and dataset.positive is None:
        raise UsageError(
            f"{metric} needs a positive label, which {dataset.name} has not: name it with "
            "--positive"
        )


def _versions(path: Sequence[PathVersion], files: Mapping[str, Path]) -> tuple[BisectVersion, ...]:
    """The path as it is saved, with the digest of the model's sources in each version."""
    digests: dict[str | None, str] = {}
    with scratch() as folder:
        for version in path:
            spec = version.contender
            if spec.revision in digests:
                continue
            file = locate(spec.model, dict(files))
            if spec.revision is None:
                digests[None] = read_sources(file).digest
            else:
                sources, _ = sources_at_revision(file, spec.revision, folder)
                digests[spec.revision] = sources.digest
    return tuple(
        BisectVersion(v.name, str(v.contender), digests[v.contender.revision], v.note) for v in path
    )


def _settings(
    options: BisectOptions, dataset: Dataset, spec: ContenderSpec, race: RaceSettings
) -> BisectSettings:
    common = {
        "model": spec.model,
        "dataset": dataset.name,
        "fingerprint": dataset.fingerprint,
        "error": options.error,
        "thorough": options.thorough,
        "seed": options.seed,
    }
    if options.metric is not None:
        design = options.score_options.design
        return BisectSettings(
            **common,  # type: ignore[arg-type]
            quantity="score",
            margin=margin_of(options.metric, options.rope),
            metric=options.metric,
            folds=design.folds,
            repeats=design.repeats,
        )
    return BisectSettings(
        **common,  # type: ignore[arg-type]
        quantity=race.measure,
        margin=race.margin,
        clock=race.clock,
        rows=race.rows,
        threads=race.threads,
        budget=race.budget,
    )


def _name(path: Sequence[PathVersion], settings: BisectSettings) -> str:
    """A name that can be a file's, and leaves room for what names of races add to it."""
    first, last = path[0].name, path[-1].name
    parts = [f"{first}-to-{last}", settings.model, settings.metric or settings.quantity]
    parts += [f"{settings.rows}-rows"] if settings.rows and settings.rows > 1 else []
    parts += ["cpu"] if settings.clock == "cpu" else []
    parts += ["thorough"] if settings.thorough else []
    return slug_of("-".join(parts))[:120].strip("-.")


def _continued(file: Path, start: Bisect) -> Bisect:
    """Return the saved bisect, if it is of the same question. Raises UsageError."""
    saved = BISECT_FILE.read(file)
    now = replace(start.settings, budget=saved.settings.budget)
    differing = [
        field.name
        for field in fields(BisectSettings)
        if getattr(now, field.name) != getattr(saved.settings, field.name)
    ]
    same_path = [replace(version, unusable=None) for version in saved.versions]
    differing += ["path"] if list(start.versions) != same_path else []
    if differing:
        raise UsageError(
            f"{file} is a bisect with another {differing[0]}: give this one another --name, or "
            "remove the file"
        )
    return saved

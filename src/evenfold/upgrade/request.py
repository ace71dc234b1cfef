"""An upgrade that a user requests: a study in each environment, and two races of each model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from evenfold.data import splits as protocols
from evenfold.data.datasets import Dataset
from evenfold.errors import UsageError
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.models import find_models, select_models
from evenfold.race.contenders import name_contenders
from evenfold.race.options import RaceOptions
from evenfold.race.request import RaceRequest
from evenfold.render.progress import Tell
from evenfold.runtime.interpreters import Interpreter, find_interpreter
from evenfold.runtime.model_info import read_model_infos
from evenfold.runtime.pool import WorkerConfig
from evenfold.runtime.results_folder import results_base
from evenfold.runtime.version_environments import open_environment
from evenfold.score.request import ScoreRequest
from evenfold.stats.metric_names import POSITIVE_CLASS_METRICS
from evenfold.upgrade.options import UpgradeOptions
from evenfold.upgrade.results import UpgradeSettings


@dataclass(frozen=True)
class RacePair:
    """The races of one model: of its training (an epoch or a fit) and of a one-row prediction."""

    training: RaceRequest
    prediction: RaceRequest


@dataclass(frozen=True)
class UpgradeRequest:
    """An upgrade to run.

    Parameters
    ----------
    settings
        What tables show of it.
    studies
        The score studies before and after.
    races
        The races of each model.
    folder
        The folder below which everything is saved.
    """

    settings: UpgradeSettings
    studies: tuple[ScoreRequest, ScoreRequest]
    races: Mapping[str, RacePair]
    folder: Path


def open_upgrade(
    options: UpgradeOptions, root: Path, tell: Tell, plan_only: bool = False
) -> UpgradeRequest:
    """Find models and environments, and open the data. **Runs the models' files.**

    Parameters
    ----------
    options
        The user's options.
    root
        The project's folder.
    tell
        Called with notes on models and data.
    plan_only
        Whether nothing will run, so that no folder is created.

    Raises
    ------
    UsageError
        An environment or a model is unknown, or the metric does not apply to the data.
    DataError, PluginError
        The data or a model's file cannot be used.
    """
    model_files = find_models(options.folders, root)
    tell(model_files.notes)
    interpreters = _interpreters(options, root, tell, plan_only)
    dataset = open_dataset(options.data, root)
    tell(dataset.notes)
    models = select_models(options.models, model_files.files, options.folders)
    if options.metric in POSITIVE_CLASS_METRICS and dataset.positive is None:
        raise UsageError(
            f"{options.metric} needs a positive label, which {dataset.name} has not: name it with "
            "--positive"
        )
    # Races use this split: data that cannot be split so are refused before the first fit.
    protocols.holdout(dataset)
    folder = results_base(root, options.results, False, datetime.now(), create=not plan_only)
    study = ScoreRequest(options.score_options, dataset, models, interpreters[0], root)
    # Results go to one folder; the store stays where that of other studies is.
    score_options = replace(study.options, store=study.store_file, results=folder)
    before = replace(study, options=score_options)
    return UpgradeRequest(
        settings=_settings(options, dataset, interpreters),
        studies=(before, replace(before, interpreter=interpreters[1])),
        races=_races(options, before, model_files.files, interpreters),
        folder=folder,
    )


def _interpreters(
    options: UpgradeOptions, root: Path, tell: Tell, plan_only: bool
) -> tuple[Interpreter, Interpreter]:
    """Both environments; the same one twice is a test of the upgrade itself.

    A version of TensorFlow that no environment has is installed, unless nothing is to run.
    """

    def opened(name: str) -> Interpreter:
        if plan_only:
            return find_interpreter(name, root)
        return open_environment(name, root, lambda text: tell([text]))

    before, after = opened(options.before), opened(options.after)
    if before.name == after.name and before != after:
        raise UsageError(
            f"{options.before!r} and {options.after!r} are two environments of one name: give them "
            f"two, as in {before.name}-before={before.python}"
        )
    return before, after


def _races(
    options: UpgradeOptions,
    study: ScoreRequest,
    files: dict[str, Path],
    interpreters: tuple[Interpreter, Interpreter],
) -> dict[str, RacePair]:
    """The races of each model of a study."""
    race_options = options.race_options
    race = RaceRequest(
        contenders={},
        dataset=study.dataset,
        files=files,
        root=study.root,
        settings=race_options.settings({}, options.seed),
        timeout=race_options.timeout,
        results=study.options.results,
        interpreters={str(interpreter.name): interpreter for interpreter in interpreters},
        sources=study.models,
        has_budget=options.budget is not None,
    )
    config = WorkerConfig(interpreters[0], race_options.timeout)
    return {
        model: _race_pair(race, race_options, model, info.is_network)
        for model, info in read_model_infos(study.models, config).items()
    }


def _race_pair(race: RaceRequest, options: RaceOptions, model: str, is_network: bool) -> RacePair:
    names = list(race.interpreters)
    # An environment that is compared with itself has one name.
    contenders = name_contenders(f"{model}@{name}" for name in (names[0], names[-1]))
    race = replace(race, contenders=contenders)
    training = replace(options, measure="epoch" if is_network else "fit")
    prediction = replace(options, measure="predict", rows=1)
    seed = race.settings.seed
    return RacePair(
        replace(race, settings=training.settings(contenders, seed)),
        replace(race, settings=prediction.settings(contenders, seed)),
    )


def _settings(
    options: UpgradeOptions, dataset: Dataset, interpreters: tuple[Interpreter, Interpreter]
) -> UpgradeSettings:
    before, after = (str(interpreter.name) for interpreter in interpreters)
    race = options.race_options.settings({}, options.seed)
    return UpgradeSettings(
        environments=(before, after if after != before else f"{after} (2)"),
        dataset=dataset.name,
        metric=options.metric,
        design=options.score_options.design,
        rope=options.rope,
        margin=race.margin,
        threads=race.threads,
        clock=race.clock,
        positive=dataset.positive_name,
        interval=options.interval,
    )

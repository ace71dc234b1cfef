"""The plan of a score study: which fits it has, and the key by which each is found again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from evenfold.contract import Layout
from evenfold.data.datasets import Dataset
from evenfold.data.duplicates import Duplicates, count_duplicates
from evenfold.data.seeds import derive
from evenfold.data.splits import Split
from evenfold.runtime.environment import HARNESS
from evenfold.score.fit import FitPlace, FitSeries
from evenfold.score.options import HOLDOUT
from evenfold.worker.engines.choice import version
from evenfold.worker.plugin import parse_spec
from evenfold.worker.protocol import Engine, EnvironmentInfo
from evenfold.worker.sources import Sources


@dataclass(frozen=True)
class Study:
    """Models, splits and where they are fitted.

    Parameters
    ----------
    dataset
        The rows and labels.
    protocol
        ``kfold10x10`` or ``holdout``.
    design
        The protocol without its repeats: ``kfold10`` or ``holdout``.
    splits
        The splits, each fitted with ``seeds`` seeds.
    seeds
        The number of fits of a model on each split.
    models
        The sources of the models by name.
    engine
        The requested training engine.
    run_seed
        The seed from which the seed of each fit is derived.
    environment
        The name of the environment that fits run in.
    worker_info
        Versions, backend and flags that a worker reports of its environment.
    """

    dataset: Dataset
    protocol: str
    design: str
    splits: Sequence[Split]
    seeds: int
    models: Mapping[str, Sources]
    engine: Engine
    run_seed: int
    environment: str
    worker_info: EnvironmentInfo

    @cached_property
    def duplicates(self) -> Duplicates:
        """Rows with equal features, within splits and with other labels."""
        return count_duplicates(self.dataset, self.splits)

    @property
    def has_curves(self) -> bool:
        """Whether networks are scored after every epoch: in a holdout, as tutorials draw it."""
        return self.design == HOLDOUT


@dataclass(frozen=True)
class PlannedFit:
    """One fit of a study; ``key`` is a digest of everything that its result depends on."""

    model: str
    sources: Sources
    layout: Layout
    split: Split
    seed: int
    key: str
    place: FitPlace


def plan_fits(study: Study, layouts: Mapping[str, Layout]) -> list[PlannedFit]:
    """Plan every fit of a study, one model after the other.

    Parameters
    ----------
    study
        The study.
    layouts
        The layout of rows of each model, by name.
    """
    fits = []
    for name, sources in study.models.items():
        layout, settings = layouts[name], parse_spec(name)[1]
        identity = _identity(study, sources, settings)
        series = _series(study, name, identity)
        for split in study.splits:
            for number in range(study.seeds):
                seed = derive(study.run_seed, name, split.name, number)
                key = _key(study, identity, split, seed)
                place = FitPlace(series, split.name, seed, split.digest)
                fits.append(PlannedFit(name, sources, layout, split, seed, key, place))
    return fits


def _series(study: Study, model: str, identity: str) -> FitSeries:
    return FitSeries(
        dataset=study.dataset.name,
        fingerprint=study.dataset.fingerprint,
        design=study.design,
        environment=study.environment,
        engine=study.engine,
        run_seed=study.run_seed,
        model=model,
        identity=identity,
    )


def _identity(study: Study, sources: Sources, settings: Mapping[str, Any]) -> str:
    """The digest of a model and of what fits it: engine, versions and flags."""
    info = study.worker_info
    engine = [study.engine, version(info["backend"]) if study.engine == "compiled" else None]
    versions = sorted((k, v) for k, v in info["versions"].items() if k not in HARNESS)
    where = [versions, info["python"], info["backend"], sorted(info["flags"].items())]
    return _digest([sources.digest, sorted(settings.items()), engine, where])


def _key(study: Study, identity: str, split: Split, seed: int) -> str:
    return _digest([identity, study.dataset.fingerprint, split.digest, seed, study.has_curves])


def _digest(parts: Sequence[Any]) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

"""Races whose outcome is known beforehand, run one after the other."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from time import monotonic

import numpy as np

from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.folders import built_in_folder, find_plugins, locate
from evenfold.plugins.models import find_models
from evenfold.plugins.sources import read_sources
from evenfold.plugins.stated_kind import states_network
from evenfold.race.contenders import name_contenders, parse_contender
from evenfold.race.history import add_to_history
from evenfold.race.options import SEED_LIMIT, RaceOptions, SelfcheckOptions
from evenfold.race.progress import RaceMonitor
from evenfold.race.request import RaceRequest
from evenfold.race.run import run_race
from evenfold.race.selfcheck_record import Trial, trial_margin
from evenfold.render.progress import Tell
from evenfold.runtime.model_info import read_model_infos
from evenfold.runtime.results_folder import results_base
from evenfold.worker.protocol import Measure

NO_DELAY = "aa"


@dataclass(frozen=True)
class TrialKind:
    """Races of a contender against itself, with a share added to the second's time, or none."""

    delay: float
    margin: float

    @property
    def name(self) -> str:
        """``aa``, or ``delay2`` for 2 %; with the margin if it is not the usual one."""
        name = f"delay{100 * self.delay:g}" if self.delay else NO_DELAY
        usual = self.margin == trial_margin(self.delay)
        return name if usual else f"{name}-margin{100 * self.margin:g}"


def trial_kinds(delays: Sequence[float]) -> list[TrialKind]:
    """Return each delay with its usual margin."""
    return [TrialKind(delay, trial_margin(delay)) for delay in delays]


def shuffled_rounds(kinds: Sequence[TrialKind], seed: int) -> Iterator[TrialKind]:
    """Yield rounds of all kinds without an end, each round in a random order."""
    rng = np.random.default_rng(seed)
    while True:
        yield from (kinds[number] for number in rng.permutation(len(kinds)))


def selfcheck_request(options: SelfcheckOptions, root: Path, message: Tell) -> RaceRequest:
    """Return the race that a self-check repeats: a contender against itself.

    Parameters
    ----------
    options
        The options.
    root
        The project's folder.
    message
        Called with notes about model files.

    Raises
    ------
    UsageError
        The contender does not exist.
    PluginError
        Its file is bad; the file's code is run.
    """
    models = find_models(options.folders, root)
    message(models.notes)
    contender, measure = _contender_and_measure(options, models.files)
    contenders = name_contenders([contender, contender])
    race_options = RaceOptions(
        measure=measure, clock=options.clock, rows=options.rows, budget=options.budget,
        seed=options.seed,
    )  # fmt: skip
    # A path counts only where rows are given: see `_contender_and_measure`.
    without_paths = {name: replace(spec, path=None) for name, spec in contenders.items()}
    return RaceRequest(
        contenders=contenders,
        dataset=open_dataset(DatasetOptions()),
        files=models.files,
        # Read once for all races.
        sources={
            spec.model: read_sources(locate(spec.model, models.files))
            for spec in contenders.values()
        },
        root=root,
        settings=race_options.settings(without_paths, seed=secrets.randbelow(SEED_LIMIT)),
        results=results_base(root, options.results, False, datetime.now()),
    )


def run_trials(
    request: RaceRequest, kinds: Iterator[TrialKind], seconds: float, monitor: RaceMonitor
) -> Iterator[Trial]:
    """Run races of these kinds while there is time for another.

    Races without a delay are added to the history of the machine.

    Parameters
    ----------
    request
        A race of the same contender twice. Seed, margin, delays and name are set for each race.
    kinds
        The kinds of races, in their order.
    seconds
        Seconds for all races.
    monitor
        Called while a race runs.

    Raises
    ------
    EvenfoldError
        As `run_race` does.
    """
    began = monotonic()
    _, second = request.contenders
    for number, kind in enumerate(kinds, 1):
        if monotonic() - began + request.settings.budget > seconds:
            return
        seed = request.settings.seed + number
        trial_request = replace(
            request,
            settings=replace(request.settings, seed=seed, margin=kind.margin),
            delays={second: kind.delay},
            name=f"{kind.name}-{number}",
        )
        race = run_race(trial_request, monitor).race
        if not kind.delay:
            add_to_history(request.root, race)
        yield Trial.from_race(race)


def _contender_and_measure(
    options: SelfcheckOptions, files: dict[str, Path]
) -> tuple[str, Measure]:
    """Return a contender, by default the first built-in network, and what is measured of it."""
    contender = options.contender
    if contender is None:
        built_in = sorted(find_plugins([built_in_folder()]).files)
        contender = next((name for name in built_in if _is_network(name, files)), built_in[0])
    if options.rows is not None:
        return contender, "predict"
    return contender, "epoch" if _is_network(parse_contender(contender).model, files) else "fit"


def _is_network(model: str, files: dict[str, Path]) -> bool:
    """Whether a model is a network: as its file states it, else by running it in a worker."""
    file = locate(model, files)
    stated = states_network(file)
    if stated is not None:
        return stated
    return read_model_infos({model: read_sources(file)})[model].is_network

"""The history of a machine: how much the launches of races without a delay vary on it.

A self-check races a contender against itself. Each such race adds its variance and its pace to a
file per machine in ``.evenfold/history``. Later races take the variance that they expect from it,
and plans their duration.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from evenfold.race.budget import Pace
from evenfold.race.contenders import parse_contender
from evenfold.race.record import LaunchRecord, Race
from evenfold.race.settings import RaceSettings
from evenfold.runtime.record_checks import is_number
from evenfold.runtime.records import RecordType
from evenfold.stats.launch_ratios import launch_ratios
from evenfold.stats.launch_variance import VariancePrior, fit_prior
from evenfold.stats.race_looks import FEWEST_LAUNCHES
from evenfold.worker.protocol import Clock, Measure

SCHEMA = 2  # 1: the first; 2: launches that are prepared ahead
# Machines change: races before the last ones do not count.
LAST_RACES = 60


@dataclass(frozen=True)
class PastRace:
    """A race of a contender against itself, without a delay.

    Parameters
    ----------
    name, began, contender
        The race's name, when its first launch began, and the contender.
    clock, measure, rows, threads
        Its settings.
    launches, blocks
        Numbers of launches and of blocks.
    variance
        Variance of a launch's log ratio of medians.
    first_seconds, ready_seconds, block_seconds
        Seconds until the first launch was ready, and a later one, and seconds of a block.
    ahead
        Whether launches were prepared while others were measured.
    """

    name: str
    began: str
    contender: str
    clock: Clock
    measure: Measure
    rows: int | None
    threads: int
    launches: int
    blocks: int
    variance: float
    first_seconds: float
    ready_seconds: float
    block_seconds: float
    ahead: bool = False


@dataclass(frozen=True)
class MachineHistory:
    """All races of a contender against itself on a machine, the oldest first."""

    machine: str
    races: tuple[PastRace, ...] = ()

    def like(self, settings: RaceSettings, model: str | None = None) -> tuple[PastRace, ...]:
        """Return the last races with the same clock, measure, rows and threads, of one model.

        Launches were prepared ahead in all of them, or in none, as they will be.
        """
        wanted = _settings_of(settings)
        alike = [race for race in self.races if _settings_of(race) == wanted]
        own = [race for race in alike if model in (None, model_of(race.contender))]
        return tuple(own[-LAST_RACES:])

    def prior(self, settings: RaceSettings, models: Collection[str]) -> VariancePrior | str:
        """Return the variance that a race of these models expects, or why there is none.

        Launches of other models may vary more: only those of the same one show what to expect.
        """
        names = set(models)
        if len(names) > 1:
            return "the contenders are of several models"
        races = self.like(settings, *names)
        variances = [race.variance for race in races]
        return fit_prior(variances, [race.launches - 1 for race in races])


@dataclass(frozen=True)
class UsualRace:
    """The usual race of some: medians of each quantity.

    Parameters
    ----------
    first_seconds
        Seconds until the first launch is ready.
    pace
        The pace of later launches.
    variance
        Variance of a launch's log ratio.
    """

    first_seconds: float
    pace: Pace
    variance: float


def usual_race(races: Sequence[PastRace]) -> UsualRace:
    """Return the usual race of one or more, all of one clock, and all ahead or none."""
    return UsualRace(
        first_seconds=median(race.first_seconds for race in races),
        pace=Pace(
            ready=median(race.ready_seconds for race in races),
            block=median(race.block_seconds for race in races),
            clock=races[0].clock,
            ahead=races[0].ahead,
        ),
        variance=median(race.variance for race in races),
    )


def history_file(root: Path, machine: str) -> Path:
    """Return the file of a machine's history in a project."""
    return root / ".evenfold" / "history" / f"{machine}.json"


def read_history(root: Path, machine: str) -> MachineHistory:
    """Return a machine's history, without a race where there is no file.

    Raises
    ------
    ResultsError
        The file cannot be read.
    """
    file = history_file(root, machine)
    return HISTORY_FILE.read(file) if file.exists() else MachineHistory(machine)


def add_to_history(root: Path, race: Race) -> None:
    """Add a race of a contender against itself; one that says nothing about launches is left out.

    Raises
    ------
    ResultsError
        The file cannot be read or written.
    """
    past = past_race(race)
    if past is None:
        return
    history = read_history(root, race.machine)
    HISTORY_FILE.write(
        history_file(root, race.machine), replace(history, races=(*history.races, past))
    )


def with_prior(race: Race, root: Path) -> Race:
    """Return a race that expects what the history of its machine shows.

    Raises
    ------
    ResultsError
        The history cannot be read.
    """
    models = [model_of(contender.spec) for contender in race.contenders]
    history = read_history(root, race.machine)
    if not history.like(race.settings):
        return race
    prior = history.prior(race.settings, models)
    if isinstance(prior, str):
        return replace(race, no_prior=prior)
    return replace(race, prior=prior)


def past_race(race: Race) -> PastRace | None:
    """Return what a history keeps of a race; None for one with few launches or with a delay."""
    specs = {contender.spec for contender in race.contenders}
    has_delay = any(contender.delay for contender in race.contenders)
    if len(race.contenders) != 2 or len(specs) > 1 or has_delay:
        return None
    if len(race.launches) < FEWEST_LAUNCHES:
        return None
    settings, (first, *others) = race.settings, race.launches
    variance = float(np.var(launch_ratios(race.timed_blocks).medians[0], ddof=1))
    if not 0 < variance < math.inf:
        return None
    return PastRace(
        name=race.name,
        began=first.began,
        contender=race.contenders[0].spec,
        clock=settings.clock,
        measure=settings.measure,
        rows=settings.rows,
        threads=settings.threads,
        launches=len(race.launches),
        blocks=sum(len(times) for times in race.times),
        variance=variance,
        first_seconds=first.ready_seconds,
        ready_seconds=median(launch.ready_seconds for launch in others),
        block_seconds=median(_block_seconds(launch) for launch in race.launches),
        ahead=settings.ahead,
    )


def _require_whole(history: MachineHistory) -> None:
    """Raise ValueError, naming the field, if a value cannot be computed with."""
    for number, race in enumerate(history.races):
        for name in ("variance", "first_seconds", "ready_seconds", "block_seconds"):
            if not is_number(getattr(race, name), most=1e9):
                raise ValueError(f"races[{number}].{name}: {getattr(race, name)!r} is out of range")
        if race.launches < FEWEST_LAUNCHES:
            raise ValueError(f"races[{number}].launches: {race.launches} are too few")


def model_of(spec: str) -> str:
    """Return the model of a contender's text, with its settings."""
    return parse_contender(spec).model


def _settings_of(of: PastRace | RaceSettings) -> tuple[Clock, Measure, int | None, int, bool]:
    return of.clock, of.measure, of.rows, of.threads, of.ahead


def _block_seconds(launch: LaunchRecord) -> float:
    """Return seconds of a block, from the starts of a launch's first samples."""
    starts = launch.at[:: len(launch.started)]
    if len(starts) < 2:
        return launch.at[-1] - launch.at[0] + launch.seconds[-1]
    return (starts[-1] - starts[0]) / (len(starts) - 1)


HISTORY_FILE = RecordType(
    MachineHistory, SCHEMA, "history of races", "Remove it to begin another one", _require_whole
)

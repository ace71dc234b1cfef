"""A race as it is saved: its settings, its contenders, and every sample of every launch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.files.path_names import ALLOWED, is_slug
from evenfold.race.settings import RaceSettings
from evenfold.runtime.record_checks import is_number, require_environment
from evenfold.stats.launch_ratios import TimedBlocks
from evenfold.stats.launch_variance import VariancePrior
from evenfold.stats.race_ratios import Ratio, judge
from evenfold.stats.verdicts import NOT_SLOWER_VERDICTS, SLOWER, UNDECIDED, TimeVerdict


@dataclass(frozen=True)
class ContenderRecord:
    """A contender as it was raced.

    Parameters
    ----------
    name
        Its name in tables.
    spec
        Its text, in the canonical form.
    commit
        The commit that its git revision resolved to; None without a revision.
    digest
        SHA-256 of the model's sources.
    path
        Its inference path where predictions were raced.
    device
        The device that it ran on.
    environment
        Its environment, as in an ``environment.json``.
    repeats
        Epochs, fits or predictions of one sample.
    accuracy
        Accuracy of one fit of full length on the fold.
    delay
        Share that was added to its measured time.
    difference
        Largest difference between its probabilities and those of ``predict``, for a path that need
        not agree with it.
    jit_compile
        Whether Keras compiled the model that was trained; None for an estimator, and where it is
        unknown.
    """

    name: str
    spec: str
    commit: str | None
    digest: str
    path: str | None
    device: str
    environment: Mapping[str, Any] = field(repr=False)
    repeats: int
    accuracy: float | None
    delay: float = 0.0
    difference: float | None = None
    jit_compile: bool | None = None

    @property
    def label(self) -> str:
        """Its name, with its delay if it has one: ``conv1d (2) +5 %``."""
        return self.name + (f" +{100 * self.delay:g} %" if self.delay else "")

    @property
    def is_compiled(self) -> bool:
        """Whether Keras compiled what was timed; it does not compile paths other than its own."""
        return bool(self.jit_compile) and self.path in (None, "predict")


@dataclass(frozen=True)
class LaunchRecord:
    """A launch: one fresh process for each contender, and the samples in the order of their start.

    A block is one sample of every contender.

    Parameters
    ----------
    began
        When the launch began, in UTC, in ISO format.
    cores
        Cores that the processes were pinned to; none where the system cannot do that.
    started
        Numbers of the contenders in the order in which their processes started.
    hash_seeds, paddings
        Of each process, its seed of hashes and the bytes that its environment was padded with.
    ready_seconds
        Seconds until all contenders were ready.
    order, at, seconds
        Of each sample, the number of its contender, its start in seconds after ``began``, and the
        seconds of one unit (epoch, fit or prediction).
    """

    began: str
    cores: tuple[int, ...]
    started: tuple[int, ...]
    hash_seeds: tuple[int, ...]
    paddings: tuple[int, ...]
    ready_seconds: float
    order: tuple[int, ...] = field(repr=False)
    at: tuple[float, ...] = field(repr=False)
    seconds: tuple[float, ...] = field(repr=False)

    @property
    def began_at(self) -> datetime:
        """When the launch began. Raises ValueError if ``began`` is no date."""
        return datetime.fromisoformat(self.began)

    def timed_blocks(self, contenders: int) -> TimedBlocks:
        """Return seconds of one unit and places, both of shape ``(blocks, contenders)``."""
        order = np.reshape(self.order, (-1, contenders))
        places = np.argsort(order, axis=1)
        seconds = np.reshape(self.seconds, order.shape)
        return TimedBlocks(np.take_along_axis(seconds, places, axis=1), places)


@dataclass(frozen=True)
class Race:
    """Contenders on one fold, the first of them the reference, and their launches so far.

    Parameters
    ----------
    name
        Its name, which is also its file's.
    machine
        The machine's name.
    dataset, fingerprint, split
        The dataset, the digest of its content, and the split that all fits were on.
    settings
        What was measured, and for how long.
    planned
        Number of launches that the first budget was for.
    judged
        Numbers of launches after which the data were looked at.
    contenders
        The contenders, the reference first.
    launches
        All whole launches.
    prior
        What the machine's history made expect when the race began; None if it is not used.
    no_prior
        Why a history of such races is not used; None where it is, or without one.
    """

    name: str
    machine: str
    dataset: str
    fingerprint: str
    split: str
    settings: RaceSettings
    planned: int
    judged: tuple[int, ...]
    contenders: tuple[ContenderRecord, ...]
    launches: tuple[LaunchRecord, ...] = field(repr=False)
    prior: VariancePrior | None = field(default=None, repr=False)
    no_prior: str | None = None

    @cached_property
    def timed_blocks(self) -> list[TimedBlocks]:
        """The samples of each launch."""
        return [launch.timed_blocks(len(self.contenders)) for launch in self.launches]

    @property
    def times(self) -> list[NDArray[np.float64]]:
        """Seconds of one unit of each launch, of shape ``(blocks, contenders)``."""
        return [launch.seconds for launch in self.timed_blocks]

    @cached_property
    def medians(self) -> list[float]:
        """Each contender's median seconds of one unit, over all launches."""
        return [float(median) for median in np.median(np.concatenate(self.times), axis=0)]

    @cached_property
    def ratios(self) -> tuple[Ratio, ...]:
        """Ratios of the contenders after the first; undecided if the race ended between looks."""
        settings = self.settings
        ratios = judge(
            self.timed_blocks, settings.margin, self.planned, settings.confidence, self.prior
        )
        if self.is_judged:
            return ratios
        return tuple(replace(ratio, verdict=UNDECIDED) for ratio in ratios)

    @property
    def first_seconds(self) -> float:
        """Seconds until the first launch was ready."""
        return self.launches[0].ready_seconds

    @property
    def seconds_per_launch(self) -> float:
        """Median seconds that a launch added to the race: those beside the one before do not."""
        return median(self._added)

    @property
    def wall_seconds(self) -> float:
        """Wall time of all launches."""
        return sum(self._added)

    @property
    def measured_share(self) -> float:
        """Share of the wall time of all launches that the clock counted."""
        repeats = [contender.repeats for contender in self.contenders]
        counted = sum(float((times * repeats).sum()) for times in self.times)
        return counted / self.wall_seconds

    @property
    def _added(self) -> list[float]:
        """Seconds from the start of each launch, or from the end of the one before, to its end.

        A launch that is prepared ahead has only its own samples after the one before.
        """
        repeats = [contender.repeats for contender in self.contenders]
        ends = [
            launch.at[-1] + launch.seconds[-1] * repeats[launch.order[-1]]
            for launch in self.launches
        ]
        if not self.settings.ahead:
            return ends
        added = ends[:1]
        for (before, end_before), (launch, end) in pairwise(zip(self.launches, ends, strict=True)):
            later = (launch.began_at - before.began_at).total_seconds()
            # The clock of the dates may have been set meanwhile.
            added.append(min(max(later + end - end_before, end - launch.at[0]), end))
        return added

    @property
    def is_slower(self) -> bool:
        """Whether a contender without a delay is slower than the first."""
        others = zip(self.contenders[1:], self.ratios, strict=True)
        return any(ratio.verdict == SLOWER and not contender.delay for contender, ratio in others)

    @property
    def without_evidence(self) -> dict[str, TimeVerdict]:
        """Verdicts of the contenders without a delay that may be slower than the first."""
        others = zip(self.contenders[1:], self.ratios, strict=True)
        return {
            contender.name: ratio.verdict
            for contender, ratio in others
            if not contender.delay and ratio.verdict not in NOT_SLOWER_VERDICTS
        }

    @property
    def is_judged(self) -> bool:
        """Whether the data were looked at after the last launch."""
        return len(self.launches) in self.judged


def require_whole(race: Race) -> None:
    """Check a race from a file: names that are shown or are paths, and numbers that are computed.

    Raises
    ------
    ValueError
        A value cannot be used; the message names its field.
    EvenfoldError
        Its times or its margin cannot be used.
    """
    _require_names(race)
    if not is_number(race.settings.confidence, 0.5, 1 - 1e-12):
        raise ValueError(f"confidence: {race.settings.confidence!r} is not a share from 0.5 to 1")
    for number, contender in enumerate(race.contenders):
        if contender.delay != 0 and not is_number(contender.delay, most=1):
            raise ValueError(f"contenders[{number}].delay: {contender.delay!r} is not a share")
        require_environment({"machine": race.machine, **contender.environment})
    if not race.launches:
        raise ValueError("launches: it has none")
    for number, launch in enumerate(race.launches):
        _require_date(f"launches[{number}].began", launch, race.launches[0])
        _require_blocks(f"launches[{number}]", launch, len(race.contenders))
    if not all(0 < ratio.estimate < math.inf for ratio in race.ratios):
        raise ValueError("launches: the times are too far apart for a ratio")


def _require_names(race: Race) -> None:
    names = Counter(contender.name for contender in race.contenders)
    if len(names) < 2 or max(names.values()) > 1:
        raise ValueError(f"contenders: expected two or more of different names, got {list(names)}")
    for text in (*names, race.dataset, race.no_prior or ""):
        if not text.isprintable():
            raise ValueError(f"{text!r} has characters that cannot be printed")
    for item, text in (("name", race.name), ("machine", race.machine)):
        if not is_slug(text):
            raise ValueError(f"{item}: {text!r:.80} is not a name: {ALLOWED}")


def _require_date(where: str, launch: LaunchRecord, first: LaunchRecord) -> None:
    try:
        launch.began_at - first.began_at
    except (ValueError, TypeError) as error:
        raise ValueError(f"{where}: {launch.began!r:.80} is not a date like the first") from error


def _require_blocks(where: str, launch: LaunchRecord, contenders: int) -> None:
    samples = len(launch.order)
    for start in range(0, samples, contenders):
        if sorted(launch.order[start : start + contenders]) != list(range(contenders)):
            raise ValueError(f"{where}.order: a block has not every contender once")
    if not samples or {samples} != {len(launch.at), len(launch.seconds)}:
        raise ValueError(f"{where}: order, at and seconds need one value for each of its samples")

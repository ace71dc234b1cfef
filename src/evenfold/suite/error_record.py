"""How often races of a third party's suite err, beside comparisons of saved pytest-benchmark runs.

``experiments/suite_errors.py`` measures it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenfold.race.selfcheck_record import Share
from evenfold.runtime.experiment_files import Experiment, MeasuredHere, require_texts
from evenfold.runtime.record_checks import is_number, require_environment
from evenfold.runtime.records import converted
from evenfold.stats.verdicts import EQUIVALENT, FASTER, SLOWER, TimeVerdict
from evenfold.worker.protocol import Clock

SUITE_ERRORS_SCHEMA = 1


@dataclass(frozen=True)
class SuiteTrial:
    """A race of the suite: the share that was added, and the ratio and verdict of each benchmark.

    ``launches`` and ``seconds`` are those of the race.
    """

    added: float
    ratios: tuple[float, ...]
    verdicts: tuple[TimeVerdict, ...]
    launches: int
    seconds: float


@dataclass(frozen=True)
class GateTrial:
    """Two runs of pytest-benchmark, the second compared with the first.

    ``ratios`` are of medians, and ``regressed`` says which benchmarks failed the comparison.
    """

    added: float
    ratios: tuple[float, ...]
    regressed: tuple[bool, ...]
    seconds: float


@dataclass(frozen=True)
class SuiteErrors(MeasuredHere):
    """Races of a suite and comparisons of runs, of identical code and of added calls.

    Parameters
    ----------
    environment
        The environment, as in an ``environment.json``.
    suite
        The suite with its source: ``cattrs 26.2.1, bench/test_tuples.py``.
    clock
        The clock of the races; runs have wall time.
    margin
        The margin of the races.
    budget
        Seconds of each race.
    gate
        The limit of a run against the one before, as pytest-benchmark writes it: ``median:3%``.
    trials
        The races.
    gate_trials
        The comparisons of runs.
    """

    environment: Mapping[str, Any]
    suite: str
    clock: Clock
    margin: float
    budget: float
    gate: str
    trials: tuple[SuiteTrial, ...] = ()
    gate_trials: tuple[GateTrial, ...] = ()

    @property
    def added(self) -> list[float]:
        """The shares that were added, in order."""
        races = {trial.added for trial in self.trials}
        return sorted(races | {trial.added for trial in self.gate_trials})

    def verdicts(self, added: float) -> list[TimeVerdict]:
        """Return the verdicts of all benchmarks of all races of a share."""
        races = (trial for trial in self.trials if trial.added == added)
        return [verdict for trial in races for verdict in trial.verdicts]

    def slower(self, added: float) -> Share:
        """Return how many verdicts are ``slower``: false alarms where nothing was added."""
        return _share_of(self.verdicts(added), {SLOWER})

    def wrong(self, added: float) -> Share:
        """Return how many verdicts are false."""
        false: set[TimeVerdict] = {FASTER, EQUIVALENT} if added > self.margin else {FASTER}
        return _share_of(self.verdicts(added), false if added else {SLOWER, FASTER})

    def equivalent(self, added: float) -> Share:
        """Return how many verdicts are ``equivalent``."""
        return _share_of(self.verdicts(added), {EQUIVALENT})

    def regressed(self, added: float) -> Share:
        """Return how many benchmarks failed the comparison of two runs."""
        runs = (trial for trial in self.gate_trials if trial.added == added)
        failed = [one for trial in runs for one in trial.regressed]
        return Share(sum(failed), len(failed))


def _share_of(verdicts: Sequence[TimeVerdict], words: set[TimeVerdict]) -> Share:
    return Share(sum(verdict in words for verdict in verdicts), len(verdicts))


def _from_content(content: Mapping[str, Any]) -> SuiteErrors:
    """Convert and check a file's content. Raises ValueError, naming the field."""
    fields = {name: value for name, value in content.items() if name != "schema"}
    errors = converted(fields, SuiteErrors)
    require_environment(errors.environment)
    require_texts(errors, ("suite", "gate"))
    if not is_number(errors.margin, 0, 1) or not is_number(errors.budget, most=1e9):
        raise ValueError("margin or budget: out of range")
    for race in errors.trials:
        _require_trial("trials", race.added, race.seconds, race.ratios, len(race.verdicts))
    for pair in errors.gate_trials:
        _require_trial("gate_trials", pair.added, pair.seconds, pair.ratios, len(pair.regressed))
    return errors


def _require_trial(
    where: str, added: float, seconds: float, ratios: Sequence[float], results: int
) -> None:
    """Raise ValueError unless each benchmark has a ratio and a result."""
    if results != len(ratios):
        raise ValueError(f"{where}: each benchmark needs a ratio and a result")
    if not is_number(added, 0, 1) or not is_number(seconds, most=1e9):
        raise ValueError(f"{where}: added or seconds is out of range")
    if not all(is_number(ratio, 1e-6, 1e6) for ratio in ratios):
        raise ValueError(f"{where}: a ratio is out of range")


SUITE_ERRORS = Experiment("suite_errors", "gate_trials", SUITE_ERRORS_SCHEMA, _from_content)

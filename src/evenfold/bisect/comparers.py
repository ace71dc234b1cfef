"""Comparisons of two versions of a bisect: by a race, or by a score study of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from evenfold.bisect.record import BisectStep
from evenfold.bisect.request import BisectRequest
from evenfold.bisect.versions import OpenVersions
from evenfold.errors import PluginError, UsageError
from evenfold.files.path_names import slug_of
from evenfold.race.files import read_race
from evenfold.race.progress import RaceMonitor
from evenfold.race.record import Race
from evenfold.race.request import RaceRequest
from evenfold.race.run import ChangedRaceError, continue_race, run_race
from evenfold.render.progress import Tell
from evenfold.score.failures import failure_messages
from evenfold.score.pairing import compare_environments
from evenfold.score.progress import StudyProgress
from evenfold.score.request import ScoreRequest
from evenfold.score.run import open_workers, plan_study, run_study
from evenfold.score.split_counts import with_split_counts
from evenfold.score.study_scores import StudyScores
from evenfold.stats.race_ratios import all_decided

# Further budgets of an open race, as multiples of the first: launches double with each.
FURTHER = (1, 2)
SMALLEST, LARGEST = 1e-300, 1e300


@dataclass
class RaceComparer:
    """Compares two versions by a race, which gets more launches while its verdict is open."""

    request: BisectRequest
    versions: OpenVersions
    monitor: Callable[[str], RaceMonitor]

    def __call__(self, first: int, last: int, error: float) -> BisectStep:
        """Race the last version against the first.

        Raises
        ------
        EvenfoldError
            As `run_race` does; whole launches are saved, and the next call goes on from them.
        """
        request = self._race_request(first, last, error)
        names = self.request.bisect.versions
        monitor = self.monitor(f"{names[first].name} to {names[last].name}")
        file = self.request.file.parents[1] / "races" / f"{request.name}.json"
        digests = [names[first].digest, names[last].digest]
        race = self._first_race(request, digests, file, monitor)
        for times in FURTHER:
            if race.is_judged and all_decided(race.ratios):
                break
            if race.settings.budget >= request.settings.budget * (1 + sum(FURTHER)):
                break
            race = self._with_more(race, request, file, times, monitor)
        (ratio,) = race.ratios
        low, high = max(ratio.judged_low, SMALLEST), min(ratio.judged_high, LARGEST)
        estimate = min(max(ratio.estimate, low), high)
        return BisectStep(first, last, estimate, low, high, error, race.name, len(race.launches))

    def _race_request(self, first: int, last: int, error: float) -> RaceRequest:
        request = self.request
        specs = [request.specs[first], request.specs[last]]
        for place in (first, last):
            self.versions.open(place)
        sources = {}
        if specs[0].revision is None:
            sources = {specs[0].model: self.versions.open(first)[1]}
        return RaceRequest(
            contenders={str(spec): spec for spec in specs},
            dataset=request.dataset,
            files=dict(request.files),
            root=request.root,
            settings=replace(request.race, confidence=1 - error),
            timeout=request.options.race_options.timeout,
            results=request.base,
            name=slug_of(f"{request.bisect.name}-{first}-{last}"),
            interpreters=self.versions.interpreters,
            sources=sources,
        )

    def _first_race(
        self, request: RaceRequest, digests: Sequence[str], file: Path, monitor: RaceMonitor
    ) -> Race:
        """Run the race; or go on with one that was interrupted before its first look."""
        if not file.exists():
            return run_race(request, monitor).race
        race = read_race(file)
        if differing := _difference(race, request, digests):
            raise UsageError(
                f"{file} is a race of another search, with another {differing}: remove it, or give "
                "this bisect another --name"
            )
        return race if race.is_judged else continue_race(file, request, monitor).race

    def _with_more(
        self, race: Race, request: RaceRequest, file: Path, times: int, monitor: RaceMonitor
    ) -> Race:
        """Add launches; the race stays as it is if the budget affords too few to matter."""
        further = replace(request.settings, budget=times * request.settings.budget)
        try:
            return continue_race(file, replace(request, settings=further), monitor).race
        except ChangedRaceError as error:
            raise UsageError(
                f"{error}, and begin this bisect anew with another --name: its comparisons are of "
                "the same versions"
            ) from error
        except UsageError as error:
            monitor.message(f"no more launches: {error}")
            return race


def _difference(race: Race, request: RaceRequest, digests: Sequence[str]) -> str | None:
    """Return what tells a saved race from the one of a request; None if nothing does."""
    # The budget may be another one, and a launch is prepared ahead where there are cores.
    settings = replace(request.settings, budget=race.settings.budget, ahead=race.settings.ahead)
    differs = {
        "data set": race.fingerprint != request.dataset.fingerprint,
        "version": [one.spec for one in race.contenders] != list(request.contenders),
        "model": [one.digest for one in race.contenders] != list(digests),
        "setting or error": race.settings != settings,
    }
    return next((what for what, is_other in differs.items() if is_other), None)


@dataclass
class ScoreComparer:
    """Compares two versions by a score study of each, which is run once."""

    request: BisectRequest
    versions: OpenVersions
    tell: Tell
    _studies: dict[int, StudyScores] = field(default_factory=dict, init=False)

    def __call__(self, first: int, last: int, error: float) -> BisectStep:
        """Compare the scores of the last version with those of the first.

        Raises
        ------
        PluginError
            No fit of a version has a score.
        EvenfoldError
            A study cannot be run; finished fits are saved.
        """
        metric, rope = str(self.request.options.metric), self.request.options.rope
        pair = [self._study(first), self._study(last)]
        compared = compare_environments(pair, metric, rope, error)
        if not compared:
            raise PluginError(f"{metric} is defined in fewer than two fits that both versions have")
        (comparison,) = compared.values()
        found = comparison.difference
        return BisectStep(first, last, found.estimate, found.low, found.high, error)

    def _study(self, place: int) -> StudyScores:
        if place not in self._studies:
            self._studies[place] = self._scored(place)
        return self._studies[place]

    def _scored(self, place: int) -> StudyScores:
        request, version = self.request, self.request.bisect.versions[place]
        interpreter, sources = self.versions.open(place)
        # Finished fits are in the store of other studies; the step keeps what was compared.
        beside = request.root if request.options.results is None else request.base.resolve().parent
        options = replace(
            request.options.score_options,
            models=(request.specs[place].model,),
            results=self.versions.folder / "studies" / version.name,
            store=beside / ".evenfold" / "fits.sqlite",
        )
        study = ScoreRequest(
            options, request.dataset, {request.specs[place].model: sources}, interpreter,
            request.root,
        )  # fmt: skip
        with open_workers(study) as workers:
            scored = run_study(
                plan_study(study, workers), StudyProgress(self.tell, f"{version.name}: ")
            )
        skipped, failed = scored.results.skipped, scored.results.failed
        if not len(scored.scores):
            reasons = [*skipped.values(), *failure_messages(failed.values())]
            raise PluginError(f"no fit has a score: {'; '.join(reasons)}")
        self.tell(f"in {version.name}: {text}" for text in failure_messages(failed.values()))
        return StudyScores(
            label=version.name,
            machine="",
            dataset=request.dataset.name,
            protocol="",
            design=with_split_counts(options.design, scored.scores),
            scores=scored.scores,
            file=scored.file,
            environment={},
            interval=options.interval,
            order=(request.specs[place].model,),
            arrays=scored.prediction_arrays,
        )

"""The runner of a suite's race: which benchmarks it has, its launches, and what it refuses."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import ClassVar

import pytest

from builders.suites import suite_race, suite_samples
from evenfold.errors import UsageError, WorkerError
from evenfold.race.budget import TimeBudget
from evenfold.suite import runner as runner_module
from evenfold.suite.files import SUITE_FILE
from evenfold.suite.launch import FailedBenchmarkError
from evenfold.suite.runner import SuiteMonitor, SuiteRunner

# The first launch finds them.
FOUND = "2 benchmarks of all contenders, 2 of one contender alone"


@dataclass
class Contender:
    """A contender whose files are edited after some checks of them."""

    name: str
    edited_after: int = 1000
    suite = Path("bench/test_mine.py")

    @property
    def has_changed(self):
        self.edited_after -= 1
        return self.edited_after < 0


class FakeLaunch:
    """A launch without processes: the second contender is slower in one benchmark."""

    sources = ({"same": "1", "slow": "2", "old": "3"}, {"same": "1", "slow": "4", "new": "5"})
    failing = frozenset()
    is_skipped = False
    seconds = 3.0

    def __init__(self, config, contenders, rng, leave_out_core=False):
        self.rng = rng

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def collect(self, describe):
        versions = {"pytest": "9"} if describe else {}
        return [
            {"benchmarks": [{"name": n, "digest": d} for n, d in source.items()],
             "versions": versions, "uninstalled": []}
            for source in self.sources
        ]  # fmt: skip

    def pinned(self):
        return nullcontext()

    def measure(self, name, following, repeats, pairs):
        if name in self.failing:
            raise FailedBenchmarkError("head: assert 1 == 2", self.is_skipped)
        samples = suite_samples(1.1 if name == "slow" else 1.0, self.rng, 2 * pairs)
        return repeats or (7, 7), samples

    def suite_record(self, samples):
        return replace(suite_race().launches[0], whole_seconds=self.seconds, samples=tuple(samples))


@pytest.fixture
def run(monkeypatch, tmp_path):
    def run(
        launch=FakeLaunch, seconds=60.0, has_budget=True, before=None, messages=None,
        edited_after=1000,
    ):  # fmt: skip
        monkeypatch.setattr(runner_module, "SuiteLaunch", launch)
        race = before or replace(suite_race(), benchmarks=(), unraced=(), launches=(), judged=())
        messages = [] if messages is None else messages
        monitor = SuiteMonitor(messages.append, lambda line, share: None)
        budget = TimeBudget(monotonic(), seconds)
        contenders = (Contender("base"), Contender("head", edited_after))
        runner = SuiteRunner(race, None, contenders, budget, has_budget, monitor)
        return runner.run(tmp_path / "m" / "suites" / "one.json"), messages

    return run


def test_benchmarks_that_all_have_are_raced_and_the_others_listed(run, tmp_path):
    race, _ = run()
    assert [(one.name, one.changed, one.repeats) for one in race.benchmarks] == [
        ("same", False, (7, 7)),
        ("slow", True, (7, 7)),
    ]
    assert {one.name: one.reason for one in race.unraced} == {
        "old": "only base has it",
        "new": "only head has it",
    }
    assert [ratio.verdict for ratio in race.all_ratios] == ["equivalent", "slower"]
    assert race.contenders[0].environment["versions"] == {"pytest": "9"}
    assert SUITE_FILE.read(tmp_path / "m/suites/one.json") == race


def test_a_decided_race_stops_at_its_first_look(run):
    race, _ = run()
    assert (race.planned, len(race.launches), race.judged) == (20, 5, (5,))


def test_time_that_is_left_makes_launches_longer(run):
    race, _ = run(seconds=600.0)
    assert len(race.launches[0].samples[0].order) == 8
    assert len(race.launches[1].samples[0].order) > 40


def test_a_benchmark_that_fails_is_left_out_with_its_reason(run):
    class Failing(FakeLaunch):
        failing = frozenset({"same"})

    race, messages = run(Failing)
    assert [one.name for one in race.benchmarks] == ["slow"]
    assert race.unraced[-1].reason == "head: assert 1 == 2"
    assert messages == [FOUND, "same is left out: head: assert 1 == 2"]
    assert race.failed == ["same"]
    Failing.is_skipped = True
    assert not run(Failing)[0].failed


def test_a_benchmark_that_fails_later_leaves_earlier_launches_too(run):
    class Later(FakeLaunch):
        count = 0

        def collect(self, describe):
            Later.count += 1
            self.failing = frozenset({"same"} if Later.count == 3 else ())
            return super().collect(describe)

    race, _ = run(Later)
    assert {len(launch.samples) for launch in race.launches} == {1}
    assert race.ratios[0][0].verdict == "slower"


def test_a_suite_without_a_benchmark_that_runs_is_refused(run):
    class Failing(FakeLaunch):
        failing = frozenset({"same", "slow"})

    class Apart(FakeLaunch):
        sources = ({"a": "1"}, {"b": "1"})

    with pytest.raises(
        UsageError, match=r"no benchmark of bench/test_mine\.py can be raced: .*same:"
    ):
        run(Failing)
    with pytest.raises(UsageError, match="has no benchmark that all contenders have"):
        run(Apart)


def test_a_budget_that_is_too_small_is_refused_where_it_was_given(run):
    with pytest.raises(UsageError, match="allows 3 launches of 3 s, and a verdict needs 5: use"):
        run(seconds=10.0)
    race, messages = run(seconds=10.0, has_budget=False)
    assert len(race.launches) == 5
    assert messages == [FOUND, "5 launches take about 18 s"]


def test_launches_are_added_to_those_of_a_race_that_was_broken_off(run):
    class Two(FakeLaunch):
        sources = ({"test_0": "1", "test_1": "1"},) * 2

    race, _ = run(Two, before=broken_off(3))
    assert (len(race.launches), race.judged) == (5, (5,))
    assert {benchmark.repeats for benchmark in race.benchmarks} == {(3, 3)}


def test_a_worker_that_dies_leaves_whole_launches_and_the_command_that_goes_on(run, tmp_path):
    class Dying(FakeLaunch):
        count = 0

        def collect(self, describe):
            Dying.count += 1
            if Dying.count == 3:
                raise WorkerError("head: its process ended")
            return super().collect(describe)

    messages = []
    with pytest.raises(WorkerError, match="its process ended"):
        run(Dying, messages=messages)
    file = tmp_path / "m" / "suites" / "one.json"
    assert len(SUITE_FILE.read(file).launches) == 2
    assert messages == [
        FOUND,
        "2 whole launches are saved: continue with evenfold race --suite bench/test_mine.py "
        f"--continue {file} and the same --env",
    ]


def test_launches_that_are_shorter_than_the_first_leave_time_for_longer_ones(run):
    class Shorter(FakeLaunch):
        count = 0

        def suite_record(self, samples):
            Shorter.count += 1
            self.seconds = 10.0 if Shorter.count == 1 else 1.0
            return super().suite_record(samples)

        def measure(self, name, following, repeats, pairs):
            repeats, samples = super().measure(name, following, repeats, pairs)
            noise = self.rng.normal(1, 0.2)
            seconds = tuple(
                s * noise**n for n, s in zip(samples.order, samples.seconds, strict=True)
            )
            return repeats, replace(samples, seconds=seconds)

    race, _ = run(Shorter, seconds=80.0)
    blocks = [len(launch.samples[0].order) // 2 for launch in race.launches]
    assert blocks[0] == blocks[1] == 4 < blocks[2]


@pytest.mark.parametrize(("seconds", "blocks"), [(60.0, 4), (260.0, 10)])
def test_launches_are_long_only_where_there_are_enough_of_them(run, seconds, blocks):
    class SlowToStart(FakeLaunch):
        def suite_record(self, samples):
            record = super().suite_record(samples)
            return replace(record, ready_seconds=10.0, whole_seconds=14.0)

    race, _ = run(SlowToStart, seconds=60.0 + seconds)
    assert len(race.launches[1].samples[0].order) // 2 == blocks


def broken_off(launches, **versions):
    """A race without a look; the versions are of the second contender, beside that of pytest."""
    race = suite_race((1.0, 1.0), launches=launches, judged=(), unraced=False)
    base, head = (
        replace(one, environment={**one.environment, "versions": {"pytest": "9", **more}})
        for one, more in zip(race.contenders, ({}, versions), strict=True)
    )
    return replace(race, contenders=(base, head))


def test_launches_that_would_only_widen_intervals_are_refused(run):
    class Two(FakeLaunch):
        sources = ({"test_0": "1", "test_1": "1"},) * 2

    looked_at = replace(broken_off(5), judged=(5,))
    with pytest.raises(UsageError, match="allows 2 launches of 3 s, and a narrower interval needs"):
        run(Two, 5.0, before=looked_at)


def test_launches_of_other_packages_are_not_added(run):
    with pytest.raises(UsageError, match=r"head: its environment has changed .*mine was 1\.0"):
        run(before=broken_off(3, mine="1.0"))


def test_an_edit_during_the_race_ends_it_before_the_launch_is_saved(run, tmp_path):
    messages = []
    with pytest.raises(UsageError, match="head: its code was edited during the race"):
        run(edited_after=3, messages=messages)
    assert len(SUITE_FILE.read(tmp_path / "m" / "suites" / "one.json").launches) == 3
    assert messages == [FOUND]


def test_a_continued_race_that_needs_more_time_keeps_the_seconds_of_before(run):
    class Two(FakeLaunch):
        sources = ({"test_0": "1", "test_1": "1"},) * 2

    before = broken_off(1)
    before = replace(before, settings=replace(before.settings, budget=60.0 + 10.0))
    race, messages = run(Two, 10.0, has_budget=False, before=before)
    assert messages == ["4 launches take about 14 s"]
    assert race.settings.budget == pytest.approx(60.0 + 4 * 3.0 * 1.1 + 1)


class AheadFake(FakeLaunch):
    """A launch that notes what is done with it."""

    log: ClassVar[list[str]] = []

    def __init__(self, config, contenders, rng, leave_out_core=False):
        super().__init__(config, contenders, rng)
        self.number = len([1 for line in self.log if line.startswith("start")])
        self.ready_seconds, self.elapsed = 0.0, 0.25
        self.log.append(f"start {self.number}{' beside a free core' * leave_out_core}")

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.log.append(f"stop {self.number}")

    def pinned(self):
        self.log.append(f"pin {self.number}")
        return super().pinned()

    def restart_clock(self):
        self.log.append(f"begin {self.number}")

    def measure(self, *arguments):
        measured = f"measure {self.number}"
        if measured not in self.log:
            self.log.append(measured)
        return super().measure(*arguments)


@pytest.fixture
def ahead(run, monkeypatch):
    """Runs a race whose launches are prepared ahead; returns it with their log."""
    monkeypatch.setattr(runner_module, "prepares_ahead", lambda clock: clock == "cpu")
    monkeypatch.setattr(AheadFake, "log", [])
    race = replace(suite_race(), benchmarks=(), unraced=(), launches=(), judged=())
    race = replace(race, settings=replace(race.settings, clock="cpu", ahead=True))

    def run_ahead(launch=AheadFake, **options):
        return run(launch, before=race, **options)[0], AheadFake.log

    return run_ahead


def test_by_cpu_time_the_next_launch_is_prepared_while_one_is_measured(ahead):
    race, log = ahead()
    assert [ratio.verdict for ratio in race.all_ratios] == ["equivalent", "slower"]
    # The first one sees as many cores as those that start beside another.
    assert log[0] == "start 0 beside a free core"
    assert log.index("start 1") < log.index("measure 0") < log.index("begin 1")
    assert log.index("begin 1") < log.index("start 2") < log.index("measure 1")
    # It starts where the one before has pinned its samples to other cores.
    assert log.index("pin 0") < log.index("start 1")
    # None is left: neither the raced ones nor the one that was begun before the race was decided.
    started = [line for line in log if line.startswith("start")]
    assert len(started) == len(race.launches) + 1
    assert sorted(set(log) & {f"stop {n}" for n in range(len(started))}) == sorted(
        f"stop {n}" for n in range(len(started))
    )


def test_launches_that_are_prepared_ahead_add_their_measuring_alone(ahead, run):
    """Each takes 3 s, half a second of which until it is ready."""
    assert ahead(seconds=30.0)[0].planned == 12
    assert run(seconds=30.0)[0].planned == 10


def test_what_fails_ahead_fails_the_race_and_leaves_no_process(ahead):
    class Failing(AheadFake):
        def collect(self, describe):
            if not describe:
                raise WorkerError("head: it ends")
            return super().collect(describe)

    with pytest.raises(WorkerError, match="head: it ends"):
        ahead(Failing)
    assert AheadFake.log.count("stop 1") == 1


def test_a_race_by_wall_time_prepares_nothing_ahead(run, monkeypatch):
    monkeypatch.setattr(AheadFake, "log", [])
    run(AheadFake)
    assert AheadFake.log[:4] == ["start 0", "pin 0", "measure 0", "stop 0"]

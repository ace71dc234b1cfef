"""Continued races begin with all launches that are saved when they have the timing lock."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pytest

from builders.races import race
from builders.suites import suite_race
from evenfold.errors import UsageError
from evenfold.race import run as races
from evenfold.race.files import read_race, write_race
from evenfold.race.options import RaceOptions
from evenfold.race.progress import SILENT
from evenfold.suite import run as suites
from evenfold.suite.files import SUITE_FILE
from evenfold.suite.runner import SuiteMonitor


@dataclass
class Runner:
    """Returns the race that it is given."""

    race: object

    def run(self, file):
        return self.race


def lock_that_waits(write):
    """A timing lock; while it is waited for, another run writes."""

    @contextmanager
    def lock(*_):
        write()
        yield

    return lock


def test_a_race_has_the_launches_that_another_run_added_meanwhile(tmp_path, monkeypatch):
    file = tmp_path / "races" / "aa.json"
    write_race(file, race(1.02, launches=5))
    added = race(1.02, launches=7)
    monkeypatch.setattr(races, "timing_lock", lock_that_waits(lambda: write_race(file, added)))
    monkeypatch.setattr(races, "prepared_race", lambda request: nullcontext())
    monkeypatch.setattr(races, "new_race", lambda request, prepared: read_race(file))
    monkeypatch.setattr(races, "RaceRunner", lambda race, *_: Runner(race))
    request = SimpleNamespace(settings=added.settings)
    assert len(races.continue_race(file, request, SILENT).race.launches) == 7
    write_race(file, race(1.02, launches=5))
    decided = race(1.2, launches=5)
    monkeypatch.setattr(races, "timing_lock", lock_that_waits(lambda: write_race(file, decided)))
    with pytest.raises(UsageError, match="there is nothing to continue"):
        races.continue_race(file, request, SILENT)


def test_a_suite_has_the_launches_that_another_run_added_meanwhile(tmp_path, monkeypatch):
    file = tmp_path / "suites" / "test_mine-base-vs-head.json"
    saved, added = (suite_race((1.02,), launches=count, unraced=False) for count in (5, 7))
    SUITE_FILE.write(file, saved)
    write = lock_that_waits(lambda: SUITE_FILE.write(file, added))
    monkeypatch.setattr(suites, "timing_lock", write)
    monkeypatch.setattr(suites, "_prepared", lambda request: nullcontext((None, ())))
    monkeypatch.setattr(suites, "_new_race", lambda *_: replace(saved, launches=()))
    monkeypatch.setattr(suites, "SuiteRunner", lambda race, *_: Runner(race))
    monkeypatch.chdir(tmp_path)
    options = RaceOptions(continued=str(file))
    monitor = SuiteMonitor(print, print)
    finished = suites.run_suite((), tmp_path / saved.settings.suite, options, monitor)
    assert len(finished.race.launches) == 7

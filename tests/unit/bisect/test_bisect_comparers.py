"""The races of a bisect: their share of the error, and more launches while they are undecided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from builders.bisects import started
from builders.races import changed, race
from evenfold.bisect import comparers
from evenfold.bisect.comparers import RaceComparer
from evenfold.errors import UsageError
from evenfold.race.contenders import parse_contender
from evenfold.race.files import write_race
from evenfold.race.progress import SILENT
from evenfold.race.run import FinishedRace
from evenfold.race.settings import RaceSettings
from evenfold.runtime.interpreters import Interpreter

ERROR = 0.01
DECIDED, AT_THE_MARGIN = 1.2, 1.02


@dataclass
class Options:
    @property
    def race_options(self):
        return self

    timeout: float = 60.0


@dataclass
class Request:
    file: Path
    race: RaceSettings
    options: Any = None
    dataset: Any = None
    files: Any = None
    root: Any = None

    def __post_init__(self):
        self.bisect = started([0.0, 0.0, 0.0])
        self.specs = tuple(parse_contender(f"mine@v{n}") for n in range(3))
        self.options, self.files = Options(), {}

    @property
    def base(self):
        return self.file.parents[2]


class Versions:
    interpreters: dict[str, Interpreter] = {}  # noqa: RUF012  it stays empty

    def open(self, place):
        return Interpreter(), "sources"


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Makes a comparer whose races have a ratio; lists what is run."""
    calls = []

    def make(ratio):
        def run_race(request, monitor):
            calls.append(("run", request.settings.budget))
            settings = replace(request.settings)
            made_race = replace(race(ratio), name=request.name, settings=settings)
            return FinishedRace(made_race, Path())

        def continue_race(file, request, monitor):
            calls.append(("continue", request.settings.budget))
            budget = request.settings.budget + sum(seconds for _, seconds in calls[:-1])
            count = 5 * 2 ** (len(calls) - 1)
            more = race(ratio, launches=count, judged=(5, count))
            settings = replace(request.settings, budget=budget)
            return FinishedRace(replace(more, name=request.name, settings=settings), Path())

        monkeypatch.setattr(comparers, "run_race", run_race)
        monkeypatch.setattr(comparers, "continue_race", continue_race)
        file = tmp_path / "m" / "bisects" / "aa.json"
        settings = RaceSettings("predict", 1, 0.02, 1, 0, 60.0)
        return RaceComparer(Request(file, settings), Versions(), lambda label: SILENT)

    return make, calls


def test_a_race_has_the_share_of_the_error_as_its_own(made):
    make, calls = made
    step = make(DECIDED)(0, 2, ERROR)
    assert [("run", 60.0)] == calls
    assert ("aa-0-2", ERROR, 5) == (step.race, step.error, step.launches)
    assert step.low < DECIDED < step.high
    narrow = make(DECIDED)(0, 2, 0.5)
    assert narrow.high - narrow.low < step.high - step.low


def test_an_undecided_race_gets_as_much_again_and_then_twice_as_much(made):
    make, calls = made
    step = make(AT_THE_MARGIN)(0, 1, ERROR)
    assert [("run", 60.0), ("continue", 60.0), ("continue", 120.0)] == calls
    assert 20 == step.launches


def test_a_race_that_was_interrupted_goes_on(made, tmp_path):
    make, calls = made
    comparer = make(DECIDED)
    file = tmp_path / "m" / "races" / "aa-0-1.json"
    broken_off = changed(race(DECIDED, launches=3, judged=()), confidence=1 - ERROR)
    write_race(file, replace(broken_off, name="aa-0-1"))
    comparer(0, 1, ERROR)
    assert [("continue", 60.0)] == calls


def test_a_race_of_another_search_is_not_continued(made, tmp_path):
    make, calls = made
    write_race(tmp_path / "m" / "races" / "aa-0-1.json", replace(race(DECIDED), name="aa-0-1"))
    with pytest.raises(UsageError, match="race of another search"):
        make(DECIDED)(0, 1, 0.002)
    assert [] == calls

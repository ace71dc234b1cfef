"""The races of a bisect: their share of the error, and more launches while they are undecided."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
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
from evenfold.race.run import ChangedRaceError, FinishedRace
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
        self.dataset = SimpleNamespace(fingerprint="f")

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


def test_a_budget_that_affords_no_more_launches_leaves_the_race_as_it_is(made, monkeypatch):
    make, _ = made

    def refused(*_):
        raise UsageError("a budget of 60 s allows 1 launch")

    comparer = make(AT_THE_MARGIN)
    monkeypatch.setattr(comparers, "continue_race", refused)
    assert 5 == comparer(0, 1, ERROR).launches


def test_versions_that_have_changed_since_their_race_end_the_search(made, monkeypatch):
    make, _ = made

    def refused(*_):
        raise ChangedRaceError("mine@v0: its environment has changed: start another race")

    comparer = make(AT_THE_MARGIN)
    monkeypatch.setattr(comparers, "continue_race", refused)
    with pytest.raises(UsageError, match="start another race, and begin this bisect anew"):
        comparer(0, 1, ERROR)


def test_a_race_that_was_interrupted_goes_on(made, tmp_path):
    make, calls = made
    comparer = make(DECIDED)
    file = tmp_path / "m" / "races" / "aa-0-1.json"
    broken_off = changed(race(DECIDED, launches=3, judged=()), confidence=1 - ERROR, seed=0)
    write_race(file, of_versions(broken_off))
    comparer(0, 1, ERROR)
    assert [("continue", 60.0)] == calls


def of_versions(saved, digest="d", versions=("mine@v0", "mine@v1")):
    """The race with the contenders and the name of the comparison of the first two versions."""
    contenders = tuple(
        replace(one, name=version, spec=version, digest=digest)
        for one, version in zip(saved.contenders, versions, strict=True)
    )
    return replace(saved, name="aa-0-1", contenders=contenders)


def test_a_race_that_is_complete_but_not_yet_in_the_record_is_used(made, tmp_path):
    make, calls = made
    complete = changed(race(DECIDED), confidence=1 - ERROR, budget=30.0, seed=0)
    write_race(tmp_path / "m" / "races" / "aa-0-1.json", of_versions(complete))
    assert "aa-0-1" == make(DECIDED)(0, 1, ERROR).race
    assert [] == calls


@pytest.mark.parametrize(
    ("fields", "names", "differing"),
    [
        ({"confidence": 0.998}, {}, "setting or error"),
        ({"rows": 7}, {}, "setting or error"),
        ({"fingerprint": "g"}, {}, "data set"),
        ({}, {"digest": "edited"}, "model"),
        ({}, {"versions": ("mine@v0", "mine@v2")}, "version"),
    ],
)
def test_a_race_of_another_search_is_no_comparison(made, tmp_path, fields, names, differing):
    make, calls = made
    other = changed(race(DECIDED), **{"confidence": 1 - ERROR, "seed": 0, **fields})
    write_race(tmp_path / "m" / "races" / "aa-0-1.json", of_versions(other, **names))
    with pytest.raises(UsageError, match=f"race of another search, with another {differing}: rem"):
        make(DECIDED)(0, 1, ERROR)
    assert [] == calls

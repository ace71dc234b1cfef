"""Plans of races: what a race detects by the machine's history, and the minutes that it needs."""

from __future__ import annotations

import os
import re

import pytest

from builders.race_history import many_past_races
from builders.races import changed, race
from evenfold.data.datasets import Dataset
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import open_dataset
from evenfold.plugins.folders import built_in_folder, find_plugins
from evenfold.race.contenders import name_contenders
from evenfold.race.files import write_race
from evenfold.race.history import HISTORY_FILE, MachineHistory, history_file
from evenfold.race.options import RaceOptions
from evenfold.race.plan import detectable_before, plan_lines
from evenfold.race.request import RaceRequest
from evenfold.race.settings import prepares_ahead
from evenfold.runtime.environment import current_machine
from evenfold.stats.race_outlook import expected_half_width


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return open_dataset(DatasetOptions())


@pytest.fixture
def request_of(tmp_path, dataset):
    def make(**options):
        specs = name_contenders(["majority", "majority"])
        return RaceRequest(
            contenders=specs,
            dataset=dataset,
            files=find_plugins([built_in_folder()]).files,
            root=tmp_path,
            settings=RaceOptions(measure="predict", **options).settings(specs, 0),
        )

    return make


@pytest.fixture
def write_history(tmp_path):
    """A history of that variance, on this machine."""

    def write(variance=4e-5, **fields):
        machine = current_machine()
        races = many_past_races(20, variance=variance, **fields)
        HISTORY_FILE.write(history_file(tmp_path, machine), MachineHistory(machine, races))

    return write


def test_without_a_history_the_next_command_makes_one(request_of):
    *_, detectable, last = plan_lines(request_of(clock="cpu", rows=7))
    assert "no race of predict by CPU time is saved:" in detectable
    assert last.startswith("next: evenfold selfcheck --clock cpu --rows 7, to know")


def test_a_plan_shows_the_detectable_ratio_of_the_race(request_of, write_history):
    """From launches of 4 s and 12 s that are measured, the first of them ready after 9 s."""
    write_history()
    request = request_of(budget=120.0)
    line = detectable_before(request)
    assert line in list(plan_lines(request))
    launches = int(re.search(r"about (\d+) launches", line)[1])
    assert 120 - 18 < 9 + 16 * launches < 120 + 18
    half = expected_half_width(4e-5, launches - 1, launches, 1)
    assert 100 * half == pytest.approx(float(re.search(r"±([\d.]+) %", line)[1]), rel=0.3)
    ratio = float(re.search(r"ratio of ([\d.]+) is beyond", line)[1])
    assert ratio == pytest.approx(1.02 * (1 + half), rel=2e-3)


def test_a_plan_shows_the_minutes_that_a_wanted_ratio_needs(request_of, write_history):
    """The smaller the ratio, the more; and more on a machine whose launches vary more."""
    minutes = []
    for variance in (4e-5, 4e-4):
        write_history(variance)
        *_, line, last = plan_lines(request_of(margin=0.0))
        minutes.append([float(n) for n in re.findall(r"\d: ([\d.]+)", line)])
        assert last.startswith("next: evenfold race majority majority --rows 1 --budget 120s")
    calm, noisy = minutes
    assert 4 == len(calm)
    assert calm == sorted(calm, reverse=True)
    assert all(a <= b for a, b in zip(calm, noisy, strict=True))
    assert noisy[0] > 3 * calm[0]


def test_a_budget_that_is_too_small_by_the_history_names_the_smallest(request_of, write_history):
    write_history()
    line = detectable_before(request_of(budget=20.0))
    smallest = re.search(r"20 s are too few: use --budget (\d+)s or more", line)[1]
    assert "has about 5 launches" in detectable_before(request_of(budget=float(smallest)))


def test_a_history_of_another_clock_does_not_count(request_of, write_history):
    write_history(clock="cpu", ahead=prepares_ahead("cpu"))
    assert "is saved: the detectable" in detectable_before(request_of())
    assert "about" in detectable_before(request_of(clock="cpu"))


def test_a_history_of_the_same_model_comes_before_others(request_of, write_history, tmp_path):
    write_history()
    assert "races of mine against itself" in detectable_before(request_of())
    own = many_past_races(7, contender="majority")
    file = history_file(tmp_path, current_machine())
    history = HISTORY_FILE.read(file)
    HISTORY_FILE.write(file, MachineHistory(history.machine, (*own, *history.races)))
    assert "by 7 races of majority against itself" in detectable_before(request_of())


def test_the_last_race_names_its_rows_and_machine(request_of, tmp_path):
    """Results of another machine may lie in the project: one of this machine comes first."""
    here = current_machine()
    expected = {
        ("epyc-9c", "aa", 300): "aa on another machine, epyc-9c, could",
        (here, "bb", 100): f"bb on this machine, {here}, could",
        (here, "cc", 200): f"cc on this machine, {here}, could",
    }
    for (machine, name, time), text in expected.items():
        file = tmp_path / "results" / machine / "races" / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        write_race(file, changed(race(), machine=machine, name=name))
        os.utime(file, (time, time))
        line = detectable_before(request_of(rows=8))
        assert line.startswith(f"the last saved race of predict of 1 row, {text}")

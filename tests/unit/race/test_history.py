"""The history of a machine: kept by self-checks, and what later races and plans take from it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from builders.race_history import many_past_races, past_race_of
from builders.races import changed, race
from evenfold.errors import ResultsError
from evenfold.race.history import (
    MachineHistory,
    add_to_history,
    history_file,
    past_race,
    read_history,
    usual_race,
    with_prior,
)
from evenfold.stats.launch_ratios import launch_ratios
from evenfold.stats.launch_variance import FEWEST_RACES, VariancePrior


def test_a_race_is_kept_with_its_variance_and_its_pace(tmp_path):
    one = race()
    add_to_history(tmp_path, one)
    add_to_history(tmp_path, replace(one, name="second"))
    history = read_history(tmp_path, "epyc-2c")
    assert ["aa", "second"] == [kept.name for kept in history.races]
    kept = history.races[0]
    medians = launch_ratios(one.timed_blocks).medians[0]
    assert kept.variance == pytest.approx(np.var(medians, ddof=1))
    assert (5, 20, 0.5, 0.5) == (
        kept.launches, kept.blocks, kept.first_seconds, kept.ready_seconds
    )  # fmt: skip
    assert 2.0 == kept.block_seconds
    assert ("wall", "predict", 1, 1) == (kept.clock, kept.measure, kept.rows, kept.threads)
    assert MachineHistory("slate") == read_history(tmp_path, "slate")


def test_a_race_that_says_nothing_about_launches_is_left_out(tmp_path):
    first, second = race().contenders
    others = {
        "delay": (first, replace(second, delay=0.01)),
        "another model": (first, replace(second, spec="other")),
        "three": (first, second, replace(second, name="third")),
    }
    for contenders in others.values():
        assert past_race(replace(race(), contenders=contenders)) is None
    assert past_race(race(launches=4)) is None
    assert past_race(race()) is not None


def test_a_race_expects_what_the_history_shows(tmp_path):
    """Only races of the same model and settings count, prepared ahead as this one is."""
    file = history_file(tmp_path, "epyc-2c")
    file.parent.mkdir(parents=True)
    unlike = (
        *many_past_races(20, clock="cpu", variance=1.0),
        *many_past_races(20, rows=2, variance=1.0),
        *many_past_races(20, ahead=True, variance=1.0),
    )
    for races, expected in (
        (many_past_races(FEWEST_RACES - 1), False),
        (many_past_races(20), True),
        (unlike, False),
    ):
        content = {"schema": 1, "machine": "epyc-2c", "races": [vars(one) for one in races]}
        file.write_text(json.dumps(content))
        begun = with_prior(race(), tmp_path)
        assert expected == (begun.prior is not None)
        few = "the history has 5 of 6 races"
        assert (few if len(races) < FEWEST_RACES else None) == begun.no_prior
    history = MachineHistory("epyc-2c", (*unlike, *many_past_races(20)))
    prior = history.prior(race().settings, ["mine"])
    assert isinstance(prior, VariancePrior)
    assert prior.variance == pytest.approx(4e-5, rel=0.3)
    assert 20 == prior.races
    assert history.prior(changed(race(), clock="cpu").settings, ["mine"]).variance > 0.3
    assert "has 0 of 6 races" in history.prior(race().settings, ["other"])
    assert "several models" in history.prior(race().settings, ["mine", "other"])
    assert "has 0 of 6 races" in history.prior(changed(race(), threads=4).settings, ["mine"])


def test_only_the_last_races_count():
    history = MachineHistory("epyc-2c", (*many_past_races(30, variance=1.0), *many_past_races(60)))
    assert 60 == len(history.like(race().settings))
    assert history.prior(race().settings, ["mine"]).variance < 1e-4


def test_the_pace_is_that_of_the_usual_race():
    races = [
        past_race_of(ready_seconds=ready, first_seconds=2 * ready) for ready in (3.0, 5.0, 40.0)
    ]
    usual = usual_race(races)
    assert (5.0, 0.9) == (usual.pace.ready, usual.pace.block)
    assert (10.0, 4e-5) == (usual.first_seconds, usual.variance)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        ({"variance": 0.0}, r"races\[0\].variance: 0.0 is out of range"),
        ({"ready_seconds": -1.0}, r"races\[0\].ready_seconds: -1.0 is out of range"),
        ({"launches": 1}, r"races\[0\].launches: 1 are too few"),
        ({"clock": "sun"}, r"races\[0\].clock"),
    ],
)
def test_a_history_that_is_not_whole_is_refused_with_its_field(tmp_path, spoil, message):
    file = history_file(tmp_path, "epyc-2c")
    file.parent.mkdir(parents=True)
    content = {"schema": 1, "machine": "epyc-2c", "races": [{**vars(past_race_of()), **spoil}]}
    file.write_text(json.dumps(content))
    with pytest.raises(ResultsError, match=f"not a whole history of races: {message}"):
        read_history(tmp_path, "epyc-2c")

"""The line that an upgrade prints after each race."""

from __future__ import annotations

from dataclasses import replace

import pytest

from builders.races import race
from evenfold.race.request import RaceRequest
from evenfold.race.run import FinishedRace
from evenfold.upgrade import run as upgrade_run


@pytest.mark.parametrize(
    ("planned", "end"), [(9, "slower, decided after 5 of 9 launches, 35 of 60 s"), (5, "slower")]
)
def test_a_race_that_is_decided_early_says_so(planned, end, tmp_path, monkeypatch):
    finished = replace(race(1.1), planned=planned)
    monkeypatch.setattr(
        upgrade_run, "run_race", lambda request, monitor: FinishedRace(finished, tmp_path)
    )
    contenders = dict.fromkeys(("conv1d@old", "conv1d@new"))
    request = RaceRequest(contenders, None, {}, tmp_path, finished.settings)
    lines = []
    upgrade_run._run_race("conv1d", request, tmp_path, lines.extend)
    (line,) = lines
    assert line.startswith("conv1d, predict: 1.1")
    assert line.endswith(end)

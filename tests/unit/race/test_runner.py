"""The runner of a race: budgets that it refuses, looks, and when it stops."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic

import numpy as np
import pytest

from builders.races import changed, launch, race
from evenfold.errors import UsageError
from evenfold.race.budget import Pace, TimeBudget
from evenfold.race.progress import RaceMonitor
from evenfold.race.runner import RaceRunner


class Runner(RaceRunner):
    """A runner of a race that needs no processes, with its messages."""

    def __init__(self, saved, seconds=60.0, has_budget=True):
        self.messages = []
        monitor = RaceMonitor(self.messages.append, lambda progress: None)
        super().__init__(saved, None, TimeBudget(monotonic(), seconds), monitor, has_budget)


@pytest.mark.parametrize(
    ("before", "count", "message"),
    [
        (0, 4, "allows 4 launches, and a verdict needs 5: use --budget 40s or more"),
        (0, 1, "allows 1 launch, and a verdict needs 5: use --budget 40s or more"),
        (3, 1, "allows further 1 launch, and a verdict needs further 2: use --budget 14s or more"),
        (5, 2, "allows further 2 launches, and a narrower interval needs further 3"),
        (0, 5, None),
        (3, 2, None),
        (5, 3, None),
    ],
)
def test_a_budget_that_cannot_decide_is_refused_with_the_smallest_that_can(before, count, message):
    saved = race(launches=before, judged=(5,) if before == 5 else ()) if before else race()
    runner = Runner(saved)
    runner._launches_before = before
    pace = Pace(ready=4.0, block=0.8)
    if message is None:
        runner._require_enough(count, pace)
        return
    with pytest.raises(UsageError, match=f"a budget of 60 s {message}"):
        runner._require_enough(count, pace)


SLOW = Pace(ready=45.0, block=2.0)


def test_a_default_budget_grows_to_the_launches_of_a_verdict():
    """On a busy machine, a race of the default budget still has enough launches."""
    runner = Runner(race(launches=0, judged=()), has_budget=False)
    assert 5 == runner._plan(SLOW) == runner.race.planned
    assert runner.budget.seconds == runner.race.settings.budget > 190
    (message,) = runner.messages
    assert message.startswith("the 5 launches of a verdict take about ")
    assert "instead of 60 s; --budget sets a limit" in message


@pytest.mark.parametrize(
    ("pace", "before", "has_budget"),
    [(SLOW, 0, True), (SLOW, 3, False), (Pace(ready=120.0, block=2.0), 0, False)],
    ids=["given", "continued", "far too slow"],
)
def test_other_budgets_are_refused_as_they_are(pace, before, has_budget):
    runner = Runner(race(launches=before, judged=()), has_budget=has_budget)
    with pytest.raises(UsageError, match="a budget of 60 s allows"):
        runner._plan(pace)
    assert not runner.messages


def test_a_race_is_looked_at_where_it_was_planned():
    for launches, last, judged in ((5, False, (5,)), (6, False, ()), (6, True, (6,)),
                                   (4, True, ()), (8, True, (8,))):  # fmt: skip
        runner = Runner(race(launches=launches, judged=(), planned=8))
        runner._look(last)
        assert judged == runner.race.judged


@pytest.mark.parametrize(
    ("ratio", "margin", "judged", "settled"),
    [(1.1, 0.02, (5,), True), (1.0, 0.02, (5,), True), (1.1, 0.02, (), False)],
)
def test_a_decided_race_stops_at_a_look(ratio, margin, judged, settled):
    runner = Runner(race(ratio, judged=judged, planned=8))
    assert settled == runner._is_settled()
    assert not runner.messages


def test_a_race_whose_verdict_cannot_change_stops_with_a_message():
    """Three more launches of alike contenders would show nothing at a margin of 0."""
    rng = np.random.default_rng(0)
    ratios = np.exp([-0.02, -0.01, 0.0, 0.01, 0.02])
    launches = tuple(launch(ratio, rng) for ratio in ratios)
    saved = replace(race(judged=(5,), planned=8), launches=launches)
    runner = Runner(changed(saved, margin=0.0))
    runner._target = 8
    stopped = runner._is_settled()
    words = [ratio.verdict for ratio in runner.race.ratios]
    assert (["undecided"], True) == (words, stopped)
    assert ["stopped after 5 of 8 launches: the rest of the budget would change no verdict"] == (
        runner.messages
    )

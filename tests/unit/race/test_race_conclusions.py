"""Sentences around the table of a race: conclusion, notes, and the next command."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders.races import changed, race
from evenfold.race.conclusions import early_end, next_command, race_conclusion, race_notes
from evenfold.race.settling import settle_ratios, settling_lines
from evenfold.race.tables import race_caption, race_numbers, race_text
from evenfold.stats.launch_ratios import launch_ratios
from evenfold.stats.launch_variance import VariancePrior
from evenfold.stats.race_outlook import LaunchPlan, launches_to_settle
from evenfold.stats.verdicts import UNDECIDED

FILE = Path("r/epyc-2c/races/aa.json")


def noisy(saved, deviation, seed=0):
    """The race with launches of the second contender that differ."""
    rng = np.random.default_rng(seed)
    launches = []
    for launch in saved.launches:
        factor = np.exp(rng.normal(0, deviation))
        seconds = np.where(np.array(launch.order) == 1, factor, 1.0) * launch.seconds
        launches.append(replace(launch, seconds=tuple(seconds.tolist())))
    return replace(saved, launches=tuple(launches))


def with_slow_samples(saved):
    """The race with four times as many blocks, in one of which the second takes twice as long."""
    launches = []
    for launch in saved.launches:
        seconds = list(launch.seconds * 4)
        seconds[launch.order.index(1)] *= 2
        at = tuple(map(float, range(len(seconds))))
        order = launch.order * 4
        launches.append(replace(launch, seconds=tuple(seconds), order=order, at=at))
    return replace(saved, launches=tuple(launches))


@pytest.mark.parametrize(
    ("saved", "expected"),
    [
        (race(1.0), "mine (2) takes as long as mine, within 2 %."),
        (race(1.1), "mine (2) is slower than mine by more than 2 %."),
        (race(0.9), "mine (2) is faster than mine by more than 2 %."),
        (race(1.0197), "mine (2) takes as long as mine, within 2 %."),
        (race(1.02), "mine (2) is not faster than mine by more than 2 %."),
        (changed(race(1.1), margin=0.0), "mine (2) is slower than mine."),
        (noisy(race(), 0.2), "Whether mine (2) is faster or slower than mine is undecided."),
    ],
)
def test_the_first_line_is_a_sentence_with_the_conclusion(saved, expected):
    assert expected == race_conclusion(saved)
    assert expected == race_text(saved, "markdown").splitlines()[0]


def three(first, second):
    """The race of a third contender that is as fast as the second of another race."""
    launches = []
    for one, other in zip(race(first).launches, race(second).launches, strict=True):
        order = [n for pair in np.reshape(one.order, (-1, 2)) for n in (*pair, 2)]
        mine, others = ({0: [], 1: []} for _ in range(2))
        for launch, into in ((one, mine), (other, others)):
            for number, seconds in zip(launch.order, launch.seconds, strict=True):
                into[number].append(seconds)
        all_seconds = {0: mine[0], 1: mine[1], 2: others[1]}
        seconds = [all_seconds[n].pop(0) for n in order]
        at = tuple(map(float, range(len(order))))
        launches.append(
            replace(one, order=tuple(order), seconds=tuple(seconds), at=at, started=(0, 1, 2))
        )
    base = race()
    contenders = (*base.contenders, replace(base.contenders[1], name="mine (3)"))
    return replace(base, contenders=contenders, launches=tuple(launches))


def test_contenders_with_one_verdict_share_a_clause():
    assert "mine (2) and mine (3) are slower than mine by more than 2 %." == race_conclusion(
        three(1.1, 1.2)
    )
    text = race_conclusion(three(1.1, 1.0))
    assert (
        "mine (2) is slower than mine by more than 2 %; mine (3) takes as long as mine, within 2 %."
        == text
    )


def test_slow_samples_are_noted():
    slow = with_slow_samples(race())
    assert "Slow samples matter for mine (2): the ratios" in race_notes([slow])
    assert "%; slow samples)" in race_text(slow, "markdown")
    assert "slower (slow samples)" in race_text(with_slow_samples(race(1.5)), "markdown")
    assert "Slow samples" not in race_notes([race()])


def test_a_launch_unlike_the_others_is_noted():
    saved = race(launches=8, judged=(8,), planned=8)
    slow = replace(
        saved.launches[3],
        seconds=tuple(
            s * (1.05 if n else 1)
            for n, s in zip(saved.launches[3].order, saved.launches[3].seconds, strict=True)
        ),
    )
    met = replace(saved, launches=(*saved.launches[:3], slow, *saved.launches[4:]))
    assert "One launch of mine (2) or of the reference is not like the others" in race_notes([met])
    assert "One launch" not in race_notes([saved])


@pytest.mark.parametrize(
    ("variance", "expected"),
    [(1e-6, "varies by 0.1 % (standard deviation); this moderates the variance for mine (2)"),
     (1e-14, "these launches vary more, so that is not used")],
)  # fmt: skip
def test_the_history_is_in_the_caption(variance, expected):
    saved = replace(race(), prior=VariancePrior(variance, 50.0, 20))
    text = " ".join(race_caption([saved]).split())
    assert "In 20 races of a contender against itself on this machine" in text
    assert expected in text
    assert "against itself" not in race_caption([race()])


def test_a_history_that_is_not_used_says_why():
    saved = replace(race(), no_prior="the history has 2 of 6 races")
    caption = " ".join(race_caption([saved]).split())
    assert "The history of this machine is not used: the history has 2 of 6 races." in caption


def test_the_next_command_shows_a_decided_race():
    assert "evenfold report --results r" == next_command(race(1.1), FILE)


def test_the_next_command_continues_an_undecided_race():
    """For long enough to decide it at the same ratio and the same spread."""
    command = next_command(noisy(race(), 0.012, seed=3), FILE)
    assert command.startswith("evenfold race --continue r/epyc-2c/races/aa.json --budget ")
    assert int(command.rpartition(" ")[2].removesuffix("s")) > 7


def test_a_hopeless_race_is_planned_anew():
    assert "evenfold race --plan mine mine" == next_command(noisy(race(), 0.5), FILE)


def test_an_undecided_race_says_how_many_more_launches_would_decide_it():
    saved = noisy(race(1.0), 0.08)
    assert UNDECIDED == saved.ratios[0].verdict
    (advice,) = settle_ratios(saved).values()
    (line,) = settling_lines(saved)
    assert f"mine (2) against mine: {advice.launches} more launches, about " in line
    assert "would decide it with 80 % chance." in line
    assert line in race_text(saved, "markdown")
    assert advice.launches == race_numbers([saved])["launches_to_settle"].iloc[1]
    assert {} == settle_ratios(race(1.1))


def test_advice_knows_that_a_variance_is_moderated():
    saved = noisy(race(1.0), 0.05)
    variance = float(np.var(launch_ratios(saved.timed_blocks).medians[0], ddof=1))
    saved = changed(replace(saved, prior=VariancePrior(variance, 100.0, 9)), confidence=0.999)
    (ratio,) = saved.ratios
    assert ratio.is_moderated
    (advice,) = settle_ratios(saved).values()
    half = (math.log(ratio.judged_high) - math.log(ratio.judged_low)) / 2
    plan = LaunchPlan(5, 1, 5, 8.0, 0.999)
    assert 5 + advice.launches == launches_to_settle(math.log(ratio.estimate), half, 0.02, plan)


def test_a_race_of_wild_launches_is_not_settled_by_twenty_times_as_many():
    (line,) = settling_lines(noisy(race(), 0.8))
    assert "20 times as many launches would not decide it with 80 % chance." in line


@pytest.mark.parametrize("launches", [1, 3])
def test_an_interrupted_race_is_continued(launches):
    """As is a race that was killed after its first launch, whose interval has no width."""
    command = next_command(race(launches=launches, judged=()), FILE)
    assert command.startswith(f"evenfold race --continue {FILE} --budget ")


def test_a_race_that_is_decided_early_says_after_how_many_launches_and_seconds():
    decided = replace(race(1.1), planned=9)
    assert "decided after 5 of 9 launches, 35 of 60 s" == early_end(decided)


@pytest.mark.parametrize(
    "other",
    [
        race(1.1),
        replace(race(1.1, judged=()), planned=9),
        replace(race(1.02), planned=9),
        changed(race(1.1), planned=9, budget=10.0),
    ],
    ids=["whole", "broken off", "undecided", "no time left"],
)
def test_another_race_does_not(other):
    assert "" == early_end(other)

"""Races whose outcome is known: counts, conclusions, and real self-checks."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import islice

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from builders.races import race, trials
from evenfold.cli.selfcheck import selfcheck_command
from evenfold.errors import WorkerError
from evenfold.race import selfcheck as races
from evenfold.race.options import DEFAULT_DELAYS
from evenfold.race.selfcheck import shuffled_rounds, trial_kinds
from evenfold.race.selfcheck_record import (
    Share,
    Trial,
    errs_too_often,
    smallest_detected,
    summarize_trials,
)
from evenfold.race.selfcheck_tables import conclusions, trial_caption, trial_numbers, trial_table
from evenfold.runtime import noise as quiet
from strategies import PROPERTY


@given(st.integers(0, 60), st.integers(0, 60))
@PROPERTY
def test_a_share_has_the_exact_interval_of_clopper_and_pearson(count, more):
    """The ends are quantiles of beta distributions: Clopper and Pearson, 1934."""
    share = Share(count, count + more)
    low, high = share.interval
    if not share.total:
        assert (0, 1) == (low, high)
        assert math.isnan(share.value)
        return
    assert low == pytest.approx(beta.ppf(0.025, count, more + 1) if count else 0)
    assert high == pytest.approx(beta.ppf(0.975, count + 1, more) if more else 1)
    assert low <= share.value <= high


def test_a_trial_has_the_result_of_its_race():
    trial = Trial.from_race(race(1.03))
    assert trial.ratio == pytest.approx(1.03, abs=1e-3)
    assert ("slower", 5, 20, 0.0, 0.02) == (
        trial.verdict, trial.launches, trial.blocks, trial.delay, trial.margin
    )  # fmt: skip
    assert 7 == trial.seconds


def test_false_verdicts_are_wrong_and_true_ones_are_detected():
    """With a delay beyond the margin, equivalent and not slower are wrong."""
    without, with_delay = summarize_trials(
        [
            *trials(0.02, slower=7, faster=2, undecided=1, equivalent=3),
            *[replace(one, verdict="not slower") for one in trials(0.02, slower=2)],
            *[replace(one, verdict="not faster") for one in trials(0.02, slower=4)],
            *trials(0.0, slower=1, faster=2, undecided=4, equivalent=13),
        ]
    )
    assert (0, 3, 13, 4) == (
        without.detected.total, without.wrong.count, without.equivalent.count,
        without.undecided.count,
    )  # fmt: skip
    assert (0, 6) == (without.one_sided.count, with_delay.one_sided.count)
    assert (7, 7, 3, 1) == (
        with_delay.detected.count, with_delay.wrong.count, with_delay.equivalent.count,
        with_delay.undecided.count,
    )  # fmt: skip
    assert 30 == without.seconds
    assert math.isnan(summarize_trials(trials(0.0, undecided=2))[0].seconds)


@pytest.mark.parametrize(
    ("at1", "at2", "at5", "smallest"),
    [(10, 10, 10, 0.01), (8, 9, 10, 0.02), (10, 8, 10, 0.05), (10, 10, 8, None)],
)
def test_the_smallest_detected_delay_is_detected_as_all_greater_ones(at1, at2, at5, smallest):
    summaries = summarize_trials(
        [
            *trials(0.0, equivalent=10),
            *trials(0.01, slower=at1, undecided=10 - at1),
            *trials(0.02, slower=at2, undecided=10 - at2),
            *trials(0.05, slower=at5, undecided=10 - at5),
        ]
    )
    rows = smallest_detected(summaries)
    assert smallest == (rows and rows.delay)
    text = "\n".join(conclusions(summaries))
    assert (f"{100 * smallest:g} %" if smallest else "not worth much") in text
    count = 9 if (at1, at2) == (8, 9) else 10
    assert not smallest or f"({count} of 10 [" in text


@pytest.mark.parametrize(("wrong", "of", "often"), [(0, 40, False), (1, 40, False), (3, 40, True)])
def test_only_more_errors_than_chance_explains_are_too_many(wrong, of, often):
    summaries = summarize_trials(trials(0.0, faster=wrong, equivalent=of - wrong))
    assert often == errs_too_often(summaries)
    assert often == ("Do not trust" in trial_caption(summaries))


def test_delayed_races_that_are_slower_are_no_false_positives():
    assert not errs_too_often(summarize_trials(trials(0.05, slower=40)))


def test_the_table_and_the_numbers_agree():
    summaries = summarize_trials([*trials(0.0, slower=1, equivalent=9), *trials(0.05, slower=10)])
    text, rows = trial_table(summaries), trial_numbers(summaries)
    assert ["none (A/A)", "5 %"] == list(text["delay"])
    assert text["wrong"][0].startswith("1 of 10 [0.3, 44.5 %]")
    assert "–" == text["found"][0]
    assert [0, 10] == list(rows["found"].fillna(0))
    assert rows["wrong_high"][0] == pytest.approx(0.445, abs=1e-3)
    assert (0.02, 0.025) == tuple(rows["margin"])


@given(st.integers(0, 2**31 - 1))
@PROPERTY
def test_rounds_have_every_kind_once(seed):
    every = trial_kinds(DEFAULT_DELAYS)
    order = list(islice(shuffled_rounds(every, seed), 3 * len(every)))
    for first in range(0, len(order), len(every)):
        part = order[first : first + len(every)]
        assert {kind.delay for kind in part} == set(DEFAULT_DELAYS)
    assert ["aa", "delay1", "delay2", "delay5"] == [kind.name for kind in every]
    assert [0.02, 0.005, 0.01, 0.025] == [kind.margin for kind in every]


def test_each_disturbance_of_a_machine_is_reported_with_its_remedy(monkeypatch, tmp_path):
    governor = tmp_path / "cpu0" / "cpufreq" / "scaling_governor"
    governor.parent.mkdir(parents=True)
    governor.write_text("powersave\n")
    stat = tmp_path / "stat"
    stat.write_text("cpu  100 0 100 800 0 0 0 0 0 0\n")
    monkeypatch.setattr(quiet, "GOVERNORS", tmp_path)
    monkeypatch.setattr(quiet, "STAT", stat)
    monkeypatch.setattr(quiet.os, "getloadavg", lambda: (1.7, 0, 0))
    monkeypatch.setattr(quiet, "available_cores", lambda: [3])
    rows = "\n".join(quiet.disturbances())
    for part in ("powersave", "cpupower", "1.7", "one core"):
        assert part in rows
    before = quiet.processor_times()
    assert (1000, 0) == before
    stat.write_text("cpu  100 0 100 1750 0 0 0 50 0 0\n")
    assert "5.0 %" in "".join(quiet.stolen_since(before))
    assert not list(quiet.stolen_since(quiet.processor_times()))


def test_a_quiet_machine_has_no_warning(monkeypatch, tmp_path):
    monkeypatch.setattr(quiet, "GOVERNORS", tmp_path)
    monkeypatch.setattr(quiet, "STAT", tmp_path / "none")
    monkeypatch.setattr(quiet.os, "getloadavg", lambda: (0.1, 0, 0))
    monkeypatch.setattr(quiet, "available_cores", lambda: [0, 1, 2])
    assert not list(quiet.disturbances())
    monkeypatch.setattr(quiet, "available_cores", lambda: [0, 1])
    (rows,) = quiet.disturbances()
    assert "there are two cores" in rows
    assert quiet.processor_times() is None
    assert not list(quiet.stolen_since(None))


@pytest.mark.parametrize("error", [KeyboardInterrupt, WorkerError("mine: it ended")])
def test_finished_races_are_shown_if_it_ends_early(monkeypatch, tmp_path, capsys, error):
    def some(*_):
        yield from trials(0.0, slower=1, equivalent=1)
        raise error

    monkeypatch.setattr(races, "run_trials", some)
    arguments = ["majority", "--results", str(tmp_path), "--seed", "1", "--budget", "10s",
                 "--delay", "0", "--minutes", "10", "--format", "markdown"]  # fmt: skip
    # click makes an Abort of an interrupt.
    with pytest.raises((click.Abort, WorkerError)):
        selfcheck_command.main(arguments, standalone_mode=False)
    printed = capsys.readouterr()
    assert "the self-check ended early, after 2 races" in printed.err
    assert "1 of 2 [1.3, 98.7 %]" in printed.out

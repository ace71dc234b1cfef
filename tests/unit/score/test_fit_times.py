"""How far a study is: what is saved, what is left, and the time from each model's median."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from evenfold.render.words import rough_duration
from evenfold.score import fit_times
from evenfold.score import progress as progress_module
from evenfold.score.announcement import announcement
from evenfold.score.fit_times import FitTimes, StudyState
from evenfold.score.options import ScoreOptions
from evenfold.score.progress import StudyProgress, plan_text, progress_text


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(fit_times, "monotonic", lambda: now[0])
    return now


def test_the_time_left_is_the_sum_of_each_models_median():
    times = FitTimes(3, {"quick": 10, "slow": 5}, {"quick": [1, 1, 9], "slow": [4.0]}, slots=2)
    assert times.state == StudyState(3, 0, 15, 2, (10 * 1 + 5 * 4) / 2, is_least=False)


def test_a_model_without_a_time_makes_it_the_least_time():
    times = FitTimes(0, {"quick": 10, "new": 5}, {"quick": [1.0]}, slots=1)
    assert (times.state.seconds_left, times.state.is_least) == (10, True)
    assert FitTimes(0, {"new": 5}, {}, 1).state.seconds_left is None


def test_finished_fits_correct_the_median_and_what_they_take_beside_training_counts(clock):
    """From the first fit on: that one waits for the framework."""
    times = FitTimes(0, {"net": 6}, {}, slots=1)
    clock[0] += 30
    times.finish("net", 9.0)
    for _ in range(2):
        clock[0] += 1.5  # one second of training, and half a second of building and scoring
        times.finish("net", 1.0)
    assert times.state.seconds_left == pytest.approx(3 * 1.5)


@pytest.mark.parametrize(("slots", "enough"), [(1, 3), (2, 5)])
def test_the_first_fits_of_a_model_are_no_estimate(slots, enough):
    """Each worker compiles the model for its first one: the median is of more fits than these."""
    times = FitTimes(0, {"net": 10}, {}, slots)
    for _ in range(enough - 1):
        times.finish("net", 1.0)
        assert times.state.seconds_left is None
    times.finish("net", 1.0)
    assert times.state.seconds_left is not None


def test_a_model_with_few_fits_has_its_time_when_they_are_finished():
    times = FitTimes(0, {"net": 1, "other": 5}, {"other": [2.0]}, slots=1)
    times.finish("net", 1.0)
    assert times.state.seconds_left == 10


def test_times_of_earlier_fits_stay_until_there_are_enough_of_this_run():
    times = FitTimes(0, {"net": 10}, {"net": [2.0]}, slots=1)
    times.finish("net", 60.0)
    assert times.state.seconds_left == pytest.approx(9 * 2)


def test_a_model_that_became_slower_corrects_its_earlier_time_after_the_first_fit_of_each_worker():
    times = FitTimes(0, {"net": 30}, {"net": [0.2] * 9}, slots=2)
    for _ in range(2):  # they compile it
        times.finish("net", 50.0)
        assert times.state.seconds_left < 4
    times.finish("net", 40.0)
    assert 27 * 40 / 2 == pytest.approx(times.state.seconds_left)


def test_no_time_is_shown_while_the_model_that_runs_has_none():
    """Even if that of a later one is known."""
    times = FitTimes(0, {"new": 10, "old": 5}, {"old": [1.0]}, slots=1)
    assert (times.state.seconds_left, times.state.is_least) == (5, True)
    times.finish("new", 3.0)
    assert times.state.seconds_left is None


def test_a_fit_that_failed_is_done_and_has_no_time(clock):
    times = FitTimes(0, {"net": 2}, {}, slots=1)
    times.finish("net", None)
    assert (times.state.done, times.state.seconds_left) == (1, None)


def test_jobs_that_are_watched_are_the_same_jobs():
    answers = [({"model": "net"}, {"seconds": 2.0}), ({"model": "net"}, {"failed": "x"}),
               ({"model": "net"}, {"seconds": "no number"})]  # fmt: skip
    times = FitTimes(0, {"net": 3}, {}, slots=1)
    assert answers == list(times.watch(lambda jobs: iter(answers))([]))
    assert (times.state.done, times.state.seconds_left) == (3, 0)


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (StudyState(0, 0, 100, 2, None, True), "100 fits to run, 2 at a time"),
        (StudyState(0, 0, 100, 2, 180.0, False), "100 fits to run, 2 at a time, about 3 min"),
        (StudyState(40, 0, 60, 1, 9.0, True),
         "100 fits: 40 saved, 60 to run, 1 at a time, at least 9 s"),
        (StudyState(100, 0, 0, 2, 0.0, False), "100 fits: all of them saved, none to run"),
    ],
)  # fmt: skip
def test_a_study_states_what_it_runs(state, text):
    assert text == plan_text(state)


@pytest.mark.parametrize(
    ("state", "rate", "text"),
    [
        (StudyState(0, 10, 100, 2, 45.0, False), 2.0,
         "10 of 100 fits, 2.0 fits/s, about 45 s left"),
        (StudyState(0, 10, 100, 2, None, True), 20.0,
         "10 of 100 fits, estimating the time left"),
        (StudyState(0, 100, 100, 2, 0.0, False), 1.0, "100 fits in 1 min 35 s"),
    ],
)  # fmt: skip
def test_progress_has_a_rate_and_the_time_left(state, rate, text):
    assert text == progress_text(state, 95.0, rate)


def test_the_rate_is_that_of_the_last_seconds(monkeypatch):
    """Not of the first fit, which waits for its framework, nor of quicker models before."""
    now = [0.0]
    monkeypatch.setattr(progress_module, "monotonic", lambda: now[0])
    shown = []
    line = SimpleNamespace(say=shown.append, show=lambda text, **_: shown.append(text))
    progress = StudyProgress(shown.extend, line=line)
    for seconds, done in [
        (0, 0),
        (45, 1),
        (46, 2),
        (47, 3),
        *((50 + 4 * n, n) for n in range(4, 20)),
    ]:
        now[0] = float(seconds)
        progress(StudyState(0, done, 100, 1, 60.0, False))
    assert "1 of 100 fits, about 60 s left" == shown[1]
    assert "3 of 100 fits, 1.0 fits/s, about 60 s left" == shown[3]
    assert "19 of 100 fits, 4.0 s/fit, about 60 s left" == shown[-1]


def test_in_a_pipe_the_plan_and_the_end_are_lines():
    lines = []
    progress = StudyProgress(lines.extend, "tf2.21: ")
    for done in range(3):
        progress(StudyState(0, done, 2, 1, 1.0, False))
    assert lines == ["tf2.21: 2 fits to run, 1 at a time, about 1 s", "tf2.21: 2 fits in 0 s"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89, "89 s"), (91, "2 min"), (9000, "2.5 h")]
)
def test_expected_times_are_rough(seconds, text):
    assert text == rough_duration(seconds)


def test_the_first_line_names_models_fits_and_data(tmp_path):
    options = ScoreOptions(models=("majority", "svm_rbf"), folds=5, repeats=4)
    text = "2 models × 20 fits on breast_cancer: majority, svm_rbf"
    assert text == announcement(options, tmp_path)

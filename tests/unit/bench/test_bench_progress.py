"""The live line of a bench run: what it shows, and how it corrects what it expects."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenfold.bench.progress import USUAL_SECONDS, BenchProgress
from evenfold.render.words import duration


def benchmark(suite, model, device="cpu", **parameters):
    name = f"test_{suite}[{model}-{device}-{'-'.join(map(str, parameters.values()))}]"
    call = SimpleNamespace(params={"contender": model, "device": device, **parameters})
    return SimpleNamespace(
        path=Path(f"test_{suite}.py"), nodeid=name, name=name, originalname=f"test_{suite}",
        callspec=call,
    )  # fmt: skip


@pytest.fixture
def items():
    trainings = [benchmark("training", "net"), benchmark("training", "trees", "gpu")]
    return [*trainings, *(benchmark("inference", "net", rows=rows) for rows in (1, 1024))]


def test_the_line_names_what_runs_and_the_time_that_is_left(items):
    progress = BenchProgress(items, {("net", "cpu"): 60.0, ("trees", "gpu"): 40.0})
    left = 100 + 2 * USUAL_SECONDS
    assert f"1 of 4: training net; about {duration(left)} left" == progress.line(items[0].nodeid)
    progress.advance(items[0].nodeid, 1, 60.0)
    assert progress.line(items[1].nodeid).startswith("2 of 4: training trees on gpu; about 41 s")


def test_what_took_longer_than_expected_is_expected_of_the_rest(items):
    progress = BenchProgress(items, {("net", "cpu"): 10.0, ("trees", "gpu"): 40.0})
    progress.advance(items[0].nodeid, 1, 20.0)
    assert pytest.approx(80 + 2 * USUAL_SECONDS) == progress.left_seconds
    progress.advance(items[1].nodeid, 1, 60.0)
    progress.advance(items[2].nodeid, 1, 3 * USUAL_SECONDS)
    assert pytest.approx(3 * USUAL_SECONDS) == progress.left_seconds


def test_slow_predictions_of_networks_foretell_nothing_of_other_paths_and_estimators():
    def of_model(model, *paths):
        return [benchmark("inference", model, path=p, rows=r) for p in paths for r in (1, 1024)]

    nets = [*of_model("net", "predict", "function"), *of_model("other", "predict", "function")]
    progress = BenchProgress([*nets, *of_model("trees", "predict")], {})
    for item, seconds in zip(nets[:3], (6.0, 2.0, 0.5), strict=False):
        progress.advance(item.nodeid, 1, seconds)
    # One more of this function and two of the other's, two predictions, and two of trees.
    assert pytest.approx(3 * 0.5 + 2 * 4.0 + 2 * USUAL_SECONDS) == progress.left_seconds


def test_parts_of_a_benchmark_correct_what_is_expected_of_its_rest(items):
    progress = BenchProgress(items[:1], {("net", "cpu"): 30.0})
    progress.advance(items[0].nodeid, 1 / 3, 20.0)
    assert pytest.approx(40) == progress.left_seconds
    line = progress.line(items[0].nodeid, ", fit 2 of 3")
    assert "1 of 1: training net, fit 2 of 3; about 40 s left" == line
    progress.advance(items[0].nodeid, 2 / 3, 10.0)
    assert pytest.approx(15) == progress.left_seconds


@given(st.lists(st.floats(0.01, 100), min_size=4, max_size=4))
def test_nothing_is_left_after_the_last(seconds):
    all_items = [benchmark("training", name) for name in "abcd"]
    progress = BenchProgress(all_items, {(name, "cpu"): 1.0 for name in "abcd"})
    for item, took in zip(all_items, seconds, strict=True):
        assert progress.left_seconds > 0
        progress.advance(item.nodeid, 1, took)
    assert 0 == progress.left_seconds


def test_a_benchmark_of_a_users_own_has_its_name():
    own = SimpleNamespace(
        path=Path("test_mine.py"), nodeid="n", name="test_tables", originalname="test_tables"
    )
    assert BenchProgress([own], {}).line("n").startswith("1 of 1: mine test_tables; about")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (89.4, "89 s"), (90, "1 min 30 s"), (3600, "60 min")]
)
def test_durations_have_minutes_where_they_are_long(seconds, text):
    assert text == duration(seconds)

"""The experiments on growth and on the profile of a study count what they say."""

from __future__ import annotations

import time

import pytest

from builders import ROOT


@pytest.fixture(autouse=True)
def experiments(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))


@pytest.mark.parametrize(("power", "expected"), [(0, 0), (1, 1), (2, 2)])
def test_an_exponent_is_that_of_the_last_two_sizes(power, expected):
    import growth

    points = [{"size": n, "seconds": 3.0 * n**power, "bytes": 0} for n in (1, 10, 100)]
    points[0]["seconds"] = 1e9
    assert growth.exponents(points) == {"seconds": pytest.approx(expected), "bytes": None}


@pytest.mark.parametrize("kind", ["rows", "features", "models", "fits of a study"])
def test_each_kind_measures_a_small_size(kind):
    import growth

    result = {}
    growth.KINDS[kind](20, result)
    assert result["seconds"] > 0
    assert result["bytes"] >= 0


def test_a_phase_does_not_count_the_phases_inside_it():
    import worker_phases

    worker_phases.seconds.clear()
    inner = worker_phases.timed("inner", lambda: time.sleep(0.02))
    worker_phases.timed("outer", lambda: [inner(), inner()])()
    assert worker_phases.seconds["inner"] >= 0.04
    assert worker_phases.seconds["outer"] < 0.02


def test_a_phase_that_fails_is_counted():
    import worker_phases

    worker_phases.seconds.clear()

    def fail():
        time.sleep(0.01)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        worker_phases.timed("fails", fail)()
    assert worker_phases.seconds["fails"] >= 0.01

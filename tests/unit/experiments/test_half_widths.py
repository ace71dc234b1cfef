"""Races of two versions of evenfold: in turns, and continued after an interruption."""

from __future__ import annotations

import pytest

from builders import ROOT


@pytest.fixture
def experiment(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import half_widths

    return half_widths


@pytest.mark.parametrize(("before", "after"), [(0, 0), (3, 2), (4, 4)])
def test_both_versions_have_as_many_races_in_the_end(experiment, before, after):
    record = {"races": {"before": [{}] * before, "after": [{}] * after}}
    left = list(experiment.remaining(record, 4))
    assert (4 - before, 4 - after) == (left.count("before"), left.count("after"))


def test_versions_take_turns(experiment):
    left = list(experiment.remaining({"races": {"before": [], "after": []}}, 20))
    assert all({"before", "after"} == set(left[n : n + 2]) for n in range(0, 40, 2))
    assert {"before", "after"} == set(left[::2])

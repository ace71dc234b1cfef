"""``experiments/clocks.py`` with samples whose ratios and scatter are known."""

from __future__ import annotations

import numpy as np
import pytest

from builders import ROOT


@pytest.fixture
def clocks(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import clocks

    return clocks


def test_ratios_scatter_and_their_difference_are_those_of_the_samples(clocks):
    rng = np.random.default_rng(0)
    logs = {
        "in_turns": [rng.normal(np.log(1.5), 0.1, 4000) for _ in range(6)],
        "at_once": [rng.normal(np.log(1.47), 0.01, 4000) for _ in range(6)],
    }
    result = clocks.summary(logs)
    assert 6 == result["launches"]
    assert 24000 == result["blocks"]
    assert 1.5 == pytest.approx(result["in_turns"]["ratio"][0], rel=0.01)
    assert 1.47 == pytest.approx(result["at_once"]["ratio"][0], rel=0.001)
    assert 0.1 == pytest.approx(result["in_turns"]["block_scatter"], rel=0.1)
    assert 0.01 == pytest.approx(result["at_once"]["block_scatter"], rel=0.1)
    difference, low, high = result["at_once_over_in_turns"]
    assert 1.47 / 1.5 == pytest.approx(difference, rel=0.01)
    assert low < 0.98 < high < 1

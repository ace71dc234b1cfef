"""``experiments/table_cost.py``: a large table costs at most twice what a script by hand costs."""

from __future__ import annotations

import pytest

from builders import ROOT


@pytest.fixture
def table_cost(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "experiments"))
    import table_cost

    return table_cost


@pytest.mark.slow(reason="processes of their own read 100,000 rows")
def test_a_large_table_costs_at_most_twice_a_pipeline_by_hand(table_cost):
    """Both ways give arrays of the same shape and sums, or ``compare`` raises."""
    costs = table_cost.compare(repeats=1)
    for cost in ("seconds", "bytes"):
        assert costs["evenfold"][cost] <= 2 * costs["by hand"][cost], costs

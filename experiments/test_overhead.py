"""Cost of the harness inside the clock, against a bare ``model.fit``."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

MOST_RATIO = 1.01
SCRIPT = Path(__file__).with_name("overhead.py")


@pytest.mark.parametrize("name", ["conv1d", "dense_ann"])
def test_overhead(benchmark, bench, name):
    """The harness' fit takes less than 1 % longer than ``model.fit`` of the same traced model."""
    if bench.framework.name is None:
        pytest.skip("no framework is installed, so there is no model.fit")
    command = [sys.executable, str(SCRIPT), str(bench.plugin(name).path)]

    finished = benchmark.pedantic(
        subprocess.run, (command,), {"capture_output": True, "text": True}, rounds=1
    )

    assert finished.returncode == 0, finished.stderr
    info = json.loads(finished.stdout.splitlines()[-1])
    assert 0 < info["largest_change"] < np.inf, "nothing was trained, or it diverged"
    benchmark.extra_info.update({"kind": "overhead", "model": name, **info})
    # Only a whole interval above the limit shows a cost: noise alone widens the interval.
    assert info["ratio_low"] < MOST_RATIO

"""Cost of collecting the suites and of ``evenfold --help``, beyond bare pytest and bare Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from paired_timing import PairedTiming

BLOCKS = 8
MOST_SECONDS = 0.5
BENCH = Path(__file__).parents[1] / "bench"
PYTEST = ("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")


def python_command(*arguments):
    def run():
        finished = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True)
        assert finished.returncode == 0, finished.stderr.decode()

    return run


@pytest.mark.parametrize("action", ["help", "collect"])
def test_startup(benchmark, bench, action, tmp_path):
    """It takes at most half a second more."""
    if action == "help":
        reference = python_command("-c", "pass")
        other = python_command("-m", "evenfold", "--help")
    else:
        (tmp_path / "test_one.py").write_text("def test_one():\n    assert True\n")
        reference = python_command(*PYTEST, "--rootdir", tmp_path, tmp_path)
        other = python_command(*PYTEST, BENCH)
    timing = PairedTiming(reference, other)

    benchmark.pedantic(timing, rounds=BLOCKS, iterations=1, warmup_rounds=1)

    if benchmark.enabled:
        info = {"kind": "startup", "what": action, **timing.info()}
        benchmark.extra_info.update(info)
        assert info["other_seconds"] - info["reference_seconds"] < MOST_SECONDS

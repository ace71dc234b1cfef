"""What collecting the suites and asking for help cost beyond bare pytest and bare Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from blocks import Blocks

BLOCKS = 8
ALLOWED_SECONDS = 0.5
BENCH = Path(__file__).parents[1] / "bench"
PYTEST = ("-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider")


def command(*arguments):
    def run():
        done = subprocess.run([sys.executable, *map(str, arguments)], capture_output=True)
        assert done.returncode == 0, done.stderr.decode()

    return run


@pytest.mark.parametrize("what", ["help", "collect"])
def test_startup(benchmark, bench, what, tmp_path):
    """It costs at most half a second more."""
    if what == "help":
        reference, other = command("-c", "pass"), command("-m", "evenfold", "--help")
    else:
        (tmp_path / "test_one.py").write_text("def test_one():\n    assert True\n")
        reference = command(*PYTEST, "--rootdir", tmp_path, tmp_path)
        other = command(*PYTEST, BENCH)
    blocks = Blocks(reference, other)

    benchmark.pedantic(blocks, rounds=BLOCKS, iterations=1, warmup_rounds=1)

    if benchmark.enabled:
        info = {"kind": "startup", "what": what, **blocks.info()}
        benchmark.extra_info.update(info)
        assert info["other_seconds"] - info["reference_seconds"] < ALLOWED_SECONDS

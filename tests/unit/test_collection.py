"""Processes that share the tests must collect the same names in the same order."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from builders import ROOT


@pytest.mark.slow(reason="two processes collect all tests")
def test_two_collections_at_different_times_find_the_same_names(monkeypatch):
    found = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
        ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
        found.append([line for line in ended.stdout.splitlines() if "::" in line])
        time.sleep(1.1)  # a time in seconds has changed
    assert len(found[0]) > 1000
    assert found[0] == found[1]

"""Memory of one call, beyond what the process held before it."""

from __future__ import annotations

import numpy as np
import pytest

from evenfold.worker import memory

linux = pytest.mark.skipif(memory.resident("VmHWM") is None, reason="there is no /proc here")
MEGABYTES = 1_000_000


@linux
@pytest.mark.parametrize("megabytes", [50, 200])
def test_the_peak_of_a_call_is_what_it_had_for_a_while(megabytes):
    """An earlier call that needed more does not count."""
    np.ones(300 * MEGABYTES, np.uint8)
    peak = memory.peak_beyond(lambda: np.ones(megabytes * MEGABYTES, np.uint8))
    assert megabytes == pytest.approx(peak / MEGABYTES, rel=0.2)


@linux
def test_a_call_that_needs_nothing_has_next_to_no_peak():
    assert memory.peak_beyond(lambda: None) < 5 * MEGABYTES


@linux
def test_what_is_available_is_less_than_all_and_more_than_nothing():
    total = memory._read_bytes(memory.MACHINE, "MemTotal")
    assert 0 < memory.available_memory() < total


def test_a_system_without_these_files_is_no_error(monkeypatch, tmp_path):
    """The call is made all the same."""
    monkeypatch.setattr(memory, "PEAK", tmp_path / "none" / "clear_refs")
    called = []
    assert memory.peak_beyond(lambda: called.append(1)) is None
    assert [1] == called
    monkeypatch.setattr(memory, "STATUS", tmp_path / "status")
    assert memory.resident("VmRSS") is None

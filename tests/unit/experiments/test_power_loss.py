"""``experiments/power_loss.py``: a loss of power takes nothing from a store, and it sees losses."""

from __future__ import annotations

import random
import shutil
import sys

import pytest

from builders import ROOT

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("cc") is None, reason="records the calls of Linux by cc"
)


@pytest.fixture
def power_loss(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "experiments")
    import power_loss

    return power_loss


def test_a_loss_of_power_takes_no_fit_that_was_saved(power_loss):
    losses = power_loss.run(points=25, fits=25, seed=0)
    assert losses.fits_saved > 100
    assert 25 == losses.points
    assert not any(
        (losses.fits_lost, losses.fits_counted_twice, losses.damaged_stores,
         losses.stores_that_take_no_fit)
    )  # fmt: skip


def test_a_store_that_is_not_synced_loses_fits(power_loss):
    """So the script sees what it counts."""
    assert power_loss.run(points=15, fits=25, seed=0, synchronous="OFF").fits_lost


def test_what_is_not_synced_is_there_in_parts_or_not(power_loss):
    one = power_loss.Operation("W", "f", 500, b"x" * 600)
    file = power_loss.DiskFile(bytearray(b"." * 1100), [one])
    found = {bytes(file.after_loss(random.Random(seed))) for seed in range(40)}
    sectors = [slice(500, 512), slice(512, 1024), slice(1024, 1100)]
    for content in found:
        assert all(set(content[part]) in ({ord("x")}, {ord(".")}) for part in sectors)
    assert 8 == len(found)
    file.sync()
    assert {b"." * 500 + b"x" * 600} == {bytes(file.after_loss(random.Random(n))) for n in range(9)}

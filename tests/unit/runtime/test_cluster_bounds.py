"""Whatever a cluster does not answer has a bound."""

from __future__ import annotations

import socket
import time

import pytest

from evenfold.errors import UsageError
from evenfold.runtime import cluster
from evenfold.runtime.cluster import Cluster, within


def test_a_call_in_time_returns_or_raises():
    assert 5 == within(20, lambda: 5)
    with pytest.raises(ZeroDivisionError):
        within(20, lambda: 1 / 0)


def test_a_call_that_takes_longer_is_left():
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no answer within 0\.1 s"):
        within(0.1, lambda: time.sleep(30))
    assert time.monotonic() - began < 15


def test_an_address_that_accepts_and_says_nothing_is_refused(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "SECONDS_TO_CONNECT", 0.5)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(UsageError, match=f"no Dask scheduler answers at {address}"):
            Cluster(address, None)

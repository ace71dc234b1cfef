"""A disk that is full at any write of a store: one message, and every saved fit is there."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing, contextmanager

import numpy as np
import pytest

from builders.stores import SERIES
from evenfold.errors import ResultsError
from evenfold.score.fit import Fit, FitPlace
from evenfold.score.store import Store
from evenfold.stats.metric_names import METRIC_NAMES

pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no such limit")
FITS, ROWS = 6, 700


@contextmanager
def largest_file(size):
    """Files of this process grow to so many bytes at most, as on a disk that is full."""
    import resource

    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def fit_of(number):
    first = np.random.default_rng(number).random(ROWS)
    scores = dict.fromkeys(METRIC_NAMES, 0.5)
    return Fit("keras", "", 1.5, 7, np.column_stack([first, 1 - first]), {"loss": [0.5]}, scores)


def save_all(file, saved):
    with Store(file) as store:
        for number in range(FITS):
            place = FitPlace(SERIES, f"r{number}f0", number, "rows")
            store.put(f"fit-{number}", place, fit_of(number))
            saved.append(number)


def whole_size(folder):
    """The bytes of the log, the largest file of a store that is written without a limit."""
    log = folder / "whole.sqlite-wal"
    with Store(folder / "whole.sqlite") as store:
        for number in range(FITS):
            place = FitPlace(SERIES, f"r{number}f0", number, "rows")
            store.put(f"fit-{number}", place, fit_of(number))
        return log.stat().st_size


def test_a_disk_that_is_full_at_any_write_takes_no_saved_fit(tmp_path):
    most = whole_size(tmp_path)
    counts = set()
    for size in [0, 1, 511, 512, 4095, *range(4096, most + 4096, 4096)]:
        file, saved = tmp_path / f"{size}.sqlite", []
        with largest_file(size):
            if size < most:
                with pytest.raises(ResultsError, match=r"sqlite cannot be (opened or )?written"):
                    save_all(file, saved)
            else:
                save_all(file, saved)
        counts.add(len(saved))
        with Store(file) as store:
            fits = store.get([f"fit-{number}" for number in range(FITS)])
        for number in saved:
            probabilities = fits[f"fit-{number}"].probabilities
            np.testing.assert_array_equal(fit_of(number).probabilities, probabilities)
        with closing(sqlite3.connect(file)) as connection:
            assert [("ok",)] == connection.execute("PRAGMA integrity_check").fetchall()
            (count,) = connection.execute("SELECT count(*) FROM fits").fetchone()
        assert count <= len(saved) + 1
    assert set(range(FITS + 1)) == counts

"""Studies on a real Dask cluster on loopback: a scheduler and two worker processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest

from builders import ROOT
from builders.cluster import Cluster
from builders.models import NETWORK
from evenfold.errors import ResultsError
from evenfold.score.stored_scores import read_scores

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="processes are ended by signals"),
    pytest.mark.slow(reason="a scheduler and its workers are processes that import Dask"),
]
SLOW = """
from evenfold import Model

def build(task):
    import time
    from sklearn.naive_bayes import GaussianNB
    time.sleep(1)
    return GaussianNB()

MODEL = Model(build)
"""


@pytest.fixture
def cluster(tmp_path):
    running = Cluster(tmp_path)
    yield running
    running.close()


def study(results, *arguments):
    return [sys.executable, "-m", "evenfold", "score", *map(str, arguments),
            "--folds", "3", "--repeats", "2", "--results", str(results),
            "--store", str(results / "fits.sqlite")]  # fmt: skip


def run(command, **environment):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200,
                          env={**os.environ, **environment})  # fmt: skip


def scores(results):
    table = pd.read_csv(next(results.rglob("breast_cancer*.csv")), dtype=str)
    return table.drop(columns=["fit_seconds", "peak_bytes"])


def test_the_scores_are_those_of_the_local_pool(cluster, tmp_path):
    """To the last digit; and a model of the user's travels with the modules that it imports."""
    (tmp_path / "own" / "_parts").mkdir(parents=True)
    imports = "    from _parts.waiting import SECONDS\n    import time\n"
    text = SLOW.replace("    import time\n", imports).replace("sleep(1)", "sleep(SECONDS)")
    (tmp_path / "own" / "slow.py").write_text(text)
    (tmp_path / "own" / "_parts" / "waiting.py").write_text("SECONDS = 0.5\n")
    models = ["hist_gradient_boosting", "slow", "--models", tmp_path / "own"]
    cluster.worker()
    cluster.worker()
    done = run(study(tmp_path / "a", *models, "--scheduler", cluster.address))
    assert 0 == done.returncode, done.stderr
    assert 0 == run(study(tmp_path / "b", *models)).returncode
    pd.testing.assert_frame_equal(scores(tmp_path / "b"), scores(tmp_path / "a"))
    planned = run(study(tmp_path / "a", *models, "--plan", "--scheduler", cluster.address))
    assert "12 fits in all, 0 to run, 2 at a time" in planned.stdout


def test_a_network_is_the_same_to_the_last_bit(cluster, tmp_path, compiled_framework):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "net.py").write_text(NETWORK)
    models = ["net", "--models", tmp_path / "own"]
    cluster.worker()
    cluster.worker()
    done = run(study(tmp_path / "a", *models, "--scheduler", cluster.address))
    assert 0 == done.returncode, done.stderr
    assert 0 == run(study(tmp_path / "b", *models, "--jobs", "1")).returncode
    assert {"compiled"} == set(scores(tmp_path / "a")["engine"])
    for kind in ("predictions", "history"):
        ours, theirs = (
            np.load(next((tmp_path / where).rglob(f"*.{kind}.npz")), allow_pickle=False)
            for where in "ab"
        )
        assert sorted(ours.files) == sorted(theirs.files)
        for name in ours.files:
            np.testing.assert_array_equal(ours[name], theirs[name])


def finished_fits(store):
    """Wait until a store has fits, and return how many."""
    until = time.monotonic() + 100
    while time.monotonic() < until:
        with suppress(ResultsError):
            if store.exists() and (count := len(read_scores(store, ()).table)):
                return count
        time.sleep(0.05)
    return 0


def test_a_worker_killed_in_the_middle_loses_nothing(cluster, tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "slow.py").write_text(SLOW)
    first = cluster.worker()
    cluster.worker()
    models = ["slow", "--models", tmp_path / "own"]
    store, finished = tmp_path / "a" / "fits.sqlite", []

    def kill():
        until = time.monotonic() + 100
        while not finished and time.monotonic() < until:
            with suppress(ResultsError):
                finished[:] = [len(read_scores(store, ()).table)] if store.exists() else []
            finished[:] = [count for count in finished if count]
            time.sleep(0.05)
        first.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    done = run(study(tmp_path / "a", *models, "--scheduler", cluster.address))
    killer.join()
    assert 0 == done.returncode, done.stderr
    assert 6 == len(scores(tmp_path / "a"))
    assert 1 <= finished[0] < 5, "there was nothing left to lose"


def test_a_scheduler_killed_in_the_middle_is_an_error_and_what_was_finished_is_saved(
    cluster, tmp_path
):
    """Its workers end with it or wait for another; the same command goes on without them."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "slow.py").write_text(SLOW)
    cluster.worker()
    models = ["slow", "--models", tmp_path / "own"]
    store = tmp_path / "a" / "fits.sqlite"
    killer = threading.Thread(
        target=lambda: finished_fits(store) and cluster.scheduler.send_signal(signal.SIGKILL)
    )
    killer.start()
    lost = run(study(tmp_path / "a", *models, "--scheduler", cluster.address))
    killer.join()
    assert 3 == lost.returncode, lost.stderr
    assert "Traceback" not in lost.stderr
    message = f"the scheduler at {cluster.address} was lost: finished fits are saved; start it"
    assert message in lost.stderr
    saved = finished_fits(store)
    assert 1 <= saved < 6
    done = run(study(tmp_path / "a", *models))
    assert 0 == done.returncode, done.stderr
    assert 6 == len(scores(tmp_path / "a"))


def test_workers_that_are_not_alike_are_refused(cluster, tmp_path):
    cluster.worker()
    cluster.worker(XLA_FLAGS="--other=1")
    done = run(study(tmp_path, "majority", "--scheduler", cluster.address))
    assert 2 == done.returncode
    assert "not alike: flags of tcp://" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def tls(tmp_path):
    """Dask's own settings for TLS, with a certificate made for the test."""
    return tls_settings(tmp_path)


def tls_settings(folder):
    """Settings for TLS with a new certificate, which is signed by itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    folder.mkdir(exist_ok=True)
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    names = {"CA_FILE": certificate}
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        names |= {f"{role}__KEY": key, f"{role}__CERT": certificate}
    return {f"DASK_DISTRIBUTED__COMM__TLS__{name}": str(file) for name, file in names.items()}


def test_tls_is_honoured(tls, tmp_path):
    """With Dask's settings a study runs; without them, or with the certificate of someone else, the
    error says that no scheduler answers."""
    cluster = Cluster(tmp_path, "tls", **tls)
    try:
        cluster.worker(**tls)
        command = study(tmp_path / "a", "majority", "--scheduler", cluster.address)
        refused, done = run(command), run(command, **tls)
        wrong = run(command, **tls_settings(tmp_path / "someone else"))
    finally:
        cluster.close()
    assert (2, "") == (wrong.returncode, wrong.stdout)
    assert f"no Dask scheduler answers at {cluster.address}" in wrong.stderr
    assert "TLS certificate does not match" in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert 0 == done.returncode, done.stderr
    assert 6 == len(scores(tmp_path / "a"))
    assert 2 == refused.returncode
    assert f"no Dask scheduler answers at {cluster.address}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_scheduler_without_workers_is_an_error(cluster, tmp_path):
    done = run(study(tmp_path, "majority", "--scheduler", cluster.address))
    assert 2 == done.returncode
    assert "has no workers: start some" in done.stderr


def test_no_scheduler_is_an_error(tmp_path):
    done = run(study(tmp_path, "majority", "--scheduler", "nothing://127.0.0.1:1"))
    assert 2 == done.returncode
    assert "no Dask scheduler answers at nothing://127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr

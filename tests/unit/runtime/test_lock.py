"""One timed run at a time: the second waits, and a dead holder holds nothing."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evenfold.runtime.lock import LOCK_DIR_VARIABLE, lock_file, timing_lock

HOLDER = """
import sys, time
from pathlib import Path
from evenfold.runtime.lock import timing_lock
with timing_lock(print, Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(file, seconds):
    command = [sys.executable, "-c", HOLDER, str(file), str(seconds)]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert "held" == holder.stdout.readline().strip()
    return holder


def test_the_second_run_waits_and_says_so(tmp_path):
    messages = []
    holder = hold(tmp_path / "lock", 1.5)
    started = time.monotonic()
    with timing_lock(messages.append, tmp_path / "lock"):
        waited = time.monotonic() - started
    holder.communicate()
    assert waited > 1
    assert 1 == len(messages)
    assert "another run of evenfold measures times" in messages[0]


def test_a_killed_holder_frees_it(tmp_path):
    holder = hold(tmp_path / "lock", 600)
    holder.kill()
    holder.communicate()
    messages = []
    with timing_lock(messages.append, tmp_path / "lock"):
        assert [] == messages


def test_a_free_lock_is_taken_without_a_word(tmp_path):
    messages = []
    for _ in range(2):
        with timing_lock(messages.append, tmp_path / "lock"):
            pass
    assert [] == messages


def test_the_environment_sets_the_folder_of_the_lock(monkeypatch, tmp_path):
    """Without it, the lock is the machine's."""
    monkeypatch.setenv(LOCK_DIR_VARIABLE, str(tmp_path / "new" / "locks"))
    assert tmp_path / "new" / "locks" == lock_file().parent
    with timing_lock(print):
        assert lock_file().exists()
    monkeypatch.delenv(LOCK_DIR_VARIABLE)
    assert Path(tempfile.gettempdir()) == lock_file().parent

"""One timed run at a time: the second waits, and a dead holder holds nothing."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from evenfold.runtime.lock import LOCK_DIR_VARIABLE, lock_file, timing_lock
from evenfold.runtime.lock_holder import (
    LockHolder,
    describe_holder,
    read_holder,
    this_run,
    write_holder,
)

HOLDER = """
import sys, time
from pathlib import Path
from evenfold.runtime.lock import timing_lock
with timing_lock(print, 90.0, Path(sys.argv[1])):
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
    with timing_lock(messages.append, None, tmp_path / "lock"):
        waited = time.monotonic() - started
    holder.communicate()
    assert waited > 1
    waits, ended = messages
    assert waits.startswith("another run of evenfold measures times on this machine: -c ")
    assert f"(process {holder.pid}, since " in waits
    assert " s ago; it should end about " in waits
    assert "without a limit" in waits
    assert re.fullmatch(r"the other run has ended, after a wait of \d+ s", ended)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        '{"command": "a", "pid": "1", "since": 1}',
        '{"command": "a", "pid": 1, "since": 1e99}',
        '{"command": ["a"], "pid": 1, "since": 1}',
        '{"command": "a", "pid": 99999999, "since": 1}',
    ],
    ids=["empty", "list", "no fields", "text", "time", "command", "ended"],
)
def test_a_file_that_names_no_running_holder_is_not_quoted(tmp_path, text):
    (tmp_path / "holder").write_text(text)
    assert read_holder(tmp_path / "holder") is None


def test_a_link_is_not_followed(tmp_path):
    """The folder of temporary files is everyone's."""
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "holder").symlink_to(tmp_path / "precious")
    write_holder(tmp_path / "holder", this_run())
    assert "mine" == (tmp_path / "precious").read_text()


def test_a_holder_is_described_with_its_command_and_times():
    holder = LockHolder("evenfold race " + "a" * 200, 12, 0.0, 300.0)
    text = describe_holder(holder, 120.0)
    assert re.fullmatch(
        r"evenfold race a{133}\.\.\. \(process 12, since \d\d:\d\d, 2 min ago; "
        r"it should end about \d\d:\d\d\)",
        text,
    )


def test_what_holds_it_no_more_is_named_no_more(tmp_path):
    with timing_lock(print, None, tmp_path / "lock"):
        assert read_holder(tmp_path / "lock.holder") is not None
    assert not (tmp_path / "lock.holder").exists()


def test_a_killed_holder_frees_it(tmp_path):
    holder = hold(tmp_path / "lock", 600)
    holder.kill()
    holder.communicate()
    messages = []
    with timing_lock(messages.append, None, tmp_path / "lock"):
        assert [] == messages


def test_a_free_lock_is_taken_without_a_word(tmp_path):
    messages = []
    for _ in range(2):
        with timing_lock(messages.append, None, tmp_path / "lock"):
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

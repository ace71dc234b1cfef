"""What a process leaves behind when it is killed is ended and removed by its guard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conftest import running
from evenfold.study.guard import GROUP, Guard, scratch

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are ended by signals")

# Starts two groups, of which it forgets one, makes two folders, and is killed in the second.
LEAVES = """
import subprocess, sys
from evenfold.study.guard import GROUP, GUARD, scratch
sleeping = [subprocess.Popen(["sleep", "300"], start_new_session=True).pid for _ in range(2)]
for pid in sleeping:
    GUARD.watch(GROUP, pid)
GUARD.forget(GROUP, sleeping[1])
with scratch() as first:
    pass
with scratch() as second:
    (second / "weights").write_text("0")
    print(*sleeping, first, second, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def left():
    """What such a process has left: two groups and two folders, and how to end it by a signal."""
    with subprocess.Popen(
        [sys.executable, "-c", LEAVES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        watched, forgotten, first, second = process.stdout.readline().split()
        assert Path(second, "weights").exists()
        yield process, int(watched), int(forgotten), Path(first), Path(second)
        process.kill()
    for pid in filter(running, (int(watched), int(forgotten))):
        os.killpg(pid, signal.SIGKILL)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_what_is_known_goes_with_a_process_that_is_killed_and_nothing_else(left, sent):
    process, watched, forgotten, first, second = left
    process.send_signal(sent)
    assert until(lambda: not running(watched) and not second.exists())
    assert running(forgotten)
    assert not first.exists()


def test_a_guard_that_was_ended_is_started_again_and_knows_what_it_knew():
    guard = Guard()
    sleeping = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        guard.watch(GROUP, sleeping.pid)
        first = guard._process
        first.kill()
        first.wait()
        guard.forget(GROUP, 2**22)
        assert guard._process is not first
        guard.end()
        assert -signal.SIGKILL == sleeping.wait(10)
        first.stdin.close()
    finally:
        sleeping.kill()
        sleeping.wait()


def test_a_process_that_ends_as_usual_waits_for_its_guard():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c",
         "from evenfold.study.guard import GUARD, scratch\n"
         "with scratch(): print(GUARD._process.pid)"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr)
    assert not running(int(done.stdout))


def test_a_folder_is_there_while_it_is_needed():
    with scratch() as folder:
        assert folder.is_dir()
    assert not folder.exists()


def until(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()

"""What a process leaves behind when it is killed is ended and removed by its guard."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from builders.processes import running
from evenfold.runtime.cleanup import GROUP, Guard, scratch

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/status"), reason="/proc tells of processes"
)

NOBODY = 2**22  # above the greatest number of a process
# Starts two groups, of which it forgets one, makes two folders, and is killed in the second, where
# the other group goes on writing; a process that it forked lives on, and knows nothing of all that.
LEAVES = """
import os, subprocess, sys, time
from evenfold.runtime.cleanup import FOLDER, GROUP, GUARD, scratch
with scratch() as first:
    pass
with scratch() as second:
    writes = "i=0; while true; do i=$((i+1)); mkdir -p $0/d$i; echo > $0/d$i/f; done"
    commands = (["sh", "-c", writes, str(second)], ["sleep", "300"])
    sleeping = [subprocess.Popen(command, start_new_session=True).pid for command in commands]
    for pid in sleeping:
        GUARD.watch(GROUP, pid)
    GUARD.forget(GROUP, sleeping[1])
    GUARD.watch(FOLDER, os.environ["OTHER"])
    forked = os.fork()
    if not forked:
        os.setsid()
        for stream in (0, 1, 2):
            os.close(stream)
        time.sleep(300)
    print(*sleeping, forked, GUARD._process.pid, second, flush=True)
    assert not first.exists()
    sys.stdin.read()
"""


@pytest.fixture
def left(tmp_path):
    """Such a process, the groups that it watches and forgot, its guard and its folder."""
    (tmp_path / "other").mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", LEAVES], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "OTHER": str(tmp_path / "other")},
    ) as process:  # fmt: skip
        *pids, folder = process.stdout.readline().split()
        watched, forgotten, forked, guard = map(int, pids)
        yield process, watched, forgotten, guard, Path(folder)
        process.kill()
    for pid in filter(running, (watched, forgotten, forked)):
        os.killpg(pid, signal.SIGKILL)


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM])
def test_what_is_known_goes_with_a_process_that_is_killed_and_nothing_else(left, sent):
    process, watched, forgotten, guard, folder = left
    assert folder.is_dir()
    assert until(lambda: ignores(guard, signal.SIGTERM))
    os.kill(guard, signal.SIGTERM)  # as all of a user's processes may be sent it
    process.send_signal(sent)
    assert until(lambda: not running(watched) and not folder.exists())
    assert until(lambda: not running(guard))
    assert not folder.exists(), "what was still running wrote into it"
    assert running(forgotten)
    assert (folder.parent / "other").is_dir(), "it is no folder of ours"


def test_a_guard_that_was_ended_is_started_again_and_knows_what_it_knew():
    guard = Guard()
    sleeping = subprocess.Popen(["sleep", "300"], start_new_session=True)
    try:
        guard.watch(GROUP, sleeping.pid)
        first = guard._process
        first.kill()
        first.wait()
        guard.forget(GROUP, NOBODY)
        guard.watch(GROUP, NOBODY)
        assert guard._process is not first
        guard.end()
        assert -signal.SIGKILL == sleeping.wait(10)
    finally:
        sleeping.kill()
        sleeping.wait()


@pytest.mark.parametrize("python", [None, "", "/nowhere/python", "/bin/false"])
def test_where_no_guard_can_be_started_all_goes_on_without(monkeypatch, python):
    guard = Guard()
    with monkeypatch.context() as patched:
        patched.setattr(sys, "executable", python)
        for number in range(20):
            guard.watch(GROUP, NOBODY + number)
            guard.forget(GROUP, NOBODY + number)
    assert {} == guard.known
    guard.end()


def test_a_folder_that_is_collected_while_the_guard_is_told_is_no_deadlock(monkeypatch):
    guard = Guard()
    real = guard._send
    one, other = NOBODY, NOBODY + 1

    def collected(word, kind, what):
        if (word, what) == ("watch", str(other)):
            guard.forget(GROUP, one)
        real(word, kind, what)

    monkeypatch.setattr(guard, "_send", collected)
    guard.watch(GROUP, one)
    guard.watch(GROUP, other)
    assert [(GROUP, str(other))] == list(guard.known)
    guard.end()


def test_a_process_that_ends_as_usual_waits_for_its_guard():
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c",
         "from evenfold.runtime.cleanup import GUARD, scratch\n"
         "with scratch(): print(GUARD._process.pid)"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (0, "") == (done.returncode, done.stderr)
    assert not running(int(done.stdout))


def test_a_folder_is_there_while_it_is_needed():
    with scratch() as folder:
        assert folder.is_dir()
    assert not folder.exists()


def ignores(pid, sent):
    (mask,) = [
        line.split()[1]
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("SigIgn")
    ]
    return int(mask, 16) >> (sent - 1) & 1


def until(holds, seconds=20.0):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


NO_DESCRIPTORS = """
import os, resource
from evenfold.runtime.cleanup import scratch

with scratch() as folder:
    (folder / "inner").mkdir()
    (folder / "inner" / "file").touch()
    resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
    taken = []
    try:
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        pass
print(folder, folder.exists())
for descriptor in taken:
    os.close(descriptor)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_a_folder_is_removed_at_the_end_where_too_many_files_were_open():
    command = [sys.executable, "-c", NO_DESCRIPTORS]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    folder, was_left = done.stdout.split()
    assert "True" == was_left
    assert not Path(folder).exists()

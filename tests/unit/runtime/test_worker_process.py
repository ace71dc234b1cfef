"""Worker processes: whatever one does instead of answering, its parent raises an error."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from evenfold.errors import UsageError, WorkerError
from evenfold.runtime.cleanup import GROUP, GUARD
from evenfold.runtime.staging import stage
from evenfold.runtime.worker_process import OutOfStepError, WorkerProcess

# The answer of a shell script: its argument, with the nonce of the line that it has read.
ANSWER = (
    'answer() { nonce=${line#*\'"nonce": "\'}; nonce=${nonce%%\\"*}; '
    'echo "{\\"nonce\\": \\"$nonce\\"$1}"; }; '
)
SAMPLE = {"do": "sample", "repeats": 1}
FIT = {"do": "fit", "key": "k", "model": "m"}
pytestmark = pytest.mark.skipif(os.name != "posix", reason="interpreters here are shell scripts")


@pytest.fixture
def start(tmp_path):
    """A worker process of this Python, or of a script in its place; ended with the test."""
    started = []
    staged = stage(tmp_path / "worker")

    def run(script=None):
        python = Path(sys.executable)
        if script is not None:
            python = tmp_path / "python"
            python.write_text("#!/bin/sh\n" + script)
            python.chmod(0o755)
        started.append(WorkerProcess(python, staged, os.environ))
        return started[-1]

    yield run
    for worker in started:
        worker.stop()


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_is_known_to_the_guard_until_it_is_stopped(start):
    worker = start()
    known = (GROUP, str(worker.process.pid))
    assert known in GUARD.known
    worker.stop()
    assert known not in GUARD.known


def test_a_worker_answers(start):
    worker = start()
    info = worker.greet(1, False)
    assert sys.version.split()[0] == info["python"]
    assert {} == worker.ask({"do": "pin", "cores": []}, 60)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("read line; echo oh no >&2; exit 7", r"its process ended: exit code 7\n  oh no"),
        ("read line; kill -9 $$", "its process ended: signal 9"),
        ("read line; sleep 600", "no answer within 1 s"),
        ("read line; echo hello; sleep 600", "it printed 'hello'"),
        ("read line; echo '[1, 2]'; sleep 600", r"it printed '\[1, 2\]'"),
        ("read line; printf '\\377\\376\\n'; sleep 600", "it printed"),
        ("read line; exec 1>&-; sleep 600", "it closed its output"),
        ("exec 0<&-; sleep 600", "no answer within 1 s|it closed its output"),
        ("read line; head -c 20000 /dev/zero | tr '\\0' '['; echo", r"it printed '\[\[\["),
        (ANSWER + "read line; answer ''; sleep 600", "it answered {}: .*nanoseconds"),
        (ANSWER + 'read line; answer \', "nanoseconds": "1", "units": 2\'', "Expected .int"),
    ],
)
def test_anything_but_an_answer_is_a_worker_error(start, script, message):
    worker = start(script)
    with pytest.raises(WorkerError, match=message):
        worker.ask(SAMPLE, 1)
    worker.stop()
    assert not is_running(worker.process.pid)


@pytest.mark.parametrize(
    "script",
    [
        "read line; echo '{}'",
        """read line; echo '{"nonce": "0"}'""",
        'read line; echo \'{"nanoseconds": 1, "units": 2}\'',
    ],
)
def test_an_answer_to_another_message_is_refused(start, script):
    with pytest.raises(OutOfStepError, match="its output is not its own"):
        start(script + "; sleep 600").ask(SAMPLE, 20)


def test_an_answer_about_another_fit_is_refused(start):
    with pytest.raises(OutOfStepError):
        start(ANSWER + """read line; answer ', "key": "other", "failed": "no"'""").ask(FIT, 20)
    answer = start(ANSWER + """read line; answer ', "key": "k", "failed": "no"'""").ask(FIT, 20)
    assert {"failed": "no"} == answer


@pytest.mark.parametrize(
    ("sent", "read"),
    [(r"/data/\udcff", r"/data/\udcff"), (r"\ud83d\ude00", "😀"), (r"\\udcff", r"\udcff")],
)
def test_half_a_pair_of_surrogates_is_text(start, tmp_path, sent, read):
    """As a path with bytes that are no characters has; no file of results could hold it."""
    (tmp_path / "answer").write_text(f', "key": "k", "skip": "cannot open {sent}"')
    script = ANSWER.replace("$1", f"$(cat '{tmp_path / 'answer'}')") + "read line; answer"
    assert {"skip": f"cannot open {read}"} == start(script).ask(FIT, 20)


def test_a_greeting_has_a_bound(start):
    """What floods its output is ended long before memory is full."""
    with pytest.raises(UsageError, match="more than 1048576 bytes in one line"):
        start("exec head -c 300000000 /dev/zero").greet(1, False)


def test_a_worker_that_writes_unasked_is_not_usable(start):
    worker = start(
        ANSWER + """read line; answer ', "nanoseconds": 1, "units": 1'; echo more; cat"""
    )
    assert {"nanoseconds": 1, "units": 1} == worker.ask(SAMPLE, 20)
    until = time.monotonic() + 20
    while worker.is_usable and time.monotonic() < until:
        time.sleep(0.01)
    assert not worker.is_usable
    assert worker.process.poll() is None


def test_another_protocol_is_refused(start):
    with pytest.raises(UsageError, match="cannot be used: the worker speaks protocol 9"):
        start('read line; echo \'{"error": "the worker speaks protocol 9"}\'').greet(1, False)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("versions", "true", r"Expected `object`, got `bool` - at `\$.versions`"),
        ("versions", '{"numpy": "\\u001b"}', "cannot be printed"),
        ("python", "3", r"Expected `str`, got `int` - at `\$.python`"),
        ("flags", "[]", "Expected `object`, got `array`"),
        ("backend", '"../x"', r"backend: '../x', expected tensorflow, jax, torch"),
        ("protocol", "1", "protocol: expected 7, got 1"),
        ("error", "[1]", "protocol: expected 7, got None"),
    ],
)
def test_a_greeting_that_describes_no_environment_is_refused(start, field, value, message):
    """Any program can be named as the Python of an environment."""
    greeting = {"protocol": "7", "python": '"3.13"', "versions": "{}", "backend": "null",
                "flags": "{}", field: value}  # fmt: skip
    if field == "error":
        greeting = {field: value}
    line = "{" + ", ".join(f'"{name}": {text}' for name, text in greeting.items()) + "}"
    with pytest.raises(UsageError, match=message):
        start(f"read line; printf '%s\\n' '{line}'").greet(1, False)


def test_an_unknown_message_fails_alone(start):
    worker = start()
    worker.greet(1, False)
    assert "failed" in worker.ask({"do": "nothing"}, 60)
    assert "nothing has been prepared" in worker.ask({"do": "sample", "repeats": 1}, 60)["failed"]
    assert {} == worker.ask({"do": "pin", "cores": []}, 60)


def test_what_a_worker_started_ends_with_it(start, tmp_path):
    pid_file = tmp_path / "pid"
    worker = start(f"sleep 600 & echo $! > {pid_file}; {ANSWER} read line; answer ''; sleep 600")
    assert {} == worker.ask({"do": "pin", "cores": []}, 60)
    child = int(pid_file.read_text())
    assert is_running(child)
    worker.stop()
    until = time.monotonic() + 30
    while is_running(child) and time.monotonic() < until and not _is_zombie(child):
        time.sleep(0.05)
    assert not is_running(child) or _is_zombie(child)


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="marks are read in /proc")
def test_what_left_the_group_of_a_worker_ends_with_it_too(start, tmp_path):
    pid_file = tmp_path / "pid"
    code = (
        "import subprocess; print(subprocess.Popen(['sleep', '600'], start_new_session=True).pid)"
    )
    worker = start(
        f"{sys.executable} -c \"{code}\" > {pid_file}; {ANSWER} read line; answer ''; sleep 600"
    )
    assert {} == worker.ask({"do": "pin", "cores": []}, 60)
    child = int(pid_file.read_text())
    assert is_running(child)
    worker.stop()
    assert not is_running(child) or _is_zombie(child)


def _is_zombie(process):
    # Where nobody reaps orphans, one that has ended is still listed.
    status = Path(f"/proc/{process}/status")
    return status.exists() and "State:\tZ" in status.read_text()

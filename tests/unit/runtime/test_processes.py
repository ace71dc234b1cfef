"""Modules in processes of their own: their reports alone are read, and nothing of them stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import evenfold
from builders.processes import running
from evenfold.errors import UsageError
from evenfold.runtime import processes
from evenfold.runtime.child_process import ChildProcess
from evenfold.runtime.processes import run_module
from evenfold.worker.module_command import module_command

SEND = "from evenfold.worker.pipes import take_stdout\nsend = take_stdout()\n"
REPORT = "send({'kind': 'cpu', 'names': ['c'], 'missing': None})\n"
NOISE = """
import os
for fd in range(3, 9):
    try:
        os.write(fd, b"{}\\n")
    except OSError:
        pass
"""
EXPECTED = {"kind": "cpu", "names": ["c"], "missing": None}


@pytest.fixture
def reports(monkeypatch):
    """The reports of a process that runs some code."""

    def run(code, timeout=30.0):
        command = [sys.executable, "-c", SEND + code]
        monkeypatch.setattr(processes, "module_command", lambda *_: command)
        return list(run_module("probe_devices", timeout=timeout))

    return run


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("", "ended its process: exit code 0"),
        ("import os; os._exit(7)", "ended its process: exit code 7"),
        ("import os; os.kill(os.getpid(), 9)", "ended its process: signal 9"),
        (NOISE, "wrote '{}' to the pipe"),
        ("send({'kind': 5, 'names': [], 'missing': None})", "to the pipe of results"),
        ("import time; time.sleep(600)", "gave no result within 2 s"),
        ("import sys; sys.stdin.read()", "ended its process: exit code 0"),
        # It runs on as its child does, and would report twice.
        ("import os; os.fork()\n" + REPORT, "ended its process: exit code 0"),
    ],
)
def test_what_a_process_does_at_last_is_reported(reports, code, end):
    first, *others, last = reports(REPORT + code, 2.0)
    assert EXPECTED == first
    assert [EXPECTED] * ("fork" in code) == others
    assert end in last["code"]


def test_what_a_process_prints_is_quoted_where_it_fails_alone(reports, capfd):
    """Frameworks write lines of their log wherever they start."""
    noise = "import os; os.write(2, b'one\\ntwo\\n')\n"
    first, last = reports(noise + REPORT + "os._exit(7)")
    assert EXPECTED == first
    assert "ended its process: exit code 7\n  one\n  two" == last["code"]
    assert "one" not in capfd.readouterr().err


def test_a_process_that_closes_its_pipe_and_runs_on_has_a_bound(reports, monkeypatch):
    monkeypatch.setattr(processes, "SECONDS_TO_END", 0.2)
    *_, last = reports("import os, time; os.closerange(3, 200); del send; time.sleep(600)")
    assert last["code"].startswith("ended its process: it closed its output and was killed")


def test_a_process_that_reads_nothing_has_a_bound():
    process = ChildProcess([sys.executable, "-c", "import time; time.sleep(600)"], os.environ)
    try:
        with pytest.raises(TimeoutError):
            process.write(bytes(2**20), 0.2)
        assert "signal 9" == process.how_it_ended(20)
    finally:
        process.stop()


def test_an_error_is_raised(reports):
    with pytest.raises(UsageError, match="no framework"):
        reports("send({'error': 'no framework'})")


def test_a_child_that_holds_the_output_open_does_not_keep_the_harness(reports, tmp_path):
    """It is ended with the process."""
    pid = tmp_path / "pid"
    code = (
        "import os, time\nif os.fork() == 0:\n"
        f"    open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
        "    time.sleep(600)\ntime.sleep(0.3)\n"
    )
    began = time.monotonic()
    *_, last = reports(REPORT + code)
    assert "exit code 0" in last["code"]
    assert time.monotonic() - began < 20
    until = time.monotonic() + 5
    while running(int(pid.read_text())) and time.monotonic() < until:  # a signal takes a moment
        time.sleep(0.01)
    assert not running(int(pid.read_text()))


def test_a_checkout_that_is_not_installed_finds_itself(tmp_path):
    """In its own folder, which is no longer on the path of modules."""
    shutil.copytree(Path(evenfold.__file__).parent / "worker", tmp_path / "evenfold" / "worker")
    for name in ("__init__.py", "errors.py", "contract.py"):
        (tmp_path / "evenfold" / name).write_text("")
    source = Path(module_command.__code__.co_filename).read_text(encoding="utf-8")
    (tmp_path / "evenfold" / "worker" / "module_command.py").write_text(source)
    (tmp_path / "evenfold" / "worker" / "hello.py").write_text("print('hello')\n")
    start = (
        "import subprocess, sys; from evenfold.worker.module_command import module_command; "
        "command = module_command('evenfold.worker.hello'); command.insert(1, '-S'); "
        "sys.exit(subprocess.run(command).returncode)"
    )
    command = [sys.executable, "-S", "-c", start]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (0, "hello\n") == (done.returncode, done.stdout), done.stderr


@pytest.mark.parametrize("name", ["random", "json", "numpy", "runpy"])
def test_modules_of_the_working_folder_are_not_imported(tmp_path, name):
    (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'imported')!r}, 'w').close()\n")
    command = module_command("evenfold.worker.describe")
    subprocess.run(command, cwd=tmp_path, check=True, env=dict(os.environ))
    assert not Path(tmp_path / "imported").exists()

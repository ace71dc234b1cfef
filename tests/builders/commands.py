"""Commands of evenfold that run in the tests' own process."""

from __future__ import annotations

import os
import re
import shlex
import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess
from tempfile import TemporaryDirectory

import pytest

from builders import ROOT

COMMENT = re.compile(r"(^|\s)#.*")
STREAMS = {1: "stdout", 2: "stderr"}


def words_of(line):
    """The words of a line of a shell, without its comment: in ``base#main`` there is none."""
    return shlex.split(COMMENT.sub("", line))


def run_command(*arguments, cwd=ROOT, **environment) -> CompletedProcess:
    """Run a command line in this process, and return what a process would have returned.

    A process of its own takes two seconds or more to import what this process has imported. A test
    whose fact is about a process (its end, its imports, its terminal) uses ``run_python``.
    """
    from evenfold.cli.main import INTERRUPTED, main

    command = ["evenfold", *map(str, arguments)]
    handler = signal.getsignal(signal.SIGTERM)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        files = {name: Path(folder) / name for name in STREAMS.values()}
        patch.chdir(cwd)
        patch.setattr(sys, "argv", command)
        for name, value in environment.items():
            patch.setenv(name, value)
        try:
            with written_to(files, patch):
                main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            signal.signal(signal.SIGTERM, handler)
        texts = [file.read_text(encoding="utf-8") for file in files.values()]
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return CompletedProcess(command, code, *texts)


@contextmanager
def written_to(files, patch):
    """Send this process's streams into files, and with them those of the processes it starts."""
    saved = {number: os.dup(number) for number in STREAMS}
    try:
        for number, name in STREAMS.items():
            stream = files[name].open("w", encoding="utf-8")
            os.dup2(stream.fileno(), number)
            patch.setattr(sys, name, stream)
        yield
    finally:
        for number, name in STREAMS.items():
            getattr(sys, name).close()
            os.dup2(saved[number], number)
            os.close(saved[number])

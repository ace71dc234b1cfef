"""Standard error without the lines that a framework logs while it starts.

TensorFlow's C++ code logs before any of its settings is read. Another process drops these lines and
passes all others on, even where this process is then killed: they say why.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

STDERR = 2
SECONDS_TO_END = 2.0
NOISE = "|".join(
    (
        r"WARNING: All log messages before absl::InitializeLog\(\)",
        r"[IW]\d{4} \d\d:\d\d:\d\d",  # of absl
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IW] ",  # of TensorFlow to 2.17
        r"To enable the following instructions:",
        r".*Unable to register cu\w+ factory",
        r".*computation placer already registered",
    )
)
PASS_ON = """
import re, sys
noise = re.compile(sys.argv[1].encode())
for line in sys.stdin.buffer:
    if not noise.match(line):
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
"""


@contextmanager
def without_framework_log() -> Iterator[None]:
    """Drop the lines that frameworks log as information; also those of C++ code."""
    try:
        original = os.dup(STDERR)
    except OSError:  # there is no standard error
        yield
        return
    command = [sys.executable, "-S", "-c", PASS_ON, NOISE]
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=original)
    except OSError:
        os.close(original)
        yield
        return
    assert process.stdin is not None
    try:
        os.dup2(process.stdin.fileno(), STDERR)
        process.stdin.close()
        yield
    finally:
        with suppress(OSError, ValueError):
            sys.stderr.flush()
        os.dup2(original, STDERR)
        os.close(original)
        # What was started meanwhile may hold the pipe open.
        with suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS_TO_END)

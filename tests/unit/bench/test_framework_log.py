"""Lines that a framework logs while it starts are dropped, and all others pass."""

from __future__ import annotations

import os
import subprocess
import sys

from evenfold.bench.framework_log import without_framework_log

NOISE = [
    "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
    "I0000 00:00:1795847369.999415    9510 port.cc:153] oneDNN custom operations are on.",
    "2026-01-01 10:00:00.123456: I tensorflow/core/util/port.cc:113] oneDNN custom operations",
    "To enable the following instructions: AVX2 FMA, in other operations, rebuild TensorFlow",
    "E0000 00:00:1795847369.9 95 cuda_dnn.cc:8310] Unable to register cuDNN factory: Attempting",
]
KILLED = """
import os
from evenfold.bench.framework_log import without_framework_log
with without_framework_log():
    os.write(2, b"compiled to use AVX instructions\\n")
    os.kill(os.getpid(), 9)
"""


def test_a_frameworks_log_is_dropped_and_other_lines_pass(capfd):
    with without_framework_log():
        os.write(2, "\n".join([*NOISE[:2], "F0000 a check failed", *NOISE[2:], "other\n"]).encode())
    os.write(2, b"after\n")
    assert "F0000 a check failed\nother\nafter\n" == capfd.readouterr().err


def test_what_a_process_wrote_before_it_was_killed_is_shown():
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True)
    assert -9 == done.returncode
    assert "compiled to use AVX instructions\n" == done.stderr

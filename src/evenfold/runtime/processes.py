"""A worker module run in a process of its own: what it says, line by line, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from evenfold.errors import UsageError


def answers(module: str, arguments: Iterable[str] = ()) -> Iterator[dict[str, Any]]:
    """The JSON objects that ``evenfold.worker.<module>`` says, and ``{"code": its end}`` last.

    What else it prints goes to stderr. It is ended when the caller stops listening.
    Raises UsageError with its message when it says ``{"error": message}``.
    """
    command = [sys.executable, "-m", f"evenfold.worker.{module}", *arguments]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    assert worker.stdout is not None
    try:
        for line in worker.stdout:
            answer = json.loads(line)
            if "error" in answer:
                raise UsageError(answer["error"])
            yield answer
        code = worker.wait()
        yield {"code": f"signal {-code}" if code < 0 else f"exit code {code}"}
    finally:
        worker.kill()
        worker.wait()
        worker.stdout.close()

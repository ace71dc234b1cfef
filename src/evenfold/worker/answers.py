"""What a worker process says: one JSON object a line, on a pipe that nothing else writes to."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable


def take_stdout() -> Callable[[Any], None]:
    """A function that writes one answer; whatever else is printed goes to stderr from now on."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    sys.stdout.flush()
    os.dup2(2, 1)

    def say(answer: Any) -> None:
        pipe.write(json.dumps(answer) + "\n")

    return say

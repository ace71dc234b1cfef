"""What a worker process says: one JSON object a line, on a pipe that nothing else writes to."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable

from evenfold.errors import EvenfoldError
from evenfold.worker.device import Framework, open_framework


def take_stdout() -> Callable[[Any], None]:
    """A function that writes one answer; whatever else is printed goes to stderr from now on."""
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    sys.stdout.flush()
    os.dup2(2, 1)

    def say(answer: Any) -> None:
        pipe.write(json.dumps(answer) + "\n")

    return say


def framework_or_error(say: Callable[[Any], None]) -> Framework | None:
    """The framework, or None when it cannot be opened: then ``{"error": why}`` has been said."""
    try:
        return open_framework()
    except EvenfoldError as error:
        say({"error": str(error)})
        return None

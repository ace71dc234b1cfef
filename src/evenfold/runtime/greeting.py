"""The first answer of a worker: checked, since any program can be named as a Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evenfold.runtime.record_checks import is_printable
from evenfold.runtime.typed import convert
from evenfold.worker.backends import BACKENDS
from evenfold.worker.protocol import PROTOCOL, Greeting


def checked_greeting(answer: Mapping[str, Any]) -> Greeting:
    """Return a worker's greeting.

    Raises
    ------
    ValueError
        It is of another protocol, or does not describe an environment.
    RecursionError
        It is nested too deeply.
    """
    if answer.get("protocol") != PROTOCOL:
        raise ValueError(f"protocol: expected {PROTOCOL}, got {answer.get('protocol')!r}")
    greeting: Greeting = convert(dict(answer), Greeting)
    texts = [greeting["python"], *greeting["versions"], *greeting["versions"].values()]
    if unprintable := [text for text in texts if not is_printable(text)]:
        raise ValueError(f"python, versions: {unprintable[0]!r} cannot be printed")
    if greeting["backend"] is not None and greeting["backend"] not in BACKENDS:
        raise ValueError(f"backend: {greeting['backend']!r}, expected {', '.join(BACKENDS)}")
    return greeting

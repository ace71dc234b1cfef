"""Models share the process of a bench run: none may end it as if all had passed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from evenfold.errors import PluginError


@contextmanager
def refused_exit(model: str) -> Iterator[None]:
    """Let ``os._exit`` raise an error in this process; those that it forks end as usual.

    Raises
    ------
    PluginError
        The model called it.
    """
    end, owner = os._exit, os.getpid()

    def refuse(code: int) -> None:
        if os.getpid() != owner:
            end(code)
        raise PluginError(f"{model} calls os._exit({code}), which would end the whole run")

    os._exit = refuse  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = end

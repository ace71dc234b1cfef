"""Models share the process of a bench run: none may end it, or seem to be the user who does."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from evenfold.errors import FitError, PluginError


@contextmanager
def refused_exit(model: str) -> Iterator[None]:
    """Let ``os._exit`` raise an error in this thread; forked processes end as usual.

    So do other threads: that of pytest-timeout ends a run that hangs.

    Raises
    ------
    PluginError
        The model called it.
    """
    end, owner = os._exit, (os.getpid(), threading.get_ident())

    def refuse(code: int) -> None:
        if (os.getpid(), threading.get_ident()) != owner:
            end(code)
        raise PluginError(f"{model} calls os._exit({code}), which would end the whole run")

    os._exit = refuse  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = end


class _Interrupts:
    """The interrupts of the user, which are counted where ``watch_interrupts`` is in force."""

    is_watched = False
    count = 0


def watch_interrupts() -> Callable[[], None]:
    """Note the user's interrupts, which are handled as before; return what ends that.

    Where interrupts are ignored, as in a shell's background, or end the process at once, none of
    the user's becomes a ``KeyboardInterrupt``.
    """
    before = signal.getsignal(signal.SIGINT)
    if before in (signal.SIG_IGN, signal.SIG_DFL):
        _Interrupts.is_watched = True
        return _end_watching
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        return lambda: None

    def note(number: int, frame: FrameType | None) -> None:
        _Interrupts.count += 1
        before(number, frame)

    signal.signal(signal.SIGINT, note)
    _Interrupts.is_watched = True

    def restore() -> None:
        _end_watching()
        signal.signal(signal.SIGINT, before)

    return restore


def _end_watching() -> None:
    _Interrupts.is_watched = False


@contextmanager
def own_interrupts() -> Iterator[None]:
    """Tell the user's interrupt from a ``KeyboardInterrupt`` or ``SystemExit`` of a model.

    Raises
    ------
    FitError
        The code inside raised one of them by itself, while ``watch_interrupts`` is in force.
    """
    known = _Interrupts.count
    try:
        yield
    except KeyboardInterrupt as error:
        if not _Interrupts.is_watched or _Interrupts.count > known:
            raise
        raise FitError("it raised KeyboardInterrupt by itself") from error
    except SystemExit as error:
        raise FitError(f"it ended with sys.exit({error.code!r})") from error

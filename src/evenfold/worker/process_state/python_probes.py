"""Probes of Python itself: the environment, the working folder, warnings, logging and the like."""

from __future__ import annotations

import decimal
import gc
import locale
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import time
import warnings
from typing import Any, Mapping, Sequence

from evenfold.worker.process_state.probes import Probe, attribute, mapping, sequence

# pytest sets it for each test.
OF_PYTEST = "PYTEST_CURRENT_TEST"


def python_probes() -> list[Probe]:
    """Return the probes of every process."""
    tempfile.gettempdir()  # its first call sets tempfile.tempdir
    probes = [
        Probe("the environment variables", _read_environment, _write_environment),
        Probe("the working folder", os.getcwd, os.chdir),
        sequence("sys.path", lambda: sys.path),
        sequence("sys.meta_path", lambda: sys.meta_path),
        Probe("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
        Probe("the switch interval", sys.getswitchinterval, sys.setswitchinterval),
        Probe("the umask", _read_umask, os.umask),
        Probe("signal handlers", _read_handlers, _write_handlers),
        Probe("the locale", _read_locale, _write_locale),
        Probe("the warnings filters", lambda: list(warnings.filters), _write_filters),
        Probe("logging levels", _read_levels, _write_levels),
        Probe("the decimal context", _read_decimal, _write_decimal),
        Probe("garbage collection", _read_gc, _write_gc),
        Probe("the start method of processes", _read_start_method, _write_start_method),
        Probe("the socket timeout", socket.getdefaulttimeout, socket.setdefaulttimeout),
        attribute("tempfile", "tempdir", "tempfile.tempdir"),
    ]
    for name in ("stdin", "stdout", "stderr", "excepthook", "displayhook"):
        probes.append(attribute("sys", name, f"sys.{name}"))
    probes.append(
        Probe("trace functions", lambda: (sys.gettrace(), sys.getprofile()), _write_trace)
    )
    if hasattr(os, "sched_getaffinity"):
        probes.append(
            Probe(
                "the cores", lambda: os.sched_getaffinity(0), lambda v: os.sched_setaffinity(0, v)
            )
        )
    if hasattr(os, "getpriority"):
        probes.append(Probe("the priority", lambda: os.getpriority(os.PRIO_PROCESS, 0)))
    return [*probes, *_limit_probes(), *_registry_probes()]


def _registry_probes() -> list[Probe]:
    """Return the probes of Python's own registries."""
    import copyreg

    return [mapping("copyreg.dispatch_table", lambda: copyreg.dispatch_table)]


def _limit_probes() -> list[Probe]:
    try:
        import resource
    except ImportError:  # Windows
        return []
    limits = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]

    def read() -> dict[int, tuple[int, int]]:
        return {limit: resource.getrlimit(limit) for limit in limits}

    def write(value: Mapping[int, tuple[int, int]]) -> None:
        for limit, pair in value.items():
            if resource.getrlimit(limit) != pair:
                resource.setrlimit(limit, pair)

    return [Probe("resource limits", read, write)]


def _read_environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if name != OF_PYTEST}


def _write_environment(value: Mapping[str, str]) -> None:
    zone = os.environ.get("TZ")
    for name in set(_read_environment()) - set(value):
        del os.environ[name]
    os.environ.update(value)
    if zone != value.get("TZ") and hasattr(time, "tzset"):
        time.tzset()


def _write_filters(value: Sequence[Any]) -> None:
    filters: Any = warnings.filters
    filters[:] = value
    # Tells what warnings has cached that its filters are others.
    getattr(warnings, "_filters_mutated", int)()


def _read_umask() -> int:
    umask = os.umask(0o077)
    os.umask(umask)
    return umask


def _read_handlers() -> dict[int, Any]:
    return {int(number): signal.getsignal(number) for number in signal.Signals}


def _write_handlers(value: Mapping[int, Any]) -> None:
    for number, handler in value.items():
        # None: a handler that was not set from Python.
        if handler is not None and signal.getsignal(number) != handler:
            signal.signal(number, handler)


def _read_locale() -> str:
    return locale.setlocale(locale.LC_ALL)


def _write_locale(value: str) -> None:
    locale.setlocale(locale.LC_ALL, value)


def _read_levels() -> dict[str, Any]:
    """Return the levels and handlers of all loggers; a new logger counts once it has any."""
    root = logging.getLogger()
    levels: dict[str, Any] = {
        "": (root.level, tuple(root.handlers), root.manager.disable, logging.raiseExceptions)
    }
    for name, logger in list(root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger):
            state = (logger.level, logger.disabled, logger.propagate, tuple(logger.handlers))
            if state != (0, False, True, ()):
                levels[name] = state
    return levels


def _write_levels(value: Mapping[str, Any]) -> None:
    root = logging.getLogger()
    root.level, handlers, root.manager.disable, logging.raiseExceptions = value[""]
    root.handlers[:] = handlers
    for name, logger in list(root.manager.loggerDict.items()):
        if isinstance(logger, logging.Logger):
            state = value.get(name, (0, False, True, ()))
            logger.level, logger.disabled, logger.propagate, handlers = state
            logger.handlers[:] = handlers
            getattr(logger, "_cache", {}).clear()


def _read_decimal() -> tuple[Any, ...]:
    context = decimal.getcontext()
    flags = tuple(sorted(str(signal_) for signal_, is_set in context.traps.items() if is_set))
    return (context.prec, context.rounding, context.Emin, context.Emax, context.capitals,
            context.clamp, flags)  # fmt: skip


def _write_decimal(value: Sequence[Any]) -> None:
    context = decimal.getcontext()
    context.prec, context.rounding, context.Emin, context.Emax = value[:4]
    context.capitals, context.clamp = value[4:6]
    for trap in context.traps:
        context.traps[trap] = str(trap) in value[6]


def _read_gc() -> tuple[bool, tuple[int, int, int], int]:
    return gc.isenabled(), gc.get_threshold(), gc.get_debug()


def _write_gc(value: tuple[bool, tuple[int, int, int], int]) -> None:
    is_enabled, threshold, debug = value
    (gc.enable if is_enabled else gc.disable)()
    gc.set_threshold(*threshold)
    gc.set_debug(debug)


def _read_start_method() -> str | None:
    return multiprocessing.get_start_method(allow_none=True)


def _write_start_method(value: str | None) -> None:
    multiprocessing.set_start_method(value, force=True)


def _read_cores() -> set[int]:
    return os.sched_getaffinity(0)


def _write_cores(value: set[int]) -> None:
    os.sched_setaffinity(0, value)


def _read_trace() -> tuple[Any, Any]:
    return sys.gettrace(), sys.getprofile()


def _write_trace(value: tuple[Any, Any]) -> None:
    trace, profile = value
    sys.settrace(trace)
    sys.setprofile(profile)
    threading.settrace(trace)

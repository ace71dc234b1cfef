"""Probes: how one part of a process' global state is read and set again."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Callable, Mapping

# What some state is where it cannot be read.
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Probe:
    """One part of a process' global state.

    Parameters
    ----------
    name
        What it is, as messages name it.
    read
        Returns its value, which compares equal to itself later.
    write
        Sets a value that ``read`` returned; None where nothing can.
    """

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object] | None = None

    def value(self) -> Any:
        """Return the value, or ``UNKNOWN`` where it cannot be read."""
        try:
            return self.read()
        except Exception:  # a library of another version, or what a model left of it
            return UNKNOWN

    def restore(self, value: Any) -> bool:
        """Set a value if the present one differs, and return whether it is the present one."""
        if same(self.value(), value):
            return True
        if self.write is not None and value is not UNKNOWN:
            try:
                self.write(value)
            except Exception:  # it is then reported as what cannot be restored
                return False
        return same(self.value(), value)


def same(first: Any, second: Any) -> bool:
    """Return whether two values of a probe are equal, whatever they hold."""
    try:
        return bool(first == second)
    except Exception:  # such as arrays
        return first is second


def attribute(module: str, name: str, label: str) -> Probe:
    """Probe an attribute of a module that is imported."""
    owner = sys.modules[module]
    return Probe(label, lambda: getattr(owner, name), lambda value: setattr(owner, name, value))


def mapping(label: str, find: Callable[[], dict[Any, Any]]) -> Probe:
    """Probe a dictionary, which is set again in place."""

    def write(value: Mapping[Any, Any]) -> None:
        target = find()
        target.clear()
        target.update(value)

    return Probe(label, lambda: dict(find()), write)


def sequence(label: str, find: Callable[[], list[Any]]) -> Probe:
    """Probe a list, which is set again in place."""

    def write(value: list[Any]) -> None:
        find()[:] = value

    return Probe(label, lambda: list(find()), write)

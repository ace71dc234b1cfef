"""The parameters with which an object can be made anew, as an estimator's."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from typing import Any

# Values whose ``repr`` is their source.
PLAIN = (type(None), bool, int, str, bytes, type(Ellipsis), range)


def constructor_parameters(value: Any) -> dict[str, Any] | None:
    """Return the parameters that make an object anew; None if they are unknown.

    They are those of scikit-learn's ``get_params``, or attributes of the names that the constructor
    has. Parameters that have their default are left out, so that other versions can do without
    them.
    """
    known = _constructor(type(value))
    if callable(getattr(value, "get_params", None)):
        given = dict(value.get_params(deep=False))
    elif known is None or not hasattr(value, "__dict__"):
        return None
    else:
        places = {name: _attribute(value, name) for name in known}
        if None in places.values() or _has_other_state(value, known):
            return None
        given = {name: getattr(value, str(place)) for name, place in places.items()}
    defaults = known or {}
    return {name: each for name, each in given.items() if not _is_default(defaults.get(name), each)}


def _attribute(value: Any, parameter: str) -> str | None:
    """Return the attribute that holds a parameter; None if there is none."""
    return next((name for name in (parameter, f"_{parameter}") if hasattr(value, name)), None)


def _has_other_state(value: Any, known: Collection[str]) -> bool:
    """Whether an object has attributes beside its parameters, but private ones or fitted ones."""
    extra = {*vars(value)}.difference(known)
    return any(not (name.startswith("_") or name.endswith("_")) for name in extra)


def _constructor(kind: type) -> dict[str, inspect.Parameter] | None:
    """Return the parameters of a constructor by name; None if it takes others, or is not Python."""
    if vars(object)["__init__"] is inspect.getattr_static(kind, "__init__"):
        return {}
    try:
        parameters = list(inspect.signature(kind).parameters.values())
    except (ValueError, TypeError):
        return None
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {each.name: each for each in parameters if each.kind in named}


def _is_default(parameter: inspect.Parameter | None, value: Any) -> bool:
    if parameter is None or parameter.default is inspect.Parameter.empty:
        return False
    default = parameter.default
    is_plain = isinstance(value, (*PLAIN, float))
    return default is value or (
        type(default) is type(value) and is_plain and repr(default) == repr(value)
    )

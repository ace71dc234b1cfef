"""The parameters with which an object can be made anew, as an estimator's."""

from __future__ import annotations

import inspect
from typing import Any

# Values whose ``repr`` is their source.
PLAIN = (type(None), bool, int, str, bytes, complex, type(Ellipsis), range)


def constructor_parameters(value: Any) -> dict[str, Any] | None:
    """Return the parameters that make an object anew; None if they are unknown.

    They are those of scikit-learn's ``get_params``, or attributes of the names that the constructor
    has. Parameters that have their default are left out, so that other versions can do without
    them.
    """
    known = _constructor(type(value))
    if callable(getattr(value, "get_params", None)):
        given = dict(value.get_params(deep=False))
    elif known is None:
        return None
    else:
        given = {}
        for name in known:
            if not hasattr(value, name) and not hasattr(value, f"_{name}"):
                return None
            given[name] = getattr(value, name, None) if hasattr(value, name) else getattr(
                value, f"_{name}"
            )  # fmt: skip
        extra = {*getattr(value, "__dict__", {})}.difference(known)
        if any(not (name.startswith("_") or name.endswith("_")) for name in extra):
            return None
    defaults = known or {}
    return {name: each for name, each in given.items() if not _is_default(defaults.get(name), each)}


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

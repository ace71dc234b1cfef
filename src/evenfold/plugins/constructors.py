"""The parameters with which an object can be made anew, as an estimator's."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np

# Values whose ``repr`` is their source.
PLAIN = (type(None), bool, int, str, bytes, type(Ellipsis), range)
# What scikit-learn's ``set_output`` and ``set_fit_request`` leave in an object.
SETTINGS = ("_sklearn_output_config", "_metadata_request")
MOST_DEPTH = 20


def constructor_parameters(value: Any) -> dict[str, Any] | None:
    """Return the parameters that make an object anew; None if there are none that do.

    They are those of scikit-learn's ``get_params``, or attributes of the names that the constructor
    has. Parameters that have their default are left out, so that other versions can do without
    them. An object that is made of them must have the attributes of the value, but for those that
    an estimator has learned.
    """
    known = _constructor(type(value))
    if callable(getattr(type(value), "get_params", None)):  # not that of an object inside it
        given = dict(value.get_params(deep=False))
    elif known is None or not hasattr(value, "__dict__"):
        return None
    else:
        places = {name: _attribute(value, name) for name in known}
        if None in places.values() or _has_other_state(value, known):
            return None
        given = {name: getattr(value, str(place)) for name, place in places.items()}
    if not _is_made_of(value, given):
        return None
    defaults = known or {}
    return {name: each for name, each in given.items() if not _is_default(defaults.get(name), each)}


def _attribute(value: Any, parameter: str) -> str | None:
    """Return the attribute that holds a parameter; None if there is none."""
    return next((name for name in (parameter, f"_{parameter}") if hasattr(value, name)), None)


def _has_other_state(value: Any, known: Collection[str]) -> bool:
    """Whether an object has attributes beside its parameters, but private ones or fitted ones."""
    extra = {*vars(value)}.difference(known)
    return any(not (name.startswith("_") or name.endswith("_")) for name in extra)


def _is_made_of(value: Any, given: Mapping[str, Any]) -> bool:
    """Whether the constructor makes an object with the same attributes of these parameters."""
    try:
        anew = type(value)(**given)
    except Exception:  # whatever a constructor of the user may raise
        return False
    first, second = _state(value), _state(anew)
    names = {*first, *second}
    if callable(getattr(value, "fit", None)):
        names = _settings(names)
    return all(
        name in first and name in second and is_same(first[name], second[name]) for name in names
    )


def _state(value: Any) -> dict[str, Any]:
    return dict(getattr(value, "__dict__", {}))


def _settings(names: set[str]) -> set[str]:
    """Of an estimator's attributes, those that fitting does not set.

    Fitting sets names with an underscore at their end, and private ones beside them.
    """
    unfitted = {name for name in names if not name.endswith("_") or name.endswith("__")}
    if names == unfitted:
        return names
    return {name for name in unfitted if not name.startswith("_") or name in SETTINGS}


def is_same(first: Any, second: Any, depth: int = 0) -> bool:
    """Whether two values are alike: the same data, or objects of one class with the same state."""
    if first is second:
        return True
    if type(first) is not type(second) or depth > MOST_DEPTH:
        return False
    if isinstance(first, np.ndarray):
        is_alike = first.dtype == second.dtype and first.shape == second.shape
        return is_alike and is_same(first.tolist(), second.tolist(), depth + 1)
    if isinstance(first, (list, tuple)):
        pairs = zip(first, second, strict=False)
        return len(first) == len(second) and all(is_same(a, b, depth + 1) for a, b in pairs)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(
            is_same(each, second[key], depth + 1) for key, each in first.items()
        )
    if isinstance(first, (set, frozenset)):
        return bool(first == second)
    if isinstance(first, (*PLAIN, float, complex, np.generic)):
        return repr(first) == repr(second)
    # What has no attributes, as an object of another language, cannot be compared any further.
    return is_same(_state(first), _state(second), depth + 1)


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
